"""A house to play samples in: everything real but the people, the language models and the clock, which are scripted.

A case is data (an entry of a sample's `expected.json`): what comes in, what the models say, what people do when, and
what must have come of it. Each case has a database of its own in a temporary folder.
"""

from __future__ import annotations

import json
import logging
import math
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import structlog

sys.path.insert(0, str(Path(__file__).parents[1]))

from api.schema import ready
from bpmn.timers import seconds
from connectors.base import Connector
from connectors.registry import Registry
from engine.actors import Actor, Role
from engine.clock import FakeClock
from engine.engine import Engine, NamedFile
from engine.errors import EngineError
from engine.policies import Policies
from engine.queries import AuditFilter, IncidentFilter, Page, TaskFilter
from engine.scheduler import Scheduler
from engine.states import IncidentState, TaskState
from engine.store import open_store
from engine.worker import Worker, from_environment

Case = Mapping[str, Any]
DEPLOYED = (".bpmn", ".dmn", ".form", ".yaml")
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""When every case begins."""
CLERK = Actor("mailbox", roles=frozenset({Role.OPERATOR, Role.ANALYST, Role.ADMIN}))
"""Who deploys and starts."""


class House:
    """One sample at work: engine, worker, scheduler and the people of one case.

    `url` is that of a database of its own, `people` are their groups by name. `models` says for each model of the
    diagram what it answers, in order, the last one for ever; `real` are rows of the models' table for those that are
    not scripted. `connectors` stand in for the systems around.
    """

    def __init__(
        self,
        url: str,
        sample: Path,
        *,
        people: Mapping[str, Sequence[str]],
        models: Mapping[str, Sequence[Any]],
        real: Mapping[str, Mapping[str, Any]] | None = None,
        connectors: Mapping[str, Connector] | None = None,
    ) -> None:
        self.clock = FakeClock(MONDAY)
        self.store = open_store(url)
        ready(self.store)
        rows = {
            name: {"script": [_said(one) for one in said], "model": f"scripted/{name}"} for name, said in models.items()
        }
        table = {name: {"model": row["model"], "residency": "local"} for name, row in rows.items()}
        table |= {row["model"]: {"script": row["script"]} for row in rows.values() if row["script"]}
        registry = Registry(connectors, models={**table, **(real or {})}, use_entry_points=False)
        self.engine = Engine(self.store, self.clock, registry, Policies())
        self.worker = Worker(self.engine, name="house", secrets=from_environment({}))
        self.scheduler = Scheduler(self.engine)
        self._people = {name: _person(name, groups) for name, groups in people.items()}
        self.refusals: list[str] = []
        files = [file for file in sorted(sample.iterdir()) if file.suffix in DEPLOYED]
        self.engine.deploy([NamedFile(file.name, file.read_bytes()) for file in files], by=CLERK)

    def start(self, process: str, given: Mapping[str, Any], *, key: str = "", by: str = "") -> int:
        """Start an instance and let it go as far as it goes alone; the same idempotency key is the same instance."""
        starter = self._people.get(by, CLERK)
        started = self.engine.start(process_id=process, variables=dict(given), by=starter, idempotency_key=key or None)
        self.go_on()
        return started.key

    def go_on(self) -> None:
        """Until nobody has anything to do but people."""
        while self.scheduler.run_until_idle() or self.worker.run_until_idle():
            pass

    def play(self, key: int, steps: Sequence[Case]) -> None:
        """What people do, one after the other, and how time goes by in between."""
        for step in steps:
            if "wait" in step:
                self.clock.advance(float(seconds(step["wait"], self.clock.now())))
            elif "change" in step:
                self.engine.set_variables(key, step["change"], by=self._people[step["who"]])
            else:
                self._act(key, step)
            self.go_on()

    def _act(self, key: int, step: Case) -> None:
        person = self._people[step["who"]]
        task = self.task(key, step["at"])
        try:
            given = step.get("variables", {})
            if "decision" in step:
                self.engine.decide(
                    task.key, step["decision"], reason=step.get("reason", ""), variables=given, by=person
                )
            else:
                self.engine.claim_task(task.key, by=person)
                self.engine.complete_task(task.key, given, by=person)
        except EngineError as problem:
            if not step.get("refused"):
                raise
            self.refusals.append(str(problem))
        else:
            if step.get("refused"):
                raise AssertionError(f"{step['who']} was to be refused at {step['at']}.")

    def task(self, key: int, element: str) -> Any:
        """The open task of an element. Raises AssertionError when there is none."""
        found = [task for task in self.open_tasks(key) if task.element_id == element]
        if not found:
            there = [task.element_id for task in self.open_tasks(key)]
            raise AssertionError(f"No task is open at {element}; open: {there}; incidents: {self.incidents(key)}")
        return found[0]

    def open_tasks(self, key: int) -> Sequence[Any]:
        """What people may do now."""
        wanted = TaskFilter(instance_key=key, state=TaskState.CREATED)
        return list(self.engine.queries.tasks(wanted).items)

    def incidents(self, key: int) -> list[str]:
        """What is wrong now."""
        active = IncidentFilter(instance_key=key, state=IncidentState.ACTIVE)
        return [one.message for one in self.engine.queries.incidents(active).items]

    def played(self, key: int) -> Played:
        """What came of an instance."""
        return Played(self, key)

    def close(self) -> None:
        """Let go of the database."""
        self.store.close()


class Played:
    """What came of an instance, as a case's `expect` names it."""

    def __init__(self, house: House, key: int) -> None:
        self._house, self._key = house, key
        self._queries = house.engine.queries

    @cached_property
    def variables(self) -> Mapping[str, Any]:
        """The variables of the instance."""
        return dict(self._queries.variables(self._key))

    @cached_property
    def reached(self) -> list[str]:
        """Every element that was entered, in order."""
        return [element.element_id for element in self._queries.elements(self._key, page=Page(500)).items]

    @property
    def end(self) -> str | None:
        """The end event that was reached last."""
        return next((name for name in reversed(self.reached) if name.startswith("EndEvent")), None)

    @cached_property
    def asked(self) -> list[list[Any]]:
        """Whom the instance asked, in order: element, groups, and how it ended."""
        tasks = self._queries.tasks(TaskFilter(instance_key=self._key), Page(500)).items
        return [[one.element_id, *one.candidate_groups, _ending(one)] for one in sorted(tasks, key=lambda one: one.key)]

    @cached_property
    def facts(self) -> list[Mapping[str, Any]]:
        """What the audit trail says, oldest first."""
        records = reversed(self._queries.audit(AuditFilter(instance_key=self._key), Page(500)).items)
        return [event for record in records for event in json.loads(record.payload or "{}").get("events", [])]

    @property
    def prompts(self) -> str:
        """Every word that a model was sent, from the books."""
        sent = [message for one in self._queries.attempts(self._key) for message in one.prompt]
        return "\n".join(str(message["content"]) for message in sent)

    def differences(self, expect: Case) -> list[str]:
        """Where it went another way than expected; nothing when it went so. What nobody expects must not happen."""
        return [
            line
            for name, value in {"incidents": [], "refused": [], **expect}.items()
            for line in self._held(name, value)
        ]

    def _held(self, name: str, wanted: Any) -> Iterator[str]:
        match name:
            case "end" | "asked":
                if (found := getattr(self, name)) != wanted:
                    yield f"{name}: expected {wanted}, found {found}"
            case "incidents" | "refused":
                found = self._house.refusals if name == "refused" else self._house.incidents(self._key)
                if len(wanted) != len(found) or any(
                    part not in text for part, text in zip(wanted, found, strict=False)
                ):
                    yield f"{name}: expected {wanted}, found {found}"
            case "variables":
                yield from self._wrong_variables(wanted)
            case _:
                yield from self._missing(name, wanted)

    def _missing(self, name: str, wanted: Sequence[str]) -> Iterator[str]:
        """What is there and must not be, or the other way round."""
        told = [fact["type"] for fact in self.facts] if name == "facts" else []
        place: Any = {"facts": told, "sent": self.prompts, "never_sent": self.prompts}.get(name, self.reached)
        must_be_there = name in ("sent", "passed", "facts")
        yield from (f"{name}: {one!r}" for one in wanted if (one in place) != must_be_there)

    def _wrong_variables(self, wanted: Case) -> Iterator[str]:
        for path, value in wanted.items():
            found: Any = self.variables
            for part in path.split("."):
                found = _part(found, part)
            if found != value:
                yield f"{path}: expected {value!r}, found {found!r}"


