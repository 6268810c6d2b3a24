"""Several tenants in one house: the same names twice, nothing that crosses, and nothing that a stranger can see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from engine import commands, operations
from engine.actors import Actor, Role
from engine.correlation import Correlation
from engine.engine import Engine
from engine.errors import Conflict, EngineError, IllegalMove, InvalidInput, LeaseLost, NotFound
from engine.limits import LimitKind
from engine.queries import (
    AuditFilter,
    BatchFilter,
    EvaluationFilter,
    IncidentFilter,
    InstanceFilter,
    ItemFilter,
    JobFilter,
    Search,
    TaskFilter,
)
from engine.tenants import DEFAULT, MemberKind, Sight
from tests.engine.support import (
    ADMIN,
    OPERATOR,
    World,
    call,
    catch_message,
    document,
    end,
    line,
    message,
    process,
    service,
    start,
    user,
)
from tests.support.plans import plans

EVERY_ROLE = frozenset(Role)
ACME = Actor("ann", roles=EVERY_ROLE, tenants=frozenset({"acme"}))
BOLT = Actor("bob", roles=EVERY_ROLE, tenants=frozenset({"bolt"}))
BOTH = Actor("bea", roles=EVERY_ROLE, tenants=frozenset({"acme", "bolt"}))
SIGNAL_START = (
    '<bpmn:startEvent id="start"><bpmn:outgoing>f</bpmn:outgoing><bpmn:signalEventDefinition signalRef="s"/>'
    '</bpmn:startEvent><bpmn:endEvent id="end"><bpmn:incoming>f</bpmn:incoming></bpmn:endEvent>'
    '<bpmn:sequenceFlow id="f" sourceRef="start" targetRef="end"/>'
)
HEARS = document(
    f'<bpmn:process id="hears" isExecutable="true">{SIGNAL_START}</bpmn:process>',
    roots='<bpmn:signal id="s" name="alarm"/>',
)
DECISION = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n">
<decision id="price" name="price"><variable name="price"/>
<literalExpression><text>{}</text></literalExpression></decision></definitions>"""
DECIDES = (
    '<bpmn:businessRuleTask id="rule"><bpmn:extensionElements><zeebe:calledDecision decisionId="price" '
    'resultVariable="price"/></bpmn:extensionElements>%s</bpmn:businessRuleTask>'
)


@pytest.fixture
def house(world: World) -> World:
    world.engine.add_tenant("acme", name="Acme Ltd.", by=ADMIN)
    world.engine.add_tenant("bolt", by=ADMIN)
    return world


def deploy(world: World, text: str, by: Actor, tenant_id: str = "", **named: str) -> Any:
    from engine.deployments import NamedFile

    files = [NamedFile("file.bpmn", text.encode())]
    files += [NamedFile(name.replace("_", "."), content.encode()) for name, content in named.items()]
    return world.engine.deploy(files, by=by, tenant_id=tenant_id)


def begin(world: World, process_id: str, by: Actor, tenant_id: str = "", **variables: Any) -> Any:
    return world.engine.start(process_id=process_id, variables=variables, by=by, tenant_id=tenant_id)


def test_a_process_id_has_versions_of_its_own_in_each_tenant(house: World) -> None:
    first, second = line("p", start(), user("one"), end()), line("p", start(), user("two"), end())
    for by in (ACME, BOLT, ADMIN):
        [made] = deploy(house, first, by).processes
        assert (made.version, made.tenant_id) == (1, next(iter(by.tenants)) if by.tenants else DEFAULT)
    assert deploy(house, second, BOLT).processes[0].version == 2
    assert deploy(house, first, ACME).duplicate
    assert [begin(house, "p", by).version for by in (ACME, BOLT, ADMIN)] == [1, 2, 1]
    assert [(p.version, p.tenant_id) for p in house.engine.queries.processes()] == [
        (1, DEFAULT),
        (1, "acme"),
        (2, "bolt"),
    ]


