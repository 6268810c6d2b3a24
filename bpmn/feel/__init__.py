"""FEEL, the Friendly Enough Expression Language of DMN 1.5, complete and compiled once.

    feel.evaluate("amount * 1.19", {"amount": 100})
    feel.compile("amount > limit", dialect="camunda").evaluate({"amount": 5, "limit": 3})

Two dialects: "dmn" as the specification has it, and "camunda" as Camunda 8 evaluates it. What cannot be computed is
null with a warning (`Expression.run`); only texts that are no FEEL (`LanguageError`), Camunda's `assert` and the limits
(`EvaluationError`) raise. Values are described in `bpmn.feel.values`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal, Protocol

from bpmn.errors import EvaluationError, LanguageError
from bpmn.feel import syntax
from bpmn.feel.compiling import Closure, Compiler, Scope, unary
from bpmn.feel.compiling.calls import constant
from bpmn.feel.generating import SCALARS, Generated, entry, generated
from bpmn.feel.kinds import Check
from bpmn.feel.library import function_names, library
from bpmn.feel.parser import parse, parse_unary
from bpmn.feel.run import Course, Limits, Run, Warning  # noqa: A004 the word FEEL has for it
from bpmn.feel.scanner import words
from bpmn.feel.shapes import Shape
from bpmn.feel.values import Value, take_in

Dialect = Literal["dmn", "camunda"]
__all__ = [
    "Dialect",
    "EvaluationError",
    "Expression",
    "LanguageError",
    "Limits",
    "Outcome",
    "UnaryTests",
    "Warning",
    "compile",
    "compile_unary",
    "evaluate",
    "evaluate_unary",
]
_NO_TYPES: Mapping[str, Check] = {}
_EMPTY: Mapping[str, Any] = {}
_TOO_DEEP = "The expression calls itself too often, or is nested too deeply."


@dataclass(frozen=True, slots=True)
class Outcome:
    """A value, and why parts of it are null."""

    value: Value
    warnings: tuple[Warning, ...]


class Expression:
    """A compiled expression. It may be shared by threads.

    `evaluate(context=None, now=None)` gives the value for these variables; `now` is the clock of now() and today(). It
    raises `EvaluationError` for Camunda's `assert` and for a passed limit. `evaluate_in(context, run)` is the same
    within an evaluation that goes on (a decision's): its warnings and limits are `run`'s. Both are functions and no
    methods, whose code is replaced when they are called often (`bpmn.feel.generating`).
    """

    __slots__ = ("_compiler", "_evaluate", "dialect", "evaluate", "evaluate_in", "names", "text", "tree")

    def __init__(self, text: str, dialect: str, tree: syntax.Node, closure: Closure, compiler: Compiler) -> None:
        self.text = text
        self.dialect = dialect
        self.tree = tree
        self.names = frozenset(compiler.names)  # the variables it reads; built-in functions used as values among them
        self._evaluate = _in_a_run(closure, [None] * (compiler.size - 2))
        self._compiler = compiler

    def __getattr__(self, name: str) -> Any:
        """Most expressions are evaluated in one of the two ways only: what it takes is made when it is asked for."""
        if name == "evaluate":
            self.evaluate: Evaluate = _entry(("context", "now"), _anew(self._evaluate), self.tree, self._compiler)
            return self.evaluate
        if name == "evaluate_in":
            self.evaluate_in: EvaluateIn = _entry(("context", "run"), self._evaluate, self.tree, self._compiler)
            return self.evaluate_in
        raise AttributeError(name)

    def run(
        self, context: Mapping[str, Any] | None = None, now: datetime | None = None, *, limits: Limits | None = None
    ) -> Outcome:
        """As `evaluate`, with the warnings and, if wanted, other limits."""
        run = Run(now, limits)
        value = self._evaluate(context, run)
        return Outcome(value, tuple(run.warnings))


class Evaluate(Protocol):
    """How an expression is evaluated."""

    def __call__(self, context: Mapping[str, Any] | None = None, now: datetime | None = None) -> Value: ...


class EvaluateIn(Protocol):
    """How an expression is evaluated within an evaluation that goes on."""

    def __call__(self, context: Mapping[str, Any] | None, run: Course) -> Value: ...


def _in_a_run(closure: Closure, empty: list[None]) -> Callable[..., Value]:
    scalars, no_variables = SCALARS, _EMPTY

    def evaluate(context: Mapping[str, Any] | None, run: Course, noted: Sequence[Warning] | None = None) -> Value:
        """`noted`: the warnings there were before generated code was begun and left."""
        if noted is not None:
            run.warnings = noted
        try:
            value = closure([no_variables if context is None else context, run, *empty])
        except RecursionError:
            raise EvaluationError(_TOO_DEEP) from None
        return value if type(value) in scalars else take_in(value)

    return evaluate


def _anew(evaluate_in: Callable[..., Value]) -> Callable[..., Value]:
    course = Course

    def evaluate(context: Mapping[str, Any] | None, now: datetime | None, begun: Course | None = None) -> Value:
        if begun is not None:
            return evaluate_in(context, begun, ())
        run = course()
        if now is not None:
            run.now = now
        return evaluate_in(context, run)

    return evaluate


def _entry(parameters: tuple[str, ...], slow: Callable[..., Value], tree: syntax.Node, compiler: Compiler) -> Any:
    def generate() -> Generated | None:
        return generated(tree, Compiler(compiler.library, compiler.dialect, compiler.types), parameters)

    return entry(parameters, slow, generate)


class UnaryTests:
    """Compiled unary tests, such as a cell of a decision table."""

    __slots__ = ("_closure", "_empty", "names", "text", "tree")

    def __init__(self, text: str, tree: syntax.Tests, closure: Closure, compiler: Compiler) -> None:
        self.text = text
        self.tree = tree
        self.names = frozenset(compiler.names)
        self._closure = closure
        self._empty = [None] * (compiler.size - 3)

    def evaluate(
        self, value: Any, context: Mapping[str, Any] | None = None, now: datetime | None = None
    ) -> bool | None:
        """Whether `value` (the `?`) meets the tests; null when that cannot be said."""
        return self.evaluate_in(value, context, Run(now))

    def evaluate_in(self, value: Any, context: Mapping[str, Any] | None, run: Run) -> bool | None:
        """As `evaluate`, within an evaluation that goes on: its warnings and limits are `run`'s."""
        frame = [_EMPTY if context is None else context, run, take_in(value), *self._empty]
        try:
            result: bool | None = self._closure(frame)
        except RecursionError:
            raise EvaluationError("The tests are nested too deeply.") from None
        return result


def compile(
    text: str,
    *,
    dialect: Dialect = "dmn",
    names: Iterable[str] = (),
    types: Mapping[str, Check] | None = None,
) -> Expression:
    """Compile an expression; the same text gives the same object again.

    `names` are the names in scope that hold spaces or operators (others need not be told), `types` the named types that
    `instance of` may use. Raises `LanguageError` with the column and words for the person who wrote it.
    """
    if types:
        return _compile(text, dialect, _odd(names), types)
    return _cached(text, dialect, _odd(names))


def compile_unary(
    text: str, *, dialect: Dialect = "dmn", names: Iterable[str] = (), types: Mapping[str, Check] | None = None
) -> UnaryTests:
    """Compile unary tests. Raises `LanguageError`."""
    if types:
        return _compile_unary(text, dialect, _odd(names), types)
    return _cached_unary(text, dialect, _odd(names))


def evaluate(
    text: str, context: Mapping[str, Any] | None = None, *, dialect: Dialect = "dmn", now: datetime | None = None
) -> Value:
    """Compile and evaluate. Names of the context that hold spaces or operators are in scope."""
    return compile(text, dialect=dialect, names=names_in(context or {})).evaluate(context, now)


def evaluate_unary(
    text: str,
    value: Any,
    context: Mapping[str, Any] | None = None,
    *,
    dialect: Dialect = "dmn",
    now: datetime | None = None,
) -> bool | None:
    """Whether `value` meets unary tests such as `< 5, > 10`; null when that cannot be said."""
    return compile_unary(text, dialect=dialect, names=names_in(context or {})).evaluate(value, context, now)


def hole_values(shape: Shape, constants: Sequence[Value], dialect: Dialect) -> list[Value] | None:
    """What a text of a shape, with these constants, has in the shape's holes; None where one of them is no value."""
    found = [constant(hole(constants), library(dialect), dialect == "dmn") for hole in shape.holes]
    return None if None in found else found


def names_in(value: Any, depth: int = 6) -> set[str]:
    """The keys at any depth that hold spaces or operators: what a parser must know to read paths to them."""
    found: set[str] = set()
    if isinstance(value, Mapping):
        found.update(key for key in value if isinstance(key, str) and not key.isidentifier())
        for item in value.values():
            if depth and isinstance(item, Mapping | list):
                found |= names_in(item, depth - 1)
    elif isinstance(value, list) and depth:
        for item in value[:100]:
            if isinstance(item, Mapping | list):
                found |= names_in(item, depth - 1)
    return found


def _odd(names: Iterable[str]) -> frozenset[str]:
    return (
        frozenset(name for name in names if not name.isidentifier() and len(words(name)) > 1) if names else frozenset()
    )


@lru_cache(maxsize=8192)
def _cached(text: str, dialect: Dialect, names: frozenset[str]) -> Expression:
    return _compile(text, dialect, names, _NO_TYPES)


@lru_cache(maxsize=8192)
def _cached_unary(text: str, dialect: Dialect, names: frozenset[str]) -> UnaryTests:
    return _compile_unary(text, dialect, names, _NO_TYPES)


def _compile(text: str, dialect: Dialect, names: frozenset[str], types: Mapping[str, Check]) -> Expression:
    try:
        tree = parse(text, names=names, functions=function_names(dialect), lenient=dialect == "dmn")
        compiler = Compiler(library(dialect), dialect, types)
        return Expression(text, dialect, tree, compiler.compile(tree, Scope()), compiler)
    except RecursionError:
        raise LanguageError("The expression is nested too deeply. Split it up.", text=text[:80]) from None


def _compile_unary(text: str, dialect: Dialect, names: frozenset[str], types: Mapping[str, Check]) -> UnaryTests:
    try:
        tree = parse_unary(text, names=names, functions=function_names(dialect), lenient=dialect == "dmn")
        compiler = Compiler(library(dialect), dialect, types)
        slot = compiler.slot()
        return UnaryTests(text, tree, unary(compiler, tree, Scope().with_name("?", slot), slot), compiler)
    except RecursionError:
        raise LanguageError("The tests are nested too deeply. Split them up.", text=text[:80]) from None
