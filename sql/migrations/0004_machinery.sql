-- Machinery: how far the recorder is, what is still to be carried into Redis, what went wrong.

create table if not exists shards (
    shard      text        primary key check (shard ~ '^(lobby|r[0-9]{1,3})$'),
    epoch      integer     not null default 0,
    position   text        not null default '0-0' check (position ~ '^[0-9]+-[0-9]+$'),
    alive_at   timestamptz,
    raised_at  timestamptz,
    updated_at timestamptz not null default now()
);
comment on table shards is 'One row per family of keys. Who holds it FOR UPDATE is the family''s recorder for that transaction.';
comment on column shards.epoch is 'How often the family was brought back from here. Must equal the live marker''s, or nobody records.';
comment on column shards.position is 'Id of the last journal entry recorded, moved in the transaction that records it.';
comment on column shards.alive_at is 'When a recorder last saw the family live; the length of an outage is known by it.';

create table if not exists rate_limits (
    scope      text        not null,
    key        text        not null,
    tat        timestamptz not null,
    expires_at timestamptz not null,
    primary key (scope, key)
);
create index if not exists rate_limits_expiring on rate_limits (expires_at);
comment on table rate_limits is 'Limits with periods of ten minutes or more, so that they outlive a loss of Redis.';
comment on column rate_limits.tat is 'Theoretical arrival time of the generic cell rate algorithm.';

create table if not exists outbox (
    outbox_id   bigint      generated always as identity primary key,
    kind        text        not null,
    payload     jsonb       not null,
    created_at  timestamptz not null default now(),
    next_try_at timestamptz not null default now(),
    tries       integer     not null default 0
);
create index if not exists outbox_due on outbox (next_try_at, outbox_id);
comment on table outbox is
    'What is true here and not yet in Redis (logins, logouts, bans, blocks, deletions). Its maker applies it after the '
    'commit; whoever finds it left over applies it again, idempotently. A row is deleted once applied.';

create table if not exists stripe_events (
    event_id    text        primary key,
    kind        text        not null,
    created_at  timestamptz not null,
    payload     jsonb       not null,
    received_at timestamptz not null default now()
);
comment on table stripe_events is 'Webhook events that were taken in, each once.';

create table if not exists dead_letters (
    dead_letter_id bigint      generated always as identity primary key,
    source         text        not null check (source in ('journal', 'job', 'deadline', 'outbox')),
    key            text        not null,
    name           text        not null,
    args           jsonb       not null,
    error          text        not null,
    traceback      text        not null default '',
    tries          integer     not null default 1,
    at             timestamptz not null default now(),
    resolved_at    timestamptz,
    unique (source, key)
);
create index if not exists dead_letters_newest on dead_letters (at desc);
comment on table dead_letters is
    'What could not be done and is kept for a person to look at: journal entries PostgreSQL refuses, jobs that failed '
    'every try, deadlines that raised ten times.';
comment on column dead_letters.key is 'What makes it one letter however often it is reported: the entry''s or the job''s id.';
comment on column dead_letters.name is 'The family or the function.';
