-- load(state, card_1, card_2, messages, marks, outage_ms) -> [1 loaded | 0 was there]. Rehydrate: a room as PostgreSQL has
-- it, put if absent. state: in the journal's words; messages: JSON, the newest, ascending, from seq on without a hole;
-- marks: the client-id index, ["<slot>:<client_id>", "<seq>:<sent at>", ...].
-- One that goes on comes back with both members missing; its torch has stood still since the outage began.
local CHUNK = 500  -- values in one command: Lua unpacks no more than some thousands

local SAME = {'user_1', 'user_2', 'name_1', 'name_2', 'mode', 'status', 'reason', 'agreed_seconds', 'seconds', 'version',
  'last_seq', 'messages_1', 'messages_2', 'read_1', 'read_2'}
local INSTANTS = {opened_at = 'opened_at_ms', started_at = 'started_at_ms', ends_at = 'ends_at_ms',
  ended_at = 'ended_at_ms', media_connected_at = 'media_connected_at_ms', upgraded_at = 'upgraded_at_ms',
  warned_at = 'warned_at_ms', wrote_1 = 'torch_1_ms', wrote_2 = 'torch_2_ms', cooldown_until = 'cooldown_until_ms'}

local function push(command, name, values)
  for i = 1, #values, CHUNK do call(command, key(name), unpack(values, i, math.min(i + CHUNK - 1, #values))) end
end

local function both_missing(r, stored, outage_ms)
  local frozen_at = now - outage_ms
  for slot = 1, 2 do
    local grace = stored['grace_' .. slot .. '_ms']
    if grace > 0 then frozen_at = math.min(frozen_at, grace - S.grace_ms) end
    room.put(r, 'grace_' .. slot, math.max(grace, now + S.grace_ms))
    if r['wrote_' .. slot] == 0 then room.put(r, 'wrote_' .. slot, r.started_at) end
  end
  room.put(r, 'status', 'grace_period')
  room.put(r, 'frozen_at', math.max(frozen_at, r.started_at))
  if r.mode == 'video' and r.media_connected_at == 0 then room.put(r, 'media_by', r.frozen_at + S.media_ms) end
end

local function is_over(r)
  room.put(r, 'released', 1)        -- a seat that still names it is checked against it
  room.save(r)
  for _, name in ipairs({'room:', 'log:', 'cids:'}) do
    call('PEXPIRE', key(name .. r.room_id), math.max(1, r.ended_at + room.KEEP_MS - now))
  end
end

ops.load = function(s, card_1, card_2, messages, marks, outage_ms)
  if room.load(s.room_id) then return {0} end
  local r = room.make(s.room_id, room.blank({user_1 = s.user_1, user_2 = s.user_2, card_1 = card_1,
    card_2 = card_2, mode = s.mode, opened_at = s.opened_at_ms}))
  for _, field in ipairs(SAME) do room.put(r, field, s[field]) end
  for field, name in pairs(INSTANTS) do room.put(r, field, s[name]) end
  room.put(r, 'recorded_seq', r.last_seq)
  room.put(r, 'generation', state.epoch * 1000000)
  room.put(r, 'free_1', room.FREE_MESSAGES)
  room.put(r, 'free_2', room.FREE_MESSAGES)
  room.put(r, 'free_until', now + room.FREE_MS)
  push('RPUSH', 'log:' .. r.room_id, messages)
  room.mark_index(r.room_id)
  push('HSET', 'cids:' .. r.room_id, marks)
  if not room.is_live(r) then
    is_over(r)
  else
    room.put(r, 'join_at', math.max(r.join_at, now + S.grace_ms))
    if room.is_started(r) then both_missing(r, s, outage_ms) end
    room.save(r)
  end
  return {1}
end
