"""A syntax tree back into text, with no more parentheses than it needs: parsing it gives the same tree again."""

from __future__ import annotations

import re

from bpmn.juel.parser import POWER
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

_OPENING = re.compile(r"[$#]\{")
_TERNARY, _UNARY, _POSTFIX = 0, 7, 8


def print_template(tree: Template) -> str:
    """The text of a whole tree; expressions stand in `${...}`."""
    return "".join(_part(part) for part in tree.parts)


def _part(part: str | Node) -> str:
    return _OPENING.sub(r"\\\g<0>", part) if isinstance(part, str) else f"${{{_text(part)}}}"


def _text(node: Node, power: int = _TERNARY) -> str:
    """The text of a node where operators of at least this power may stand."""
    own, text = _written(node)
    return f"({text})" if own < power else text


def _written(node: Node) -> tuple[int, str]:
    match node:
        case Choice(condition, yes, no):
            return _TERNARY, f"{_text(condition, 1)} ? {_text(yes)} : {_text(no)}"
        case Binary(operator, left, right):
            power = POWER[operator]
            return power, f"{_text(left, power)} {operator} {_text(right, power + 1)}"
        case Unary(operator, operand):
            return _UNARY, f"{'empty ' if operator == 'empty' else operator}{_text(operand, _UNARY)}"
    return _POSTFIX, _value(node)


def _value(node: Node) -> str:
    match node:
        case Literal(value):
            return _literal(value)
        case Name(name):
            return name
        case Member(base, name):
            return f"{_base(base)}.{name}"
        case Index(base, index):
            return f"{_base(base)}[{_text(index)}]"
        case MethodCall(base, method, arguments):
            return f"{_base(base)}.{method}({_listed(arguments)})"
        case FunctionCall(name, arguments):
            call = f"{name}({_listed(arguments)})"
            return f"({call})" if ":" in name else call  # else its colon could be taken for a ternary's
    raise TypeError(node)


def _base(node: Node) -> str:
    """What stands before a dot or bracket. After a number the dot would be its decimal point."""
    is_number = isinstance(node, Literal) and isinstance(node.value, int | float) and not isinstance(node.value, bool)
    return f"({_value(node)})" if is_number else _text(node, _POSTFIX)


def _listed(arguments: tuple[Node, ...]) -> str:
    return ", ".join(_text(argument) for argument in arguments)


def _literal(value: int | float | str | bool | None) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return repr(value)
