"""Generated code for FEEL that is evaluated again and again: `generated` writes it, `entry` runs it.

An expression starts as closures (`bpmn.feel.compiling`). Called often enough, it gets a Python function of its own for
the usual case: a syntax tree of Python's, built from the checked tree of FEEL, compiled, and never text. What is not
usual is left to the closures, which stay the one place that says what FEEL means.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from bpmn.feel import syntax
from bpmn.feel.compiling.frame import Compiler, Scope
from bpmn.feel.generating import calls, loops, names, operations, python
from bpmn.feel.generating.entries import Generated, entry, prologue
from bpmn.feel.generating.scans import Row, Scan, Slow, scan
from bpmn.feel.generating.writer import CodeTooLarge, Rule, Unsupported, Writer
from bpmn.feel.kinds import Check
from bpmn.feel.library import library
from bpmn.feel.shapes import Shape

RULES: Mapping[type, Rule] = MappingProxyType(names.RULES | operations.RULES | loops.RULES | calls.RULES)
SCALARS = frozenset({str, int, bool, type(None)})
__all__ = ["SCALARS", "Generated", "Row", "Scan", "entry", "generated", "scan_of"]


def generated(tree: syntax.Node, compiler: Compiler, parameters: tuple[str, ...]) -> Generated | None:
    """The code for an expression, and what it finds in its namespace; None where closures are as good.

    `again`, which is to be added, is what it leaves to: a function of the parameters and of the run that has begun, or
    the warnings that the run had before.
    """
    begun = ("run",) if "now" in parameters else ("noted",)
    writer = Writer(compiler, RULES, [ast.Return(python.call("again", *parameters, *begun))])
    try:
        _give_back(writer, writer.known(RULES[type(tree)](writer, tree, Scope())))
        start, more = prologue(parameters, writer.has_run or writer.has_frame, compiler.size if writer.has_frame else 0)
        body = [*start, python.attempt(writer.block, "UNUSUAL", writer.leave)]
        return python.code(parameters, body), writer.namespace | more
    except (Unsupported, CodeTooLarge, KeyError, RecursionError):  # KeyError: there is no rule
        return None


def scan_of(shape: Shape, rows: Sequence[Row], dialect: str, types: Mapping[str, Check], slow: Slow) -> Scan | None:
    """The loop over a column's cells of one shape (see `scans.scan`); None where closures are as good."""
    return scan(shape, Compiler(library(dialect), dialect, types), rows, RULES, slow)


def _give_back(writer: Writer, result: str) -> None:
    if not (writer.kinds(result) or SCALARS | {list}) <= SCALARS:
        is_scalar = python.compared(python.call("type", result), ast.In(), writer.constant(SCALARS))
        writer.add(python.when(is_scalar, [ast.Return(python.name(result))]))
        writer.add(ast.Return(python.call("take_in", result)))
    else:
        writer.add(ast.Return(python.name(result)))
