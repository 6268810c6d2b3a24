"""Searches of what runs and has run: instances, elements, variables, incidents, subscriptions; and their figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Text, exists, func, or_, select, true, type_coerce

from engine.states import Awaited, IncidentState
from engine.step import ElementState
from engine.store import incidents as incident_rows
from engine.store import instances as instance_rows
from engine.store.batch_tables import batch_items
from engine.store.columns import constant
from engine.store.comparisons import Comparison, column_is
from engine.store.elements import ElementInstance
from engine.store.event_tables import subscriptions
from engine.store.findable import Findable, named
from engine.store.finds import Found, Search
from engine.store.incidents import Incident
from engine.store.instances import Instance
from engine.store.rows import columns
from engine.store.search import InstanceFilter, instance_keys
from engine.store.subscriptions import Subscription
from engine.store.tables import elements, incidents, instances, process_definitions, variables
from engine.store.unit_of_work import UnitOfWork

Sql = Any
Json = Any
PROCESS = "process"  # the kind of the element instance that stands for the whole process


@dataclass(frozen=True, slots=True)
class InstanceWish:
    """Which instances. `of_elements` are facts that one of their elements has, all of them the same one."""

    filter: InstanceFilter = field(default_factory=InstanceFilter)
    of_elements: tuple[Comparison, ...] = ()
    of_incidents: tuple[Comparison, ...] = ()
    of_batches: tuple[Comparison, ...] = ()
    of_definitions: tuple[Comparison, ...] = ()  # name, version_tag


@dataclass(frozen=True, slots=True)
class InstanceSearch:
    """Instances of which all of `wish` holds and, when there are some, one of `alternatives`."""

    wish: InstanceWish = field(default_factory=InstanceWish)
    alternatives: Sequence[InstanceWish] = ()
    order: tuple[tuple[str, bool], ...] = ()
    offset: int = 0
    limit: int = 100


@dataclass(frozen=True, slots=True)
class FoundElement:
    """An element instance, its process, and the key of the open incident that holds it."""

    element: ElementInstance
    process_id: str
    definition_key: int
    root_key: int
    incident_key: int | None
    tenant_id: str


@dataclass(frozen=True, slots=True)
class FoundVariable:
    """A variable, its value as JSON text."""

    instance_key: int
    scope_key: int
    name: str
    value: str
    root_key: int
    tenant_id: str


@dataclass(frozen=True, slots=True)
class FoundSubscription:
    """Somebody who waits for a message."""

    subscription: Subscription
    definition_key: int
    root_key: int
    process_name: str
    version: int


@dataclass(frozen=True, slots=True)
class ElementFigures:
    """How many instances of an element are where."""

    element_id: str
    active: int = 0
    canceled: int = 0
    incidents: int = 0
    completed: int = 0


_of_element = named(elements, "element_id", "state", "name", "kind")
_is_open = incidents.c.state == constant(IncidentState.ACTIVE)
_incident_of = (
    select(func.min(incidents.c.key))
    .where(incidents.c.element_key == elements.c.key, _is_open)
    .correlate(elements)
    .scalar_subquery()
)
_definition = process_definitions.c

INSTANCES: Findable[Instance] = Findable(
    select(*instance_rows.PUBLIC).join(process_definitions, _definition.key == instances.c.definition_key),
    {
        **named(instances, "key", "process_id", "version", "definition_key", "business_key", "state", "started_at"),
        **named(instances, "ended_at", "suspended_at", "parent_key", "parent_element_key", "open_incidents"),
        **named(instances, "tenant_id"),
        "name": _definition.name,
        "version_tag": _definition.version_tag,
    },
    (instances.c.key,),
    Instance,
    instances,
)
_elements = columns(elements, ElementInstance)
ELEMENTS: Findable[FoundElement] = Findable(
    select(
        *_elements,
        instances.c.process_id,
        instances.c.definition_key,
        instances.c.root_key,
        _incident_of,
        instances.c.tenant_id,
    )
    .join(instances, instances.c.key == elements.c.instance_key)
    .where(elements.c.kind != PROCESS),
    {
        **named(elements, "key", "instance_key", "element_id", "name", "kind", "state", "scope_key"),
        **named(elements, "started_at", "ended_at"),
        **named(instances, "process_id", "definition_key", "tenant_id"),
        "incident_key": _incident_of,
    },
    (elements.c.key,),
    lambda *row: FoundElement(ElementInstance(*row[:-5]), *row[-5:]),
    instances,
)
_text = type_coerce(variables.c.value, Text)
VARIABLES: Findable[FoundVariable] = Findable(
    select(
        variables.c.instance_key,
        variables.c.scope_key,
        variables.c.name,
        _text.label("text"),
        instances.c.root_key,
        instances.c.tenant_id,
    ).join(instances, instances.c.key == variables.c.instance_key),
    {
        **named(variables, "instance_key", "scope_key", "name"),
        **named(instances, "tenant_id"),
        "value": _text,
        "length": func.length(_text),
    },
    (variables.c.instance_key, variables.c.scope_key, variables.c.name),
    FoundVariable,
    instances,
)
INCIDENTS: Findable[tuple[Incident, int]] = Findable(
    select(*incident_rows.COLUMNS, instances.c.root_key).join(instances, instances.c.key == incidents.c.instance_key),
    named(incidents, *(column.name for column in incident_rows.COLUMNS)),
    (incidents.c.key,),
    lambda *row: (Incident(*row[:-1]), row[-1]),
    incidents,
)
_subscriptions = columns(subscriptions, Subscription)
SUBSCRIPTIONS: Findable[FoundSubscription] = Findable(
    select(
        *_subscriptions,
        instances.c.definition_key,
        instances.c.root_key,
        _definition.name.label("process_name"),
        _definition.version,
    )
    .join(instances, instances.c.key == subscriptions.c.instance_key)
    .join(process_definitions, _definition.key == instances.c.definition_key)
    .where(subscriptions.c.kind == constant(Awaited.MESSAGE)),
    {
        **named(subscriptions, "key", "instance_key", "element_id", "element_key", "process_id", "name"),
        **named(subscriptions, "correlation_key", "created_at", "tenant_id"),
        "definition_key": instances.c.definition_key,
        "process_name": _definition.name,
        "version": _definition.version,
        "is_waiting": true(),  # who does not has no row
    },
    (subscriptions.c.key,),
    lambda *row: FoundSubscription(Subscription(*row[:-4]), *row[-4:]),
    subscriptions,
)


def find_instances(tx: UnitOfWork, search: InstanceSearch) -> Found[Instance]:
    """Instances; the oldest first unless another order is wanted."""
    noun = _wished(tx, INSTANCES, search.wish)
    if search.alternatives:
        noun = noun.where(or_(*(instances.c.key.in_(_keys(tx, one)) for one in search.alternatives)))
    return noun.find(tx, Search((), search.order, search.offset, search.limit))


def _keys(tx: UnitOfWork, wish: InstanceWish) -> Sql:
    return _wished(tx, INSTANCES, wish).query.with_only_columns(instances.c.key)


def _wished(tx: UnitOfWork, noun: Findable[Instance], wish: InstanceWish) -> Findable[Instance]:
    noun = noun.compared(wish.of_definitions, is_sqlite=tx.is_sqlite)
    noun = noun.where(instances.c.key.in_(instance_keys(wish.filter, is_sqlite=tx.is_sqlite)))
    for table, wanted in ((elements, wish.of_elements), (incidents, wish.of_incidents), (batch_items, wish.of_batches)):
        if wanted:
            compared = [_compared(table, one, is_sqlite=tx.is_sqlite) for one in wanted]
            noun = noun.where(exists().where(table.c.instance_key == instances.c.key, *compared))
    return noun


def _compared(table: Any, one: Comparison, *, is_sqlite: bool) -> Sql:
    column = _incident_of if one.name == "incident_key" else table.c[one.name]
    return column_is(column, one, is_sqlite=is_sqlite)


def figures_of(tx: UnitOfWork, search: InstanceSearch) -> list[ElementFigures]:
    """How many elements of these instances are active, completed, canceled or held by an incident, by element."""
    noun = _wished(tx, INSTANCES, search.wish).seen(tx)
    if search.alternatives:
        noun = noun.where(or_(*(instances.c.key.in_(_keys(tx, one)) for one in search.alternatives)))
    wanted = noun.query.with_only_columns(instances.c.key)
    mine = elements.c.instance_key.in_(wanted)
    counts = (
        select(elements.c.element_id, elements.c.state, func.count())
        .where(mine, elements.c.kind != PROCESS)
        .group_by(elements.c.element_id, elements.c.state)
    )
    found: dict[str, dict[str, int]] = {}
    for element_id, state, count in tx.execute(counts):
        found.setdefault(element_id, {})[_FIGURE[state]] = count
    troubled = select(incidents.c.element_id, func.count()).where(incidents.c.instance_key.in_(wanted), _is_open)
    for element_id, count in tx.execute(troubled.group_by(incidents.c.element_id)):
        found.setdefault(element_id, {})["incidents"] = count
    return [ElementFigures(element_id, **figures) for element_id, figures in sorted(found.items())]


_FIGURE = {
    ElementState.ACTIVE.value: "active",
    ElementState.COMPLETED.value: "completed",
    ElementState.TERMINATED.value: "canceled",
}


def variables_made_between(tx: UnitOfWork, first_key: int, last_key: int) -> list[FoundVariable]:
    """Variables of the instances and elements whose keys lie between these, both included."""
    scopes = select(elements.c.instance_key, elements.c.key).where(elements.c.key.between(first_key, last_key))
    roots = select(instances.c.key, instances.c.key).where(instances.c.key.between(first_key, last_key))
    found = []
    for instance_key, scope_key in tx.execute(scopes.union(roots)):
        of_scope = (variables.c.instance_key == instance_key) & (variables.c.scope_key == scope_key)
        found += [FoundVariable(*row) for row in tx.execute(VARIABLES.seen(tx).query.where(of_scope))]
    return found
