-- The schema after all migrations. Written by `make schema`; `make check` compares. Do not edit.

CREATE OR REPLACE FUNCTION public.instant(ms bigint)
 RETURNS timestamp with time zone
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$ select to_timestamp(nullif(ms, 0)::float8 / 1000) $function$;

CREATE OR REPLACE FUNCTION public.ms(at timestamp with time zone)
 RETURNS bigint
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$ select (extract(epoch from at) * 1000)::bigint $function$;

CREATE OR REPLACE FUNCTION public.uuid_at(at timestamp with time zone)
 RETURNS uuid
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$ select (lpad(to_hex(ms(at)), 12, '0') || repeat('0', 20))::uuid $function$;

create table active_rooms (
    room_id uuid not null,
    shard smallint not null generated always as (get_byte(uuid_send(room_id), 15)) stored,
    user_1 uuid not null,
    user_2 uuid not null,
    name_1 text not null,
    name_2 text not null,
    created_at timestamp with time zone not null,
    started_at timestamp with time zone,
    duration_seconds integer,
    ends_at timestamp with time zone,
    chat_mode text not null,
    status text not null,
    user_1_connected boolean not null default false,
    user_2_connected boolean not null default false,
    user_1_grace_ends_at timestamp with time zone,
    user_2_grace_ends_at timestamp with time zone,
    media_connected_at timestamp with time zone,
    upgraded_at timestamp with time zone,
    generation bigint not null default 0,
    last_seq integer not null default 0,
    user_1_messages integer not null default 0,
    user_2_messages integer not null default 0,
    user_1_read_seq integer not null default 0,
    user_2_read_seq integer not null default 0,
    end_reason text,
    ended_at timestamp with time zone,
    seconds integer,
    counts_metrics boolean not null default false,
    counts_completion boolean not null default false,
    cooldown_until timestamp with time zone,
    epoch integer not null,
    version integer not null,
    updated_at timestamp with time zone not null default now(),
    constraint active_rooms_pkey PRIMARY KEY (room_id),
    constraint active_rooms_chat_mode_check CHECK ((chat_mode = ANY (ARRAY['video'::text, 'text'::text]))),
    constraint active_rooms_duration_seconds_check CHECK ((duration_seconds > 0)),
    constraint active_rooms_end_is_whole CHECK ((((status = 'ended'::text) = (ended_at IS NOT NULL)) AND ((status = 'ended'::text) = (end_reason IS NOT NULL)))),
    constraint active_rooms_seconds_check CHECK ((seconds >= 0)),
    constraint active_rooms_status_check CHECK ((status = ANY (ARRAY['active'::text, 'grace_period'::text, 'ended'::text]))),
    constraint active_rooms_two_people CHECK ((user_1 <> user_2))
);
CREATE INDEX active_rooms_ended ON public.active_rooms USING btree (ended_at) WHERE (status = 'ended'::text);
CREATE INDEX active_rooms_open ON public.active_rooms USING btree (shard, room_id) WHERE (status <> 'ended'::text);
CREATE INDEX active_rooms_user_1 ON public.active_rooms USING btree (user_1) WHERE (status <> 'ended'::text);
CREATE INDEX active_rooms_user_2 ON public.active_rooms USING btree (user_2) WHERE (status <> 'ended'::text);
comment on table active_rooms is 'Every room going on, and the last hour''s. A copy of the live room, as of its last journaled state: enough to bring it back when Redis was lost. A higher (epoch, version) replaces a lower one, never the other way round.';
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

create table admin_sessions (
    token_hash bytea not null,
    username text not null,
    ip_address inet,
    created_at timestamp with time zone not null default now(),
    expires_at timestamp with time zone not null,
    last_active_at timestamp with time zone not null default now(),
    ended_at timestamp with time zone,
    credential bytea not null default '\x'::bytea,
    constraint admin_sessions_pkey PRIMARY KEY (token_hash),
    constraint admin_sessions_token_hash_check CHECK ((octet_length(token_hash) = 32))
);
CREATE INDEX admin_sessions_expiring ON public.admin_sessions USING btree (expires_at);
comment on table admin_sessions is 'Logins of operators.';
comment on column admin_sessions.credential is 'SHA-256 of ADMIN_USERNAME and ADMIN_PASSWORD_HASH at the login: another password ends it.';

