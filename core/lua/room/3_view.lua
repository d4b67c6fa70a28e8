-- A room as one of its members sees it.

local function instants(r)
  local torch_state, dims_at, out_at = room.torch(r)
  return {room_id = r.room_id, epoch = state.epoch, mode = r.mode, status = r.status, user_1 = r.user_1,
    user_2 = r.user_2, card_1 = r.card_1, card_2 = r.card_2, conn_1 = r.conn_1, conn_2 = r.conn_2,
    opened_at = r.opened_at, started_at = r.started_at, ends_at = r.ends_at, torch_state = torch_state,
    dims_at = dims_at, out_at = out_at, grace_1 = r.grace_1, grace_2 = r.grace_2, request_from = r.request_from,
    request_ends_at = r.request_ends_at, generation = r.generation, last_seq = r.last_seq, read_1 = r.read_1,
    read_2 = r.read_2, reason = r.reason, ended_at = r.ended_at, seconds = r.seconds,
    cooldown_until = r.cooldown_until}
end

-- Messages of the log from seq `from` to seq `to`, ascending; and the oldest seq the log holds (0: it is empty).
function room.messages(r, from, to)
  local first = r.last_seq - call('LLEN', key('log:' .. r.room_id)) + 1
  if first > r.last_seq then return {}, 0 end
  from = math.max(from, first)
  if from > to then return {}, first end
  return call('LRANGE', key('log:' .. r.room_id), from - first, to - first), first
end

-- The newest 200 messages after last_seq. Another epoch (-1: not said), or a seq we do not have: all over again.
function room.view(r, slot, last_seq, epoch)
  if (epoch >= 0 and epoch ~= state.epoch) or last_seq > r.last_seq then last_seq = 0 end
  local view = instants(r)
  local from = math.max(last_seq + 1, r.last_seq - room.LOG_MIN + 1)
  view.slot = slot
  view.messages, view.first_seq = room.messages(r, from, r.last_seq)
  view.more = r.last_seq - #view.messages > last_seq
  return view
end

-- The same as JSON, without messages: for those who have them.
function room.view_json(r, slot)
  local view = instants(r)
  view.slot = slot
  view.first_seq = 0
  view.more = false
  return string.sub(cjson.encode(view), 1, -2) .. ',"messages":[]}'
end

-- view(room_id, user_id, last_seq, epoch) -> [view]. Binds nothing; also for an hour after the end.
ops.view = function(room_id, user_id, last_seq, epoch)
  local r = room.load(room_id)
  local slot = room.is_member(r, user_id)
  if not slot then refuse('not_in_room') end
  room.settle(r)
  return {room.view(r, slot, last_seq, epoch)}
end
