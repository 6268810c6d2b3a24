"""Commands under an idempotency key: one effect and one answer, however often it is asked, nothing kept of failures."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from engine.engine.once import REMEMBERED
from engine.errors import IllegalMove, KeyReused, NotFound
from engine.queries import TaskFilter
from tests.engine.support import ADMIN, ANALYST, OPERATOR, OTHER, World, end, line, service, start, user


@pytest.fixture
def running(world: World) -> World:
    world.deploy(line("p", start(), service("work"), end()))
    return world


def _cancel(world: World, key: int) -> Any:
    return lambda: world.engine.cancel(key, by=OPERATOR).state.value


def test_a_command_is_done_once_and_answered_the_same(running: World) -> None:
    instance = running.start("p")
    first = running.engine.once("k", ["cancel"], _cancel(running, instance.key), by=OPERATOR)
    again = running.engine.once("k", ["cancel"], _cancel(running, instance.key), by=OPERATOR)
    assert (first.value, first.is_repeated) == ("terminated", False)
    assert (again.value, again.is_repeated) == ("terminated", True)
    assert running.events(instance).count("instance-canceled") == 1


def test_questions_inside_see_what_the_verbs_before_them_did(running: World) -> None:
    instance = running.start("p")

    def work() -> Any:
        running.engine.set_variables(instance.key, {"a": 1}, by=OPERATOR)
        running.engine.set_variables(instance.key, {"b": 2}, by=OPERATOR)
        return running.engine.queries.variables(instance.key)

    assert running.engine.once("k", [], work, by=OPERATOR).value == {"a": 1, "b": 2}
    assert running.engine.queries.verify_audit().is_intact


def test_what_raises_is_undone_as_a_whole_and_leaves_the_key_free(running: World) -> None:
    instance = running.start("p")

    def work() -> Any:
        running.engine.set_variables(instance.key, {"a": 1}, by=OPERATOR)
        running.engine.resume(instance.key, by=OPERATOR)

    for _ in range(2):
        with pytest.raises(IllegalMove):
            running.engine.once("k", [], work, by=OPERATOR)
    assert running.engine.queries.variables(instance.key) == {}
    assert running.engine.once("k", ["other"], lambda: "done", by=OPERATOR).value == "done"
    assert running.engine.queries.verify_audit().is_intact


def test_a_verb_that_was_refused_leaves_nothing_though_its_caller_goes_on(running: World) -> None:
    instance = running.start("p")

    def work() -> Any:
        running.engine.set_variables(instance.key, {"a": 1}, by=OPERATOR)
        with pytest.raises(NotFound):
            running.engine.start(process_id="none", by=ANALYST)
        changed = running.engine.modify(instance.key, _to_work(), by=OPERATOR, dry_run=True)
        return len(changed.after)

    assert running.engine.once("k", [], work, by=OPERATOR).value == 2
    assert [one.element_id for one in running.instance(instance).active] == ["work"]
    assert running.engine.queries.verify_audit().is_intact


def _to_work() -> list[Any]:
    from engine.commands import Activate

    return [Activate("work")]


def test_the_same_key_for_another_request_is_refused(running: World) -> None:
    running.engine.once("k", {"a": 1}, lambda: None, by=OPERATOR)
    with pytest.raises(KeyReused, match="'k'"):
        running.engine.once("k", {"a": 2}, lambda: None, by=OPERATOR)


def test_a_key_is_its_senders_own(running: World) -> None:
    running.engine.once("k", {"a": 1}, lambda: "secret", by=OPERATOR)
    assert running.engine.once("k", {"a": 2}, lambda: "mine", by=OTHER).value == "mine"


def test_many_who_send_it_at_once_get_one_effect_and_one_answer(running: World) -> None:
    together = Barrier(4)

    def send(_: int) -> int:
        together.wait()
        return running.engine.start(process_id="p", idempotency_key="k", by=ANALYST).key

    with ThreadPoolExecutor(4) as pool:
        keys = set(pool.map(send, range(4)))
    assert len(keys) == 1
    assert running.engine.queries.counts().active_instances == 1


def test_a_key_is_forgotten_when_its_time_is_over(running: World) -> None:
    running.engine.once("k", {"a": 1}, lambda: None, by=OPERATOR)
    running.clock.advance(REMEMBERED - timedelta(seconds=1))
    running.engine.sweep()
    assert running.engine.once("k", {"a": 1}, lambda: None, by=OPERATOR).is_repeated
    running.clock.advance(2)
    assert running.engine.sweep() == 1
    assert not running.engine.once("k", {"a": 1}, lambda: None, by=OPERATOR).is_repeated


def test_a_signal_sent_inside_is_delivered_when_all_is_stored(running: World) -> None:
    waiting = (
        '<bpmn:intermediateCatchEvent id="hear">%s<bpmn:signalEventDefinition id="d" signalRef="s"/>'
        "</bpmn:intermediateCatchEvent>"
    )
    running.deploy(line("q", start(), ("hear", waiting), end(), roots='<bpmn:signal id="s" name="go"/>'))
    instance = running.start("q")

    def work() -> Any:
        running.engine.broadcast_signal("go", by=OPERATOR)
        return running.state(instance)

    assert running.engine.once("k", [], work, by=OPERATOR).value == "active"
    assert running.state(instance) == "completed"


def test_it_costs_four_statements(running: World) -> None:
    instance = running.start("p")
    running.engine.set_variables(instance.key, {"a": 1}, by=OPERATOR)
    with running.statements() as plain:
        running.engine.set_variables(instance.key, {"a": 2}, by=OPERATOR)
    with running.statements() as keyed:
        running.engine.once(
            "k", [], lambda: running.engine.set_variables(instance.key, {"a": 3}, by=OPERATOR), by=OPERATOR
        )
    assert len(keyed) <= len(plain) + 4


@pytest.mark.parametrize("is_looked_up_before", [False, True])
def test_a_version_whose_deployment_is_undone_is_not_what_the_next_one_means(
    world: World, is_looked_up_before: bool
) -> None:
    class TakenBack(Exception):
        pass

    def work() -> None:
        if is_looked_up_before:
            world.start("p")
        world.deploy(line("p", start(), user("undone"), end()))
        world.start("p")
        raise TakenBack

    world.deploy(line("p", start(), user("first"), end()))
    with pytest.raises(TakenBack):
        world.engine.once("k", "deploy and start", work, by=ADMIN)
    world.start("p")
    world.deploy(line("p", start(), user("second"), end()))
    world.start("p")
    waiting = [task.element_id for task in world.engine.queries.tasks(TaskFilter()).items]
    assert sorted(waiting) == ["first", "second"]
