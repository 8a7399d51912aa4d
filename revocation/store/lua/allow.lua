-- Puts a token on the allowlist; its expiry only moves forward.
--
-- ARGV    4 the jti
--         5 until when, ms; '': for ARGV 6 ms from now
--         7 age after which log entries are trimmed, ms
-- Result  {'OK', epoch, sequence, time, until when it is on the list}

local epoch, sequence = enter()
if not epoch then return sequence end
local time = now()
local expire = ARGV[5] ~= '' and tonumber(ARGV[5]) or time + ARGV[6]
if expire > time then redis.call('ZADD', ALLOWED, 'GT', text(expire), ARGV[4]) end
touch(time)
trim(time, 4, tonumber(ARGV[7]))
local kept = redis.call('ZSCORE', ALLOWED, ARGV[4])
return {'OK', epoch, sequence, text(time), text(math.max(expire, tonumber(kept or '0')))}
