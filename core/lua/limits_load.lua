-- Limits come back from PostgreSQL. KEYS[i] a limit, ARGV[i] its arrival time, ms since 1970; nothing is ever lowered.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for i, name in ipairs(KEYS) do
  local tat = tonumber(ARGV[i])
  if tat > now and tat > tonumber(redis.call('GET', name) or '0') then
    redis.call('SET', name, ARGV[i], 'PX', math.ceil(tat - now))
  end
end
