-- Nodes: a lease each. leases: incarnation -> lease end (unshifted clock). A dead incarnation leaves a tombstone, and
-- stays in `unreaped` until every family has let go of what it indexes under it.
local REAP_AT_ONCE = 200
local TOMB_MS = 86400000  -- longer than any process stays paused

local function lease(inc) call('ZADD', key('leases'), wall + S.node_lease_ms, inc) end

-- tomb:<inc> holds until when its users may be absent: a death that is known before the lease is over (a restart, a
-- farewell) is a lost connection like any other, and never lasts longer than the lease.
local function declare_dead(inc)
  local lease_end = math.max(int(call('ZSCORE', key('leases'), inc)), state.held_until)
  call('ZREM', key('leases'), inc)
  call('SET', key('tomb:' .. inc), digits(math.min(wall + S.absence_ms, lease_end)), 'PX', TOMB_MS)
  local name = call('HGET', key('node:' .. inc), 'name')
  if name and call('HGET', key('names'), name) == inc then call('HDEL', key('names'), name) end
  call('SADD', key('unreaped'), inc)
  for shard = 0, S.room_shards - 1 do call('SADD', key('unreaped:' .. inc), 'r' .. digits(shard)) end
end

-- register(incarnation, name, address): a boot under a known name reaps its predecessor at once.
ops.register = function(inc, name, address)
  if call('EXISTS', key('tomb:' .. inc)) == 1 then refuse('dead') end
  local before = call('HGET', key('names'), name)
  if before and before ~= inc then declare_dead(before) end
  call('HSET', key('names'), name, inc)
  call('HSET', key('node:' .. inc), 'name', name, 'address', address, 'since', digits(now))
  lease(inc)
  return {now}
end

-- renew(incarnation) -> [now]; refuses dead: close everything and start a new incarnation.
ops.renew = function(inc)
  if not call('ZSCORE', key('leases'), inc) then refuse('dead') end
  if not L.is_alive(inc) then  -- its connections may have been dropped already
    declare_dead(inc)
    refuse('dead')
  end
  lease(inc)
  return {now}
end

-- farewell(incarnation): it closed its sockets and goes.
ops.farewell = function(inc)
  if call('ZSCORE', key('leases'), inc) then declare_dead(inc) end
  return {}
end

-- nodes() -> [[incarnation, name, address, lease end], ...]
ops.nodes = function()
  local rows, leases = {}, call('ZRANGE', key('leases'), 0, -1, 'WITHSCORES')
  for i = 1, #leases, 2 do
    local node = call('HMGET', key('node:' .. leases[i]), 'name', 'address')
    rows[#rows + 1] = {leases[i], node[1] or '', node[2] or '', int(leases[i + 1])}
  end
  return {rows}
end

-- Its users outside rooms are absent, or offline at once where the lease was their absence. Members are the shards' to judge.
-- Drawn at random: a scan from the beginning finds less and less where it has been before. True when nobody is left.
local function reap_users(inc)
  local absence = L.absence_left(inc)
  local part = call('HRANDFIELD', key('of:' .. inc), REAP_AT_ONCE, 'WITHVALUES')
  for i = 1, #part, 2 do
    local conn, u = part[i], part[i + 1]
    L.drop(u, conn)
    L.maybe_away(u, 'node', absence)
  end
  return call('EXISTS', key('of:' .. inc)) == 0
end

before_sweep[#before_sweep + 1] = function()
  if wall >= state.held_until then
    for _, inc in ipairs(call('ZRANGEBYSCORE', key('leases'), '-inf', wall)) do declare_dead(inc) end
  end
  local is_more = false
  for _, inc in ipairs(call('SMEMBERS', key('unreaped'))) do
    local done = reap_users(inc)
    is_more = is_more or not done
    if call('SCARD', key('unreaped:' .. inc)) > 0 then
      followup('dead', inc)
    elseif done then
      call('SREM', key('unreaped'), inc)
      call('DEL', key('node:' .. inc), key('inbox:' .. inc), key('answers:' .. inc))
      call('HDEL', key('inboxes'), inc)
    end
  end
  return is_more
end

-- reaped(incarnation, family): that family indexes nothing under it any more.
ops.reaped = function(inc, family)
  call('SREM', key('unreaped:' .. inc), family)
  return {}
end
