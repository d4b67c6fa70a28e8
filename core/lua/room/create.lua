-- create(seat_json) -> ["live"] | ["ended", facts_json]. The second half of an acceptance; put-if-absent, so anyone may run it.
-- seat: room_id, mode, seconds (0 text), user_1, user_2, card_1, card_2 (JSON texts), opened_at, incs_1, incs_2 (lists).

-- The fields of a room that nothing has happened to yet.
function room.blank(seat)
  return {
    user_1 = seat.user_1, user_2 = seat.user_2, card_1 = seat.card_1, card_2 = seat.card_2,
    name_1 = cjson.decode(seat.card_1).name or '', name_2 = cjson.decode(seat.card_2).name or '',
    mode = seat.mode, status = 'active', opened_at = seat.opened_at, join_at = seat.opened_at + S.join_ms,
    started_at = 0, ends_at = 0, agreed_seconds = seat.seconds or 0, conn_1 = '', conn_2 = '',
    grace_1 = 0, grace_2 = 0, frozen_at = 0, gap_seen = state.gap_ms, wrote_1 = 0, wrote_2 = 0, warned_at = 0,
    media_by = 0, media_connected_at = 0, failed_1 = 0, failed_2 = 0, generation = 1, request_from = 0,
    request_ends_at = 0, ask_again_at = 0, upgraded_at = 0, last_seq = 0, recorded_seq = 0, messages_1 = 0,
    messages_2 = 0, read_1 = 0, read_2 = 0, note_at = 0, tat_1 = 0, tat_2 = 0, free_1 = 0, free_2 = 0,
    free_until = 0, version = 0,
    due_at = 0, calm_until = 0, reason = '', ended_at = 0, seconds = 0, cooldown_until = 0, counts_metrics = 0,
    counts_completion = 0, released = 0}
end

-- A room in memory, all of it to be saved.
function room.make(id, fields)
  local r = {room_id = id, changed = {}, events = {}}
  for field, value in pairs(fields) do room.put(r, field, value) end
  return r
end

-- A value of more than 64 bytes makes the client-id index a real hash table at once: looking through a packed one of some
-- hundred ids would be the dearest part of every message.
function room.mark_index(id) call('HSET', key('cids:' .. id), '', string.rep('-', 65)) end

-- "Ended before created": answers reason and instant once.
local function tombstone(id)
  local text = call('GET', key('tomb:' .. id))
  if not text then return nil end
  call('DEL', key('tomb:' .. id))
  local reason, at = string.match(text, '^(%S+) (%d+)$')
  return reason, tonumber(at)
end

-- To every connection of a member, on every node that the lobby knew of.
local function tell_opened(r, slot, incs)
  for _, inc in ipairs(incs) do announce(inc, 'u:' .. r['user_' .. slot], '!opened', room.view_json(r, slot)) end
end

ops.create = function(seat_json)
  local seat = cjson.decode(seat_json)
  local id = seat.room_id
  local r = room.load(id)
  if r then
    room.settle(r)
  else
    r = room.make(id, room.blank(seat))
    room.event(r, 'opened', {at = r.opened_at})
    local reason, at = tombstone(id)
    if reason then room.finish(r, reason, math.max(at, r.opened_at)) end
    room.mark_index(id)
    room.save(r)
    room.settle(r)
    if room.is_live(r) then
      for slot = 1, 2 do tell_opened(r, slot, seat['incs_' .. slot]) end
    end
  end
  if room.is_live(r) then return {'live'} end
  return {'ended', room.facts(r)}
end
