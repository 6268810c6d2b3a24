"""Starting, watching, changing and cancelling instances; timers; what input is refused."""

from __future__ import annotations

import pytest

from engine.errors import IllegalMove, InvalidInput, KeyReused, NotFound, TooLarge
from engine.queries import InstanceFilter, Page
from engine.states import InstanceState
from tests.engine.support import ANALYST, OPERATOR, World, catch_timer, end, line, service, start
from tests.support.diagrams import diagram


@pytest.fixture
def simple(quick: World) -> World:
    quick.deploy(line("p", start(), service("work"), end()))
    return quick


def test_the_same_idempotency_key_starts_once(world: World) -> None:
    world.deploy(line("p", start(), service("work"), end()))
    first = world.engine.start(process_id="p", variables={"a": 1}, idempotency_key="k", by=ANALYST)
    again = world.engine.start(process_id="p", variables={"a": 1}, idempotency_key="k", by=ANALYST)
    assert again.key == first.key
    with pytest.raises(KeyReused):
        world.engine.start(process_id="p", variables={"a": 2}, idempotency_key="k", by=ANALYST)
    assert world.engine.queries.counts().active_instances == 1


def test_a_timer_fires_when_it_is_due_and_not_before(world: World) -> None:
    world.deploy(line("p", start(), catch_timer("pause", "PT30M"), end()))
    instance = world.start("p")
    assert world.engine.fire_due_timers() == 0
    [why] = world.instance(instance).waiting
    assert (why.kind, why.why) == (
        "timer",
        "Waits for the time: 'pause' is due at 2026-01-05 09:30:00 UTC, set at 2026-01-05 09:00:00 UTC.",
    )
    world.clock.advance(1800)
    assert world.engine.fire_due_timers() == 1
    assert world.engine.fire_due_timers() == 0
    assert world.state(instance) == "completed"


def test_variables_can_be_set_while_it_runs_and_not_afterwards(world: World) -> None:
    world.deploy(line("p", start(), service("work"), end()))
    instance = world.start("p", a=1)
    world.engine.set_variables(instance.key, {"a": 2, "b": {"c": [1, None, 1.5, "ü"]}}, by=OPERATOR)
    [job] = world.claim("work")
    assert job.variables == {"a": 2, "b": {"c": [1, None, 1.5, "ü"]}}
    world.engine.set_variables(instance.key, {"inner": 1}, scope_key=job.element_key, local=True, by=OPERATOR)
    assert world.engine.queries.variables(instance.key, scope_key=job.element_key) == {"inner": 1}
    world.engine.complete_job(job.key, {}, worker="w1")
    assert "inner" not in world.engine.queries.variables(instance.key)
    with pytest.raises(IllegalMove, match="completed"):
        world.engine.set_variables(instance.key, {"a": 3}, by=OPERATOR)


def test_the_way_of_an_instance_is_kept_in_order(world: World) -> None:
    world.deploy(line("p", start(), service("work"), end()))
    instance = world.start("p")
    world.work("work")
    elements = world.engine.queries.elements(instance.key)
    assert [(one.element_id, one.state) for one in elements] == [
        ("p", "completed"),
        ("start", "completed"),
        ("work", "completed"),
        ("end", "completed"),
    ]
    assert all(one.ended_at for one in elements)


def test_lists_are_filtered_and_paged(simple: World) -> None:
    keys = [simple.start("p").key for _ in range(3)]
    simple.engine.cancel(keys[0], by=OPERATOR)
    queries = simple.engine.queries
    assert [one.key for one in queries.instances(InstanceFilter(state=InstanceState.ACTIVE))] == keys[:0:-1]
    page = queries.instances(InstanceFilter(process_id="p"), Page(limit=2))
    assert [one.key for one in page] == keys[:0:-1]
    rest = queries.instances(InstanceFilter(process_id="p"), Page(limit=2, after=page.next))
    assert ([one.key for one in rest], rest.next) == ([keys[0]], None)
    for wrong in (Page(limit=0), Page(limit=1001), Page(after="x"), Page(after=-1)):
        with pytest.raises(InvalidInput):
            queries.instances(InstanceFilter(), wrong)


def deep(levels: int) -> object:
    value: object = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("variables", "place"),
    [
        ([1], "variables"),
        ("text", "variables"),
        ({"a": float("nan")}, "variables.a"),
        ({"a": {"b": [1, float("inf")]}}, "variables.a.b[1]"),
        ({"a": 2**64}, "variables.a"),
        ({"a": {1: 2}}, "variables.a"),
        ({"a": object()}, "variables.a"),
        ({"a": (1, 2)}, "variables.a"),
        ({"a": "\ud800"}, "variables.a"),
        ({"a": deep(200)}, "variables.a" + "[0]" * 99),
        ({"x" * 256: 1}, f"variables.{'x' * 60!r}"),
        ({"": 1}, "variables.''"),
        ({"a\0b": 1}, "variables.'a\\x00b'"),
    ],
)
def test_variables_that_are_no_json_are_refused_by_place(simple: World, variables: object, place: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        simple.engine.start(process_id="p", variables=variables, by=ANALYST)  # type: ignore[arg-type]
    assert list(caught.value.fields) == [place]
    assert len(str(caught.value)) < 400


def test_what_is_too_large_is_refused(simple: World) -> None:
    with pytest.raises(TooLarge, match="4,194,304"):
        simple.start("p", a="x" * (4 * 1024 * 1024))


def test_every_json_value_comes_back_as_it_went_in(world: World) -> None:
    world.deploy(line("p", start(), service("work"), end()))
    values = {
        "null": None,
        "zero": 0,
        "most": 2**63 - 1,
        "least": -(2**63),
        "float": 0.1,
        "text": 'a\u0000"\\ü🎻',
        "list": [[], {}, [None]],
        "object": {"": {"a b": 1}},
        "true": True,
    }
    instance = world.start("p", **values)
    assert world.engine.queries.variables(instance.key) == values


def test_business_keys_are_texts_of_limited_length(simple: World) -> None:
    for wrong in ("x" * 256, "a\0b", 5):
        with pytest.raises(InvalidInput) as caught:
            simple.engine.start(process_id="p", business_key=wrong, by=ANALYST)  # type: ignore[arg-type]
        assert list(caught.value.fields) == ["business_key"]


def test_unknown_instances_are_not_found(simple: World) -> None:
    for ask in (
        lambda: simple.engine.queries.instance(5),
        lambda: simple.engine.queries.variables(5),
        lambda: simple.engine.cancel(5, by=OPERATOR),
        lambda: simple.engine.set_variables(5, {}, by=OPERATOR),
        lambda: simple.engine.resolve_incident(5, by=OPERATOR),
    ):
        with pytest.raises(NotFound, match="5"):
            ask()


def test_a_join_that_lacks_a_token_says_along_which_flow_it_waits(quick: World) -> None:
    body = (
        '<bpmn:startEvent id="s"/><bpmn:parallelGateway id="f"/><bpmn:task id="a"/><bpmn:userTask id="b"/>'
        '<bpmn:parallelGateway id="j" name="Both done"/><bpmn:endEvent id="e"/>'
    )
    flows = [("s", "f"), ("f", "a"), ("f", "b"), ("a", "j"), ("b", "j"), ("j", "e")]
    quick.deploy(diagram(body, flows).decode())
    waiting = {one.kind: one for one in quick.instance(quick.start("p")).waiting}
    assert set(waiting) == {"user-task", "join"}
    assert "'Both done'" in waiting["join"].why
    assert "'f4' (from b)" in waiting["join"].why
