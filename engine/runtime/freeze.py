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
    from engine.runtime.definition import Definition
    from engine.runtime.process import Process

FORMAT = 1
_CALLED = 1
_OPENED, _STORED = 1, 2
#: Of an instance with more tokens, only those are thawed that a step asks for.
MOST_AWAKE = 64


_NO_MEMO = msgspec.Raw(msgspec.msgpack.encode({}))


class _Record(msgspec.Struct, array_like=True, gc=False):
    """A token as it is stored. `gc`: thousands of them must not make Python look for garbage."""

    key: int  # as a distance from the root's, like `parent`
    parent: int
    name: str
    state: int
    flags: int
    memo: msgspec.Raw = _NO_MEMO


_decode = msgspec.msgpack.Decoder(tuple[int, int, list[_Record]]).decode


class FrozenToken(NamedTuple):
    """What can be said of a token without its definition.

    `is_waited_for`: rows outside hang on it. A scope may say so of rows that have gone, as those of its incident.
    """

    is_waited_for: bool
    is_scope: bool


def freeze(process: Process) -> bytes:
    """The bytes of a process whose tokens all wait."""
    return msgspec.msgpack.encode([FORMAT, _CALLED if process.is_called else 0, list(_records(process))])


def thaw(process: Process, state: bytes) -> None:
    """Put the tokens of `state` into an empty process. Raises `Conflict` when the definition lacks one's element."""
    _check_format(state)
    _, flags, tokens = _decode(state)
    process.is_called = bool(flags & _CALLED)
    definition = process.definition
    _check_elements(definition, {frozen.name for frozen in tokens})
    _thaw_into(process.root, tokens[0])
    if len(tokens) > MOST_AWAKE and not definition.waits_for_others and process.watch is None:
        process.tasks = Asleep(process, tokens)
        return
    for frozen in tokens[1:]:
        _thaw_token(process, frozen)
    if definition.waits_for_others:
        _find_joins(process)
    if process.watch is not None:
        process.watch.thawed()


class Asleep(dict[int, Token]):
    """The tokens of an instance with very many, by key: each is thawed when somebody asks for it.

    Most steps move one token and look at its scopes. The others are frozen again as they were read.
    """

    def __init__(self, process: Process, records: list[_Record]) -> None:
        root = process.root
        super().__init__({root.id: root})
        self._process = process
        self.records = {root.id + record.key: record for record in records[1:]}
        self._order = [root.id, *self.records]
        self.inside: dict[int, dict[int, None]] = {root.id: root._children}
        for key, record in self.records.items():
            self.inside.setdefault(root.id + record.parent, {})[key] = None

    def __missing__(self, key: int) -> Token:
        record = self.records.pop(key)
        token = _thaw_token(self._process, record)
        token._children = self.inside.get(key, token._children)
        return token

    def get(self, key: int, default: Any = None) -> Any:
        return self[key] if key in self else default  # noqa: SIM401 - this is what `get` means

    def pop(self, key: int, *default: Any) -> Any:
        if key in self.records:
            self[key]  # it wakes
        return super().pop(key, *default)

    def __contains__(self, key: object) -> bool:
        return super().__contains__(key) or key in self.records

    def __len__(self) -> int:
        return super().__len__() + len(self.records)

    def __iter__(self) -> Iterator[int]:
        self._wake_all()
        return super().__iter__()

    def values(self) -> Any:
        self._wake_all()
        return super().values()

    def items(self) -> Any:
        self._wake_all()
        return super().items()

    def _wake_all(self) -> None:
        """In the order in which they were stored, those that are new behind them."""
        if not self.records:
            return
        awake = {key: self[key] for key in self._order if key in self}
        new = {key: token for key, token in super().items() if key not in awake}
        self.clear()
        self.update(awake | new)


def tokens_in(key: int, state: bytes) -> dict[int, FrozenToken]:
    """The tokens of a frozen instance by key. Asks for no definition."""
    _, _, tokens = _decode(state)
    scopes = {token.parent for token in tokens[1:]}
    return {key + token.key: FrozenToken(bool(token.flags & _STORED), is_scope=token.key in scopes) for token in tokens}


def _records(process: Process) -> Iterator[list[Any] | _Record]:
    root, tasks = process.root.id, process.tasks
    asleep, inside = (tasks.records, tasks.inside) if isinstance(tasks, Asleep) else ({}, {})
    waiting = [root]
    while waiting:  # a stack of our own: scopes may be nested hundreds deep
        key = waiting.pop()
        if key in asleep:
            yield asleep[key]
            waiting += reversed(inside.get(key, ()))
            continue
        token = tasks[key]
        yield _freeze_token(token, root, stored=process.is_waited_for(token))
        waiting += reversed(token._children)


def _freeze_token(token: Token, root: int, *, stored: bool) -> list[Any]:
    # Keys are close to the root's, so their distance is a few bytes where a key is nine.
    flags = (_OPENED if token.opened else 0) | (_STORED if stored else 0)
    parent = token._parent - root if token._parent is not None else 0
    return [token.id - root, parent, token.task_spec.name, token._state, flags, token.memo]


def _check_format(state: bytes) -> None:
    version = state[1] if len(state) > 1 else 0  # a small number is itself in MessagePack, behind the list's length
    if version != FORMAT:
        raise Conflict(f"The instance was stored in format {version}, and this release reads format {FORMAT}.")


def _check_elements(definition: Definition, names: set[str]) -> None:
    for name in names:
        if definition.element(name) is None:
            raise Conflict(f"The instance stands at element '{name}', which its process definition does not have.")


def _thaw_token(process: Process, record: _Record) -> Token:
    root = process.root.id
    element = process.definition.element(record.name)
    assert element is not None
    token = Token(process, element, process.tasks[record.parent + root], record.key + root)
    _thaw_into(token, record)
    return token


def _find_joins(process: Process) -> None:
    for token in process.tasks.values():
        element = token.task_spec
        if isinstance(element, Awaiting) and element.is_watched(token):
            process.joins.keep(token)


def _thaw_into(token: Token, record: _Record) -> None:
    token._state = record.state
    token.opened = bool(record.flags & _OPENED)
    token.stored = bool(record.flags & _STORED)
    if record.memo is not _NO_MEMO:
        token.internal_data = msgspec.msgpack.decode(record.memo)
