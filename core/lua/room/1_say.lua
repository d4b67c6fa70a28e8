-- Telling members, each through the inbox of the node that holds the connection.

-- The bound connection of one member; silent where there is none.
function room.tell(r, slot, kind, fields, seq)
  local conn = r['conn_' .. slot]
  if conn == '' then return end
  announce(inc_of(conn), 'c:' .. conn, kind, type(fields) == 'table' and cjson.encode(fields) or fields, seq)
end

function room.tell_both(r, kind, fields)
  local data = cjson.encode(fields)
  room.tell(r, 1, kind, data)
  room.tell(r, 2, kind, data)
end

-- New media negotiation: the polite one is user_2. Only worth saying while both are there; a return says it again.
function room.negotiate(r)
  if not room.both_there(r) then return end
  for slot = 1, 2 do
    room.tell(r, slot, 'rtc.negotiate', {room_id = r.room_id, generation = r.generation, polite = slot == 2})
  end
end

function room.renegotiate(r)
  room.put(r, 'generation', r.generation + 1)
  room.negotiate(r)
end
