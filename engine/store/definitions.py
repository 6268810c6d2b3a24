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
from engine.tenants import DEFAULT


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
    tenant_id: str = DEFAULT


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
    tenant_id: str = DEFAULT


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
    tenant_id: str = DEFAULT


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
    tenant_id: str = DEFAULT


@dataclass(frozen=True, slots=True)
class DeploymentRow:
    """One act of deploying."""

    key: int
    name: str
    source: str
    deployed_at: datetime
    deployed_by: str
    tenant_id: str = DEFAULT


@dataclass(frozen=True, slots=True)
class Resource:
    """A file as it was uploaded."""

    key: int
    deployment_key: int
    name: str
    digest: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Home:
    """Where what a diagram names is looked up: within its own tenant, and its own deployment when it says so.

    With `shares_default`, what the tenant does not have itself is taken from the default one.
    """

    deployment_key: int
    tenant_id: str = DEFAULT
    shares_default: bool = False

    @classmethod
    def of(cls, definition: ProcessDefinition, tenant_id: str) -> Home:
        """For an instance of this definition. What belongs to no tenant serves all of them in Camunda 7 and its kin."""
        shares = tenant_id != DEFAULT and definition.dialect != "camunda8"
        return cls(definition.deployment_key, tenant_id, shares)

    @property
    def shared(self) -> str:
        """The tenant that what is missing is taken from; its own when there is no other."""
        return DEFAULT if self.shares_default else self.tenant_id


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
    tx.has_deployed = True
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
    of_id = every.where(identity == bindparam("id"), table.c.tenant_id == bindparam("tenant_id"))
    item = deployment_items.c
    versions = select(func.max(table.c.version))
    newest = versions.where(identity == bindparam("id"), table.c.tenant_id == bindparam("tenant_id")).scalar_subquery()
    tags = (
        {"versionTag": of_id.where(table.c.version_tag == bindparam("version_tag"))} if "version_tag" in table.c else {}
    )
    return {
        "key": every.where(table.c.key == bindparam("key")),
        "latest": of_id.where(table.c.version == newest),
        "version": of_id.where(table.c.version == bindparam("version")),
        "deployment": every.where(identity == bindparam("id")).join(
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
_IDS: Mapping[Any, Any] = {
    kind: select(identity).where(table.c.tenant_id.in_([DEFAULT, bindparam("tenant_id")])).distinct()
    for kind, (table, identity, _) in _KINDS.items()
}
_STATEMENTS: Mapping[Any, Mapping[str, Prepared]] = {
    kind: {name: Prepared(query) for name, query in _statements(kind).items()} for kind in _KINDS
}


def _one(tx: UnitOfWork, kind: type[D], name: str, parameters: Mapping[str, Any]) -> D | None:
    row = tx.execute(_STATEMENTS[kind][name], parameters).first()
    return None if row is None else kind(*row)


def by_key(tx: UnitOfWork, kind: type[D], key: int) -> D | None:
    """The version with this key."""
    return _one(tx, kind, "key", {"key": key})


def latest(tx: UnitOfWork, kind: type[D], id: str, tenant_id: str) -> D | None:
    """The newest version of an id that a tenant has."""
    return _one(tx, kind, "latest", {"id": id, "tenant_id": tenant_id})


def newest(tx: UnitOfWork, kind: type[D], id: str, tenant_id: str) -> D | None:
    """The same, remembered until something is deployed."""
    found: D | None = _remembered(tx, (kind, id, tenant_id), lambda: latest(tx, kind, id, tenant_id))
    return found


def by_version(tx: UnitOfWork, kind: type[D], id: str, version: int, tenant_id: str) -> D | None:
    """One version of an id that a tenant has."""
    return _one(tx, kind, "version", {"id": id, "version": version, "tenant_id": tenant_id})


def by_tag(tx: UnitOfWork, kind: type[D], id: str, tag: str, tenant_id: str) -> D | None:
    """The newest version of an id that carries the tag, of those that a tenant has."""
    return _one(tx, kind, "versionTag", {"id": id, "version_tag": tag, "tenant_id": tenant_id})


def by_deployment(tx: UnitOfWork, kind: type[D], id: str, deployment_key: int) -> D | None:
    """The version of an id that a deployment named."""
    return _one(tx, kind, "deployment", {"id": id, "deployment_key": deployment_key})


def bound(tx: UnitOfWork, kind: type[D], id: str, binding: tuple[str, str], home: Home) -> D | None:
    """The version that a binding of the diagram means, for a diagram of this home."""
    owner = home.deployment_key if binding[0] == "deployment" else 0
    key = (kind, id, binding, owner, home.tenant_id, home.shares_default)
    found: D | None = _remembered(tx, key, lambda: _shared(tx, kind, id, binding, home))
    return found


def _shared(tx: UnitOfWork, kind: type[D], id: str, binding: tuple[str, str], home: Home) -> D | None:
    found = _bound(tx, kind, id, binding, home)
    if found is None and home.shares_default:
        return _bound(tx, kind, id, binding, Home(home.deployment_key))
    return found


def _remembered(tx: UnitOfWork, key: Any, find: Callable[[], Any]) -> Any:
    """What a binding means, which only a deployment changes; one that may yet be taken back is remembered by nobody."""
    if tx.has_deployed:
        return find()
    if tx.deployments is None:
        tx.deployments = int(tx.execute(_DEPLOYMENTS_SO_FAR).scalar())
    return tx.memory.binding(tx.deployments, key, find)


def _bound(tx: UnitOfWork, kind: type[D], id: str, binding: tuple[str, str], home: Home) -> D | None:
    how, which = binding
    if how == "deployment":
        return by_deployment(tx, kind, id, home.deployment_key)
    if how == "version":
        is_number = which.isdecimal() and int(which) < 2**31
        return by_version(tx, kind, id, int(which), home.tenant_id) if is_number else None
    if how == "versionTag":
        return by_tag(tx, kind, id, which, home.tenant_id)
    return latest(tx, kind, id, home.tenant_id)


def is_known(tx: UnitOfWork, kind: type[D], id: str) -> bool:
    """Whether any tenant has a version of the id."""
    table, identity, _ = _KINDS[kind]
    return tx.execute(select(table.c.key).where(identity == id).limit(1)).first() is not None


def of_requirements(tx: UnitOfWork, requirements_key: int) -> list[DecisionDefinition]:
    """The decisions of one version of a DMN file."""
    return [DecisionDefinition(*row) for row in tx.execute(_OF_REQUIREMENTS, {"requirements_key": requirements_key})]


def known_ids(tx: UnitOfWork, tenant_id: str) -> list[tuple[str, str]]:
    """Everything that a diagram of a tenant may refer to, as pairs of kind and id."""
    kinds, of = (ProcessDefinition, DecisionDefinition, FormDefinition), {"tenant_id": tenant_id}
    return [(_KINDS[kind][2], id) for kind in kinds for id in tx.execute(_IDS[kind], of).scalars()]


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


_IN_DEPLOYMENTS = resources.join(deployments, deployments.c.key == resources.c.deployment_key)


def kept(tx: UnitOfWork, name: str, tenant_id: str) -> tuple[int, str] | None:
    """Key and digest of a tenant's newest file of this name; None when there is none."""
    query = select(resources.c.key, resources.c.digest).select_from(_IN_DEPLOYMENTS)
    query = query.where(resources.c.name == name, deployments.c.tenant_id == tenant_id)
    row = tx.execute(query.order_by(resources.c.key.desc()).limit(1)).first()
    return None if row is None else (row[0], row[1])


def kept_file(tx: UnitOfWork, resource_id: str, binding: tuple[str, str], home: Home) -> int | None:
    """The key of the deployed file that a binding means, by the id and version tag that the file itself gives.

    A file without an id is called by its name, with or without the ending.
    """
    owner = home.deployment_key if binding[0] == "deployment" else 0
    key = (Resource, resource_id, binding, owner, home.tenant_id)
    found: int | None = _remembered(tx, key, lambda: _kept_file(tx, resource_id, binding, home))
    return found


def _kept_file(tx: UnitOfWork, resource_id: str, binding: tuple[str, str], home: Home) -> int | None:
    query = select(resources.c.key, resources.c.name, resources.c.content).select_from(_IN_DEPLOYMENTS)
    query = query.where(resources.c.name.like("%.rpa"), deployments.c.tenant_id == home.tenant_id)
    if binding[0] == "deployment":
        item = deployment_items.c
        named = select(item.definition_key).where(item.kind == _FILE, item.deployment_key == home.deployment_key)
        query = query.where((resources.c.deployment_key == home.deployment_key) | resources.c.key.in_(named))
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
