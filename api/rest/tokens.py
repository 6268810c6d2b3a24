"""API tokens: how programs log in. For administrators."""

from __future__ import annotations

from datetime import timedelta

from flask import Response
from pydantic import Field

from api.auth import new_token, token_digest
from api.context import actor, engine
from api.rest.nouns import noun
from api.rest.shapes import Body, KeyIn, Name, OptionalName, PathKeys, RoleIn, shown
from api.rest.views.house import NewTokenView, TokenList

tokens = noun("tokens", "API tokens: how programs log in. A token is shown once and kept as a digest.")


class TokenBody(Body):
    """A token to make."""

    user: Name = Field(description="The account it acts for; it never has more roles than the account.")
    name: OptionalName = Field(default="", description="What it is for.")
    roles: list[RoleIn] = Field(min_length=1, description="What it may do.")
    tenants: list[Name] | None = Field(
        default=None, min_length=1, max_length=1000, description="Of its user's tenants only these; left out: all."
    )
    days: int = Field(default=90, ge=1, le=3660, description="How long it is valid.")


class TokenPath(PathKeys):
    """A token."""

    token_key: KeyIn


@tokens.get("", responses={200: TokenList})
def listing() -> Response:
    """Every token, without its text."""
    return _all_tokens()


@tokens.post("", responses={201: NewTokenView})
def create(body: TokenBody) -> Response:
    """Make a token. `token` in the answer is its text, shown this once."""
    text = new_token()
    made = engine().create_token(
        body.user,
        token_hash=token_digest(text),
        name=body.name,
        roles=body.roles,
        tenants=body.tenants,
        expires_at=engine().clock.now() + timedelta(days=body.days),
        by=actor(),
    )
    return shown(NewTokenView, {"token": text, "details": made}, 201)


@tokens.post("/<token_key>/revoke", responses={200: TokenList})
def revoke(path: TokenPath) -> Response:
    """End a token now; answers with the tokens that are left."""
    engine().revoke_token(path.token_key, by=actor())
    return _all_tokens()


def _all_tokens() -> Response:
    return shown(TokenList, {"items": engine().queries.tokens()})
