"""What a node of an earlier release does, in a process of its own: `python old_node.py DATABASE_URL` with the release's
code on its path. It reads a verb per line, as JSON, and answers each with a line, so that old and new can take turns.

Uses nothing but verbs that the first release had.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import engine
from engine.actors import Actor, Role
from engine.clock import SystemClock
from engine.deployments import NamedFile
from engine.engine import Engine
from engine.errors import EngineError
from engine.queries import TaskFilter
from engine.states import TaskState
from engine.store import open_store

ADMIN = Actor("root", roles=frozenset({Role.ADMIN}))


class OldNode:
    """Each method is a verb; keys are texts in JSON and numbers here."""

    def __init__(self, url: str) -> None:
        self.engine = Engine(open_store(url), SystemClock())

    def home(self) -> str:
        """Where this engine's code comes from."""
        return str(engine.__file__)

    def deploy(self, name: str, text: str) -> None:
        self.engine.deploy([NamedFile(name, text.encode())], by=ADMIN)

    def start(self, process_id: str, **variables: Any) -> str:
        return str(self.engine.start(process_id=process_id, variables=variables, by=ADMIN).key)

    def work(self, type: str) -> int:
        jobs = self.engine.claim_jobs(worker="old", types=[type], limit=10)
        for job in jobs:
            self.engine.complete_job(job.key, {type: "old"}, worker="old")
        return len(jobs)

    def decide(self) -> int:
        tasks = self.engine.queries.tasks(TaskFilter(state=TaskState.CREATED)).items
        for task in tasks:
            self.engine.complete_task(task.key, {"decided": "old"}, by=ADMIN)
        return len(tasks)

    def fire(self) -> int:
        return self.engine.fire_due_timers()

    def publish(self, name: str, key: str) -> None:
        self.engine.publish_message(name, correlation_key=key, by=ADMIN)

    def cancel(self, key: str) -> None:
        self.engine.cancel(int(key), by=ADMIN)

    def state(self, key: str) -> str:
        return self.engine.queries.instance(int(key)).state.value

    def verify(self) -> bool:
        return self.engine.queries.verify_audit().is_intact


def main() -> None:
    node = OldNode(sys.argv[1])
    for line in sys.stdin:
        verb, given = json.loads(line)
        try:
            answer = {"answer": getattr(node, verb)(**given)}
        except EngineError as refusal:
            answer = {"refused": f"{refusal.code}: {refusal}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
