"""Jobs: claimed under leases, completed once, failed with back-off, ending in incidents."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from engine.errors import IllegalMove, InvalidInput, LeaseLost, NotFound
from engine.queries import JobFilter
from tests.engine.support import OPERATOR, World, boundary_error, boundary_timer, end, error, line, service, start, user


@pytest.fixture
def one_job(world: World) -> World:
    world.deploy(line("p", start(), service("score", retries=3), end()))
    return world


def test_a_claimed_job_shows_what_its_element_sees(one_job: World) -> None:
    inner = '<zeebe:ioMapping><zeebe:input source="=amount + 1" target="more"/></zeebe:ioMapping>'
    one_job.deploy(line("q", start(), service("mapped", headers={"a": "b"}, inner=inner), end()))
    one_job.start("q", amount=1)
    [job] = one_job.claim("mapped")
    assert (job.variables, job.headers, job.retries, job.type) == ({"amount": 1, "more": 2}, {"a": "b"}, 3, "mapped")


def test_completing_a_job_ends_the_instance_and_keeps_its_result(one_job: World) -> None:
    instance = one_job.start("p", amount=1)
    one_job.work("score", score=0.5)
    assert one_job.state(instance) == "completed"
    assert one_job.engine.queries.variables(instance.key) == {"amount": 1, "score": 0.5}


def test_a_job_is_held_by_one_worker_until_its_lease_ends(one_job: World) -> None:
    one_job.start("p")
    assert len(one_job.claim("score", worker="w1")) == 1
    assert one_job.claim("score", worker="w2") == []
    one_job.clock.advance(61)
    assert len(one_job.claim("score", worker="w2")) == 1


def test_the_late_answer_of_a_worker_that_lost_its_lease_is_refused(one_job: World) -> None:
    one_job.start("p")
    [job] = one_job.claim("score", worker="w1")
    one_job.clock.advance(61)
    one_job.claim("score", worker="w2")
    engine = one_job.engine
    for late in (
        lambda: engine.complete_job(job.key, {}, worker="w1"),
        lambda: engine.fail_job(job.key, worker="w1", message="late"),
        lambda: engine.throw_error(job.key, worker="w1", code="late"),
        lambda: engine.extend_lease(job.key, worker="w1", seconds=10),
    ):
        with pytest.raises(LeaseLost, match="w2"):
            late()
    engine.complete_job(job.key, {}, worker="w2")


def test_an_extended_lease_holds_longer(one_job: World) -> None:
    one_job.start("p")
    [job] = one_job.claim("score", worker="w1")
    one_job.engine.extend_lease(job.key, worker="w1", seconds=600)
    one_job.clock.advance(120)
    assert one_job.claim("score", worker="w2") == []


def test_a_job_is_completed_once(one_job: World) -> None:
    one_job.start("p")
    job = one_job.work("score")
    with pytest.raises(LeaseLost, match="completed"):
        one_job.engine.complete_job(job.key, {}, worker="w1")


def test_a_boundary_timer_takes_the_job_from_its_worker(world: World) -> None:
    world.deploy(line("p", start(), service("slow"), end(), beside=boundary_timer("late", "slow", "PT1H")))
    instance = world.start("p")
    [job] = world.claim("slow", lease_seconds=7200)
    world.clock.advance(timedelta(hours=1))
    assert world.engine.fire_due_timers() == 1
    assert world.state(instance) == "completed"
    with pytest.raises(LeaseLost, match="canceled"):
        world.engine.complete_job(job.key, {}, worker="w1")


def test_a_failed_job_waits_longer_each_time_and_then_becomes_an_incident(one_job: World) -> None:
    instance = one_job.start("p")
    for wait in (5, 15):
        [job] = one_job.claim("score")
        one_job.engine.fail_job(job.key, worker="w1", message="no network")
        one_job.clock.advance(wait - 0.001)
        assert one_job.claim("score") == []
        one_job.clock.advance(0.001)
    [job] = one_job.claim("score")
    one_job.engine.fail_job(job.key, worker="w1", message="no network")
    incident = one_job.incident()
    assert (incident.type, incident.message, incident.job_key) == ("JOB_NO_RETRIES", "no network", job.key)
    assert one_job.instance(instance).has_incident
    assert one_job.claim("score") == []


def test_resolving_gives_the_job_its_retries_back(one_job: World) -> None:
    instance = one_job.start("p")
    [job] = one_job.claim("score")
    one_job.engine.fail_job(job.key, worker="w1", message="never", retries=0)
    resolved = one_job.engine.resolve_incident(one_job.incident().key, retries=2, by=OPERATOR)
    assert resolved.resolved_by == "olga"
    [again] = one_job.claim("score")
    assert (again.key, again.retries) == (job.key, 2)
    assert not one_job.instance(instance).has_incident
    one_job.engine.complete_job(again.key, {}, worker="w1")
    assert one_job.state(instance) == "completed"
    with pytest.raises(IllegalMove, match="resolved"):
        one_job.engine.resolve_incident(resolved.key, by=OPERATOR)


def test_a_worker_says_how_often_and_when_to_try_again(one_job: World) -> None:
    one_job.start("p")
    [job] = one_job.claim("score")
    one_job.engine.fail_job(job.key, worker="w1", message="busy", retries=7, after_seconds=0)
    [again] = one_job.claim("score")
    assert again.retries == 7


def test_an_error_that_the_diagram_catches_goes_its_own_way(world: World) -> None:
    beside = boundary_error("caught", "score", "bad", target="ask") + "".join(user("ask")[1].replace("%s", ""))
    world.deploy(line("p", start(), service("score"), end(), beside=beside, roots=error("bad", "BAD")))
    instance = world.start("p")
    [job] = world.claim("score")
    world.engine.throw_error(job.key, worker="w1", code="BAD", variables={"why": "rule 7"})
    assert [one.element_id for one in world.instance(instance).active] == ["ask"]


def test_an_error_that_nobody_catches_is_an_incident_and_can_be_tried_again(one_job: World) -> None:
    instance = one_job.start("p")
    [job] = one_job.claim("score")
    one_job.engine.throw_error(job.key, worker="w1", code="BAD", message="worse")
    incident = one_job.incident()
    assert incident.type == "UNHANDLED_ERROR_EVENT"
    one_job.engine.resolve_incident(incident.key, by=OPERATOR)
    one_job.work("score")
    assert one_job.state(instance) == "completed"


def test_workers_get_the_most_urgent_jobs_first_and_only_their_types(world: World) -> None:
    world.deploy(line("p", start(), service("a"), end()), line("q", start(), service("b"), end()))
    first, second = world.start("p"), world.start("p")
    world.start("q")
    assert [job.instance_key for job in world.claim("a", limit=1)] == [first.key]
    assert [job.instance_key for job in world.claim("a", limit=5)] == [second.key]
    assert [job.type for job in world.engine.claim_jobs(worker="w", excluded_types=["a"], limit=5)] == ["b"]


def test_many_workers_never_get_the_same_job(world: World) -> None:
    world.deploy(line("p", start(), service("a"), end()))
    for _ in range(40):
        world.start("p")

    def take(number: int) -> list[int]:
        mine = []
        while found := world.claim("a", worker=f"w{number}", limit=3):
            for job in found:
                world.engine.complete_job(job.key, {}, worker=f"w{number}")
                mine.append(job.key)
        return mine

    with ThreadPoolExecutor(4) as pool:
        taken = [key for keys in pool.map(take, range(4)) for key in keys]
    assert len(taken) == len(set(taken)) == 40
    assert {job.state.value for job in world.engine.queries.jobs(JobFilter())} == {"completed"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"worker": ""}, "worker"),
        ({"lease_seconds": -1}, "lease_seconds"),
        ({"lease_seconds": float("nan")}, "lease_seconds"),
    ],
)
def test_a_claim_that_makes_no_sense_is_refused(quick: World, change: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        quick.engine.claim_jobs(**({"worker": "w", "types": ["a"]} | change))  # type: ignore[arg-type]
    assert field in caught.value.fields


def test_an_unknown_job_is_not_found(quick: World) -> None:
    with pytest.raises(NotFound, match="no job 12"):
        quick.engine.complete_job(12, {}, worker="w")
