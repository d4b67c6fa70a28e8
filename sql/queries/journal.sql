-- name: put_states
-- One row per room (the caller keeps the highest version). What has ended stays ended.
insert into active_rooms as r (
    room_id, user_1, user_2, name_1, name_2, created_at, started_at, duration_seconds, ends_at, chat_mode, status,
    user_1_connected, user_2_connected, user_1_grace_ends_at, user_2_grace_ends_at, media_connected_at, upgraded_at,
    generation, last_seq, user_1_messages, user_2_messages, user_1_read_seq, user_2_read_seq, end_reason, ended_at,
    seconds, counts_metrics, counts_completion, cooldown_until, epoch, version)
select s.room_id, s.user_1, s.user_2, coalesce(s.name_1, ''), coalesce(s.name_2, ''), instant(s.opened_at_ms),
    instant(s.started_at_ms), nullif(s.agreed_seconds, 0), instant(s.ends_at_ms), s.mode, s.status,
    coalesce(s.connected_1, false), coalesce(s.connected_2, false), instant(s.grace_1_ms), instant(s.grace_2_ms),
    instant(s.media_connected_at_ms), instant(s.upgraded_at_ms), coalesce(s.generation, 0), coalesce(s.last_seq, 0),
    coalesce(s.messages_1, 0), coalesce(s.messages_2, 0), coalesce(s.read_1, 0), coalesce(s.read_2, 0),
    nullif(s.reason, ''), instant(s.ended_at_ms), case when s.status = 'ended' then coalesce(s.seconds, 0) end,
    coalesce(s.counts_metrics, false), coalesce(s.counts_completion, false), instant(s.cooldown_until_ms),
    s.epoch, s.version
from jsonb_to_recordset($1::jsonb) as s (
    room_id uuid, user_1 uuid, user_2 uuid, name_1 text, name_2 text, opened_at_ms bigint, started_at_ms bigint,
    agreed_seconds integer, ends_at_ms bigint, mode text, status text, connected_1 boolean, connected_2 boolean,
    grace_1_ms bigint, grace_2_ms bigint, media_connected_at_ms bigint, upgraded_at_ms bigint, generation bigint,
    last_seq integer, messages_1 integer, messages_2 integer, read_1 integer, read_2 integer, reason text,
    ended_at_ms bigint, seconds integer, counts_metrics boolean, counts_completion boolean,
    cooldown_until_ms bigint, epoch integer, version integer)
on conflict (room_id) do update set
    user_1 = excluded.user_1, user_2 = excluded.user_2, name_1 = excluded.name_1, name_2 = excluded.name_2,
    created_at = excluded.created_at, started_at = excluded.started_at, duration_seconds = excluded.duration_seconds,
    ends_at = excluded.ends_at, chat_mode = excluded.chat_mode, status = excluded.status,
    user_1_connected = excluded.user_1_connected, user_2_connected = excluded.user_2_connected,
    user_1_grace_ends_at = excluded.user_1_grace_ends_at, user_2_grace_ends_at = excluded.user_2_grace_ends_at,
    media_connected_at = excluded.media_connected_at, upgraded_at = excluded.upgraded_at,
    generation = excluded.generation, last_seq = excluded.last_seq, user_1_messages = excluded.user_1_messages,
    user_2_messages = excluded.user_2_messages, user_1_read_seq = excluded.user_1_read_seq,
    user_2_read_seq = excluded.user_2_read_seq, end_reason = excluded.end_reason, ended_at = excluded.ended_at,
    seconds = excluded.seconds, counts_metrics = excluded.counts_metrics,
    counts_completion = excluded.counts_completion, cooldown_until = excluded.cooldown_until,
    epoch = excluded.epoch, version = excluded.version, updated_at = now()
where (r.epoch, r.version) < (excluded.epoch, excluded.version)
  and (r.status <> 'ended' or excluded.status = 'ended')
returning room_id;

-- name: put_torches
-- For states that were put. Instants only grow: messages recorded meanwhile are not forgotten.
insert into text_room_activity as a (room_id, user_1_last_message_at, user_2_last_message_at, warning_started_at)
select s.room_id, instant(s.torch_1_ms), instant(s.torch_2_ms), instant(s.warned_at_ms)
from jsonb_to_recordset($1::jsonb)
     as s (room_id uuid, mode text, torch_1_ms bigint, torch_2_ms bigint, warned_at_ms bigint)
where s.mode = 'text' and s.torch_1_ms > 0 and s.torch_2_ms > 0 and s.room_id = any ($2::uuid[])
on conflict (room_id) do update set
    user_1_last_message_at = greatest(a.user_1_last_message_at, excluded.user_1_last_message_at),
    user_2_last_message_at = greatest(a.user_2_last_message_at, excluded.user_2_last_message_at),
    warning_started_at = excluded.warning_started_at,
    updated_at = now();

-- name: put_events
insert into room_events (room_id, epoch, version, n, event, at, user_id, node, detail)
select s.room_id, s.epoch, s.version, e.n, e.fact ->> 'event', instant((e.fact ->> 'at_ms')::bigint),
       nullif(e.fact ->> 'user_id', '')::uuid, nullif(e.fact ->> 'node', ''), nullif(e.fact -> 'detail', 'null')
from jsonb_to_recordset($1::jsonb) as s (room_id uuid, epoch integer, version integer, ev jsonb)
cross join lateral jsonb_array_elements(s.ev) with ordinality as e (fact, n)
on conflict do nothing;

