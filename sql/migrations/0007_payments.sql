-- Payments: derived from the events of the payment provider, in whatever order they come.

alter table stripe_events add column if not exists payment_id text;
alter table stripe_events add column if not exists user_id uuid;
create index if not exists stripe_events_payment on stripe_events (payment_id);
create index if not exists stripe_events_user on stripe_events (user_id) where user_id is not null;

comment on table stripe_events is
    'Webhook events that say that somebody paid or got everything back, each once. Who has a payment here that was not '
    'refunded is paid.';
comment on column stripe_events.payment_id is 'The payment_intent.';
comment on column stripe_events.user_id is 'Who paid; null for a refund. No foreign key: what happened, happened.';
comment on column stripe_events.payload is 'What was read of it; nothing else is kept.';
create index if not exists invite_codes_newest on invite_codes (created_at desc, code desc);
