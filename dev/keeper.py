"""Outlives the process that started it by as long as it takes to end what that one left behind.

Reads lines `watch GROUP SIGNAL` and `forget GROUP` from standard input. When that closes, its writer is gone: every
group still watched gets its signal, and SIGKILL if that did not end it. Uses the standard library only and starts fast.
"""

import os
import signal
import sys
import time

MERCY_S = 10.0
POLL_S = 0.05


def main() -> None:
    """Watches until standard input closes, then tidies up."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)  # it ends with its writer, not with the terminal
    watched: dict[int, int] = {}
    for line in sys.stdin:
        verb, group, *rest = line.split()
        if verb == "watch":
            watched[int(group)] = int(rest[0])
        else:
            watched.pop(int(group), None)
    left = {group for group, death_signal in watched.items() if _send(group, death_signal)}
    give_up = time.monotonic() + MERCY_S
    while left and time.monotonic() < give_up:
        time.sleep(POLL_S)
        left = {group for group in left if _send(group, 0)}
    for group in left:
        _send(group, signal.SIGKILL)


def _send(group: int, number: int) -> bool:
    """Sends to every process of `group`; False when there is none left."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    main()
