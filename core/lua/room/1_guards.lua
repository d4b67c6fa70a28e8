-- Who may do what: each guard answers the settled room and the slot of the member, or refuses.

-- The fence against paused nodes, for what needs no binding: whoever was reaped does not speak for his people any more.
function room.require_alive()
  if call('EXISTS', key('reaped:' .. caller)) == 1 then refuse('not_registered') end
end

-- A member of a room that goes on.
function room.member(room_id, user_id)
  local r = room.load(room_id)
  local slot = room.is_member(r, user_id)
  if not slot then refuse('not_in_room') end
  room.settle(r)
  if not room.is_live(r) then refuse('room_ended') end
  return r, slot
end

-- ... whose bound connection this is.
function room.bound(room_id, user_id, conn)
  local r, slot = room.member(room_id, user_id)
  if r['conn_' .. slot] ~= conn then refuse('not_bound') end
  return r, slot
end

-- ... in a room that has started.
function room.talking(room_id, user_id, conn)
  local r, slot = room.bound(room_id, user_id, conn)
  if not room.is_started(r) then refuse('too_early', {retry_after_ms = math.max(0, r.join_at - now)}) end
  return r, slot
end

-- ... with video. A generation from the future is nonsense.
function room.calling(room_id, user_id, conn, generation)
  local r, slot = room.talking(room_id, user_id, conn)
  if r.mode ~= 'video' then refuse('not_video') end
  if generation and generation > r.generation then refuse('bad_message') end
  return r, slot
end
