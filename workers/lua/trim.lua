-- trim: KEYS marker, journal; ARGV epoch, first id to keep -> entries left, -1 in another life of the family.
-- A journal that begins anew after a loss may, with a slow clock, have ids below the old position: never trim it by that.
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then return -1 end
redis.call('XTRIM', KEYS[2], 'MINID', ARGV[2])
return redis.call('XLEN', KEYS[2])