create table audit_log (
    audit_id bigint not null generated always as identity,
    at timestamp with time zone not null default now(),
    admin text not null,
    act text not null,
    target text,
    detail jsonb not null default '{}'::jsonb,
    ip_address inet,
    constraint audit_log_pkey PRIMARY KEY (audit_id)
);
CREATE INDEX audit_log_newest ON public.audit_log USING btree (at DESC);
CREATE INDEX audit_log_target ON public.audit_log USING btree (target, at DESC) WHERE (target IS NOT NULL);
comment on table audit_log is 'Every act of an operator: who, what, on whom, when. Only ever added to.';

create table ban_records (
    ban_id uuid not null,
    user_id uuid not null,
    name text not null,
    ban_status text not null,
    banned_at timestamp with time zone not null default now(),
    reason text not null,
    report_count integer not null default 0,
    review_status text not null default 'pending'::text,
    reviewed_at timestamp with time zone,
    reviewed_by text,
    note text,
    ip_addresses inet[] not null default '{}'::inet[],
    constraint ban_records_pkey PRIMARY KEY (ban_id),
    constraint ban_records_ban_status_check CHECK ((ban_status = ANY (ARRAY['temporary'::text, 'permanent'::text]))),
    constraint ban_records_review_is_whole CHECK ((((review_status = 'pending'::text) = (reviewed_at IS NULL)) AND ((reviewed_at IS NULL) = (reviewed_by IS NULL)))),
    constraint ban_records_review_status_check CHECK ((review_status = ANY (ARRAY['pending'::text, 'reviewed_ban'::text, 'reviewed_vindicate'::text])))
);
CREATE UNIQUE INDEX ban_records_one_pending ON public.ban_records USING btree (user_id) WHERE (review_status = 'pending'::text);
CREATE INDEX ban_records_public ON public.ban_records USING btree (banned_at DESC) WHERE (ban_status = 'permanent'::text);
CREATE INDEX ban_records_user ON public.ban_records USING btree (user_id, banned_at DESC);
comment on table ban_records is 'Bans and their review. Permanent ones are the public blacklist, by the name at that time.';

create table blocks (
    blocker_id uuid not null,
    blocked_id uuid not null,
    why text not null,
    created_at timestamp with time zone not null default now(),
    constraint blocks_pkey PRIMARY KEY (blocker_id, blocked_id),
    constraint blocks_blocked_id_fkey FOREIGN KEY (blocked_id) REFERENCES users(user_id) ON DELETE CASCADE,
    constraint blocks_blocker_id_fkey FOREIGN KEY (blocker_id) REFERENCES users(user_id) ON DELETE CASCADE,
    constraint blocks_check CHECK ((blocker_id <> blocked_id)),
    constraint blocks_why_check CHECK ((why = ANY (ARRAY['hand'::text, 'report'::text])))
);
CREATE INDEX blocks_blocked ON public.blocks USING btree (blocked_id);
comment on table blocks is 'Who never wants to see whom; works both ways. A report''s block cannot be lifted.';

create table chat_history (
    room_id uuid not null,
    user_id uuid not null,
    partner_id uuid not null,
    partner_name text not null,
    started_at timestamp with time zone not null,
    ended_at timestamp with time zone not null,
    duration integer not null,
    chat_mode text not null,
    end_reason text not null,
    message_count integer not null default 0,
    constraint chat_history_pkey PRIMARY KEY (room_id, user_id),
    constraint chat_history_chat_mode_check CHECK ((chat_mode = ANY (ARRAY['video'::text, 'text'::text]))),
    constraint chat_history_duration_check CHECK ((duration >= 0)),
    constraint chat_history_message_count_check CHECK ((message_count >= 0))
);
CREATE INDEX chat_history_ended ON public.chat_history USING btree (ended_at);
CREATE INDEX chat_history_newest ON public.chat_history USING btree (user_id, started_at DESC, room_id DESC);
comment on table chat_history is 'Past meetings, one row per member, for every room that had started. A new row here is what moves the counters in users.';
comment on column chat_history.partner_name is 'The name at the end of the meeting; shown as "deleted user" once they are gone.';
comment on column chat_history.duration is 'Whole seconds from started to ended, floor.';
comment on column chat_history.message_count is 'Messages of both members.';

