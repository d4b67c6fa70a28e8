-- reap(incarnation, limit) -> [bindings that remain]. That node is dead: its members are missing from now on.
ops.reap = function(inc, limit)
  local index = key('bound:' .. inc)
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
