"""Requests that are no HTTP. aiohttp logs each as an error, with what was sent: whoever likes could fill the log, and a
token in a broken address would be written down. That there was one is all that is worth a line."""

import logging

from aiohttp.http_exceptions import HttpProcessingError


def tell_less() -> None:
    """From now on a request that cannot be read is one line without its content."""
    logging.getLogger("aiohttp.server").addFilter(_tell_less)


def _tell_less(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    if not isinstance(error, HttpProcessingError):
        return True
    record.msg, record.args = f"request not understood: {type(error).__name__}", ()
    record.exc_info = record.exc_text = None
    record.levelno, record.levelname = logging.INFO, logging.getLevelName(logging.INFO)
    return logging.getLogger().isEnabledFor(logging.INFO)