create table cooldowns (
    user_id_1 uuid not null,
    user_id_2 uuid not null,
    expires_at timestamp with time zone not null,
    why text,
    updated_at timestamp with time zone not null default now(),
    constraint cooldowns_pkey PRIMARY KEY (user_id_1, user_id_2),
    constraint cooldowns_unordered CHECK ((user_id_1 < user_id_2))
);
CREATE INDEX cooldowns_expiring ON public.cooldowns USING btree (expires_at);
comment on table cooldowns is 'Pairs that may not meet again yet. A write never shortens: greatest(old, new).';

create table dead_letters (
    dead_letter_id bigint not null generated always as identity,
    source text not null,
    key text not null,
    name text not null,
    args jsonb not null,
    error text not null,
    traceback text not null default ''::text,
    tries integer not null default 1,
    at timestamp with time zone not null default now(),
    resolved_at timestamp with time zone,
    constraint dead_letters_pkey PRIMARY KEY (dead_letter_id),
    constraint dead_letters_source_key_key UNIQUE (source, key),
    constraint dead_letters_source_check CHECK ((source = ANY (ARRAY['journal'::text, 'job'::text, 'deadline'::text, 'outbox'::text])))
);
CREATE INDEX dead_letters_newest ON public.dead_letters USING btree (at DESC);
comment on table dead_letters is 'What could not be done and is kept for a person to look at: journal entries PostgreSQL refuses, jobs that failed every try, deadlines that raised ten times.';
comment on column dead_letters.key is 'What makes it one letter however often it is reported: the entry''s or the job''s id.';
comment on column dead_letters.name is 'The family or the function.';

create table invite_code_uses (
    code text not null,
    user_id uuid not null,
    used_at timestamp with time zone not null default now(),
    constraint invite_code_uses_pkey PRIMARY KEY (code, user_id),
    constraint invite_code_uses_code_fkey FOREIGN KEY (code) REFERENCES invite_codes(code) ON DELETE CASCADE
);
comment on table invite_code_uses is 'Who came by which code; survives the deletion of the user.';

create table invite_codes (
    code text not null,
    created_by uuid,
    type text not null,
    label text,
    max_uses integer,
    uses_remaining integer,
    is_active boolean not null default true,
    created_at timestamp with time zone not null default now(),
    constraint invite_codes_pkey PRIMARY KEY (code),
    constraint invite_codes_created_by_fkey FOREIGN KEY (created_by) REFERENCES users(user_id) ON DELETE SET NULL,
    constraint invite_codes_check CHECK (((uses_remaining >= 0) AND (uses_remaining <= max_uses))),
    constraint invite_codes_code_check CHECK ((code ~ '^[A-Z0-9]{16}$'::text)),
    constraint invite_codes_limited CHECK (((max_uses IS NULL) = (uses_remaining IS NULL))),
    constraint invite_codes_max_uses_check CHECK ((max_uses > 0)),
    constraint invite_codes_type_check CHECK ((type = ANY (ARRAY['user'::text, 'admin'::text]))),
    constraint invite_codes_users_are_limited CHECK (((type = 'admin'::text) OR (max_uses IS NOT NULL)))
);
CREATE INDEX invite_codes_creator ON public.invite_codes USING btree (created_by) WHERE (created_by IS NOT NULL);
CREATE INDEX invite_codes_newest ON public.invite_codes USING btree (created_at DESC, code DESC);
comment on table invite_codes is 'Codes that let people in. A user''s code is locked until its creator has users.qr_unlocked.';
comment on column invite_codes.uses_remaining is 'Null: unlimited. Taken by one conditional update, so the last use is had once.';

create table ip_bans (
    ip_address cidr not null,
    banned_at timestamp with time zone not null default now(),
    user_id uuid,
    reason text not null,
    expires_at timestamp with time zone,
    constraint ip_bans_pkey PRIMARY KEY (ip_address),
    constraint ip_bans_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(user_id) ON DELETE SET NULL
);
CREATE INDEX ip_bans_containing ON public.ip_bans USING gist (((ip_address)::inet) inet_ops);
CREATE INDEX ip_bans_expiring ON public.ip_bans USING btree (expires_at) WHERE (expires_at IS NOT NULL);
CREATE INDEX ip_bans_user ON public.ip_bans USING btree (user_id) WHERE (user_id IS NOT NULL);
comment on table ip_bans is 'Addresses that may not connect; IPv6 by /64. expires_at null: for ever.';

