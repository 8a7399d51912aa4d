-- Reads what is in force of some names, all as of one revision.
--
-- ARGV    4 the names of records, `scope:value`, as a JSON list
--         5 the jtis to look up on the allowlist, as a JSON list
-- Result  {'OK', epoch, sequence, time, lineage as JSON, records as JSON or false, expiries of the jtis or false}

local epoch, sequence = enter()
if not epoch then return sequence end
local names, jtis = cjson.decode(ARGV[4]), cjson.decode(ARGV[5])

local function in_chunks(words, read)
  local found = {}
  for first = 1, #words, 1000 do
    for _, one in ipairs(read(unpack(words, first, math.min(first + 999, #words)))) do table.insert(found, one) end
  end
  return found
end

local records = in_chunks(names, function(...) return redis.call('HMGET', RECORDS, ...) end)
local allowed = in_chunks(jtis, function(...) return redis.call('ZMSCORE', ALLOWED, ...) end)
return {'OK', epoch, sequence, text(now()), redis.call('HGET', META, 'lineage'), records, allowed}
