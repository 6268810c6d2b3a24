"""Regular expressions of JavaScript, which forms are written with, as those of Python."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import regex

MOST_PATTERN = 2_000
_SECONDS = 0.25
_PART = re.compile(r"\\k<\w+>|\\.|\[\^?\]|\[|\]|\$|\(\?<(?=[A-Za-z_$])", re.DOTALL)
_SPACE = r"\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern as its author wrote it, and compiled."""

    source: str
    compiled: Any

    def occurs(self, text: str) -> bool:
        """Whether it occurs anywhere in a text, as JavaScript's `test` asks. Raises `TimeoutError`."""
        return self.compiled.search(text, timeout=_SECONDS) is not None


def read(pattern: str) -> Pattern:
    """The compiled pattern. Raises `ValueError` for a text that is none, or a long one."""
    if len(pattern) > MOST_PATTERN:
        raise ValueError(f"it has more than {MOST_PATTERN:,} characters")
    try:
        return Pattern(pattern, regex.compile(_translated(pattern), flags=regex.ASCII))
    except (regex.error, RecursionError, OverflowError) as error:
        raise ValueError(str(error)) from None


def _translated(pattern: str) -> str:
    """`$` is the very end, `\\s` knows Unicode's spaces, `[]` and `[^]` match nothing and anything."""
    parts: list[str] = []
    last, is_inside = 0, False
    for found in _PART.finditer(pattern):
        parts += [pattern[last : found.start()], _part(found[0], is_inside)]
        is_inside = (is_inside and found[0] != "]") or (not is_inside and found[0] == "[")
        last = found.end()
    return "".join([*parts, pattern[last:]])


def _part(part: str, is_inside: bool) -> str:
    if part.startswith(r"\k<"):
        return f"(?P={part[3:-1]})"
    if part == r"\s":
        return _SPACE if is_inside else f"[{_SPACE}]"
    if part == r"\S":
        return part if is_inside else f"[^{_SPACE}]"
    if is_inside:
        return rf"\{part}" if part == "[" else part
    return {"$": r"\Z", "[]": r"(?!)", "[^]": r"(?s:.)", "(?<": "(?P<", r"\/": "/"}.get(part, part)
