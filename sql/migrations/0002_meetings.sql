-- Meetings: what the recorder writes from the journals. No foreign key leads to users: what happened, happened.
-- `_1` is the inviter (caller, WebRTC initiator), `_2` the invited.

create table if not exists active_rooms (
    room_id              uuid        primary key,
    shard                smallint    not null generated always as (get_byte(uuid_send(room_id), 15)) stored,
    user_1               uuid        not null,
    user_2               uuid        not null,
    name_1               text        not null,
    name_2               text        not null,
    created_at           timestamptz not null,
    started_at           timestamptz,
    duration_seconds     integer     check (duration_seconds > 0),
    ends_at              timestamptz,
    chat_mode            text        not null check (chat_mode in ('video', 'text')),
    status               text        not null check (status in ('active', 'grace_period', 'ended')),
    user_1_connected     boolean     not null default false,
    user_2_connected     boolean     not null default false,
    user_1_grace_ends_at timestamptz,
    user_2_grace_ends_at timestamptz,
    media_connected_at   timestamptz,
    upgraded_at          timestamptz,
    generation           bigint      not null default 0,
    last_seq             integer     not null default 0,
    user_1_messages      integer     not null default 0,
    user_2_messages      integer     not null default 0,
    user_1_read_seq      integer     not null default 0,
    user_2_read_seq      integer     not null default 0,
    end_reason           text,
    ended_at             timestamptz,
    seconds              integer     check (seconds >= 0),
    counts_metrics       boolean     not null default false,
    counts_completion    boolean     not null default false,
    cooldown_until       timestamptz,
    epoch                integer     not null,
    version              integer     not null,
    updated_at           timestamptz not null default now(),
    constraint active_rooms_two_people check (user_1 <> user_2),
    constraint active_rooms_end_is_whole
        check ((status = 'ended') = (ended_at is not null) and (status = 'ended') = (end_reason is not null))
);
create index if not exists active_rooms_open on active_rooms (shard, room_id) where status <> 'ended';
create index if not exists active_rooms_ended on active_rooms (ended_at) where status = 'ended';
create index if not exists active_rooms_user_1 on active_rooms (user_1) where status <> 'ended';
create index if not exists active_rooms_user_2 on active_rooms (user_2) where status <> 'ended';

comment on table active_rooms is
    'Every room going on, and the last hour''s. A copy of the live room, as of its last journaled state: enough to '
    'bring it back when Redis was lost. A higher (epoch, version) replaces a lower one, never the other way round.';
comment on column active_rooms.shard is 'Family of the room: the last byte of its id.';
comment on column active_rooms.duration_seconds is 'Agreed length of a video room; null while it is a text room.';
comment on column active_rooms.ends_at is 'Instant at which a started video room is over.';
comment on column active_rooms.user_1_grace_ends_at is 'While missing: until when they may come back.';
comment on column active_rooms.upgraded_at is 'When the text room became a video room; chat_mode is video since then.';
comment on column active_rooms.generation is 'WebRTC negotiations so far; only grows.';
comment on column active_rooms.user_1_read_seq is 'Highest seq that user_1 has read, as of the last journaled state.';
comment on column active_rooms.seconds is 'Lived seconds, floor, from started to ended; 0 when never started.';
comment on column active_rooms.counts_metrics is 'Whether its end moved timer_total_seconds and session_count.';
comment on column active_rooms.counts_completion is 'Whether its end made session_completions.';
comment on column active_rooms.epoch is 'Epoch of the family when this state was journaled.';
comment on column active_rooms.version is 'Grows by one with each journaled state of this room.';

create table if not exists text_room_activity (
    room_id                uuid        primary key,
    user_1_last_message_at timestamptz not null,
    user_2_last_message_at timestamptz not null,
    warning_started_at     timestamptz,
    updated_at             timestamptz not null default now()
);
comment on table text_room_activity is
    'The torch of a started text room: when each member last wrote (moved forward by grace). The torch itself is derived.';
comment on column text_room_activity.warning_started_at is 'When it began to dim; for operators, decides nothing.';

create table if not exists room_messages (
    room_id   uuid        not null,
    seq       integer     not null check (seq > 0),
    sender_id uuid,
    client_id text        check (char_length(client_id) between 1 and 64),
    kind      text        not null check (kind in ('text', 'social', 'system')),
    body      jsonb       not null,
    sent_at   timestamptz not null,
    primary key (room_id, seq),
    constraint room_messages_once unique (room_id, sender_id, client_id)
);
comment on table room_messages is
    'Messages, one row each, in the order both members saw. Lives as long as history, not as long as active_rooms.';
