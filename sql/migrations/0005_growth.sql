-- What is asked regularly is never answered by reading a whole table.
create index if not exists users_banned on users (user_id) where ban_status <> 'none';
create index if not exists referral_notifications_created on referral_notifications (created_at);
