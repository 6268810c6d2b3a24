"""Finding out who asks: passwords, tokens, guessing, and what each failure looks like."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from api import auth
from api.app import create_app
from api.problems import Problem
from api.settings import Settings
from engine.actors import Role
from engine.clock import FakeClock
from engine.engine import Engine
from tests.api.callers import ROOT

PASSWORD = "correct horse battery"
HASH = auth.hash_password(PASSWORD)


class Seconds:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def people(engine: Engine) -> None:
    engine.save_user("ada", password_hash=HASH, groups=["clerks"], roles=[Role.APPROVER], by=ROOT)


@pytest.fixture
def guarded(engine: Engine, people: None) -> FlaskClient:
    return create_app(Settings(auth="basic"), engine).test_client()


def basic(name: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def me(client: FlaskClient, headers: dict[str, str] | None = None) -> Any:
    return client.get("/api/v1/me", headers=headers)


def token_for(engine: Engine, clock: FakeClock, *roles: Role, user: str = "ada", days: int = 1) -> tuple[str, int]:
    text = auth.new_token()
    made = engine.create_token(
        user,
        token_hash=auth.token_digest(text),
        name="test",
        roles=roles,
        expires_at=clock.now() + timedelta(days=days),
        by=ROOT,
    )
    return text, made.key


def test_nobody_in_particular_is_asked_to_say_who_they_are(guarded: FlaskClient) -> None:
    answer = me(guarded)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="Baton", charset="UTF-8"'
    assert answer.content_type == "application/problem+json"
    assert answer.json["title"] == "Unauthorized"
    assert answer.json["code"] == "unauthorized"


def test_a_password_makes_a_human_actor_with_groups_and_roles(guarded: FlaskClient) -> None:
    answer = me(guarded, basic("ada", PASSWORD))
    assert answer.json == {"id": "ada", "kind": "human", "groups": ["clerks"], "roles": ["approver"], "tenants": None}


@pytest.mark.parametrize(
    "headers",
    [
        basic("ada", "wrong"),
        basic("eve", PASSWORD),
        basic("", ""),
        basic("a\0da", PASSWORD),
        basic("x" * 5000, "y" * 5000),
        bearer("baton_nonsense"),
        {"Authorization": "Digest x"},
        {"Authorization": "Basic !!!"},
        {"Authorization": "nonsense"},
    ],
)
def test_wrong_credentials_are_all_refused_alike(guarded: FlaskClient, headers: dict[str, str]) -> None:
    answer = me(guarded, headers)
    assert (answer.status_code, answer.json["title"]) == (401, "Unauthorized")


def test_a_changed_password_counts_at_once(guarded: FlaskClient, engine: Engine) -> None:
    assert me(guarded, basic("ada", PASSWORD)).status_code == 200
    engine.save_user("ada", password_hash=auth.hash_password("another long one"), by=ROOT)
    assert me(guarded, basic("ada", PASSWORD)).status_code == 401
    assert me(guarded, basic("ada", "another long one")).status_code == 200


def test_a_closed_account_is_closed_at_once(guarded: FlaskClient, engine: Engine) -> None:
    assert me(guarded, basic("ada", PASSWORD)).status_code == 200
    engine.save_user("ada", active=False, by=ROOT)
    assert me(guarded, basic("ada", PASSWORD)).status_code == 401


def test_a_token_makes_a_program_with_no_more_roles_than_its_account(
    guarded: FlaskClient, engine: Engine, clock: FakeClock
) -> None:
    engine.save_user("ada", roles=[Role.APPROVER, Role.OPERATOR], by=ROOT)
    token, _ = token_for(engine, clock, Role.APPROVER, Role.OPERATOR)
    engine.save_user("ada", roles=[Role.APPROVER], by=ROOT)
    answer = me(guarded, bearer(token))
    assert answer.json == {"id": "ada", "kind": "program", "groups": ["clerks"], "roles": ["approver"], "tenants": None}


def test_a_token_ends_when_it_expires(guarded: FlaskClient, engine: Engine, clock: FakeClock) -> None:
    token, _ = token_for(engine, clock, Role.APPROVER, days=1)
    assert me(guarded, bearer(token)).status_code == 200
    clock.advance(timedelta(days=1))
    assert me(guarded, bearer(token)).status_code == 401


def test_a_token_ends_when_it_is_revoked(guarded: FlaskClient, engine: Engine, clock: FakeClock) -> None:
    token, key = token_for(engine, clock, Role.APPROVER)
    assert me(guarded, bearer(token)).status_code == 200
    engine.revoke_token(key, by=ROOT)
    assert me(guarded, bearer(token)).status_code == 401


def test_a_token_that_was_guessed_from_its_digest_is_worthless(
    guarded: FlaskClient, engine: Engine, clock: FakeClock
) -> None:
    token, _ = token_for(engine, clock, Role.APPROVER)
    assert me(guarded, bearer(auth.token_digest(token))).status_code == 401


def test_guessing_is_slowed_down_for_that_name_only(guarded: FlaskClient) -> None:
    statuses = [me(guarded, basic("ada", f"guess {number}")).status_code for number in range(6)]
    assert statuses == [401] * 5 + [429]
    refused = me(guarded, basic("ada", PASSWORD))
    assert (refused.status_code, refused.json["code"]) == (429, "too-many-attempts")
    assert int(refused.headers["Retry-After"]) >= 1
    assert me(guarded, basic("somebody else", "x")).status_code == 401


def test_the_wait_doubles_up_to_a_minute_and_a_success_ends_it() -> None:
    seconds = Seconds()
    brake = auth.Brake(seconds)
    who = ("ada", "127.0.0.1")
    waits = []
    for _ in range(14):
        brake.failed(who)
        waits.append(_wait(brake, who))
        seconds.now += 100
    assert waits == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]
    brake.passed(who)
    brake.failed(who)
    assert _wait(brake, who) == 0


def test_the_brake_forgets_the_oldest_names_rather_than_grow() -> None:
    brake = auth.Brake(Seconds(), memory=3)
    for number in range(10):
        brake.failed((f"name {number}", ""))
    assert len(brake._failures) == 3


def test_argon2_is_paid_once_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    monkeypatch.setattr(auth, "_verified", lambda password, hashed: calls.append(password) or password == PASSWORD)
    seconds = Seconds()
    memory = auth.Memory(seconds)
    assert memory.matches(PASSWORD, "hash")
    assert memory.matches(PASSWORD, "hash")
    assert len(calls) == 1
    assert not memory.matches("wrong", "hash")
    assert not memory.matches("wrong", "hash"), "a failure is never remembered"
    seconds.now += 61
    assert memory.matches(PASSWORD, "hash")
    assert len(calls) == 4
    assert memory.matches(PASSWORD, "another hash")
    assert len(calls) == 5, "a match belongs to one hash"


def test_a_name_that_does_not_exist_costs_as_much_as_one_that_does() -> None:
    # A broken hash would be refused at once, and the time would tell that nobody has the name.
    with pytest.raises(auth.VerificationError) as caught:
        auth._HASHER.verify(auth._NOBODY, "anything")
    assert type(caught.value).__name__ == "VerifyMismatchError"


@pytest.mark.parametrize("password", ["short", "x" * 2000])
def test_a_password_of_the_wrong_size_is_refused(password: str) -> None:
    with pytest.raises(Problem) as caught:
        auth.hash_password(password)
    assert "10 to 1024" in caught.value.detail


def test_without_authentication_the_caller_is_the_local_administrator(client: FlaskClient) -> None:
    assert me(client).json == {"id": "local", "kind": "human", "groups": [], "roles": ["admin"], "tenants": None}


def test_health_and_the_description_ask_nobody(guarded: FlaskClient) -> None:
    for path in ("/health/live", "/health/ready", "/api/v1/openapi.json", "/api/v1/docs"):
        assert guarded.get(path).status_code == 200


def _wait(brake: auth.Brake, who: tuple[str, str]) -> int:
    try:
        brake.check(who)
    except Problem as problem:
        return int(problem.headers["Retry-After"]) - 1
    return 0
