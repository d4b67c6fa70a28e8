-- Sessions and connections.
-- session:<hash of the token>  user, sid (order of logins), expires_at
local SESSION_GRACE_MS = 60000

-- Returns user, session id, expiry; refuses unknown_session where PostgreSQL has to be asked.
function L.identify(hash)
  local s = call('HMGET', key('session:' .. hash), 'user', 'sid', 'expires_at')
  if not s[1] or call('EXISTS', key('profile:' .. s[1])) == 0 then refuse('unknown_session') end
  L.check_session(s[1], int(s[2]), int(s[3]))
  return s[1], int(s[2]), int(s[3])
end

function L.check_session(u, sid, expires_at)
  local user = call('HMGET', key('user:' .. u), 'fence', 'fence_why')
  if sid <= int(user[1]) then
    refuse(user[2] == 'replaced' and 'session_replaced' or 'not_authenticated')
  end
  if now >= expires_at and not L.seat(u) then refuse('not_authenticated') end  -- in a room it lasts until the room's end
  if L.is_banned(u) then refuse('banned') end
end

local function keep_session(hash, expires_at)
  call('PEXPIRE', key('session:' .. hash), math.max(0, math.ceil(expires_at - now)) + SESSION_GRACE_MS)
end

-- put_session(hash, user, sid, expires_at, me, card): what PostgreSQL knows of a token, unless a fence knows better.
ops.put_session = function(hash, u, sid, expires_at, me, card)
  L.check_session(u, sid, expires_at)
  call('HSET', key('session:' .. hash), 'user', u, 'sid', sid, 'expires_at', digits(expires_at))
  keep_session(hash, expires_at)
  L.meet(u, me, card)
  return {}
end

-- A user as whoever asked PostgreSQL a while ago found him: only put_profile knows better than what is here.
function L.meet(u, me, card)
  if call('HSETNX', key('profile:' .. u), 'me', me) == 1 then call('HSET', key('profile:' .. u), 'card', card) end
  if call('HGET', key('user:' .. u), 'present') ~= '1' then call('PEXPIRE', key('profile:' .. u), CARD_KEPT_MS) end
end

-- put_profile(user, me, card): how a user looks now, and whether he may meet. Who may no longer is out of the queue, and his
-- invites are gone; a room goes on.
ops.put_profile = function(u, me, card)
  if call('HGET', key('user:' .. u), 'fence_why') == 'deleted' then return {} end
  call('HSET', key('profile:' .. u), 'me', me, 'card', card)
  L.meet(u, me, card)
  L.tell(u, '!me', me)
  if not L.is_admitted(u) then L.end_invites(u, 'gone', C.gone_forced, C.gone_callee) end
  L.refresh(u)
  return {}
end

-- tell(user, kind, data): a notice for all his connections, wherever they are.
ops.tell = function(u, kind, data)
  L.tell(u, kind, data)
  return {}
end

-- extend(user, sid, hash, expires_at): a login lasts longer than it was made for.
ops.extend = function(u, sid, hash, expires_at)
  if call('HGET', key('session:' .. hash), 'user') == u then
    call('HSET', key('session:' .. hash), 'expires_at', digits(expires_at))
    keep_session(hash, expires_at)
  end
  L.tell(u, '!extended', cjson.encode({session_id = sid, expires_at_ms = expires_at}))
  return {}
end

-- identify(hash) -> [user, sid, expires_at, me]
ops.identify = function(hash)
  local u, sid, expires_at = L.identify(hash)
  return {u, sid, expires_at, call('HGET', key('profile:' .. u), 'me')}
end

-- One more connection than allowed closes the oldest that is not bound; if all are bound, the newcomer.
local function make_place(u)
  local conns = call('HGETALL', key('conns:' .. u))
  if #conns / 2 < S.connections_per_user then return end
  local oldest, oldest_at
  for i = 1, #conns, 2 do
    local _, at, bound = string.match(conns[i + 1], '^(%d+)|(%d+)|(%d)$')
    if bound == '0' and (not oldest or tonumber(at) < oldest_at) then oldest, oldest_at = conns[i], tonumber(at) end
  end
  if not oldest then refuse('too_many_connections') end
  L.drop(u, oldest)
  announce(inc_of(oldest), 'c:' .. oldest, '!close', '{"code":4506,"reason":"pushed out by a newer connection"}')
end

function L.attach(u, conn, sid)
  L.settle_user(u)
  local user = call('HMGET', key('user:' .. u), 'login', 'present')
  if user[1] and int(user[1]) ~= sid and user[2] ~= '1' then  -- another login starts anew, unless within the absence
    call('DEL', key('seen:' .. u), key('seen_cool:' .. u))
    call('HDEL', key('user:' .. u), 'wish')
  end
  make_place(u)
  call('HSET', key('conns:' .. u), conn, digits(sid) .. '|' .. digits(now) .. '|0')
  call('HSET', key('of:' .. inc_of(conn)), conn, u)
  call('HSET', key('user:' .. u), 'login', digits(sid), 'present', 1, 'away_at', 0)
  call('PERSIST', key('user:' .. u))
  call('PERSIST', key('profile:' .. u))
  disarm('user:' .. u)
