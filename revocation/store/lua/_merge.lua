-- How a record is put in force: merged with the one that is, numbered and logged if that changes anything. Stands behind _realm.lua.
--
-- A record is {d: cut-off, absent where it always matches; x: expiry, absent where it never ends; k: kept floors by handle; c: time of the
-- write; r: reason}. Times are milliseconds, in decimal text.

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

-- Returns what is in force of scope and value now, as JSON, and the sequence of the last change.
local function put(scope, value, new, time, sequence)
  local name = scope .. ':' .. value
  local kept = redis.call('HGET', RECORDS, name)
  local old = kept and cjson.decode(kept)
  if old and old.x and tonumber(old.x) <= time then old = nil end
  local record = old and merge(old, new) or new
  if old and same(old, record) then return kept, sequence end
  local encoded = cjson.encode(record)
  if record.x and tonumber(record.x) <= time then return encoded, sequence end
  sequence = text(sequence + 1)
  redis.call('XADD', LOG, sequence .. '-0', 'n', name, 'r', encoded, 't', text(time))
  redis.call('HSET', RECORDS, name, encoded)
  redis.call('ZADD', EXPIRY[scope], record.x or 'inf', value)
  redis.call('HSET', META, 'sequence', sequence)
  return encoded, sequence
end
