-- name: put_limits
insert into rate_limits as r (scope, key, tat, expires_at)
select scope, key, instant(tat), instant(tat)
from unnest($1::text[], $2::text[], $3::bigint[]) as spent (scope, key, tat)
on conflict (scope, key) do update set tat = excluded.tat, expires_at = excluded.expires_at
where r.tat < excluded.tat;

-- name: limits
select scope, key, ms(tat) as tat_ms from rate_limits
where expires_at > now() and (scope, key) > ($1, $2)
order by scope, key limit $3;
