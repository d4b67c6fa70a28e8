-- end_room(room_id, reason) -> [facts_json], or [""] where there is no room yet: its creation will find it over.
ops.end_room = function(room_id, reason)
  local r = room.load(room_id)
  if not r then
    call('SET', key('tomb:' .. room_id), reason .. ' ' .. digits(now), 'NX', 'PX', room.KEEP_MS)
    return {''}
  end
  room.settle(r)
  if room.is_live(r) then
    room.finish(r, reason, now)
    room.save(r)
  end
  return {room.facts(r)}
end

-- released(room_id) -> []. The lobby has freed the seats.
ops.released = function(room_id)
  if call('HGET', key('room:' .. room_id), 'status') == 'ended' then
    call('HSET', key('room:' .. room_id), 'released', 1)
    disarm('room:' .. room_id)
  end
  return {}
end
