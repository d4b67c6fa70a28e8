-- Writes what an op decided: the fields, the journal, the deadline; all of it in this one place.

function room.arm(r)
  local at = r.due_at
  if r.note_at ~= 0 then at = math.min(at, r.note_at) end
  rearm('room:' .. r.room_id, at)
end

local function state_json(r)
  return cjson.encode({room_id = r.room_id, user_1 = r.user_1, user_2 = r.user_2, name_1 = r.name_1, name_2 = r.name_2,
    opened_at_ms = r.opened_at, started_at_ms = r.started_at, agreed_seconds = r.agreed_seconds, ends_at_ms = r.ends_at,
    mode = r.mode, status = r.status, connected_1 = r.conn_1 ~= '', connected_2 = r.conn_2 ~= '',
    grace_1_ms = r.grace_1, grace_2_ms = r.grace_2, media_connected_at_ms = r.media_connected_at, reason = r.reason,
    ended_at_ms = r.ended_at, seconds = r.seconds, epoch = state.epoch, version = r.version,
    torch_1_ms = r.mode == 'text' and r.wrote_1 or 0, torch_2_ms = r.mode == 'text' and r.wrote_2 or 0,
    warned_at_ms = r.warned_at, generation = r.generation, read_1 = r.read_1, read_2 = r.read_2,
    last_seq = r.last_seq, messages_1 = r.messages_1, messages_2 = r.messages_2, upgraded_at_ms = r.upgraded_at,
    counts_metrics = r.counts_metrics == 1, counts_completion = r.counts_completion == 1,
    cooldown_until_ms = r.cooldown_until})
end

function room.save(r)
  local told = #r.events > 0
  if told or r.note then
    room.put(r, 'version', r.version + 1)
    room.put(r, 'note_at', 0)
  end
  if room.is_live(r) then
    room.put(r, 'due_at', (room.next_due(r)))
    room.put(r, 'calm_until', room.is_started(r) and r.warned_at == 0 and r.free_until == 0 and r.due_at or 0)
  else
    room.put(r, 'due_at', 0)
    room.put(r, 'calm_until', 0)
  end
  if not next(r.changed) then return end
  local flat = {}
  for field in pairs(r.changed) do
    flat[#flat + 1] = field
    flat[#flat + 1] = r[field]
  end
  call('HSET', key('room:' .. r.room_id), unpack(flat))
  if told or r.note then journal('room', 'd', state_json(r), 'ev', told and cjson.encode(r.events) or '[]') end
  if r.finished then
    room.remind(r)
  elseif room.is_live(r) and (r.changed.due_at or r.changed.note_at) then
    room.arm(r)
  end
  r.changed, r.events, r.note, r.finished = {}, {}, nil, nil
end
