"""JUEL text into closures: literal text with `${...}` and `#{...}` parts (Expression Language 2.2, section 1)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bpmn.errors import EvaluationError, LanguageError
from bpmn.juel import methods, operators

MAXIMUM_TEXT = 100_000
MAXIMUM_DEPTH = 80


@dataclass(frozen=True, slots=True)
class Environment:
    """What names mean in one evaluation."""

    variables: Mapping[str, Any]
    objects: Mapping[str, Any]
    functions: Mapping[str, Callable[..., Any]]
    now: datetime | None


Closure = Callable[[Environment], Any]
_TOKEN = re.compile(
    r"""\s*+(?:
     (?P<name>[A-Za-z_$][\w$]*)
    |(?P<number>\d+\.\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|\d+(?:[eE][+-]?\d+)?)
    |(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<sign>&&|\|\||==|!=|<=|>=|[-+*/%<>!?:()\[\].,}])
    |(?P<junk>\S)
    |(?P<end>\Z)
    )""",
    re.VERBOSE | re.DOTALL,
)
_WORDS = {"eq": "==", "ne": "!=", "lt": "<", "gt": ">", "le": "<=", "ge": ">=", "and": "&&", "or": "||", "div": "/"}
_WORDS |= {"mod": "%", "not": "!", "empty": "empty", "instanceof": "instanceof"}
_CONSTANTS = {"true": True, "false": False, "null": None}
_POWER = {"||": 1, "&&": 2, "==": 3, "!=": 3, "<": 4, ">": 4, "<=": 4, ">=": 4, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6}
_OPENING = re.compile(r"\\?[$#]\{")


class Parser:
    """One text being read."""

    def __init__(self, text: str) -> None:
        if len(text) > MAXIMUM_TEXT:
            raise LanguageError(f"The expression has more than {MAXIMUM_TEXT} characters.", text=text[:80])
        self.text = text
        self.position = 0
        self.depth = 0
        self.names: set[str] = set()
        self.functions: set[str] = set()
        self.kind, self.word, self.start = "", "", 0

    # -- the whole text ------------------------------------------------------------------------------------------

    def template(self) -> Closure:
        """The text as a whole: a lone expression keeps the type of its value, anything else is joined to a text."""
        parts: list[str | Closure] = []
        last = 0
        while (opening := _OPENING.search(self.text, last)) is not None:
            if opening[0].startswith("\\"):
                parts.append(self.text[last : opening.start()] + opening[0][1:])
                last = opening.end()
                continue
            parts.append(self.text[last : opening.start()])
            parts.append(self.braced(opening.end()))
            last = self.position
        parts.append(self.text[last:])
        return _joined([part for part in parts if part != ""])

    def braced(self, start: int) -> Closure:
        self.position = start
        self.step()
        closure = self.expression()
        if self.word != "}" or self.kind != "sign":
            raise self.error(f"Expected '}}' to close the expression, but found {self.found()}.")
        return closure

    # -- tokens --------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """Read the next token."""
        match = _TOKEN.match(self.text, self.position)
        if match is None:
            raise LanguageError("The expression cannot be read.", column=self.position + 1, text=self.text)
        self.kind = match.lastgroup or "end"
        self.word = match[self.kind]
        self.start = match.end() - len(self.word)
        if self.kind == "name" and self.word in _WORDS:
            self.kind, self.word = "sign", _WORDS[self.word]
        self.position = match.end()

    def take(self, sign: str) -> bool:
        if self.kind == "sign" and self.word == sign:
            self.step()
            return True
        return False

    def expect(self, sign: str) -> None:
        if not self.take(sign):
            raise self.error(f"Expected '{sign}', but found {self.found()}.")

    def found(self) -> str:
        return "the end of the text" if self.kind == "end" else f"'{self.word[:40]}'"

    def error(self, message: str) -> LanguageError:
        return LanguageError(message, column=self.start + 1, text=self.text)

    # -- expressions ---------------------------------------------------------------------------------------------

    def expression(self) -> Closure:
        """With the ternary operator, which binds least."""
        self.depth += 1
        if self.depth > MAXIMUM_DEPTH:
            raise self.error(f"The expression is nested more than {MAXIMUM_DEPTH} levels deep.")
        condition = self.binary(0)
        if self.take("?"):
            yes = self.expression()
            self.expect(":")
            no = self.expression()
            test = condition
            condition = lambda env: yes(env) if operators.boolean(test(env)) else no(env)  # noqa: E731
        self.depth -= 1
        return condition

    def binary(self, power: int) -> Closure:
        left = self.unary()
        count = 0
        while self.kind == "sign" and _POWER.get(self.word, 0) > power:
            operator = self.word
            self.step()
            left = _operation(operator, left, self.binary(_POWER[operator]))
            count += 1
            if count > 300:
                raise self.error("There are more than 300 operators in a row.")
        return left

    def unary(self) -> Closure:
        operator = self.word if self.kind == "sign" else ""
        if operator not in ("!", "-", "empty"):
            return self.value()
        self.depth += 1
        if self.depth > MAXIMUM_DEPTH:
            raise self.error(f"The expression is nested more than {MAXIMUM_DEPTH} levels deep.")
        self.step()
        operand = self.unary()
        self.depth -= 1
        if operator == "!":
            return lambda env: not operators.boolean(operand(env))
        if operator == "-":
            return lambda env: -operators.number(operand(env))
        return lambda env: operators.is_empty(operand(env))

    def value(self) -> Closure:
        """A literal, name, call or parenthesis with all its `.name`, `[index]` and `(arguments)`."""
        closure = self.primary()
        while self.kind == "sign" and self.word in (".", "["):
            if self.take("["):
                index = self.expression()
                self.expect("]")
                closure = _member(closure, index)
                continue
            self.step()
            closure = self.after_dot(closure)
        return closure

    def after_dot(self, base: Closure) -> Closure:
        if self.kind not in ("name", "sign") or not self.word[:1].isalpha():
            raise self.error(f"Expected a name after the dot, but found {self.found()}.")
        name = self.text[self.start : self.position]
        self.step()
        if self.kind == "sign" and self.word == "(":
            arguments = self.arguments()
            return lambda env: methods.call(base(env), name, [argument(env) for argument in arguments])
        return _member(base, lambda env: name)

    def primary(self) -> Closure:
        kind, word = self.kind, self.word
        if kind == "sign" and word == "(":
            self.step()
            inner = self.expression()
            self.expect(")")
            return inner
        if kind not in ("name", "number", "string"):
            raise self.no_value()
        self.step()
        if kind == "number":
            constant = int(word) if word.isdecimal() else float(word)
            return lambda env: constant
        if kind == "string":
            content = re.sub(r"\\(.)", r"\1", word[1:-1], flags=re.DOTALL)
            return lambda env: content
        if word in _CONSTANTS:
            return lambda env: _CONSTANTS[word]
        if self.kind == "sign" and self.word == "(":
            return self.function(word)
        self.names.add(word)
        return lambda env: _variable(word, env)

    def no_value(self) -> LanguageError:
        if self.kind == "junk" and self.word in "\"'":
            return self.error("This text is not closed: the quotation mark at its end is missing.")
        if self.kind == "junk" and self.word == "=":
            return self.error("JUEL compares with '=='.")
        return self.error(f"Expected a value, but found {self.found()}.")

    def function(self, name: str) -> Closure:
        self.functions.add(name)
        arguments = self.arguments()

        def call(env: Environment) -> Any:
            known = env.functions.get(name)
            if known is None:
                raise EvaluationError(f"There is no function '{name}'. There are: {', '.join(sorted(env.functions))}.")
            try:
                return known(env, *[argument(env) for argument in arguments])
            except TypeError as error:
                raise EvaluationError(f"The function '{name}' cannot be used like this.") from error

        return call

    def arguments(self) -> list[Closure]:
        self.expect("(")
        found: list[Closure] = []
        while not (self.kind == "sign" and self.word == ")"):
            found.append(self.expression())
            if not self.take(","):
                break
        self.expect(")")
        return found


def _variable(name: str, env: Environment) -> Any:
    """Objects come before variables; an unknown name is an error, not null (Camunda 7: PropertyNotFoundException)."""
    if name in env.objects:
        return env.objects[name]
    try:
        return env.variables[name]
    except KeyError:
        raise EvaluationError(
            f"Unknown name '{name}': there is no such variable here. Give it a value before this point, or read it "
            f"with execution.getVariable('{name}'), which gives null for a missing one."
        ) from None


def _member(base: Closure, name: Closure) -> Closure:
    return lambda env: methods.member(base(env), name(env))


def _operation(operator: str, left: Closure, right: Closure) -> Closure:
    if operator == "&&":
        return lambda env: operators.boolean(left(env)) and operators.boolean(right(env))
    if operator == "||":
        return lambda env: operators.boolean(left(env)) or operators.boolean(right(env))
    compare = _COMPARISONS.get(operator)
    if compare is not None:
        return lambda env: compare(left(env), right(env))
    return lambda env: operators.arithmetic(operator, left(env), right(env))


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operators.equal,
    "!=": lambda left, right: not operators.equal(left, right),
    "<": operators.less,
    "<=": lambda left, right: operators.less(left, right, or_equal=True),
    ">": lambda left, right: operators.less(right, left),
    ">=": lambda left, right: operators.less(right, left, or_equal=True),
}


def _joined(parts: list[str | Closure]) -> Closure:
    if len(parts) == 1 and not isinstance(parts[0], str):
        return parts[0]
    if all(isinstance(part, str) for part in parts):
        text = "".join(part for part in parts if isinstance(part, str))
        return lambda env: text
    return lambda env: "".join(part if isinstance(part, str) else operators.text(part(env)) for part in parts)
