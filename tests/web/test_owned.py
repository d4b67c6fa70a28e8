"""Background tasks live and end together."""

import asyncio

import pytest

from core.owned import end, run_together


class Trade:
    """Works until it is cancelled; a deaf one goes on although it was told to stop, once."""

    def __init__(self, *, is_deaf: bool = False) -> None:
        self.has_ended = False
        self._is_deaf = is_deaf

    async def work(self) -> None:
        try:
            while True:
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    if not self._is_deaf:
                        raise
                    self._is_deaf = False
        finally:
            self.has_ended = True


async def failing() -> None:
    raise ValueError("broken")


async def test_one_that_fails_ends_the_others_and_is_heard_of() -> None:
    other = Trade()
    with pytest.raises(ValueError, match="broken"):
        await run_together(other.work(), failing())
    assert other.has_ended


async def test_one_that_returns_ends_the_others() -> None:
    other = Trade()
    await run_together(other.work(), asyncio.sleep(0))
    assert other.has_ended


async def test_a_swallowed_cancellation_is_said_again() -> None:
    deaf = Trade(is_deaf=True)
    task = asyncio.create_task(run_together(deaf.work(), Trade().work()))
    await asyncio.sleep(0)
    await end([task])
    assert task.cancelled()
    assert deaf.has_ended


async def test_what_was_started_further_down_is_ended_too() -> None:
    deaf = Trade(is_deaf=True)

    async def group() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(deaf.work())

    task = asyncio.create_task(group())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await end([task])
    assert deaf.has_ended
