-- name: credentials
select user_id, password_hash from users where lower(email) = lower($1) and account_type = 'permanent';

-- name: account
select user_id, name, account_type, email, password_hash from users where user_id = $1;

-- name: lock_account
-- What changes of one account happen one after the other.
select user_id, name, account_type, email, password_hash from users where user_id = $1 for no key update;

-- name: make_permanent
update users set account_type = 'permanent', email = $2, password_hash = $3, account_expires_at = null, updated_at = now()
where user_id = $1;

-- name: extend_sessions
-- A login that was a guest's lasts as long as anybody's, counted from when it was made.
update sessions set expires_at = greatest(expires_at, created_at + make_interval(secs => $2))
where user_id = $1 and is_active and expires_at > now()
returning session_id, encode(token_hash, 'hex') as token_hash, ms(expires_at) as expires_at_ms;

-- name: change_profile
update users set name = coalesce($2, name), gender = coalesce($3, gender), socials = coalesce($4, socials), updated_at = now()
where user_id = $1;

-- name: change_password
update users set password_hash = $2, updated_at = now() where user_id = $1;

-- name: renew_hash
-- The same password, hashed anew; unless it was changed meanwhile.
update users set password_hash = $3 where user_id = $1 and password_hash = $2;

-- name: is_active_session
select is_active from sessions where session_id = $1 and user_id = $2;

-- name: request_reset
-- Nothing for an address that nobody has; nor while one waits to be sent, or was sent less than $3 seconds ago.
insert into password_resets (user_id, expires_at)
select user_id, now() + make_interval(secs => $2) from users u
where lower(email) = lower($1) and account_type = 'permanent'
  and not exists (select from password_resets r where r.user_id = u.user_id and r.used_at is null
                  and r.sent_at > now() - make_interval(secs => $3))
on conflict do nothing;

-- name: claim_resets
-- Whoever claims one sends it; should he die, it is another's $2 seconds later.
update password_resets r
set tries = r.tries + 1, next_try_at = now() + make_interval(secs => $2)
from (select reset_id from password_resets
      where sent_at is null and next_try_at <= now() and created_at > now() - make_interval(secs => $3)
      order by next_try_at limit $1 for update skip locked) as due, users u
where r.reset_id = due.reset_id and u.user_id = r.user_id
returning r.reset_id, r.user_id, r.tries, u.email;

-- name: arm_reset
update password_resets set token_hash = $2, expires_at = now() + make_interval(secs => $3)
where reset_id = $1 and sent_at is null;

-- name: reset_sent
update password_resets set sent_at = now() where reset_id = $1 and sent_at is null;

-- name: reset_failed
update password_resets set next_try_at = now() + make_interval(secs => $2) where reset_id = $1 and sent_at is null;

-- name: overdue_resets
delete from password_resets
where sent_at is null and next_try_at <= now() and created_at <= now() - make_interval(secs => $1)
returning reset_id, user_id, tries;

-- name: reset_of
-- Whose reset a token is, while it can be used.
select u.user_id, u.name, u.email from password_resets r join users u using (user_id)
where r.token_hash = $1 and r.used_at is null and r.expires_at > now();

-- name: use_reset
update password_resets set used_at = now()
where token_hash = $1 and user_id = $2 and used_at is null and expires_at > now();

-- name: forget_resets
delete from password_resets where user_id = $1 and used_at is null;
