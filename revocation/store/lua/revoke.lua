-- Puts revocations in force: all of them or, when the caller is refused, none.
--
-- ARGV    4 the orders, JSON: [{scope, value, reason, cut?, margin?, keep?, expire?, life?}, ...]
--             cut     the caller's cut-off, ms; absent: now plus margin. Only for the scopes user, client and realm
--             keep    handles of sessions that keep the floor they have
--             expire  when the record ends, ms; absent: life ms after the cut-off (after now without one); neither: never
--         5 how far ahead of now a caller's cut-off may be, ms
--         6 age after which log entries are trimmed, ms
-- Result  {'OK', epoch, sequence, time, the records in force as JSON in the order of the orders}
--         {'AHEAD', time}: a cut-off lies too far ahead

local epoch, sequence = enter()
if not epoch then return sequence end
local time = now()
local orders = cjson.decode(ARGV[4])
local HAS_CUTOFF = {user = true, client = true, realm = true}
for _, order in ipairs(orders) do
  if order.cut and tonumber(order.cut) > time + tonumber(ARGV[5]) then return {'AHEAD', text(time)} end
end

local function later(a, b)
  return tonumber(a) >= tonumber(b) and a or b
end

-- The floor of a session in a record: its own, or the record's cut-off.
local function floor(record, handle)
  return record.k and record.k[handle] or record.d
end

local function merge_kept(old, new, cutoff)
  local kept, any = {}, false
  for _, side in ipairs({old.k or {}, new.k or {}}) do
    for handle in pairs(side) do
      local lower = later(floor(old, handle), floor(new, handle))
      if tonumber(lower) < tonumber(cutoff) then kept[handle], any = lower, true end
    end
  end
  return any and kept or nil
end

-- The text of the newer one; of the same time, the greater text, so that the order does not matter.
local function text_of(old, new)
  if old.c == new.c then return old.r > new.r and old.r or new.r end
  return later(old.c, new.c) == new.c and new.r or old.r
end

-- The pointwise maximum; without `d` a record always matches, without `x` it never ends.
local function merge(old, new)
  local merged = {c = later(old.c, new.c), r = text_of(old, new)}
  if old.x and new.x then merged.x = later(old.x, new.x) end
  if old.d and new.d then
    merged.d = later(old.d, new.d)
    merged.k = merge_kept(old, new, merged.d)
  end
  return merged
end

local function same(a, b)
  if a.d ~= b.d or a.x ~= b.x then return false end
  local ours, theirs = a.k or {}, b.k or {}
  for handle, lower in pairs(ours) do if theirs[handle] ~= lower then return false end end
  for handle in pairs(theirs) do if not ours[handle] then return false end end
  return true
end

local function record_of(order)
  local record, from = {c = text(time), r = order.reason}, time
  if HAS_CUTOFF[order.scope] then
    record.d = order.cut or text(time + 1 + order.margin)
    from = tonumber(record.d)
    if #(order.keep or {}) > 0 then
      record.k = {}
      for _, handle in ipairs(order.keep) do record.k[handle] = '0' end
    end
  end
  if order.expire then record.x = order.expire elseif order.life then record.x = text(from + order.life) end
  return record
end

local function put(order)
  local name = order.scope .. ':' .. order.value
  local kept = redis.call('HGET', RECORDS, name)
  local new = record_of(order)
  local old = kept and cjson.decode(kept)
  if old and old.x and tonumber(old.x) <= time then old = nil end
  local record = old and merge(old, new) or new
  if old and same(old, record) then return kept end
  local encoded = cjson.encode(record)
  if record.x and tonumber(record.x) <= time then return encoded end
  sequence = text(sequence + 1)
  redis.call('XADD', LOG, sequence .. '-0', 'n', name, 'r', encoded, 't', text(time))
  redis.call('HSET', RECORDS, name, encoded)
  redis.call('ZADD', EXPIRY[order.scope], record.x or 'inf', order.value)
  redis.call('HSET', META, 'sequence', sequence)
  return encoded
end

local records = {}
for place, order in ipairs(orders) do records[place] = put(order) end
touch(time)
trim(time, 4, tonumber(ARGV[6]))
return {'OK', epoch, sequence, text(time), records}
