"""Where logs go: to standard error, one line each, so that standard output holds nothing but data."""

from __future__ import annotations

import logging
import sys

import structlog

#: Libraries whose news are none to those who run Baton.
_TALKATIVE = ("LiteLLM", "alembic", "httpx", "httpcore", "openai")


class _StandardError(logging.Handler):
    """Writes to what standard error is at that moment: whoever redirects it gets the log."""

    def emit(self, record: logging.LogRecord) -> None:
        print(self.format(record), file=sys.stderr)


def to_standard_error(level: int) -> None:
    """Send all logs of this process to standard error, from `level` on. May be called again."""
    root = logging.getLogger()
    root.setLevel(level)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    if not any(isinstance(handler, _StandardError) for handler in root.handlers):
        handler = _StandardError()
        handler.setFormatter(logging.Formatter("%(asctime)s [%(levelname)s] %(name)s: %(message)s"))
        root.addHandler(handler)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            # Never with local variables: they may hold secrets and people's data.
            structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