def test_a_tenant_is_named_where_there_are_several_and_must_be_there(house: World) -> None:
    text = line("p", start(), end())
    with pytest.raises(InvalidInput, match="acme, bolt"):
        deploy(house, text, BOTH)
    for by, tenant_id in ((BOTH, "other"), (ACME, "bolt"), (ACME, DEFAULT), (ADMIN, "other")):
        with pytest.raises(NotFound, match="no tenant"):
            deploy(house, text, by, tenant_id)
    assert deploy(house, text, BOTH, "bolt").tenant_id == "bolt"
    key = deploy(house, text, ADMIN, "acme").processes[0].key
    assert begin(house, "p", BOTH, "acme").tenant_id == "acme"
    with pytest.raises(NotFound):
        house.engine.start(definition_key=key, by=BOLT)
    with pytest.raises(NotFound):
        house.engine.start(definition_key=key, tenant_id="bolt", by=ADMIN)
    with pytest.raises(InvalidInput):
        deploy(house, text, Actor("nobody", tenants=frozenset()))


def test_messages_reach_nobody_of_another_tenant(house: World) -> None:
    waits = line("waits", start(), catch_message("wait", "go"), end(), roots=message("go", "go", "=orderId"))
    begins = line("begins", start("start", "order"), user("look"), end(), roots=message("order", "order", ""))
    for by in (ACME, BOLT):
        deploy(house, waits, by)
        deploy(house, begins, by)
    mine, other = begin(house, "waits", ACME, orderId="1"), begin(house, "waits", BOLT, orderId="1")
    assert house.engine.publish_message("go", correlation_key="1", by=ACME).correlated == (mine.key,)
    assert house.state(other) == "active"
    for by in (ACME, BOLT):
        [begun] = house.engine.publish_message("order", correlation_key="7", message_id="m", by=by).started
        assert house.instance(begun).tenant_id in (by.tenants or ())
        # Kept under the same id, and as one running instance for the key, in each tenant.
        kept = {"correlation_key": "9", "message_id": "x", "time_to_live_seconds": 60.0}
        assert house.engine.publish_message("go", **kept, by=by).buffered
        with pytest.raises(Conflict):
            house.engine.publish_message("go", **kept, by=by)
    assert house.state(begin(house, "waits", ACME, orderId="9")) == "completed"
    with pytest.raises(NotFound):
        house.engine.correlate_message(Correlation("nothing"), by=ACME)


def test_signals_and_timers_stay_with_their_tenant(house: World) -> None:
    deploy(house, HEARS, ACME)
    deploy(house, HEARS, BOLT)
    assert house.engine.broadcast_signal("alarm", by=ACME).receivers == 1
    assert house.engine.broadcast_signal("alarm", by=ADMIN).receivers == 0
    assert house.engine.broadcast_signal("alarm", tenant_id="bolt", by=BOTH).receivers == 1
    assert [one.tenant_id for one in house.engine.queries.instances()] == ["bolt", "acme"]


def test_calls_and_decisions_are_looked_up_in_the_tenant(house: World) -> None:
    caller = line("caller", start(), call("call", "called"), end())
    called = line("called", start(), ("rule", DECIDES), end(), extensions="")
    deploy(house, caller, ACME)
    deploy(house, called, ADMIN, drink_dmn=DECISION.format("1"))
    stuck = begin(house, "caller", ACME)
    assert "No process 'called'" in house.incident().message
    deploy(house, called, ACME, drink_dmn=DECISION.format("2"))
    deploy(house, called, BOLT, drink_dmn=DECISION.format("3"))
    house.engine.resolve_incident(house.incident().key, by=ACME)
    assert house.state(stuck) == "completed"
    made = house.engine.queries.evaluations(EvaluationFilter(decision_id="price")).items
    assert [one.output for one in made] == [2]
    [child] = [one for one in house.engine.queries.instances() if one.process_id == "called"]
    assert child.tenant_id == "acme"


