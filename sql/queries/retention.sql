-- What may go, by job; `$1` is how long the job keeps it. core/record/retention.py counts these rows or deletes them
-- in batches, so that a dry run and the real one can never disagree.

-- name: ended_rooms
select room_id from active_rooms where status = 'ended' and ended_at < now() - $1::interval

-- name: torches
select a.room_id from text_room_activity a
where a.updated_at < now() - $1::interval and not exists (select from active_rooms r where r.room_id = a.room_id)

-- name: sessions
select token_hash from sessions where coalesce(ended_at, expires_at) < now() - $1::interval

-- name: cooldowns
select user_id_1, user_id_2 from cooldowns where expires_at < now() - $1::interval

-- name: limits
select scope, key from rate_limits where expires_at < now() - $1::interval

-- name: completions
select user_id, room_id from session_completions where completed_at < now() - $1::interval

-- name: intros
select referral_code from referral_mappings where expires_at < now() - $1::interval

-- name: notifications
select notification_id from referral_notifications where created_at < now() - $1::interval

-- name: history
select room_id, user_id from chat_history where ended_at < now() - $1::interval

-- name: messages
-- A room id begins with the instant at which the room was opened, so old rooms are the front of the primary key.
select m.room_id, m.seq from room_messages m
where m.room_id < uuid_at(now() - $1::interval)
  and not exists (select from chat_history h where h.room_id = m.room_id)
  and not exists (select from active_rooms r where r.room_id = m.room_id)

-- name: events
select e.room_id, e.epoch, e.version, e.n from room_events e
where e.room_id < uuid_at(now() - $1::interval)
  and not exists (select from chat_history h where h.room_id = e.room_id)
  and not exists (select from active_rooms r where r.room_id = e.room_id)

-- name: reports
select report_id from reports where reviewed_at < now() - $1::interval

-- name: resets
select reset_id from password_resets where expires_at < now() - $1::interval

-- name: admin_sessions
select token_hash from admin_sessions where expires_at < now() - $1::interval

-- name: ip_bans
select ip_address from ip_bans where expires_at < now() - $1::interval

-- name: guests
-- Guests past their expiry, but never while in a room.
select u.user_id from users u
where u.account_type = 'guest' and u.account_expires_at < now() - $1::interval
  and not exists (select from active_rooms r where r.user_1 = u.user_id and r.status <> 'ended')
  and not exists (select from active_rooms r where r.user_2 = u.user_id and r.status <> 'ended')
