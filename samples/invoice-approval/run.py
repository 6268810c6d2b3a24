"""Plays the ten invoices through the process and compares with `expected.json`.

People and, without --model, the language model are played by what stands in `expected.json`; engine, worker, checks,
decision and form are the real ones, over a database in a temporary folder.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import structlog

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))

from connectors.llm.call import Call, Provider, Reply  # noqa: E402
from connectors.llm.providers import Providers  # noqa: E402
from connectors.llm.settings import Models  # noqa: E402
from connectors.llm.task import AiTask  # noqa: E402
from connectors.registry import AI_TASK, Registry  # noqa: E402
from engine.actors import Actor, Role  # noqa: E402
from engine.clock import SystemClock  # noqa: E402
from engine.engine import Engine, NamedFile  # noqa: E402
from engine.policies import Policies  # noqa: E402
from engine.queries import TaskFilter  # noqa: E402
from engine.states import TaskState  # noqa: E402
from engine.store import open_store  # noqa: E402
from engine.worker import Worker, from_environment  # noqa: E402

PROCESS = "invoice-approval"
MODEL = "local/smollm2"
ENDS = {"EndEvent_Paid": "paid", "EndEvent_Rejected": "rejected", "EndEvent_NotReadable": "not-an-invoice"}
STARTER = Actor("mailbox", roles=frozenset({Role.OPERATOR, Role.ANALYST}))


@dataclass(frozen=True)
class Outcome:
    """How one invoice went. `reading`: accepted, edited or rejected; `group`: who was asked to approve."""

    file: str
    reading: str | None
    group: str | None
    end: str | None
    same_instance_as: str | None = None


class ScriptedReader:
    """Stands in for the language model: it answers each invoice with what `expected.json` says."""

    kind = "scripted"

    def __init__(self, answers: Mapping[str, list[str]]) -> None:
        self._answers = {text: iter(replies) for text, replies in answers.items()}
        self._last: dict[str, str] = {}

    def reserve(self, messages: object) -> Decimal:
        return Decimal(0)

    def ask(self, call: Call) -> Reply:
        text = next(self._answers[call.source], None) or self._last[call.source]
        self._last[call.source] = text
        return Reply(text, model=MODEL)


class ScriptedProviders(Providers):
    """The usual providers, with the scripted reader in the place of the local model."""

    def __init__(self, reader: Provider) -> None:
        super().__init__(Models({}))
        self._reader = reader

    def of(self, name: str) -> Provider:
        return self._reader if name == MODEL else super().of(name)


class Office:
    """Engine, worker and the people of the sample."""

    def __init__(self, engine: Engine, worker: Worker) -> None:
        self.engine = engine
        self.worker = worker
        self._started: dict[int, str] = {}

    def deploy(self) -> None:
        files = [file for file in sorted(HERE.iterdir()) if file.suffix in (".bpmn", ".dmn", ".form", ".yaml")]
        self.engine.deploy([NamedFile(file.name, file.read_bytes()) for file in files], by=STARTER)

    def play(self, case: Mapping[str, Any]) -> Outcome:
        """One invoice from the mailbox to its end."""
        text = read(case["file"])
        # The same letter gives the same key, so a second copy starts nothing.
        key = hashlib.sha256(text.encode()).hexdigest()
        instance = self.engine.start(process_id=PROCESS, variables={"invoice": text}, by=STARTER, idempotency_key=key)
        if instance.key in self._started:
            return Outcome(case["file"], None, None, None, self._started[instance.key])
        self._started[instance.key] = case["file"]
        reading, group = "accepted", None
        for task in self._tasks(instance.key):
            if task.kind == "review":
                reading = self._review(task, case)
            else:
                (group,) = task.candidate_groups
                self._approve(task, case)
        return Outcome(case["file"], reading, group or self._level(instance.key), self._end(instance.key))

    def _tasks(self, instance_key: int) -> Iterator[Any]:
        """The tasks of the instance, one after the other, with the worker at work in between."""
        while True:
            self.worker.run_until_idle()
            wanted = TaskFilter(instance_key=instance_key, state=TaskState.CREATED)
            tasks = self.engine.queries.tasks(wanted).items
            if not tasks:
                return
            yield tasks[0]

    def _review(self, task: Any, case: Mapping[str, Any]) -> str:
        person = _member(task.candidate_groups[0])
        if case["truth"] is None:
            self.engine.decide(task.key, "reject", reason="This is no invoice.", by=person)
            return "rejected"
        self.engine.decide(task.key, "edit", reason="As printed.", variables={"output": case["truth"]}, by=person)
        return "edited"

    def _approve(self, task: Any, case: Mapping[str, Any]) -> None:
        person = _member(task.candidate_groups[0])
        # Where the scripted plot has no decision (the real model may take another way), be careful.
        self.engine.decide(task.key, case["decision"] or "reject", reason="By the book.", by=person)

    def _level(self, instance_key: int) -> str | None:
        level = self.engine.queries.variables(instance_key).get("level")
        return level["group"] if level else None

    def _end(self, instance_key: int) -> str | None:
        elements = self.engine.queries.elements(instance_key).items
        return next((ENDS[element.element_id] for element in elements if element.element_id in ENDS), None)


def _member(group: str) -> Actor:
    return Actor(f"someone-of-{group}", groups=frozenset({group}), roles=frozenset({Role.APPROVER}))


def read(file: str) -> str:
    """The text of an invoice."""
    return (HERE / "invoices" / file).read_text(encoding="utf-8")


def cases() -> list[dict[str, Any]]:
    """What is expected, by invoice."""
    found: list[dict[str, Any]] = json.loads((HERE / "expected.json").read_text(encoding="utf-8"))["invoices"]
    return found


def expected(case: Mapping[str, Any]) -> Outcome:
    """How a case must go, with the scripted answers."""
    if "duplicate_of" in case:
        return Outcome(case["file"], None, None, None, case["duplicate_of"])
    return Outcome(case["file"], case["reading"], case["group"], case["end"])


def office(folder: Path, *, with_model: bool = False) -> Office:
    """Everything ready to play, over a new database in `folder`."""
    store = open_store(f"sqlite:///{folder / 'sample.db'}")
    store.upgrade()
    ai_task = AiTask.of({}) if with_model else AiTask(ScriptedProviders(_reader()))
    engine = Engine(store, SystemClock(), Registry({AI_TASK: ai_task}, use_entry_points=False), Policies())
    made = Office(engine, Worker(engine, name="sample", secrets=from_environment(os.environ)))
    made.deploy()
    return made


def _reader() -> ScriptedReader:
    answers = {}
    for case in cases():
        if "duplicate_of" not in case:
            said = [case["truth"] if answer == "truth" else answer for answer in case["answers"]]
            answers[read(case["file"])] = [text if isinstance(text, str) else json.dumps(text) for text in said]
    return ScriptedReader(answers)


def main() -> int:
    """Play all, print a line each; exit code 1 when one went otherwise than expected with the scripted answers."""
    parser = argparse.ArgumentParser(description="Play the ten invoices.")
    parser.add_argument("--model", action="store_true", help="let the local model read (nothing is compared then)")
    with_model = parser.parse_args().model
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        made = office(Path(folder), with_model=with_model)
        for case in cases():
            outcome = made.play(case)
            differs = outcome != expected(case) and not with_model
            wrong += differs
            print(_line(outcome) + (f"   EXPECTED {_line(expected(case))}" if differs else ""), flush=True)
    return 1 if wrong else 0


def _line(outcome: Outcome) -> str:
    if outcome.same_instance_as:
        return f"{outcome.file}  same instance as {outcome.same_instance_as}"
    approver = "nobody asked" if outcome.group == "none" else f"asked: {outcome.group or '-'}"
    return f"{outcome.file}  reading {outcome.reading}, {approver}, {outcome.end}"


if __name__ == "__main__":
    sys.exit(main())
