-- name: moderated
-- The user a report or a ban is about, locked: reports and reviews of one user happen one after the other.
select user_id, name, gender, account_type, paid_status, selfie_url, video_url, socials, ban_status, banned_reason,
       ms(vindicated_at) as vindicated_at_ms
from users where user_id = $1 for no key update;

-- name: put_report
-- Once per pair, for ever: no row comes back for a second one.
-- The instant is read under the lock: the transaction may have waited for a review.
insert into reports (report_id, reporter_user_id, reported_user_id, reason, room_id, reporter_ip, session_data,
                     reported_profile, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, clock_timestamp())
on conflict (reporter_user_id, reported_user_id) do nothing
returning report_id;

-- name: counting_reports
-- Different reporters since the last vindication.
select count(*) from reports r join users u on u.user_id = r.reported_user_id
where r.reported_user_id = $1 and r.created_at > coalesce(u.vindicated_at, '-infinity');

-- name: reports
-- $1 null: all, true: reviewed, false: pending; $2 below this id (null: from the newest).
select r.report_id, r.reporter_user_id, reporter.name as reporter_name, r.reported_user_id,
       coalesce(reported.name, r.reported_profile ->> 'name') as reported_name, r.reason, r.room_id,
       ms(r.created_at) as created_at_ms, ms(r.reviewed_at) as reviewed_at_ms, r.session_data, r.reported_profile,
       coalesce(reported.ban_status, 'none') as ban_status,
       (select count(*) from reports other where other.reported_user_id = r.reported_user_id
        and other.created_at > coalesce(reported.vindicated_at, '-infinity')) as counting
