-- invite(conn, user, to, mode, seconds or -1, invite_id, room_id, known 0|1)
--   -> ["sent", invite_id, expires_at] | ["opened", seat JSON]: it completed a mutual invite.
-- known: PostgreSQL knows the callee, or nobody can ask it; without a card here and unasked: unknown_target.
-- The refusals stand in the order of the rules (section 6).
ops.invite = function(conn, u, to, mode, seconds, invite_id, room_id, known)
  L.require(conn, u)
  if to == u then refuse('invalid_target') end
  local met_here = call('EXISTS', key('profile:' .. to)) == 1
  if not met_here and known == 0 then refuse('unknown_target') end
  L.check_duration(mode, seconds)
  L.require_admitted(u)
  local tat = admit(int(call('HGET', key('user:' .. u), 'tat')), S.invite_period_ms, S.invite_burst)
  call('HSET', key('user:' .. u), 'tat', digits(tat))

  L.settle_user(u)
  L.settle_user(to)
  if L.outgoing(u) then refuse('already_inviting') end
  L.require_free(u)
  local his = L.outgoing(to)
  if his and his.to == u then
    if his.mode ~= mode then refuse('reciprocal_pending') end
    return {'opened', L.open_room(his, conn, seconds, room_id)}
  end
  local callee = call('HMGET', key('user:' .. to), 'present', 'wish')
  if not met_here or callee[1] ~= '1' and not L.seat(to) or callee[2] ~= '1' or L.is_blocked(u, to)
    or not L.is_admitted(to) then refuse('offline') end
  L.require_free(to)
  local cooldown = L.cooldown(u, to)
  if cooldown > 0 then refuse('cooldown', {retry_after_ms = math.ceil(cooldown - now)}) end
  if state.journal_full == 2 then refuse('unavailable', {retry_after_ms = 1000}) end

  local invite = {id = invite_id, from = u, to = to, mode = mode, seconds = math.max(seconds, 0), expires_at = now + S.invite_ttl_ms}
  call('HSET', key('invite:' .. invite_id), 'from', u, 'to', to, 'mode', mode, 'seconds', digits(invite.seconds),
    'expires_at', digits(invite.expires_at))
  call('PEXPIRE', key('invite:' .. invite_id), PENDING_KEPT_MS + S.invite_ttl_ms)
  call('HSET', key('user:' .. u), 'outgoing', invite_id)
  call('SADD', key('incoming:' .. to), invite_id)
  arm('invite:' .. invite_id, invite.expires_at)
  L.tell(to, '!invite', L.invite_json(invite))
  return {'sent', invite_id, invite.expires_at}
end

-- The invite a user may answer or rescind, settled to this instant; refuses what is not his or over.
local function pending(conn, u, invite_id, role)
  L.require(conn, u)
  local invite = L.invite(invite_id)
  if not invite then refuse('invite_gone') end
  if invite[role] ~= u then refuse('not_yours') end
  L.settle_invite(invite)
  if not invite.outcome then
    L.settle_user(invite.from)
    L.settle_user(invite.to)
    invite = L.invite(invite_id)
  end
  if invite.outcome then refuse('invite_gone', {outcome = invite.outcome}) end
  return invite
end

-- accept(conn, user, invite_id, seconds or -1, room_id) -> [seat JSON]
ops.accept = function(conn, u, invite_id, seconds, room_id)
  local invite = pending(conn, u, invite_id, 'to')
  L.check_duration(invite.mode, seconds)
  L.require_admitted(u)
  if L.seat(invite.from) or L.seat(invite.to) then
    L.end_invite(invite, 'busy', C.busy, conn)
  elseif L.is_blocked(invite.from, invite.to) then
    L.end_invite(invite, 'gone', C.gone_forced, conn)
  end
  if invite.outcome then refuse('invite_gone', {outcome = invite.outcome}) end
  return {L.open_room(invite, conn, seconds, room_id)}
end

ops.decline = function(conn, u, invite_id)
  L.end_invite(pending(conn, u, invite_id, 'to'), 'declined', C.declined, conn)
  return {}
end

ops.rescind = function(conn, u, invite_id)
  L.end_invite(pending(conn, u, invite_id, 'from'), 'rescinded', C.rescinded, conn)
  return {}
end
