-- Reads some revocations in force, scope after scope, those that expire first first.
--
-- Expiries only move forward, so an entry that is renewed meanwhile may be seen twice but not missed.
--
-- ARGV    4 the scopes to read, as a JSON list
--         5 the last value seen, of the first of these scopes; '' with ARGV 6 '': none
--         6 its expiry, ms or 'inf'
--         7 at most this many
-- Result  {'OK', epoch, sequence, time, names, records as JSON, '1' when there may be more}

local epoch, sequence = enter()
if not epoch then return sequence end
local time, limit = now(), tonumber(ARGV[7])
local names, records = {}, {}

local function first_in_force(expiry)
  return redis.call('ZCOUNT', expiry, '-inf', text(time))
end

-- Where to go on: behind the last value if it stands where it stood, else at the first one that expires no earlier.
local function first_behind(expiry)
  if ARGV[6] == '' then return 0 end
  local score = redis.call('ZSCORE', expiry, ARGV[5])
  if score and tonumber(score) == tonumber(ARGV[6]) then return redis.call('ZRANK', expiry, ARGV[5]) + 1 end
  return redis.call('ZCOUNT', expiry, '-inf', '(' .. ARGV[6])
end

for place, scope in ipairs(cjson.decode(ARGV[4])) do
  local rank = math.max(first_in_force(EXPIRY[scope]), place == 1 and first_behind(EXPIRY[scope]) or 0)
  for _, value in ipairs(redis.call('ZRANGE', EXPIRY[scope], rank, rank + limit - #names)) do
    if #names == limit then return {'OK', epoch, sequence, text(time), names, records, '1'} end
    table.insert(names, scope .. ':' .. value)
    table.insert(records, redis.call('HGET', RECORDS, scope .. ':' .. value))
  end
end
return {'OK', epoch, sequence, text(time), names, records, '0'}