create table outbox (
    outbox_id bigint not null generated always as identity,
    kind text not null,
    payload jsonb not null,
    created_at timestamp with time zone not null default now(),
    next_try_at timestamp with time zone not null default now(),
    tries integer not null default 0,
    constraint outbox_pkey PRIMARY KEY (outbox_id)
);
CREATE INDEX outbox_due ON public.outbox USING btree (next_try_at, outbox_id);
comment on table outbox is 'What is true here and not yet in Redis (logins, logouts, bans, blocks, deletions). Its maker applies it after the commit; whoever finds it left over applies it again, idempotently. A row is deleted once applied.';

create table password_resets (
    token_hash bytea,
    user_id uuid not null,
    created_at timestamp with time zone not null default now(),
    expires_at timestamp with time zone not null,
    used_at timestamp with time zone,
    reset_id bigint not null generated always as identity,
    sent_at timestamp with time zone,
    next_try_at timestamp with time zone not null default now(),
    tries integer not null default 0,
    constraint password_resets_pkey PRIMARY KEY (reset_id),
    constraint password_resets_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(user_id) ON DELETE CASCADE,
    constraint password_resets_token_hash_check CHECK ((octet_length(token_hash) = 32))
);
CREATE INDEX password_resets_due ON public.password_resets USING btree (next_try_at) WHERE (sent_at IS NULL);
CREATE INDEX password_resets_expiring ON public.password_resets USING btree (expires_at);
CREATE UNIQUE INDEX password_resets_one_waiting ON public.password_resets USING btree (user_id) WHERE (sent_at IS NULL);
CREATE UNIQUE INDEX password_resets_token ON public.password_resets USING btree (token_hash);
CREATE INDEX password_resets_user ON public.password_resets USING btree (user_id);
comment on table password_resets is 'Password resets: asked for, sent by e-mail, used at most once (used_at). At most one of a user waits to be sent.';
comment on column password_resets.token_hash is 'SHA-256 of the token in the mail, which is stored nowhere; null until the first try to send it, new with each.';
comment on column password_resets.expires_at is 'RESET_S after it was asked for; then after the last try to send it.';

create table rate_limits (
    scope text not null,
    key text not null,
    tat timestamp with time zone not null,
    expires_at timestamp with time zone not null,
    constraint rate_limits_pkey PRIMARY KEY (scope, key)
);
CREATE INDEX rate_limits_expiring ON public.rate_limits USING btree (expires_at);
comment on table rate_limits is 'Limits with periods of ten minutes or more, so that they outlive a loss of Redis.';
comment on column rate_limits.tat is 'Theoretical arrival time of the generic cell rate algorithm.';

create table referral_mappings (
    referral_code text not null,
    target_user_id uuid not null,
    target_name text not null,
    created_by_user_id uuid,
    created_by_name text not null,
    created_at timestamp with time zone not null default now(),
    expires_at timestamp with time zone not null,
    constraint referral_mappings_pkey PRIMARY KEY (referral_code),
    constraint referral_mappings_created_by_user_id_fkey FOREIGN KEY (created_by_user_id) REFERENCES users(user_id) ON DELETE SET NULL,
    constraint referral_mappings_target_user_id_fkey FOREIGN KEY (target_user_id) REFERENCES users(user_id) ON DELETE CASCADE,
    constraint referral_mappings_check CHECK ((target_user_id <> created_by_user_id)),
    constraint referral_mappings_referral_code_check CHECK ((referral_code ~ '^[A-Z0-9]{10}$'::text))
);
CREATE INDEX referral_mappings_creator ON public.referral_mappings USING btree (created_by_user_id);
CREATE INDEX referral_mappings_expiring ON public.referral_mappings USING btree (expires_at);
CREATE INDEX referral_mappings_target ON public.referral_mappings USING btree (target_user_id);
comment on table referral_mappings is 'Intro links: made by one user for another, reusable until they expire.';