@dataclass(frozen=True)
class Sample:
    """A sample that is played as it stands: its folder, its process, and its people's groups by name."""

    folder: Path
    process: str
    people: Mapping[str, Sequence[str]]

    def house(self, case: Case, url: str) -> House:
        """The house of one case."""
        return House(url, self.folder, people=self.people, models=case["models"])

    def play(self, case: Case, url: str) -> list[str]:
        """Where a case went another way than it must."""
        made = self.house(case, url)
        try:
            key = made.start(self.process, case["given"])
            made.play(key, case["people"])
            return made.played(key).differences(case["expect"])
        finally:
            made.close()


def cases(sample: Path) -> list[dict[str, Any]]:
    """What a sample's `expected.json` holds."""
    found: list[dict[str, Any]] = json.loads((sample / "expected.json").read_text(encoding="utf-8"))
    return found


def quiet() -> None:
    """Log errors only: a sample prints lines of its own."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))


def play_all(sample: Path, play: Any, *, only: str = "") -> int:
    """Play every case (or those whose name holds `only`) and print a line each; 1 when one went another way."""
    quiet()
    wrong = 0
    for case in cases(sample):
        if only in case["case"]:
            with tempfile.TemporaryDirectory() as folder:
                differences = play(case, f"sqlite:///{folder}/house.db")
            wrong += bool(differences)
            print(f"{'NOT AS EXPECTED' if differences else 'as expected':16}{case['case']}", flush=True)
            for line in differences:
                print(f"{'':18}{line}")
    return 1 if wrong else 0


def _said(one: Any) -> Any:
    """A scripted answer: an object with `sure` (0 to 1) and the answer in `say`, a text, or a status number."""
    if isinstance(one, Mapping) and "say" in one:
        return {"text": json.dumps(one["say"], ensure_ascii=False), "logprob": math.log(one.get("sure", 0.99))}
    return one


def _person(name: str, groups: Sequence[str]) -> Actor:
    return Actor(name, groups=frozenset(groups), roles=frozenset({Role.APPROVER, Role.OPERATOR}))


def _ending(task: Any) -> str:
    if task.decision:
        return str(task.decision["decision"])
    return str(task.state.value)


def _part(value: Any, name: str) -> Any:
    if isinstance(value, list) and name.isdigit():
        return value[int(name)] if int(name) < len(value) else None
    return value.get(name) if isinstance(value, dict) else None
