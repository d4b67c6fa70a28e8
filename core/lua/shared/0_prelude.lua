-- What every op can lean on. One call of the function is one batch of ops of one family (see 9_main.lua).
-- Redis keeps the library, and what stands at its top is made once: main sets whatever differs between calls.
-- S (settings, lengths in ms), C (cooldowns in ms by cause) and A (who may meet) are rendered above this line by core/live/script.py.
local call                -- redis.call, which may be named only while a function runs
local fam                 -- "lobby" | "r0" | ...
local state = {}          -- this family's marker: epoch, held_until (wall), gap_ms, journal_full (0 | 1 | 2)
local caller              -- incarnation of the process that calls
local now                 -- ms since 1970; tests may shift it (TEST_CLOCK)
local now_text            -- now as digits, made once
local wall                -- ms since 1970, never shifted: leases, ticks, holds
local followups           -- what the calling process has to do next in another family: {kind, data} pairs, flat
local ops = {}            -- name -> function(argument, ...) -> list of values
local settlers = {}       -- deadline prefix -> function(id): settle what is due, then re-score or disarm
local before_sweep = {}   -- functions() run once per sweep, before the due members; true: there is more to do at once

local function key(suffix) return '{' .. fam .. '}:' .. suffix end

-- Refuse: nothing was written for the op itself; what settling wrote stays. extra: retry_after_ms, outcome.
local function refuse(code, extra) error({refused = code, extra = extra or {}}) end

-- Deadlines. A score is never later than the member's true next instant: ops may only move it earlier.
local function arm(member, at) call('ZADD', key('deadlines'), 'LT', at, member) end
local function rearm(member, at) call('ZADD', key('deadlines'), at, member) end
local function disarm(member) call('ZREM', key('deadlines'), member) end

-- A deadline that an outage of ours must not cut short.
local function held(at)
  if wall >= state.held_until then return at end
  return math.max(at, now + state.held_until - wall)
end

local function journal(kind, ...) call('XADD', key('journal'), '*', 'k', kind, 'v', '1', ...) end

local function inc_of(conn)
  local dot = string.find(conn, '.', 1, true)
  return dot and string.sub(conn, 1, dot - 1) or ''
end

-- Tells one node something, in order and without a hole. An inbox that is gone belongs to a dead node.
local function announce(inc, to, kind, data, seq)
  if inc == '' then return end
  local n = call('HINCRBY', key('inboxes'), inc, 1)
  local id = '1-' .. string.format('%d', n)
  local added
  if seq then
    added = call('XADD', key('inbox:' .. inc), 'NOMKSTREAM', 'MAXLEN', '~', S.inbox_entries, id,
      'to', to, 'kind', kind, 'data', data, 'seq', seq)
  else
    added = call('XADD', key('inbox:' .. inc), 'NOMKSTREAM', 'MAXLEN', '~', S.inbox_entries, id,
      'to', to, 'kind', kind, 'data', data)
  end
  if not added then call('HDEL', key('inboxes'), inc) end
end

local function followup(kind, data)
  followups[#followups + 1] = kind
  followups[#followups + 1] = data
end

local function int(value) return tonumber(value) or 0 end

-- JSON text of an instant: numbers above 2^31 must not become 1.7e+12.
local function digits(number) return string.format('%d', number) end

-- The generic cell rate: returns the new arrival time, or refuses. period: ms per unit, burst: units at once. By the true
-- clock, like every limit.
local function admit(tat, period, burst)
  if period == 0 then return 0 end
  local start = math.max(tat, wall)
  local wait = start + period - period * burst - wall
  if wait > 0 then refuse('rate_limited', {retry_after_ms = math.ceil(wait)}) end
  return start + period
end

-- Made by a node before it tells anybody where it is.
ops.open_inbox = function(inc)
  call('DEL', key('inbox:' .. inc))
  call('HSET', key('inboxes'), inc, 1)
  call('XADD', key('inbox:' .. inc), '1-1', 'to', 'n', 'kind', '!open', 'data', '{}')
  return {}
end

ops.close_inbox = function(inc)
  call('DEL', key('inbox:' .. inc), key('answers:' .. inc))
  call('HDEL', key('inboxes'), inc)
  return {}
end

-- go_live(epoch): everything is loaded. The marker is written last, with time for everybody to come back.
ops.go_live = function(epoch)
  call('HSET', key('marker'), 'epoch', digits(epoch), 'held_until', digits(wall + S.hold_ms), 'tick', digits(wall))
  call('DEL', key('rehydrating'))
  return {}
end

-- Reads the clock through the same eyes as the rules.
ops.now = function() return {now, wall} end
