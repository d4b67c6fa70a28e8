-- Bringing the lobby back from PostgreSQL; every op is put-if-absent, so a chunk may come twice.

-- load_cooldowns([[a, b, until], ...])
ops.load_cooldowns = function(rows)
  for _, row in ipairs(rows) do
    local name = key('cool:' .. row[1] .. ':' .. row[2])
    if row[3] > now and row[3] > int(call('GET', name)) then
      call('SET', name, digits(row[3]), 'PX', math.ceil(row[3] - now))
    end
  end
  return {}
end

-- load_blocks([[a, b], ...]): hidden from each other
ops.load_blocks = function(rows)
  for _, row in ipairs(rows) do
    call('SADD', key('blocks:' .. row[1]), row[2])
    call('SADD', key('blocks:' .. row[2]), row[1])
  end
  return {}
end

-- load_profiles([[user, me, card], ...])
ops.load_profiles = function(rows)
  for _, row in ipairs(rows) do
    if call('HSETNX', key('profile:' .. row[1]), 'me', row[2]) == 1 then
      call('HSET', key('profile:' .. row[1]), 'card', row[3])
      call('PEXPIRE', key('profile:' .. row[1]), CARD_KEPT_MS)
    end
  end
  return {}
end

-- load_sessions([[hash, user, sid, expires_at], ...]): the active ones, so that PostgreSQL may go away again.
ops.load_sessions = function(rows)
  for _, row in ipairs(rows) do
    if row[4] > now then
      call('HSET', key('session:' .. row[1]), 'user', row[2], 'sid', row[3], 'expires_at', digits(row[4]))
      call('PEXPIRE', key('session:' .. row[1]), math.ceil(row[4] - now) + SESSION_GRACE_MS)
    end
  end
  return {}
end

-- load_fences([[user, sid, why], ...])
ops.load_fences = function(rows)
  for _, row in ipairs(rows) do
    if row[2] > int(call('HGET', key('user:' .. row[1]), 'fence')) then
      call('HSET', key('user:' .. row[1]), 'fence', digits(row[2]), 'fence_why', row[3])
      call('PEXPIRE', key('user:' .. row[1]), OFFLINE_KEPT_MS)
    end
  end
  return {}
end

-- load_seats([seat JSON, ...]): rooms that go on. A user's newest room (room ids grow) takes the seat; older ones end lost.
ops.load_seats = function(seats)
  for _, seat in ipairs(seats) do
    local facts = cjson.decode(seat)
    for _, u in ipairs({facts.user_1, facts.user_2}) do
      local other = L.seat_room(u)
      if not other or other <= facts.room_id then
        if other and other ~= facts.room_id then followup('end_lost', other) end
        call('SET', key('seat:' .. u), seat)
        arm('seat:' .. u, now + FIRST_CHECK_MS)
        call('SREM', key('available'), u)
      else
        followup('end_lost', facts.room_id)
      end
    end
  end
  return {}
end
