-- Changes a living session: all of the change, or nothing.
--
-- ARGV    1 the version that it must have; '': any
--         2 '1' when ARGV 3 replaces the data
--         4 attributes to merge, as JSON; an empty value removes its key
--         5 how many attributes there may be
--         6 the user to bind and 7 the time of the log-in, ms; '': none
--         8 the new idle timeout, ms; '': as it is
-- Result  {'OK', its fields and values}, or {'NONE'}, {'CHANGED'}, {'ROTATED'}, {'BOUND'}, {'ATTRIBUTES'}

local session, time = load(), now()
if not living(session, time) then return {'NONE'} end
if session.successor then return {'ROTATED'} end
if ARGV[1] ~= '' and ARGV[1] ~= session.version then return {'CHANGED'} end
local binds = ARGV[6] ~= '' and ARGV[6] ~= session.user
if binds and session.user ~= '' then return {'BOUND'} end

local attributes, count = cjson.decode(session.attributes), 0
for key, value in pairs(cjson.decode(ARGV[4])) do attributes[key] = value ~= '' and value or nil end
for _ in pairs(attributes) do count = count + 1 end
if count > tonumber(ARGV[5]) then return {'ATTRIBUTES'} end

session.attributes = count == 0 and '{}' or cjson.encode(attributes)
session.version = string.format('%.0f', session.version + 1)
session.used = string.format('%.0f', math.max(time, tonumber(session.used)))
if ARGV[2] == '1' then session.data = ARGV[3] end
if binds then session.user, session.auth = ARGV[6], ARGV[7] end
if ARGV[8] ~= '' then session.idle = ARGV[8] end
local flat = {}
for field, value in pairs(session) do
  table.insert(flat, field)
  table.insert(flat, value)
end
redis.call('HSET', SESSION, unpack(flat))
keep_until_it_ends(session)
return {'OK', unpack(flat)}
