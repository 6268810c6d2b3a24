"""Kill -9 the real server and the real workers at random moments, while people start instances and decide.

A server and two workers run over one database. Each is killed and started again, over and over, while clerks start
instances over HTTP, complete what waits for them, and try again whatever did not get through. In the end every
instance has ended as it would have, and the books account for every call of a model.

BATON_TEST_SEED repeats a run's decisions; the machine's own timing stays the machine's.
"""

from __future__ import annotations

import json
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from engine import audit
from engine.clock import SystemClock
from engine.engine import Engine
from engine.queries import AuditFilter, JobFilter, Page, Queries
from engine.store import open_store
from tests.engine.support import end, line, service, start, user
from tests.faults.ledger import Ledger
from tests.faults.processes import COUNTED, CountingModel, House, Running, kill_group
from tests.faults.progress import Progress

KILLS = 25
STANDING_SECONDS = 120.0  # patience without any progress: a kill takes as long as a start
ENDING_SECONDS = 60.0
CLERKS = 3
MOST_AT_ONCE = 20  # running instances
#: Every fourth instance is read by the endpoint that counts its calls; the others by rules, which are quick.
MODELS = ("rules/extract", COUNTED, "rules/extract", "rules/extract")
SCHEMA = {
    "type": "object",
    "properties": {"invoiceNumber": {"type": "string"}, "total": {"type": "number"}},
    "required": ["invoiceNumber", "total"],
    "additionalProperties": False,
}


def diagram() -> bytes:
    inputs = {
        "prompt": "Read the invoice.",
        "input": "=invoice",
        "schema": json.dumps(SCHEMA),
        "models": "=model",
        "onExhausted": "clerks",
    }
    mapped = "".join(f"<zeebe:input source='{source}' target='{name}'/>" for name, source in inputs.items())
    amount = '<zeebe:ioMapping><zeebe:input source="=reading.result.total" target="amount"/></zeebe:ioMapping>'
    read = service(
        "read",
        "baton:ai-task:1",
        headers={"resultVariable": "reading"},
        inner=f"<zeebe:ioMapping>{mapped}</zeebe:ioMapping>",
    )
    pay = service("pay", "baton:stub-payment:1", headers={"resultVariable": "payment"}, inner=amount)
    return line("payment", start(), read, user("approve", groups="clerks"), pay, end()).encode()


def total_of(number: int) -> float:
    return 100 + number + number % 100 / 100


class Clerk:
    """Starts instances, does the tasks, looks at what goes on; tries again until it gets through."""

    def __init__(self, url: str, seed: int) -> None:
        self.http = httpx.Client(base_url=f"{url}/api/v1", timeout=20)
        self.random = random.Random(seed)
        self.retries = 0
        self.looks: Counter[str] = Counter()
        self.unexplained: list[str] = []

    def ask(self, method: str, path: str, **given: Any) -> httpx.Response:
        """The answer, however often it takes. 503 says that it was not done."""
        until = time.monotonic() + ENDING_SECONDS
        while True:
            try:
                answer = self.http.request(method, path, **given)
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.status_code != 503:
                return answer
            assert time.monotonic() < until, f"{method} {path} never got through"
            self.retries += 1
            time.sleep(0.25)

    def start(self, number: int) -> None:
        text = f"Invoice number: INV-{number:04}\nTotal: {total_of(number):.2f} EUR\n"
        body = {
            "process_id": "payment",
            "business_key": f"case-{number}",
            "variables": {"invoice": text, "model": MODELS[number % len(MODELS)]},
        }
        answer = self.ask("POST", "/instances", json=body, headers={"Idempotency-Key": f"start-{number}"})
        assert answer.status_code == 201, answer.text

    def do_tasks(self) -> None:
        tasks = self.ask("GET", "/tasks?limit=20").json()["items"]
        self.random.shuffle(tasks)
        for task in tasks:
            if task["kind"] == "review":
                self._correct(task)
            else:
                self._done(self.ask("POST", f"/tasks/{task['key']}/complete", json={"variables": {"approved": True}}))

    def _correct(self, task: dict[str, Any]) -> None:
        case = self.ask("GET", f"/instances/{task['instance_key']}").json()["business_key"]
        number = int(case.removeprefix("case-"))
        output = {"invoiceNumber": f"INV-{number:04}", "total": total_of(number)}
        body = {"decision": "edit", "reason": "read by hand", "variables": {"output": output}}
        self._done(self.ask("POST", f"/approvals/{task['key']}", json=body))

    def _done(self, answer: httpx.Response) -> None:
        # 409: another clerk was quicker, or this one was and the answer was lost with the server.
        assert answer.status_code in (200, 409), answer.text

    def look(self, most: int = 200) -> int:
        """Look at some running instances: each says what it waits for. Returns how many run."""
        running = self.ask("GET", "/instances?state=active&limit=200").json()["items"]
        for one in self.random.sample(running, min(most, len(running))):
            found = self.ask("GET", f"/instances/{one['key']}").json()
            self.looks.update(wait["kind"] for wait in found["waiting"])
            if found["state"] == "active" and not (found["waiting"] and all(wait["why"] for wait in found["waiting"])):
                self.unexplained.append(json.dumps(found))
        return len(running)


