"""Secrets of webhooks in the database: encrypted when there is a key, under a new one later, opened to sign."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from sqlalchemy import text

from connectors.base import Request, Result
from engine.engine import Engine
from engine.states import NotificationState
from engine.vault import CannotOpen, Vault, is_sealed
from tests.engine.support import ADMIN, World, end, line, start

OLD, NEW = (base64.urlsafe_b64encode(bytes([number] * 32)).decode() for number in (1, 2))
SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()


class Post:
    """The connector of webhooks: notes the secrets that it was given."""

    def __init__(self) -> None:
        self.secrets: list[str] = []

    def __call__(self, request: Request) -> Result:
        self.secrets.append(request.variables["secret"])
        return Result()

    def get(self, type: str) -> Any:
        return self

    def types(self) -> frozenset[str]:
        return frozenset()


def stored(world: World) -> str:
    with world.store.reading() as tx:
        return str(tx.execute(text("SELECT secret FROM notification_subscriptions")).scalar_one())


def subscribed(world: World, *keys: str) -> Engine:
    engine = world.engine
    engine.vault = Vault(keys)
    made = engine.subscribe("webhook", "https://hook.example/x", ["instance-started"], secret=SECRET, by=ADMIN)
    assert made.secret == SECRET, "who subscribes is shown it once"
    return engine


def test_a_secret_is_stored_encrypted_and_signs_as_it_was_given(world: World) -> None:
    post = Post()
    world.engine.connectors = post
    engine = subscribed(world, NEW)
    assert SECRET not in stored(world)
    world.deploy(line("p", start(), end()))
    world.start("p")
    engine.collect_notifications()
    for one in engine.claim_notifications():
        assert engine.deliver_notification(one)
    assert post.secrets == [SECRET]


def test_plain_ones_are_encrypted_by_a_sweep_once_there_is_a_key(world: World) -> None:
    engine = subscribed(world)
    assert stored(world) == SECRET
    engine.sweep()
    assert stored(world) == SECRET, "without a key there is nothing to encrypt with"
    engine.vault = Vault([NEW])
    engine.sweep()
    kept = stored(world)
    assert is_sealed(kept)
    assert engine.vault.opened(kept) == SECRET
    engine.sweep()
    assert stored(world) == kept, "it is written once"


def test_a_new_key_takes_over_while_the_old_one_is_still_known(world: World) -> None:
    engine = subscribed(world, OLD)
    engine.vault = Vault([NEW, OLD])
    engine.sweep()
    assert Vault([NEW]).opened(stored(world)) == SECRET
    with pytest.raises(CannotOpen):
        Vault([OLD]).opened(stored(world))


def test_without_its_key_a_secret_stays_and_the_delivery_waits_with_the_reason(world: World) -> None:
    post = Post()
    world.engine.connectors = post
    engine = subscribed(world, OLD)
    kept = stored(world)
    engine.vault = Vault([NEW])
    engine.sweep()
    assert stored(world) == kept
    world.deploy(line("p", start(), end()))
    world.start("p")
    engine.collect_notifications()
    [one] = engine.claim_notifications()
    assert not engine.deliver_notification(one)
    [waiting] = engine.queries.notifications()
    assert (waiting.state, post.secrets) == (NotificationState.WAITING, [])
    assert "BATON_ENCRYPTION_KEYS" in str(waiting.error)


def test_a_text_that_was_changed_in_the_database_is_not_opened() -> None:
    vault = Vault([NEW])
    kept = vault.sealed(SECRET)
    with pytest.raises(CannotOpen):
        vault.opened(kept[:-4] + "AAA=")
    assert vault.sealed("") == ""
