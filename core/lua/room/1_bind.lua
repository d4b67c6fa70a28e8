-- Bindings: at most one connection per member, indexed by incarnation so that a dead node's can be found.

function room.bind(r, slot, conn)
  room.unbind(r, slot)
  call('SADD', key('bound:' .. inc_of(conn)), r.room_id .. ':' .. slot)
  room.put(r, 'conn_' .. slot, conn)
end

function room.unbind(r, slot)
  local conn = r['conn_' .. slot]
  if conn == '' then return end
  call('SREM', key('bound:' .. inc_of(conn)), r.room_id .. ':' .. slot)
  room.put(r, 'conn_' .. slot, '')
end

-- Both are in for the first time: everything begins now.
function room.start(r)
  room.put(r, 'started_at', now)
  if r.mode == 'video' then
    room.put(r, 'ends_at', now + r.agreed_seconds * 1000)
    room.put(r, 'media_by', now + S.media_ms)
  else
    room.put(r, 'wrote_1', now)
    room.put(r, 'wrote_2', now)
  end
  room.event(r, 'started')
  room.tell_both(r, 'room.started', {room_id = r.room_id, started_at_ms = now,
    ends_at_ms = r.ends_at > 0 and r.ends_at or cjson.null, torch = room.torch_json(r)})
  if r.mode == 'video' then room.negotiate(r) end
end

-- The bound connection of a member is gone. Before the start nothing runs but the joining deadline.
function room.lose(r, slot)
  room.event(r, 'lost', {user_id = r['user_' .. slot], node = inc_of(r['conn_' .. slot])})
  room.unbind(r, slot)
  if not room.is_started(r) then return end
  room.put(r, 'grace_' .. slot, held(now + S.grace_ms))
  room.freeze(r)
  room.tell(r, 3 - slot, 'room.partner_lost', {room_id = r.room_id, grace_ends_at_ms = r['grace_' .. slot]})
end

-- A member is no longer missing; true when nobody is.
function room.lift(r, slot)
  room.put(r, 'grace_' .. slot, 0)
  if not room.is_frozen(r) or r['grace_' .. (3 - slot)] ~= 0 then return false end
  room.thaw(r)
  return true
end
