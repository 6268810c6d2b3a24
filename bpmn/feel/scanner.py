"""Text into tokens. A token is a tuple (kind, text, start): the parser joins words into names, since only it knows
which names are in scope (DMN 1.5, 10.3.1.2: names may hold spaces and operators).
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from bpmn.errors import LanguageError
from bpmn.feel.values import DECIMAL

Token = tuple[str, str, int]

NUMBER, STRING, NAME, KEYWORD, QUOTED, SIGN, END, JUNK = (
    "number",
    "string",
    "name",
    "keyword",
    "quoted",
    "sign",
    "end",
    "junk",
)
KEYWORDS = frozenset(
    "if then else for in return some every satisfies and or between function true false null instance of".split()
)
MAXIMUM_TEXT = 100_000

_START = (
    r"?A-Z_a-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C-\u200D\u2070-\u218F\u2C00-\u2FEF"
    r"\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD\U00010000-\U000EFFFF"
)
_TOKEN = re.compile(
    rf"""
    (?:\s|//[^\n]*|/\*.*?\*/)*+
    (?:
     (?P<name>[{_START}][{_START}0-9\u00B7\u0300-\u036F\u203F-\u2040]*)
    |(?P<sign>\*\*|\.\.|!=|<=|>=|->|\.(?!\d)|[-+*/=<>()\[\]{{}},:@])
    |(?P<number>(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<string>"(?:[^"\\]|\\.)*")
    |(?P<quoted>`[^`]+`)
    |(?P<junk>\S)
    |(?P<end>\Z)
    )
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{6})|(.))", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
_SURROGATES = re.compile("[\ud800-\udbff][\udc00-\udfff]")


def scan(text: str) -> list[Token]:
    """All tokens, with an END at last. Raises LanguageError for a text that is too long."""
    if len(text) > MAXIMUM_TEXT:
        raise LanguageError(
            f"The expression has {len(text)} characters; at most {MAXIMUM_TEXT} are allowed. Split it up.",
            text=text[:80],
        )
    tokens: list[Token] = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or JUNK
        word = match[kind]
        start = match.end() - len(word)
        tokens.append((KEYWORD if kind == NAME and word in KEYWORDS else kind, word, start))
    return tokens if tokens and tokens[-1][0] == END else [*tokens, (END, "", len(text))]


@lru_cache(maxsize=4096)
def words(name: str) -> tuple[str, ...]:
    """The token texts of a name, by which it is recognised whatever the white space."""
    return tuple(word for kind, word, _ in scan(name) if kind != END)


def string_value(literal: str) -> str:
    """What a quoted string means: escapes resolved, an unknown escape kept as written (as patterns need it)."""
    body = literal[1:-1]
    if "\\" not in body:
        return body
    return _SURROGATES.sub(_join_pair, _ESCAPE.sub(_unescape, body))


def _unescape(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    if code is None:
        return _ESCAPES.get(match[3], match[0])
    return chr(int(code, 16)) if int(code, 16) <= 0x10FFFF else match[0]


def _join_pair(match: re.Match[str]) -> str:
    pair = match[0]
    return chr(0x10000 + ((ord(pair[0]) - 0xD800) << 10) + (ord(pair[1]) - 0xDC00))


def number_value(literal: str) -> int | Decimal:
    """An int when it is written as one and has at most 34 digits, else a decimal of 34 digits."""
    if literal.isdecimal() and len(literal) <= 34:
        return int(literal)
    return DECIMAL.create_decimal(literal)
