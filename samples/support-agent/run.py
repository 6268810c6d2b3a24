"""Plays the mails of `expected.json` through the agent and compares.

The model and the people are played by what stands there, the worst of models among them; engine, worker, gates, tools
and the audit trail are the real ones, over a database in a temporary folder.
"""

from __future__ import annotations

import json
import logging
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))

from api.schema import ready  # noqa: E402
from connectors.registry import Registry  # noqa: E402
from engine.actors import Actor, Role  # noqa: E402
from engine.clock import SystemClock  # noqa: E402
from engine.engine import Engine, NamedFile  # noqa: E402
from engine.policies import Policies  # noqa: E402
from engine.queries import AuditFilter, Page, TaskFilter  # noqa: E402
from engine.states import TaskState  # noqa: E402
from engine.store import open_store  # noqa: E402
from engine.worker import Worker, from_environment  # noqa: E402

PROCESS = "support-agent"
MODEL = "openai/gpt-5-mini"
MAILBOX = Actor("mailbox", roles=frozenset({Role.OPERATOR, Role.ANALYST, Role.ADMIN}))
SAM = Actor("sam", groups=frozenset({"support", "support-leads"}), roles=frozenset({Role.APPROVER}))
ORDERS = [
    {"number": "B-104", "article": "lamp", "price": 120, "state": "on its way, arrives tomorrow"},
    {"number": "B-105", "article": "chair", "price": 80, "state": "lost by the carrier"},
]


@dataclass(frozen=True)
class Outcome:
    """How one mail went: what became of each call of a tool, what was paid, and the answer."""

    case: str
    tools: list[list[str]]
    paid: float | None
    answer: str | None


def cases() -> list[dict[str, Any]]:
    """What `expected.json` holds."""
    found: list[dict[str, Any]] = json.loads((HERE / "expected.json").read_text(encoding="utf-8"))
    return found


def expected(case: Mapping[str, Any]) -> Outcome:
    """How a case must go."""
    return Outcome(case["case"], case["tools"], case["paid"], case["answer"])


def play(case: Mapping[str, Any], folder: Path) -> Outcome:
    """One mail, in a house of its own."""
    store = open_store(f"sqlite:///{folder / 'support.db'}")
    ready(store)
    registry = Registry(models={MODEL: {"model": "scripted/a"}, "scripted/a": {"script": _script(case)}})
    engine = Engine(store, SystemClock(), registry, Policies())
    worker = Worker(engine, name="support", secrets=from_environment({}))
    files = [file for file in sorted(HERE.iterdir()) if file.suffix in (".bpmn", ".form", ".yaml")]
    engine.deploy([NamedFile(file.name, file.read_bytes()) for file in files], by=MAILBOX)
    given = {"mail": case["mail"], "orders": ORDERS}
    key = engine.start(process_id=PROCESS, variables=given, by=MAILBOX).key
    worker.run_until_idle()
    for person in case["people"]:
        _act(engine, key, person)
        worker.run_until_idle()
    outcome = _outcome(engine, key, case["case"])
    store.close()
    return outcome


def _script(case: Mapping[str, Any]) -> list[Any]:
    """The model's answers as the scripted model takes them."""
    return [
        said if isinstance(said, str) else {"calls": [{"name": n, "arguments": a} for n, a in said["use"].items()]}
        for said in case["model"]
    ]


def _act(engine: Engine, key: int, person: Mapping[str, Any]) -> None:
    """Sam does the task that is open."""
    [task] = engine.queries.tasks(TaskFilter(instance_key=key, state=TaskState.CREATED)).items
    if "decision" not in person:
        engine.claim_task(task.key, by=SAM)
        engine.complete_task(task.key, {"answer": person["answer"]}, by=SAM)
        return
    output = {"responseText": person["text"]} if "text" in person else {"tool": "Tool_Refund"}
    if "arguments" in person:
        output["arguments"] = person["arguments"]
    variables = {"output": output} if person["decision"] == "edit" else {}
    engine.decide(task.key, person["decision"], reason=person.get("reason", ""), variables=variables, by=SAM)


def _outcome(engine: Engine, key: int, case: str) -> Outcome:
    records = reversed(engine.queries.audit(AuditFilter(instance_key=key), Page(500)).items)
    told = [event for record in records for event in json.loads(record.payload or "{}").get("events", [])]
    called = [event["data"] for event in told if event["type"] == "tool-called"]
    paid = [
        event["data"]["variables"]["toolCallResult"]["amount"]
        for event in told
        if event["type"] == "job-completed" and event["data"]["job_type"] == "baton:stub-payment:1"
    ]
    answer = (engine.queries.variables(key).get("agent") or {}).get("responseText")
    return Outcome(case, [[one["tool"], one["verdict"]] for one in called], sum(paid) if paid else None, answer)


def main() -> int:
    """Play all and compare; 1 when one goes another way."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    wrong = 0
    for case in cases():
        with tempfile.TemporaryDirectory() as folder:
            outcome = play(case, Path(folder))
        is_right = outcome == expected(case)
        wrong += not is_right
        print(f"{'as expected' if is_right else 'NOT AS EXPECTED':16} {outcome.case}: {outcome.answer}")
        for tool, verdict in outcome.tools:
            print(f"{'':18}{tool}: {verdict}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
