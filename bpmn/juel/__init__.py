"""JUEL, the expression language of Camunda 7 diagrams, as they use it.

    juel.evaluate("${amount > 100 ? 'boss' : 'team'}", {"amount": 250})

Values are plain Python; no attribute or method of a Python object can be reached, only what `methods` lists, what a
`HostObject` offers and what an application offers as a bean. Unknown names are errors, as in Camunda 7.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from bpmn.errors import EvaluationError, LanguageError
from bpmn.juel import beans, methods, syntax
from bpmn.juel.compiler import Closure, Environment, closure_of
from bpmn.juel.functions import FUNCTIONS
from bpmn.juel.hosts import HostObject
from bpmn.juel.parser import parse
from bpmn.juel.printer import print_template
from bpmn.juel.variable_functions import variables_named

__all__ = [
    "EvaluationError",
    "Expression",
    "HostObject",
    "LanguageError",
    "bean_calls",
    "compile",
    "evaluate",
    "parse",
    "print_template",
    "unavailable",
]
_NOTHING: Mapping[str, Any] = {}
OBJECTS = frozenset(
    ("execution", "task", "externalTask", "caseExecution", "connector", "authenticatedUserId", "variableContainer")
)


class Expression:
    """A compiled text. It may be shared by threads."""

    __slots__ = ("_closure", "functions", "names", "text", "tree")

    def __init__(self, text: str, tree: syntax.Template, closure: Closure) -> None:
        self.text = text
        self.tree = tree
        nodes = list(syntax.walk(tree))
        read = {node.name for node in nodes if isinstance(node, syntax.Name)}
        self.names = frozenset(read.union(variables_named(nodes))) - OBJECTS  # variables read
        self.functions = frozenset(node.name for node in nodes if isinstance(node, syntax.FunctionCall))
        self._closure = closure

    def evaluate(
        self,
        variables: Mapping[str, Any] = _NOTHING,
        *,
        now: datetime | None = None,
        objects: Mapping[str, Any] | None = None,
        functions: Mapping[str, Callable[..., Any]] | None = None,
    ) -> Any:
        """The value. Raises `EvaluationError` for unknown names, null where a value is needed, types that do not fit,
        and for more work than an expression may do.

        `functions` adds functions of an application; they are called with the arguments of the expression.
        """
        known = FUNCTIONS if not functions else FUNCTIONS | {name: _offered(f) for name, f in functions.items()}
        try:
            return self._closure(Environment(variables, objects or _NOTHING, known, now))
        except (RecursionError, OverflowError, MemoryError):
            raise EvaluationError("The expression is nested too deeply, or its result is too large.") from None


@lru_cache(maxsize=4096)
def compile(text: str) -> Expression:
    """Compile a text; the same text gives the same object again. Raises `LanguageError` with the column."""
    try:
        tree = parse(text)
        return Expression(text, tree, closure_of(tree))
    except RecursionError:
        raise LanguageError("The expression is nested too deeply.", text=text[:80]) from None


def unavailable(expression: Expression) -> str | None:
    """Why an expression can never have a value here: it calls a function that there is not. None when it may."""
    for name in sorted(expression.functions):
        if name not in FUNCTIONS:
            return f"There is no function '{name}'. There are: {_functions()}."
    return None


def _functions() -> str:
    """Those there are, of the three names of a function over variables only one."""
    told = (name for name in FUNCTIONS if name.partition(":")[0] not in ("vars", "var"))
    return ", ".join(sorted(told))


def bean_calls(expression: Expression) -> Iterator[tuple[str, str]]:
    """Names and methods that only a bean can answer to: no value has the method, and no such bean is offered."""
    for node in syntax.walk(expression.tree):
        if not isinstance(node, syntax.MethodCall) or not isinstance(node.base, syntax.Name):
            continue
        name = node.base.name
        takes_execution = any(isinstance(one, syntax.Name) and one.name in OBJECTS for one in node.arguments)
        is_getter = node.method.startswith(("get", "is")) and not node.arguments
        is_known = (node.method in methods.KNOWN or is_getter) and not takes_execution
        is_known = is_known and (node.method != "get" or bool(node.arguments))  # no value has a get() of nothing
        if name not in OBJECTS and not is_known and beans.offered(name) is None:
            yield name, node.method


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
