"""The frozen token tree: what is alive, as few bytes as it takes, with a format version and without variables.

MessagePack of [version, flags, tokens]; a token is [key, parent key, element name, state, flags, memo]. Parents come
before their children, siblings in the order they were created.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from engine.errors import Conflict
from engine.runtime.elements.awaiting import Awaiting
from engine.runtime.tokens import Token

if TYPE_CHECKING:
    from engine.runtime.process import Process

FORMAT = 1
_CALLED = 1
_OPENED, _STORED = 1, 2


class FrozenToken(NamedTuple):
    """What can be said of a token without its definition.

    `is_waited_for`: rows outside hang on it. A scope may say so of rows that have gone, as those of its incident.
    """

    is_waited_for: bool
    is_scope: bool


def freeze(process: Process) -> bytes:
    """The bytes of a process whose tokens all wait."""
    root = process.root.id
    tokens = [_freeze_token(token, root, stored=process.is_waited_for(token)) for token in _in_order(process.root)]
    return msgspec.msgpack.encode([FORMAT, _CALLED if process.is_called else 0, tokens])


def thaw(process: Process, state: bytes) -> None:
    """Put the tokens of `state` into an empty process. Raises `Conflict` when the definition lacks one's element."""
    version, flags, tokens = msgspec.msgpack.decode(state)
    if version != FORMAT:
        raise Conflict(f"The instance was stored in format {version}, and this release reads format {FORMAT}.")
    process.is_called = bool(flags & _CALLED)
    _thaw_into(process.root, tokens[0])
    for frozen in tokens[1:]:
        _thaw_token(process, frozen)
    if process.definition.waits_for_others:
        _find_joins(process)
    if process.watch is not None:
        process.watch.thawed()


def tokens_in(key: int, state: bytes) -> dict[int, FrozenToken]:
    """The tokens of a frozen instance by key. Asks for no definition."""
    _, _, tokens = msgspec.msgpack.decode(state)
    scopes = {key + token[1] for token in tokens[1:]}
    return {
        key + token[0]: FrozenToken(bool(token[4] & _STORED), is_scope=key + token[0] in scopes) for token in tokens
    }


def _in_order(token: Token) -> Iterator[Token]:
    waiting = [token]
    while waiting:  # a stack of our own: scopes may be nested hundreds deep
        token = waiting.pop()
        yield token
        waiting += reversed(token.children)


def _freeze_token(token: Token, root: int, *, stored: bool) -> list[Any]:
    # Keys are close to the root's, so their distance is a few bytes where a key is nine.
    flags = (_OPENED if token.opened else 0) | (_STORED if stored else 0)
    parent = token._parent - root if token._parent is not None else 0
    record: list[Any] = [token.id - root, parent, token.task_spec.name, token._state, flags]
    if token.memo:
        record.append(token.memo)
    return record


def _thaw_token(process: Process, record: list[Any]) -> None:
    root = process.root.id
    element = process.definition.element(record[2])
    if element is None:
        raise Conflict(f"The instance stands at element '{record[2]}', which its process definition does not have.")
    _thaw_into(Token(process, element, process.tasks[record[1] + root], record[0] + root), record)


def _find_joins(process: Process) -> None:
    for token in process.tasks.values():
        element = token.task_spec
        if isinstance(element, Awaiting) and element.is_watched(token):
            process.joins.keep(token)


def _thaw_into(token: Token, record: list[Any]) -> None:
    token._state = record[3]
    token.opened = bool(record[4] & _OPENED)
    token.stored = bool(record[4] & _STORED)
    if len(record) > 5:
        token.internal_data = record[5]
