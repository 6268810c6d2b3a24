"""Groovy, Python and jBPM's Java scripts that are nothing but assignments, calls on `execution` or `task`, and sums.

Such a script means the same here as there, so it runs; `compile` refuses everything else with the place, and what is
only known while it runs (a sum that overflows Java's int, a map inside a text) is an error instead of another result.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Context, Decimal, Inexact, localcontext
from functools import lru_cache
from typing import Any

from bpmn.errors import EvaluationError, LanguageError
from bpmn.juel.operators import shown
from bpmn.juel.operators import text as written

MAXIMUM_TEXT = 20_000
MAXIMUM_DEPTH = 40
MAXIMUM_ROW = 100
OBJECTS = frozenset(("execution", "task", "connector"))
METHODS = frozenset(
    """getVariable setVariable getVariableLocal setVariableLocal removeVariable hasVariable getBusinessKey
    getProcessBusinessKey getProcessInstanceId getCurrentActivityId getCurrentActivityName getAssignee setAssignee
    setPriority setName getName addCandidateUser addCandidateGroup""".split()
)


@dataclass(frozen=True)
class Grammar:
    """In what the two languages differ."""

    name: str
    comment: str
    constants: Mapping[str, Any]
    declares: frozenset[str] = frozenset()
    prints: frozenset[str] = frozenset()
    interpolates: bool = False
    joins_anything: bool = False
    bits: int = 0  # of an int; 0 when it has no bounds
    objects: Mapping[str, str] = field(default_factory=lambda: {name: name for name in OBJECTS})  # name there: here
    has_chars: bool = False  # what stands in single quotes is no text
    fraction: Callable[[str], Any] = Decimal


_GROOVY = Grammar(
    "Groovy",
    r"//[^\n]*|/\*.*?\*/",
    {"true": True, "false": False, "null": None},
    declares=frozenset(("def", "var", "Object")),
    prints=frozenset(("println", "print", "System.out.println", "System.out.print")),
    interpolates=True,
    joins_anything=True,
    bits=32,
)
_PYTHON = Grammar("Python", r"\#[^\n]*", {"True": True, "False": False, "None": None}, prints=frozenset(("print",)))
# jBPM's: kcontext is its execution, and what is not set there stays in the script.
_JAVA = Grammar(
    "Java",
    _GROOVY.comment,
    _GROOVY.constants,
    declares=frozenset(
        ("String", "int", "Integer", "long", "Long", "double", "Double", "boolean", "Boolean", "Object")
    ),
    prints=frozenset(("System.out.println", "System.out.print")),
    joins_anything=True,
    bits=32,
    objects={"kcontext": "execution"},
    has_chars=True,
    fraction=float,
)
GRAMMARS = {
    "groovy": _GROOVY,
    "python": _PYTHON,
    "jython": _PYTHON,
    **dict.fromkeys(("java", "http://www.java.com/java", "mvel", "http://www.mvel.org/2.0"), _JAVA),
}


@dataclass
class Run:
    """One run of a script: its own names hide the variables, and what it changes is made when it has ended."""

    variables: Mapping[str, Any]
    objects: Mapping[str, Any]
    own: dict[str, Any] = field(default_factory=dict)
    changed: dict[str, Any] = field(default_factory=dict)
    effects: list[tuple[Any, str, list[Any]]] = field(default_factory=list)

    def call(self, host: Any, method: str, args: list[Any]) -> Any:
        """Note a change, or ask; what the script has set it reads back."""
        if not method.startswith(("get", "has")):
            if method.startswith(("setVariable", "removeVariable")) and args:
                self.changed[str(args[0])] = args[1] if len(args) > 1 else _GONE
            self.effects.append((host, method, args))
            return None
        if "Variable" in method and args and str(args[0]) in self.changed:
            value = self.changed[str(args[0])]
            return value is not _GONE if method.startswith("has") else None if value is _GONE else value
        return host.call(method, args)


Step = Callable[[Run], Any]
_GONE = object()


class PlainScript:
    """A compiled script. It may be shared by threads."""

    def __init__(self, steps: list[Step]) -> None:
        self._steps = steps

    def run(self, variables: Mapping[str, Any], objects: Mapping[str, Any]) -> Any:
        """The value of the last statement; a script that fails changes nothing.

        Raises `EvaluationError` for unknown names and sums that do not come out.
        """
        run, value = Run(variables, objects), None
        try:
            for step in self._steps:
                value = step(run)
            for host, method, args in run.effects:
                host.call(method, args)
        except RecursionError:
            raise EvaluationError("The script is nested too deeply.") from None
        return value


@lru_cache(maxsize=1024)
def compile(text: str, format: str) -> PlainScript:
    """Compile a script in one of `GRAMMARS`. Raises `LanguageError` for one that does more than is exact here."""
    grammar = GRAMMARS[format.lower()]
    if len(text) > MAXIMUM_TEXT:
        raise LanguageError(f"The script has more than {MAXIMUM_TEXT:,} characters.", text=text[:80])
    return PlainScript(_Reader(text, grammar).statements())


def _tokens(grammar: Grammar) -> re.Pattern[str]:
    return re.compile(
        rf"""[ \t\r\f]*+(?:
         (?P<comment>{grammar.comment})
        |(?P<line>[\n;])
        |(?P<name>(?:System\.out\.print(?:ln)?|[^\W\d]\w*)\b)
        |(?P<number>\d+(?:\.\d+)?(?![\w.]))
        |(?P<string>"(?!"")(?:[^"\\\n]|\\.)*+"|'(?!'')(?:[^'\\\n]|\\.)*+')
        |(?P<sign>[-+*=().,:](?!=))
        |(?P<junk>\S)
        |(?P<end>\Z)
        )""",
        re.VERBOSE | re.DOTALL,
    )


_PATTERNS = {grammar.name: _tokens(grammar) for grammar in (_GROOVY, _PYTHON, _JAVA)}
_ESCAPES = {"n": "\n", "t": "\t", "\\": "\\", "'": "'", '"': '"', "$": "$"}
_HOLE = re.compile(r"\\.|\$\{\s*([^\W\d]\w*)\s*\}|\$([^\W\d]\w*+)(?!\.[^\W\d])|\$", re.DOTALL)


class _Reader:
    """One script being read."""

    def __init__(self, text: str, grammar: Grammar) -> None:
        self.text = text
        self.grammar = grammar
        self.depth = 0
        self.place = 0
        self.kind, self.word, self.start = "", "", 0
        self.step()

    # -- words -----------------------------------------------------------------------------------------------------

    def step(self) -> None:
        while True:
            match = _PATTERNS[self.grammar.name].match(self.text, self.place)
            assert match is not None
            self.kind = match.lastgroup or "end"
            self.word, self.start, self.place = match[self.kind], match.start(self.kind), match.end()
            if self.kind != "comment":
                return

    def skip_lines(self) -> None:
        while self.kind == "line" and self.word == "\n":
            self.step()

    def take(self, sign: str) -> bool:
        if self.kind == "sign" and self.word == sign:
            self.step()
            return True
        return False

    def expect(self, sign: str) -> None:
        self.skip_lines()
        if not self.take(sign):
            raise self.refused()

    def refused(self) -> LanguageError:
        line = self.text.count("\n", 0, self.start) + 1
        what = f"'{self.word.strip()[:40]}'" if self.word.strip() else "the end"
        return LanguageError(
            f"Scripts in {self.grammar.name.lower()} run here only as plain assignments, sums and calls on 'execution' "
            f"and 'task'; line {line} goes on with {what}.",
            column=self.start - (self.text.rfind("\n", 0, self.start) + 1) + 1,
            text=self.text,
        )

    # -- statements ------------------------------------------------------------------------------------------------

    def statements(self) -> list[Step]:
        found: list[Step] = []
        while True:
            while self.kind == "line":
                self.step()
            if self.kind == "end":
                return found
            found.append(self.statement())
            if self.kind not in ("line", "end"):
                raise self.refused()

    def statement(self) -> Step:
        if self.kind == "name" and self.word in self.grammar.prints:
            return self.printed()
        if self.kind == "name" and self.word in self.grammar.declares:
            self.step()
            if self.kind != "name" or self.following() != "=":
                raise self.refused()
        if self.kind == "name" and self.following() == "=":
            return self.assignment()
        return self.sum()

    def following(self) -> str:
        match = _PATTERNS[self.grammar.name].match(self.text, self.place)
        return match["sign"] or "" if match is not None else ""

    def assignment(self) -> Step:
        name = self.word
        if name in self.grammar.objects or name in self.grammar.constants:
            raise self.refused()
        self.step()
        self.step()
        value = self.sum()

        def assign(run: Run) -> Any:
            run.own[name] = value(run)
            return run.own[name]

        return assign

    def printed(self) -> Step:
        """What is printed is not kept, however it looks; but a name that is not there fails, as it does there."""
        self.step()
        value = self.sum()

        def say(run: Run) -> None:
            with suppress(_WrittenOtherwise):
                value(run)

        return say

    # -- expressions -----------------------------------------------------------------------------------------------

    def sum(self) -> Step:
        self.depth += 1
        if self.depth > MAXIMUM_DEPTH:
            raise self.refused()
        self.skip_lines()
        value = self.row("+-", self.product)
        self.depth -= 1
        return value

    def product(self) -> Step:
        return self.row("*", self.factor)

    def row(self, operators: str, following: Callable[[], Step]) -> Step:
        value = following()
        count = 0
        while self.kind == "sign" and self.word in operators:
            count += 1
            if count > MAXIMUM_ROW:
                raise self.refused()
            value = self.operation(value, following)
        return value

    def operation(self, left: Step, following: Callable[[], Step]) -> Step:
        operator, grammar = self.word, self.grammar
        self.step()
        self.skip_lines()
        right = following()
        return lambda run: _calculated(operator, left(run), right(run), grammar)

    def factor(self) -> Step:
        kind, word = self.kind, self.word
        if kind == "sign" and word in "-(":
            return self.negative() if word == "-" else self.parenthesis()
        if kind == "number":
            constant = self.grammar.fraction(word) if "." in word else int(word)
            self.step()
            return lambda run: constant
        if kind == "string" and not (self.grammar.has_chars and word[0] == "'"):
            self.step()
            return self.string(word)
        if kind == "name":
            return self.named(word)
        raise self.refused()

    def negative(self) -> Step:
        self.step()
        if self.kind == "sign" and self.word == "-":
            raise self.refused()  # `--` is another operator in Groovy
        value, grammar = self.factor(), self.grammar
        return lambda run: _calculated("-", 0, value(run), grammar)

    def parenthesis(self) -> Step:
        self.step()
        value = self.sum()
        self.expect(")")
        return value

    def named(self, word: str) -> Step:
        if word in self.grammar.objects and self.following() == ".":
            return self.call(self.grammar.objects[word])
        if word in self.grammar.prints or self.following() in (".", "(", ":"):
            raise self.refused()
        self.step()
        if word in self.grammar.constants:
            constant = self.grammar.constants[word]
            return lambda run: constant
        return lambda run: _read(word, run)

    def call(self, object: str) -> Step:
        self.step()
        self.step()
        method = self.word
        if self.kind != "name" or method not in METHODS:
            raise self.refused()
        self.step()
        self.expect("(")
        arguments = self.arguments()

        def called(run: Run) -> Any:
            host = run.objects.get(object)
            if host is None:
                raise EvaluationError(f"There is no '{object}' here.")
            return run.call(host, method, [argument(run) for argument in arguments])

        return called

    def arguments(self) -> list[Step]:
        found: list[Step] = []
        self.skip_lines()
        while not (self.kind == "sign" and self.word == ")"):
            found.append(self.sum())
            self.skip_lines()
            if not self.take(","):
                break
            self.skip_lines()
        self.expect(")")
        return found

    def string(self, word: str) -> Step:
        parts: list[str | Step] = []
        inner, last = word[1:-1], 0
        is_template = self.grammar.interpolates and word[0] == '"'
        for hole in _HOLE.finditer(inner):
            name = hole[1] or hole[2]
            is_escape = hole[0].startswith("\\")
            if not is_escape and not is_template:
                continue
            if (is_escape and hole[0][1] not in _ESCAPES) or not (is_escape or name):
                raise self.refused()
            parts.append(inner[last : hole.start()])
            parts.append(_ESCAPES[hole[0][1]] if is_escape else _reader(name))
            last = hole.end()
        parts.append(inner[last:])
        return lambda run: "".join(part if isinstance(part, str) else _text(part(run)) for part in parts)


def _reader(name: str) -> Step:
    return lambda run: _read(name, run)


def _read(name: str, run: Run) -> Any:
    for known in (run.own, run.variables):
        if name in known:
            return known[name]
    raise EvaluationError(f"Unknown name '{name}': the script gives it no value, and there is no such variable.")


# -- what the operators do ---------------------------------------------------------------------------------------------


class _WrittenOtherwise(EvaluationError):
    """The text that would come out here is not the one that would come out there."""


_EXACT = Context(prec=200, traps=[Inexact])  # Java's BigDecimal rounds no sum


def _text(value: Any) -> str:
    """A value in a Groovy text. Lists, maps and dates are written otherwise there."""
    if value is None:
        return "null"
    if isinstance(value, str | bool | int | float | Decimal):
        return written(value)
    raise _WrittenOtherwise(f"{shown(value)} inside a text would not be written as Groovy writes it.")


def _calculated(operator: str, left: Any, right: Any, grammar: Grammar) -> Any:
    if operator == "+" and (isinstance(left, str) or isinstance(right, str)):
        return _joined(left, right, grammar)
    if not _is_number(left) or not _is_number(right):
        raise EvaluationError(f"'{operator}' of {shown(left)} and {shown(right)} is no sum of numbers.")
    try:
        if isinstance(left, float) or isinstance(right, float):
            left, right = float(left), float(right)
        with localcontext(_EXACT):
            value = left + right if operator == "+" else left - right if operator == "-" else left * right
    except (ArithmeticError, OverflowError):
        raise EvaluationError("The result is too large.") from None
    return _fitting(left, right, value, grammar)


def _joined(left: Any, right: Any, grammar: Grammar) -> str:
    is_strict = isinstance(left, bool) or not grammar.joins_anything
    if is_strict and not (isinstance(left, str) and isinstance(right, str)):
        raise EvaluationError(f"{shown(left)} and {shown(right)} cannot be joined.")
    joined = _text(left) + _text(right)
    if len(joined) > 1_000_000:
        raise EvaluationError("A text may have at most 1,000,000 characters.")
    return joined


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _fitting(left: Any, right: Any, value: Any, grammar: Grammar) -> Any:
    """The value, unless Java would have cut it off: two ints make an int there, and a long makes a long."""
    if not isinstance(value, int):
        return value
    fits_int = all(-(2**31) <= one < 2**31 for one in (left, right))
    bits = 2048 if not grammar.bits else 31 if fits_int else 63
    if value.bit_length() > bits:
        raise EvaluationError(f"The result {str(value)[:40]} is too large for {grammar.name} on Java.")
    return value
