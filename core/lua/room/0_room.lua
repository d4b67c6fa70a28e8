-- A room as this shard knows it. Members are slot 1 (user_1, the inviter, initiator) and slot 2; fields end in the slot.
-- Instants are ms since 1970, 0 means "none"; lengths are ms unless they say seconds.
--
-- hash room:<id>
--   user_1 user_2 card_1 card_2 name_1 name_2    who; cards are JSON texts
--   mode             text | video
--   status           active | grace_period | ended
--   opened_at join_at started_at ends_at         accepted; must have started by; started; a video room is over at
--   agreed_seconds   of a video room, 0 in text
--   conn_1 conn_2    the bound connection, "" while there is none
--   grace_1 grace_2  a missing member may return before this
--   frozen_at        since when somebody is missing: the torch and the media deadline stand still
--   gap_seen         how much of the family's gap_ms the torch has been given
--   wrote_1 wrote_2  the torch: when each last wrote, moved forward by what does not count
--   warned_at        dimming was said for this instant; 0 while lit
--   media_by media_connected_at                  one `connected` is due by; came at
--   failed_1 failed_2                            generation in which each said `failed`
--   generation       of the negotiation
--   request_from request_ends_at ask_again_at    slot that asks for video, until; when one may ask again
--   upgraded_at      text became video
--   last_seq recorded_seq                        newest message; newest one that PostgreSQL has
--   messages_1 messages_2 read_1 read_2          how many each wrote; up to which seq each has read
--   note_at          read marks wait to be journaled at
--   tat_1 tat_2      chat limit: theoretical arrival time
--   free_1 free_2 free_until                     after a new epoch: messages that cost nothing, until
--   version          of the journaled state
--   due_at           next instant at which the clock changes something
--   calm_until       before this a message changes nothing but itself; 0 unless started, lit and nothing is free
--   reason ended_at seconds cooldown_until counts_metrics counts_completion released    how it ended
-- string tomb:<id>   "<reason> <instant>": ended before it was created
-- list log:<id>, hash cids:<id>, set bound:<inc>       see core/keys.py
local room = {}

room.KEEP_MS = 3600000     -- an ended room can be read, and its messages repeated, for an hour
room.RELEASE_MS = 2000     -- the lobby is reminded this often of an end it has not heard of
room.NOTE_MS = 10000       -- read marks are journaled this late at most
room.LOG_MIN = 200         -- messages of a room that Redis keeps at least
room.FREE_MESSAGES = 100   -- re-sent after a new epoch without cost,
room.FREE_MS = 60000       -- by those who are back by then

local TEXTS = {user_1 = 1, user_2 = 1, card_1 = 1, card_2 = 1, name_1 = 1, name_2 = 1, mode = 1, status = 1,
  conn_1 = 1, conn_2 = 1, reason = 1}

-- The room, settled or not; nil where there is none. Besides the fields: changed (to be saved), events (to be journaled).
function room.load(id)
  local flat = call('HGETALL', key('room:' .. id))
  if #flat == 0 then return nil end
  local r = {room_id = id, changed = {}, events = {}}
  for i = 1, #flat, 2 do
    local field = flat[i]
    r[field] = TEXTS[field] and flat[i + 1] or tonumber(flat[i + 1])
  end
  return r
end

function room.put(r, field, value)
  if r[field] == value then return end
  r[field] = value
  r.changed[field] = true
end

-- A line of the timeline; it is journaled with the state at the next save.
function room.event(r, event, about)
  about = about or {}
  r.events[#r.events + 1] = {event = event, at_ms = about.at or now, user_id = about.user_id, detail = about.detail,
    node = about.node}
end

function room.is_member(r, user_id)
  return r and (r.user_1 == user_id and 1 or r.user_2 == user_id and 2) or nil
end

function room.is_live(r) return r.status ~= 'ended' end
function room.is_started(r) return r.started_at ~= 0 end
function room.is_frozen(r) return r.frozen_at ~= 0 end
function room.is_there(r, slot) return r['conn_' .. slot] ~= '' end
function room.both_there(r) return r.conn_1 ~= '' and r.conn_2 ~= '' end
