"""Variables: who sees what, where a value lands, and what changed since the instance was thawed.

Both vendors' rule (zeebe-extensions §3, camunda7-extensions §7): each element instance may be a scope, a nearer name
hides a farther one, and a write without "local" goes to the nearest scope that has the name, else to the root.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from engine.runtime.tokens import Token

Json = Any


class Write(NamedTuple):
    """A variable that was written: `event` is create, update or delete."""

    scope: int
    name: str
    event: str


_NOTHING: Any = object()  # where there was no variable
_Before = tuple[int, str, Json, Json]  # scope, name, its value, and what of it stood in `changed`


def _put_back(names: dict[str, Json], name: str, value: Json) -> None:
    if value is _NOTHING:
        names.pop(name, None)
    else:
        names[name] = value


class Scopes:
    """All variables of one instance, by scope key. Values are JSON trees and are never changed in place.

    `stored` is asked for a scope when a step needs it; what it holds is not changed here.
    """

    def __init__(self, root: int, stored: Mapping[int, Mapping[str, Json]] | None = None) -> None:
        self._root = root
        self._stored: Mapping[int, Mapping[str, Json]] = {} if stored is None else stored
        self._values: dict[int, dict[str, Json]] = {root: dict(self._stored.get(root, ()))}
        self.changed: dict[int, dict[str, Json]] = {}
        self.removed: list[tuple[int, str]] = []
        self.dropped: list[int] = []
        self._kept: set[int] = set()
        self._gone: set[int] = set()  # dropped, though `stored` has them
        self.writes: list[Write] | None = None  # what is written from here on, for those who wait for it
        self._journal: list[_Before] | None = None  # what stood where something was written since `begin_journal`
        self._written = self._removed = 0  # how much `writes` and `removed` held then

    def visible(self, token: Token, extra: Mapping[str, Json] | None = None) -> Mapping[str, Json]:
        """Every variable that an expression at `token` sees; `extra` hides all others."""
        maps: list[Any] = [extra] if extra else []
        step: Token | None = token
        while step is not None:
            if names := self._of(step.id):
                maps.append(names)
            step = step.parent
        if len(maps) == 1:
            return maps[0]  # type: ignore[no-any-return]
        return ChainMap(*maps)

    def local(self, key: int) -> Mapping[str, Json]:
        """The variables of exactly this scope."""
        return self._of(key) or {}

    def set_local(self, key: int, values: Mapping[str, Json]) -> None:
        """Write into exactly this scope."""
        if not values:
            return
        if self.writes is not None:
            self._note(self.writes, key, values)
        if self._journal is not None:
            self._remember(self._journal, key, values)
        if (names := self._of(key)) is None:
            names = self._values[key] = {}
        names.update(values)
        self.changed.setdefault(key, {}).update(values)

    def merge(self, token: Token, values: Mapping[str, Json]) -> None:
        """Write each value where its name is nearest, starting at `token`; a new name goes to the root."""
        for name, value in values.items():
            self.set_local(self.holder(token, name), {name: value})

    def holder(self, token: Token, name: str) -> int:
        """The key of the scope that a write of `name` from `token` reaches."""
        step: Token | None = token
        while step is not None:
            if name in (self._of(step.id) or ()):
                return step.id
            outer = step.parent
            if outer is not None and outer.task_spec.keeps_writes_inside:
                return step.id
            step = outer
        return self._root

    def remove(self, key: int, name: str) -> None:
        """Take one variable out of exactly this scope; a name it does not hold is no error."""
        if name not in (self._of(key) or ()):
            return
        if self._journal is not None:
            self._remember(self._journal, key, (name,))
        del self._values[key][name]
        if self.writes is not None:
            self.writes.append(Write(key, name, "delete"))
        self.changed.get(key, {}).pop(name, None)
        if name in self._stored.get(key, ()):
            self.removed.append((key, name))

    def begin_journal(self) -> None:
        """What is written from here on can be taken back by `undo`."""
        self._journal = []
        self._written, self._removed = len(self.writes or ()), len(self.removed)

    def undo(self) -> None:
        """Take back everything written since `begin_journal`, the last first."""
        for key, name, value, changed in reversed(self._journal or ()):
            _put_back(self._values.setdefault(key, {}), name, value)
            _put_back(self.changed.setdefault(key, {}), name, changed)
            if not self.changed[key]:
                del self.changed[key]
        self._journal = None
        del self.removed[self._removed :]
        if self.writes is not None:
            del self.writes[self._written :]

    def keep(self, key: int, *, kept: bool = True) -> None:
        """Let the variables of a scope outlive it, as they are now, for its compensation; or no longer."""
        (self._kept.add if kept else self._kept.discard)(key)

    def drop(self, key: int) -> None:
        """The scope is over, and its variables with it. The root's are the instance's result and outlive it."""
        if key == self._root or key in self._kept:
            return
        if self._of(key) is None:
            return
        del self._values[key]
        self.changed.pop(key, None)
        if key in self._stored:
            self.dropped.append(key)
            self._gone.add(key)

    def _of(self, key: int) -> dict[str, Json] | None:
        names = self._values.get(key)
        if names is None and key not in self._gone and (stored := self._stored.get(key)):
            names = self._values[key] = dict(stored)
        return names

    def _remember(self, journal: list[_Before], key: int, names: Iterable[str]) -> None:
        values, changed = self._of(key) or {}, self.changed.get(key, {})
        journal += [(key, name, values.get(name, _NOTHING), changed.get(name, _NOTHING)) for name in names]

    def _note(self, writes: list[Write], key: int, values: Mapping[str, Json]) -> None:
        before = self._of(key) or {}
        for name, value in values.items():
            if name not in before:
                writes.append(Write(key, name, "create"))
            elif before[name] != value or type(before[name]) is not type(value):
                writes.append(Write(key, name, "update"))