create table referral_notifications (
    notification_id uuid not null,
    for_user_id uuid not null,
    referred_user_id uuid,
    referred_name text not null,
    introduced_by uuid,
    introduced_by_name text not null,
    created_at timestamp with time zone not null default now(),
    read_at timestamp with time zone,
    constraint referral_notifications_pkey PRIMARY KEY (notification_id),
    constraint referral_notifications_for_user_id_referred_user_id_key UNIQUE (for_user_id, referred_user_id),
    constraint referral_notifications_for_user_id_fkey FOREIGN KEY (for_user_id) REFERENCES users(user_id) ON DELETE CASCADE,
    constraint referral_notifications_introduced_by_fkey FOREIGN KEY (introduced_by) REFERENCES users(user_id) ON DELETE SET NULL,
    constraint referral_notifications_referred_user_id_fkey FOREIGN KEY (referred_user_id) REFERENCES users(user_id) ON DELETE SET NULL
);
CREATE INDEX referral_notifications_created ON public.referral_notifications USING btree (created_at);
CREATE INDEX referral_notifications_introducer ON public.referral_notifications USING btree (introduced_by);
CREATE INDEX referral_notifications_newest ON public.referral_notifications USING btree (for_user_id, created_at DESC);
CREATE INDEX referral_notifications_referred ON public.referral_notifications USING btree (referred_user_id);
comment on table referral_notifications is '"Someone was introduced to you", once per newcomer.';

create table reports (
    report_id uuid not null,
    reporter_user_id uuid not null,
    reported_user_id uuid not null,
    reason text not null,
    room_id uuid not null,
    reporter_ip inet,
    session_data jsonb not null,
    reported_profile jsonb not null,
    created_at timestamp with time zone not null default now(),
    reviewed_at timestamp with time zone,
    constraint reports_pkey PRIMARY KEY (report_id),
    constraint reports_once UNIQUE (reporter_user_id, reported_user_id),
    constraint reports_check CHECK ((reporter_user_id <> reported_user_id)),
    constraint reports_reason_check CHECK (((char_length(reason) >= 1) AND (char_length(reason) <= 1000)))
);
CREATE INDEX reports_reported ON public.reports USING btree (reported_user_id, created_at);
CREATE INDEX reports_reviewed ON public.reports USING btree (reviewed_at) WHERE (reviewed_at IS NOT NULL);
comment on table reports is 'Who reported whom, over which room; once per pair, for ever.';
comment on column reports.session_data is 'Evidence: {mode, started_at_ms, seconds, messages: the last 50}.';
comment on column reports.reported_profile is 'The reported profile as it was at that moment.';

create table room_events (
    room_id uuid not null,
    epoch integer not null,
    version integer not null,
    n smallint not null,
    event text not null,
    at timestamp with time zone not null,
    user_id uuid,
    node text,
    detail jsonb,
    constraint room_events_pkey PRIMARY KEY (room_id, epoch, version, n)
);
comment on table room_events is 'The timeline of a room: opened, lost, returned, torch, upgraded, ended, node, ... Keyed by the state it came with.';
comment on column room_events.n is 'Place among the events journaled with that state.';

create table room_messages (
    room_id uuid not null,
    seq integer not null,
    sender_id uuid,
    client_id text,
    kind text not null,
    body jsonb not null,
    sent_at timestamp with time zone not null,
    constraint room_messages_pkey PRIMARY KEY (room_id, seq),
    constraint room_messages_once UNIQUE (room_id, sender_id, client_id),
    constraint room_messages_client_id_check CHECK (((char_length(client_id) >= 1) AND (char_length(client_id) <= 64))),
    constraint room_messages_kind_check CHECK ((kind = ANY (ARRAY['text'::text, 'social'::text, 'system'::text]))),
    constraint room_messages_seq_check CHECK ((seq > 0))
);
comment on table room_messages is 'Messages, one row each, in the order both members saw. Lives as long as history, not as long as active_rooms.';
comment on column room_messages.sender_id is 'Of a system message: the member whose act it tells.';
comment on column room_messages.client_id is 'The sender''s own id of it: a repeat is the same message. Null for system messages.';

create table schema_migrations (
    version integer not null,
    name text not null,
    sha256 text not null,
    applied_at timestamp with time zone not null default now(),
    constraint schema_migrations_pkey PRIMARY KEY (version)
);
comment on table schema_migrations is 'The migrations that were applied, each with the checksum of its file.';

