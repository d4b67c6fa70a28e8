-- lose(room_id, user_id, conn) -> []. The connection is gone. Means something only if it is the bound one.
ops.lose = function(room_id, user_id, conn)
  local r = room.load(room_id)
  local slot = room.is_member(r, user_id)
  if not slot then return {} end
  room.settle(r)
  if room.is_live(r) and r['conn_' .. slot] == conn then
    room.lose(r, slot)
    room.save(r)
  end
  return {}
end
