-- history(room_id, user_id, before_seq, limit) -> [messages, first_seq, last_seq]. The newest `limit` messages of the log below
-- before_seq (0: the end), ascending; first_seq is the oldest the log holds (0: none). Also for an hour after the end.
ops.history = function(room_id, user_id, before_seq, limit)
  local r = room.load(room_id)
  if not room.is_member(r, user_id) then refuse('not_in_room') end
  room.settle(r)
  local to = r.last_seq
  if before_seq > 0 then to = math.min(to, before_seq - 1) end
  local messages, first_seq = room.messages(r, math.max(1, to - limit + 1), to)
  return {messages, first_seq, r.last_seq}
end
