-- Takes a place in a user's list of sessions.
--
-- KEYS    places: sorted set, handle by expiry in ms; details: hash, handle to `created auth digest`; evicted: hash, handle to the same and the expiry
-- ARGV    1 handle, 2 its details, 3 its expiry in ms
--         4 how many places there may be; 0: any number
--         5 '1' to let the oldest make room
--         6 floors as JSON, handle to ms and '' for all others: sessions that began before theirs are dead; {} for none
-- Result  {'1' when the place was taken, handle, details, ... of all evicted places}

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function remove(handle)
  redis.call('ZREM', KEYS[1], handle)
  redis.call('HDEL', KEYS[2], handle)
end

local function each_detail(visit)
  local details = redis.call('HGETALL', KEYS[2])
  for place = 1, #details, 2 do
    local created, auth = string.match(details[place + 1], '^(%d+) (%d+) ')
    visit(details[place], tonumber(created), tonumber(auth), details[place + 1])
  end
end

local function evict(how_many)
  local oldest = {}
  each_detail(function(handle, created, _, details) table.insert(oldest, {handle, created, details}) end)
  table.sort(oldest, function(a, b) return a[2] < b[2] or (a[2] == b[2] and a[1] < b[1]) end)
  for place = 1, how_many do
    local handle, _, details = unpack(oldest[place])
    redis.call('HSET', KEYS[3], handle, details .. ' ' .. redis.call('ZSCORE', KEYS[1], handle))
    remove(handle)
  end
end

local function last_expiry()
  return math.max(tonumber(redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2] or 0), tonumber(ARGV[3]))
end

-- NX for a key without an expiry, which is new, and GT for the others.
local function live_until(last)
  for _, key in ipairs(KEYS) do redis.call('PEXPIREAT', key, math.floor(last) + 60000, 'NX') end
  for _, key in ipairs(KEYS) do redis.call('PEXPIREAT', key, math.floor(last) + 60000, 'GT') end
end

for _, handle in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)) do remove(handle) end
local floors = cjson.decode(ARGV[6])
if next(floors) then
  each_detail(function(handle, _, auth)
    if auth < (floors[handle] or floors['']) then remove(handle) end
  end)
end

local limit, taken, last = tonumber(ARGV[4]), true, last_expiry()
local over = limit > 0 and redis.call('ZCARD', KEYS[1]) + 1 - limit or 0
if over > 0 then
  taken = ARGV[5] == '1'
  if taken then evict(over) end
end
if taken then
  redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
  redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
  live_until(last)
end
local answer = {taken and '1' or '0'}
for _, word in ipairs(redis.call('HGETALL', KEYS[3])) do table.insert(answer, word) end
return answer