-- name: put_messages
insert into room_messages (room_id, seq, sender_id, client_id, kind, body, sent_at)
select m.room_id::uuid, m.seq, nullif(m.sender, '')::uuid, nullif(m.client_id, ''), m.kind, m.body::jsonb,
       to_timestamp(m.at::float8 / 1000)
from unnest($1::text[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[])
     as m (room_id, seq, sender, client_id, kind, body, at)
on conflict do nothing;

-- name: feed_torches
-- Only people's messages feed a torch, and only a text room has one.
update text_room_activity a set
    user_1_last_message_at = greatest(a.user_1_last_message_at, fed.at_1),
    user_2_last_message_at = greatest(a.user_2_last_message_at, fed.at_2),
    updated_at = now()
from (
    select r.room_id,
           max(instant(m.at)) filter (where m.sender::uuid = r.user_1) as at_1,
           max(instant(m.at)) filter (where m.sender::uuid = r.user_2) as at_2
    from unnest($1::text[], $2::text[], $3::bigint[]) as m (room_id, sender, at)
    join active_rooms r on r.room_id = m.room_id::uuid and r.chat_mode = 'text'
    group by r.room_id) as fed
where a.room_id = fed.room_id;

-- name: put_history
-- Two rows for each started room that ended. Answers the rows that were not there before.
insert into chat_history (room_id, user_id, partner_id, partner_name, started_at, ended_at, duration, chat_mode,
                          end_reason, message_count)
select s.room_id, member.user_id, member.partner_id, coalesce(member.partner_name, ''), instant(s.started_at_ms),
       instant(s.ended_at_ms), s.seconds, s.mode, s.reason, coalesce(s.messages_1, 0) + coalesce(s.messages_2, 0)
from jsonb_to_recordset($1::jsonb) as s (
    room_id uuid, user_1 uuid, user_2 uuid, name_1 text, name_2 text, started_at_ms bigint, ended_at_ms bigint,
    seconds integer, mode text, reason text, messages_1 integer, messages_2 integer)
cross join lateral (values (s.user_1, s.user_2, s.name_2), (s.user_2, s.user_1, s.name_1))
    as member (user_id, partner_id, partner_name)
where s.started_at_ms > 0
on conflict do nothing
returning room_id, user_id;

-- name: put_completions
-- Answers the rows that were not there before.
insert into session_completions (user_id, room_id, partner_id, duration_seconds, completed_at)
select member.user_id, s.room_id, member.partner_id, s.seconds, instant(s.ended_at_ms)
from jsonb_to_recordset($1::jsonb) as s (
    room_id uuid, user_1 uuid, user_2 uuid, ended_at_ms bigint, seconds integer, counts_completion boolean)
cross join lateral (values (s.user_1, s.user_2), (s.user_2, s.user_1)) as member (user_id, partner_id)
where s.counts_completion and s.seconds > 0
on conflict do nothing
returning user_id;

-- name: lock_users
-- Two shards may end rooms of the same people at once: always in the same order.
select user_id from users where user_id = any ($1::uuid[]) order by user_id for no key update;

-- name: count_meetings
-- $1 user, $2 seconds, $3 ended at (ms): one element per new row of history.
update users u set
    timer_total_seconds = u.timer_total_seconds + new.seconds,
    session_count = u.session_count + new.meetings,
    last_sessions = (
        select jsonb_agg(newest.session order by (newest.session -> 'ended_at_ms')::bigint desc)
        from (select session from jsonb_array_elements(u.last_sessions || new.sessions) as each (session)
              order by (session -> 'ended_at_ms')::bigint desc limit 10) as newest),
    updated_at = now()
from (
    select user_id::uuid as user_id, sum(seconds) as seconds, count(*) as meetings,
           jsonb_agg(jsonb_build_object('ended_at_ms', ended_at_ms, 'seconds', seconds)) as sessions
    from unnest($1::text[], $2::integer[], $3::bigint[]) as row (user_id, seconds, ended_at_ms)
    group by user_id) as new
where u.user_id = new.user_id;

-- name: count_completions
-- $1 user: one element per new completion; $2 how many unlock one's own code. Answers whose code (null: to be made) this
-- unlocked.
with moved as (
    update users u set
        successful_sessions = u.successful_sessions + new.completions,
        qr_unlocked = u.qr_unlocked or unlocks.is_new,
        qr_unlocked_at = case when unlocks.is_new then now() else u.qr_unlocked_at end,
        paid_status = case when unlocks.is_new and u.paid_status = 'qr_grace_period' then 'qr_verified'
                           else u.paid_status end,
        paid_status_before = case when unlocks.is_new and u.paid_status_before = 'qr_grace_period' then 'qr_verified'
                                  else u.paid_status_before end,
        updated_at = now()
    from (select user_id::uuid as user_id, count(*) as completions from unnest($1::text[]) as row (user_id)
          group by user_id) as new
    cross join lateral (
        select not old.qr_unlocked and old.successful_sessions + new.completions >= $2 as is_new
        from users old where old.user_id = new.user_id) as unlocks
    where u.user_id = new.user_id
    returning u.user_id, u.my_invite_code, unlocks.is_new)
select user_id, my_invite_code from moved where is_new;

-- name: put_cooldowns
-- One row per pair (the caller keeps the latest end).
insert into cooldowns as c (user_id_1, user_id_2, expires_at, why)
select a::uuid, b::uuid, instant(until), why
from unnest($1::text[], $2::text[], $3::bigint[], $4::text[]) as pair (a, b, until, why)
on conflict (user_id_1, user_id_2) do update
set expires_at = excluded.expires_at, why = excluded.why, updated_at = now()
where c.expires_at < excluded.expires_at;