create table session_completions (
    user_id uuid not null,
    room_id uuid not null,
    partner_id uuid not null,
    duration_seconds integer not null,
    completed_at timestamp with time zone not null,
    constraint session_completions_user_id_room_id_key UNIQUE (user_id, room_id),
    constraint session_completions_duration_seconds_check CHECK ((duration_seconds > 0))
);
CREATE INDEX session_completions_completed ON public.session_completions USING btree (completed_at);
comment on table session_completions is 'Successful meetings, once per (user, room). A new row here is what moves users.successful_sessions.';

create table sessions (
    session_id bigint not null generated always as identity,
    token_hash bytea not null,
    user_id uuid not null,
    ip_address inet,
    device_info text,
    is_active boolean not null default true,
    ended_why text,
    created_at timestamp with time zone not null default now(),
    expires_at timestamp with time zone not null,
    last_active_at timestamp with time zone not null default now(),
    ended_at timestamp with time zone,
    constraint sessions_pkey PRIMARY KEY (token_hash),
    constraint sessions_session_id_key UNIQUE (session_id),
    constraint sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(user_id) ON DELETE CASCADE,
    constraint sessions_end_is_whole CHECK (((is_active = (ended_why IS NULL)) AND (is_active = (ended_at IS NULL)))),
    constraint sessions_ended_why_check CHECK ((ended_why = ANY (ARRAY['replaced'::text, 'logged_out'::text, 'password'::text, 'expired'::text, 'banned'::text]))),
    constraint sessions_token_hash_check CHECK ((octet_length(token_hash) = 32))
);
CREATE INDEX sessions_ended ON public.sessions USING btree (COALESCE(ended_at, expires_at));
CREATE UNIQUE INDEX sessions_one_active ON public.sessions USING btree (user_id) WHERE is_active;
CREATE INDEX sessions_recent ON public.sessions USING btree (last_active_at);
CREATE INDEX sessions_user ON public.sessions USING btree (user_id, session_id DESC);
comment on table sessions is 'Logins. At most one of a user is active: sessions_one_active.';
comment on column sessions.session_id is 'Order of logins; everything below a user''s fence is dead on every node.';
comment on column sessions.token_hash is 'SHA-256 of the bearer token, which is stored nowhere.';
comment on column sessions.ended_why is 'Null while active; tells session_replaced from not_authenticated.';
comment on column sessions.last_active_at is 'Moved at most once a minute.';

create table shards (
    shard text not null,
    epoch integer not null default 0,
    position text not null default '0-0'::text,
    alive_at timestamp with time zone,
    raised_at timestamp with time zone,
    updated_at timestamp with time zone not null default now(),
    constraint shards_pkey PRIMARY KEY (shard),
    constraint shards_position_check CHECK (("position" ~ '^[0-9]+-[0-9]+$'::text)),
    constraint shards_shard_check CHECK ((shard ~ '^(lobby|r[0-9]{1,3})$'::text))
);
comment on table shards is 'One row per family of keys. Who holds it FOR UPDATE is the family''s recorder for that transaction.';
comment on column shards.epoch is 'How often the family was brought back from here. Must equal the live marker''s, or nobody records.';
comment on column shards.position is 'Id of the last journal entry recorded, moved in the transaction that records it.';
comment on column shards.alive_at is 'When a recorder last saw the family live; the length of an outage is known by it.';

create table stripe_events (
    event_id text not null,
    kind text not null,
    created_at timestamp with time zone not null,
    payload jsonb not null,
    received_at timestamp with time zone not null default now(),
    payment_id text,
    user_id uuid,
    constraint stripe_events_pkey PRIMARY KEY (event_id)
);
CREATE INDEX stripe_events_payment ON public.stripe_events USING btree (payment_id);
CREATE INDEX stripe_events_user ON public.stripe_events USING btree (user_id) WHERE (user_id IS NOT NULL);
comment on table stripe_events is 'Webhook events that say that somebody paid or got everything back, each once. Who has a payment here that was not refunded is paid.';
comment on column stripe_events.payload is 'What was read of it; nothing else is kept.';
comment on column stripe_events.payment_id is 'The payment_intent.';
comment on column stripe_events.user_id is 'Who paid; null for a refund. No foreign key: what happened, happened.';

