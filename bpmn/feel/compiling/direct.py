"""The short way into a built-in function: arguments of the right types go straight into it.

Most calls in real expressions are of this kind. Whatever does not fit takes the long way (`registry.invoke`), which
tries all signatures, converts, and says what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bpmn.feel.compiling.frame import RUN, Closure, Frame
from bpmn.feel.library.registry import Builtin, Signature, settle
from bpmn.feel.run import Fault, Run
from bpmn.feel.values import KNOWN, Value

SHORT = 256  # characters of a text whose making counts for no step of its own


class Direct:
    """One signature of a built-in: `careful` is taken when a variable has its name, `slow` when the types differ."""

    __slots__ = ("builtin", "call", "careful", "column", "slow", "types", "with_run")

    def __init__(
        self, builtin: Builtin, signature: Signature, column: int, careful: Closure, slow: Callable[..., Value]
    ) -> None:
        self.builtin = builtin
        self.column = column
        self.careful = careful
        self.slow = slow
        self.types = [parameter.types or KNOWN for parameter in signature.parameters]
        self.call = signature.call
        self.with_run = signature.with_run

    def warn(self, run: Run, fault: Fault) -> None:
        run.warn(f"The function '{self.builtin.name}' gives null: {fault}", self.column)


def _of_one(direct: Direct, argument: Closure) -> Closure:
    name, careful, types, function = direct.builtin.name, direct.careful, direct.types[0], direct.call
    with_run, short = direct.with_run, SHORT

    def call(frame: Frame) -> Value:
        if name in frame[0]:
            return careful(frame)
        value = argument(frame)
        if type(value) not in types:
            return direct.slow(frame[RUN], value)
        try:
            result = function(frame[RUN], value) if with_run else function(value)
        except Fault as fault:
            return direct.warn(frame[RUN], fault)
        kind = type(result)
        return settle(result, frame[RUN]) if kind is list or (kind is str and len(result) > short) else result

    return call


def _of_two(direct: Direct, first: Closure, second: Closure) -> Closure:
    name, careful, function, with_run = direct.builtin.name, direct.careful, direct.call, direct.with_run
    short = SHORT
    one_of, other_of = direct.types[:2]

    def call(frame: Frame) -> Value:
        if name in frame[0]:
            return careful(frame)
        one, other = first(frame), second(frame)
        if type(one) not in one_of or type(other) not in other_of:
            return direct.slow(frame[RUN], one, other)
        try:
            result = function(frame[RUN], one, other) if with_run else function(one, other)
        except Fault as fault:
            return direct.warn(frame[RUN], fault)
        kind = type(result)
        return settle(result, frame[RUN]) if kind is list or (kind is str and len(result) > short) else result

    return call


def of_one_and_constant(direct: Direct, first: Closure, constant: Value) -> Closure:
    """`starts with(name, "A")`: the second argument is written out, and its type fits."""
    name, careful, function, with_run = direct.builtin.name, direct.careful, direct.call, direct.with_run
    types, short = direct.types[0], SHORT

    def call(frame: Frame) -> Value:
        if name in frame[0]:
            return careful(frame)
        one = first(frame)
        if type(one) not in types:
            return direct.slow(frame[RUN], one, constant)
        try:
            result = function(frame[RUN], one, constant) if with_run else function(one, constant)
        except Fault as fault:
            return direct.warn(frame[RUN], fault)
        kind = type(result)
        return settle(result, frame[RUN]) if kind is list or (kind is str and len(result) > short) else result

    return call


def _of_three(direct: Direct, first: Closure, second: Closure, third: Closure) -> Closure:
    name, careful, function, with_run = direct.builtin.name, direct.careful, direct.call, direct.with_run
    short = SHORT
    one_of, two_of, three_of = direct.types[:3]

    def call(frame: Frame) -> Value:
        if name in frame[0]:
            return careful(frame)
        one, two, three = first(frame), second(frame), third(frame)
        if type(one) not in one_of or type(two) not in two_of or type(three) not in three_of:
            return direct.slow(frame[RUN], one, two, three)
        try:
            result = function(frame[RUN], one, two, three) if with_run else function(one, two, three)
        except Fault as fault:
            return direct.warn(frame[RUN], fault)
        kind = type(result)
        return settle(result, frame[RUN]) if kind is list or (kind is str and len(result) > short) else result

    return call


SHORT_WAYS: Mapping[int, Callable[..., Closure]] = {1: _of_one, 2: _of_two, 3: _of_three}
