-- browse(conn, user, limit, include_cooldown 0|1, again 0|1) -> [cards (JSON), waiting]
-- The cost depends on the page: a few random draws, then at most CANDIDATES looked at.
local CANDIDATES = 1000
local SEEN_KEPT_MS = 7 * 86400000

local function once(set, u)
  if call('SADD', key(set), u) == 0 then return false end
  call('PEXPIRE', key(set), SEEN_KEPT_MS)
  return true
end

ops.browse = function(conn, u, limit, include_cooldown, again)
  L.require(conn, u)
  if again == 1 then call('DEL', key('seen:' .. u), key('seen_cool:' .. u)) end
  math.randomseed(wall % 2147483647 + limit)
  local page, tried = {}, {[u] = true}

  local function consider(candidates)
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
          wanted = include_cooldown == 1 and once('seen_cool:' .. u, other)
        elseif wanted then
          wanted = once('seen:' .. u, other)
        end
        local card = wanted and L.card(other, 'available', cooldown)
        if card then
          page[#page + 1] = card
          L.watch(other, inc_of(conn))
        end
      end
    end
  end

  local size = call('SCARD', key('available'))
  local first = math.min(size, limit * 3)
  if first > 0 then consider(call('SRANDMEMBER', key('available'), first)) end
  if #page < limit and size > first then consider(call('SRANDMEMBER', key('available'), CANDIDATES)) end
  return {page, size - call('SISMEMBER', key('available'), u)}
end

-- unwatch(incarnation, [users]): nobody at that node shows these cards any more.
ops.unwatch = function(inc, users)
  for _, u in ipairs(users) do call('SREM', key('watch:' .. u), inc) end
  return {}
end
