"""Accounts: who may log in, in which groups, with which roles. For administrators."""

from __future__ import annotations

from flask import Response
from pydantic import Field

from api.auth import MAX_PASSWORD, MIN_PASSWORD, hash_password
from api.context import actor, engine
from api.rest.nouns import noun
from api.rest.shapes import Body, Name, OptionalName, RoleIn, shown
from api.rest.views.house import UserList, UserView

users = noun("users", "Accounts: who may log in, in which groups, with which roles.")

UserId = Name  # what stands in tasks and in the audit trail


class UserBody(Body):
    """An account. Saving one that exists replaces what is given and keeps what is left out."""

    id: str = Field(
        min_length=1,
        max_length=255,
        pattern=r"^[^\s:\x00-\x1f\x7f]+$",
        description="The name to log in with; without spaces and colons.",
    )
    password: str | None = Field(
        default=None,
        min_length=MIN_PASSWORD,
        max_length=MAX_PASSWORD,
        description="Left out: the password stays; a new account can then use API tokens only.",
        json_schema_extra={"format": "password"},
    )
    name: OptionalName | None = None
    email: OptionalName | None = None
    groups: list[Name] | None = Field(default=None, max_length=1000)
    roles: list[RoleIn] | None = None
    active: bool | None = Field(default=None, description="False keeps the account from logging in.")


@users.get("", responses={200: UserList})
def listing() -> Response:
    """Every account, without passwords."""
    return shown(UserList, {"items": engine().queries.users()})


@users.post("", responses={200: UserView})
def save(body: UserBody) -> Response:
    """Make or change an account."""
    user = engine().save_user(
        body.id,
        password_hash=hash_password(body.password) if body.password is not None else None,
        name=body.name,
        email=body.email,
        groups=body.groups,
        roles=body.roles,
        active=body.active,
        by=actor(),
    )
    return shown(UserView, user)
