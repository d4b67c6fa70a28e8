-- Operators: their logins end with the credentials they were made under; what was reported, banned and done is paged.

alter table admin_sessions add column if not exists credential bytea not null default ''::bytea;
comment on column admin_sessions.credential is
    'SHA-256 of ADMIN_USERNAME and ADMIN_PASSWORD_HASH at the login: another password ends it.';
