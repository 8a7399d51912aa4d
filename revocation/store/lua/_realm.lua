-- What every script of a realm begins with.
--
-- KEYS  meta, records, log, allowed, expiry of token, user, session, client, key, realm, and touched: `RealmKeys` in keys.py
-- ARGV  1 the epoch that the caller has joined, or '' for a caller that only reads
--       2 16 random hex digits, the epoch if a new one begins now, and 32 more, the fingerprint key if the realm has none
--       3 '1' when the caller may open a realm that the store holds nothing of
-- Result of a script: {'OK', epoch, sequence, time, ...}, {'ABSENT'}, or {'FENCED', epoch} when the caller's epoch is not the realm's.
-- Times are milliseconds, in decimal text.

local META, RECORDS, LOG, ALLOWED, TOUCHED = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[11]
local SCOPES = {'token', 'user', 'session', 'client', 'key', 'realm'}
local EXPIRY = {}
for place, scope in ipairs(SCOPES) do EXPIRY[scope] = KEYS[4 + place] end

local function text(number)
  return string.format('%.0f', number)
end

local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- A primary's replication id changes when it restarts and when another takes over: it names one life of one primary.
local function identity()
  return string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
end

-- Where the log of a realm whose meta was lost ends, so that the numbering goes on behind it; '0' without a log.
local function end_of_log()
  if redis.call('EXISTS', LOG) == 0 then return '0' end
  local info = redis.call('XINFO', 'STREAM', LOG)
  for place = 1, #info, 2 do
    if info[place] == 'last-generated-id' then return string.match(info[place + 1], '^%d+') end
  end
end

-- Closes the epoch of an earlier life, if there is one, and begins a new one; the sequence goes on.
local function begin_epoch(life, epoch, sequence)
  local lineage = cjson.decode(redis.call('HGET', META, 'lineage') or '[]')
  if epoch then table.insert(lineage, {epoch, sequence}) end
  if #lineage > 256 then table.remove(lineage, 1) end
  local encoded = #lineage == 0 and '[]' or cjson.encode(lineage)
  local fresh = string.sub(ARGV[2], 1, 16)
  redis.call('HSET', META, 'epoch', fresh, 'identity', life, 'sequence', sequence, 'settled', '0', 'lineage', encoded)
  redis.call('HSETNX', META, 'fingerprint_key', string.sub(ARGV[2], 17))
  return fresh
end

-- Returns epoch and sequence, or nil and the result that refuses the caller.
local function enter()
  local meta = redis.call('HMGET', META, 'epoch', 'sequence', 'identity')
  local epoch, sequence, life = meta[1], meta[2], identity()
  if not epoch and ARGV[3] ~= '1' then return nil, {'ABSENT'} end
  sequence = sequence or end_of_log()
  if meta[3] ~= life then epoch = begin_epoch(life, epoch, sequence) end
  if ARGV[1] ~= '' and ARGV[1] ~= epoch then return nil, {'FENCED', epoch} end
  return epoch, sequence
end

-- Every write changes something, because WAIT only waits for changes of its own connection. To move an expiry is allowed when memory
-- is full, so that what proves freshness still does.
local function touch(time)
  if redis.call('PEXPIREAT', TOUCHED, text(time + 30 * 24 * 3600 * 1000)) == 0 then
    redis.call('SET', TOUCHED, '', 'PXAT', text(time + 30 * 24 * 3600 * 1000))
  end
end

-- Forgets at most `most` entries of each kind that can match nothing any more, and log entries older than `age`.
local function trim(time, most, age)
  local forgotten = 0
  for scope, expiry in pairs(EXPIRY) do
    local values = redis.call('ZRANGEBYSCORE', expiry, '-inf', text(time), 'LIMIT', 0, most)
    for _, value in ipairs(values) do redis.call('HDEL', RECORDS, scope .. ':' .. value) end
    if #values > 0 then redis.call('ZREM', expiry, unpack(values)) end
    forgotten = forgotten + #values
  end
  local jtis = redis.call('ZRANGEBYSCORE', ALLOWED, '-inf', text(time), 'LIMIT', 0, most)
  if #jtis > 0 then redis.call('ZREM', ALLOWED, unpack(jtis)) end
  local old = 0
  for _, entry in ipairs(redis.call('XRANGE', LOG, '-', '+', 'COUNT', most)) do
    if tonumber(entry[2][6]) + age >= time then break end
    redis.call('XDEL', LOG, entry[1])
    old = old + 1
  end
  return forgotten + #jtis + old
end
