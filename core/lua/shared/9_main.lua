-- One batch. keys[1] the family's marker; args[1] msgpack [epoch, incarnation, number, [[op, argument, ...], ...]].
-- Answers msgpack [live epoch (0: none), n, results, followups, now]; results in the order of the ops:
--   [0, value, ...] done | [1, code, {retry_after_ms?, outcome?}] refused | [2, text] the op raised.
-- Another epoch than the caller's: results is empty and nothing was done. A negative epoch loads (core/actions/rehydrate.py).
local function main(keys, args)
  call = redis.call
  local batch = cmsgpack.unpack(args[1])
  fam = string.match(keys[1], '^{(.-)}')
  caller = batch[2]
  followups = {}

  local time = call('TIME')
  wall = time[1] * 1000 + math.floor(time[2] / 1000)
  now = wall
  if S.test_clock == 1 then now = now + int(call('GET', key('clock_shift_ms'))) end
  now_text = digits(now)

  local marker = call('HMGET', keys[1], 'epoch', 'held_until', 'gap_ms', 'journal_full', 'tick')
  state.epoch = int(marker[1])
  state.held_until = int(marker[2])
  state.gap_ms = int(marker[3])
  state.journal_full = int(marker[4])
  local bringing_back = batch[1] < 0  -- who holds the rehydrate token loads under the coming epoch, before the marker stands
  if bringing_back then
    if state.epoch ~= 0 or call('GET', key('rehydrating')) ~= caller then
      return cmsgpack.pack({state.epoch, 0, {}, {}, now})
    end
    state.epoch = -batch[1]
    call('PEXPIRE', key('rehydrating'), S.rehydrate_token_ms)
  elseif state.epoch ~= batch[1] then
    return cmsgpack.pack({state.epoch, 0, {}, {}, now})
  end

  -- The same batch again, because its answer was lost on the way: the answer, not the deed.
  local kept = key('answers:' .. caller)
  if int(call('HGET', kept, 'number')) == batch[3] then return call('HGET', kept, 'answer') end

  -- The tick says that somebody keeps this family's deadlines. An old one is an outage of ours: whoever comes first, before
  -- he does anything else, gives everybody time to come back; for the torch the gap counts like grace.
  local tick = tonumber(marker[5] or '')
  if not bringing_back and (not tick or wall - tick > S.tick_gap_ms) then
    state.held_until = wall + S.hold_ms
    state.gap_ms = state.gap_ms + (tick and wall - tick or 0)
    call('HSET', keys[1], 'held_until', digits(state.held_until), 'gap_ms', digits(state.gap_ms), 'tick', digits(wall))
  end

  local results = {}
  for i, op in ipairs(batch[4]) do
    local run = ops[op[1]]
    local ok, answer
    if run then
      ok, answer = pcall(run, unpack(op, 2))
    else
      answer = 'no op ' .. tostring(op[1])
    end
    if ok then
      table.insert(answer, 1, 0)
      results[i] = answer
    elseif type(answer) ~= 'table' then
      results[i] = {2, tostring(answer)}
    elseif answer.refused then
      results[i] = {1, answer.refused, answer.extra}
    else
      results[i] = {2, tostring(answer.err)}
    end
  end

  local n = call('HINCRBY', keys[1], 'n', 1)
  local answer = cmsgpack.pack({batch[1], n, results, followups, now})
  call('HSET', kept, 'number', batch[3], 'answer', answer)
  call('PEXPIRE', kept, S.answers_ms)
  return answer
end

redis.register_function(NAME, main)
