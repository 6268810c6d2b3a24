"""Notifications: what was committed is told to those who asked, nothing else is, and no verb has more to do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from connectors.base import Permanent, Request, Result, Retryable
from engine.courier import Courier
from engine.engine import Engine
from engine.errors import IllegalMove, InvalidInput, NotFound
from engine.notifications import _PAUSES
from engine.queries import NotificationFilter
from engine.states import NotificationState
from tests.engine.support import ADMIN, APPROVER, OPERATOR, World, end, line, start, user

HOOK = "https://example.org/hook"


class Post:
    """Connectors that keep what they were given, and fail as they are told."""

    def __init__(self) -> None:
        self.sent: list[Request] = []
        self.fails: Exception | None = None

    def get(self, type: str) -> Callable[[Request], Result] | None:
        return self

    def types(self) -> frozenset[str]:
        return frozenset({"baton:webhook:1", "mail-send"})

    def __call__(self, request: Request) -> Result:
        self.sent.append(request)
        if self.fails:
            raise self.fails
        return Result()

    def told(self) -> list[tuple[str, Any]]:
        return [(one.variables["body"]["type"], one.variables["body"]["data"]) for one in self.sent]


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def house(world: World, post: Post) -> World:
    world.engine = Engine(world.store, world.clock, post)  # type: ignore[arg-type]
    world.deploy(line("p", start(), user("check", groups="accounting"), end()))
    world.deploy(line("q", start(), user("check"), end()))
    return world


def deliver(world: World) -> None:
    courier = Courier(world.engine)
    while courier.run_once():
        pass


def state(world: World) -> list[tuple[str, str, int]]:
    return [(one.event, one.state.value, one.tries) for one in world.engine.queries.notifications()]


def test_what_happens_from_now_on_is_told_with_where_and_who(house: World, post: Post) -> None:
    house.start("p")
    subscription = house.engine.subscribe("webhook", HOOK, ["task-created", "task-completed"], by=ADMIN)
    instance = house.start("p")
    house.engine.complete_task(house.task(instance).key, {"secret": 1}, by=APPROVER)
    deliver(house)
    assert [word for word, _ in post.told()] == ["task-created", "task-completed"]
    _, completed = post.told()[1]
    assert (completed["instance_key"], completed["process_id"], completed["by"]) == (str(instance.key), "p", "anna")
    assert "variables" not in completed
    [request, _] = post.sent
    assert (request.variables["url"], request.variables["secret"]) == (HOOK, subscription.secret)
    assert state(house) == [("task-completed", "delivered", 1), ("task-created", "delivered", 1)]
    deliver(house)
    assert len(post.sent) == 2


def test_only_the_wanted_process_is_told_of(house: World, post: Post) -> None:
    house.engine.subscribe("webhook", HOOK, ["instance-started"], process_id="q", by=ADMIN)
    house.start("p")
    house.start("q")
    deliver(house)
    assert [data["process_id"] for _, data in post.told()] == ["q"]


def test_what_was_rolled_back_is_not_told(house: World, post: Post) -> None:
    house.engine.subscribe("webhook", HOOK, ["instance-canceled", "instance-modified"], by=ADMIN)
    instance = house.start("p")
    with pytest.raises(NotFound):
        house.engine.once(
            "k", [], lambda: (house.engine.cancel(instance.key, by=OPERATOR), house.instance(5)), by=ADMIN
        )
    deliver(house)
    assert post.sent == []


def _cancel_and_fail(world: World, key: int) -> None:
    world.engine.cancel(key, by=OPERATOR)
    world.instance(5)


def test_a_failed_try_is_made_again_later_under_the_same_key_and_at_last_it_is_dead(house: World, post: Post) -> None:
    house.engine.subscribe("webhook", HOOK, ["instance-started"], by=ADMIN)
    house.start("p")
    post.fails = Retryable("the receiver answered 500")
    deliver(house)
    for number, pause in enumerate(_PAUSES, 2):
        house.clock.advance(pause - timedelta(seconds=1))
        deliver(house)
        assert len(post.sent) == number - 1
        house.clock.advance(1)
        deliver(house)
        assert len(post.sent) == number
    assert state(house) == [("instance-started", "dead", len(_PAUSES) + 1)]
    assert len({one.idempotency_key for one in post.sent}) == 1
    [dead] = house.engine.queries.notifications(NotificationFilter(NotificationState.DEAD))
    assert dead.error == "the receiver answered 500"
    post.fails = None
    house.engine.retry_notification(dead.key, by=ADMIN)
    deliver(house)
    assert state(house) == [("instance-started", "delivered", 1)]
    with pytest.raises(IllegalMove):
        house.engine.retry_notification(dead.key, by=ADMIN)


def test_who_wants_no_more_is_not_asked_again(house: World, post: Post) -> None:
    house.engine.subscribe("webhook", HOOK, ["instance-started"], by=ADMIN)
    house.start("p")
    post.fails = Permanent("410")
    deliver(house)
    assert state(house) == [("instance-started", "dead", 1)]


def test_a_courier_that_dies_in_the_call_is_followed_by_another_one(house: World, post: Post) -> None:
    house.engine.subscribe("webhook", HOOK, ["instance-started"], by=ADMIN)
    house.start("p")
    house.engine.collect_notifications()
    [lost] = house.engine.claim_notifications()
    assert house.engine.claim_notifications() == []
    house.clock.advance(121)
    deliver(house)
    assert state(house) == [("instance-started", "delivered", 2)]
    post.fails = Retryable("late")
    house.engine.deliver_notification(lost)
    assert state(house) == [("instance-started", "delivered", 2)]


def test_a_mail_has_a_subject_and_the_facts(house: World, post: Post) -> None:
    house.engine.subscribe("mail", "board@example.org", ["task-created"], by=ADMIN)
    house.start("p")
    deliver(house)
    [mail] = post.sent
    assert (mail.type, mail.variables["to"], mail.variables["subject"]) == (
        "mail-send",
        "board@example.org",
        "p: task created",
    )
    assert "element id: check" in mail.variables["text"]


def test_an_overdue_task_is_told_of_once(house: World, post: Post) -> None:
    house.engine.subscribe("webhook", HOOK, ["task-overdue"], by=ADMIN)
    instance = house.start("p")
    due = house.clock.now() + timedelta(hours=1)
    house.engine.update_task(house.task(instance).key, {"dueDate": due.isoformat()}, by=OPERATOR)
    deliver(house)
    assert post.sent == []
    house.clock.advance(3601)
    deliver(house)
    deliver(house)
    [(word, data)] = post.told()
    assert (word, data["task_key"], data["due_at"]) == ("task-overdue", str(house.task(instance).key), due.isoformat())


def test_a_paused_subscription_catches_up(house: World, post: Post) -> None:
    key = house.engine.subscribe("webhook", HOOK, ["instance-started"], by=ADMIN).key
    assert not house.engine.pause_subscription(key, paused=True, by=ADMIN).active
    house.start("p")
    deliver(house)
    assert post.sent == []
    house.engine.pause_subscription(key, paused=False, by=ADMIN)
    deliver(house)
    assert len(post.sent) == 1


def test_whoever_is_gone_is_told_nothing_more(house: World, post: Post) -> None:
    key = house.engine.subscribe("webhook", HOOK, ["instance-started"], by=ADMIN).key
    house.start("p")
    house.engine.collect_notifications()
    house.engine.unsubscribe(key, by=ADMIN)
    deliver(house)
    assert (post.sent, state(house)) == ([], [])
    with pytest.raises(NotFound):
        house.engine.unsubscribe(key, by=ADMIN)


def test_each_subscriber_gets_its_own(house: World, post: Post) -> None:
    for target in (HOOK, f"{HOOK}/2"):
        house.engine.subscribe("webhook", target, ["instance-started"], by=ADMIN)
    house.start("p")
    deliver(house)
    assert {one.variables["url"] for one in post.sent} == {HOOK, f"{HOOK}/2"}


def test_verbs_have_no_more_to_write_with_subscribers_than_without(house: World) -> None:
    def statements() -> int:
        instance = house.start("p")
        key = house.task(instance).key
        with house.statements() as told:
            house.engine.complete_task(key, {}, by=APPROVER)
        return len(told)

    for _ in range(2):
        before = statements()
    for number in range(5):
        house.engine.subscribe("webhook", f"{HOOK}/{number}", ["task-completed"], by=ADMIN)
    assert statements() <= before


def test_delivered_ones_are_forgotten_after_a_month(house: World, post: Post) -> None:
    house.engine.subscribe("webhook", HOOK, ["instance-started"], by=ADMIN)
    house.start("p")
    deliver(house)
    house.clock.advance(timedelta(days=31))
    house.engine.sweep()
    assert state(house) == []


@pytest.mark.parametrize(
    ("kind", "target", "wanted", "secret"),
    [
        ("pigeon", "x", ["task-created"], ""),
        ("webhook", "ftp://example.org", ["task-created"], ""),
        ("mail", "nobody", ["task-created"], ""),
        ("webhook", HOOK, [], ""),
        ("webhook", HOOK, ["task-eaten"], ""),
        ("webhook", HOOK, ["task-created"], "whsec_short"),
        ("webhook", HOOK, ["task-created"], "no base64 at all, but long enough for it"),
    ],
)
def test_what_could_never_be_told_is_refused(
    quick: World, kind: str, target: str, wanted: list[str], secret: str
) -> None:
    with pytest.raises(InvalidInput):
        quick.engine.subscribe(kind, target, wanted, secret=secret, by=ADMIN)


def test_the_trail_says_who_subscribed_and_keeps_no_secret(quick: World) -> None:
    made = quick.engine.subscribe("webhook", HOOK, ["task-created"], by=ADMIN)
    [record] = quick.engine.queries.audit()
    assert (record.actor_id, record.verb) == ("root", "subscribe")
    assert made.secret not in (record.payload or "")


def test_due_ones_and_overdue_tasks_are_found_by_index(house: World) -> None:
    from engine.store.notifications import _DUE, _OVERDUE

    parameters = {"now": house.clock.now(), "most": 10}
    assert "ix_notifications_due_at" in house.plan(_DUE.statement, parameters)
    assert "ix_user_tasks_not_told" in house.plan(_OVERDUE.statement, parameters)
