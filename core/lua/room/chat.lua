-- chat(room_id, user_id, conn, client_id, kind, json_prefix, body_json) -> [seq, sent_at_ms, fresh 0|1, partner's conn or ""].
-- json_prefix is the Message without its end, `{"room_id":...,"client_id":"..."`. The partner's connection is answered where
-- the caller holds it and delivers himself; otherwise the message went through the inbox.
-- Order of checks: a repeat answers as the first time, from anywhere and whenever; then member, bound, started, room in the
-- journal, limit.

-- Writes one message into the log and the journal.
function room.append(id, seq, from, client_id, kind, json, body_json)
  call('RPUSH', key('log:' .. id), json)
  journal('msg', 'room', id, 'seq', seq, 'from', from, 'cid', client_id, 'kind', kind, 'body', body_json, 'at', now)
end

local function message_json(prefix, seq) return prefix .. ',"seq":' .. seq .. ',"sent_at_ms":' .. digits(now) .. '}' end

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

-- The limit: [new arrival time, messages that stay free].
local function pay(tat, free)
  if free > 0 then return tat, free - 1 end
  return admit(tat, S.chat_period_ms, S.chat_burst), 0
end

-- Something else may be due, or be changed by this message: the whole room is looked at.
local function say_slowly(room_id, user_id, conn, client_id, kind, json_prefix, body_json)
  local r, slot = room.talking(room_id, user_id, conn)
  if state.journal_full > 0 then refuse('unavailable', {retry_after_ms = 1000}) end
  local tat, free = pay(r['tat_' .. slot], r['free_' .. slot])
  local seq = r.last_seq + 1
  local json = message_json(json_prefix, seq)
  call('HSET', key('cids:' .. room_id), slot .. ':' .. client_id, seq .. ':' .. digits(now))
  room.append(room_id, seq, user_id, client_id, kind, json, body_json)
  room.put(r, 'last_seq', seq)
  room.put(r, 'wrote_' .. slot, now)
  room.put(r, 'tat_' .. slot, tat)
  room.put(r, 'free_' .. slot, free)
  room.put(r, 'messages_' .. slot, r['messages_' .. slot] + 1)
  local partner = deliver(r['conn_' .. (3 - slot)], json, seq)
  if room.has_torch(r) then room.relight(r) end
  room.save(r)
  return {seq, now, 1, partner}
end

local FIELDS = {'user_1', 'user_2', 'conn_1', 'conn_2', 'calm_until', 'gap_seen', 'last_seq', 'tat_1', 'tat_2',
  'messages_1', 'messages_2', 'free_1', 'free_2'}

ops.chat = function(room_id, user_id, conn, client_id, kind, json_prefix, body_json)
  local hash = key('room:' .. room_id)
  local f = call('HMGET', hash, unpack(FIELDS))
  local slot = f[1] == user_id and 1 or f[2] == user_id and 2
  if not slot then refuse('not_in_room') end
  local mark = slot .. ':' .. client_id
  local is_calm = now < tonumber(f[5]) and tonumber(f[6]) == state.gap_ms and f[2 + slot] == conn
    and state.journal_full == 0
  if not is_calm then
    return repeated(room_id, mark) or say_slowly(room_id, user_id, conn, client_id, kind, json_prefix, body_json)
  end
  local ok, tat, free = pcall(pay, tonumber(f[7 + slot]), tonumber(f[11 + slot]))
  if not ok then return repeated(room_id, mark) or error(tat) end
  local seq = tonumber(f[7]) + 1
  if call('HSETNX', key('cids:' .. room_id), mark, seq .. ':' .. digits(now)) == 0 then return repeated(room_id, mark) end
  local json = message_json(json_prefix, seq)
  room.append(room_id, seq, user_id, client_id, kind, json, body_json)
  call('HSET', hash, 'last_seq', seq, 'wrote_' .. slot, now, 'tat_' .. slot, tat, 'free_' .. slot, free,
    'messages_' .. slot, tonumber(f[9 + slot]) + 1)
  return {seq, now, 1, deliver(f[5 - slot], json, seq)}
end
