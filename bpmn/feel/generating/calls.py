"""Code for calls of built-in functions with arguments of the types that their first signature asks for."""

from __future__ import annotations

import ast

from bpmn.feel import syntax
from bpmn.feel.compiling.calls import first_signature, folded
from bpmn.feel.compiling.direct import SHORT
from bpmn.feel.compiling.frame import Scope
from bpmn.feel.generating import python
from bpmn.feel.generating.writer import BOOLEAN, TRUTH, Kinds, Rule, Unsupported, Writer
from bpmn.feel.library.registry import Builtin, Signature, settle
from bpmn.feel.values import KNOWN

# What functions with these results give: never a list or a text, which would count for steps.
_SMALL = frozenset({"boolean", "number"})


def call(writer: Writer, node: syntax.Call, scope: Scope) -> str:
    """`function(arguments)`, unless a variable hides the function."""
    if node.names or not isinstance(node.function, syntax.Name):
        raise Unsupported
    builtin = writer.compiler.library.functions.get(node.function.name)
    slot, _ = scope.find(node.function.name)
    if builtin is None or slot is not None:
        raise Unsupported
    if builtin.name == "not" and len(node.arguments) == 1:
        return _not(writer, node.arguments[0], scope)
    constant = folded(builtin, node, writer.compiler.is_dmn)
    if constant is not None:
        _leave_if_hidden(writer, builtin.name)
        return writer.constant(constant)
    signature = first_signature(builtin, len(node.arguments))
    if signature is None:
        raise Unsupported
    return _called(writer, builtin, signature, node, scope)


def _leave_if_hidden(writer: Writer, name: str) -> None:
    """Variables may have the names of functions."""

    def check() -> str:
        key = writer.constant(name)
        writer.leave_if(python.compared(python.name(key), ast.In(), "context"))
        return key

    writer.remembered(("function", name), check)


def _not(writer: Writer, argument: syntax.Node, scope: Scope) -> str:
    _leave_if_hidden(writer, "not")
    value = writer.write(argument, scope)
    negated = python.negated(python.name(value))
    if writer.kinds(value) == BOOLEAN:
        return writer.let(negated, BOOLEAN)
    return writer.let(ast.IfExp(python.type_is(value, "bool"), negated, python.name("none")), TRUTH)


def _called(writer: Writer, builtin: Builtin, signature: Signature, node: syntax.Call, scope: Scope) -> str:
    _leave_if_hidden(writer, builtin.name)
    values = [writer.write(argument, scope) for argument in node.arguments]
    for value, parameter in zip(values, signature.parameters, strict=False):
        writer.expect(value, parameter.types or KNOWN)
    if signature.with_run:
        writer.has_run = writer.may_warn = True
        values = ["run", *values]
    result = writer.let(python.call(writer.constant(signature.call), *values), _kinds(signature))
    if signature.result not in _SMALL:
        _settle(writer, signature, result)
    return result


def _kinds(signature: Signature) -> Kinds:
    return TRUTH if signature.result == "boolean" else KNOWN


def _settle(writer: Writer, signature: Signature, result: str) -> None:
    """Count the making of a list or a long text."""
    is_long = python.every(
        python.type_is(result, "str"),
        python.compared(python.call("len", result), ast.Gt(), writer.constant(SHORT)),
    )
    if signature.result == "string" and not writer.has_run:
        writer.leave_if(is_long)
        return
    writer.has_run = True
    counted = ast.Expr(python.call(writer.constant(settle), result, "run"))
    writer.add(python.when(python.any_of(python.type_is(result, "list"), is_long), [counted]))


RULES: dict[type, Rule] = {syntax.Call: call}
