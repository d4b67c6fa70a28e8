-- name: make_link
-- For a user who exists, is not banned, and hides from nobody who asks. The newest link of this pair lasts on, if there is one.
with pair as (
    select target.user_id as target_id, target.name as target_name, maker.user_id as maker_id, maker.name as maker_name
    from users target, users maker
    where target.user_id = $2 and maker.user_id = $3 and target.user_id <> maker.user_id and target.ban_status = 'none'
      and not exists (select from blocks where (blocker_id, blocked_id) in (($2, $3), ($3, $2)))
), again as (
    update referral_mappings set expires_at = now() + make_interval(secs => $4)
    where referral_code = (
        select m.referral_code from referral_mappings m, pair
        where m.target_user_id = pair.target_id and m.created_by_user_id = pair.maker_id and m.expires_at > now()
        order by m.created_at desc limit 1)
    returning referral_code, expires_at
), made as (
    insert into referral_mappings (referral_code, target_user_id, target_name, created_by_user_id, created_by_name, expires_at)
    select $1, target_id, target_name, maker_id, maker_name, now() + make_interval(secs => $4)
    from pair where not exists (select from again)
    returning referral_code, expires_at
)
select referral_code as code, ms(expires_at) as expires_at_ms from again union all select referral_code, ms(expires_at) from made;

-- name: link
select m.referral_code as code, m.target_user_id, target.name as target_name, m.created_by_user_id,
       coalesce(maker.name, m.created_by_name) as created_by_name
from referral_mappings m
join users target on target.user_id = m.target_user_id
left join users maker on maker.user_id = m.created_by_user_id
where m.referral_code = $1 and m.expires_at > now() and target.ban_status = 'none'
  and not exists (select from blocks where (blocker_id, blocked_id) in ((m.target_user_id, m.created_by_user_id),
                                                                        (m.created_by_user_id, m.target_user_id)));

-- name: introduce
-- Target and maker are looked at again: either may have been deleted since the link was read.
update users newcomer
set introduced_to = target.user_id, introduced_via_code = $4,
    introduced_by = (select maker.user_id from users maker where maker.user_id = $3 for key share)
from (select user_id from users where user_id = $2 for key share) as target
where newcomer.user_id = $1
returning newcomer.introduced_by;

-- name: notify
insert into referral_notifications (notification_id, for_user_id, referred_user_id, referred_name, introduced_by,
                                    introduced_by_name)
values ($1, $2, $3, $4, $5, $6)
returning notification_id, referred_user_id, referred_name, introduced_by_name, ms(created_at) as created_at_ms,
          false as read;

-- name: met
-- Of each user asked for: the newest newcomers with the names of who introduced them, and what is unread, newest first.
select asked.user_id,
       (select coalesce(jsonb_object_agg(n.user_id, n.by), '{}') from (
            select u.user_id, coalesce(maker.name, '') as by
            from users u left join users maker on maker.user_id = u.introduced_by
            where u.introduced_to = asked.user_id
            order by u.user_id desc limit $2) as n) as newcomers,
       (select coalesce(jsonb_agg(to_jsonb(n) order by n.created_at_ms desc, n.notification_id desc), '[]') from (
            select notification_id, 'introduced' as kind, referred_user_id as user_id, referred_name as name,
                   introduced_by_name, ms(created_at) as created_at_ms, false as read
            from referral_notifications
            where for_user_id = asked.user_id and read_at is null
            order by created_at desc, notification_id desc limit $3) as n) as unread
from unnest($1::uuid[]) as asked(user_id);

-- name: notifications
select notification_id, referred_user_id, referred_name, introduced_by_name, ms(created_at) as created_at_ms,
       read_at is not null as read
from referral_notifications where for_user_id = $1
order by created_at desc, notification_id desc limit $2;

-- name: count_unread
select count(*) from referral_notifications where for_user_id = $1 and read_at is null;

-- name: read
update referral_notifications set read_at = coalesce(read_at, now())
where for_user_id = $1 and notification_id = $2
returning true;
