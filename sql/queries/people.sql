-- name: insert_guest
insert into users (user_id, name, gender, account_expires_at, created_at)
values ($1, $2, $3, now() + make_interval(secs => $4), now())
returning ms(created_at) as created_at_ms, ms(account_expires_at) as account_expires_at_ms;

-- name: user_exists
select exists (select from users where user_id = $1);

-- name: profile
select user_id, name, gender, account_type, paid_status, selfie_url, video_url, socials, ban_status, banned_reason
from users where user_id = $1;

-- name: me
select user_id, name, gender, account_type, paid_status, selfie_url, video_url, socials, ban_status, banned_reason,
       email, ms(created_at) as created_at_ms, ms(account_expires_at) as account_expires_at_ms,
       session_count, timer_total_seconds, last_sessions, successful_sessions, my_invite_code, qr_unlocked,
       (select uses_remaining from invite_codes where code = my_invite_code) as uses_remaining
from users where user_id = $1;

-- name: banned
select user_id, coalesce(banned_reason, '') as reason from users
where ban_status <> 'none' and user_id > $1
order by user_id limit $2;

-- name: blocks
select blocker_id, blocked_id, why from blocks
where (blocker_id, blocked_id) > ($1, $2)
order by blocker_id, blocked_id limit $3;

-- name: people_since
-- Who logged in, or was seen with a login, since $1 (ms): profile, highest login that was ended and why, the one that
-- lives. One that merely expired has no fence: in a room it lasts until the room's end.
select u.user_id, u.name, u.gender, u.account_type, u.paid_status, u.selfie_url, u.video_url, u.socials, u.ban_status,
       u.banned_reason, coalesce(dead.session_id, 0) as fence, coalesce(dead.why, '') as fence_why,
       live.session_id, encode(live.token_hash, 'hex') as token_hash, ms(live.expires_at) as expires_at_ms
from users u
left join lateral (
    select s.session_id, coalesce(s.ended_why, '') as why from sessions s
    where s.user_id = u.user_id and not s.is_active
    order by s.session_id desc limit 1) as dead on true
left join sessions live on live.user_id = u.user_id and live.is_active and live.expires_at > now()
where u.user_id > $2
  and exists (select from sessions s where s.user_id = u.user_id
              and greatest(s.last_active_at, s.ended_at) >= coalesce(instant($1), '-infinity'))
order by u.user_id limit $3;

-- name: lock_to_delete
-- Waits for a login that is being made; the deletion, a statement of its own, sees it.
select user_id from users where user_id = $1 for update;

-- name: delete_user
-- The row goes, and with it logins, blocks, links and notifications. Reports and bans have no foreign key and stay.
delete from users where user_id = $1
returning user_id, selfie_url, video_url, introduced_to,
          (select coalesce(max(session_id), 0) from sessions where sessions.user_id = $1) as session_id;

-- name: forget_name
-- Partners keep their history, without the name.
update chat_history theirs set partner_name = ''
from chat_history mine
where mine.user_id = $1 and theirs.room_id = mine.room_id and theirs.user_id = mine.partner_id;

-- name: forget_history
delete from chat_history where user_id = $1;

-- name: set_selfie
update users u set selfie_url = $2, updated_at = now()
from (select user_id, selfie_url as before from users where user_id = $1 for no key update) as b
where u.user_id = b.user_id
returning b.before;

-- name: set_video
update users u set video_url = $2, updated_at = now()
from (select user_id, video_url as before from users where user_id = $1 for no key update) as b
where u.user_id = b.user_id
returning b.before;

-- name: media_in_use
select selfie_url as url from users where selfie_url = any($1::text[])
union all
select video_url from users where video_url = any($1::text[]);
