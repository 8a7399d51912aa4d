-- Forgets entries that can match nothing any more: the background's share, while each write does a little.
--
-- ARGV    4 at most this many of each kind
--         5 age after which log entries are trimmed, ms
-- Result  {'OK', epoch, sequence, time, how many}

local epoch, sequence = enter()
if not epoch then return sequence end
local time = now()
return {'OK', epoch, sequence, text(time), trim(time, tonumber(ARGV[4]), tonumber(ARGV[5]))}
