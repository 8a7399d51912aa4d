-- Puts records back in force that the store has lost, as a server still knows them.
--
-- ARGV    4 the records, JSON: [{scope, value, record}, ...]
--         5 age after which log entries are trimmed, ms
--         6 the epoch that is included with the last of them, and 7 up to which sequence; '': more are to come
-- Result  {'OK', epoch, sequence, time}

local epoch, sequence = enter()
if not epoch then return sequence end
local time, record = now(), nil
for _, lost in ipairs(cjson.decode(ARGV[4])) do
  record, sequence = put(lost.scope, lost.value, lost.record, time, sequence)
end

-- The marker comes after the records: whoever reads that an epoch is included has read the log up to here.
local function include(former, reached)
  local lineage = cjson.decode(redis.call('HGET', META, 'lineage') or '[]')
  for _, line in ipairs(lineage) do
    if line[1] == former then
      if tonumber(line[2]) < tonumber(reached) then line[2] = reached end
      return lineage
    end
  end
  table.insert(lineage, {former, reached})
  return lineage
end

if ARGV[6] ~= '' and ARGV[6] ~= epoch then redis.call('HSET', META, 'lineage', cjson.encode(include(ARGV[6], ARGV[7]))) end
touch(time)
trim(time, 4, tonumber(ARGV[5]))
return {'OK', epoch, sequence, text(time)}
