-- What every script of a session begins with.
--
-- KEYS  the session: a hash of handle, user, data, attributes (JSON), version, created, auth ('' before log-in), used, idle, absolute,
--       caller ('1': a caller-made id), and successor and grace once it was rotated; or a tombstone, with `ended` alone.
-- Times are milliseconds, in decimal text.

local SESSION = KEYS[1]

local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function load()
  local flat = redis.call('HGETALL', SESSION)
  local session = {}
  for place = 1, #flat, 2 do session[flat[place]] = flat[place + 1] end
  return session, flat
end

local function expiry(session)
  return math.min(session.used + session.idle, tonumber(session.absolute))
end

-- Whether it answers to its id now: neither ended nor expired, and if rotated then still in its grace.
local function living(session, time)
  if not session.handle then return false end
  if session.successor and time >= tonumber(session.grace) then return false end
  return time < expiry(session)
end

-- Redis may forget it only when it can decide nothing any more: ids that can come again stay barred until their absolute end.
local function keep_until_it_ends(session)
  local last = (session.caller == '1' or session.successor) and tonumber(session.absolute) or expiry(session)
  redis.call('PEXPIREAT', SESSION, string.format('%.0f', last + 60000))
end
