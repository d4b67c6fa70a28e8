"""How every process speaks: one structured line per fact, as JSON for machines or in colour for people.

`begin` is the first thing a process does. Loggers are taken with `logs.get(__name__)` and called with an event in plain
words and facts as keywords: `log.info("connection ended", user_id=..., seconds=...)`. Never text of messages, tokens
or SDP.
"""

import logging
import os
import sys
from collections.abc import Mapping

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from core import settings
from core.settings import Settings, SettingsError

BAD_SETTINGS = 78  # EX_CONFIG of sysexits.h: a supervisor should not try again

# Libraries whose chatter below these levels says nothing to an operator.
_QUIET = {"aiohttp.access": logging.WARNING, "asyncio": logging.WARNING, "arq": logging.WARNING}


def begin(part: str, environ: Mapping[str, str] = os.environ) -> Settings:
    """Reads the settings for `part` (web, live, default or all) and sets up the logs.

    Exits with BAD_SETTINGS and one line per fault on standard error when a setting cannot stand; warns of unknown ones.
    """
    try:
        chosen = Settings.from_env(environ, part=part)
    except SettingsError as fault:
        for line in fault.lines:
            sys.stderr.write(f"cresset: {line}\n")
        raise SystemExit(BAD_SETTINGS) from None
    configure(chosen.log_format, chosen.log_level)
    for line in settings.warnings(environ):
        get(__name__).warning("unknown setting", detail=line)
    return chosen


def get(name: str) -> structlog.stdlib.BoundLogger:
    """The logger of a module; `name` is its `__name__`."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def configure(log_format: str, log_level: str) -> None:
    """Sends our lines and those of the libraries, at `log_level` and above, to standard error in one shape."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    last: list[Processor]
    if log_format == "json":
        last = [structlog.processors.format_exc_info, _json]
    else:
        renderer = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            pad_event_to=0,
            exception_formatter=structlog.dev.plain_traceback,  # the other one shows variables: passwords, tokens
        )
        last = [renderer]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last]
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(log_level.upper())
    for name, level in _QUIET.items():
        logging.getLogger(name).setLevel(max(level, root.level))


def _json(_: WrappedLogger, __: str, event: EventDict) -> str:
    return orjson.dumps(event, default=repr, option=orjson.OPT_NON_STR_KEYS).decode()
