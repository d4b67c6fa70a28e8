-- name: put_dead_letter
insert into dead_letters (source, key, name, args, error, traceback, tries, at)
values ($1, $2, $3, $4, $5, $6, $7, coalesce(instant($8), now()))
on conflict (source, key) do nothing;

-- name: dead_letters
select dead_letter_id, source, key, name, args, error, traceback, tries, ms(at) as at_ms,
       ms(resolved_at) as resolved_at_ms
from dead_letters
where dead_letter_id < coalesce($1, 9223372036854775807) and (resolved_at is null or not $2)
order by dead_letter_id desc limit $3;

-- name: resolve_dead_letter
update dead_letters set resolved_at = now() where dead_letter_id = $1 and resolved_at is null;
