-- invite:<id>  from, to, mode video|text, seconds (0: text), expires_at, outcome (once it has ended).
-- The caller's user hash names his one outgoing invite; incoming:<u> holds those that ring.
local ENDED_KEPT_MS = 60000    -- a late answer hears the outcome this long
local PENDING_KEPT_MS = 600000 -- garbage only: the deadline ends an invite long before

function L.invite(id)
  local i = call('HMGET', key('invite:' .. id), 'from', 'to', 'mode', 'seconds', 'expires_at', 'outcome')
  if not i[1] then return nil end
  return {id = id, from = i[1], to = i[2], mode = i[3], seconds = int(i[4]), expires_at = int(i[5]), outcome = i[6] or nil}
end

-- The one way an invite ends. cooldown: ms for the pair, 0 for none. by: the connection that has its own reply.
function L.end_invite(invite, outcome, cooldown, by)
  invite.outcome = outcome
  call('HSET', key('invite:' .. invite.id), 'outcome', outcome)
  call('PEXPIRE', key('invite:' .. invite.id), ENDED_KEPT_MS)
  if call('HGET', key('user:' .. invite.from), 'outgoing') == invite.id then
    call('HDEL', key('user:' .. invite.from), 'outgoing')
  end
  call('SREM', key('incoming:' .. invite.to), invite.id)
  disarm('invite:' .. invite.id)
  if cooldown > 0 then L.cool(invite.from, invite.to, now + cooldown, outcome) end
  call('HINCRBY', key('tally'), 'invite_' .. outcome, 1)
  local ended = cjson.encode({invite_id = invite.id, outcome = outcome, not_to = by or ''})
  L.tell(invite.from, 'invite.ended', ended)
  L.tell(invite.to, 'invite.ended', ended)
end

-- Ends every invite of a user but one.
function L.end_invites(u, outcome, as_caller, as_callee, but)
  local outgoing = call('HGET', key('user:' .. u), 'outgoing')
  if outgoing and outgoing ~= but then
    local invite = L.invite(outgoing)
    if invite and not invite.outcome then L.end_invite(invite, outcome, as_caller) end
  end
  for _, id in ipairs(call('SMEMBERS', key('incoming:' .. u))) do
    local invite = id ~= but and L.invite(id)
    if invite and not invite.outcome then L.end_invite(invite, outcome, as_callee) end
  end
end

function L.settle_invite(invite)
  if invite.outcome then return end
  local over = held(invite.expires_at)
  if now >= over then L.end_invite(invite, 'expired', C.expired) else rearm('invite:' .. invite.id, over) end
end

settlers.invite = function(id)
  local invite = L.invite(id)
  if invite and not invite.outcome then L.settle_invite(invite) else disarm('invite:' .. id) end
end

-- The pending invite a user has out, settled; nil where none is.
function L.outgoing(u)
  local id = call('HGET', key('user:' .. u), 'outgoing')
  local invite = id and L.invite(id)
  if not invite then return nil end
  L.settle_invite(invite)
  return not invite.outcome and invite or nil
end

function L.invite_json(invite)
  return '{"invite_id":"' .. invite.id .. '","mode":"' .. invite.mode
    .. '","seconds":' .. (invite.seconds > 0 and digits(invite.seconds) or 'null')
    .. ',"expires_at_ms":' .. digits(invite.expires_at)
    .. ',"from":' .. L.card(invite.from, L.presence(invite.from), 0, L.introduced_by(L.newcomers(invite.to), invite.from))
    .. ',"to":' .. L.card(invite.to, L.presence(invite.to), 0, L.introduced_by(L.newcomers(invite.from), invite.to)) .. '}'
end

-- Mode and seconds as the caller or the callee gives them; seconds -1: not given.
function L.check_duration(mode, seconds)
  if mode == 'text' and seconds == -1 then return end
  if mode == 'video' and seconds >= S.seconds_min and seconds <= S.seconds_max then return end
  refuse('invalid_duration')
end
