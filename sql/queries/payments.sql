-- name: lock_payment
-- A payment and its refund may come at once, in any order: one after the other.
select pg_advisory_xact_lock(hashtextextended('payment ' || $1, 0));

-- name: put_event
insert into stripe_events (event_id, kind, created_at, payload, payment_id, user_id)
values ($1, $2, instant($3), $4, $5, $6)
on conflict do nothing
returning event_id;

-- name: payers
select distinct user_id from stripe_events where payment_id = $1 and user_id is not null order by user_id;

-- name: lock_user
select user_id from users where user_id = $1 for no key update;

-- name: settle
-- What a user is, from what was paid and not refunded; answers him if that changed.
with valid as (
    select paid.payment_id, paid.created_at from stripe_events paid
    where paid.user_id = $1
      and not exists (select from stripe_events back
                      where back.payment_id = paid.payment_id and back.kind = 'charge.refunded')
      and not exists (select from users other where other.payment_id = paid.payment_id and other.user_id <> $1)
    order by paid.created_at desc, paid.event_id desc limit 1)
update users u set
    paid_status = case when v.payment_id is not null then 'paid' else coalesce(u.paid_status_before, 'unpaid') end,
    paid_status_before = case when v.payment_id is null then null
                              when u.paid_status = 'paid' then u.paid_status_before else u.paid_status end,
    paid_at = v.created_at, payment_id = v.payment_id, updated_at = now()
from (select true) as once left join valid v on true
where u.user_id = $1 and u.payment_id is distinct from v.payment_id
returning u.user_id;