create table text_room_activity (
    room_id uuid not null,
    user_1_last_message_at timestamp with time zone not null,
    user_2_last_message_at timestamp with time zone not null,
    warning_started_at timestamp with time zone,
    updated_at timestamp with time zone not null default now(),
    constraint text_room_activity_pkey PRIMARY KEY (room_id)
);
comment on table text_room_activity is 'The torch of a started text room: when each member last wrote (moved forward by grace). The torch itself is derived.';
comment on column text_room_activity.warning_started_at is 'When it began to dim; for operators, decides nothing.';

create table users (
    user_id uuid not null,
    name text not null,
    gender text not null,
    account_type text not null default 'guest'::text,
    email text,
    password_hash text,
    selfie_url text,
    video_url text,
    socials jsonb not null default '{}'::jsonb,
    timer_total_seconds bigint not null default 0,
    session_count integer not null default 0,
    last_sessions jsonb not null default '[]'::jsonb,
    introduced_to uuid,
    introduced_by uuid,
    introduced_via_code text,
    paid_status text not null default 'unpaid'::text,
    paid_status_before text,
    paid_at timestamp with time zone,
    payment_id text,
    invite_code_used text,
    my_invite_code text,
    qr_unlocked boolean not null default false,
    successful_sessions integer not null default 0,
    qr_unlocked_at timestamp with time zone,
    ban_status text not null default 'none'::text,
    banned_at timestamp with time zone,
    banned_reason text,
    vindicated_at timestamp with time zone,
    account_expires_at timestamp with time zone,
    created_at timestamp with time zone not null default now(),
    updated_at timestamp with time zone not null default now(),
    constraint users_pkey PRIMARY KEY (user_id),
    constraint users_introduced_by_fkey FOREIGN KEY (introduced_by) REFERENCES users(user_id) ON DELETE SET NULL,
    constraint users_introduced_to_fkey FOREIGN KEY (introduced_to) REFERENCES users(user_id) ON DELETE SET NULL,
    constraint users_account_type_check CHECK ((account_type = ANY (ARRAY['guest'::text, 'permanent'::text]))),
    constraint users_ban_status_check CHECK ((ban_status = ANY (ARRAY['none'::text, 'temporary'::text, 'permanent'::text]))),
    constraint users_banned_since CHECK (((ban_status = 'none'::text) OR (banned_at IS NOT NULL))),
    constraint users_email_check CHECK ((char_length(email) <= 254)),
    constraint users_gender_check CHECK ((gender = ANY (ARRAY['female'::text, 'male'::text, 'nonbinary'::text, 'unspecified'::text]))),
    constraint users_guest_expires CHECK (((account_type = 'permanent'::text) OR (account_expires_at IS NOT NULL))),
    constraint users_last_sessions_check CHECK (((jsonb_typeof(last_sessions) = 'array'::text) AND (jsonb_array_length(last_sessions) <= 10))),
    constraint users_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 50))),
    constraint users_paid_status_before_check CHECK ((paid_status_before = ANY (ARRAY['unpaid'::text, 'qr_grace_period'::text, 'qr_verified'::text]))),
    constraint users_paid_status_check CHECK ((paid_status = ANY (ARRAY['unpaid'::text, 'paid'::text, 'qr_grace_period'::text, 'qr_verified'::text]))),
    constraint users_permanent_can_log_in CHECK (((account_type = 'guest'::text) OR ((email IS NOT NULL) AND (password_hash IS NOT NULL)))),
    constraint users_session_count_check CHECK ((session_count >= 0)),
    constraint users_socials_check CHECK ((jsonb_typeof(socials) = 'object'::text)),
    constraint users_successful_sessions_check CHECK ((successful_sessions >= 0)),
    constraint users_timer_total_seconds_check CHECK ((timer_total_seconds >= 0))
);
CREATE INDEX users_banned ON public.users USING btree (user_id) WHERE (ban_status <> 'none'::text);
CREATE UNIQUE INDEX users_email_key ON public.users USING btree (lower(email));
CREATE INDEX users_guests_expiring ON public.users USING btree (account_expires_at) WHERE (account_type = 'guest'::text);
CREATE INDEX users_introduced_by ON public.users USING btree (introduced_by) WHERE (introduced_by IS NOT NULL);
CREATE INDEX users_introduced_to ON public.users USING btree (introduced_to) WHERE (introduced_to IS NOT NULL);
CREATE UNIQUE INDEX users_my_invite_code_key ON public.users USING btree (my_invite_code);
CREATE UNIQUE INDEX users_payment_id_key ON public.users USING btree (payment_id);
CREATE INDEX users_selfie_url ON public.users USING btree (selfie_url) WHERE (selfie_url IS NOT NULL);
CREATE INDEX users_video_url ON public.users USING btree (video_url) WHERE (video_url IS NOT NULL);
comment on table users is 'One row per person: profile, settings, payment status, ban. Recorded facts never refer to it by foreign key, so that no deletion can refuse or lose one.';
comment on column users.email is 'As it was typed; compared without case.';
comment on column users.password_hash is 'argon2id; null for guests.';
comment on column users.timer_total_seconds is 'Whole seconds in started rooms of METRICS_S or more; moved by the recorder once per new chat_history row.';
comment on column users.session_count is 'Rooms counted in timer_total_seconds.';
comment on column users.last_sessions is 'The last ten of them, newest first: [{ended_at_ms, seconds}].';
comment on column users.introduced_to is 'Whom the link was for by which this user came.';
comment on column users.introduced_by is 'Who had made that link.';
comment on column users.paid_status_before is 'What a refund falls back to.';
comment on column users.payment_id is 'The payment_intent of the payment provider; a refund names it.';
comment on column users.successful_sessions is 'session_completions ever recorded, moved once per new row; stays when those rows are pruned.';
comment on column users.vindicated_at is 'Reports before this instant no longer count towards a ban.';
comment on column users.account_expires_at is 'Guests past it are deleted, but never while in a room.';

