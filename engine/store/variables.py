"""Variables: one row per scope and name, the value as JSON text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from engine.store.prepared import OneOf, Prepared
from engine.store.rows import portions
from engine.store.sort_keys import sort_key
from engine.store.tables import elements, variables
from engine.store.unit_of_work import UnitOfWork

Json = Any

#: Of an instance with many scopes, this many are read one by one; then all at once.
MOST_READ_SINGLY = 12


def _upsert(insert: Any) -> Any:
    new = insert(variables)
    return new.on_conflict_do_update(
        index_elements=["instance_key", "scope_key", "name"],
        set_={"value": new.excluded.value, "sort_key": new.excluded.sort_key},
    )


_NAMES = ("instance_key", "scope_key", "name", "value", "sort_key")
_ON_SQLITE = Prepared(_upsert(sqlite.insert), _NAMES)
_ON_POSTGRESQL = Prepared(_upsert(postgresql.insert), _NAMES)
_OF_INSTANCE = Prepared(
    select(variables.c.scope_key, variables.c.name, variables.c.value).where(
        variables.c.instance_key == bindparam("instance_key")
    )
)
_OF_INSTANCES = Prepared(
    select(variables.c.instance_key, variables.c.scope_key, variables.c.name, variables.c.value).where(
        OneOf(variables.c.instance_key, "instance_keys")
    )
)
_OF_SCOPE = Prepared(
    select(variables.c.name, variables.c.value).where(
        variables.c.instance_key == bindparam("instance_key"), variables.c.scope_key == bindparam("scope_key")
    )
)
_DROP = Prepared(
    delete(variables).where(
        variables.c.instance_key == bindparam("instance_key"),
        OneOf(variables.c.scope_key, "scope_keys"),
    )
)
_REMOVE = Prepared(
    delete(variables).where(
        variables.c.instance_key == bindparam("of_instance"),
        variables.c.scope_key == bindparam("of_scope"),
        variables.c.name == bindparam("of_name"),
    )
)


def _seen_by() -> Any:
    """From each element up to the root, scope by scope, with the variables of each."""
    chain = (
        select(
            elements.c.key.label("element_key"),
            elements.c.instance_key,
            elements.c.key.label("scope_key"),
            elements.c.scope_key.label("parent_key"),
            literal(0).label("distance"),
        )
        .where(OneOf(elements.c.key, "element_keys"))
        .cte("chain", recursive=True)
    )
    upper = elements.alias("upper")
    chain = chain.union_all(
        select(
            chain.c.element_key,
            chain.c.instance_key,
            upper.c.key,
            upper.c.scope_key,
            chain.c.distance + 1,
        )
        .select_from(chain.join(upper, upper.c.key == chain.c.parent_key))
        .where(chain.c.parent_key != chain.c.scope_key)
    )
    return (
        select(chain.c.element_key, variables.c.name, variables.c.value, variables.c.scope_key)
        .select_from(
            chain.join(
                variables,
                (variables.c.instance_key == chain.c.instance_key) & (variables.c.scope_key == chain.c.scope_key),
            )
        )
        .order_by(chain.c.distance.desc())
    )


_UNSORTED = Prepared(
    select(variables.c.instance_key, variables.c.scope_key, variables.c.name, variables.c.value)
    .where(variables.c.sort_key.is_(None))
    .limit(bindparam("most"))
)
_SORT = Prepared(
    update(variables)
    .where(
        variables.c.instance_key == bindparam("of_instance"),
        variables.c.scope_key == bindparam("of_scope"),
        variables.c.name == bindparam("of_name"),
        variables.c.value == bindparam("of_value"),
    )
    .values(sort_key=bindparam("new_key"))
)
_SEEN_BY = Prepared(_seen_by())


def of_instance(tx: UnitOfWork, instance_key: int) -> dict[int, dict[str, Json]]:
    """All variables of an instance by scope."""
    scopes: dict[int, dict[str, Json]] = {}
    for scope_key, name, value in tx.execute(_OF_INSTANCE, {"instance_key": instance_key}):
        scopes.setdefault(scope_key, {})[name] = value
    return scopes


class Scattered(dict[int, dict[str, Json]]):
    """All variables of an instance with very many scopes, each read when it is asked for.

    Who asks for many gets all of them at once.
    """

    def __init__(self, tx: UnitOfWork, instance_key: int) -> None:
        super().__init__()
        self._tx = tx
        self._instance_key = instance_key
        self._left = MOST_READ_SINGLY

    def __missing__(self, key: int) -> dict[str, Json]:
        if self._left > 0:
            self._left -= 1
            self[key] = of_scope(self._tx, self._instance_key, key)
        else:
            self._read_all()
            self.setdefault(key, {})
        return self[key]

    def get(self, key: int, default: Any = None) -> Any:
        return self[key] or default

    def __contains__(self, key: object) -> bool:
        return isinstance(key, int) and bool(self[key])

    def _read_all(self) -> None:
        # What is here already is what the verb has made of it.
        for key, names in of_instance(self._tx, self._instance_key).items():
            self.setdefault(key, names)


def of_instances(tx: UnitOfWork, instance_keys: Sequence[int]) -> dict[int, dict[int, dict[str, Json]]]:
    """All variables of each of these instances by scope."""
    found: dict[int, dict[int, dict[str, Json]]] = {key: {} for key in instance_keys}
    for instance_key, scope_key, name, value in tx.execute(_OF_INSTANCES, {"instance_keys": instance_keys}):
        found[instance_key].setdefault(scope_key, {})[name] = value
    return found


def of_scope(tx: UnitOfWork, instance_key: int, scope_key: int) -> dict[str, Json]:
    """The variables of one scope."""
    rows = tx.execute(_OF_SCOPE, {"instance_key": instance_key, "scope_key": scope_key})
    return dict(rows.all())


def seen_by(tx: UnitOfWork, element_keys: Sequence[int]) -> dict[int, dict[str, Json]]:
    """What each element instance sees: its own scope and all above, a nearer name hiding a farther one."""
    seen: dict[int, dict[str, Json]] = {key: {} for key in element_keys}
    if element_keys:
        for element_key, name, value, _ in tx.execute(_SEEN_BY, {"element_keys": list(element_keys)}):
            seen[element_key][name] = value
    return seen


def scopes_of(tx: UnitOfWork, element_key: int) -> list[tuple[int, dict[str, Json]]]:
    """The variables that an element instance sees, scope by scope: its own first, the instance's last."""
    scopes: dict[int, dict[str, Json]] = {}
    for _, name, value, scope_key in tx.execute(_SEEN_BY, {"element_keys": [element_key]}):
        scopes.setdefault(scope_key, {})[name] = value
    return list(reversed(scopes.items()))


