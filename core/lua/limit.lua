-- One limit (generic cell rate algorithm). KEYS[1] limit:<rule>:<subject>; ARGV period_ms per call, burst, calls (-1: refund)
-- -> ms to wait; 0: taken. A refused call does not count.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local period, burst, calls = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local start = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
local tat = start + period * calls
local wait = tat - period * burst - now
if calls > 0 and wait > 0 then return math.ceil(wait) end
if tat <= now then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], string.format('%.3f', tat), 'PX', math.ceil(tat - now))
end
return 0
