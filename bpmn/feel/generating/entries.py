"""A function that calls closures until it has been called often, and generated code from then on.

Whoever holds the function holds the faster one, too: it is the same object with other code. When generated code has to
be left again and again, because the values are not what it was written for, the closures take over for a while.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import cache
from types import CodeType
from typing import Any

from bpmn.feel.compiling.frame import FIRST_SLOT
from bpmn.feel.generating import python
from bpmn.feel.generating.writer import WARNINGS
from bpmn.feel.run import Course

HOT = 500  # calls after which code is generated: it costs as much as 200 to 1,000 evaluations by closures
_MOST_LEAVES = 50
Generated = tuple[CodeType, dict[str, Any]]  # code for the usual case, and its namespace
Generate = Callable[[], Generated | None]  # None where closures are as good
Slow = Callable[..., Any]  # by closures; takes the parameters, and the run that generated code has begun


def entry(parameters: tuple[str, ...], slow: Slow, generate: Generate) -> Callable[..., Any]:
    """The function with these parameters, all of which may be left out."""
    return _Entry(parameters, slow, generate).function


@cache
def _calling(parameters: tuple[str, ...]) -> CodeType:
    return python.code(parameters, [ast.Return(python.call("cold", *parameters))])


class _Entry:
    """One function, with the code that it has for now."""

    __slots__ = ("_cold", "_generate", "_hot", "_leaves", "_left", "_namespace", "_slow", "function")

    def __init__(self, parameters: tuple[str, ...], slow: Slow, generate: Generate) -> None:
        self._cold = _calling(parameters)
        self._hot: CodeType | None = None
        self._left, self._leaves = HOT, 0
        self._slow = slow
        self._generate = generate
        self._namespace: dict[str, Any] = {"cold": self._count}
        self.function = python.function(self._cold, self._namespace, (None,) * len(parameters))

    def _count(self, *given: Any) -> Any:
        self._left -= 1
        if self._left <= 0:
            self._heat()
            return self.function(*given)
        return self._slow(*given)

    def _heat(self) -> None:
        self._left = HOT
        if self._hot is None:
            generated = self._generate()
            if generated is None:
                self._namespace["cold"] = self._slow
                return
            self._hot, names = generated
            self._namespace.update(names, again=self._again)
        self.function.__code__ = self._hot

    def _again(self, *given: Any) -> Any:
        """By closures, what generated code has left. Where that is the rule, they keep it for a while."""
        self._leaves += 1
        if self._leaves > _MOST_LEAVES:
            self._leaves = 0
            self.function.__code__ = self._cold
        return self._slow(*given)


def prologue(parameters: tuple[str, ...], has_run: bool, size: int) -> tuple[list[ast.stmt], dict[str, Any]]:
    """What stands before generated code: the run, and the frame that closures within it use."""
    start: list[ast.stmt] = []
    if "run" in parameters:
        start.append(python.assign("noted", WARNINGS))
    else:
        start.append(python.assign("run", python.call("start", "now") if has_run else python.name("none")))
    if size:
        values = [python.name("context"), python.name("run"), ast.Starred(python.name("slots"), ast.Load())]
        start.append(python.assign("frame", ast.List(values, ast.Load())))
    return start, {"start": _start, "slots": (None,) * (size - FIRST_SLOT)}


def _start(now: Any) -> Course:
    run = Course()
    if now is not None:
        run.now = now
    return run
