"""How work becomes a job of arq's: a time limit, retries with backoff, and a dead letter at the end of patience.

What is Unavailable comes again for ever, for nobody is to blame. A tick of the clock is not tried again: the next is.
"""

import asyncio
import random
import time
import traceback
from collections.abc import Awaitable, Callable
from typing import Any, Final

from arq import Retry, cron, func
from arq.constants import retry_key_prefix
from arq.cron import CronJob
from arq.worker import Function
from redis.exceptions import RedisError

from core import logs
from core.errors import Unavailable
from core.record.dead_letters import DeadLetter
from workers.burial import bury
from workers.shop import Shop

Work = Callable[..., Awaitable[None]]

TRIES: Final = 5
"""Failures of one job before it becomes a dead letter: with the pauses below about eight seconds apart in all."""
STARTS: Final = 20
"""A job that was begun so often and never came to an end takes its worker along each time."""
RETRY_FIRST_S: Final = 0.5
RETRY_MOST_S: Final = 60.0
NEVER: Final = 1_000_000
"""arq's own limit, after which a job is gone without a trace: never reached."""
SLACK_S: Final = 0.5
"""Between our time limit and arq's, which would fail the job without a trace."""
CRON_KEPT_S: Final = 5.0
"""A tick is remembered so long, for workers whose clocks are behind."""

log = logs.get(__name__)


def job(work: Work, *, timeout_s: float, tries: int = TRIES) -> Function:
    """Returns a job that is named like its function and called with (shop, *args) for at most `timeout_s`."""
    name = work.__name__

    async def run(ctx: dict[str, Any], *args: Any) -> None:
        shop: Shop = ctx["shop"]
        job_id, begun = ctx["job_id"], ctx["job_try"]
        if begun > STARTS:
            await _give_up(shop, ctx, name, args, RuntimeError(f"begun {begun} times and never ended"))
            return
        began = time.monotonic()
        result = "failed"
        try:
            async with asyncio.timeout(timeout_s):
                await work(shop, *args)
            result = "done"
        except asyncio.CancelledError:
            result = "handed back"
            raise
        except Exception as error:
            if _is_passing(error):
                result = "put off"
                await ctx["redis"].decr(retry_key_prefix + job_id)  # what passes is nobody's failure
                raise Retry(defer=_pause(1)) from error
            if begun >= tries:
                await _give_up(shop, ctx, name, args, error)
                result = "buried"
                return
            log.warning("job failed", job=name, id=job_id, tries=begun, error=f"{type(error).__name__}: {error}")
            raise Retry(defer=_pause(begun)) from error
        finally:
            shop.metrics.jobs.labels(name, result).inc()
            shop.metrics.job_seconds.labels(name).observe(time.monotonic() - began)

    return func(run, name=name, timeout=timeout_s + SLACK_S, keep_result=0, max_tries=NEVER)


def tick(work: Work, *, timeout_s: float, **when: Any) -> CronJob:
    """Returns work that the clock causes, once whichever worker hears it first; `when` as arq's cron has it."""
    name = work.__name__

    async def run(ctx: dict[str, Any]) -> None:
        shop: Shop = ctx["shop"]
        began = time.monotonic()
        result = "failed"
        try:
            async with asyncio.timeout(timeout_s):
                await work(shop)
            result = "done"
        except TimeoutError:
            log.warning("tick took too long", job=name, seconds=round(time.monotonic() - began, 1))
        except Exception as error:
            if _is_passing(error):
                result = "put off"
            else:
                log.exception("tick failed", job=name)
        finally:
            shop.metrics.jobs.labels(name, result).inc()
            shop.metrics.job_seconds.labels(name).observe(time.monotonic() - began)

    return cron(run, name=f"cron:{name}", timeout=timeout_s + SLACK_S, keep_result=CRON_KEPT_S, max_tries=NEVER, **when)


EVERY_SECOND: Final = {"second": set(range(60))}


class Functions(dict[str, Function | CronJob]):
    """The functions of a worker; a job for one it does not know is buried instead of dropped."""

    def __missing__(self, name: str) -> Function:
        async def unknown(ctx: dict[str, Any], *args: Any) -> None:
            await _give_up(ctx["shop"], ctx, name, args, LookupError(f"no job is called {name}"))

        return func(unknown, name=name, keep_result=0, max_tries=NEVER)


async def _give_up(shop: Shop, ctx: dict[str, Any], name: str, args: tuple[Any, ...], error: Exception) -> None:
    log.error("job buried", job=name, id=ctx["job_id"], tries=ctx["job_try"], error=f"{type(error).__name__}: {error}")
    letter = DeadLetter(
        source="job",
        key=f"{ctx['job_id']}:{round(ctx['enqueue_time'].timestamp() * 1000)}",
        name=name,
        args=list(args),
        error=f"{type(error).__name__}: {error}",
        traceback="".join(traceback.format_exception(error)),
        tries=ctx["job_try"],
        at_ms=int(time.time() * 1000),
    )
    try:
        await bury(shop, ctx["redis"], letter)
    except (RedisError, ConnectionError) as away:
        raise Retry(defer=RETRY_MOST_S) from away


def _is_passing(error: Exception) -> bool:
    return isinstance(error, (Unavailable, RedisError, ConnectionError))


def _pause(tries: int) -> float:
    """Seconds before the next try: doubling, and never quite the same for two jobs."""
    return min(RETRY_FIRST_S * 2.0 ** (tries - 1), RETRY_MOST_S) * random.uniform(0.75, 1.25)  # noqa: S311
