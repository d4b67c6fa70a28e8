"""Time as tests see it: it moves when told to."""

from typing import Final

from redis.asyncio import Redis

from core import keys

MS: Final = 1_000


class Clock:
    """Shifts the clock by which the rules go, in every family alike (TEST_CLOCK=1). Leases and limits do not move."""

    def __init__(self, redis: Redis, room_shards: int) -> None:
        self._redis = redis
        self._keys = [keys.clock_shift(family) for family in keys.families(room_shards)]

    async def forward(self, seconds: float) -> None:
        """It is `seconds` later."""
        async with self._redis.pipeline(transaction=True) as together:
            for key in self._keys:
                together.incrby(key, round(seconds * MS))
            await together.execute()

    async def shift_ms(self) -> int:
        """By how much it runs ahead of the true time."""
        return int(await self._redis.get(self._keys[0]) or 0)
