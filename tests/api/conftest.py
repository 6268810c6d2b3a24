"""An engine over a fresh database, applications in front of it, and people of every role."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.app import create_app
from api.settings import Settings
from connectors.registry import Registry
from engine.actors import Actor, ActorKind, Role
from engine.clock import FakeClock
from engine.engine import Engine
from engine.policies import Policies
from engine.store import open_store

Client = Callable[..., FlaskClient]


@pytest.fixture
def engine(upgraded_sqlite_url: str, clock: FakeClock) -> Iterator[Engine]:
    store = open_store(upgraded_sqlite_url)
    yield Engine(store, clock, Registry(use_entry_points=False), Policies())
    store.close()


@pytest.fixture
def app(engine: Engine) -> Flask:
    """The application as `auth = none` gives it: everybody is a local administrator."""
    return create_app(Settings(), engine)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def as_role(engine: Engine) -> Client:
    """A client whose every request is that of somebody with these roles and groups."""

    def make(*roles: Role, name: str = "somebody", groups: tuple[str, ...] = ()) -> FlaskClient:
        actor = Actor(name, ActorKind.HUMAN, frozenset(groups), frozenset(roles))
        return create_app(Settings(), engine, actor=actor).test_client()

    return make