def test_in_camunda_7_what_belongs_to_no_tenant_serves_all(house: World) -> None:
    called = document(process("called", start(), user("look"), end()), platform="Camunda Platform", version="7.20.0")
    body = (
        '<bpmn:startEvent id="s"><bpmn:outgoing>f1</bpmn:outgoing></bpmn:startEvent>'
        '<bpmn:callActivity id="c" calledElement="called"><bpmn:incoming>f1</bpmn:incoming>'
        "<bpmn:outgoing>f2</bpmn:outgoing></bpmn:callActivity>"
        '<bpmn:endEvent id="e"><bpmn:incoming>f2</bpmn:incoming></bpmn:endEvent>'
        '<bpmn:sequenceFlow id="f1" sourceRef="s" targetRef="c"/>'
        '<bpmn:sequenceFlow id="f2" sourceRef="c" targetRef="e"/>'
    )
    caller = document(
        f'<bpmn:process id="caller" isExecutable="true">{body}</bpmn:process>',
        platform="Camunda Platform",
        version="7.20.0",
    )
    deploy(house, called, ADMIN)
    deploy(house, caller, ACME)
    begin(house, "caller", ACME)
    [child] = [one for one in house.engine.for_tenants(ACME.tenants).queries.instances() if one.parent_key]
    assert (child.process_id, child.tenant_id) == ("called", "acme")
    assert house.engine.for_tenants(BOLT.tenants).queries.tasks().items == ()
    house.engine.complete_task(house.task().key, by=ACME)
    assert house.state(child) == "completed"


def test_versions_are_carried_over_within_a_tenant_only(house: World) -> None:
    first, second = line("p", start(), user("one"), end()), line("p", start(), user("one"), user("two"), end())
    deploy(house, first, ACME)
    running = begin(house, "p", ACME)
    [other] = deploy(house, second, BOLT).processes
    [mine] = deploy(house, second, ACME).processes
    for by in (ACME, ADMIN):
        with pytest.raises(NotFound):
            house.engine.migrate(running.key, other.key, by=by)
        with pytest.raises(NotFound):
            house.engine.migrate(running.key, other.key, by=by, dry_run=True)
    house.engine.migrate(running.key, mine.key, by=ACME)
    house.engine.cancel(running.key, by=ACME)
    with pytest.raises(NotFound):
        house.engine.restart(running.key, by=ADMIN, definition_key=other.key)
    assert house.engine.restart(running.key, by=ADMIN).tenant_id == "acme"


def filled(world: World) -> dict[str, int]:
    """A case of acme's with everything that can be asked for, by the name of its key."""
    text = line("p", start(), service("work", retries=1), user("look"), end())
    deployed = deploy(world, text, ACME)
    case, ended = begin(world, "p", ACME, secret=1), begin(world, "p", ACME)
    jobs = world.claim("work")
    world.engine.fail_job(jobs[0].key, worker="w1", message="no", retries=0)
    world.engine.complete_job(jobs[1].key, worker="w1")
    task = world.task(ended)
    batch = world.engine.create_batch(operations.SuspendInstances(), InstanceFilter(process_id="p"), by=ACME)
    return {
        "deployment": deployed.key,
        "definition": deployed.processes[0].key,
        "instance": case.key,
        "job": jobs[0].key,
        "task": task.key,
        "incident": world.incident().key,
        "element": task.element_key,
        "batch": batch.key,
    }


