-- Records that a living session was used.

local session, time = load(), now()
if not living(session, time) then return 0 end
session.used = string.format('%.0f', math.max(time, tonumber(session.used)))
redis.call('HSET', SESSION, 'used', session.used)
keep_until_it_ends(session)
return 1
