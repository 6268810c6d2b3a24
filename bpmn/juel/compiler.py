"""The syntax tree into closures, and the environment they run in, which counts what they cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from bpmn.errors import EvaluationError
from bpmn.juel import methods, operators
from bpmn.juel.beans import offered
from bpmn.juel.budget import Budget
from bpmn.juel.syntax import (
    Binary,
    Choice,
    FunctionCall,
    Index,
    Literal,
    Member,
    MethodCall,
    Name,
    Node,
    Template,
    Unary,
)


class Environment:
    """What names mean in one evaluation, and how much work it may still do."""

    __slots__ = ("budget", "functions", "now", "objects", "variables")

    def __init__(
        self,
        variables: Mapping[str, Any],
        objects: Mapping[str, Any],
        functions: Mapping[str, Callable[..., Any]],
        now: datetime | None,
    ) -> None:
        self.variables = variables
        self.objects = objects
        self.functions = functions
        self.now = now
        self.budget = Budget()


Closure = Callable[[Environment], Any]


def closure_of(tree: Template) -> Closure:
    """A lone expression keeps the type of its value, anything else is joined to a text."""
    parts = [part if isinstance(part, str) else _closure(part) for part in tree.parts]
    if len(parts) == 1 and not isinstance(parts[0], str):
        return parts[0]
    if not parts or len(parts) == 1:
        text = str(parts[0]) if parts else ""
        return lambda env: text
    return lambda env: _joined(parts, env)


def _joined(parts: list[str | Closure], env: Environment) -> str:
    texts = []
    for part in parts:
        text = part if isinstance(part, str) else operators.text(part(env))
        env.budget.spend(text)
        texts.append(text)
    return "".join(texts)


def _closure(node: Node) -> Closure:
    return _COMPILERS[type(node)](node)


def _literal(node: Literal) -> Closure:
    value = node.value
    return lambda env: value


def _name(node: Name) -> Closure:
    name = node.name

    def read(env: Environment) -> Any:
        """Objects come before variables, beans after (camunda7-extensions, section 1)."""
        if name in env.objects:
            return env.objects[name]
        if name in env.variables:
            return env.variables[name]
        bean = offered(name)
        if bean is None:
            raise EvaluationError(
                f"Unknown name '{name}': there is no such variable here. Give it a value before this point, or read "
                f"it with execution.getVariable('{name}'), which gives null for a missing one."
            )
        return bean

    return read


def _member(node: Member) -> Closure:
    base, name = _closure(node.base), node.name
    return lambda env: methods.member(base(env), name)


def _index(node: Index) -> Closure:
    base, index = _closure(node.base), _closure(node.index)
    return lambda env: methods.member(base(env), index(env))


def _method_call(node: MethodCall) -> Closure:
    base, method = _closure(node.base), node.method
    arguments = [_closure(argument) for argument in node.arguments]

    def call(env: Environment) -> Any:
        value = base(env)
        given = [argument(env) for argument in arguments]
        env.budget.spend(value)
        result = methods.call(value, method, given, env.budget)
        env.budget.spend(result)
        return result

    return call


def _function_call(node: FunctionCall) -> Closure:
    name = node.name
    arguments = [_closure(argument) for argument in node.arguments]

    def call(env: Environment) -> Any:
        known = env.functions.get(name)
        if known is None:
            raise EvaluationError(f"There is no function '{name}'. There are: {', '.join(sorted(env.functions))}.")
        given = [argument(env) for argument in arguments]
        for value in given:
            env.budget.spend(value)
        try:
            return known(env, *given)
        except TypeError as error:
            raise EvaluationError(f"The function '{name}' cannot be used with {len(given)} arguments.") from error

    return call


def _unary(node: Unary) -> Closure:
    operand = _closure(node.operand)
    match node.operator:
        case "!":
            return lambda env: not operators.boolean(operand(env))
        case "-":
            return lambda env: operators.negative(operand(env))
    return lambda env: operators.is_empty(operand(env))


def _choice(node: Choice) -> Closure:
    condition, yes, no = _closure(node.condition), _closure(node.yes), _closure(node.no)
    return lambda env: yes(env) if operators.boolean(condition(env)) else no(env)


def _binary(node: Binary) -> Closure:
    left, right, operator = _closure(node.left), _closure(node.right), node.operator
    if operator == "&&":
        return lambda env: operators.boolean(left(env)) and operators.boolean(right(env))
    if operator == "||":
        return lambda env: operators.boolean(left(env)) or operators.boolean(right(env))
    compare = _COMPARISONS.get(operator)
    if compare is None:
        return lambda env: operators.arithmetic(operator, left(env), right(env))

    def compared(env: Environment) -> bool:
        one, other = left(env), right(env)
        env.budget.spend(one, other)
        return compare(one, other)

    return compared


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operators.equal,
    "!=": lambda left, right: not operators.equal(left, right),
    "<": operators.less,
    "<=": lambda left, right: operators.less(left, right, or_equal=True),
    ">": lambda left, right: operators.less(right, left),
    ">=": lambda left, right: operators.less(right, left, or_equal=True),
}
_COMPILERS: dict[type[Any], Callable[[Any], Closure]] = {
    Literal: _literal,
    Name: _name,
    Member: _member,
    Index: _index,
    MethodCall: _method_call,
    FunctionCall: _function_call,
    Unary: _unary,
    Choice: _choice,
    Binary: _binary,
}
