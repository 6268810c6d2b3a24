"""What was deployed: resources, and the versions of processes, decisions and forms made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Column, Table, bindparam, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from engine.errors import NotFound
from engine.store import sequences
from engine.store.prepared import Prepared
from engine.store.rows import columns
from engine.store.tables import (
    decision_definitions,
    decision_requirements,
    deployment_items,
    deployments,
    forms,
    process_definitions,
    resources,
)
from engine.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ProcessDefinition:
    """One version of a process. `digest` is the SHA-256 of its file.

    `startable` says whether lists offer it to people. `history_days` is how long its author wants to keep what is over,
    None when nothing was said. `starter_groups` and `starter_users` are who may start it; None: nobody in particular.
    """

    key: int
    process_id: str
    version: int
    name: str
    version_tag: str
    dialect: str
    startable: bool
    digest: str
    resource_name: str
    resource_key: int
    deployment_key: int
    history_days: int | None = None
    starter_groups: Sequence[str] | None = None
    starter_users: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class DecisionRequirements:
    """One version of a DMN file."""

    key: int
    requirements_id: str
    version: int
    name: str
    digest: str
    resource_name: str
    resource_key: int
    deployment_key: int


@dataclass(frozen=True, slots=True)
class DecisionDefinition:
    """One version of a decision; its file is that of its requirements."""

    key: int
    decision_id: str
    version: int
    name: str
    version_tag: str
    requirements_key: int
    deployment_key: int


@dataclass(frozen=True, slots=True)
class FormDefinition:
    """One version of a form."""

    key: int
    form_id: str
    version: int
    version_tag: str
    digest: str
    resource_name: str
    resource_key: int
    deployment_key: int


@dataclass(frozen=True, slots=True)
class DeploymentRow:
    """One act of deploying."""

    key: int
    name: str
    source: str
    deployed_at: datetime
    deployed_by: str


@dataclass(frozen=True, slots=True)
class Resource:
    """A file as it was uploaded."""

    key: int
    deployment_key: int
    name: str
    digest: str
    content: bytes


Definition = ProcessDefinition | DecisionRequirements | DecisionDefinition | FormDefinition
D = TypeVar("D", ProcessDefinition, DecisionRequirements, DecisionDefinition, FormDefinition)

# For each kind: its table, the column of its id, and its word in deployment_items.
_KINDS: Mapping[type[Any], tuple[Table, Column[Any], str]] = {
    ProcessDefinition: (process_definitions, process_definitions.c.process_id, "process"),
    DecisionRequirements: (decision_requirements, decision_requirements.c.requirements_id, "requirements"),
    DecisionDefinition: (decision_definitions, decision_definitions.c.decision_id, "decision"),
    FormDefinition: (forms, forms.c.form_id, "form"),
}
_FILE = "file"  # in deployment_items: a file that is only kept
_CONTENT = Prepared(select(resources.c.content).where(resources.c.key == bindparam("key")))
_RESOURCES = Prepared(
    select(*columns(resources, Resource)).where(resources.c.deployment_key == bindparam("deployment_key"))
)
_OF_REQUIREMENTS = Prepared(
    select(*columns(decision_definitions, DecisionDefinition)).where(
        decision_definitions.c.requirements_key == bindparam("requirements_key")
    )
)
_DEPLOYMENT = Prepared(select(*columns(deployments, DeploymentRow)).where(deployments.c.key == bindparam("key")))


def add_deployment(tx: UnitOfWork, deployment: DeploymentRow, files: Sequence[Resource]) -> None:
    """Keep an act of deploying and its files."""
    sequences.next_value(tx, sequences.DEPLOYMENTS)
    tx.execute(insert(deployments), _values(deployment))
    if files:
        tx.execute(insert(resources), [_values(file) for file in files])


def add(tx: UnitOfWork, definitions: Sequence[Definition]) -> None:
    """Keep new versions."""
    for kind, (table, _, _) in _KINDS.items():
        rows = [_values(definition) for definition in definitions if type(definition) is kind]
        if rows:
            tx.execute(insert(table), rows)


def add_items(
    tx: UnitOfWork, deployment_key: int, definitions: Sequence[Definition], files: Sequence[int] = ()
) -> None:
    """Remember what a deployment named, new or unchanged; `files` are the keys of those that are only kept."""
    named = [(_KINDS[type(one)][2], one.key) for one in definitions] + [(_FILE, key) for key in files]
    rows = [{"deployment_key": deployment_key, "kind": kind, "definition_key": key} for kind, key in named]
    if rows:
        new = sqlite.insert if tx.is_sqlite else postgresql.insert
        tx.execute(new(deployment_items).on_conflict_do_nothing(), rows)


def _values(record: Any) -> dict[str, Any]:
    return {field.name: getattr(record, field.name) for field in fields(record)}


def _statements(kind: Any) -> Mapping[str, Any]:
    table, identity, word = _KINDS[kind]
    every = select(*columns(table, kind))
    of_id = every.where(identity == bindparam("id"))
    item = deployment_items.c
    newest = select(func.max(table.c.version)).where(identity == bindparam("id")).scalar_subquery()
    tags = (
        {"versionTag": of_id.where(table.c.version_tag == bindparam("version_tag"))} if "version_tag" in table.c else {}
    )
    return {
        "key": every.where(table.c.key == bindparam("key")),
        "latest": of_id.where(table.c.version == newest),
        "version": of_id.where(table.c.version == bindparam("version")),
        "deployment": of_id.join(
            deployment_items,
            (item.definition_key == table.c.key)
            & (item.kind == word)
            & (item.deployment_key == bindparam("deployment_key")),
        ),
        "in_deployment": every.join(deployment_items, (item.definition_key == table.c.key) & (item.kind == word)).where(
            item.deployment_key == bindparam("deployment_key")
        ),
        **{name: query.order_by(table.c.version.desc()).limit(1) for name, query in tags.items()},
    }


_DEPLOYMENTS_SO_FAR = Prepared(select(sequences.deployments_so_far()))
_IDS: Mapping[Any, Any] = {kind: select(identity).distinct() for kind, (_, identity, _) in _KINDS.items()}
_STATEMENTS: Mapping[Any, Mapping[str, Prepared]] = {
    kind: {name: Prepared(query) for name, query in _statements(kind).items()} for kind in _KINDS
}


def _one(tx: UnitOfWork, kind: type[D], name: str, parameters: Mapping[str, Any]) -> D | None:
    row = tx.execute(_STATEMENTS[kind][name], parameters).first()
    return None if row is None else kind(*row)


def by_key(tx: UnitOfWork, kind: type[D], key: int) -> D | None:
    """The version with this key."""
    return _one(tx, kind, "key", {"key": key})


def latest(tx: UnitOfWork, kind: type[D], id: str) -> D | None:
    """The newest version of an id."""
    return _one(tx, kind, "latest", {"id": id})


def by_version(tx: UnitOfWork, kind: type[D], id: str, version: int) -> D | None:
    """One version of an id."""
    return _one(tx, kind, "version", {"id": id, "version": version})


def by_tag(tx: UnitOfWork, kind: type[D], id: str, tag: str) -> D | None:
    """The newest version of an id that carries the tag."""
    return _one(tx, kind, "versionTag", {"id": id, "version_tag": tag})


def by_deployment(tx: UnitOfWork, kind: type[D], id: str, deployment_key: int) -> D | None:
    """The version of an id that a deployment named."""
    return _one(tx, kind, "deployment", {"id": id, "deployment_key": deployment_key})


def bound(tx: UnitOfWork, kind: type[D], id: str, binding: tuple[str, str], deployment_key: int) -> D | None:
    """The version that a binding of the diagram means. `deployment_key` is the caller's own deployment."""
    owner = deployment_key if binding[0] == "deployment" else 0
    found: D | None = _remembered(tx, (kind, id, binding, owner), lambda: _bound(tx, kind, id, binding, deployment_key))
    return found


