-- What operators ask of the lobby. Nothing is changed but what is due anyway.

local function look(u)
  L.settle_user(u)
  local user = call('HMGET', key('user:' .. u), 'present', 'wish')
  local out = L.outgoing(u)
  return {
    presence = L.presence(u), is_present = user[1] == '1', wish = user[2] == '1',
    is_known = call('EXISTS', key('profile:' .. u)) == 1, is_admitted = L.is_admitted(u), is_banned = L.is_banned(u),
    connections = call('HLEN', key('conns:' .. u)), room_id = L.seat_room(u) or '', invites = out and out.to or '',
    invites_mode = out and out.mode or '', ringing = call('SCARD', key('incoming:' .. u)),
  }
end

-- look(user) -> [JSON {presence, is_present, wish, is_known, is_admitted, is_banned, connections, room_id or "",
--   invites: whom he rings or "", invites_mode, ringing: how many ring him}]
ops.look = function(u) return {cjson.encode(look(u))} end

-- explain(a, b) -> [JSON of a, JSON of b, until when they may not meet (ms, 0: they may), blocked 0|1]
ops.explain = function(a, b)
  return {cjson.encode(look(a)), cjson.encode(look(b)), L.cooldown(a, b), L.is_blocked(a, b) and 1 or 0}
end

-- processes() -> [JSON {incarnation, name, address, since, lease_end, connections, is_draining}, ...]
ops.processes = function()
  local rows, leases = {}, call('ZRANGE', key('leases'), 0, -1, 'WITHSCORES')
  for i = 1, #leases, 2 do
    local inc = leases[i]
    local node = call('HMGET', key('node:' .. inc), 'name', 'address', 'since', 'draining')
    rows[#rows + 1] = cjson.encode({
      incarnation = inc, name = node[1] or '', address = node[2] or '', since = int(node[3]),
      lease_end = int(leases[i + 1]), connections = call('HLEN', key('of:' .. inc)), is_draining = node[4] == '1',
    })
  end
  return {rows}
end

-- drain(incarnation or name) -> [incarnation]: that node is told to go; a worker hears nothing, and is not found.
ops.drain = function(id)
  local inc = call('ZSCORE', key('leases'), id) and id or call('HGET', key('names'), id)
  if not inc or call('EXISTS', key('inbox:' .. inc)) == 0 then refuse('not_found') end
  call('HSET', key('node:' .. inc), 'draining', 1)
  announce(inc, 'n', '!drain', '{}')
  return {inc}
end
