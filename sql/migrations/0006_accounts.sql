-- Accounts: a password reset is one row from its request on; whoever sends the mail makes the token.
alter table password_resets drop constraint if exists password_resets_pkey;
alter table password_resets alter column token_hash drop not null;
alter table password_resets add column if not exists reset_id bigint generated always as identity;
alter table password_resets add column if not exists sent_at timestamptz;
alter table password_resets add column if not exists next_try_at timestamptz not null default now();
alter table password_resets add column if not exists tries integer not null default 0;
alter table password_resets add constraint password_resets_pkey primary key (reset_id);
create unique index if not exists password_resets_token on password_resets (token_hash);
create unique index if not exists password_resets_one_waiting on password_resets (user_id) where sent_at is null;
create index if not exists password_resets_due on password_resets (next_try_at) where sent_at is null;

comment on table password_resets is
    'Password resets: asked for, sent by e-mail, used at most once (used_at). At most one of a user waits to be sent.';
comment on column password_resets.token_hash is
    'SHA-256 of the token in the mail, which is stored nowhere; null until the first try to send it, new with each.';
comment on column password_resets.expires_at is
    'RESET_S after it was asked for; then after the last try to send it.';
