"""Compiled definitions by key: each is compiled once per process and kept while it is in use."""

from __future__ import annotations

import bpmn
from bpmn import companions
from engine.errors import NotFound
from engine.moves import Compiled, Kept
from engine.runtime import compile
from engine.step import CallWait
from engine.store import UnitOfWork, definitions
from engine.store.definitions import Home, ProcessDefinition


class Processes:
    """Finds process definitions and compiles them."""

    def __init__(self) -> None:
        self._kept: Kept[Compiled] = Kept()

    def process(self, tx: UnitOfWork, key: int) -> Compiled:
        """The compiled definition. Raises `NotFound`."""
        return self._kept.get(key, lambda: self._compile(tx, key))

    def _compile(self, tx: UnitOfWork, key: int) -> Compiled:
        row = definitions.by_key(tx, ProcessDefinition, key)
        if row is None:
            raise NotFound(f"There is no process definition {key}. `baton process list` shows what is deployed.")
        model = bpmn.read(definitions.content(tx, row.resource_key), source=row.resource_name)
        if companions.named(model):
            files = {file.name: file.content for file in definitions.resources_of(tx, row.deployment_key)}
            model = companions.resolved(model, files)
        return Compiled(row, compile(model, row.process_id))

    def wanted(self, tx: UnitOfWork, process_id: str, version: int, tenant_id: str) -> Compiled:
        """The definition that a start names: a tenant's version of the id, or its latest (0). Raises `NotFound`."""
        if version:
            row = definitions.by_version(tx, ProcessDefinition, process_id, version, tenant_id)
        else:
            row = definitions.newest(tx, ProcessDefinition, process_id, tenant_id)
        if row is None:
            which = f" in version {version}" if version else ""
            raise NotFound(f"No process '{process_id}'{which} is deployed. `baton process list` shows what is.")
        return self.process(tx, row.key)

    def called(self, tx: UnitOfWork, wait: CallWait, home: Home) -> Compiled | None:
        """The process that a call activity means; None when there is none."""
        row = definitions.bound(tx, ProcessDefinition, wait.process_id, wait.binding, home)
        return None if row is None else self.process(tx, row.key)