comment on column room_messages.sender_id is 'Of a system message: the member whose act it tells.';
comment on column room_messages.client_id is 'The sender''s own id of it: a repeat is the same message. Null for system messages.';

create table if not exists room_events (
    room_id uuid        not null,
    epoch   integer     not null,
    version integer     not null,
    n       smallint    not null,
    event   text        not null,
    at      timestamptz not null,
    user_id uuid,
    node    text,
    detail  jsonb,
    primary key (room_id, epoch, version, n)
);
comment on table room_events is
    'The timeline of a room: opened, lost, returned, torch, upgraded, ended, node, ... Keyed by the state it came with.';
comment on column room_events.n is 'Place among the events journaled with that state.';

create table if not exists chat_history (
    room_id       uuid        not null,
    user_id       uuid        not null,
    partner_id    uuid        not null,
    partner_name  text        not null,
    started_at    timestamptz not null,
    ended_at      timestamptz not null,
    duration      integer     not null check (duration >= 0),
    chat_mode     text        not null check (chat_mode in ('video', 'text')),
    end_reason    text        not null,
    message_count integer     not null default 0 check (message_count >= 0),
    primary key (room_id, user_id)
);
create index if not exists chat_history_newest on chat_history (user_id, started_at desc, room_id desc);
create index if not exists chat_history_ended on chat_history (ended_at);

comment on table chat_history is
    'Past meetings, one row per member, for every room that had started. A new row here is what moves the counters in users.';
comment on column chat_history.partner_name is 'The name at the end of the meeting; shown as "deleted user" once they are gone.';
comment on column chat_history.duration is 'Whole seconds from started to ended, floor.';
comment on column chat_history.message_count is 'Messages of both members.';

create table if not exists session_completions (
    user_id          uuid        not null,
    room_id          uuid        not null,
    partner_id       uuid        not null,
    duration_seconds integer     not null check (duration_seconds > 0),
    completed_at     timestamptz not null,
    unique (user_id, room_id)
);
create index if not exists session_completions_completed on session_completions (completed_at);
comment on table session_completions is
    'Successful meetings, once per (user, room). A new row here is what moves users.successful_sessions.';

create table if not exists cooldowns (
    user_id_1  uuid        not null,
    user_id_2  uuid        not null,
    expires_at timestamptz not null,
    why        text,
    updated_at timestamptz not null default now(),
    primary key (user_id_1, user_id_2),
    constraint cooldowns_unordered check (user_id_1 < user_id_2)
);
create index if not exists cooldowns_expiring on cooldowns (expires_at);
comment on table cooldowns is 'Pairs that may not meet again yet. A write never shortens: greatest(old, new).';

create or replace view room_states as
select r.room_id, r.shard, r.user_1, r.user_2, r.name_1, r.name_2, ms(r.created_at) as opened_at_ms,
       coalesce(ms(r.started_at), 0) as started_at_ms, coalesce(r.duration_seconds, 0) as agreed_seconds,
       coalesce(ms(r.ends_at), 0) as ends_at_ms, r.chat_mode as mode, r.status,
       r.user_1_connected as connected_1, r.user_2_connected as connected_2,
       coalesce(ms(r.user_1_grace_ends_at), 0) as grace_1_ms, coalesce(ms(r.user_2_grace_ends_at), 0) as grace_2_ms,
       coalesce(ms(r.media_connected_at), 0) as media_connected_at_ms,
       coalesce(ms(r.upgraded_at), 0) as upgraded_at_ms, r.generation, r.last_seq,
       r.user_1_messages as messages_1, r.user_2_messages as messages_2,
       r.user_1_read_seq as read_1, r.user_2_read_seq as read_2, coalesce(r.end_reason, '') as reason,
       r.ended_at, coalesce(ms(r.ended_at), 0) as ended_at_ms, coalesce(r.seconds, 0) as seconds,
       r.counts_metrics, r.counts_completion, coalesce(ms(r.cooldown_until), 0) as cooldown_until_ms,
       r.epoch, r.version,
       case when r.chat_mode = 'text' then coalesce(ms(a.user_1_last_message_at), 0) else 0 end as torch_1_ms,
       case when r.chat_mode = 'text' then coalesce(ms(a.user_2_last_message_at), 0) else 0 end as torch_2_ms,
       case when r.chat_mode = 'text' then coalesce(ms(a.warning_started_at), 0) else 0 end as warned_at_ms
from active_rooms r left join text_room_activity a using (room_id);
comment on view room_states is 'active_rooms with its torch in the words of the journal: instants in ms, 0 for none.';
