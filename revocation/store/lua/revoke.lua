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

local records = {}
for place, order in ipairs(orders) do
  records[place], sequence = put(order.scope, order.value, record_of(order), time, sequence)
end
touch(time)
trim(time, 4, tonumber(ARGV[6]))
return {'OK', epoch, sequence, text(time), records}
