"""Functions: literals, and calls of built-in functions and of function values."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from bpmn.errors import LanguageError
from bpmn.feel import external, operators, syntax
from bpmn.feel.compiling.direct import SHORT_WAYS, Direct, of_one_and_constant
from bpmn.feel.compiling.frame import RUN, Closure, Compiler, Frame, Rule, Scope
from bpmn.feel.kinds import Check, UnknownType, check_of, fitted
from bpmn.feel.library.registry import Builtin, Library, Signature, call_fitting, fit, invoke
from bpmn.feel.run import Run
from bpmn.feel.shapes import FOLDED
from bpmn.feel.text import shown
from bpmn.feel.values import Function, Value


def call(compiler: Compiler, node: syntax.Call, scope: Scope) -> Closure:
    """`function(arguments)`."""
    arguments = [compiler.compile(argument, scope) for argument in node.arguments]
    if isinstance(node.function, syntax.Name):
        slot, _ = scope.find(node.function.name)
        builtin = compiler.library.functions.get(node.function.name)
        if slot is None and builtin is not None:
            return _builtin_unless_hidden(builtin, node, arguments, compiler.is_dmn)
    function = compiler.compile(node.function, scope)
    return lambda frame: _call(function(frame), [argument(frame) for argument in arguments], node, frame[RUN])


def _call(function: Value, arguments: list[Value], node: syntax.Call, run: Run) -> Value:
    """Call a function value."""
    if type(function) is not Function:
        name = node.function.name if isinstance(node.function, syntax.Name) else "this"
        run.warn(f"There is no function '{name}' here.", node.column)
        return None
    if node.names is not None:
        given = dict(zip(node.names, arguments, strict=True))
        if given.keys() != set(function.parameters) or len(node.names) != len(given):
            run.warn(f"The parameters are named {', '.join(function.parameters)}.", node.column)
            return None
        arguments = [given[name] for name in function.parameters]
    elif len(arguments) != len(function.parameters) and function.builtin is None:
        run.warn(f"The function takes {len(function.parameters)} arguments, not {len(arguments)}.", node.column)
        return None
    run.tick()
    return function.call(arguments)


# -- built-in functions ------------------------------------------------------------------------------------------


def _builtin_unless_hidden(builtin: Builtin, node: syntax.Call, arguments: list[Closure], coerce: bool) -> Closure:
    """A call of a built-in, unless a variable that is a function has its name (a decision model's own function)."""
    own_way = _named(builtin, node, arguments, coerce) if node.names else _positional(builtin, node, arguments, coerce)
    name = builtin.name

    def careful(frame: Frame) -> Value:
        hiding = frame[0].get(name)
        if type(hiding) is Function:
            return _call(hiding, [argument(frame) for argument in arguments], node, frame[RUN])
        return own_way(frame)

    if name == "not" and len(arguments) == 1 and not node.names:
        return _negated(arguments[0], careful)
    constant = folded(builtin, node, coerce)
    if constant is not None:
        return lambda frame: careful(frame) if name in frame[0] else constant
    signature = None if node.names else first_signature(builtin, len(arguments))
    if signature is None or len(arguments) not in SHORT_WAYS:
        return careful
    direct = Direct(builtin, signature, node.column, careful, partial(_invoke, builtin, node.column, coerce))
    last = node.arguments[-1]
    if len(arguments) == 2 and isinstance(last, syntax.Literal) and type(last.value) in direct.types[1]:
        return of_one_and_constant(direct, arguments[0], last.value)
    return SHORT_WAYS[len(arguments)](direct, *arguments)


def _negated(argument: Closure, careful: Closure) -> Closure:
    """`not(...)` of a boolean, which needs no function."""

    def negated(frame: Frame) -> Value:
        if "not" in frame[0]:
            return careful(frame)
        value = argument(frame)
        return not value if type(value) is bool else None

    return negated


def first_signature(builtin: Builtin, count: int) -> Signature | None:
    """The signature that so many arguments are most likely meant for."""
    candidates = [signature for signature in builtin.signatures if signature.takes(count)]
    return candidates[0] if candidates and not candidates[0].has_rest else None


def _positional(builtin: Builtin, node: syntax.Call, arguments: list[Closure], coerce: bool) -> Closure:
    """A call whose possible signatures are sorted out now."""
    candidates = [signature for signature in builtin.signatures if signature.takes(len(arguments))]
    column = node.column
    if not candidates:
        return _refusal(builtin, column)
    return lambda frame: invoke(builtin, candidates, [a(frame) for a in arguments], frame[RUN], column, coerce)


def _invoke(builtin: Builtin, column: int, coerce: bool, run: Run, *values: Value) -> Value:
    """Call whichever signature fits the values."""
    candidates = [signature for signature in builtin.signatures if signature.takes(len(values))]
    return invoke(builtin, candidates, list(values), run, column, coerce)


def folded(builtin: Builtin, node: syntax.Call, coerce: bool) -> Value:
    """What `date("2024-12-31")` and its like give, computed once; null when something is wrong with them."""
    if builtin.name not in FOLDED or not all(isinstance(argument, syntax.Literal) for argument in node.arguments):
        return None
    arguments: list[Closure] = [_constant(argument) for argument in node.arguments]
    own_way = _named if node.names else _positional
    return own_way(builtin, node, arguments, coerce)([{}, Run()])


def constant(node: syntax.Node, functions: Library, is_dmn: bool) -> Value:
    """The value of a literal, of a number's negative, or of `date("...")` and its like; null for any other."""
    match node:
        case syntax.Literal(value=value):
            return value
        case syntax.Negation(operand=syntax.Literal(value=value)):
            return operators.negate(value)
        case syntax.Call(function=syntax.Name(name=name)) if name in FOLDED:
            return folded(functions.functions[name], node, is_dmn)
    return None


def _constant(node: syntax.Node) -> Closure:
    value = getattr(node, "value", None)
    return lambda frame: value


def _named(builtin: Builtin, node: syntax.Call, arguments: list[Closure], coerce: bool) -> Closure:
    names, column = node.names or (), node.column
    orders = [(signature, signature.order(names)) for signature in builtin.signatures]
    candidates = [(signature, order) for signature, order in orders if order is not None]
    if not candidates:
        return _refusal(builtin, column)

    def call(frame: Frame) -> Value:
        run = frame[RUN]
        values = [argument(frame) for argument in arguments]
        for signature, order in candidates:
            ordered = [None if place == -1 else values[place] for place in order]
            fitted = fit(signature, ordered, coerce)
            if fitted is not None:
                return call_fitting(builtin, signature, fitted, run, column)
        return invoke(builtin, (), values, run, column, coerce)

    return call


def _refusal(builtin: Builtin, column: int) -> Closure:
    known = " or ".join(
        f"{builtin.name}({', '.join(parameter.name for parameter in signature.parameters)})"
        for signature in builtin.signatures
    )
    message = f"The function is called {known}."
    return lambda frame: frame[RUN].warn(message, column)


# -- function literals -------------------------------------------------------------------------------------------


def function(compiler: Compiler, node: syntax.FunctionLiteral, scope: Scope) -> Closure:
    """`function(parameters) body`; its value holds a copy of the frame."""
    if node.external:
        return _external(compiler, node, scope)
    slots = [compiler.slot() for _ in node.parameters]
    inner = scope
    for (name, _), slot in zip(node.parameters, slots, strict=True):
        inner = inner.with_name(name, slot)
    body = compiler.compile(node.body, inner)
    names = tuple(name for name, _ in node.parameters)
    types = tuple(type_ for _, type_ in node.parameters)
    made = _Body(slots, [_check(compiler, type_) for type_ in types], body, node.column)
    return lambda frame: Function(names, UserFunction(made, frame[:]), types)


def _check(compiler: Compiler, type_: syntax.Type | None) -> Check | None:
    try:
        return None if type_ is None else check_of(type_, compiler.types)
    except UnknownType as unknown:
        raise LanguageError(f"There is no type '{unknown}'.", column=type_.column if type_ else 0) from None


class _Body:
    """What all values of one function literal share."""

    __slots__ = ("body", "checks", "column", "slots")

    def __init__(self, slots: list[int], checks: list[Check | None], body: Closure, column: int) -> None:
        self.slots = slots
        self.checks = checks
        self.body = body
        self.column = column


class UserFunction:
    """A function literal with a copy of the frame it was made in."""

    __slots__ = ("frame", "made")

    def __init__(self, made: _Body, frame: Frame) -> None:
        self.made = made
        self.frame = frame

    def __call__(self, arguments: Sequence[Value]) -> Value:
        inner, made = self.frame[:], self.made
        for slot, check, value in zip(made.slots, made.checks, arguments, strict=True):
            if check is None or value is None or check(value):
                inner[slot] = value
                continue
            inner[slot] = fitted(value, check)
            if inner[slot] is None:
                inner[RUN].warn(f"{shown(value)} is not of the parameter's type.", made.column)
                return None
        inner[RUN].tick()
        return made.body(inner)


def let_it_see_itself(found: Function, slot: int) -> None:
    """A function that is an entry of a context may call itself by the entry's name."""
    if isinstance(found.call, UserFunction) and len(found.call.frame) > slot:
        found.call.frame[slot] = found


def _external(compiler: Compiler, node: syntax.FunctionLiteral, scope: Scope) -> Closure:
    body = compiler.compile(node.body, scope)
    names = tuple(name for name, _ in node.parameters)
    column = node.column

    def function(frame: Frame) -> Value:
        found = external.function(body(frame))
        if found is None:
            frame[RUN].warn("This external function is not available here.", column)
            return None
        return Function(names, found)

    return function


RULES: dict[type, Rule] = {syntax.Call: call, syntax.FunctionLiteral: function}
