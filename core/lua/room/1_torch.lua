-- The torch of a started text room (rules, section 10; core/rules/torch.py is the same in Python).
-- It dims when someone has been silent for TORCH_DIM_S and nobody has written for TORCH_OUT_S; it goes out a TORCH_OUT_S later.

function room.has_torch(r) return r.mode == 'text' and room.is_started(r) and room.is_live(r) end

function room.dims_at(r)
  return math.max(math.min(r.wrote_1, r.wrote_2) + S.torch_dim_ms, math.max(r.wrote_1, r.wrote_2) + S.torch_out_ms)
end

function room.out_at(r) return room.dims_at(r) + S.torch_out_ms end

-- What a client is told: state ("" where there is none), dims_at, out_at (0 while frozen).
function room.torch(r)
  if not room.has_torch(r) then return '', 0, 0 end
  if room.is_frozen(r) then return 'frozen', 0, 0 end
  local dims_at = room.dims_at(r)
  return now < dims_at and 'lit' or 'dimming', dims_at, dims_at + S.torch_out_ms
end

function room.torch_json(r)
  local state, dims_at, out_at = room.torch(r)
  if state == '' then return cjson.null end
  return {state = state, dims_at_ms = dims_at > 0 and dims_at or cjson.null, out_at_ms = out_at > 0 and out_at or cjson.null}
end

-- Says a change once. at: the instant it happened.
function room.dim(r, at)
  room.put(r, 'warned_at', at)
  room.event(r, 'torch', {detail = 'dimming', at = at})
  local out_at = room.out_at(r)
  if now < out_at then room.tell_both(r, 'torch.dimming', {room_id = r.room_id, out_at_ms = out_at}) end
end

function room.relight(r)
  if r.warned_at == 0 or room.is_frozen(r) or now >= room.dims_at(r) then return end
  room.put(r, 'warned_at', 0)
  room.event(r, 'torch', {detail = 'relit'})
  room.tell_both(r, 'torch.relit', {room_id = r.room_id, dims_at_ms = room.dims_at(r)})
end

-- ms that did not count: grace, or an outage of ours.
function room.forward(r, ms)
  if r.mode == 'text' then
    room.put(r, 'wrote_1', math.min(r.wrote_1 + ms, now))
    room.put(r, 'wrote_2', math.min(r.wrote_2 + ms, now))
  end
  if r.media_by ~= 0 then room.put(r, 'media_by', r.media_by + ms) end
end

function room.freeze(r)
  if room.is_frozen(r) then return end
  room.put(r, 'frozen_at', now)
  room.put(r, 'status', 'grace_period')
end

-- Everyone is back. A gap inside the grace is part of its length: settling has not given it, and will not.
function room.thaw(r)
  room.forward(r, now - r.frozen_at)
  room.put(r, 'frozen_at', 0)
  room.put(r, 'status', 'active')
end
