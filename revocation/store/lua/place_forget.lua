-- Removes places, listed or evicted.
--
-- KEYS    places, details, evicted (see place_take.lua)
-- ARGV    handles

for _, handle in ipairs(ARGV) do
  redis.call('ZREM', KEYS[1], handle)
  redis.call('HDEL', KEYS[2], handle)
  redis.call('HDEL', KEYS[3], handle)
end
return 1
