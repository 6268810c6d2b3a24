"""Who gets which job: types take turns, the urgent go first, limits hold on all nodes, indexes find what is taken."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event, text, update

from connectors.base import Busy, CallEnd, NewCall
from engine.engine import Completion
from engine.errors import IllegalMove, InvalidInput, LeaseLost, NotFound
from engine.limits import LimitKind
from engine.queries import AuditFilter
from engine.store import claims
from engine.store.jobs import Job
from engine.store.tables import instances
from tests.engine.support import ADMIN, World, end, line, service, start
from tests.support.plans import plans

TYPES = ("flood", "rare", "other")


@pytest.fixture
def work(world: World) -> World:
    for type_ in TYPES:
        world.deploy(line(f"p-{type_}", start(), service(type_), end()))
    return world


def begin(world: World, **counts: int) -> None:
    for type_, count in counts.items():
        for _ in range(count):
            world.start(f"p-{type_}")


def claim(world: World, limit: int, *types: str, worker: str = "w1") -> list[Job]:
    return world.engine.claim_jobs(worker=worker, types=types or TYPES, limit=limit)


def counted(jobs: list[Job]) -> dict[str, int]:
    return dict(Counter(job.type for job in jobs))


def test_a_flood_of_one_type_leaves_the_others_their_turn(work: World) -> None:
    begin(work, flood=20, rare=2, other=1)
    assert counted(claim(work, 6)) == {"flood": 3, "rare": 2, "other": 1}
    assert counted(claim(work, 6)) == {"flood": 6}


def test_with_one_place_the_type_that_is_named_first_goes_first(work: World) -> None:
    begin(work, flood=3, rare=1)
    assert counted(claim(work, 1, "rare", "flood")) == {"rare": 1}
    assert counted(claim(work, 1, "rare", "flood")) == {"flood": 1}


def test_whoever_names_no_type_gets_all_but_the_excluded_in_turn(work: World) -> None:
    begin(work, flood=5, rare=1, other=1)
    jobs = work.engine.claim_jobs(worker="w1", excluded_types=["other"], limit=3)
    assert counted(jobs) == {"flood": 2, "rare": 1}


def test_more_types_than_one_statement_takes_are_served_too(work: World) -> None:
    begin(work, flood=2, rare=1)
    many = [f"type-{number}" for number in range(200)]
    assert counted(claim(work, 5, *many, "rare", "flood")) == {"flood": 2, "rare": 1}


def test_claims_of_many_sizes_share_few_statements(work: World) -> None:
    begin(work, flood=2)
    before = claims._claim.cache_info().currsize
    for count in range(16, 32):
        claim(work, 1, *(f"type-{number}" for number in range(count)), *(["flood"] if count % 8 == 0 else []))
    assert claims._claim.cache_info().currsize <= before + 1
    assert not claim(work, 1)


def test_what_was_tried_before_comes_in_its_turn(work: World) -> None:
    begin(work, flood=3)
    [job] = claim(work, 1)
    work.engine.fail_job(job.key, worker="w1", message="later", after_seconds=60)
    work.clock.advance(61)
    assert job.key in {one.key for one in claim(work, 3)}


def test_released_jobs_are_on_offer_again_and_lost_to_who_had_them(work: World) -> None:
    begin(work, flood=2)
    kept, given = claim(work, 2)
    assert work.engine.release_jobs([given.key, 4711], worker="w1") == 1
    assert work.engine.release_jobs([kept.key], worker="somebody else") == 0
    with pytest.raises(LeaseLost):
        work.engine.complete_job(given.key, {}, worker="w1")
    [again] = claim(work, 5, worker="w2")
    assert (again.key, again.retries, again.failures) == (given.key, given.retries, 0)


def test_a_job_put_off_comes_back_when_its_time_has_come(work: World) -> None:
    begin(work, flood=1)
    [job] = claim(work, 1)
    work.engine.release_jobs([job.key], worker="w1", after_seconds=30)
    work.clock.advance(29)
    assert claim(work, 1) == []
    work.clock.advance(1)
    assert [one.key for one in claim(work, 1)] == [job.key]


def test_leases_are_extended_together_and_lost_ones_named(work: World) -> None:
    begin(work, flood=3)
    jobs = claim(work, 3)
    work.engine.release_jobs([jobs[0].key], worker="w1")
    keys = [job.key for job in jobs]
    assert work.engine.extend_leases(keys, worker="w1", seconds=600) == frozenset(keys[1:])
    work.clock.advance(300)
    assert [one.key for one in claim(work, 3, worker="w2")] == keys[:1]


def test_a_result_under_a_lapsed_lease_is_refused_although_nobody_took_the_job_over(work: World) -> None:
    begin(work, flood=1)
    [job] = claim(work, 1)
    work.clock.advance(61)
    for tell in (
        lambda: work.engine.complete_job(job.key, {}, worker="w1"),
        lambda: work.engine.fail_job(job.key, worker="w1", message="no"),
        lambda: work.engine.throw_error(job.key, worker="w1", code="E"),
    ):
        with pytest.raises(LeaseLost, match="ended at 2026-01-05T09:01:00"):
            tell()
    work.engine.extend_lease(job.key, worker="w1", seconds=60)
    work.engine.complete_job(job.key, {}, worker="w1")


def test_a_lease_ends_at_its_last_moment_for_both_sides(work: World) -> None:
    begin(work, flood=1)
    [job] = claim(work, 1)
    work.clock.advance(60)
    with pytest.raises(LeaseLost):
        work.engine.complete_job(job.key, {}, worker="w1")
    assert [one.key for one in claim(work, 1, worker="w2")] == [job.key]


def test_many_are_completed_in_one_transaction_and_lost_ones_are_named(work: World) -> None:
    begin(work, flood=4)
    jobs = claim(work, 4)
    work.engine.release_jobs([jobs[0].key], worker="w1")
    done = [Completion(key, {"a": 1}) for key in [job.key for job in jobs] + [4711]]
    commits: list[str] = []
    event.listen(work.engine.store.sql, "commit", commits.append)
    problems = work.engine.complete_jobs(done, worker="w1")
    assert len(commits) == 1
    assert {key: type(problem) for key, problem in problems.items()} == {jobs[0].key: LeaseLost, 4711: NotFound}
    states = [work.engine.queries.instance(job.instance_key).state.value for job in jobs]
    assert states == ["active", "completed", "completed", "completed"]


def test_one_that_cannot_be_completed_does_not_keep_the_others(work: World) -> None:
    begin(work, flood=2, rare=1)
    jobs = claim(work, 3)
    # What comes back from the runtime is found out late, when others of the transaction are written already.
    with work.engine.store.transaction() as tx:
        tx.execute(update(instances).where(instances.c.key == jobs[1].instance_key).values(frozen=None))
    problems = work.engine.complete_jobs([Completion(job.key, {}) for job in jobs], worker="w1")
    assert {key: type(problem) for key, problem in problems.items()} == {jobs[1].key: IllegalMove}
    states = [work.engine.queries.instance(job.instance_key).state.value for job in jobs]
    assert states == ["completed", "active", "completed"]


def test_no_more_of_a_type_run_at_once_than_its_limit_says(work: World) -> None:
    work.engine.set_limit(LimitKind.JOB_TYPE, "flood", at_once=2, by=ADMIN)
    begin(work, flood=5, rare=1)
    jobs = claim(work, 5)
    assert counted(jobs) == {"flood": 2, "rare": 1}
    assert claim(work, 5, worker="w2") == []
    work.engine.complete_job(jobs[0].key, {}, worker="w1")
    assert counted(claim(work, 5, worker="w2")) == {"flood": 1}
    work.clock.advance(61)  # leases that are over count no more
    assert counted(claim(work, 5, worker="w3")) == {"flood": 2, "rare": 1}


def test_no_more_of_a_type_begin_in_a_minute_than_its_limit_says(work: World) -> None:
    work.engine.set_limit(LimitKind.JOB_TYPE, "flood", per_minute=20, by=ADMIN)
    begin(work, flood=40)
    begun = 0
    for _ in range(60):
        begun += len(claim(work, 40))
        work.clock.advance(1)
    assert 17 <= begun <= 20


def test_a_limit_holds_for_workers_that_claim_at_the_same_time(work: World) -> None:
    work.engine.set_limit(LimitKind.JOB_TYPE, "flood", at_once=3, by=ADMIN)
    begin(work, flood=12)
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda number: claim(work, 3, "flood", worker=f"w{number}"), range(6)))
    assert sum(map(len, found)) == 3


def test_calls_of_a_model_are_limited_on_all_nodes(work: World) -> None:
    work.engine.set_limit(LimitKind.MODEL, "big", at_once=1, by=ADMIN)
    begin(work, flood=2)
    one, two = claim(work, 2)
    journal = work.engine.journal(one.key, worker="w1")
    number = journal.begin(NewCall(model="big", prompt=[], reserved=None, ai_kind="llm"))
    other = work.engine.journal(two.key, worker="w1")
    with pytest.raises(Busy, match="big") as busy:
        other.begin(NewCall(model="big", prompt=[], reserved=None, ai_kind="llm"))
    assert busy.value.after_seconds > 0
    other.begin(NewCall(model="small", prompt=[], reserved=None, ai_kind="llm"))
    journal.settle(number, CallEnd(answer="yes"))
    assert other.begin(NewCall(model="big", prompt=[], reserved=None, ai_kind="llm")) == 2


def test_calls_of_a_model_are_limited_by_the_minute(work: World) -> None:
    work.engine.set_limit(LimitKind.MODEL, "big", per_minute=1, by=ADMIN)
    begin(work, flood=1)
    [job] = work.engine.claim_jobs(worker="w1", types=["flood"], lease_seconds=600)
    journal = work.engine.journal(job.key, worker="w1")
    journal.settle(journal.begin(NewCall(model="big", prompt=[], reserved=None, ai_kind="llm")), CallEnd(answer="yes"))
    with pytest.raises(Busy) as busy:
        journal.begin(NewCall(model="big", prompt=[], reserved=None, ai_kind="llm"))
    work.clock.advance(busy.value.after_seconds)
    journal.begin(NewCall(model="big", prompt=[], reserved=None, ai_kind="llm"))


def test_limits_are_changed_lifted_and_told_of(work: World) -> None:
    work.engine.set_limit(LimitKind.JOB_TYPE, "flood", at_once=1, by=ADMIN)
    work.engine.set_limit(LimitKind.JOB_TYPE, "flood", per_minute=5, by=ADMIN)
    [limit] = work.engine.queries.limits()
    assert (limit.name, limit.per_minute, limit.at_once, limit.changed_by) == ("flood", 5, None, "root")
    work.engine.remove_limit(LimitKind.JOB_TYPE, "flood", by=ADMIN)
    assert list(work.engine.queries.limits()) == []
    with pytest.raises(NotFound, match="job type 'flood'"):
        work.engine.remove_limit(LimitKind.JOB_TYPE, "flood", by=ADMIN)
    with pytest.raises(InvalidInput, match="at_once"):
        work.engine.set_limit(LimitKind.JOB_TYPE, "flood", by=ADMIN)
    with pytest.raises(InvalidInput, match="per_minute"):
        work.engine.set_limit(LimitKind.JOB_TYPE, "flood", per_minute=0, by=ADMIN)
    told = [record.verb for record in work.engine.queries.audit(AuditFilter()).items]
    assert told.count("set_limit") == 2
    assert told.count("remove_limit") == 1


@pytest.fixture
def many_held(work: World) -> World:
    """A thousand jobs that others hold and a thousand that are over, around a few that are to be had."""
    begin(work, flood=1)
    with work.engine.store.sql.begin() as connection:
        names = "instance_key, element_key, definition_key, type, state, available_at, created_at"
        for first, state in ((10, "activated"), (2000, "completed")):
            values = f"{first} + n, 0, 0, 0, 'flood', '{state}', 9000000000000000, 0"
            numbers = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 1000)"
            connection.execute(text(f"INSERT INTO jobs (key, {names}) {numbers} SELECT {values} FROM t"))
        connection.execute(text("ANALYZE"))
    return work


def test_a_claim_finds_its_jobs_by_index(many_held: World) -> None:
    with plans(many_held.store) as found:
        assert len(claim(many_held, 5)) == 1
    [plan] = [one for one in found if one.lstrip().startswith(("WITH", "UPDATE")) and "ready" in one]
    assert plan.count("ix_jobs_fresh") == plan.count("ix_jobs_tried") == len(TYPES)


def test_who_looks_at_a_job_that_a_limit_holds_back_is_told_of_the_limit(world: World) -> None:
    world.deploy(line("p", start(), service("work"), end()))
    key = world.start("p").key
    assert "limit" not in world.engine.queries.instance(key).waiting[0].why
    world.engine.set_limit(LimitKind.JOB_TYPE, "work", per_minute=3, at_once=1, by=ADMIN)
    why = world.engine.queries.instance(key).waiting[0].why
    assert why.endswith("Its job type has a limit: 3 a minute and 1 at once.")
    world.claim("work")
    assert "limit" not in world.engine.queries.instance(key).waiting[0].why