# What asks for one thing by its key, and which. For a stranger it is not there.
BY_KEY: dict[str, tuple[str, Callable[[Engine, int, Actor], Any]]] = {
    "process": ("definition", lambda e, k, by: e.queries.process(k)),
    "process_xml": ("definition", lambda e, k, by: e.queries.process_xml(k)),
    "deployment": ("deployment", lambda e, k, by: e.queries.deployment(k)),
    "instance": ("instance", lambda e, k, by: e.queries.instance(k)),
    "variables": ("instance", lambda e, k, by: e.queries.variables(k)),
    "job": ("job", lambda e, k, by: e.queries.job(k)),
    "cost": ("job", lambda e, k, by: e.queries.cost(k)),
    "incident": ("incident", lambda e, k, by: e.queries.incident(k)),
    "task": ("task", lambda e, k, by: e.queries.task(k)),
    "task_form": ("task", lambda e, k, by: e.queries.task_form(k)),
    "task_variables": ("task", lambda e, k, by: e.queries.task_variables(k)),
    "comments": ("task", lambda e, k, by: e.queries.comments(k)),
    "batch": ("batch", lambda e, k, by: e.queries.batch(k)),
    "start": ("definition", lambda e, k, by: e.start(definition_key=k, by=by)),
    "conditions": ("definition", lambda e, k, by: e.evaluate_conditions({}, definition_key=k, by=by)),
    "cancel": ("instance", lambda e, k, by: e.cancel(k, by=by)),
    "set_variables": ("instance", lambda e, k, by: e.set_variables(k, {"a": 1}, by=by)),
    "suspend": ("instance", lambda e, k, by: e.suspend(k, by=by)),
    "resume": ("instance", lambda e, k, by: e.resume(k, by=by)),
    "modify": ("instance", lambda e, k, by: e.modify(k, [commands.Activate("look")], by=by)),
    "migrate": ("instance", lambda e, k, by: e.migrate(k, k, by=by)),
    "restart": ("instance", lambda e, k, by: e.restart(k, by=by)),
    "hold": ("instance", lambda e, k, by: e.hold(k, reason="r", by=by)),
    "release_hold": ("instance", lambda e, k, by: e.release_hold(k, by=by)),
    "delete_history": ("instance", lambda e, k, by: e.delete_history(k, by=by)),
    "resolve_incident": ("incident", lambda e, k, by: e.resolve_incident(k, by=by)),
    "complete_job": ("job", lambda e, k, by: e.complete_job(k, worker="w1", by=by)),
    "complete_job_by_worker": ("job", lambda e, k, by: e.complete_job(k, worker="w1")),
    "fail_job": ("job", lambda e, k, by: e.fail_job(k, worker="w1", message="m")),
    "throw_error": ("job", lambda e, k, by: e.throw_error(k, worker="w1", code="c")),
    "update_job": ("job", lambda e, k, by: e.update_job(k, retries=3, by=by)),
    "extend_lease": ("job", lambda e, k, by: e.extend_lease(k, worker="w1", seconds=9)),
    "claim_task": ("task", lambda e, k, by: e.claim_task(k, by=by)),
    "unclaim_task": ("task", lambda e, k, by: e.unclaim_task(k, by=by)),
    "assign_task": ("task", lambda e, k, by: e.assign_task(k, "x", by=by)),
    "update_task": ("task", lambda e, k, by: e.update_task(k, {"priority": 1}, by=by)),
    "complete_task": ("task", lambda e, k, by: e.complete_task(k, by=by)),
    "comment_task": ("task", lambda e, k, by: e.comment_task(k, "hello", by=by)),
    "decide": ("task", lambda e, k, by: e.decide(k, "approve", by=by)),
    "activate_ad_hoc": ("element", lambda e, k, by: e.activate_ad_hoc(k, {"look": {}}, by=by)),
    "suspend_batch": ("batch", lambda e, k, by: e.suspend_batch(k, by=by)),
    "resume_batch": ("batch", lambda e, k, by: e.resume_batch(k, by=by)),
    "cancel_batch": ("batch", lambda e, k, by: e.cancel_batch(k, by=by)),
}

# What these miss is something else: the target of a migration, a condition, a hold that nobody set.
OTHERWISE_MISSING = ("migrate", "conditions", "release_hold")

