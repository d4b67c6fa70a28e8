"""The exception tree.

    Refusal                 a user asked for something that may not be; carries a protocol code
      +-- Unavailable       a store is down, or a family is being brought back: come again later
      +-- BadMessage        lives in core.protocol: the frame itself was not understood

Everything else that escapes is `internal`: logged with its traceback, told to nobody in detail.
"""


class Refusal(Exception):
    """A coded "no". Nothing has changed.

    `code` is one of core.protocol's error codes; `retry_after_ms` says when asking again can succeed;
    `outcome` is what became of an invite (with `invite_gone`).
    """

    def __init__(
        self, code: str, message: str = "", *, retry_after_ms: int | None = None, outcome: str | None = None
    ) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.retry_after_ms = retry_after_ms
        self.outcome = outcome


class Unavailable(Refusal):
    """A store is away or a family is not live; the same request may succeed after `retry_after_ms`."""

    RETRY_AFTER_MS = 1_000
    """About the time a restarted Redis or PostgreSQL needs to answer again."""

    def __init__(self, message: str = "", *, retry_after_ms: int = RETRY_AFTER_MS) -> None:
        super().__init__("unavailable", message, retry_after_ms=retry_after_ms)
