"""Reading tokens one after the other: what is next, what was expected, and which words form one name.

Names with spaces or operators are recognised when they are in scope: those the caller gives, those the expression
itself declares (context keys, iterators, parameters) and the built-in functions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bpmn.errors import LanguageError
from bpmn.feel import syntax
from bpmn.feel.scanner import END, KEYWORD, NAME, NUMBER, QUOTED, SIGN, STRING, Token, scan, string_value, words

MAXIMUM_DEPTH = 100
Names = dict[str, list[tuple[tuple[str, ...], str]]]


def name_table(names: Iterable[str]) -> Names:
    """Names of more than one word, by their first word, longest first."""
    table: Names = {}
    for name in names:
        parts = words(name)
        if len(parts) > 1 or (parts and parts[0] != name):
            table.setdefault(parts[0], []).append((parts, name))
    for candidates in table.values():
        candidates.sort(key=lambda entry: len(entry[0]), reverse=True)
    return table


_PROPERTY_NAMES = name_table(("time offset", "start included", "end included"))
_TYPE_NAMES = name_table(
    (
        "date and time",
        "days and time duration",
        "years and months duration",
        "day time duration",
        "year month duration",
        "days duration",
    )
)


class Tokens:
    """One text being read, from left to right, without ever going back more than a token."""

    def __init__(self, text: str, names: Iterable[str], functions: Names | None, lenient: bool) -> None:
        self.text = text
        self.tokens = scan(text)
        self.position = 0
        self.known = name_table(names)
        self.functions = functions or {}
        self.lenient = lenient
        self.depth = 0
        self.in_range_end = False

    # -- tokens --------------------------------------------------------------------------------------------------

    @property
    def token(self) -> Token:
        return self.tokens[self.position]

    def at(self, *signs: str) -> bool:
        kind, text, _ = self.tokens[self.position]
        return text in signs and kind in (SIGN, KEYWORD)

    def take(self, sign: str) -> bool:
        """Step over `sign` when it is next."""
        if self.at(sign):
            self.position += 1
            return True
        return False

    def expect(self, sign: str, what: str) -> None:
        """Step over `sign`, or fail saying `what` it belongs to."""
        if not self.take(sign):
            raise self.error(f"Expected '{sign}' {what}, but found {self.found()}.")

    def expect_end(self) -> None:
        if self.token[0] == NAME and self.position and self.tokens[self.position - 1][0] == NAME:
            raise self.error(
                f"There is an operator missing before {self.found()}. A name with spaces must be written in backticks."
            )
        if self.token[1] == "?":
            raise self.error("FEEL knows no '... ? ... : ...'. Write: if ... then ... else ...")
        if self.token[0] != END:
            raise self.error(f"The expression is complete, but {self.found()} follows. An operator may be missing.")

    def found(self) -> str:
        kind, text, _ = self.token
        if kind == END:
            return "the end of the text"
        return f"'{text}'" if len(text) <= 40 else f"'{text[:40]}...'"

    def error(self, message: str, start: int | None = None) -> LanguageError:
        """A LanguageError at the current token, or at offset `start`."""
        return LanguageError(message, column=(self.token[2] if start is None else start) + 1, text=self.text)

    # -- names ---------------------------------------------------------------------------------------------------

    def known_name(self, table: Names) -> str | None:
        """Step over the longest known name that starts here."""
        for parts, name in table.get(self.token[1], ()):
            if self.looking_at(parts):
                self.position += len(parts)
                return name
        return None

    def function_name(self) -> str | None:
        """Step over a built-in's name of several words, if it is called here."""
        for parts, name in self.functions.get(self.token[1], ()):
            if self.looking_at(parts) and self.tokens[self.position + len(parts)][1] == "(":
                self.position += len(parts)
                return name
        return None

    def looking_at(self, parts: Sequence[str]) -> bool:
        position = self.position
        if position + len(parts) >= len(self.tokens):
            return False
        return all(self.tokens[position + index][1] == part for index, part in enumerate(parts))

    def join_words(self, text: str) -> str:
        while self.token[0] == NAME:
            text = f"{text} {self.token[1]}"
            self.position += 1
        return text

    def property_name(self) -> str:
        """What stands after a dot."""
        kind, text, _ = self.token
        if kind == QUOTED:
            self.position += 1
            return text[1:-1]
        joined = self.known_name(self.known) or self.known_name(_PROPERTY_NAMES)
        if joined is not None:
            return joined
        if kind not in (NAME, KEYWORD):
            raise self.error(f"Expected a name after the dot, but found {self.found()}.")
        self.position += 1
        return self.join_words(text) if self.lenient else text

    def key(self, what: str) -> str:
        """A string, or all words up to the colon."""
        kind, text, start = self.token
        if kind == STRING and self.tokens[self.position + 1][1] == ":":
            self.position += 2
            return string_value(text)
        first = self.position
        while not self.at(":"):
            if self.token[0] in (END, STRING) or self.at("{", "}", ",", "(", ")", "[", "]"):
                raise self.error(f"Expected ':' after the name {what}, but found {self.found()}.")
            self.position += 1
        name = re.sub(r"\s+", " ", self.text[start : self.token[2]].strip())
        self.position += 1
        if self.position - first == 1 or self.tokens[first][0] == NUMBER:
            raise self.error(f"The name {what} is missing or starts with a digit.", start)
        if self.position - first == 2 and kind == KEYWORD:
            raise self.error(f"'{name}' is a keyword and cannot be the name {what}.", start)
        return name[1:-1] if kind == QUOTED and self.position - first == 2 else name

    def declare(self, name: str) -> None:
        """Make a name of several words known to what follows."""
        for first, candidates in name_table((name,)).items():
            others = self.known.get(first, [])
            self.known[first] = sorted([*candidates, *others], key=lambda entry: len(entry[0]), reverse=True)

    def declared_name(self, until: tuple[str, ...], what: str) -> str:
        """The words of a new name, up to one of the signs or keywords `until`."""
        kind, text, start = self.token
        first = self.position
        while not self.at(*until):
            if self.token[0] in (END, STRING):
                raise self.error(f"Expected '{until[0]}' after the name {what}, but found {self.found()}.")
            self.position += 1
        name = re.sub(r"\s+", " ", self.text[start : self.token[2]].strip())
        if not name or self.tokens[first][0] not in (NAME, QUOTED):
            raise self.error(f"Expected the name {what}.", start)
        name = text[1:-1] if kind == QUOTED else name
        self.declare(name)
        return name

    # -- types ---------------------------------------------------------------------------------------------------

    def type(self) -> syntax.Type:
        """A type, such as `number`, `list<string>`, `context<a: number>` or `function<number> -> string`."""
        start = self.token[2]
        self.depth += 1
        if self.depth > MAXIMUM_DEPTH:
            raise self.error("The type is nested too deeply.")
        name = self.type_name()
        try:
            if not self.take("<"):
                return syntax.Type(name, column=start + 1)
            return self.type_parts(name, start + 1)
        finally:
            self.depth -= 1

    def type_name(self) -> str:
        joined = self.known_name(_TYPE_NAMES) or self.known_name(self.known)
        text = joined or self.simple_type_name()
        while self.at(".") and self.tokens[self.position + 1][0] == NAME:
            self.position += 1
            part = self.known_name(self.known)
            if part is None:
                part = self.token[1]
                self.position += 1
            text = f"{text}.{part}"
        return text

    def simple_type_name(self) -> str:
        kind, text, _ = self.token
        if kind == QUOTED:
            self.position += 1
            return text[1:-1]
        if kind != NAME and text not in ("function", "null"):
            raise self.error(f"Expected the name of a type, but found {self.found()}.")
        self.position += 1
        return text

    def type_parts(self, name: str, column: int) -> syntax.Type:
        arguments: list[syntax.Type] = []
        fields: list[tuple[str, syntax.Type]] = []
        while not self.at(">"):
            if name == "context":
                fields.append((self.key("of a context entry"), self.type()))
            else:
                arguments.append(self.type())
            if not self.take(","):
                break
        self.expect(">", "to close the type")
        result = self.type() if self.take("->") else None
        return syntax.Type(name, tuple(arguments), tuple(fields), result, column=column)
