"""What scopes remember of completed activities, in as few bytes as it takes.

A record is the id of an activity with a handler, [id, how often], or [id, scope key, records inside] for a sub-process;
the scope key is under which its variables are kept. Records stand in the order of completion.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.runtime.elements.base import Renaming
    from engine.runtime.tokens import Token

Record = Any

# In a memo: what a scope remembers; what is still to be undone, one after the other.
UNDO, LEFT = "undo", "left"


def parts(record: Record) -> tuple[str, int, int, list[Record] | None]:
    """The id, how often, the scope key and the records inside, None for an activity without any."""
    if isinstance(record, str):
        return record, 1, 0, None
    if len(record) == 2:
        return record[0], record[1], 0, None
    return record[0], 1, record[1], record[2]


def keep_activity(token: Token) -> None:
    """An activity with a handler has completed: a number more when the last one was the same."""
    _add(token.scope, token.task_spec.id)


def keep_scope(token: Token, *, by_handler: bool = False) -> None:
    """A sub-process has completed. `by_handler`: it has a handler or event sub-process for it, whatever is inside."""
    process, inner = token.workflow, token.memo.pop(UNDO, [])
    if not inner and not by_handler:
        return
    process.scopes.keep(token.id)
    token.scope.memo.setdefault(UNDO, []).append([token.task_spec.id, token.id, inner])


def keep_handlers_inside(token: Token, *, by_handler: bool = False) -> None:
    """The same in Camunda 8, which runs the handler and those inside, all with the variables of the throw event."""
    inner = token.memo.pop(UNDO, [])
    if inner:
        token.scope.memo.setdefault(UNDO, []).append([token.task_spec.id, 0, inner])
    if by_handler:
        _add(token.scope, token.task_spec.id)


def keep_instances(token: Token, *, by_handler: bool = False) -> None:
    """All instances of a repeated activity have completed; `by_handler` adds one handler for them together."""
    if inner := token.memo.pop(UNDO, []):
        token.scope.memo.setdefault(UNDO, []).extend(inner)
    if by_handler:
        _add(token.scope, token.task_spec.id)


def forget_within(token: Token) -> None:
    """The scope is over and nothing in it will be undone: variables that were kept for it go."""
    for name in (UNDO, LEFT):
        for record in token.memo.pop(name, ()):
            _forget(token, record)


def rename(token: Token, renaming: Renaming) -> None:
    """After a migration: the records by their new ids; what cannot be undone in the new version is forgotten."""
    for name in (UNDO, LEFT):
        if records := token.memo.pop(name, None):
            renamed = [_renamed(token, record, renaming) for record in records]
            token.memo[name] = [record for record in renamed if record is not None]


def _renamed(token: Token, record: Record, renaming: Renaming) -> Record:
    name, times, key, inner = parts(record)
    new = renaming.of(name)
    if new not in renaming.target.compensations:
        _forget(token, record)
        return None
    if inner is None:
        return new if times == 1 else [new, times]
    found = [_renamed(token, one, renaming) for one in inner]
    return [new, key, [one for one in found if one is not None]]


def _add(scope: Token, name: str) -> None:
    records = scope.memo.setdefault(UNDO, [])
    if records:
        last, times, _, inner = parts(records[-1])
        if last == name and inner is None:
            records[-1] = [name, times + 1]
            return
    records.append(name)


def _forget(token: Token, record: Record) -> None:
    _, _, key, inner = parts(record)
    if key:
        token.workflow.scopes.keep(key, kept=False)
        token.workflow.scopes.drop(key)
    for one in inner or ():
        _forget(token, one)
