-- recorded([room_id, seq], ...) -> []. PostgreSQL has a room's messages up to seq. The log keeps what it has not, and the newest.
local function note(id, seq)
  local hash = key('room:' .. id)
  local f = call('HMGET', hash, 'last_seq', 'recorded_seq')
  if not f[1] or seq <= tonumber(f[2]) then return end
  call('HSET', hash, 'recorded_seq', seq)
  call('LTRIM', key('log:' .. id), -math.max(room.LOG_MIN, tonumber(f[1]) - seq), -1)
end

ops.recorded = function(...)
  for _, pair in ipairs({...}) do note(pair[1], pair[2]) end
  return {}
end
