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

-- Every connection of one member, on every node that has any.
function room.tell_user(r, slot, kind, data)
  for inc in string.gmatch(r['incs_' .. slot], '%S+') do announce(inc, 'u:' .. r['user_' .. slot], kind, data) end
end

-- A node that holds connections of this member; those that are gone are forgotten.
function room.heard_at(r, slot, inc)
  local field = 'incs_' .. slot
  local kept = {}
  for known in string.gmatch(r[field], '%S+') do
    if known == inc then return end
    if call('HEXISTS', key('inboxes'), known) == 1 then kept[#kept + 1] = known end
  end
  kept[#kept + 1] = inc
  room.put(r, field, table.concat(kept, ' '))
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
