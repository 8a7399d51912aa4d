-- Points a listed place to a digest and lets it expire no earlier than said. Lists nothing.
--
-- KEYS    places, details, evicted (see place_take.lua)
-- ARGV    1 handle, 2 its details, 3 its expiry in ms

if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 0 then return 0 end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[1], 'XX', 'GT', ARGV[3], ARGV[1])
for _, key in ipairs(KEYS) do redis.call('PEXPIREAT', key, math.floor(ARGV[3]) + 60000, 'GT') end
return 1
