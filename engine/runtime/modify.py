"""Changing where an instance stands: tokens begin and end at elements that somebody names.

The rules are Camunda 8's (process instance modification): enclosing scopes are opened as needed, one that several
instances of could hold the element must be named, and a scope that is left with nothing in it ends without going on.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from bpmn.model import FlowNode, Kind
from engine import commands
from engine.errors import IllegalMove
from engine.runtime.problem import Problem
from engine.step import Outcome

if TYPE_CHECKING:
    from engine.runtime.process import Process
    from engine.runtime.tokens import Token

Change = commands.Activate | commands.Terminate | commands.Move


def modify(process: Process, changes: Iterable[Change]) -> None:
    """Make the changes: all that begins first, so that no scope ends for want of what is about to begin in it.

    What ends are the element instances that were there before. Raises `IllegalMove` when a change cannot be made; then
    none counts.
    """
    ending: list[Token] = []
    beginning: list[commands.Activate] = []
    for change in changes:
        _resolve(change, process, ending, beginning)
    for one in beginning:
        activate(process, one)
    for token in ending:
        _end(token)


def _resolve(change: Change, process: Process, ending: list[Token], beginning: list[commands.Activate]) -> None:
    if isinstance(change, commands.Activate):
        beginning.append(change)
        return
    visits = _visits(process, change.element_key, change.element_id)
    ending += visits
    if isinstance(change, commands.Move):
        target = _node(process, change.target_id)
        beginning += [
            commands.Activate(target.id, change.variables, _shared_scope(token, target).id) for token in visits
        ]


def activate(process: Process, change: commands.Activate) -> None:
    """Put a token on an element, in a scope that is open or is opened for it."""
    node = _node(process, change.element_id)
    _check_can_begin(node)
    path = [process.root, *_open_scopes(process, node, change.within_key)]
    element = process.definition.entry(node.id)
    assert element is not None
    token = path[-1].task_spec.begin_at(path[-1], element)
    keys = {"": process.root.id, process.definition.process.id: process.root.id}
    keys |= {scope.task_spec.id: scope.id for scope in path[1:]} | {node.id: token.id}
    for scope_id, values in change.variables.items():
        if scope_id not in keys:
            around = ", ".join(repr(name) for name in keys if name)
            raise IllegalMove(f"Variables for '{scope_id}' cannot be set: '{node.id}' lies in {around}.")
        process.scopes.set_local(keys[scope_id], values)


def _node(process: Process, element_id: str) -> FlowNode:
    node = process.definition.process.by_id.get(element_id)
    if node is None:
        raise IllegalMove(f"Process '{process.definition.process.id}' has no element '{element_id}'.")
    return node


def _check_can_begin(node: FlowNode) -> None:
    if node.kind is Kind.BOUNDARY_EVENT:
        text = f"Nothing can begin at the boundary event {node.label}. Begin at the element behind it."
        raise IllegalMove(text)
    if node.triggered_by_event or node.is_for_compensation:
        raise IllegalMove(f"{node.label} begins by its event only. Begin at an element in it.")


def _open_scopes(process: Process, node: FlowNode, within_key: int) -> list[Token]:
    """The tokens of the sub-processes around a node, outermost first; those that are missing are opened."""
    ids = _scope_ids(process, node)
    path = _given_path(process, ids, within_key) if within_key else []
    for scope_id in ids[len(path) :]:
        path.append(_scope(process, path[-1] if path else process.root, scope_id))
    return path


def _scope_ids(process: Process, node: FlowNode) -> list[str]:
    by_id, ids = process.definition.process.by_id, []
    while node.parent in by_id:
        node = by_id[node.parent]
        ids.append(node.id)
    return ids[::-1]


def _given_path(process: Process, ids: list[str], key: int) -> list[Token]:
    """The sub-processes from the root down to the element instance that was named."""
    scope = process.tasks.get(key)
    path: list[Token] = []
    step = scope
    while step is not None and step is not process.root:
        if not step.task_spec.is_body:
            path.append(step)
        step = step.parent
    path.reverse()
    if scope is None or [token.task_spec.id for token in path] != ids[: len(path)]:
        raise IllegalMove(f"Element instance {key} is not active, or is no scope around the element.")
    return path


def _scope(process: Process, outer: Token, scope_id: str) -> Token:
    found = [token for token in _inside(outer) if token.task_spec.id == scope_id and not token.task_spec.is_body]
    if len(found) == 1:
        return found[0]
    node = process.definition.process.by_id[scope_id]
    if found:
        keys = ", ".join(str(token.id) for token in found)
        raise IllegalMove(f"{node.label} is active {len(found)} times. Say in which to begin: {keys}.")
    element = process.definition.entry(scope_id)
    if element is None or element.is_body:
        raise IllegalMove(f"{node.label} is a multi-instance: begin at it, not inside of it.")
    try:
        token = element.begin_empty(outer)
    except Problem as problem:
        raise IllegalMove(f"{node.label} cannot be opened: {problem}") from problem
    if token.has_incident:
        raise IllegalMove(f"{node.label} cannot be opened: {process.step.incidents[-1].message}")
    return token


def _inside(scope: Token) -> list[Token]:
    """The tokens of a scope, with the instances of its multi-instances."""
    found = []
    for token in scope.children:
        found += [token, *token.children] if token.task_spec.is_body else [token]
    return found


def _visits(process: Process, key: int, element_id: str) -> list[Token]:
    if key:
        token = process.tasks.get(key)
        if token is None or token is process.root:
            raise IllegalMove(f"Element instance {key} is not active.")
        return [token]
    _node(process, element_id)
    found = [
        token
        for token in process.tasks.values()
        if token.task_spec.id == element_id
        if not token.waits_beside and not _is_instance_of_body(token)
    ]
    if not found:
        raise IllegalMove(f"Element '{element_id}' is not active.")
    return found


def _is_instance_of_body(token: Token) -> bool:
    return token.parent is not None and token.parent.task_spec.is_body


def _shared_scope(token: Token, target: FlowNode) -> Token:
    """The innermost scope around a token that is around the target, too."""
    around = {token.workflow.definition.process.id, *_scope_ids(token.workflow, target)}
    scope = token.scope
    while scope.parent is not None and (scope.task_spec.is_body or scope.task_spec.id not in around):
        scope = scope.scope
    return scope


def _end(token: Token) -> None:
    """End a visit, and every scope that has nothing left inside because of that."""
    if not token.is_alive:
        return
    while token.parent is not None:
        beside = (other for other in token.parent.children if other is not token)
        if any(not other.waits_beside for other in beside):
            break
        token = token.parent
    if token.parent is None:
        token.workflow.step.outcome = Outcome.TERMINATED
    token.workflow.is_operated = True
    token.cancel()
    token.workflow.is_operated = False
