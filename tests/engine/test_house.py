"""Users, groups, roles and API tokens."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.actors import Role
from engine.errors import InvalidInput, NotFound
from tests.engine.support import ADMIN, World


def test_an_account_is_added_and_changed_in_parts(world: World) -> None:
    engine = world.engine
    engine.save_user("anna", name="Anna", password_hash="$x", groups=["a", "b"], roles=[Role.APPROVER], by=ADMIN)
    engine.save_user("anna", groups=["b"], by=ADMIN)
    account = engine.queries.account("anna")
    assert account is not None
    assert (account.display_name, account.password_hash, account.groups, account.roles, account.is_active) == (
        "Anna",
        "$x",
        frozenset({"b"}),
        frozenset({Role.APPROVER}),
        True,
    )
    engine.save_user("anna", active=False, roles=[], by=ADMIN)
    [shown] = engine.queries.users()
    assert (shown.is_active, shown.roles) == (False, frozenset())
    assert engine.queries.groups() == ["a", "b"]
    assert engine.queries.account("nobody") is None


def test_a_token_carries_what_its_user_still_has(world: World) -> None:
    engine = world.engine
    engine.save_user("anna", groups=["a"], roles=[Role.APPROVER, Role.ANALYST], by=ADMIN)
    expires = world.clock.now() + timedelta(days=1)
    made = engine.create_token(
        "anna", token_hash="h1", name="laptop", roles=[Role.ANALYST], expires_at=expires, by=ADMIN
    )
    found = engine.queries.token("h1")
    assert found == made
    assert (found.roles, found.groups, found.is_valid) == (frozenset({Role.ANALYST}), frozenset({"a"}), True)
    engine.save_user("anna", roles=[Role.APPROVER], by=ADMIN)
    assert engine.queries.tokens()[0].roles == frozenset()
    world.clock.advance(86400)
    assert not engine.queries.tokens("anna")[0].is_valid


def test_a_revoked_token_or_one_of_a_closed_account_is_not_valid(world: World) -> None:
    engine = world.engine
    engine.save_user("anna", roles=[Role.APPROVER], by=ADMIN)
    first = engine.create_token("anna", token_hash="h1", by=ADMIN)
    engine.create_token("anna", token_hash="h2", by=ADMIN)
    assert not engine.revoke_token(first.key, by=ADMIN).is_valid
    assert [token.is_valid for token in engine.queries.tokens("anna")] == [False, True]
    engine.save_user("anna", active=False, by=ADMIN)
    assert [token.is_valid for token in engine.queries.tokens("anna")] == [False, False]
    assert engine.queries.token("unknown") is None


def test_a_token_gives_no_role_that_its_user_lacks(quick: World) -> None:
    quick.engine.save_user("anna", roles=[Role.APPROVER], by=ADMIN)
    with pytest.raises(InvalidInput, match="does not have the role admin"):
        quick.engine.create_token("anna", token_hash="h", roles=[Role.ADMIN], by=ADMIN)
    with pytest.raises(NotFound, match="no user 'otto'"):
        quick.engine.create_token("otto", token_hash="h", by=ADMIN)
    with pytest.raises(NotFound):
        quick.engine.revoke_token(5, by=ADMIN)
