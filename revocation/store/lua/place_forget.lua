-- Removes places, listed or evicted.
--
-- KEYS    places, details, evicted (see place_take.lua)
-- ARGV    handles

redis.call('ZREM', KEYS[1], unpack(ARGV))
redis.call('HDEL', KEYS[2], unpack(ARGV))
redis.call('HDEL', KEYS[3], unpack(ARGV))
return 1
