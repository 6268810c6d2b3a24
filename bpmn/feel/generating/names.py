"""Code for literals, names and paths, for indexes that are written out, and for lists and contexts."""

from __future__ import annotations

import ast

from bpmn.feel import syntax
from bpmn.feel.compiling.frame import Scope
from bpmn.feel.generating import python
from bpmn.feel.generating.writer import CONTEXT, LIST, Rule, Unsupported, Writer, slot_name
from bpmn.feel.values import KNOWN, Function

_ITEM = "item"


def literal(writer: Writer, node: syntax.Literal, scope: Scope) -> str:
    """A constant."""
    return writer.constant(node.value)


def name(writer: Writer, node: syntax.Name, scope: Scope) -> str:
    """A name: the entry of a filter's item, what a loop's name stands for, or a variable."""
    slot, items = scope.find(node.name)
    if slot in writer.unset:
        raise Unsupported
    if slot is not None and items == [slot]:
        return _item_itself(writer, slot_name(slot))
    return _looked_up(writer, node.name, slot, items)


def _item_itself(writer: Writer, item: str) -> str:
    """`item` in a filter, unless the item has an entry of that name."""
    kinds = writer.kinds(item)
    if kinds is None or dict in kinds:
        has_entry = python.compared(python.name(writer.constant(_ITEM)), ast.In(), item)
        writer.leave_if(python.every(python.type_is(item, "dict"), has_entry))
    return item


def _looked_up(writer: Writer, wanted: str, slot: int | None, items: list[int]) -> str:
    if items:
        return writer.remembered(("name", wanted, *map(str, items)), lambda: _entry_or(writer, wanted, slot, items))
    if slot is not None:
        return slot_name(slot)
    return writer.remembered(("name", wanted), lambda: _read(writer, "context", wanted))


def _read(writer: Writer, base: str, wanted: str) -> str:
    return writer.let(python.item(base, writer.constant(wanted)))


def _entry_or(writer: Writer, wanted: str, slot: int | None, items: list[int]) -> str:
    """The entry of the innermost item that has one, else what the name means outside of the filter."""
    item, key, found = slot_name(items[0]), writer.constant(wanted), writer.local()
    is_entry = python.every(python.type_is(item, "dict"), python.compared(python.name(key), ast.In(), item))
    with writer.branch() as yes:
        writer.add(python.assign(found, python.item(item, key)))
    with writer.branch() as no:
        writer.add(python.assign(found, python.name(_looked_up(writer, wanted, slot, items[1:]))))
    writer.add(python.when(is_entry, yes, no))
    return found


def path(writer: Writer, node: syntax.Path, scope: Scope) -> str:
    """`base.name` of a context that has the entry."""
    base = writer.expect(writer.write(node.base, scope), CONTEXT)
    return writer.remembered(("path", base, node.name), lambda: _read(writer, base, node.name))


def indexed(writer: Writer, base: str, position: int) -> str:
    """`base[position]`, counted from 1, where the list has so many items."""
    writer.expect(base, LIST)
    least = writer.constant(position)
    writer.leave_if(python.compared(python.call("len", base), ast.Lt(), least))
    return writer.let(python.item(base, writer.constant(position - 1)))


def list_(writer: Writer, node: syntax.ListLiteral, scope: Scope) -> str:
    """`[item, ...]`."""
    items = [writer.value(item, scope) for item in node.items]
    return writer.let(ast.List([python.name(item) for item in items], ast.Load()), LIST)


def context(writer: Writer, node: syntax.ContextLiteral, scope: Scope) -> str:
    """`{key: value, ...}` without functions, which would have to see themselves."""
    keys = [key for key, _ in node.entries]
    if len(set(keys)) < len(keys):
        raise Unsupported
    values = []
    for key, part in node.entries:
        value = writer.value(part, scope)
        if Function in (writer.kinds(value) or KNOWN) and not _has_no_function(part):
            writer.leave_if(python.type_is(value, writer.constant(Function)))
        slot = writer.compiler.slot()
        local = slot_name(slot)
        writer.add(python.assign(local, python.name(value)))
        writer.learn(local, writer.kinds(value))
        values.append(local)
        scope = scope.with_name(key, slot)
    made = ast.Dict([python.name(writer.constant(key)) for key in keys], [python.name(value) for value in values])
    return writer.let(made, CONTEXT)


def _has_no_function(node: syntax.Node) -> bool:
    return isinstance(node, syntax.Arithmetic | syntax.Comparison | syntax.Logic | syntax.Literal)


RULES: dict[type, Rule] = {
    syntax.Literal: literal,
    syntax.Name: name,
    syntax.Path: path,
    syntax.ListLiteral: list_,
    syntax.ContextLiteral: context,
}
