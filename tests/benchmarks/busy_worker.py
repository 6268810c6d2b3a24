"""A worker with very many calls of a model in flight, in a process of its own: what it takes is a worker's, no test's.

    python -m tests.benchmarks.busy_worker DATABASE_URL MODEL_ADDRESS CALLS

It measures as many calls of litellm alone, does the jobs that wait, and prints a JSON object: seconds, CPU milliseconds
a call, those of litellm alone, and the most memory that it had, in MB.
"""

from __future__ import annotations

import json
import logging
import resource
import sys
import threading
import time

import structlog

from api.cli.loading import keep, loading
from connectors.llm import library
from connectors.llm.call import Call
from connectors.llm.chat import Chat
from connectors.llm.settings import ModelSettings
from connectors.registry import AI_TASK, Registry
from engine.clock import SystemClock
from engine.engine import Engine
from engine.store import open_store
from engine.worker import Worker, from_environment

MODEL = "openai/slow"
SCHEMA = {
    "type": "object",
    "properties": {"ok": {"type": "boolean"}},
    "required": ["ok"],
    "additionalProperties": False,
}


def main(url: str, address: str, calls: int) -> None:
    """Measure, work and print."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    settings = {"api_base": address, "free": True, "structured": True, "timeout_seconds": 100.0}
    models = {"slow": {"model": MODEL, **settings}}
    registry = Registry(models=models, use_entry_points=False)
    engine = Engine(open_store(url), SystemClock(), registry)
    with loading():
        library.litellm()
        registry.get(AI_TASK)
    keep()
    alone = _alone(Chat(MODEL, ModelSettings(**settings)), calls)
    worker = Worker(engine, name="w", secrets=from_environment({}), types=[AI_TASK], apart={AI_TASK: calls})
    began, used = time.perf_counter(), time.process_time()
    assert worker.run_until_idle() == calls
    seconds, used = time.perf_counter() - began, (time.process_time() - used) * 1000 / calls
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "used": used, "alone": alone, "memory": memory}))


def _alone(chat: Chat, calls: int) -> float:
    """CPU milliseconds that litellm needs for a call like those of the worker, without the worker."""
    messages = [{"role": "system", "content": "Well?"}, {"role": "user", "content": "It is fine."}]
    call = Call(messages, SCHEMA, "It is fine.", 100.0, lambda _: "none")
    chat.ask(call)
    threads = [threading.Thread(target=chat.ask, args=(call,)) for _ in range(calls)]
    before = time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return (time.process_time() - before) * 1000 / calls


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
