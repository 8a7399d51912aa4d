-- Keeps a new session, unless its digest is in use or barred.
--
-- ARGV    1 the latest time at which it may be kept, ms
--         2... its fields and values (see _session.lua)
-- Result  'OK', 'TAKEN' or 'LATE'

if now() > tonumber(ARGV[1]) then return 'LATE' end
if redis.call('EXISTS', SESSION) == 1 then return 'TAKEN' end
redis.call('HSET', SESSION, unpack(ARGV, 2))
keep_until_it_ends((load()))
return 'OK'