from reports r
left join users reporter on reporter.user_id = r.reporter_user_id
left join users reported on reported.user_id = r.reported_user_id
where ($1::boolean is null or (r.reviewed_at is not null) = $1)
  and r.report_id < coalesce($2, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
order by r.report_id desc limit $3;

-- name: review_reports
update reports set reviewed_at = now() where reported_user_id = $1 and reviewed_at is null;

-- name: met
-- A past meeting of $1 with $3, as evidence.
select chat_mode as mode, ms(started_at) as started_at_ms, duration as seconds, ms(ended_at) as ended_at_ms
from chat_history where user_id = $1 and room_id = $2 and partner_id = $3;

-- name: ban_user
update users set ban_status = $2, banned_at = coalesce(banned_at, now()), banned_reason = $3, updated_at = now()
where user_id = $1;

-- name: vindicate_user
update users set ban_status = 'none', banned_at = null, banned_reason = null, vindicated_at = clock_timestamp(),
                 updated_at = now()
where user_id = $1;

-- name: put_ban
insert into ban_records (ban_id, user_id, name, ban_status, reason, report_count, ip_addresses)
values ($1, $2, $3, $4, $5, $6,
        array(select distinct ip_address from sessions where sessions.user_id = $2 and ip_address is not null));

-- name: standing_ban
-- The ban of $1 that a review would be about: the pending one, else the newest.
select ban_id, user_id, name, ban_status, reason, review_status, ip_addresses from ban_records
where user_id = $1 order by (review_status = 'pending') desc, ban_id desc limit 1 for no key update;

-- name: review_ban
update ban_records
set review_status = $2, ban_status = $3, reviewed_at = now(), reviewed_by = $4, note = $5,
    ip_addresses = array(select unnest(ip_addresses) union
                         select ip_address from sessions where sessions.user_id = ban_records.user_id
                         and ip_address is not null)
where ban_id = $1
returning array(select host(address) from unnest(ip_addresses) as address) as addresses;

-- name: bans
-- $1 null: all, true: reviewed, false: pending; $2 below this id; $3 of this user (null: of everybody).
select ban_id, user_id, name, ban_status, ms(banned_at) as banned_at_ms, reason, report_count, review_status,
       ms(reviewed_at) as reviewed_at_ms, reviewed_by, note,
       array(select host(address) from unnest(ip_addresses) as address) as ip_addresses
from ban_records
where ($1::boolean is null or (review_status <> 'pending') = $1)
  and ban_id < coalesce($2, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
  and user_id = coalesce($3, user_id)
order by ban_id desc limit $4;

-- name: blacklist
select name, reason, ms(banned_at) as banned_at_ms from ban_records
where ban_status = 'permanent' and review_status = 'reviewed_ban'
order by banned_at desc, ban_id desc limit $1;

-- name: standing
-- Why a user is banned now; no row: he is not, or is nobody.
select coalesce(banned_reason, '') as reason from users where user_id = $1 and ban_status <> 'none';

-- name: put_block
-- Only between two who exist. A report's block is never weakened.
insert into blocks (blocker_id, blocked_id, why)
select a.user_id, b.user_id, $3 from users a, users b where a.user_id = $1 and b.user_id = $2
on conflict (blocker_id, blocked_id) do update set why = 'report' where excluded.why = 'report';

-- name: block_between
-- What stands between two, whoever of them did it: report, hand or null.
select max(why) from blocks where (blocker_id, blocked_id) in (($1, $2), ($2, $1));

-- name: own_block
select why from blocks where blocker_id = $1 and blocked_id = $2 for update;

-- name: delete_block
delete from blocks where blocker_id = $1 and blocked_id = $2;

-- name: own_blocks
select b.blocked_id as user_id, u.name, b.why, ms(b.created_at) as created_at_ms
from blocks b join users u on u.user_id = b.blocked_id
where b.blocker_id = $1 order by b.created_at desc, b.blocked_id;

-- name: put_ip_ban
-- $4: days, null: for ever. Who bans again means the newer reason and length.
insert into ip_bans (ip_address, user_id, reason, expires_at)
values ($1, (select user_id from users where user_id = $2), $3, now() + make_interval(secs => $4::float8 * 86400))
on conflict (ip_address) do update
set banned_at = now(), user_id = excluded.user_id, reason = excluded.reason, expires_at = excluded.expires_at;

-- name: put_ip_ban_of_user
-- What a user's ban brings along: never shortens, never takes over what an operator had banned by hand.
insert into ip_bans (ip_address, user_id, reason, expires_at)
values ($1, (select user_id from users where user_id = $2), $3, now() + make_interval(secs => $4::float8 * 86400))
on conflict (ip_address) do update
set expires_at = case when ip_bans.expires_at is null then null else greatest(ip_bans.expires_at, excluded.expires_at) end;

-- name: delete_ip_ban
delete from ip_bans where ip_address = $1;

-- name: pass_on_ip_bans
-- An address that others, banned for good, had come from too stays banned: with one of them from now on.
update ip_bans i set user_id = (select user_id from users where user_id = other.user_id), reason = other.reason
from ban_records other
where i.user_id = $1 and other.user_id <> $1 and other.ban_status = 'permanent' and other.review_status = 'reviewed_ban'
  and exists (select from unnest(other.ip_addresses) as address where address <<= i.ip_address::inet);

-- name: lift_ip_bans
-- What a user's ban had brought along.
delete from ip_bans where user_id = $1 returning text(ip_address) as network;

-- name: ip_ban
-- Until when a network is banned (ms, 0: for ever); no row: it is not.
select coalesce(ms(expires_at), 0) as until_ms from ip_bans
where ip_address = $1 and (expires_at is null or expires_at > now());

-- name: ip_bans
-- In the order of networks, behind $1 (null: from the first).
select text(ip_address) as network, ms(banned_at) as banned_at_ms, user_id, reason, ms(expires_at) as expires_at_ms
from ip_bans
where ($1::cidr is null or ip_address > $1) and (expires_at is null or expires_at > now())
order by ip_address limit $2;

-- name: user_page
select user_id, name, gender, account_type, paid_status, selfie_url, video_url, socials, ban_status, banned_reason,
       email, ms(created_at) as created_at_ms, ms(account_expires_at) as account_expires_at_ms,
       ms(banned_at) as banned_at_ms, ms(vindicated_at) as vindicated_at_ms, session_count, successful_sessions,
       (select count(*) from reports where reporter_user_id = $1) as reports_made,
       (select count(*) from reports where reported_user_id = $1) as reports_received
from users where user_id = $1;

-- name: logins
select session_id, host(ip_address) as ip_address, device_info as device, is_active and expires_at > now() as is_active,
       ended_why, ms(created_at) as created_at_ms, ms(last_active_at) as last_active_at_ms,
       ms(expires_at) as expires_at_ms
from sessions where user_id = $1 order by session_id desc limit $2;
