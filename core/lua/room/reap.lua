-- reap(incarnation, limit) -> [bindings that remain]. That node is dead: its members are missing from now on, and should it
-- only have stood still, what it says late changes nothing (room.require_alive).
local REAPED_MS = 86400000  -- longer than any process stays paused

ops.reap = function(inc, limit)
  local index = key('bound:' .. inc)
  call('SET', key('reaped:' .. inc), 1, 'PX', REAPED_MS)
  call('DEL', key('inbox:' .. inc))
  call('HDEL', key('inboxes'), inc)
  for _, bound in ipairs(call('SRANDMEMBER', index, limit)) do
    local id, slot = string.match(bound, '^(.*):([12])$')
    call('SREM', index, bound)
    local r = room.load(id)
    if r then
      room.settle(r)
      if room.is_live(r) and inc_of(r['conn_' .. slot]) == inc then
        room.lose(r, tonumber(slot))
        room.save(r)
      end
    end
  end
  return {call('SCARD', index)}
end