create view room_states as
SELECT r.room_id,
    r.shard,
    r.user_1,
    r.user_2,
    r.name_1,
    r.name_2,
    ms(r.created_at) AS opened_at_ms,
    COALESCE(ms(r.started_at), 0::bigint) AS started_at_ms,
    COALESCE(r.duration_seconds, 0) AS agreed_seconds,
    COALESCE(ms(r.ends_at), 0::bigint) AS ends_at_ms,
    r.chat_mode AS mode,
    r.status,
    r.user_1_connected AS connected_1,
    r.user_2_connected AS connected_2,
    COALESCE(ms(r.user_1_grace_ends_at), 0::bigint) AS grace_1_ms,
    COALESCE(ms(r.user_2_grace_ends_at), 0::bigint) AS grace_2_ms,
    COALESCE(ms(r.media_connected_at), 0::bigint) AS media_connected_at_ms,
    COALESCE(ms(r.upgraded_at), 0::bigint) AS upgraded_at_ms,
    r.generation,
    r.last_seq,
    r.user_1_messages AS messages_1,
    r.user_2_messages AS messages_2,
    r.user_1_read_seq AS read_1,
    r.user_2_read_seq AS read_2,
    COALESCE(r.end_reason, ''::text) AS reason,
    r.ended_at,
    COALESCE(ms(r.ended_at), 0::bigint) AS ended_at_ms,
    COALESCE(r.seconds, 0) AS seconds,
    r.counts_metrics,
    r.counts_completion,
    COALESCE(ms(r.cooldown_until), 0::bigint) AS cooldown_until_ms,
    r.epoch,
    r.version,
        CASE
            WHEN r.chat_mode = 'text'::text THEN COALESCE(ms(a.user_1_last_message_at), 0::bigint)
            ELSE 0::bigint
        END AS torch_1_ms,
        CASE
            WHEN r.chat_mode = 'text'::text THEN COALESCE(ms(a.user_2_last_message_at), 0::bigint)
            ELSE 0::bigint
        END AS torch_2_ms,
        CASE
            WHEN r.chat_mode = 'text'::text THEN COALESCE(ms(a.warning_started_at), 0::bigint)
            ELSE 0::bigint
        END AS warned_at_ms
   FROM active_rooms r
     LEFT JOIN text_room_activity a USING (room_id);

comment on view room_states is 'active_rooms with its torch in the words of the journal: instants in ms, 0 for none.';
