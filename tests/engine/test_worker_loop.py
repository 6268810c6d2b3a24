"""The worker's loop over a real engine and store: which jobs it takes, how it shares them, how it ends."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event, Thread

import pytest

from connectors.base import Busy, Request, Result
from connectors.registry import Registry
from engine.clock import FakeClock
from engine.engine import MOST_CLAIMED
from engine.worker import Worker
from engine.worker.loop import pause_seconds
from tests.engine.worker_house import House, answer
from tests.support.diagrams import chain, service


@pytest.fixture
def house(upgraded_sqlite_url: str, clock: FakeClock) -> Iterator[House]:
    made = House(upgraded_sqlite_url, clock)
    yield made
    made.store.close()


def test_a_worker_serves_what_the_registry_serves_and_nothing_else(house: House) -> None:
    worker = house.serve(answer(1))
    assert set(worker.types) == Registry({"work": answer(1)}, use_entry_points=False).types()
    house.start(inner="", body=service("a", job_type="somebody-elses"))
    assert worker.run_until_idle() == 0


def test_a_type_that_nobody_serves_is_refused_at_the_start(house: House) -> None:
    with pytest.raises(ValueError, match=r"No connector serves crm:9\. Served: baton:ai-task:1"):
        house.serve(answer(1), types=["crm:9"])


def test_jobs_that_come_up_meanwhile_are_done_too(house: House) -> None:
    worker = house.serve(answer(1), threads=2)
    house.start(body="".join(service(name) for name in "abc"), flows=chain("start", "a", "b", "c", "end"))
    assert worker.run_until_idle() == 3
    assert house.state() == "completed"


def test_many_jobs_are_shared_by_workers_and_each_is_done_once(house: House) -> None:
    done: list[int] = []

    def connector(request: Request) -> Result:
        done.append(request.job_key)
        return Result(1)

    worker = house.serve(connector, threads=3)
    other = Worker(house.engine, name="w2", secrets=house.secrets, threads=3)
    for _ in range(12):
        house.start()
    both = [Thread(target=one.run_until_idle) for one in (worker, other)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert len(done) == len(set(done)) == 12


def test_a_stopping_worker_finishes_what_it_has_and_takes_nothing_more(house: House) -> None:
    begun, go_on = Event(), Event()

    def connector(request: Request) -> Result:
        begun.set()
        assert go_on.wait(10)
        return Result(1)

    worker = house.serve(connector, threads=1, poll_seconds=0.05)
    house.start()
    first = house.key
    house.start()
    loop = Thread(target=worker.run)
    loop.start()
    assert begun.wait(10)
    worker.stop()
    go_on.set()
    loop.join(10)
    assert not loop.is_alive()
    assert house.engine.queries.instance(first).state.value == "completed"
    assert house.state() == "active"


def test_new_work_wakes_a_worker_that_sleeps(house: House) -> None:
    done = Event()

    def connector(request: Request) -> Result:
        done.set()
        return Result(1)

    worker = house.serve(connector, poll_seconds=60)
    loop = Thread(target=worker.run)
    loop.start()
    house.start()
    assert done.wait(20), "it slept on"
    worker.stop()
    loop.join(10)
    assert not loop.is_alive()


def test_what_is_not_done_when_a_stopping_worker_must_end_is_offered_to_others(house: House) -> None:
    begun, go_on = Event(), Event()

    def connector(request: Request) -> Result:
        begun.set()
        assert go_on.wait(20)
        return Result("too late")

    worker = house.serve(connector, threads=1, poll_seconds=0.05)
    house.start()
    loop = Thread(target=worker.run, kwargs={"drain_seconds": 0.05})
    loop.start()
    assert begun.wait(10)
    worker.stop()
    loop.join(10)
    assert not loop.is_alive()
    [job] = house.engine.claim_jobs(worker="w2", types=["work"])
    house.engine.complete_job(job.key, {"result": "in time"}, worker="w2")
    go_on.set()
    assert all(lane.wait_until_done(10) for lane in worker._lanes)
    assert house.variables()["result"] == "in time"


def test_a_call_that_a_limit_puts_off_costs_no_retry(house: House) -> None:
    def connector(request: Request) -> Result:
        raise Busy("full", after_seconds=10)

    worker = house.serve(connector)
    house.start()
    before = house.retries()
    assert worker.run_once() == 1
    assert (house.retries(), house.incidents()) == (before, [])
    assert worker.run_once() == 0
    house.clock.advance(16)
    assert worker.run_once() == 1


def test_a_type_of_its_own_lane_leaves_the_threads_of_the_others_alone(house: House) -> None:
    worker = house.serve(answer(1), apart={"work": 7}, threads=2)
    assert [(lane.types == ("work",), lane.threads) for lane in worker._lanes] == [(False, 2), (True, 7)]
    house.start()
    assert worker.run_until_idle() == 1


def test_a_lane_with_more_room_than_one_claim_may_take_claims_what_it_may(house: House) -> None:
    worker = house.serve(answer(1), apart={"work": MOST_CLAIMED + 500})
    house.start()
    assert worker.run_until_idle() == 1


def test_a_slow_job_keeps_its_lease_so_nobody_else_takes_it(house: House) -> None:
    begun, go_on = Event(), Event()

    def connector(request: Request) -> Result:
        begun.set()
        assert go_on.wait(10)
        return Result("slow but mine")

    worker = house.serve(connector, lease_seconds=30)
    house.start()
    running = Thread(target=worker.run_once)
    running.start()
    assert begun.wait(10)
    for _ in range(5):
        house.clock.advance(20)
        worker._leases.beat()
        assert house.engine.claim_jobs(worker="w2", types=["work"]) == []
    go_on.set()
    running.join(10)
    assert house.variables()["result"] == "slow but mine"


def test_a_worker_whose_lease_ran_out_does_not_write_over_the_next_ones_result(house: House) -> None:
    begun, go_on = Event(), Event()

    def slow(request: Request) -> Result:
        begun.set()
        assert go_on.wait(10)
        return Result("too late")

    worker = house.serve(slow, lease_seconds=30)
    house.start()
    running = Thread(target=worker.run_once)
    running.start()
    assert begun.wait(10)
    house.clock.advance(31)
    [job] = house.engine.claim_jobs(worker="w2", types=["work"])
    house.engine.complete_job(job.key, {"result": "in time"}, worker="w2")
    go_on.set()
    running.join(10)
    assert house.variables()["result"] == "in time"


def test_pauses_after_failures_grow_and_stay_bounded() -> None:
    assert [pause_seconds(1, failures) for failures in (0, 1, 3, 99)] == [1, 2, 8, 30]
    assert pause_seconds(60, 5) == 60
