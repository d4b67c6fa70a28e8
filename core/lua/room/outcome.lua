-- outcome(room_id, user_id, conn, generation, "connected" | "failed") -> []. What became of a member's peer connection.
-- One `connected` says that media works here. After it only both members' `failed` of the same generation end the room;
-- before it, the deadline does. A late `failed` of an older generation means nothing.
ops.outcome = function(room_id, user_id, conn, generation, outcome)
  local r, slot = room.calling(room_id, user_id, conn, generation)
  if outcome == 'connected' then
    room.put(r, 'failed_' .. slot, 0)
    if r.media_connected_at == 0 then
      room.put(r, 'media_connected_at', now)
      room.put(r, 'media_by', 0)
      room.event(r, 'connected', {user_id = user_id, detail = digits(generation)})
    end
  elseif generation == r.generation and r['failed_' .. slot] ~= generation then
    room.put(r, 'failed_' .. slot, generation)
    room.event(r, 'failed', {user_id = user_id, detail = digits(generation)})
    if r.media_connected_at ~= 0 and r.failed_1 == r.failed_2 then room.finish(r, 'media_failed', now) end
  end
  room.save(r)
  return {}
end

-- restart(room_id, user_id, conn) -> []. A client asks for a new negotiation.
ops.restart = function(room_id, user_id, conn)
  local r = room.calling(room_id, user_id, conn)
  room.renegotiate(r)
  room.save(r)
  return {}
end
