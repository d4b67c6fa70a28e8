-- name: code
-- Of a user's code: whether its creator still is there, not banned, and has met often enough.
select c.code, c.type, c.uses_remaining, c.is_active, c.created_by,
       coalesce(u.ban_status = 'none', false) as has_creator, coalesce(u.qr_unlocked, false) as is_unlocked
from invite_codes c left join users u on u.user_id = c.created_by
where c.code = $1;

-- name: take_use
-- One conditional update: the last use is had once. Nobody lets himself in.
update invite_codes c set uses_remaining = c.uses_remaining - 1
where c.code = $1 and c.is_active and coalesce(c.uses_remaining, 1) > 0 and c.created_by is distinct from $2
  and (c.type = 'admin' or exists (select from users u where u.user_id = c.created_by and u.qr_unlocked
                                          and u.ban_status = 'none'))
returning c.code;

-- name: put_use
insert into invite_code_uses (code, user_id) values ($1, $2) on conflict do nothing;

-- name: lock_user
select paid_status from users where user_id = $1 for no key update;

-- name: admit
-- Who has unlocked his own code before has met often enough already.
update users set invite_code_used = $2, updated_at = now(),
                 paid_status = case when qr_unlocked then 'qr_verified' else 'qr_grace_period' end
where user_id = $1
returning paid_status;

-- name: give_code
update users set my_invite_code = $2, updated_at = now() where user_id = $1 and my_invite_code is null
returning user_id;

-- name: put_user_code
insert into invite_codes (code, created_by, type, max_uses, uses_remaining) values ($1, $2, 'user', $3, $3);

-- name: put_admin_code
insert into invite_codes (code, type, label) values ($1, 'admin', $2);

-- name: codes
-- Newest first, after the code $1 (null: from the newest), of one type or (null) of both.
select c.code, c.type, c.label, c.created_by, c.max_uses, c.uses_remaining, c.is_active,
       ms(c.created_at) as created_at_ms,
       (select count(*) from invite_code_uses u where u.code = c.code) as uses
from invite_codes c
where ($1::text is null
       or (c.created_at, c.code) < (select last.created_at, last.code from invite_codes last where last.code = $1))
  and ($2::text is null or c.type = $2)
order by c.created_at desc, c.code desc limit $3;

-- name: deactivate
update invite_codes set is_active = false where code = $1 returning code;