# What lists things, of everything or of one instance or batch. A stranger's list is empty.
LISTS: dict[str, Callable[[Engine, dict[str, int]], Any]] = {
    "processes": lambda e, k: e.queries.processes(all_versions=True),
    "deployments": lambda e, k: e.queries.deployments(),
    "instances": lambda e, k: e.queries.instances(),
    "instances_by_key": lambda e, k: e.queries.instances(InstanceFilter(keys=[k["instance"]])),
    "all_instances": lambda e, k: e.queries.all_instances([k["instance"], 1]),
    "instances_of_tenant": lambda e, k: e.queries.instances(InstanceFilter(tenant_ids=["acme"])),
    "scopes": lambda e, k: e.queries.scopes(k["instance"]),
    "elements": lambda e, k: e.queries.elements(k["instance"]),
    "jobs": lambda e, k: e.queries.jobs(JobFilter(instance_key=k["instance"])),
    "find_jobs": lambda e, k: e.queries.find_jobs(Search()).items,
    "attempts": lambda e, k: e.queries.attempts(k["instance"]),
    "incidents": lambda e, k: e.queries.incidents(IncidentFilter()),
    "tasks": lambda e, k: e.queries.tasks(TaskFilter()),
    "find_tasks": lambda e, k: e.queries.find_tasks(Search()).items,
    "past_values": lambda e, k: e.queries.past_values(k["instance"]),
    "batches": lambda e, k: e.queries.batches(BatchFilter()),
    "batch_items": lambda e, k: e.queries.batch_items(ItemFilter(batch_key=k["batch"])),
    "audit": lambda e, k: e.queries.audit(AuditFilter()),
    "holds": lambda e, k: e.queries.holds(),
}


@pytest.mark.parametrize("name", BY_KEY)
def test_for_a_stranger_nothing_is_there_by_its_key(house: World, name: str) -> None:
    noun, ask = BY_KEY[name]
    key = filled(house)[noun]
    with pytest.raises(NotFound):
        ask(house.engine.for_tenants(BOLT.tenants), key, BOLT)
    # For who belongs to it, it is: what the verb says of it now is another matter.
    with suppress(EngineError) if name in OTHERWISE_MISSING else suppress(IllegalMove, InvalidInput, LeaseLost):
        ask(house.engine.for_tenants(ACME.tenants), key, ACME)


def test_for_a_stranger_every_list_is_empty(house: World) -> None:
    keys = filled(house)
    house.engine.hold(keys["instance"], reason="r", by=ACME)
    house.engine.run_batches()
    stranger, own = house.engine.for_tenants(BOLT.tenants), house.engine.for_tenants(ACME.tenants)
    assert {name: list(ask(stranger, keys)) for name, ask in LISTS.items()} == {name: [] for name in LISTS}
    empty = {name for name, ask in LISTS.items() if not list(ask(own, keys))}
    assert empty == {"attempts", "past_values"}
    assert own.queries.counts().active_instances == 0  # both suspended by the batch
    assert stranger.queries.counts().open_incidents == 0
    assert own.queries.counts().open_incidents == 1


def test_a_batch_does_nothing_to_other_tenants(house: World) -> None:
    for by in (ACME, BOLT):
        deploy(house, line("p", start(), user("look"), end()), by)
    mine, other = begin(house, "p", ACME), begin(house, "p", BOLT)
    cancel = operations.CancelInstances()
    chosen = house.engine.create_batch(cancel, InstanceFilter(keys=[other.key]), by=ACME)
    found = house.engine.create_batch(cancel, InstanceFilter(process_id="p"), by=ACME)
    house.engine.run_batches()
    assert [house.state(one) for one in (mine, other)] == ["terminated", "active"]
    queries = house.engine.queries
    assert {state.value: n for state, n in queries.batch(chosen.key).counts.items()} == {"skipped": 1}
    assert {state.value: n for state, n in queries.batch(found.key).counts.items()} == {"completed": 1}
    of_both = house.engine.create_batch(cancel, InstanceFilter(process_id="p"), by=BOTH)
    assert [one.key for one in house.engine.for_tenants(BOTH.tenants).queries.batches()] == [
        of_both.key,
        found.key,
        chosen.key,
    ]
    assert len(house.engine.for_tenants(BOLT.tenants).queries.batches()) == 0


