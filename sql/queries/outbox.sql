-- name: put_outbox
insert into outbox (kind, payload, next_try_at) values ($1, $2, now() + make_interval(secs => $3))
returning outbox_id;

-- name: outbox_due
-- Leftovers, oldest first. Its maker has had $2 seconds to apply a fresh one himself.
select outbox_id, kind, payload, tries from outbox
where next_try_at <= now() and created_at <= now() - make_interval(secs => $2)
order by outbox_id limit $1;

-- name: outbox_done
delete from outbox where outbox_id = $1;

-- name: outbox_failed
update outbox set tries = tries + 1, next_try_at = now() + make_interval(secs => $2) where outbox_id = $1;
