-- The one way a room ends. at: the instant of what ended it, not of whoever noticed; by: the user who did, if one did.

local function never_connected(r)
  return r.mode == 'video' and r.media_connected_at == 0 and r.upgraded_at == 0
end

-- Per core/rules/cooldowns.py: C holds the lengths by reason.
local function cooldown_until(r, reason, at)
  if not room.is_started(r) or (reason == 'media_failed' and never_connected(r)) then return 0 end
  local length = C[reason] or 0
  return length > 0 and at + length or 0
end

function room.finish(r, reason, at, by)
  local seconds = room.is_started(r) and math.max(0, math.floor((at - r.started_at) / 1000)) or 0
  local counts = room.is_started(r) and not never_connected(r)
  room.put(r, 'status', 'ended')
  room.put(r, 'reason', reason)
  room.put(r, 'ended_at', at)
  room.put(r, 'seconds', seconds)
  room.put(r, 'cooldown_until', cooldown_until(r, reason, at))
  room.put(r, 'counts_metrics', counts and seconds * 1000 >= S.metrics_ms and 1 or 0)
  room.put(r, 'counts_completion', counts and seconds * 1000 >= S.completion_ms and seconds > 0 and 1 or 0)
  room.event(r, 'ended', {detail = reason, at = at, user_id = by})
  for slot = 1, 2 do
    room.unbind(r, slot)
    room.put(r, 'grace_' .. slot, 0)
  end
  room.put(r, 'frozen_at', 0)
  room.put(r, 'request_from', 0)
  room.put(r, 'request_ends_at', 0)
  r.finished = true
end

-- What the lobby needs to free the seats.
function room.facts(r)
  return cjson.encode({room_id = r.room_id, user_1 = r.user_1, user_2 = r.user_2, reason = r.reason, mode = r.mode,
    started_at = r.started_at, ended_at = r.ended_at, seconds = r.seconds, cooldown_until = r.cooldown_until,
    last_seq = r.last_seq})
end

-- Tells the calling process to free the seats; again and again until `released`.
function room.remind(r)
  for _, name in ipairs({'room:', 'log:', 'cids:'}) do call('PEXPIRE', key(name .. r.room_id), room.KEEP_MS) end
  followup('ended', room.facts(r))
  rearm('room:' .. r.room_id, now + room.RELEASE_MS)
end
