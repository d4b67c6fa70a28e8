-- browse(conn, user, limit, include_cooldown 0|1, again 0|1) -> [cards (JSON), waiting]
-- Whoever was introduced to him comes first. The cost depends on the page: a few random draws, then at most CANDIDATES looked at.
local CANDIDATES = 1000
local SEEN_KEPT_MS = 7 * 86400000

local function keep_seen(set, ...)
  local new = call('SADD', key(set), ...)
  call('PEXPIRE', key(set), SEEN_KEPT_MS)
  return new
end

-- Who of the candidates may still be shown. Most may have been seen: that is asked in one command, so that somebody who
-- has seen everybody and asks again costs little more than a page.
local function not_seen(u, candidates, include_cooldown)
  local seen = call('SMISMEMBER', key('seen:' .. u), unpack(candidates))
  local left, met, names = {}, {}, {}
  for i, other in ipairs(candidates) do
    if seen[i] == 0 then
      left[#left + 1] = other
    elseif include_cooldown == 1 then
      local a, b = pair(u, other)
      met[#met + 1], names[#names + 1] = other, key('cool:' .. a .. ':' .. b)
    end
  end
  if #met == 0 then return left end
  for i, ends in ipairs(call('MGET', unpack(names))) do
    if int(ends) > now then left[#left + 1] = met[i] end
  end
  return left
end

-- Those of somebody's newcomers who wish to meet.
local function available_of(newcomers)
  local all, free = {}, {}
  for other in pairs(newcomers) do all[#all + 1] = other end
  if #all == 0 then return free end
  for i, is_free in ipairs(call('SMISMEMBER', key('available'), unpack(all))) do
    if is_free == 1 then free[#free + 1] = all[i] end
  end
  return free
end

ops.browse = function(conn, u, limit, include_cooldown, again)
  L.require(conn, u)
  if again == 1 then call('DEL', key('seen:' .. u), key('seen_cool:' .. u)) end
  math.randomseed(wall % 2147483647 + limit)
  local page, shown, tried = {}, {}, {[u] = true}
  local newcomers = L.newcomers(u)

  local function consider(candidates)
    candidates = not_seen(u, candidates, include_cooldown)
    for i = #candidates, 2, -1 do
      local j = math.random(i)
      candidates[i], candidates[j] = candidates[j], candidates[i]
    end
    for _, other in ipairs(candidates) do
      if #page >= limit then return end
      if not tried[other] then
        tried[other] = true
        local cooldown = L.cooldown(u, other)
        local wanted = not L.is_blocked(u, other)
        if wanted and cooldown > 0 then
          wanted = include_cooldown == 1 and keep_seen('seen_cool:' .. u, other) == 1
        end
        local card = wanted and L.card(other, 'available', cooldown, L.introduced_by(newcomers, other))
        if card then
          page[#page + 1] = card
          if cooldown == 0 then shown[#shown + 1] = other end
          L.watch(other, inc_of(conn))
        end
      end
    end
  end

  local first_of_all = available_of(newcomers)
  if #first_of_all > 0 then consider(first_of_all) end
  local size = call('SCARD', key('available'))
  local first = math.min(size, limit * 3)
  if first > 0 then consider(call('SRANDMEMBER', key('available'), first)) end
  if #page < limit and size > first then consider(call('SRANDMEMBER', key('available'), CANDIDATES)) end
  if #shown > 0 then keep_seen('seen:' .. u, unpack(shown)) end
  return {page, size - call('SISMEMBER', key('available'), u)}
end

-- watch(incarnation, [users]) -> [presence, ...]: somebody at that node shows these cards.
ops.watch = function(inc, users)
  local presences = {}
  for i, u in ipairs(users) do
    L.watch(u, inc)
    presences[i] = L.presence(u)
  end
  return presences
end

-- unwatch(incarnation, [users]): nobody at that node shows these cards any more.
ops.unwatch = function(inc, users)
  for _, u in ipairs(users) do call('SREM', key('watch:' .. u), inc) end
  return {}
end
