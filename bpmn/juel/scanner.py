"""JUEL's words: names, numbers, texts and signs inside the braces (Expression Language 2.2, 1.19)."""

from __future__ import annotations

import math
import re

from bpmn.errors import LanguageError

_TOKEN = re.compile(
    r"""\s*+(?:
     (?P<name>(?:[^\W\d]|\$)[\w$]*)
    |(?P<number>\d+\.\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|\d+(?:[eE][+-]?\d+)?)
    |(?P<string>"(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+')
    |(?P<sign>&&|\|\||==|!=|<=|>=|[-+*/%<>!?:()\[\].,}])
    |(?P<junk>\S)
    |(?P<end>\Z)
    )""",
    re.VERBOSE | re.DOTALL,
)
WORDS = {"eq": "==", "ne": "!=", "lt": "<", "gt": ">", "le": "<=", "ge": ">=", "and": "&&", "or": "||", "div": "/"}
WORDS |= {"mod": "%", "not": "!", "empty": "empty", "instanceof": "instanceof"}
CONSTANTS = {"true": True, "false": False, "null": None}
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_LARGEST = 2**63


class Scanner:
    """One text, read word by word: `kind` is name, number, string, sign, junk or end."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.kind, self.word, self.start = "", "", 0

    def go(self, position: int) -> None:
        """Read the first word from here."""
        self.position = position
        self.step()

    def step(self) -> None:
        """Read the next word. Operators that are words (`and`, `eq`) become their signs."""
        match = _TOKEN.match(self.text, self.position)
        if match is None:
            raise LanguageError("The expression cannot be read.", column=self.position + 1, text=self.text)
        self.kind = match.lastgroup or "end"
        self.word = match[self.kind]
        self.start = match.end() - len(self.word)
        if self.kind == "name" and self.word in WORDS:
            self.kind, self.word = "sign", WORDS[self.word]
        self.position = match.end()

    def is_sign(self, *signs: str) -> bool:
        return self.kind == "sign" and self.word in signs

    def take(self, sign: str) -> bool:
        """Step over this sign, if it is there."""
        if self.is_sign(sign):
            self.step()
            return True
        return False

    def expect(self, sign: str) -> None:
        if not self.take(sign):
            raise self.error(f"Expected '{sign}', but found {self.found()}.")

    def raw_name(self) -> str:
        """The word as it is written, also when it is an operator: after a dot it is a name."""
        return self.text[self.start : self.position]

    def found(self) -> str:
        return "the end of the text" if self.kind == "end" else f"'{self.word[:40]}'"

    def error(self, message: str) -> LanguageError:
        return LanguageError(message, column=self.start + 1, text=self.text)

    # -- literals ------------------------------------------------------------------------------------------------

    def number(self) -> int | float:
        """The value of a number; whole ones are Java's long."""
        if not self.word.isdecimal():
            value = float(self.word)
            if math.isinf(value):
                raise self.error(f"The number {self.word[:30]} is too large.")
            return value
        if len(self.word) > 19 or int(self.word) >= _LARGEST:
            raise self.error(f"The number {self.word[:30]} is too large. Write it with a point: {self.word[:30]}.0.")
        return int(self.word)

    def string(self) -> str:
        """The content of a text. A backslash stands before itself or the quotation mark only (EL 1.3)."""
        quote, inner = self.word[0], self.word[1:-1]
        for escape in _ESCAPE.finditer(inner):
            if escape[1] not in ("\\", quote):
                raise self.error(f"'{escape[0]}' means nothing in a text. For a backslash write two of them.")
        return _ESCAPE.sub(r"\1", inner)
