-- enter(room_id, user_id, conn, last_seq, epoch) -> [view]. Binds this connection; the one that entered last has the seat.

local function take_over(r, slot)
  room.tell(r, slot, '!moved', {room_id = r.room_id})
  return 'moved'
end

-- Back before the deadline (settling has ended the room otherwise).
local function come_back(r, slot)
  room.lift(r, slot)
  room.tell(r, 3 - slot, 'room.partner_returned', {room_id = r.room_id, torch = room.torch_json(r)})
  room.relight(r)
  return 'returned'
end

ops.enter = function(room_id, user_id, conn, last_seq, epoch)
  room.require_alive()
  local r, slot = room.member(room_id, user_id)
  local had = r['conn_' .. slot]
  if had ~= conn then
    local event = 'entered'
    if had ~= '' then event = take_over(r, slot) end
    room.bind(r, slot, conn)
    if not room.is_started(r) then
      if room.both_there(r) then room.start(r) end
    else
      if had == '' then event = come_back(r, slot) end
      if r.mode == 'video' then room.renegotiate(r) end
    end
    table.insert(r.events, 1, {event = event, at_ms = now, user_id = user_id, node = inc_of(conn)})
    room.save(r)
  end
  return {room.view(r, slot, last_seq, epoch)}
end
