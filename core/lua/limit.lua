-- One limit (generic cell rate algorithm). KEYS[1] its theoretical arrival time, ms since 1970;
-- where PostgreSQL is to hear of it, KEYS[2]: which of them changed, KEYS[3]: there once those recorded are back.
-- ARGV period_ms per call, burst, calls (1: take, -1: refund), name of the subject in KEYS[2]
-- -> ms to wait; 0: taken; -1: not known, for those recorded are not back. A refused call does not count.
if KEYS[3] and redis.call('EXISTS', KEYS[3]) == 0 then return -1 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local period, burst, calls = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local start = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
local wait = start + period - period * burst - now
if calls > 0 and wait > 0 then return math.ceil(wait) end
local tat = start + period * calls
local text = string.format('%.3f', tat)
if tat <= now then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], text, 'PX', math.ceil(tat - now))
end
if KEYS[2] then redis.call('ZADD', KEYS[2], text, ARGV[4]) end
return 0
