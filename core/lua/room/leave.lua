-- leave(room_id, user_id) -> [facts_json]. From any connection of the member, at any time.
ops.leave = function(room_id, user_id)
  room.require_alive()
  local r = room.member(room_id, user_id)
  room.finish(r, 'left', now, user_id)
  room.save(r)
  return {room.facts(r)}
end
