-- read(room_id, user_id, conn, seq) -> []. Up to where a member has read; only ever grows. The record hears of it within
-- NOTE_MS, or with the next state.
ops.read = function(room_id, user_id, conn, seq)
  local r, slot = room.talking(room_id, user_id, conn)
  local mark = 'read_' .. slot
  seq = math.min(seq, r.last_seq)
  if seq > r[mark] then
    room.put(r, mark, seq)
    if r.note_at == 0 then room.put(r, 'note_at', now + room.NOTE_MS) end
    room.save(r)
    room.tell(r, 3 - slot, 'chat.was_read', {room_id = room_id, seq = seq})
  end
  return {}
end
