-- Everything we hold of one user ($1), newest first; the names are those of the wire (core/protocol/http/export.py).

-- name: sessions
select host(ip_address) as ip_address, device_info as device, is_active, ended_why, ms(created_at) as created_at_ms,
       ms(last_active_at) as last_active_at_ms, ms(expires_at) as expires_at_ms, ms(ended_at) as ended_at_ms
from sessions where user_id = $1 order by session_id desc;

-- name: messages
-- Of all his past meetings; whoever reads them knows which room each belongs to.
select m.room_id, m.seq, m.sender_id, m.client_id, m.kind, m.body::text as body, ms(m.sent_at) as sent_at_ms
from chat_history h join room_messages m using (room_id)
where h.user_id = $1 order by m.room_id, m.seq;

-- name: completions
select room_id, partner_id, duration_seconds as seconds, ms(completed_at) as completed_at_ms
from session_completions where user_id = $1 order by completed_at desc;

-- name: cooldowns
select case when user_id_1 = $1 then user_id_2 else user_id_1 end as user_id, ms(expires_at) as expires_at_ms
from cooldowns where (user_id_1 = $1 or user_id_2 = $1) and expires_at > now() order by expires_at desc;

-- name: blocks
select b.blocked_id as user_id, u.name, b.why, ms(b.created_at) as created_at_ms
from blocks b join users u on u.user_id = b.blocked_id
where b.blocker_id = $1 order by b.created_at desc;

-- name: reports
select report_id, reported_user_id as user_id, room_id, reason, ms(created_at) as created_at_ms
from reports where reporter_user_id = $1 order by created_at desc;

-- name: intros
select referral_code as code, target_name, created_by_name, coalesce(created_by_user_id = $1, false) as is_mine,
       ms(created_at) as created_at_ms, ms(expires_at) as expires_at_ms
from referral_mappings where created_by_user_id = $1 or target_user_id = $1 order by created_at desc;

-- name: notifications
select notification_id, referred_user_id as user_id, referred_name as name, introduced_by_name,
       ms(created_at) as created_at_ms, read_at is not null as read
from referral_notifications where for_user_id = $1 order by created_at desc;

-- name: codes
-- His own, unless it is locked, and those by which he came.
select c.code, c.created_by is not distinct from $1 as is_mine, c.uses_remaining, c.is_active,
       ms(c.created_at) as created_at_ms
from invite_codes c
where c.created_by = $1 and exists (select from users where user_id = $1 and qr_unlocked)
union all
select t.code, false, null, c.is_active, ms(t.used_at)
from invite_code_uses t join invite_codes c using (code)
where t.user_id = $1;

-- name: rest
select u.introduced_to, u.introduced_by, u.introduced_via_code, ms(u.paid_at) as paid_at_ms, u.payment_id,
       ms(u.qr_unlocked_at) as qr_unlocked_at_ms, ms(u.updated_at) as updated_at_ms
from users u where u.user_id = $1;
