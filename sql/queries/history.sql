-- name: history
-- $2 before this instant (ms; null: from the newest).
select h.room_id, u.user_id as partner_id, coalesce(u.name, '') as partner_name, ms(h.started_at) as started_at_ms,
       h.duration as seconds, h.chat_mode as mode, h.end_reason as reason, h.message_count
from chat_history h left join users u on u.user_id = h.partner_id
where h.user_id = $1 and h.started_at < coalesce(instant($2), 'infinity')
order by h.started_at desc, h.room_id desc limit $3;

-- name: history_item
select h.room_id, u.user_id as partner_id, coalesce(u.name, '') as partner_name, ms(h.started_at) as started_at_ms,
       h.duration as seconds, h.chat_mode as mode, h.end_reason as reason, h.message_count
from chat_history h left join users u on u.user_id = h.partner_id
where h.user_id = $1 and h.room_id = $2;
