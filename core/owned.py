"""Background tasks that live and end together.

What asyncio.TaskGroup does, except that a task which was cancelled and goes on is cancelled again: before Python 3.12
asyncio.wait_for, through which redis-py writes, can swallow a cancellation, and a loop around it would run for ever.
"""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, Final

AGAIN_S: Final = 0.25
"""How long a cancelled task may take to end before it is told once more."""


async def run_together(*trades: Coroutine[Any, Any, None]) -> None:
    """Runs all until one of them returns or fails, or this is cancelled; then ends the others. Raises what failed."""
    tasks = [asyncio.create_task(trade, name=getattr(trade, "__qualname__", "")) for trade in trades]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await end(tasks)
    for task in done:
        task.result()


async def end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancels tasks, and what they have cancelled in turn, until they have ended."""
    left = {task for task in tasks if not task.done()}
    for task in left:
        task.cancel()
    while left:
        _, left = await asyncio.wait(left, timeout=AGAIN_S)
        if left:
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                if task.cancelling():
                    task.cancel()
