"""What a log line shows of an exception."""

import logging
from collections.abc import Iterator

import pytest
import structlog

from core import logs

SECRET = "correct horse battery staple"


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Logs are as they were, afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_a_traceback_shows_no_variables(log_format: str, capfd: pytest.CaptureFixture[str]) -> None:
    def check(password: str) -> None:
        raise RuntimeError(f"{len(password)} characters")

    logs.configure(log_format, "info")
    try:
        check(SECRET)
    except RuntimeError:
        logs.get("tests").exception("request failed")
    told = capfd.readouterr().err
    assert "in check" in told
    assert "RuntimeError: 28 characters" in told
    assert SECRET not in told
