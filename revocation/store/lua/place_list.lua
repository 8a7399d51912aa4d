-- Reads a user's places.
--
-- KEYS    places, details, evicted (see place_take.lua)
-- Result  {handle, details, expiry in ms, ...} of the places that have not expired

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local places = {}
local living = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. string.format('%.0f', now), '+inf', 'WITHSCORES')
for place = 1, #living, 2 do
  local details = redis.call('HGET', KEYS[2], living[place])
  if details then
    for _, word in ipairs({living[place], details, living[place + 1]}) do table.insert(places, word) end
  end
end
return places
