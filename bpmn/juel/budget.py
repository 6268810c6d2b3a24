"""How much work one evaluation may do, so that no text and no data keeps a server busy."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any

import regex

from bpmn.errors import EvaluationError

MOST_WORK = 1_000_000  # characters, items and entries that operations look at or make
MOST_REGEX_SECONDS = 0.25
MOST_PATTERN = 500


class Budget:
    """Counted down by the operations of one evaluation. Raises `EvaluationError` when it is used up."""

    __slots__ = ("_regex_seconds", "_work")

    def __init__(self) -> None:
        self._work = MOST_WORK
        self._regex_seconds = MOST_REGEX_SECONDS

    def spend(self, *values: Any) -> None:
        """The size of values that are about to be read whole, or were just made."""
        for value in values:
            self._work -= len(value) + 1 if isinstance(value, str | list | dict) else 1
        if self._work < 0:
            raise EvaluationError(
                f"The expression was stopped: it reads or makes more than {MOST_WORK:,} characters and items."
            )

    def match(self, operation: str, pattern: Any, *arguments: Any) -> Any:
        """`fullmatch`, `split` or `sub` of a regular expression, within what is left of a quarter of a second."""
        method: Callable[..., Any] = getattr(_compiled(pattern), operation)
        started = monotonic()
        try:
            return method(*arguments, timeout=max(self._regex_seconds, 0.001))
        except TimeoutError:
            raise EvaluationError(
                f"A regular expression was stopped after {MOST_REGEX_SECONDS} s. Make it simpler."
            ) from None
        except (IndexError, regex.error) as error:
            raise EvaluationError(f"The regular expression cannot be used: {error}.") from None
        finally:
            self._regex_seconds -= monotonic() - started


def _compiled(pattern: Any) -> Any:
    if not isinstance(pattern, str):
        raise TypeError(pattern)
    if len(pattern) > MOST_PATTERN:
        raise EvaluationError(f"A regular expression may have at most {MOST_PATTERN} characters.")
    try:
        return regex.compile(pattern)
    except (regex.error, RecursionError, OverflowError) as error:
        raise EvaluationError(f"'{pattern[:80]}' is no regular expression: {error}.") from None
