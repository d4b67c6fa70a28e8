-- People: accounts, logins, codes, introductions.

-- Journals and clients speak milliseconds since 1970, where 0 means "none".
create or replace function instant(ms bigint) returns timestamptz
    language sql immutable parallel safe
    as $$ select to_timestamp(nullif(ms, 0)::float8 / 1000) $$;
create or replace function ms(at timestamptz) returns bigint
    language sql stable parallel safe
    as $$ select (extract(epoch from at) * 1000)::bigint $$;
create or replace function uuid_at(at timestamptz) returns uuid
    language sql stable parallel safe
    as $$ select (lpad(to_hex(ms(at)), 12, '0') || repeat('0', 20))::uuid $$;
comment on function uuid_at is 'Lower bound of the UUIDv7s made at or after an instant.';
comment on function instant is 'Milliseconds since 1970 to an instant; 0 is null.';
comment on function ms is 'An instant to milliseconds since 1970.';

create table if not exists users (
    user_id               uuid        primary key,
    name                  text        not null check (char_length(name) between 1 and 50),
    gender                text        not null check (gender in ('female', 'male', 'nonbinary', 'unspecified')),
    account_type          text        not null default 'guest' check (account_type in ('guest', 'permanent')),
    email                 text        check (char_length(email) <= 254),
    password_hash         text,
    selfie_url            text,
    video_url             text,
    socials               jsonb       not null default '{}' check (jsonb_typeof(socials) = 'object'),
    timer_total_seconds   bigint      not null default 0 check (timer_total_seconds >= 0),
    session_count         integer     not null default 0 check (session_count >= 0),
    last_sessions         jsonb       not null default '[]'
                                      check (jsonb_typeof(last_sessions) = 'array'
                                             and jsonb_array_length(last_sessions) <= 10),
    introduced_to         uuid        references users on delete set null,
    introduced_by         uuid        references users on delete set null,
    introduced_via_code   text,
    paid_status           text        not null default 'unpaid'
                                      check (paid_status in ('unpaid', 'paid', 'qr_grace_period', 'qr_verified')),
    paid_status_before    text        check (paid_status_before in ('unpaid', 'qr_grace_period', 'qr_verified')),
    paid_at               timestamptz,
    payment_id            text,
    invite_code_used      text,
    my_invite_code        text,
    qr_unlocked           boolean     not null default false,
    successful_sessions   integer     not null default 0 check (successful_sessions >= 0),
    qr_unlocked_at        timestamptz,
    ban_status            text        not null default 'none' check (ban_status in ('none', 'temporary', 'permanent')),
    banned_at             timestamptz,
    banned_reason         text,
    vindicated_at         timestamptz,
    account_expires_at    timestamptz,
    created_at            timestamptz not null default now(),
    updated_at            timestamptz not null default now(),
    constraint users_permanent_can_log_in
        check (account_type = 'guest' or (email is not null and password_hash is not null)),
    constraint users_guest_expires
        check (account_type = 'permanent' or account_expires_at is not null),
    constraint users_banned_since
        check (ban_status = 'none' or banned_at is not null)
);
create unique index if not exists users_email_key on users (lower(email));
create unique index if not exists users_my_invite_code_key on users (my_invite_code);
create unique index if not exists users_payment_id_key on users (payment_id);
create index if not exists users_introduced_to on users (introduced_to) where introduced_to is not null;
create index if not exists users_introduced_by on users (introduced_by) where introduced_by is not null;
create index if not exists users_guests_expiring on users (account_expires_at) where account_type = 'guest';

comment on table users is
    'One row per person: profile, settings, payment status, ban. Recorded facts never refer to it by foreign key, '
    'so that no deletion can refuse or lose one.';
comment on column users.email is 'As it was typed; compared without case.';
comment on column users.password_hash is 'argon2id; null for guests.';
comment on column users.timer_total_seconds is
    'Whole seconds in started rooms of METRICS_S or more; moved by the recorder once per new chat_history row.';
comment on column users.session_count is 'Rooms counted in timer_total_seconds.';
comment on column users.last_sessions is 'The last ten of them, newest first: [{ended_at_ms, seconds}].';
comment on column users.introduced_to is 'Whom the link was for by which this user came.';
comment on column users.introduced_by is 'Who had made that link.';
comment on column users.paid_status_before is 'What a refund falls back to.';
comment on column users.payment_id is 'The payment_intent of the payment provider; a refund names it.';
comment on column users.successful_sessions is
    'session_completions ever recorded, moved once per new row; stays when those rows are pruned.';
comment on column users.vindicated_at is 'Reports before this instant no longer count towards a ban.';
comment on column users.account_expires_at is 'Guests past it are deleted, but never while in a room.';

