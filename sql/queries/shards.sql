-- name: shard
select shard, epoch, position, ms(alive_at) as alive_at_ms from shards where shard = $1;

-- name: lock_shard
select epoch, position from shards where shard = $1 for update;

-- name: raise_epoch
-- The position starts over: whatever is still in a journal is recorded again, which changes nothing, and a Redis
-- whose clock is behind its predecessor's is read all the same. Only from the epoch $2 that the caller knew (null: any).
insert into shards as s (shard, epoch, raised_at) values ($1, 1, now())
on conflict (shard) do update
set epoch = s.epoch + 1, position = '0-0', raised_at = now(), updated_at = now()
where $2::integer is null or s.epoch = $2
returning epoch, ms(alive_at) as alive_at_ms, ms(now()) as now_ms;

-- name: move_position
update shards set position = $2, alive_at = now(), updated_at = now() where shard = $1;

-- name: adopt_shard
-- A database that was restored is behind the live family, which then is the truth; never the other way round.
insert into shards as s (shard, epoch, alive_at) values ($1, $2, now())
on conflict (shard) do update set epoch = $2, position = '0-0', alive_at = now(), updated_at = now()
where s.epoch < $2
returning position;

-- name: ages
select shard, coalesce(extract(epoch from now() - alive_at), 0)::float8 as age_s from shards;

-- name: touch_shard
update shards set alive_at = now() where shard = $1 and epoch = $2 returning position;