def _remembered(tx: UnitOfWork, key: Any, find: Callable[[], Any]) -> Any:
    """What a binding means, which only a deployment changes."""
    if tx.deployments is None:
        tx.deployments = int(tx.execute(_DEPLOYMENTS_SO_FAR).scalar())
    return tx.memory.binding(tx.deployments, key, find)


def _bound(tx: UnitOfWork, kind: type[D], id: str, binding: tuple[str, str], deployment_key: int) -> D | None:
    how, which = binding
    if how == "deployment":
        return by_deployment(tx, kind, id, deployment_key)
    if how == "version":
        return by_version(tx, kind, id, int(which)) if which.isdecimal() and int(which) < 2**31 else None
    if how == "versionTag":
        return by_tag(tx, kind, id, which)
    return latest(tx, kind, id)


def of_requirements(tx: UnitOfWork, requirements_key: int) -> list[DecisionDefinition]:
    """The decisions of one version of a DMN file."""
    return [DecisionDefinition(*row) for row in tx.execute(_OF_REQUIREMENTS, {"requirements_key": requirements_key})]


def known_ids(tx: UnitOfWork) -> list[tuple[str, str]]:
    """Everything that a diagram may refer to, as pairs of kind and id."""
    kinds = (ProcessDefinition, DecisionDefinition, FormDefinition)
    return [(_KINDS[kind][2], id) for kind in kinds for id in tx.execute(_IDS[kind]).scalars()]


