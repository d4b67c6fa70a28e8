"""What the person at the terminal sees: every process's lines, each with the name of its process before it.

A child must never wait because nobody reads: lines are taken from its pipe at once and written by a thread of their
own; when that falls far behind, lines are dropped and their number is said.
"""

import asyncio
import os
import queue
import sys
import threading
from typing import Final

MOST_WAITING: Final = 10_000  # lines
LONGEST_LINE: Final = 64 * 1024
COLOURS: Final = (36, 33, 32, 35, 34, 96, 93, 92)

# What our stores say although all is well.
NOISE: Final = ("Memory overcommit must be enabled!", "scheduling shutdown...", "is now ready to exit, bye bye")


class Terminal:
    """The standard output, shared by everything that runs."""

    def __init__(self) -> None:
        self._waiting: queue.Queue[str | None] = queue.Queue(MOST_WAITING)
        self._dropped = 0
        self._widest = len("worker.1")
        self._colours: dict[str, int] = {}
        self._is_coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        self._writer = threading.Thread(target=self._write, name="terminal", daemon=True)
        self._writer.start()

    def say(self, text: str, name: str = "cresset") -> None:
        """Shows `text`, line by line, as said by `name`."""
        self._widest = max(self._widest, len(name))
        for line in text.splitlines():
            label = f"{name:<{self._widest}} |"
            if self._is_coloured:
                colour = self._colours.setdefault(name, COLOURS[len(self._colours) % len(COLOURS)])
                label = f"\x1b[{colour}m{label}\x1b[0m"
            try:
                self._waiting.put_nowait(f"{label} {line}\n")
            except queue.Full:
                self._dropped += 1

    async def close(self, timeout: float = 2.0) -> None:
        """Writes what waits, unless nobody takes it within `timeout`."""
        try:
            self._waiting.put_nowait(None)
        except queue.Full:
            return
        await asyncio.to_thread(self._writer.join, timeout)

    def _write(self) -> None:
        while (line := self._waiting.get()) is not None:
            try:
                if self._dropped:
                    dropped, self._dropped = self._dropped, 0
                    sys.stdout.write(f"... {dropped} lines dropped, for nobody read them ...\n")
                sys.stdout.write(line)
                if self._waiting.empty():
                    sys.stdout.flush()
            except (OSError, ValueError):
                pass  # the reader is gone; the processes go on


class Voice:
    """A pipe that a process may write to for as long as we live, restarts included; `sink` goes to Popen."""

    def __init__(self, terminal: Terminal, name: str) -> None:
        reading, self.sink = os.pipe()
        self._terminal, self._name = terminal, name
        self._reading = os.fdopen(reading, "rb", buffering=0)
        self._listening: asyncio.Task[None] | None = None

    def listen(self, tasks: asyncio.TaskGroup) -> None:
        """Starts passing lines on."""
        self._listening = tasks.create_task(self._listen(), name=f"voice of {self._name}")

    async def close(self) -> None:
        """Passes on what was said last."""
        os.close(self.sink)
        if self._listening is not None:
            await asyncio.wait(
                [self._listening], timeout=1
            )  # somebody may have left the pipe to a process that lives on
            self._listening.cancel()

    async def _listen(self) -> None:
        stream = asyncio.StreamReader(limit=LONGEST_LINE)
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stream), self._reading)
        try:
            while line := await _line(stream):
                text = line.decode(errors="replace")
                if not any(noise in text for noise in NOISE):
                    self._terminal.say(text, self._name)
        finally:
            transport.close()


async def _line(stream: asyncio.StreamReader) -> bytes:
    try:
        return await stream.readuntil(b"\n")
    except asyncio.IncompleteReadError as end:
        return end.partial
    except asyncio.LimitOverrunError:
        return await stream.read(LONGEST_LINE)
