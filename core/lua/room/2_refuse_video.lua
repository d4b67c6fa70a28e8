-- A request for video is over without one: both hear it, and nobody asks again for a while. at: the instant.
function room.refuse_video(r, reason, at)
  room.put(r, 'request_from', 0)
  room.put(r, 'request_ends_at', 0)
  room.put(r, 'ask_again_at', at + S.upgrade_again_ms)
  room.event(r, 'declined', {detail = reason, at = at})
  room.tell_both(r, 'video.declined', {room_id = r.room_id, reason = reason})
end
