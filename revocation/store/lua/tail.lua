-- Reads the end of the log. It changes something, so that its answer can be acknowledged like a write: that is what proves freshness.
--
-- ARGV    4 read behind this sequence
--         5 at most this many entries
-- Result  {'OK', epoch, sequence, time, lineage as JSON, fingerprint key in hex, first sequence that the log holds, names, records, sequences}

local epoch, sequence = enter()
if not epoch then return sequence end
local time = now()
touch(time)
local first = redis.call('XRANGE', LOG, '-', '+', 'COUNT', 1)[1]
local behind = text(ARGV[4] + 1)
local names, records, sequences = {}, {}, {}
for place, entry in ipairs(redis.call('XRANGE', LOG, behind, '+', 'COUNT', ARGV[5])) do
  names[place], records[place], sequences[place] = entry[2][2], entry[2][4], string.match(entry[1], '^%d+')
end
local head = first and string.match(first[1], '^%d+') or text(sequence + 1)
local meta = redis.call('HMGET', META, 'lineage', 'fingerprint_key')
return {'OK', epoch, sequence, text(time), meta[1], meta[2], head, names, records, sequences}
