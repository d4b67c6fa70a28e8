-- seat:<u>  JSON {room_id, mode, seconds, user_1, user_2, card_1, card_2, opened_at, incs_1, incs_2}: whoever meets a
-- seat whose room is missing runs the second half of the acceptance from it. Only the end of its room frees a seat.
local FIRST_CHECK_MS = 1000  -- by then the second half has long run
local CHECK_MS = 30000

-- Takes both seats; everything else either of the two had pending ends busy.
function L.open_room(invite, by, seconds, room_id)
  local agreed = invite.mode == 'video' and math.floor((invite.seconds + seconds) / 2) or 0
  L.end_invites(invite.from, 'busy', C.busy, C.busy, invite.id)
  L.end_invites(invite.to, 'busy', C.busy, C.busy, invite.id)
  L.end_invite(invite, 'accepted', 0, by)
  local seat = cjson.encode({
    room_id = room_id, mode = invite.mode, seconds = agreed, opened_at = now,
    user_1 = invite.from, card_1 = call('HGET', key('profile:' .. invite.from), 'card'), incs_1 = L.incs(invite.from),
    user_2 = invite.to, card_2 = call('HGET', key('profile:' .. invite.to), 'card'), incs_2 = L.incs(invite.to),
  })
  for _, u in ipairs({invite.from, invite.to}) do
    call('SET', key('seat:' .. u), seat)
    arm('seat:' .. u, now + FIRST_CHECK_MS)
    L.refresh(u)
  end
  return seat
end

-- A seat is compared with its room; the inviter's look serves both unless their seats differ.
settlers.seat = function(u)
  local seat = L.seat(u)
  if not seat then return disarm('seat:' .. u) end
  local facts = cjson.decode(seat)
  if u == facts.user_1 or L.seat_room(facts.user_1) ~= facts.room_id then followup('seat', seat) end
  rearm('seat:' .. u, now + CHECK_MS)
end

-- Refuses busy for someone in a room, and has the room looked at.
function L.require_free(u)
  local seat = L.seat(u)
  if not seat then return end
  followup('seat', seat)
  refuse('busy')
end

-- The second half of every end: cooldown, seats, wishes and the news, in one step. Harmless twice.
-- facts: {room_id, user_1, user_2, reason, started_at, ended_at, seconds, cooldown_until, last_seq}
ops.release = function(facts_json)
  local facts = cjson.decode(facts_json)
  L.cool(facts.user_1, facts.user_2, facts.cooldown_until, facts.reason)
  local freed = 0
  for _, u in ipairs({facts.user_1, facts.user_2}) do
    if L.seat_room(u) == facts.room_id then
      freed = freed + 1
      call('DEL', key('seat:' .. u))
      disarm('seat:' .. u)
      L.settle_user(u)
      L.tell(u, '!ended', cjson.encode({
        room_id = facts.room_id, reason = facts.reason, seconds = facts.seconds, ended_at_ms = facts.ended_at,
        cooldown_ends_at_ms = facts.cooldown_until, last_seq = facts.last_seq,
      }))
      if not L.is_connected(u) then
        call('SET', key('last_room:' .. u), facts_json, 'PX', S.last_room_ms)
        L.maybe_away(u, 'closed')
      end
      L.refresh(u)
    end
  end
  if freed > 0 then call('HINCRBY', key('tally'), 'room_' .. facts.reason, 1) end
  return {freed}
end

-- seat(user) -> [seat JSON or ""]
ops.seat = function(u) return {L.seat(u) or ''} end
