"""The syntax tree into Python closures. `Compiler` is the way in; each module compiles one family of nodes."""

from __future__ import annotations

from bpmn.feel.compiling import calls, containers, control, names, operations, tests
from bpmn.feel.compiling.frame import RULES, Closure, Compiler, Frame, Scope
from bpmn.feel.compiling.tests import unary

# Every family of nodes is compiled by the module of its name.
for _family in (names, operations, tests, containers, control, calls):
    RULES.update(_family.RULES)

__all__ = ["Closure", "Compiler", "Frame", "Scope", "unary"]