create table if not exists sessions (
    session_id     bigint      generated always as identity unique,
    token_hash     bytea       primary key check (octet_length(token_hash) = 32),
    user_id        uuid        not null references users on delete cascade,
    ip_address     inet,
    device_info    text,
    is_active      boolean     not null default true,
    ended_why      text        check (ended_why in ('replaced', 'logged_out', 'password', 'expired', 'banned')),
    created_at     timestamptz not null default now(),
    expires_at     timestamptz not null,
    last_active_at timestamptz not null default now(),
    ended_at       timestamptz,
    constraint sessions_end_is_whole check (is_active = (ended_why is null) and is_active = (ended_at is null))
);
create unique index if not exists sessions_one_active on sessions (user_id) where is_active;
create index if not exists sessions_user on sessions (user_id, session_id desc);
create index if not exists sessions_recent on sessions (last_active_at);
create index if not exists sessions_ended on sessions (coalesce(ended_at, expires_at));

comment on table sessions is 'Logins. At most one of a user is active: sessions_one_active.';
comment on column sessions.session_id is 'Order of logins; everything below a user''s fence is dead on every node.';
comment on column sessions.token_hash is 'SHA-256 of the bearer token, which is stored nowhere.';
comment on column sessions.ended_why is 'Null while active; tells session_replaced from not_authenticated.';
comment on column sessions.last_active_at is 'Moved at most once a minute.';

create table if not exists blocks (
    blocker_id uuid        not null references users on delete cascade,
    blocked_id uuid        not null references users on delete cascade,
    why        text        not null check (why in ('hand', 'report')),
    created_at timestamptz not null default now(),
    primary key (blocker_id, blocked_id),
    check (blocker_id <> blocked_id)
);
create index if not exists blocks_blocked on blocks (blocked_id);

comment on table blocks is 'Who never wants to see whom; works both ways. A report''s block cannot be lifted.';

create table if not exists password_resets (
    token_hash bytea       primary key check (octet_length(token_hash) = 32),
    user_id    uuid        not null references users on delete cascade,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at    timestamptz
);
create index if not exists password_resets_user on password_resets (user_id);
create index if not exists password_resets_expiring on password_resets (expires_at);

comment on table password_resets is 'Single-use tokens sent by e-mail; used at most once: used_at.';

create table if not exists invite_codes (
    code           text        primary key check (code ~ '^[A-Z0-9]{16}$'),
    created_by     uuid        references users on delete set null,
    type           text        not null check (type in ('user', 'admin')),
    label          text,
    max_uses       integer     check (max_uses > 0),
    uses_remaining integer     check (uses_remaining between 0 and max_uses),
    is_active      boolean     not null default true,
    created_at     timestamptz not null default now(),
    constraint invite_codes_limited check ((max_uses is null) = (uses_remaining is null)),
    constraint invite_codes_users_are_limited check (type = 'admin' or max_uses is not null)
);
create index if not exists invite_codes_creator on invite_codes (created_by) where created_by is not null;

comment on table invite_codes is 'Codes that let people in. A user''s code is locked until its creator has users.qr_unlocked.';
comment on column invite_codes.uses_remaining is 'Null: unlimited. Taken by one conditional update, so the last use is had once.';

create table if not exists invite_code_uses (
    code    text        not null references invite_codes on delete cascade,
    user_id uuid        not null,
    used_at timestamptz not null default now(),
    primary key (code, user_id)
);
comment on table invite_code_uses is 'Who came by which code; survives the deletion of the user.';

create table if not exists referral_mappings (
    referral_code      text        primary key check (referral_code ~ '^[A-Z0-9]{10}$'),
    target_user_id     uuid        not null references users on delete cascade,
    target_name        text        not null,
    created_by_user_id uuid        references users on delete set null,
    created_by_name    text        not null,
    created_at         timestamptz not null default now(),
    expires_at         timestamptz not null,
    check (target_user_id <> created_by_user_id)
);
create index if not exists referral_mappings_target on referral_mappings (target_user_id);
create index if not exists referral_mappings_creator on referral_mappings (created_by_user_id);
create index if not exists referral_mappings_expiring on referral_mappings (expires_at);

comment on table referral_mappings is 'Intro links: made by one user for another, reusable until they expire.';

create table if not exists referral_notifications (
    notification_id    uuid        primary key,
    for_user_id        uuid        not null references users on delete cascade,
    referred_user_id   uuid        references users on delete set null,
    referred_name      text        not null,
    introduced_by      uuid        references users on delete set null,
    introduced_by_name text        not null,
    created_at         timestamptz not null default now(),
    read_at            timestamptz,
    unique (for_user_id, referred_user_id)
);
create index if not exists referral_notifications_newest on referral_notifications (for_user_id, created_at desc);
create index if not exists referral_notifications_referred on referral_notifications (referred_user_id);
create index if not exists referral_notifications_introducer on referral_notifications (introduced_by);

comment on table referral_notifications is '"Someone was introduced to you", once per newcomer.';
