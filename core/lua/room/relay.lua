-- relay(room_id, user_id, conn, kind, data, generation) -> [partner's conn or ""]. Passes data (JSON text) on, and keeps nothing.
-- A partner on the caller's own node is answered, not announced to. One who is away hears nothing, and nobody hears an old
-- generation. generation: 0 for what is no signalling.
local FIELDS = {'user_1', 'user_2', 'conn_1', 'conn_2', 'due_at', 'started_at', 'mode', 'generation'}

ops.relay = function(room_id, user_id, conn, kind, data, generation)
  local f = call('HMGET', key('room:' .. room_id), unpack(FIELDS))
  local slot = f[1] == user_id and 1 or f[2] == user_id and 2
  local is_plain = slot and f[2 + slot] == conn and now < tonumber(f[5]) and f[6] ~= '0'
  if not is_plain then
    local r
    r, slot = room.talking(room_id, user_id, conn)
    f[3], f[4], f[7], f[8] = r.conn_1, r.conn_2, r.mode, r.generation
  end
  if generation > 0 then
    if f[7] ~= 'video' then refuse('not_video') end
    local current = tonumber(f[8])
    if generation > current then refuse('bad_message') end
    if generation < current then return {''} end
  end
  local partner = f[5 - slot]
  if partner == '' or inc_of(partner) == caller then return {partner} end
  announce(inc_of(partner), 'c:' .. partner, kind, data)
  return {''}
end
