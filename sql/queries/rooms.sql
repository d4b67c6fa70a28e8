-- name: open_rooms
select * from room_states
where shard = $1 and room_id > $2 and status <> 'ended'
order by room_id limit $3;

-- name: ended_rooms
-- Rooms of a shard that ended since $4 (ms): late repeats of messages still find them.
select * from room_states
where shard = $1 and room_id > $2 and status = 'ended' and ended_at >= instant($4)
order by room_id limit $3;

-- name: room
select * from room_states where room_id = $1;

-- name: cards
select user_id, name, gender, selfie_url, video_url, socials from users where user_id = any ($1::text[]::uuid[]);

-- name: messages_of_rooms
-- Every client id, and the bodies of the newest $2 of each room. seq has no holes, so newest is arithmetic.
select room_id, seq, sender_id, client_id, kind, ms(sent_at) as sent_at_ms,
       case when seq > max(seq) over (partition by room_id) - $2 then body::text end as body
from room_messages
where room_id = any ($1::text[]::uuid[])
order by room_id, seq;

-- name: messages_after
select room_id, seq, sender_id, client_id, kind, body::text as body, ms(sent_at) as sent_at_ms from room_messages
where room_id = $1 and seq > $2 order by seq limit $3;

-- name: messages_before
select room_id, seq, sender_id, client_id, kind, body::text as body, ms(sent_at) as sent_at_ms from room_messages
where room_id = $1 and seq < $2 order by seq desc limit $3;

-- name: message_by_client_id
select seq, ms(sent_at) as sent_at_ms from room_messages where room_id = $1 and sender_id = $2 and client_id = $3;

-- name: timeline
select event, ms(at) as at_ms, user_id, node, detail, epoch, version from room_events
where room_id = $1 order by at, epoch, version, n;

-- name: cooldowns
select user_id_1, user_id_2, ms(expires_at) as expires_at_ms from cooldowns
where expires_at > now() and (user_id_1, user_id_2) > ($1, $2)
order by user_id_1, user_id_2 limit $3;

-- name: ended
-- How a room ended for one of its members: from the room while it is kept, then from history.
select end_reason as reason, coalesce(seconds, 0) as seconds, ms(ended_at) as ended_at_ms,
       ms(cooldown_until) as cooldown_ends_at_ms
from active_rooms where room_id = $1 and $2 in (user_1, user_2) and status = 'ended'
union all
select end_reason, duration, ms(ended_at), null from chat_history where room_id = $1 and user_id = $2
limit 1;

-- name: newest_messages
select room_id, seq, sender_id, client_id, kind, body::text as body, ms(sent_at) as sent_at_ms from room_messages
where room_id = $1 and seq > $2 order by seq desc limit $3;