def write(tx: UnitOfWork, instance_key: int, changed: Mapping[int, Mapping[str, Json]]) -> None:
    """Keep new values."""
    rows = [
        (instance_key, scope_key, name, value, sort_key(value))
        for scope_key, values in changed.items()
        for name, value in values.items()
    ]
    if rows:
        tx.write(_ON_SQLITE if tx.is_sqlite else _ON_POSTGRESQL, rows)


def sort_unsorted(tx: UnitOfWork, most: int) -> int:
    """Give sort keys to values that a version without them wrote; returns how many."""
    found = [
        {"of_instance": instance, "of_scope": scope, "of_name": name, "of_value": value, "new_key": sort_key(value)}
        for instance, scope, name, value in tx.execute(_UNSORTED, {"most": most})
    ]
    if found:
        tx.execute(_SORT, found)
    return len(found)


def has_unsorted(tx: UnitOfWork) -> bool:
    """Whether there are values without sort keys."""
    return tx.execute(_UNSORTED, {"most": 1}).first() is not None


def drop_scopes(tx: UnitOfWork, instance_key: int, scope_keys: Sequence[int]) -> None:
    """Forget all variables of scopes that are over."""
    for portion in portions(scope_keys):
        tx.write(_DROP, {"instance_key": instance_key, "scope_keys": portion})


def remove(tx: UnitOfWork, instance_key: int, names: Sequence[tuple[int, str]]) -> None:
    """Forget single variables."""
    if names:
        tx.write(_REMOVE, [{"of_instance": instance_key, "of_scope": scope, "of_name": name} for scope, name in names])