def sight(world: World, user_id: str) -> Sight:
    account = world.engine.queries.account(user_id)
    assert account is not None
    return account.tenants


def test_whoever_belongs_to_no_tenant_sees_the_default_one(world: World) -> None:
    world.engine.save_user("ann", roles=[Role.OPERATOR], groups=["sales"], by=ADMIN)
    world.engine.save_user("root", roles=[Role.ADMIN], by=ADMIN)
    assert sight(world, "ann") is None  # of a house without tenants: everything
    world.engine.add_tenant("acme", by=ADMIN)
    assert sight(world, "ann") == {DEFAULT}
    assert sight(world, "root") is None
    world.engine.add_tenant_member("acme", MemberKind.GROUP, "sales", by=ADMIN)
    assert sight(world, "ann") == {"acme"}
    made = world.engine.add_tenant_member(DEFAULT, MemberKind.USER, "ann", by=ADMIN)
    assert (made.users, sight(world, "ann")) == (("ann",), None)
    world.engine.remove_tenant_member("acme", MemberKind.GROUP, "sales", by=ADMIN)
    assert sight(world, "ann") == {DEFAULT}


def test_a_token_is_for_some_of_its_users_tenants(house: World) -> None:
    house.engine.save_user("ann", roles=[Role.OPERATOR], by=ADMIN)
    for tenant_id in ("acme", "bolt"):
        house.engine.add_tenant_member(tenant_id, MemberKind.USER, "ann", by=ADMIN)
    make = {"token_hash": "h", "tenants": ["bolt"], "by": ADMIN}
    assert house.engine.create_token("ann", **make).tenants == {"bolt"}
    house.engine.remove_tenant_member("bolt", MemberKind.USER, "ann", by=ADMIN)
    found = house.engine.queries.token("h")
    assert found is not None
    assert found.tenants == frozenset()
    with pytest.raises(NotFound):
        house.engine.create_token("ann", token_hash="i", tenants=["other"], by=ADMIN)


def test_tenants_are_made_listed_and_removed(house: World) -> None:
    assert [(one.id, one.name) for one in house.engine.queries.tenants()][1:] == [("acme", "Acme Ltd."), ("bolt", "")]
    for id in ("", "a b", "<default>", "x" * 32, "é"):
        with pytest.raises(InvalidInput):
            house.engine.add_tenant(id, by=ADMIN)
    with pytest.raises(Conflict):
        house.engine.add_tenant("acme", by=ADMIN)
    deploy(house, line("p", start(), end()), ACME)
    with pytest.raises(IllegalMove):
        house.engine.remove_tenant("acme", by=ADMIN)
    house.engine.remove_tenant("bolt", by=ADMIN)
    for verb in (
        lambda: house.engine.remove_tenant("bolt", by=ADMIN),
        lambda: house.engine.add_tenant_member("bolt", MemberKind.USER, "x", by=ADMIN),
        lambda: house.engine.remove_tenant_member("acme", MemberKind.USER, "x", by=ADMIN),
    ):
        with pytest.raises(NotFound):
            verb()
    assert [one.id for one in house.engine.queries.tenants()] == [DEFAULT, "acme"]
    house.engine.save_user("newcomer", roles=[Role.OPERATOR], by=ADMIN)
    assert sight(house, "newcomer") == {DEFAULT}


def test_who_sees_all_meets_no_condition_on_tenants(house: World) -> None:
    with house.statements() as told:
        house.engine.queries.instances()
        house.engine.queries.tasks()
    assert "tenant_id IN" not in " ".join(told)
    assert replace(OPERATOR, tenants=None) == OPERATOR


def works(world: World, **counts: int) -> None:
    """So many jobs of the type "work" in each tenant."""
    for tenant_id, count in counts.items():
        deploy(world, line("p", start(), service("work"), end()), ADMIN, tenant_id)
        for _ in range(count):
            begin(world, "p", ADMIN, tenant_id)