def in_deployment(tx: UnitOfWork, kind: type[D], deployment_key: int) -> list[D]:
    """Everything of a kind that a deployment named."""
    rows = tx.execute(_STATEMENTS[kind]["in_deployment"], {"deployment_key": deployment_key})
    return [kind(*row) for row in rows]


def content(tx: UnitOfWork, resource_key: int) -> bytes:
    """A file's bytes as they were uploaded."""
    found = tx.execute(_CONTENT, {"key": resource_key}).scalar()
    if found is None:
        raise NotFound(f"There is no deployed file {resource_key}.")
    return bytes(found)


def kept(tx: UnitOfWork, name: str) -> tuple[int, str] | None:
    """Key and digest of the newest file of this name; None when there is none."""
    query = select(resources.c.key, resources.c.digest).where(resources.c.name == name)
    row = tx.execute(query.order_by(resources.c.key.desc()).limit(1)).first()
    return None if row is None else (row[0], row[1])


def kept_file(tx: UnitOfWork, resource_id: str, binding: tuple[str, str], deployment_key: int) -> int | None:
    """The key of the deployed file that a binding means, by the id and version tag that the file itself gives.

    A file without an id is called by its name, with or without the ending.
    """
    owner = deployment_key if binding[0] == "deployment" else 0
    key = (Resource, resource_id, binding, owner)
    found: int | None = _remembered(tx, key, lambda: _kept_file(tx, resource_id, binding, deployment_key))
    return found


def _kept_file(tx: UnitOfWork, resource_id: str, binding: tuple[str, str], deployment_key: int) -> int | None:
    query = select(resources.c.key, resources.c.name, resources.c.content).where(resources.c.name.like("%.rpa"))
    if binding[0] == "deployment":
        item = deployment_items.c
        named = select(item.definition_key).where(item.kind == _FILE, item.deployment_key == deployment_key)
        query = query.where((resources.c.deployment_key == deployment_key) | resources.c.key.in_(named))
    for key, name, content in tx.execute(query.order_by(resources.c.key.desc())):
        id, tag = _labels(content)
        is_it = resource_id in ((id,) if id else (name, name.removesuffix(".rpa")))
        if is_it and (binding[0] != "versionTag" or tag == binding[1]):
            return int(key)
    return None


def _labels(content: bytes) -> tuple[str, str]:
    """The id and version tag in a robot's script, which is JSON; empty where it has none."""
    try:
        data = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeError):
        return "", ""
    if not isinstance(data, dict):
        return "", ""
    return str(data.get("id") or ""), str(data.get("versionTag") or "")


def resources_of(tx: UnitOfWork, deployment_key: int) -> list[Resource]:
    """The files that a deployment stored."""
    return [Resource(*row) for row in tx.execute(_RESOURCES, {"deployment_key": deployment_key})]


def deployment(tx: UnitOfWork, key: int) -> DeploymentRow | None:
    """One act of deploying."""
    row = tx.execute(_DEPLOYMENT, {"key": key}).first()
    return None if row is None else DeploymentRow(*row)
