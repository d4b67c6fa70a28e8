-- enqueue: KEYS job, queue, further keys that must not exist; ARGV body, expires_ms, score, job id -> 1 queued, 0 it was there.
-- One script, so that a broken connection cannot leave half of it or make "lost" look like "was there".
for i, name in ipairs(KEYS) do
  if i ~= 2 and redis.call('EXISTS', name) == 1 then return 0 end
end
redis.call('PSETEX', KEYS[1], ARGV[2], ARGV[1])
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[4])
return 1
