"""Carries what PostgreSQL knows into Redis when its maker died before he could: the leftovers of the outbox."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from redis.exceptions import RedisError

from core import logs
from core.actions import accounts, bans, blocks, codes, intros, ip_bans, media
from core.actions.service import Service
from core.errors import Unavailable
from core.record.outbox import (
    BAN_CHANGED,
    BLOCK_CHANGED,
    CODE_UNLOCKED,
    INTRODUCED,
    IP_BAN_CHANGED,
    NEWCOMER_LEFT,
    NOTIFICATION_READ,
    PROFILE_CHANGED,
    SESSION_ENDED,
    SESSION_EXTENDED,
    USER_DELETED,
    USER_FORGOTTEN,
    Row,
)
from workers.queues import LIVE
from workers.shop import Shop
from workers.trade import EVERY_SECOND, tick

AT_ONCE: Final = 100

log = logs.get(__name__)


async def deliver(shop: Shop) -> None:
    """Applies leftovers, oldest first; each is harmless twice. What cannot be applied comes again, later and later.

    A row that waits for something else than the lobby (a room's shard, a disk) stands in nobody's way.
    """
    outbox = shop.service.record.outbox
    for row in await outbox.due(AT_ONCE):
        try:
            await _apply(shop.service, row)
        except (Unavailable, RedisError, OSError) as reason:
            if not shop.service.live.lobby.is_standing:
                return  # none of the others can be applied now either
            log.warning("outbox row waits", kind=row.kind, outbox_id=row.outbox_id, error=type(reason).__name__)
            await outbox.failed(row)
        except Exception:
            log.exception("outbox row not applied", kind=row.kind, outbox_id=row.outbox_id, tries=row.tries)
            await outbox.failed(row)
        else:
            await outbox.done(row.outbox_id)
            shop.metrics.delivered.inc()


async def _apply(service: Service, row: Row) -> None:
    await _STEPS[row.kind](service, row.payload)


async def _session_ended(service: Service, about: dict[str, Any]) -> None:
    await accounts.end_session(service, about["user_id"], about["session_id"], about["why"])


async def _user_deleted(service: Service, about: dict[str, Any]) -> None:
    await accounts.end_session(service, about["user_id"], about["session_id"], "deleted")
    for url in about["media"]:
        await media.delete_media(service, url)


async def _user_forgotten(service: Service, about: dict[str, Any]) -> None:
    await service.record.users.forget(about["user_id"])


async def _session_extended(service: Service, about: dict[str, Any]) -> None:
    await accounts.extend_session(service, **about)


async def _profile_changed(service: Service, about: dict[str, Any]) -> None:
    await accounts.refresh_profile(service, about["user_id"])


async def _introduced(service: Service, about: dict[str, Any]) -> None:
    await intros.tell(service, about)


async def _newcomer_left(service: Service, about: dict[str, Any]) -> None:
    await intros.newcomer_left(service, about["user_id"], about["newcomer"])


async def _notification_read(service: Service, about: dict[str, Any]) -> None:
    await intros.forget(service, about["user_id"], about["notification_id"])


async def _code_unlocked(service: Service, about: dict[str, Any]) -> None:
    await codes.unlocked(service, about["user_id"], about["code"])


async def _block_changed(service: Service, about: dict[str, Any]) -> None:
    await blocks.carry(service, about["a"], about["b"])


async def _ban_changed(service: Service, about: dict[str, Any]) -> None:
    await bans.carry(service, about["user_id"])


async def _ip_ban_changed(service: Service, about: dict[str, Any]) -> None:
    await ip_bans.carry(service, about["network"])


_STEPS: Final[dict[str, Callable[[Service, dict[str, Any]], Awaitable[None]]]] = {
    SESSION_ENDED: _session_ended,
    SESSION_EXTENDED: _session_extended,
    USER_DELETED: _user_deleted,
    USER_FORGOTTEN: _user_forgotten,
    PROFILE_CHANGED: _profile_changed,
    INTRODUCED: _introduced,
    NEWCOMER_LEFT: _newcomer_left,
    NOTIFICATION_READ: _notification_read,
    CODE_UNLOCKED: _code_unlocked,
    BLOCK_CHANGED: _block_changed,
    BAN_CHANGED: _ban_changed,
    IP_BAN_CHANGED: _ip_ban_changed,
}

QUEUE = LIVE
JOBS = ()
TICKS = (tick(deliver, timeout_s=LIVE.job_timeout_s - 1, **EVERY_SECOND),)
