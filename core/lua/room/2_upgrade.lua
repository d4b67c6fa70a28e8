-- Text becomes video: same room, same messages, no torch, a clock. slot: the member who agreed.

-- The server says something: both hear it, and it has its seq like everybody's words.
local function say_system(r, slot, body)
  local seq = r.last_seq + 1
  local user_id = r['user_' .. slot]
  local json = string.format('{"room_id":"%s","from":"%s","kind":"system","body":"%s","client_id":"","seq":%d,"sent_at_ms":%d}',
    r.room_id, user_id, body, seq, now)
  room.append(r.room_id, json)
  room.put(r, 'last_seq', seq)
  room.tell(r, 1, 'chat.message', json, seq)
  room.tell(r, 2, 'chat.message', json, seq)
end

function room.upgrade(r, slot)
  if room.is_frozen(r) then refuse('partner_away') end
  room.put(r, 'mode', 'video')
  room.put(r, 'upgraded_at', now)
  room.put(r, 'agreed_seconds', math.max(1, math.floor(S.upgrade_ms / 1000)))
  room.put(r, 'ends_at', now + S.upgrade_ms)
  room.put(r, 'media_by', now + S.media_ms)
  room.put(r, 'generation', r.generation + 1)
  room.put(r, 'warned_at', 0)
  room.put(r, 'request_from', 0)
  room.put(r, 'request_ends_at', 0)
  room.event(r, 'upgraded', {user_id = r['user_' .. slot]})
  say_system(r, slot, 'upgraded')
  room.save(r)
  for each = 1, 2 do room.tell(r, each, '!upgraded', room.view_json(r, each)) end
  room.negotiate(r)
  return {}
end
