-- name: insert_operator_session
insert into admin_sessions (token_hash, username, ip_address, credential, expires_at)
values ($1, $2, $3, $4, now() + make_interval(secs => $5))
returning ms(expires_at) as expires_at_ms;

-- name: operator_of
-- Whose login it is, while it lasts and nobody has changed the credentials.
select username from admin_sessions
where token_hash = $1 and credential = $2 and ended_at is null and expires_at > now();

-- name: end_operator_session
update admin_sessions set ended_at = now(), last_active_at = now()
where token_hash = $1 and ended_at is null;

-- name: put_audit
insert into audit_log (admin, act, target, detail, ip_address) values ($1, $2, $3, $4, $5);

-- name: audit
-- Newest first; $1 below this entry (null: from the newest).
select audit_id, ms(at) as at_ms, admin, act, target, detail, host(ip_address) as ip_address from audit_log
where audit_id < coalesce($1, 9223372036854775807)
order by audit_id desc limit $2;
