-- What is due happens first, in the order of its instants, and at its instant, however late somebody looks.

-- Each of these is (room, its instant).
local function never_joined(r, at) room.finish(r, 'never_joined', at) end
local function time_up(r, at) room.finish(r, 'time_up', at) end
local function lost(r, at) room.finish(r, 'lost', at) end
local function media_failed(r, at) room.finish(r, 'media_failed', at) end
local function torch_out(r, at) room.finish(r, 'torch_out', at) end
local function nothing_free(r)
  for _, field in ipairs({'free_1', 'free_2', 'free_until'}) do room.put(r, field, 0) end
end
local function request_expired(r, at) room.refuse_video(r, 'expired', at) end

-- The next instant of a live room, and what happens then. Of two at once the one named first.
function room.next_due(r)
  if not room.is_started(r) then return r.join_at, never_joined end
  local due, what = math.huge, nil
  local function look(at, then_what)
    if at ~= 0 and at < due then due, what = at, then_what end
  end
  look(r.ends_at, time_up)
  look(r.grace_1, lost)
  look(r.grace_2, lost)
  if not room.is_frozen(r) then
    look(r.media_by, media_failed)
    if r.mode == 'text' then
      if r.warned_at == 0 then look(room.dims_at(r), room.dim) else look(room.out_at(r), torch_out) end
    end
  end
  look(r.request_ends_at, request_expired)
  look(r.free_until, nothing_free)
  return due, what
end

-- An outage of ours: nobody is late because of it.
local function hold(r)
  if wall >= state.held_until then return end
  if not room.is_started(r) then room.put(r, 'join_at', held(r.join_at)) end
  if r.grace_1 ~= 0 then room.put(r, 'grace_1', held(r.grace_1)) end
  if r.grace_2 ~= 0 then room.put(r, 'grace_2', held(r.grace_2)) end
end

-- For the torch it counts like grace; inside a grace it is counted already.
local function count_gap(r)
  local gap = state.gap_ms - r.gap_seen
  if gap == 0 then return end
  if room.is_started(r) and not room.is_frozen(r) then
    room.forward(r, gap)
    room.relight(r)
    r.note = true
  end
  room.put(r, 'gap_seen', state.gap_ms)
end

function room.settle(r)
  if not room.is_live(r) then return end
  hold(r)
  count_gap(r)
  while room.is_live(r) do
    local at, happen = room.next_due(r)
    if now < at then break end
    happen(r, at)
  end
  if r.note_at ~= 0 and now >= r.note_at then r.note = true end
  room.save(r)
end

-- Called by the sweep.
settlers.room = function(id)
  local r = room.load(id)
  if not r or r.released == 1 then return disarm('room:' .. id) end
  if not room.is_live(r) then return room.remind(r) end
  room.settle(r)
  if room.is_live(r) then room.arm(r) end
end
