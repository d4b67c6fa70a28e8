-- Moderation: reports, bans, and what the people who decide have done. Survives the deletion of everyone named in it.

create table if not exists reports (
    report_id        uuid        primary key,
    reporter_user_id uuid        not null,
    reported_user_id uuid        not null,
    reason           text        not null check (char_length(reason) between 1 and 1000),
    room_id          uuid        not null,
    reporter_ip      inet,
    session_data     jsonb       not null,
    reported_profile jsonb       not null,
    created_at       timestamptz not null default now(),
    reviewed_at      timestamptz,
    constraint reports_once unique (reporter_user_id, reported_user_id),
    check (reporter_user_id <> reported_user_id)
);
create index if not exists reports_reported on reports (reported_user_id, created_at);
create index if not exists reports_reviewed on reports (reviewed_at) where reviewed_at is not null;

comment on table reports is 'Who reported whom, over which room; once per pair, for ever.';
comment on column reports.session_data is 'Evidence: {mode, started_at_ms, seconds, messages: the last 50}.';
comment on column reports.reported_profile is 'The reported profile as it was at that moment.';

create table if not exists ban_records (
    ban_id        uuid        primary key,
    user_id       uuid        not null,
    name          text        not null,
    ban_status    text        not null check (ban_status in ('temporary', 'permanent')),
    banned_at     timestamptz not null default now(),
    reason        text        not null,
    report_count  integer     not null default 0,
    review_status text        not null default 'pending'
                              check (review_status in ('pending', 'reviewed_ban', 'reviewed_vindicate')),
    reviewed_at   timestamptz,
    reviewed_by   text,
    note          text,
    ip_addresses  inet[]      not null default '{}',
    constraint ban_records_review_is_whole
        check ((review_status = 'pending') = (reviewed_at is null) and (reviewed_at is null) = (reviewed_by is null))
);
create unique index if not exists ban_records_one_pending on ban_records (user_id) where review_status = 'pending';
create index if not exists ban_records_user on ban_records (user_id, banned_at desc);
create index if not exists ban_records_public on ban_records (banned_at desc) where ban_status = 'permanent';

comment on table ban_records is 'Bans and their review. Permanent ones are the public blacklist, by the name at that time.';

create table if not exists ip_bans (
    ip_address cidr        primary key,
    banned_at  timestamptz not null default now(),
    user_id    uuid        references users on delete set null,
    reason     text        not null,
    expires_at timestamptz
);
create index if not exists ip_bans_containing on ip_bans using gist ((ip_address::inet) inet_ops);
create index if not exists ip_bans_user on ip_bans (user_id) where user_id is not null;
create index if not exists ip_bans_expiring on ip_bans (expires_at) where expires_at is not null;

comment on table ip_bans is 'Addresses that may not connect; IPv6 by /64. expires_at null: for ever.';

create table if not exists admin_sessions (
    token_hash     bytea       primary key check (octet_length(token_hash) = 32),
    username       text        not null,
    ip_address     inet,
    created_at     timestamptz not null default now(),
    expires_at     timestamptz not null,
    last_active_at timestamptz not null default now(),
    ended_at       timestamptz
);
create index if not exists admin_sessions_expiring on admin_sessions (expires_at);
comment on table admin_sessions is 'Logins of operators.';

create table if not exists audit_log (
    audit_id   bigint      generated always as identity primary key,
    at         timestamptz not null default now(),
    admin      text        not null,
    act        text        not null,
    target     text,
    detail     jsonb       not null default '{}',
    ip_address inet
);
create index if not exists audit_log_newest on audit_log (at desc);
create index if not exists audit_log_target on audit_log (target, at desc) where target is not null;
comment on table audit_log is 'Every act of an operator: who, what, on whom, when. Only ever added to.';