def claimed(world: World, limit: int, types: tuple[str, ...] = ("work",), **how: Any) -> dict[str, int]:
    jobs = world.engine.claim_jobs(worker="w1", types=types, limit=limit, **how)
    return dict(Counter(job.tenant_id for job in jobs))


def test_a_flood_of_one_tenant_leaves_the_others_their_turn(house: World) -> None:
    works(house, acme=20, bolt=1)
    assert claimed(house, 4) == {"acme": 3, "bolt": 1}
    assert claimed(house, 2, ()) == {"acme": 2}


def test_with_one_place_no_tenant_is_always_the_first(house: World) -> None:
    works(house, acme=30, bolt=15)
    first = [next(iter(claimed(house, 1))) for _ in range(15)]
    assert set(first) == {"acme", "bolt"}


def test_a_tenant_with_many_types_gets_no_more_than_one_with_one(house: World) -> None:
    types = tuple(f"work-{number}" for number in range(5))
    for type_ in types:
        deploy(house, line(f"p-{type_}", start(), service(type_), end()), ADMIN, "acme")
        for _ in range(5):
            begin(house, f"p-{type_}", ADMIN, "acme")
    works(house, bolt=10)
    jobs = house.engine.claim_jobs(worker="w1", types=("work", *types), limit=10)
    assert Counter(job.tenant_id for job in jobs) == {"acme": 5, "bolt": 5}
    assert len({job.type for job in jobs if job.tenant_id == "acme"}) == 5


def test_more_tenants_than_one_statement_takes_are_served_too(house: World) -> None:
    for number in range(120):
        house.engine.add_tenant(f"t{number}", by=ADMIN)
    works(house, acme=5, t7=1, t119=1)
    assert claimed(house, 5) == {"acme": 3, "t7": 1, "t119": 1}
    assert claimed(house, 5) == {"acme": 2}


def test_a_worker_claims_for_the_tenants_that_it_names_and_sees(house: World) -> None:
    works(house, acme=2, bolt=2)
    deploy(house, line("q", start(), service("work"), end()), ADMIN)
    begin(house, "q", ADMIN)
    assert claimed(house, 1, tenant_ids=["bolt"]) == {"bolt": 1}
    of_acme = house.engine.for_tenants(ACME.tenants)
    assert of_acme.claim_jobs(worker="w2", types=["work"], tenant_ids=["bolt", DEFAULT]) == []
    assert [job.tenant_id for job in of_acme.claim_jobs(worker="w2", types=["work"], limit=9)] == ["acme", "acme"]
    assert claimed(house, 9) == {DEFAULT: 1, "bolt": 1}


def test_a_limit_on_a_tenant_is_kept_beside_those_on_types(house: World) -> None:
    works(house, acme=9, bolt=9)
    house.engine.set_limit(LimitKind.TENANT, "acme", at_once=2, by=ADMIN)
    assert claimed(house, 6) == {"acme": 2, "bolt": 4}
    assert claimed(house, 1, tenant_ids=["acme"]) == {}
    house.engine.set_limit(LimitKind.JOB_TYPE, "work", at_once=8, by=ADMIN)
    assert claimed(house, 6) == {"bolt": 2}
    house.clock.advance(61)  # all leases are over
    house.engine.remove_limit(LimitKind.TENANT, "acme", by=ADMIN)
    assert sum(claimed(house, 20).values()) == 8
    house.engine.remove_limit(LimitKind.JOB_TYPE, "work", by=ADMIN)
    house.engine.set_limit(LimitKind.TENANT, "bolt", per_minute=10, by=ADMIN)
    house.clock.advance(61)
    assert claimed(house, 20) == {"acme": 9, "bolt": 1}


def test_what_is_claimed_of_each_tenant_is_found_by_an_index(house: World) -> None:
    with plans(house.store) as found:
        claimed(house, 5)
    plan = next(one for one in found if one.startswith(("WITH", "UPDATE jobs", "SELECT ready")))
    assert plan.count("ix_jobs_fresh") == plan.count("ix_jobs_tried") == 3
