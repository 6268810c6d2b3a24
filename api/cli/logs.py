"""Where logs go: to standard error, one line each, so that standard output holds nothing but data.

Every line, ours or a library's, with or without a traceback, is written without the secrets that this process knows and
without personal data that can be told by its form (`engine.policies.guards.personal`).
"""

from __future__ import annotations

import logging
import sys
from typing import TextIO, cast

import structlog

from engine.policies.guards.personal import redact

#: Libraries whose news are none to those who run Baton.
_TALKATIVE = ("LiteLLM", "alembic", "httpx", "httpcore", "openai")

#: What is kept out. Addresses of machines stay: without them a log is of no use to those who run Baton.
_KINDS = ("SECRET", "CREDENTIAL", "EMAIL", "IBAN", "CARD", "NATIONAL_ID", "PHONE", "BIRTH_DATE")

_SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


class _Redacted:
    """Standard error for structlog: what passes through is redacted last, when a traceback is text as well."""

    def write(self, text: str) -> int:
        return sys.stderr.write(redact(text, _KINDS))

    def flush(self) -> None:
        sys.stderr.flush()


class _StandardError(logging.Handler):
    """Writes to what standard error is at that moment: whoever redirects it gets the log."""

    def emit(self, record: logging.LogRecord) -> None:
        print(redact(self.format(record), _KINDS), file=sys.stderr)


def to_standard_error(level: int, *, as_json: bool = False) -> None:
    """Send all logs of this process to standard error, from `level` on. May be called again.

    For people one line each; `as_json` one JSON object each, those of libraries too.
    """
    root = logging.getLogger()
    root.setLevel(level)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    if not any(isinstance(handler, _StandardError) for handler in root.handlers):
        root.addHandler(_StandardError())
    for handler in root.handlers:
        if isinstance(handler, _StandardError):
            handler.setFormatter(_formatter(as_json))
    structlog.configure(
        processors=[*_SHARED, *_renderers(as_json)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: structlog.WriteLogger(cast(TextIO, _Redacted())),
        cache_logger_on_first_use=False,
    )


def _renderers(as_json: bool) -> list[structlog.typing.Processor]:
    # Never with local variables: they may hold secrets and people's data.
    if as_json:
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    return [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)]


def _formatter(as_json: bool) -> logging.Formatter:
    """How the lines of libraries look, which log the ordinary way."""
    if not as_json:
        return logging.Formatter("%(asctime)s [%(levelname)s] %(name)s: %(message)s")
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_logger_name, *_SHARED],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderers(as_json)],
    )
