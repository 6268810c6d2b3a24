"""JUEL, the expression language of Camunda 7 diagrams, as they use it.

    juel.evaluate("${amount > 100 ? 'boss' : 'team'}", {"amount": 250})

Values are plain Python; no attribute or method of a Python object can be reached, only what `methods` lists and what a
`HostObject` offers. Unknown names are errors, as in Camunda 7.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from bpmn.errors import EvaluationError, LanguageError
from bpmn.juel import spin
from bpmn.juel.hosts import HostObject
from bpmn.juel.parser import Closure, Environment, Parser

__all__ = ["EvaluationError", "Expression", "HostObject", "LanguageError", "compile", "evaluate"]
_NOTHING: Mapping[str, Any] = {}
OBJECTS = frozenset(("execution", "task", "externalTask", "caseExecution", "authenticatedUserId"))


class Expression:
    """A compiled text. It may be shared by threads."""

    __slots__ = ("_closure", "functions", "names", "text")

    def __init__(self, text: str, closure: Closure, parser: Parser) -> None:
        self.text = text
        self.names = frozenset(parser.names) - OBJECTS  # the variables it reads
        self.functions = frozenset(parser.functions)
        self._closure = closure

    def evaluate(
        self,
        variables: Mapping[str, Any] = _NOTHING,
        *,
        now: datetime | None = None,
        objects: Mapping[str, Any] | None = None,
        functions: Mapping[str, Callable[..., Any]] | None = None,
    ) -> Any:
        """The value. Raises `EvaluationError` for unknown names, null where a value is needed, and types that do not
        fit.

        `functions` adds functions of an application; they are called with the arguments of the expression.
        """
        known = _FUNCTIONS if not functions else _FUNCTIONS | {name: _offered(f) for name, f in functions.items()}
        try:
            return self._closure(Environment(variables, objects or _NOTHING, known, now))
        except RecursionError:
            raise EvaluationError("The expression is nested too deeply.") from None


@lru_cache(maxsize=4096)
def compile(text: str) -> Expression:
    """Compile a text; the same text gives the same object again. Raises `LanguageError` with the column."""
    parser = Parser(text)
    try:
        return Expression(text, parser.template(), parser)
    except RecursionError:
        raise LanguageError("The expression is nested too deeply.", text=text[:80]) from None


def evaluate(
    text: str,
    variables: Mapping[str, Any],
    *,
    functions: Mapping[str, Callable[..., Any]] | None = None,
    now: datetime | None = None,
    objects: Mapping[str, Any] | None = None,
) -> Any:
    """Compile and evaluate."""
    return compile(text).evaluate(variables, now=now, objects=objects, functions=functions)


def _offered(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda env, *args: function(*args)


def _spin(env: Environment, value: Any, *_format: Any) -> spin.Node:
    return spin.read(value)


def _from_objects(name: str) -> Callable[..., Any]:
    """Who is logged in, when whoever evaluates tells it among the objects."""

    def read(env: Environment) -> Any:
        if name not in env.objects:
            raise EvaluationError(f"'{name}()' has no answer here: nobody is logged in.")
        return env.objects[name]

    return read


def _now(environment: Environment) -> datetime:
    if environment.now is None:
        raise EvaluationError("now() and dateTime() need a clock, and there is none here.")
    return environment.now


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "now": _now,
    "dateTime": _now,
    "S": _spin,
    "JSON": _spin,
    "currentUser": _from_objects("currentUser"),
    "currentUserGroups": _from_objects("currentUserGroups"),
}
