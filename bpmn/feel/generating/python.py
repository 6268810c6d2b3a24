"""Python's own syntax trees, in the few shapes that generated code is made of, and the step from a tree to a function.

Every identifier here is one of ours. Nothing that a person wrote becomes part of a tree: their texts and numbers stand
in the namespace of the function, under names that are counted through.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from types import CodeType, FunctionType
from typing import Any

Code = Sequence[ast.stmt]


def name(identifier: str) -> ast.expr:
    """A local or a global, read."""
    return ast.Name(identifier, ast.Load())


def assign(identifier: str, value: ast.expr) -> ast.stmt:
    """`identifier = value`."""
    return ast.Assign([ast.Name(identifier, ast.Store())], value)


def call(function: str, *arguments: str) -> ast.expr:
    """`function(arguments)`, all of them names."""
    return ast.Call(name(function), [name(argument) for argument in arguments], [])


def method(owner: str, called: str, *arguments: ast.expr) -> ast.expr:
    """`owner.called(arguments)`."""
    return ast.Call(ast.Attribute(name(owner), called, ast.Load()), list(arguments), [])


def item(of: str, key: str) -> ast.expr:
    """`of[key]`."""
    return ast.Subscript(name(of), name(key), ast.Load())


def compared(left: ast.expr, *rest: ast.cmpop | str) -> ast.expr:
    """`left < a < b`: operators and names in turn."""
    operators = [part for part in rest if isinstance(part, ast.cmpop)]
    return ast.Compare(left, operators, [name(part) for part in rest if isinstance(part, str)])


def type_is(value: str, kind: str) -> ast.expr:
    """`type(value) is kind`."""
    return compared(call("type", value), ast.Is(), kind)


def every(*conditions: ast.expr) -> ast.expr:
    """`a and b ...`."""
    return conditions[0] if len(conditions) == 1 else ast.BoolOp(ast.And(), list(conditions))


def any_of(*conditions: ast.expr) -> ast.expr:
    """`a or b ...`."""
    return conditions[0] if len(conditions) == 1 else ast.BoolOp(ast.Or(), list(conditions))


def negated(condition: ast.expr) -> ast.expr:
    """`not condition`."""
    return ast.UnaryOp(ast.Not(), condition)


def when(condition: ast.expr, yes: Code, no: Code = ()) -> ast.stmt:
    """`if condition: yes else: no`."""
    return ast.If(condition, list(yes) or [ast.Pass()], list(no))


def attempt(body: Code, faults: str, otherwise: Code) -> ast.stmt:
    """`try: body except faults: otherwise`."""
    return ast.Try(list(body), [ast.ExceptHandler(name(faults), None, list(otherwise))], [], [])


def each(identifiers: str | Sequence[str], values: str, body: Code) -> ast.stmt:
    """`for identifier in values: body`; several identifiers take the parts of each value."""
    if isinstance(identifiers, str):
        return ast.For(ast.Name(identifiers, ast.Store()), name(values), list(body), [])
    parts: list[ast.expr] = [ast.Name(identifier, ast.Store()) for identifier in identifiers]
    return ast.For(ast.Tuple(parts, ast.Store()), name(values), list(body), [])


def code(parameters: Sequence[str], body: Code) -> CodeType:
    """The code of a function with these parameters.

    The module around it is compiled and never run: its one constant that is code is the function's.
    """
    given = [ast.arg(parameter) for parameter in parameters]
    function = ast.FunctionDef("generated", ast.arguments([], given, None, [], [], None, []), list(body), [])
    module = ast.fix_missing_locations(ast.Module([function], []))
    return next(part for part in compile(module, "<feel>", "exec").co_consts if isinstance(part, CodeType))


def function(of: CodeType, namespace: dict[str, Any], defaults: tuple[Any, ...] = ()) -> FunctionType:
    """The function that runs this code and sees this namespace, and not even Python's own functions beside it."""
    namespace["__builtins__"] = {}
    return FunctionType(of, namespace, "evaluate", defaults)
