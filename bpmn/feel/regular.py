"""Regular expressions: XPath's (DMN 1.5, 10.3.4.3) and Java's (Camunda), both run on the `regex` package with a
timeout.

XPath patterns are read character by character, because what XPath forbids must be refused and several of its signs
mean something else elsewhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import regex

from bpmn.errors import EvaluationError
from bpmn.feel.run import Fault, Run

MAXIMUM_PATTERN = 4_000
_FLAGS = {"s": regex.DOTALL, "m": regex.MULTILINE, "i": regex.IGNORECASE, "x": regex.VERBOSE}
_NAME_START = (
    r":A-Z_a-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C-\u200D\u2070-\u218F\u2C00-\u2FEF"
    r"\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD\U00010000-\U000EFFFF"
)
_NAME_PART = _NAME_START + r"\-.0-9\u00B7\u0300-\u036F\u203F-\u2040"
_SPACE = r" \t\n\r"
_CLASSES = {
    "d": r"\p{Nd}",
    "D": r"\P{Nd}",
    "w": r"[^\p{P}\p{Z}\p{C}]",
    "W": r"[\p{P}\p{Z}\p{C}]",
    "s": f"[{_SPACE}]",
    "S": f"[^{_SPACE}]",
    "i": f"[{_NAME_START}]",
    "I": f"[^{_NAME_START}]",
    "c": f"[{_NAME_PART}]",
    "C": f"[^{_NAME_PART}]",
}
_ESCAPED = frozenset("nrt\\|.-^?*+{}()[]$")


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern with the limits and the replacement rules of its language."""

    compiled: Any
    is_xpath: bool
    is_literal: bool = False
    quick: Any = None

    def search(self, text: str, run: Run) -> bool:
        """Whether the pattern occurs anywhere."""
        if self.quick is not None and len(text) <= _SHORT_TEXT:
            run.tick(_SHORT_TEXT)
            return self.quick(text) is not None
        return self._timed(self.compiled.search, run, text) is not None

    def find_all(self, text: str, run: Run) -> list[str]:
        """All that match, from left to right."""
        found = self._timed(lambda value, timeout: list(self.compiled.finditer(value, timeout=timeout)), run, text)
        return [match[0] for match in found]

    def split(self, text: str, run: Run) -> list[str]:
        """What stands between the matches."""
        matches = self._timed(lambda value, timeout: list(self.compiled.finditer(value, timeout=timeout)), run, text)
        parts, last = [], 0
        for match in matches:
            if match.end() == 0 and match.start() == match.end():
                continue
            parts.append(text[last : match.start()])
            last = match.end()
        run.tick(len(parts))
        return [*parts, text[last:]]

    def replace(self, text: str, replacement: str, run: Run) -> str:
        """The text with every match replaced; `$1` stands for a group."""
        pieces = [("text", replacement)] if self.is_literal else _replacement(replacement, self)
        if self.is_xpath and self._timed(self.compiled.search, run, "") is not None:
            raise Fault("the pattern matches the empty text.")

        def fill(match: Any) -> str:
            return "".join(piece if kind == "text" else (match[piece] or "") for kind, piece in pieces)

        found = self._timed(lambda value, timeout: self.compiled.sub(fill, value, timeout=timeout), run, text)
        run.check_characters(len(found))
        return str(found)

    def _timed(self, operation: Any, run: Run, text: str) -> Any:
        """Run on a text, with the time it took counted as steps: a pattern may take long for every text of a list."""
        started = run.stopwatch()
        try:
            return operation(text, timeout=run.limits.regex_seconds)
        except TimeoutError:
            raise EvaluationError(
                f"A regular expression was stopped after {run.limits.regex_seconds} s. Make the pattern simpler."
            ) from None
        finally:
            run.tick(1 + len(text) // 64 + run.steps_since(started))


def _replacement(text: str, pattern: Pattern) -> list[tuple[str, Any]]:
    """The constant and group parts of a replacement."""
    pieces: list[tuple[str, Any]] = []
    groups = pattern.compiled.groups
    position = 0
    while position < len(text):
        sign = text[position]
        following = text[position + 1 : position + 2]
        if sign == "\\":
            if following not in ("$", "\\") and (pattern.is_xpath or not following):
                raise Fault("in the replacement a '\\' must stand before '$' or '\\'.")
            pieces.append(("text", following))
            position += 2
        elif sign == "$":
            piece, position = _group(text, position + 1, groups, pattern)
            pieces.append(piece)
        else:
            pieces.append(("text", sign))
            position += 1
    return pieces


def _group(text: str, position: int, groups: int, pattern: Pattern) -> tuple[tuple[str, Any], int]:
    if not pattern.is_xpath and text[position : position + 1] == "{":
        name = text[position + 1 :].partition("}")[0]
        if name not in pattern.compiled.groupindex:
            raise Fault(f"there is no group '{name}'.")
        return ("group", name), position + len(name) + 2
    if not text[position : position + 1].isdecimal():
        raise Fault("in the replacement a '$' must stand before the number of a group; write '\\$' for the sign.")
    number = int(text[position])
    position += 1
    while text[position : position + 1].isdecimal() and number * 10 + int(text[position]) <= groups:
        number = number * 10 + int(text[position])
        position += 1
    if number > groups:
        if not pattern.is_xpath:
            raise Fault(f"there is no group {number}.")
        return ("text", ""), position
    return ("group", number), position


@lru_cache(maxsize=4096)
def _compiled(pattern: str, flags: int) -> Any:
    try:
        return regex.compile(pattern, flags | regex.V1)
    except (regex.error, RecursionError, OverflowError, ValueError) as error:
        raise Fault(f"the pattern is no regular expression: {error}") from None


@lru_cache(maxsize=4096)
def java(pattern: str, flags: str) -> Pattern:
    """A Java pattern. Raises `Fault` when it is none, or for a flag other than s, m, i and x."""
    number = 0
    for flag in flags:
        if flag not in _FLAGS:
            raise Fault(f"there is no flag '{flag}'.")
        number |= _FLAGS[flag]
    _check_size(pattern)
    if "\\p" not in pattern and "\\P" not in pattern:
        number |= regex.ASCII  # Java's \\d, \\w, \\s, \\b and flag i know ASCII only
    return Pattern(_compiled(pattern, number), False, quick=_quick(pattern, pattern, re.ASCII) if not flags else None)


# Literals, classes and at most two open repetitions: on a short text such a pattern cannot take long, and means the
# same to Python's own `re`, which needs no watch and is several times faster.
_PLAIN = re.compile(
    r"\^?(?:(?:[A-Za-z0-9 _@:;,/#%=!<>'\"~-]|\\[dws.+*?^$(){}|\[\]/\\-]"
    r"|\[\^?(?:[A-Za-z0-9_@:;,./#%=!+*-]|\\[dws.-])+\])"
    r"(?:[?*+]|\{\d{1,2}\})?)*\$?"
)
_OPEN = re.compile(r"[*+]")
_CLASS_ESCAPE = re.compile(r"\\[dws]")
_SHORT_TEXT = 64


def _quick(pattern: str, translated: str, flags: int = 0) -> Any:
    """How to search with `re`, for a pattern that is plain enough; else None."""
    if len(pattern) > 100 or not _PLAIN.fullmatch(pattern) or len(_OPEN.findall(pattern)) > 2 or "--" in pattern:
        return None
    try:
        return re.compile(translated, flags).search
    except re.error:
        return None


def _check_size(pattern: str) -> None:
    if len(pattern) > MAXIMUM_PATTERN:
        raise Fault(f"the pattern is longer than {MAXIMUM_PATTERN} characters.")
    if "{" in pattern and _written_out(pattern) > _MAXIMUM_WRITTEN_OUT:
        raise Fault("its counted repetitions, one in the other, are too many.")


_PIECE = re.compile(r"\\.|\{(\d+)(?:,(\d*))?\}|.", re.DOTALL)
_MAXIMUM_WRITTEN_OUT = 20_000


def _written_out(pattern: str) -> int:
    """How long a pattern is once its counted repetitions are written out, as compiling it does."""
    sizes, last = [0], 0
    for piece in _PIECE.finditer(pattern):
        if piece[1] is not None:
            times = max(int(piece[1][:9]), int((piece[2] or "0")[:9]))
            sizes[-1] += last * (times - 1)
            last *= times
        elif piece[0] == "(":
            sizes.append(0)
        elif piece[0] == ")" and len(sizes) > 1:
            last = sizes.pop()
            sizes[-1] += last
        else:
            last = 1
            sizes[-1] += 1
    return sum(sizes)


@lru_cache(maxsize=4096)
def xpath(pattern: str, flags: str) -> Pattern:
    """An XPath pattern (XPath and XQuery Functions 3.1, 5.6). Raises `Fault` when it is none."""
    _check_size(pattern)
    if any(flag not in "smixq" for flag in flags):
        raise Fault("the flags are s, m, i, x and q.")
    if "q" in flags:
        return Pattern(_compiled(regex.escape(pattern), regex.IGNORECASE if "i" in flags else 0), True, True)
    number = regex.IGNORECASE if "i" in flags else 0
    reader = _XPathReader(_without_space(pattern) if "x" in flags else pattern, "s" in flags, "m" in flags)
    translated = reader.read()
    quick = _quick(pattern, translated) if not flags and not _CLASS_ESCAPE.search(pattern) else None
    return Pattern(_compiled(translated, number), is_xpath=True, quick=quick)


def _without_space(pattern: str) -> str:
    """White space outside of square brackets means nothing under flag x."""
    kept, depth, escaped = [], 0, False
    for sign in pattern:
        if escaped and sign not in _SPACE_SIGNS:
            escaped = False
        elif sign == "\\":
            escaped = True
        elif sign == "[":
            depth += 1
        elif sign == "]":
            depth -= 1
        if depth or sign not in _SPACE_SIGNS:
            kept.append(sign)
    return "".join(kept)


_SPACE_SIGNS = " \t\n\r"


class _XPathReader:
    """Translates one XPath pattern, refusing what XPath does not know."""

    def __init__(self, pattern: str, dot_matches_all: bool, lines: bool) -> None:
        self.pattern = pattern
        self.position = 0
        self.dot = r"(?s:.)" if dot_matches_all else r"[^\n\r]"
        self.start = r"(?:\A|(?m:^)(?!\Z))" if lines else r"\A"
        self.end = r"(?m:$)" if lines else r"\Z"
        self.groups = 0
        self.open: list[int] = []
        self.closed: set[int] = set()

    def read(self) -> str:
        found = self.branches()
        if self.position < len(self.pattern):
            raise Fault(f"'{self.pattern[self.position]}' is not expected in the pattern.")
        return found

    def peek(self, length: int = 1) -> str:
        return self.pattern[self.position : self.position + length]

    def branches(self) -> str:
        parts = [self.branch()]
        while self.peek() == "|":
            self.position += 1
            parts.append(self.branch())
        return "|".join(parts)

    def branch(self) -> str:
        pieces = []
        while self.peek() not in ("", "|", ")"):
            pieces.append(self.atom() + self.quantifier())
        return "".join(pieces)

    def atom(self) -> str:
        sign = self.peek()
        if sign == "(":
            return self.group()
        if sign == "[":
            return self.char_class()
        if sign == "\\":
            return self.escape()
        self.position += 1
        if sign in ("?", "*", "+", "{", "}", "]"):
            raise Fault(f"'{sign}' must be escaped or follow something.")
        fixed = {".": self.dot, "^": self.start, "$": self.end}.get(sign)
        return fixed if fixed is not None else str(regex.escape(sign))

    def quantifier(self) -> str:
        sign = self.peek()
        if sign == "{":
            found = regex.match(r"\{(\d+)(,(\d*))?\}", self.pattern[self.position :])
            if found is None or len(found[0]) > 12 or (found[3] and int(found[3]) < int(found[1])):
                raise Fault("a repetition is written {n}, {n,} or {n,m}.")
            sign = found[0]
        elif sign not in ("?", "*", "+") or not sign:
            return ""
        self.position += len(sign)
        if self.peek() == "?":
            self.position += 1
            sign += "?"
        if self.peek() in ("?", "*", "+", "{"):
            raise Fault("two repetitions follow each other.")
        return sign

    def group(self) -> str:
        self.position += 1
        opening = "("
        number = 0
        if self.peek(2) == "?:":
            self.position += 2
            opening = "(?:"
        elif self.peek() == "?":
            raise Fault("XPath knows no '(?' but '(?:'.")
        else:
            self.groups += 1
            number = self.groups
        if len(self.open) > 100:
            raise Fault("the pattern is nested too deeply.")
        self.open.append(number)
        inner = self.branches()
        if self.peek() != ")":
            raise Fault("a parenthesis is not closed.")
        self.position += 1
        self.closed.add(self.open.pop())
        return f"{opening}{inner})"

    def escape(self) -> str:
        sign = self.pattern[self.position + 1 : self.position + 2]
        if sign.isdecimal() and sign != "0":
            return self.back_reference()
        return self.class_escape(sign)

    def class_escape(self, sign: str) -> str:
        """An escape that may stand in a class, too."""
        if sign in ("p", "P"):
            return self.category()
        self.position += 2
        if sign in _CLASSES:
            return _CLASSES[sign]
        if sign and sign in _ESCAPED:
            return f"\\{sign}"
        raise Fault(f"XPath knows no '\\{sign}'.")

    def back_reference(self) -> str:
        number = int(self.pattern[self.position + 1])
        self.position += 2
        while self.peek().isdecimal() and number * 10 + int(self.peek()) <= self.groups:
            number = number * 10 + int(self.peek())
            self.position += 1
        if number not in self.closed:
            raise Fault(f"there is no closed group {number} before '\\{number}'.")
        # A group that took no part matches the empty text in XPath, and nothing in `regex`.
        return rf"(?:(?({number})\{number}|))"

    def category(self) -> str:
        found = regex.match(r"\\([pP])\{(Is[A-Za-z0-9\-]+|[A-Z][a-z]?)\}", self.pattern[self.position :])
        if found is None:
            raise Fault("a category is written \\p{Lu} or \\p{IsBasicLatin}.")
        self.position += len(found[0])
        name = found[2]
        found_name = f"Block:{name[2:]}" if name.startswith("Is") else f"General_Category={name}"
        return f"\\{found[1]}{{{found_name}}}"

    def char_class(self) -> str:
        self.position += 1
        if len(self.open) > 100:
            raise Fault("the pattern is nested too deeply.")
        negated = self.peek() == "^"
        self.position += negated
        parts: list[str] = []
        subtracted = ""
        while self.peek() != "]" or not parts:
            if self.peek() == "":
                raise Fault("a '[' is not closed.")
            if self.peek(2) == "-[" and parts:
                self.position += 1
                self.open.append(0)
                subtracted = "--" + self.char_class()
                self.open.pop()
                if self.peek() != "]":
                    raise Fault("a subtracted class must stand last.")
                break
            parts.append(self.class_part(first=not parts))
        self.position += 1
        found = f"[{'^' if negated else ''}{''.join(parts)}]"
        return f"[{found}{subtracted}]" if subtracted else found

    def class_part(self, first: bool) -> str:
        """One character, range or escape of a class."""
        low, is_single = self.class_atom(first)
        if is_single and self.peek() == "-" and self.peek(2) not in ("-[", "-]"):
            self.position += 1
            high, is_single = self.class_atom(False)
            if not is_single or _code(low) > _code(high):
                raise Fault("a range of characters is the wrong way round.")
            return f"{low}-{high}"
        return low

    def class_atom(self, first: bool) -> tuple[str, bool]:
        sign = self.peek()
        if sign == "\\":
            following = self.pattern[self.position + 1 : self.position + 2]
            found = self.class_escape(following)
            return found, following in _ESCAPED
        self.position += 1
        if sign in ("[", "]", ""):
            raise Fault(f"'{sign}' must be escaped in a class.")
        if sign == "-" and not first and self.peek() != "]":
            raise Fault("'-' must be escaped in a class, or stand at its edge.")
        return ("\\" + sign if not sign.isalnum() and sign.isascii() else sign), True


def _code(spelled: str) -> int:
    plain = {"\\n": "\n", "\\r": "\r", "\\t": "\t"}.get(spelled) or spelled[-1]
    return ord(plain)
