"""Is this Redis set up to keep what was acknowledged? (architecture, section 6)"""

from typing import Final

from redis.asyncio import Redis
from redis.exceptions import ResponseError

WANTED: Final = {
    "appendonly": "yes",
    "appendfsync": "always",
    "no-appendfsync-on-rewrite": "no",
    "maxmemory-policy": "noeviction",
}
"""Anything else can lose acknowledged messages with the machine's power, or without it."""


async def weaknesses(redis: Redis, wait_replicas: int = 0) -> list[str]:
    """Returns a line for each setting that is weaker than wanted; none: nothing acknowledged is ever lost.

    Raises RedisError or OSError when Redis is away.
    """
    try:
        found = {name: await _setting(redis, name) for name in WANTED}
        replicas = await _setting(redis, "min-replicas-to-write") if wait_replicas else ""
    except ResponseError:
        return ["redis: its settings cannot be read (CONFIG GET)"]
    lines = [
        f"redis: {name} is {found[name] or 'unknown'}, should be {wanted}"
        for name, wanted in WANTED.items()
        if found[name] != wanted
    ]
    if wait_replicas and replicas in {"", "0"}:
        lines.append("redis: min-replicas-to-write is 0, should be 1 or more where REDIS_WAIT_REPLICAS is set")
    return lines


async def _setting(redis: Redis, name: str) -> str:
    answer = await redis.config_get(name)
    return _text(answer.get(name, answer.get(name.encode(), b"")))


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
