"""How work becomes a job of arq's: a time limit, retries with backoff, and a dead letter at the end of patience.

What is Unavailable comes again for ever, for nobody is to blame. A tick of the clock is not tried again: the next is.
"""

import asyncio
import random
import time
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
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
        begun = ctx["job_try"]
        if begun > STARTS:
            await _give_up(shop, ctx, name, args, RuntimeError(f"begun {begun} times and never ended"))
            return
        async with _counted(shop, name) as outcome:
            error = await _limited(work, (shop, *args), timeout_s)
            if error is None:
                outcome.result = "done"
            elif _is_passing(error):
                outcome.result = "put off"
                await ctx["redis"].decr(retry_key_prefix + ctx["job_id"])  # what passes is nobody's failure
                raise Retry(defer=_pause(1)) from error
            elif begun >= tries:
                await _give_up(shop, ctx, name, args, error)
                outcome.result = "buried"
            else:
                log.warning("job failed", job=name, id=ctx["job_id"], tries=begun, error=_said(error))
                raise Retry(defer=_pause(begun)) from error

    return func(run, name=name, timeout=timeout_s + SLACK_S, keep_result=0, max_tries=NEVER)


def tick(work: Work, *, timeout_s: float, **when: Any) -> CronJob:
    """Returns work that the clock causes, once whichever worker hears it first; `when` as arq's cron has it."""
    name = work.__name__

    async def run(ctx: dict[str, Any]) -> None:
        async with _counted(ctx["shop"], name) as outcome:
            error = await _limited(work, (ctx["shop"],), timeout_s)
            if error is None:
                outcome.result = "done"
            elif _is_passing(error):
                outcome.result = "put off"
            elif isinstance(error, TimeoutError):
                log.warning("tick took too long", job=name, seconds=timeout_s)
            else:
                log.error("tick failed", job=name, exc_info=error)

    return cron(run, name=f"cron:{name}", timeout=timeout_s + SLACK_S, keep_result=CRON_KEPT_S, max_tries=NEVER, **when)


@dataclass
class _Outcome:
    result: str = "failed"


@asynccontextmanager
async def _counted(shop: Shop, name: str) -> AsyncIterator[_Outcome]:
    outcome = _Outcome()
    began = time.monotonic()
    try:
        yield outcome
    except asyncio.CancelledError:
        outcome.result = "handed back"
        raise
    finally:
        shop.metrics.jobs.labels(name, outcome.result).inc()
        shop.metrics.job_seconds.labels(name).observe(time.monotonic() - began)


async def _limited(work: Work, args: tuple[Any, ...], timeout_s: float) -> Exception | None:
    """Returns what went wrong, if anything did. Only being handed back is raised, as a CancelledError.

    After a pause of the whole process arq's limit strikes together with ours, and looks like a cancellation: the time
    tells them apart. arq would take it for the end of the job.
    """
    began = time.monotonic()
    try:
        async with asyncio.timeout(timeout_s):
            await work(*args)
    except asyncio.CancelledError:
        if time.monotonic() - began < timeout_s:
            raise
        return TimeoutError(f"not done after {timeout_s:g} s")
    except Exception as error:  # noqa: BLE001 - told to whoever called
        return error
    return None


EVERY_SECOND: Final = {"second": set(range(60))}


class Functions(dict[str, Function | CronJob]):
    """The functions of a worker; a job for one it does not know is buried instead of dropped."""

    def __missing__(self, name: str) -> Function:
        async def unknown(ctx: dict[str, Any], *args: Any) -> None:
            await _give_up(ctx["shop"], ctx, name, args, LookupError(f"no job is called {name}"))

        return func(unknown, name=name, keep_result=0, max_tries=NEVER)


async def _give_up(shop: Shop, ctx: dict[str, Any], name: str, args: tuple[Any, ...], error: Exception) -> None:
    log.error("job buried", job=name, id=ctx["job_id"], tries=ctx["job_try"], error=_said(error))
    letter = DeadLetter(
        source="job",
        key=f"{ctx['job_id']}:{round(ctx['enqueue_time'].timestamp() * 1000)}",
        name=name,
        args=list(args),
        error=_said(error),
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


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _pause(tries: int) -> float:
    """Seconds before the next try: doubling, and never quite the same for two jobs."""
    return min(RETRY_FIRST_S * 2.0 ** (tries - 1), RETRY_MOST_S) * random.uniform(0.75, 1.25)  # noqa: S311