class Killer:
    """Starts a process, lets it work for a while, kills it, and again; whatever goes wrong is told at the end."""

    def __init__(self, house: House, model: CountingModel, seed: int) -> None:
        self.house, self.model, self.seed = house, model, seed
        self.kills: Counter[str] = Counter()
        self.problems: list[BaseException] = []
        self.is_over = threading.Event()
        self._lock = threading.Lock()

    def torment(self, name: str, begin: Callable[[], Running], kill: Callable[[Running, random.Random], str]) -> None:
        chance = random.Random(f"{self.seed} {name}")
        try:
            running = begin()
            while not self._is_over_after(lifetime(chance)):
                self._count(f"{name}: {kill(running, chance)}")
                if running.process.poll() is not None:
                    running = begin()
                else:
                    self.house.wait_until_it_answers(running)
        except BaseException as problem:
            self.problems.append(problem)
            self.is_over.set()

    def _is_over_after(self, seconds: float) -> bool:
        """Wait so long, or until a model is being asked."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self.is_over.is_set():
            if self.model.is_called.wait(0.1):
                self.model.is_called.clear()
                break
        return self.is_over.is_set()

    def _count(self, what: str) -> None:
        with self._lock:
            self.kills[what] += 1
            if self.kills.total() >= KILLS:
                self.is_over.set()


def lifetime(chance: random.Random) -> float:
    """Mostly short; now and then long enough to load the model library and to be killed within a call."""
    return chance.uniform(0, 1.5) if chance.random() < 0.75 else chance.uniform(6, 12)


def kill_worker(running: Running, _chance: random.Random) -> str:
    kill_group(running.process)
    return "killed"


def kill_server(running: Running, chance: random.Random) -> str:
    """All of it, only the parent, or only the process that serves: granian starts another one."""
    match chance.choice(("all", "parent", "child")):
        case "child" if children := running.children():
            for pid in children:
                os.kill(pid, 9)
            return "child"
        case "parent":
            running.process.kill()
            running.process.wait()
            return "parent"
    kill_group(running.process)
    return "all"


@pytest.fixture
def model(seed: int) -> Iterator[CountingModel]:
    with CountingModel(seed=seed) as running:
        yield running


@pytest.fixture
def house(upgraded_database_url: str, tmp_path: Path, model: CountingModel) -> Iterator[House]:
    row = {"model": f"openai/{COUNTED}", "api_base": model.url, "free": True, "api_key_secret": "ANY"}
    settings = {"BATON_MODELS": json.dumps({COUNTED: row}), "BATON_SECRET_ANY": "sk-test"}
    made = House(tmp_path, upgraded_database_url, **settings)
    yield made
    made.close()


@pytest.mark.faults
def test_processes_that_are_killed_all_the_time_lose_nothing_and_do_nothing_twice(
    house: House, model: CountingModel, seed: int, capsys: pytest.CaptureFixture[str], ledger: Ledger
) -> None:
    began = time.monotonic()
    killer = Killer(house, model, seed)
    server = threading.Thread(target=killer.torment, args=("server", house.start_server, kill_server))
    workers = [
        threading.Thread(target=killer.torment, args=(name, partial(house.start_worker, name), kill_worker))
        for name in ("worker-a", "worker-b")
    ]
    threads = [server, *workers]
    clerks = [Clerk(house.url, seed + number) for number in range(CLERKS)]
    count = run(house, killer, threads, clerks)
    for what, times in killer.kills.items():
        name, how = what.split(": ")
        ledger.inject(f"kill -9 of a {name.split('-')[0]} ({how})", house.environ["BATON_DATABASE_URL"], times)
    report(capsys, seed, time.monotonic() - began, killer, clerks, check(house, model, clerks, count))


def run(house: House, killer: Killer, threads: list[threading.Thread], clerks: list[Clerk]) -> int:
    """Kill and work side by side, then work on undisturbed until all has ended; returns how many were started."""
    numbers = iter(range(10_000))
    started: list[int] = []
    for thread in threads:
        thread.start()
    try:
        files = {"file": ("payment.bpmn", diagram())}
        assert clerks[0].ask("POST", "/deployments", files=files).status_code in (200, 201)
        workers = [threading.Thread(target=work, args=(clerk, killer, numbers, started)) for clerk in clerks]
        for thread in workers:
            thread.start()
        progress = Progress(STANDING_SECONDS)
        while progress.goes_on(killer.kills.total()) and not killer.is_over.wait(1):
            pass
    finally:
        killer.is_over.set()
        for thread in threads:
            thread.join()
    for thread in workers:
        thread.join()
    assert not killer.problems, killer.problems
    assert killer.kills.total() >= KILLS, f"no kill for {STANDING_SECONDS:g} s after {killer.kills.total()}"
    finish(house, clerks[0])
    return len(started)


def work(clerk: Clerk, killer: Killer, numbers: Iterator[int], started: list[int]) -> None:
    try:
        while not killer.is_over.is_set():
            clerk.do_tasks()
            if clerk.look(4) < MOST_AT_ONCE:
                number = next(numbers)
                clerk.start(number)
                started.append(number)
            killer.is_over.wait(clerk.random.uniform(0, 1.5))
    except BaseException as problem:
        killer.problems.append(problem)
        killer.is_over.set()


def finish(house: House, clerk: Clerk) -> None:
    for process in house.started:
        kill_group(process)
    house.start_server()
    house.start_worker("worker-last")
    progress = Progress(STANDING_SECONDS)
    while left := clerk.look():
        audited = clerk.ask("GET", "/audit/verify").text
        assert progress.goes_on((left, audited)), clerk.ask("GET", "/instances?state=active").text
        clerk.do_tasks()
        time.sleep(0.2)
    house.close()


def check(house: House, model: CountingModel, clerks: list[Clerk], count: int) -> Counter[str]:
    """Everything is as one undisturbed run would have left it, but for calls that were lost and are in the books."""
    assert [text for clerk in clerks for text in clerk.unexplained] == []
    store = open_store(house.environ["BATON_DATABASE_URL"])
    queries = Engine(store, SystemClock()).queries
    counts: Counter[str] = Counter()
    instances = every(queries.instances)
    assert sorted(one.business_key for one in instances) == sorted(f"case-{number}" for number in range(count))
    for one in instances:
        check_instance(queries, one, counts)
    calls = Counter(call["model"] for call in model.requests)
    assert calls[COUNTED] <= counts["calls of the counted model"], "a call was made without a row in the books"
    assert audit.verify(store).is_intact
    store.close()
    counts["calls that the model's endpoint got"] = calls[COUNTED]
    return counts


def every(find: Callable[..., Any]) -> list[Any]:
    found: list[Any] = []
    after = None
    while True:
        page = find(page=Page(limit=1000, after=after))
        found += page.items
        if page.next is None:
            return found
        after = page.next


def check_instance(queries: Queries, one: Any, counts: Counter[str]) -> None:
    number = int(one.business_key.removeprefix("case-"))
    assert one.state.value == "completed", one
    variables = queries.variables(one.key)
    assert variables["reading"]["result"] == {"invoiceNumber": f"INV-{number:04}", "total": total_of(number)}
    assert variables["approved"] is True
    assert variables["payment"]["amount"] == total_of(number)
    counts["instances"] += 1
    counts["decided by a person because every model was used up"] += variables["reading"]["review"] is not None
    check_books(queries, one.key, counts)
    reviews = int(variables["reading"]["review"] is not None)
    jobs = every(partial(queries.jobs, JobFilter(instance_key=one.key)))
    assert sorted((job.type, job.state.value) for job in jobs) == [
        ("baton:ai-task:1", "completed"),
        ("baton:stub-payment:1", "completed"),
    ]
    told = facts(queries, one.key)
    steps = {"instance-started": 1, "job-created": 2, "instance-completed": 1, "task-created": 1}
    # What a person decides completes the job and is told as the person's deed.
    ends = {"job-completed": 2 - reviews, "review-asked": reviews, "task-decided": reviews, "task-completed": 1}
    assert {name: told[name] for name in {**steps, **ends}} == {**steps, **ends}, told
    calls = len(queries.attempts(one.key))
    assert told["attempt-started"] == told["attempt-settled"] + told["attempt-lost"] == calls, told


def facts(queries: Queries, key: int) -> Counter[str]:
    """How often the audit trail tells of what."""
    records = queries.audit(AuditFilter(instance_key=key), Page(limit=1000)).items
    return Counter(fact["type"] for record in records for fact in json.loads(record.payload or "")["events"])


def check_books(queries: Queries, key: int, counts: Counter[str]) -> None:
    for attempt in queries.attempts(key):
        assert attempt.state.value in ("answered", "failed", "lost"), attempt
        counts[f"attempts {attempt.state.value}"] += 1
        counts["calls of the counted model"] += attempt.model == COUNTED


def report(
    capsys: pytest.CaptureFixture[str],
    seed: int,
    seconds: float,
    killer: Killer,
    clerks: list[Clerk],
    counts: Counter[str],
) -> None:
    looks: Counter[str] = sum((clerk.looks for clerk in clerks), Counter())
    with capsys.disabled():
        print(f"\nseed {seed}, {seconds:.0f} s: {killer.kills.total()} kills {dict(sorted(killer.kills.items()))}")
        print(f"  requests tried again {sum(clerk.retries for clerk in clerks)}; waits seen {dict(looks)}")
        print(f"  {dict(counts)}")
