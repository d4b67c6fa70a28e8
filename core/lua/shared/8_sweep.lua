-- sweep(limit) -> [how many members were due; limit where anything else is left]. One pass over what is due; the caller
-- loops until it answers less than limit.
-- Nothing is popped: a member leaves the set only because its settler disarmed or re-scored it.
local MAX_TRIES = 10       -- a member that raises this often is set aside
local TRY_AGAIN_MS = 5000  -- and is left alone this long in between

-- 0: room enough; 1: chat waits; 2: new rooms wait too.
local function measure_journal()
  local bytes = call('MEMORY', 'USAGE', key('journal'), 'SAMPLES', 3) or 0
  local share = bytes / S.journal_max_bytes
  local full = share >= 0.9 and 2 or share >= 0.8 and 1 or 0
  if full ~= state.journal_full then call('HSET', key('marker'), 'journal_full', full) end
  state.journal_full = full
end

local function set_aside(member, reason)
  local tries = call('HINCRBY', key('deadline_tries'), member, 1)
  if tries < MAX_TRIES then return rearm(member, now + TRY_AGAIN_MS) end
  journal('dead', 'member', member, 'error', tostring(reason))
  call('HDEL', key('deadline_tries'), member)
  disarm(member)
end

ops.sweep = function(limit)
  call('HSET', key('marker'), 'tick', digits(wall))
  measure_journal()
  local is_more = false
  for _, step in ipairs(before_sweep) do is_more = step() or is_more end
  local due = call('ZRANGEBYSCORE', key('deadlines'), '-inf', now, 'LIMIT', 0, limit)
  for _, member in ipairs(due) do
    local colon = string.find(member, ':', 1, true) or 1
    local settle = settlers[string.sub(member, 1, colon - 1)]
    local ok, reason
    if settle then ok, reason = pcall(settle, string.sub(member, colon + 1)) else reason = 'no such kind' end
    if not ok then set_aside(member, type(reason) == 'table' and reason.refused or reason) end
  end
  return {is_more and limit or #due}
end