end

-- attach(conn, hash) -> [user, sid, expires_at, me, presence, wish 0|1, invites, seat or "", last room's facts or "",
--   unread notifications (JSON), "" where PostgreSQL has to be asked]
ops.attach = function(conn, hash)
  if not L.is_alive(inc_of(conn)) then refuse('not_registered') end
  local u, sid, expires_at = L.identify(hash)
  L.attach(u, conn, sid)
  local presence = L.refresh(u)
  local invites = {}
  local ids = call('SMEMBERS', key('incoming:' .. u))
  ids[#ids + 1] = call('HGET', key('user:' .. u), 'outgoing') or nil
  for _, id in ipairs(ids) do
    local invite = L.invite(id)
    if invite then L.settle_invite(invite) end
    if invite and not invite.outcome then invites[#invites + 1] = L.invite_json(invite) end
  end
  local profile = call('HMGET', key('profile:' .. u), 'me', 'intros', 'unread')
  return {
    u, sid, expires_at, profile[1], presence,
    int(call('HGET', key('user:' .. u), 'wish')), invites, L.seat(u) or '', call('GET', key('last_room:' .. u)) or '',
    profile[2] and profile[3] or '',
  }
end

-- detach(conn, user): the connection is gone. Harmless twice.
ops.detach = function(conn, u)
  if L.drop(u, conn) == 1 then L.maybe_away(u, 'closed') end
  return {}
end

-- mark_bound(conn, user, bound 0|1): a connection bound to a room is not pushed out.
ops.mark_bound = function(conn, u, bound)
  local kept = call('HGET', key('conns:' .. u), conn)
  if kept then call('HSET', key('conns:' .. u), conn, string.sub(kept, 1, -2) .. digits(bound)) end
  return {}
end

-- restore(conn, user, sid, expires_at, wish 0|1, me, card): a node says again, after a loss, whom it holds.
ops.restore = function(conn, u, sid, expires_at, wish, me, card)
  if not L.is_alive(inc_of(conn)) then refuse('not_registered') end
  L.check_session(u, sid, expires_at)
  L.meet(u, me, card)
  if call('HEXISTS', key('conns:' .. u), conn) == 0 then
    L.attach(u, conn, sid)
    if wish == 1 then call('HSET', key('user:' .. u), 'wish', 1) end
  end
  L.refresh(u)
  return {}
end

-- revoke(user, sid, why replaced|logged_out|password|deleted): sessions up to sid are over, and felt everywhere.
-- -> [seat or ""]: whose room ends when the user himself is gone.
ops.revoke = function(u, sid, why)
  local fence = int(call('HGET', key('user:' .. u), 'fence'))
  if sid > fence or why == 'deleted' then
    call('HSET', key('user:' .. u), 'fence', digits(math.max(sid, fence)), 'fence_why', why)
  end
  local code = why == 'replaced' and 4502 or 4507
  local conns = call('HGETALL', key('conns:' .. u))
  for i = 1, #conns, 2 do
    if int(string.match(conns[i + 1], '^(%d+)|')) <= sid then
      L.drop(u, conns[i])
      announce(inc_of(conns[i]), 'c:' .. conns[i], '!close', cjson.encode({code = code, reason = why}))
    end
  end
  if why == 'replaced' then
    L.maybe_away(u, 'closed')
  elseif not L.is_connected(u) and call('HGET', key('user:' .. u), 'present') == '1' then
    L.go_offline(u, (why == 'logged_out' or why == 'password') and 'closed' or 'forced')
  end
  if call('HGET', key('user:' .. u), 'present') ~= '1' then call('PEXPIRE', key('user:' .. u), OFFLINE_KEPT_MS) end
  if why == 'deleted' then
    for _, what in ipairs({'profile:', 'seen:', 'seen_cool:', 'blocks:', 'last_room:'}) do call('DEL', key(what .. u)) end
  end
  local login = int(call('HGET', key('user:' .. u), 'login'))
  return {login <= sid and L.seat(u) or ''}
end

-- told(user, room_id): he has heard how that room ended.
ops.told = function(u, room_id)
  local facts = call('GET', key('last_room:' .. u))
  if facts and cjson.decode(facts).room_id == room_id then call('DEL', key('last_room:' .. u)) end
  return {}
end

-- wish(conn, user, 0|1): he wishes to meet. In a room it is remembered and changes nothing until the end.
ops.wish = function(conn, u, wish)
  L.require(conn, u)
  if wish == 1 then L.require_admitted(u) end
  call('HSET', key('user:' .. u), 'wish', wish)
  L.tell(u, '!wish', wish == 1 and '{"wish":true}' or '{"wish":false}')  -- nodes say it again after a loss
  L.refresh(u)
  return {}
end
