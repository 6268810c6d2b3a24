"""SpiffWorkflow as it comes, its own serializer writing into SQLite at every wait and at the end."""

from __future__ import annotations

import itertools
import sqlite3
import sys
from io import BytesIO
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

from tests.benchmarks.contestants import python_scripts
from tests.benchmarks.contestants.player import path_of, play, sqlite_bytes

SERIALIZER = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure())
# Its predictions end a loop in silence at the 333rd round.
ROUNDS = 300


def _spec(xml: bytes, process_id: str) -> Any:
    parser = BpmnParser()
    parser.add_bpmn_xml(etree.parse(BytesIO(xml)), filename="case.bpmn")
    return parser.get_spec(process_id)


class Saved:
    """Workflows as JSON in a table."""

    def __init__(self, path: str) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL"):
            self._database.execute(statement)
        self._database.execute("CREATE TABLE workflows (id INTEGER PRIMARY KEY, state TEXT)")
        self._ids = itertools.count(1)

    def run(self, spec: Any, **data: Any) -> int:
        """Start, run to the wait or the end, save."""
        workflow = BpmnWorkflow(spec)
        workflow.task_tree.data.update(data)
        workflow.do_engine_steps()
        id = next(self._ids)
        self._database.execute("INSERT INTO workflows VALUES (?, ?)", (id, SERIALIZER.serialize_json(workflow)))
        return id

    def complete(self, id: int) -> None:
        """Load, complete the user task, run to the end, save."""
        [text] = self._database.execute("SELECT state FROM workflows WHERE id = ?", (id,)).fetchone()
        workflow = SERIALIZER.deserialize_json(text)
        [task] = workflow.get_tasks(state=TaskState.READY, manual=True)
        task.data["approved"] = True
        task.run()
        workflow.do_engine_steps()
        assert workflow.is_completed()
        state = SERIALIZER.serialize_json(workflow)
        self._database.execute("UPDATE workflows SET state = ? WHERE id = ?", (state, id))


def main() -> None:
    path = path_of(sys.argv[1])
    saved = Saved(path)
    straight, approval = _spec(python_scripts.straight(), "A"), _spec(python_scripts.approval(), "B")
    fan_out, loop = _spec(python_scripts.fan_out(), "C"), _spec(python_scripts.loop(ROUNDS), "D")

    def start() -> int:
        return saved.run(approval, i=0, amount=200, customer="ACME")

    cases = {
        "A": lambda: saved.run(straight, i=0),
        "B": lambda: saved.complete(start()),
        "C": lambda: saved.run(fan_out, i=0),
        "D": lambda: saved.run(loop, i=0),
    }
    play(cases, wait=start, stored=lambda: sqlite_bytes(path))


main()
