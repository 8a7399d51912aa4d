-- Hands a living session on to another digest, once.
--
-- ARGV    1 the version that it must have
--         2 the digest of its successor
--         3 for how long it still leads there, ms
-- Result  'OK', 'NONE', 'CHANGED' or 'ROTATED'

local session, time = load(), now()
if not living(session, time) then return 'NONE' end
if session.successor then return 'ROTATED' end
if ARGV[1] ~= session.version then return 'CHANGED' end
session.successor, session.grace = ARGV[2], string.format('%.0f', time + ARGV[3])
redis.call('HSET', SESSION, 'successor', session.successor, 'grace', session.grace, 'data', '', 'attributes', '{}')
keep_until_it_ends(session)
return 'OK'
