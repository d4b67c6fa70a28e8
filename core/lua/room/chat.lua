-- chat(room_id, user_id, conn, client_id, json_prefix) -> [seq, sent_at_ms, fresh 0|1, partner's conn or ""].
-- json_prefix is the Message without its end, `{"room_id":...,"client_id":"..."`. The partner's connection is answered where
-- the caller holds it and delivers himself; otherwise the message went through the inbox.
-- Order of checks: member; a repeat answers as the first time, from anywhere and whenever; then bound, started, room in the
-- journal, limit.

-- Writes one message into the log and the journal; there as a single field, for nearly all entries are messages.
function room.append(id, json)
  call('RPUSH', key('log:' .. id), json)
  call('XADD', key('journal'), '*', 'msg', json)
end

-- What was answered the first time, or nil.
local function repeated(id, mark)
  local first = call('HGET', key('cids:' .. id), mark)
  if not first then return nil end
  local seq, at = string.match(first, '^(%d+):(%d+)$')
  return {tonumber(seq), tonumber(at), 0, ''}
end

local function deliver(conn, json, seq)
  if conn == '' then return '' end
  local inc = inc_of(conn)
  if inc == caller then return conn end
  announce(inc, 'c:' .. conn, 'chat.message', json, seq)
  return ''
end

-- Something else may be due, or be changed by this message: the whole room is looked at.
local function say_slowly(room_id, user_id, conn, client_id, json_prefix)
  local r, slot = room.talking(room_id, user_id, conn)
  if state.journal_full > 0 then refuse('unavailable', {retry_after_ms = 1000}) end
  local free = r['free_' .. slot]
  local tat = free > 0 and r['tat_' .. slot] or admit(r['tat_' .. slot], S.chat_period_ms, S.chat_burst)
  local seq = r.last_seq + 1
  local json = json_prefix .. ',"seq":' .. digits(seq) .. ',"sent_at_ms":' .. digits(now) .. '}'
  call('HSET', key('cids:' .. room_id), slot .. ':' .. client_id, digits(seq) .. ':' .. digits(now))
  room.append(room_id, json)
  room.put(r, 'last_seq', seq)
  room.put(r, 'wrote_' .. slot, now)
  room.put(r, 'tat_' .. slot, tat)
  room.put(r, 'free_' .. slot, math.max(0, free - 1))
  room.put(r, 'messages_' .. slot, r['messages_' .. slot] + 1)
  local partner = deliver(r['conn_' .. (3 - slot)], json, seq)
  if room.has_torch(r) then room.relight(r) end
  room.save(r)
  return {seq, now, 1, partner}
end

-- The hot path reads and writes only these, by name: it is most of what a shard does.
local TAT = {'tat_1', 'tat_2'}
local WROTE = {'wrote_1', 'wrote_2'}
local MESSAGES = {'messages_1', 'messages_2'}

ops.chat = function(room_id, user_id, conn, client_id, json_prefix)
  local hash = key('room:' .. room_id)
  local f = call('HMGET', hash, 'user_1', 'user_2', 'conn_1', 'conn_2', 'calm_until', 'gap_seen', 'last_seq', 'tat_1',
    'tat_2', 'messages_1', 'messages_2')
  local slot = f[1] == user_id and 1 or f[2] == user_id and 2
  if not slot then refuse('not_in_room') end
  local mark = slot .. ':' .. client_id
  local is_calm = now < tonumber(f[5]) and tonumber(f[6]) == state.gap_ms and f[2 + slot] == conn
    and state.journal_full == 0
  if not is_calm then
    return repeated(room_id, mark) or say_slowly(room_id, user_id, conn, client_id, json_prefix)
  end
  local ok, tat = pcall(admit, tonumber(f[7 + slot]), S.chat_period_ms, S.chat_burst)
  if not ok then return repeated(room_id, mark) or error(tat) end
  local seq = tonumber(f[7]) + 1
  local seq_text = digits(seq)
  if call('HSETNX', key('cids:' .. room_id), mark, seq_text .. ':' .. now_text) == 0 then
    return repeated(room_id, mark)
  end
  local json = json_prefix .. ',"seq":' .. seq_text .. ',"sent_at_ms":' .. now_text .. '}'
  room.append(room_id, json)
  call('HSET', hash, 'last_seq', seq_text, WROTE[slot], now_text, TAT[slot], tat, MESSAGES[slot],
    digits(f[9 + slot] + 1))
  return {seq, now, 1, deliver(f[5 - slot], json, seq)}
end
