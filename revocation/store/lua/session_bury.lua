-- Removes a session and leaves a tombstone until its absolute end.

local session = load()
if not session.handle then return 0 end
redis.call('DEL', SESSION)
redis.call('HSET', SESSION, 'ended', '1')
redis.call('PEXPIREAT', SESSION, string.format('%.0f', session.absolute + 60000))
return 1
