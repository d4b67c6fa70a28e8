-- rebind(room_id, user_id, conn) -> []. After a new epoch a node announces a binding it has had all along: nobody was away,
-- nobody is told, nothing is negotiated again.
ops.rebind = function(room_id, user_id, conn)
  room.require_alive()
  local r, slot = room.member(room_id, user_id)
  local had = r['conn_' .. slot]
  if had == conn then return {} end
  if had ~= '' then refuse('not_bound') end
  room.bind(r, slot, conn)
  room.event(r, 'rebound', {user_id = user_id, node = inc_of(conn)})
  if not room.is_started(r) then
    if room.both_there(r) then room.start(r) end
  else
    room.lift(r, slot)
    room.relight(r)
  end
  room.save(r)
  return {}
end
