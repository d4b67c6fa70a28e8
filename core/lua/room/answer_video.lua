-- accept_video(room_id, user_id, conn) -> [], decline_video(room_id, user_id, conn) -> []. Only the one who was asked.
local function asked(room_id, user_id, conn)
  local r, slot = room.talking(room_id, user_id, conn)
  if r.mode == 'video' then refuse('already_video') end
  if r.request_from ~= 3 - slot then refuse('nothing_asked') end
  return r, slot
end

ops.accept_video = function(room_id, user_id, conn) return room.upgrade(asked(room_id, user_id, conn)) end

ops.decline_video = function(room_id, user_id, conn)
  local r = asked(room_id, user_id, conn)
  room.refuse_video(r, 'declined', now)
  room.save(r)
  return {}
end
