-- Users as the lobby knows them. L: what the lobby's ops share.
-- user:<u>  wish 0|1 · login, fence (session ids; up to fence they are dead, fence_why says why) · outgoing (invite id)
--           present 0|1 (connected, or within the absence) · away_at (ms, 0: connected) · away_why closed|node
--           shown (presence last told) · tat (of LIMIT_INVITE)
-- conns:<u> connection -> "<session id>|<attached at>|<bound 0|1>"
local L = {}
local OFFLINE_KEPT_MS = S.longest_session_ms + 86400000  -- the fence outlives every session that it ended
local CARD_KEPT_MS = 86400000            -- "known users" while PostgreSQL is away: those of the last day
local WATCH_MS = 3600000              -- a card nobody browsed for an hour tells nobody it changed

function L.seat(u) return call('GET', key('seat:' .. u)) or nil end

function L.seat_room(u)
  local seat = L.seat(u)
  return seat and cjson.decode(seat).room_id
end

-- True while the incarnation's lease runs; after an outage of ours a lease runs at least as long as the hold.
function L.is_alive(inc)
  local lease = tonumber(call('ZSCORE', key('leases'), inc) or '')
  return lease ~= nil and wall < math.max(lease, state.held_until)
end

-- Whether a user may meet: enter the queue, invite and accept.
function L.is_admitted(u)
  if A.unpaid then return true end
  local me = call('HGET', key('profile:' .. u), 'me')
  return me and A[cjson.decode(me).paid_status] == 1 or false
end

function L.require_admitted(u)
  if not L.is_admitted(u) then refuse('not_admitted') end
end

function L.presence(u)
  if L.seat(u) then return 'busy' end
  local user = call('HMGET', key('user:' .. u), 'present', 'wish')
  if user[1] ~= '1' then return 'offline' end
  return user[2] == '1' and L.is_admitted(u) and 'available' or 'online'
end

-- Tells those who look at this card, if anything changed, and keeps the set that browsing draws from.
function L.refresh(u)
  local presence = L.presence(u)
  local shown = call('HGET', key('user:' .. u), 'shown') or 'offline'
  if presence == shown then return presence end
  call('HSET', key('user:' .. u), 'shown', presence)
  if presence == 'available' then call('SADD', key('available'), u) else call('SREM', key('available'), u) end
  for _, inc in ipairs(call('SMEMBERS', key('watch:' .. u))) do
    announce(inc, 'n', '!card', cjson.encode({user_id = u, presence = presence}))
  end
  return presence
end

function L.watch(u, inc)
  call('SADD', key('watch:' .. u), inc)
  call('PEXPIRE', key('watch:' .. u), WATCH_MS)
end

-- The incarnations at which a user is connected, each once.
function L.incs(u)
  local incs, known = {}, {}
  for _, conn in ipairs(call('HKEYS', key('conns:' .. u))) do
    local inc = inc_of(conn)
    if not known[inc] then
      known[inc] = true
      incs[#incs + 1] = inc
    end
  end
  return incs
end

function L.tell(u, kind, data)
  for _, inc in ipairs(L.incs(u)) do announce(inc, 'u:' .. u, kind, data) end
end

-- The fence against paused nodes: an op speaks for a connection that is registered, or not at all.
function L.require(conn, u)
  if call('HEXISTS', key('conns:' .. u), conn) == 0 then refuse('not_registered') end
end

function L.drop(u, conn)
  call('HDEL', key('of:' .. inc_of(conn)), conn)
  return call('HDEL', key('conns:' .. u), conn)
end

function L.is_connected(u) return call('HLEN', key('conns:' .. u)) > 0 end

-- How much of their absence the users of a dead incarnation have left, in ms: none where its lease had run out.
function L.absence_left(inc) return math.max(0, int(call('GET', key('tomb:' .. inc))) - wall) end

-- Called when a connection went: outside a room the last one starts the absence. ms: its length, if not all of it.
function L.maybe_away(u, why, ms)
  if L.is_connected(u) or L.seat(u) then return end
  if call('HGET', key('user:' .. u), 'present') ~= '1' then return end
  local away_at = now + (ms or S.absence_ms)
  if away_at <= now then return L.go_offline(u, why) end
  call('HSET', key('user:' .. u), 'away_at', away_at, 'away_why', why)
  arm('user:' .. u, away_at)
end

-- why: closed (the user went: a ringing invite of his costs the pair), node or forced (he did not).
function L.go_offline(u, why)
  call('HSET', key('user:' .. u), 'present', 0, 'away_at', 0)
  call('PEXPIRE', key('user:' .. u), OFFLINE_KEPT_MS)
  call('PEXPIRE', key('profile:' .. u), CARD_KEPT_MS)
  disarm('user:' .. u)
  L.end_invites(u, 'gone', why == 'closed' and C.gone_caller or C.gone_forced, C.gone_callee)
  L.refresh(u)
end

-- Drops connections of nodes whose lease is over, and ends an absence that is over.
function L.settle_user(u)
  local user = call('HMGET', key('user:' .. u), 'present', 'away_at', 'away_why')
  if user[1] ~= '1' then return end
  local left, dropped, absence = 0, 0, 0
  for _, conn in ipairs(call('HKEYS', key('conns:' .. u))) do
    local inc = inc_of(conn)
    if L.is_alive(inc) then
      left = left + 1
    else
      dropped = dropped + L.drop(u, conn)
      absence = math.max(absence, L.absence_left(inc))
    end
  end
  if left > 0 or L.seat(u) then return end
  if dropped > 0 then return L.maybe_away(u, 'node', absence) end
  if int(user[2]) == 0 then return L.maybe_away(u, 'closed') end
  local over = held(int(user[2]))
  if now >= over then L.go_offline(u, user[3] or 'closed') else rearm('user:' .. u, over) end
end

settlers.user = function(u)
  L.settle_user(u)
  local user = call('HMGET', key('user:' .. u), 'present', 'away_at')
  if user[1] ~= '1' or int(user[2]) == 0 then disarm('user:' .. u) end
end

-- A card as others see it: the stored profile with what is true of it now. introduced_by: JSON, to the one who looks.
function L.card(u, presence, cooldown_until, introduced_by)
  local card = call('HGET', key('profile:' .. u), 'card')
  if not card then return nil end
  return string.sub(card, 1, -2) .. ',"introduced_by":' .. introduced_by .. ',"presence":"' .. presence .. '","cooldown_ends_at_ms":'
    .. (cooldown_until > 0 and digits(cooldown_until) or 'null') .. '}'
end

-- Pairs. blocks:<u> holds those hidden from u, whoever of the two blocked.
function L.is_blocked(a, b) return call('SISMEMBER', key('blocks:' .. a), b) == 1 end

local function pair(a, b)
  if a < b then return a, b end
  return b, a
end

-- Until when a pair may not meet; 0: they may.
function L.cooldown(a, b)
  a, b = pair(a, b)
  local ends = int(call('GET', key('cool:' .. a .. ':' .. b)))
  return ends > now and ends or 0
end

-- Never shortens.
function L.cool(a, b, ends, why)
  a, b = pair(a, b)
  local name = key('cool:' .. a .. ':' .. b)
  if ends <= now or ends <= int(call('GET', name)) then return end
  call('SET', name, digits(ends), 'PX', math.ceil(ends - now))
  journal('cooldown', 'a', a, 'b', b, 'until', digits(ends), 'why', why)
end
