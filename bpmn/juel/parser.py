"""JUEL text into its syntax tree: literal text with `${...}` and `#{...}` parts (Expression Language 2.2, 1)."""

from __future__ import annotations

import re

from bpmn.errors import LanguageError
from bpmn.juel.scanner import CONSTANTS, WORDS, Scanner
from bpmn.juel.syntax import (
    Binary,
    Choice,
    FunctionCall,
    Index,
    Literal,
    Member,
    MethodCall,
    Name,
    Node,
    Template,
    Unary,
)
from bpmn.juel.variable_functions import names_variable

MAXIMUM_TEXT = 100_000
MAXIMUM_DEPTH = 80
MAXIMUM_ROW = 300
POWER = {"||": 1, "&&": 2, "==": 3, "!=": 3, "<": 4, ">": 4, "<=": 4, ">=": 4, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6}
_OPENING = re.compile(r"\\?[$#]\{")
_FUNCTION_OF_NAMESPACE = re.compile(r"\s*:\s*(?:[^\W\d]|\$)[\w$]*\s*\(")


def parse(text: str) -> Template:
    """The tree of a whole text. Raises `LanguageError` with the column where it stops making sense."""
    if len(text) > MAXIMUM_TEXT:
        raise LanguageError(f"The expression has more than {MAXIMUM_TEXT} characters.", text=text[:80])
    parts: list[str | Node] = []
    last = 0
    while (opening := _OPENING.search(text, last)) is not None:
        literal = text[last : opening.start()]
        if opening[0].startswith("\\"):
            parts.append(literal + opening[0][1:])
            last = opening.end()
            continue
        reader = _Reader(text)
        parts += [literal, reader.braced(opening.end())]
        last = reader.position
    parts.append(text[last:])
    return Template(tuple(_merged(parts)))


def _merged(parts: list[str | Node]) -> list[str | Node]:
    """Without empty texts, and neighbouring ones joined."""
    found: list[str | Node] = []
    for part in parts:
        if isinstance(part, str) and found and isinstance(found[-1], str):
            found[-1] += part
        elif part != "":
            found.append(part)
    return found


class _Reader(Scanner):
    """Reads the one expression that stands in a pair of braces."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.depth = 0
        self.open_choices = 0

    def braced(self, start: int) -> Node:
        self.go(start)
        node = self.expression()
        if not self.is_sign("}"):
            raise self.unclosed()
        return node

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAXIMUM_DEPTH:
            raise self.error(f"The expression is nested more than {MAXIMUM_DEPTH} levels deep.")

    def expression(self) -> Node:
        """With the ternary operator, which binds least."""
        self.deeper()
        node = self.binary(0)
        if self.take("?"):
            self.open_choices += 1
            yes = self.expression()
            self.open_choices -= 1
            self.expect(":")
            node = Choice(node, yes, self.expression())
        self.depth -= 1
        return node

    def binary(self, power: int) -> Node:
        left = self.unary()
        count = 0
        while self.kind == "sign" and POWER.get(self.word, 0) > power:
            operator = self.word
            self.step()
            left = Binary(operator, left, self.binary(POWER[operator]))
            count += 1
            if count > MAXIMUM_ROW:
                raise self.error(f"There are more than {MAXIMUM_ROW} operators in a row.")
        return left

    def unary(self) -> Node:
        if not self.is_sign("!", "-", "empty"):
            return self.value()
        operator = self.word
        self.deeper()
        self.step()
        node = Unary(operator, self.unary())
        self.depth -= 1
        return node

    def value(self) -> Node:
        """A literal, name, call or parenthesis with all its `.name`, `[index]` and `(arguments)`."""
        node = self.primary()
        count = 0
        while self.is_sign(".", "["):
            count += 1
            if count > MAXIMUM_ROW:
                raise self.error(f"There are more than {MAXIMUM_ROW} steps in a row.")
            if self.take("["):
                node = Index(node, self.inside())
                self.expect("]")
                continue
            self.step()
            node = self.after_dot(node)
        return node

    def after_dot(self, base: Node) -> Node:
        name = self.raw_name()
        if self.kind not in ("name", "sign") or (self.kind == "sign" and name not in WORDS):
            raise self.error(f"Expected a name after the dot, but found {self.found()}.")
        self.step()
        return MethodCall(base, name, self.arguments()) if self.is_sign("(") else Member(base, name)

    def primary(self) -> Node:
        kind, word = self.kind, self.word
        if kind == "sign" and word == "(":
            self.step()
            node = self.inside()
            self.expect(")")
            return node
        if kind not in ("name", "number", "string"):
            raise self.no_value()
        if kind == "name" and word not in CONSTANTS:
            return self.named(word)
        value = CONSTANTS[word] if kind == "name" else self.number() if kind == "number" else self.string()
        self.step()
        return Literal(value)

    def named(self, word: str) -> Node:
        """A name, or a function; one of a namespace only where no ternary waits for the colon."""
        is_namespace = not self.open_choices and _FUNCTION_OF_NAMESPACE.match(self.text, self.position)
        self.step()
        if is_namespace:
            self.step()
            word = f"{word}:{self.raw_name()}"
            self.step()
        return _called(word, self.arguments()) if self.is_sign("(") else Name(word)

    def inside(self) -> Node:
        """An expression between brackets, where a colon outside of them does not matter."""
        choices, self.open_choices = self.open_choices, 0
        node = self.expression()
        self.open_choices = choices
        return node

    def arguments(self) -> tuple[Node, ...]:
        self.expect("(")
        found: list[Node] = []
        while not self.is_sign(")"):
            found.append(self.inside())
            if not self.take(","):
                break
            if self.is_sign(")"):
                raise self.error("After the comma there must be another value.")
        self.expect(")")
        return tuple(found)

    # -- what went wrong -----------------------------------------------------------------------------------------

    def unclosed(self) -> LanguageError:
        if self.is_sign("=") or (self.kind == "junk" and self.word == "="):
            return self.error("A single '=' sets nothing here. To compare, write '=='.")
        return self.error(f"Expected '}}' to close the expression, but found {self.found()}.")

    def no_value(self) -> LanguageError:
        if self.kind == "junk" and self.word in "\"'":
            return self.error("This text is not closed: the quotation mark at its end is missing.")
        if self.kind == "junk" and self.word == "=":
            return self.error("A single '=' sets nothing here. To compare, write '=='.")
        if self.is_sign("}"):
            return self.error("Expected a value before the closing '}'.")
        return self.error(f"Expected a value, but found {self.found()}.")


def _called(name: str, arguments: tuple[Node, ...]) -> FunctionCall:
    """A call; where it names a variable, quotation marks around that name may be missing."""
    if names_variable(name) and arguments and isinstance(arguments[0], Name):
        arguments = (Literal(arguments[0].name), *arguments[1:])
    return FunctionCall(name, arguments)
