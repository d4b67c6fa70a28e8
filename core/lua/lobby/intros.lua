-- Introductions, in the profile of the one to whom somebody was introduced: they come and go with it.
-- profile:<u>  newcomers: JSON {user: name of who introduced them, "" where nobody knows it any more}
--              unread: JSON [Notification, ...], the newest first
--              intros 1: both are whole; else PostgreSQL has to be asked

function L.newcomers(u)
  local newcomers = call('HGET', key('profile:' .. u), 'newcomers')
  return newcomers and cjson.decode(newcomers) or {}
end

-- JSON of the name of who introduced somebody, or null. newcomers: those of the one who looks.
function L.introduced_by(newcomers, u)
  local name = newcomers[u]
  return name and name ~= '' and cjson.encode(name) or 'null'
end

local function unread_of(u)
  local unread = call('HGET', key('profile:' .. u), 'unread')
  return unread and cjson.decode(unread) or {}
end

-- Ids grow with time: the newest are kept.
local function put_newcomers(u, newcomers)
  local ids = {}
  for id in pairs(newcomers) do ids[#ids + 1] = id end
  table.sort(ids)
  for i = 1, #ids - S.newcomers_max do newcomers[ids[i]] = nil end
  call('HSET', key('profile:' .. u), 'newcomers', #ids == 0 and '{}' or cjson.encode(newcomers))
end

local function put_unread(u, unread)
  table.sort(unread, function(a, b) return a.notification_id > b.notification_id end)
  for i = #unread, S.unread_max + 1, -1 do unread[i] = nil end
  call('HSET', key('profile:' .. u), 'unread', #unread == 0 and '[]' or cjson.encode(unread))
end

-- introduce(user, newcomer, name of who did it, Notification): somebody came who was introduced to user. Whom the lobby
-- does not know, it asks for when he comes. Harmless twice.
ops.introduce = function(u, newcomer, by, notification)
  if call('EXISTS', key('profile:' .. u)) == 0 then return {} end
  local newcomers, unread = L.newcomers(u), unread_of(u)
  if newcomers[newcomer] then return {} end
  newcomers[newcomer] = by
  unread[#unread + 1] = cjson.decode(notification)
  put_newcomers(u, newcomers)
  put_unread(u, unread)
  L.tell(u, 'intro.received', '{"notification":' .. notification .. '}')
  return {}
end

-- read_notification(user, notification_id). Harmless twice.
ops.read_notification = function(u, notification_id)
  local left = {}
  for _, notification in ipairs(unread_of(u)) do
    if notification.notification_id ~= notification_id then left[#left + 1] = notification end
  end
  if call('EXISTS', key('profile:' .. u)) == 1 then put_unread(u, left) end
  return {}
end

-- newcomer_left(user, newcomer): who was introduced to user is deleted; the notification keeps the name. Harmless twice.
ops.newcomer_left = function(u, newcomer)
  if call('EXISTS', key('profile:' .. u)) == 0 then return {} end
  local newcomers, unread = L.newcomers(u), unread_of(u)
  newcomers[newcomer] = nil
  for _, notification in ipairs(unread) do
    if notification.user_id == newcomer then notification.user_id = cjson.null end
  end
  put_newcomers(u, newcomers)
  put_unread(u, unread)
  return {}
end

-- load_intros([[user, newcomers, unread], ...]): what PostgreSQL has, beside what was told meanwhile.
ops.load_intros = function(rows)
  for _, row in ipairs(rows) do
    local u = row[1]
    if call('EXISTS', key('profile:' .. u)) == 1 then
      local newcomers, unread, known = cjson.decode(row[2]), cjson.decode(row[3]), {}
      for id, by in pairs(L.newcomers(u)) do newcomers[id] = by end
      for _, notification in ipairs(unread) do known[notification.notification_id] = true end
      for _, notification in ipairs(unread_of(u)) do
        if not known[notification.notification_id] then unread[#unread + 1] = notification end
      end
      put_newcomers(u, newcomers)
      put_unread(u, unread)
      call('HSET', key('profile:' .. u), 'intros', 1)
    end
  end
  return {}
end
