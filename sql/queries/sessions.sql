-- name: lock_user
-- Logins of one user happen one after the other.
select user_id, ban_status, banned_reason, password_hash from users where user_id = $1 for no key update;

-- name: end_sessions
update sessions set is_active = false, ended_why = $2, ended_at = now()
where user_id = $1 and is_active
returning session_id, expires_at > now() as was_alive;

-- name: insert_session
insert into sessions (token_hash, user_id, ip_address, device_info, expires_at)
values ($1, $2, $3, $4, now() + make_interval(secs => $5))
returning session_id, ms(expires_at) as expires_at_ms;

-- name: session_by_hash
select s.session_id, s.user_id, s.is_active, s.ended_why, s.expires_at <= now() as is_expired,
       ms(s.expires_at) as expires_at_ms,
       u.name, u.gender, u.account_type, u.paid_status, u.selfie_url, u.video_url, u.socials, u.ban_status,
       u.banned_reason
from sessions s join users u using (user_id)
where s.token_hash = $1;

-- name: close_session
update sessions set is_active = false, ended_why = $2, ended_at = now()
where token_hash = $1 and is_active
returning session_id, user_id;

-- name: touch_sessions
update sessions set last_active_at = now()
where session_id = any ($1::bigint[]) and last_active_at < now() - make_interval(secs => $2);
