-- Who may not be here, and who is kept from whom. PostgreSQL decides; these carry it over, each harmless twice.
-- banned     user -> why, as he is told: none of his tokens lets him in, and none is forgotten
-- blocks:<u> who is hidden from u, whoever of the two made the block
-- ip_bans    network -> until when (ms, 0: for ever); nodes keep a copy and are told to read it again

function L.is_banned(u) return call('HEXISTS', key('banned'), u) == 1 end

-- ban(user, reason) -> [seat or ""]: offline everywhere, his invites gone; his room is the caller's to end.
ops.ban = function(u, reason)
  call('HSET', key('banned'), u, reason)
  local last_words = cjson.encode({code = 4503, reason = 'banned', first = {type = 'account.banned', reason = reason}})
  for _, conn in ipairs(call('HKEYS', key('conns:' .. u))) do
    L.drop(u, conn)
    announce(inc_of(conn), 'c:' .. conn, '!close', last_words)
  end
  call('HDEL', key('user:' .. u), 'wish')
  if call('HGET', key('user:' .. u), 'present') == '1' then L.go_offline(u, 'forced') end
  return {L.seat(u) or ''}
end

ops.unban = function(u)
  call('HDEL', key('banned'), u)
  return {}
end

-- load_bans([[user, reason], ...])
ops.load_bans = function(rows)
  for _, row in ipairs(rows) do call('HSETNX', key('banned'), row[1], row[2]) end
  return {}
end

-- block(a, b) -> [room id of a room they share, or ""], which is the caller's to end. An invite between them is gone.
ops.block = function(a, b)
  call('SADD', key('blocks:' .. a), b)
  call('SADD', key('blocks:' .. b), a)
  for from, to in pairs({[a] = b, [b] = a}) do
    local invite = L.outgoing(from)
    if invite and invite.to == to then L.end_invite(invite, 'gone', C.gone_forced) end
  end
  local room_id = L.seat_room(a)
  return {room_id and room_id == L.seat_room(b) and room_id or ''}
end

ops.unblock = function(a, b)
  call('SREM', key('blocks:' .. a), b)
  call('SREM', key('blocks:' .. b), a)
  return {}
end

local function tell_every_node(kind)
  for _, inc in ipairs(call('ZRANGE', key('leases'), 0, -1)) do announce(inc, 'n', kind, '{}') end
end

-- ip_ban(network, until or 0), ip_unban(network). Whoever comes takes along what is over.
ops.ip_ban = function(network, till)
  local known = call('HGETALL', key('ip_bans'))
  for i = 1, #known, 2 do
    local ends = int(known[i + 1])
    if ends > 0 and ends <= now then call('HDEL', key('ip_bans'), known[i]) end
  end
  call('HSET', key('ip_bans'), network, digits(till))
  tell_every_node('!ip_bans')
  return {}
end

ops.ip_unban = function(network)
  call('HDEL', key('ip_bans'), network)
  tell_every_node('!ip_bans')
  return {}
end

-- load_ip_bans([[network, until or 0], ...])
ops.load_ip_bans = function(rows)
  for _, row in ipairs(rows) do call('HSETNX', key('ip_bans'), row[1], digits(row[2])) end
  return {}
end
