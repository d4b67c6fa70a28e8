-- ask_video(room_id, user_id, conn) -> []. A member of a text room asks for video. Asking while asked is accepting; asking twice
-- is asking once.
ops.ask_video = function(room_id, user_id, conn)
  local r, slot = room.talking(room_id, user_id, conn)
  if r.mode == 'video' then refuse('already_video') end
  if r.request_from == 3 - slot then return room.upgrade(r, slot) end
  if r.request_from == slot then return {} end
  local earliest = math.max(r.started_at + S.upgrade_after_ms, r.ask_again_at)
  if now < earliest then refuse('too_early', {retry_after_ms = earliest - now}) end
  if room.is_frozen(r) then refuse('partner_away') end
  room.put(r, 'request_from', slot)
  room.put(r, 'request_ends_at', now + S.upgrade_answer_ms)
  room.event(r, 'asked', {user_id = user_id})
  room.save(r)
  room.tell(r, 3 - slot, 'video.requested', {room_id = room_id, request_ends_at_ms = r.request_ends_at})
  return {}
end
