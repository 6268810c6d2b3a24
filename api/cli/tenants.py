"""`baton tenant`: organisations that share this house and see nothing of each other. For administrators."""

from __future__ import annotations

from typing import Any

import click

from api.cli.client import Client, connected
from api.cli.console import Command, Group, Json, show, table

#: For commands that make something in a tenant.
TENANT = click.option("--tenant", "tenant_id", default="", metavar="ID", help="Where there are several: for which.")


@click.group(cls=Group)
def tenant() -> None:
    """Tenants, and who belongs to them."""


@tenant.command("list", cls=Command)
@connected
def list_tenants(client: Client) -> None:
    """Every tenant with its users and groups."""
    answer = client.get("/tenants")
    show(answer, lambda: table(answer["items"], ("id", "name", "users", "groups"), empty="There is no tenant."))


@tenant.command("add", cls=Command)
@click.argument("id")
@click.option("--name", default="", help="The name to show.")
@connected
def add(client: Client, id: str, name: str) -> None:
    """Make a tenant. Users who belong to none see what belongs to the default one only."""
    show(client.post("/tenants", {"id": id, "name": name}), f"Tenant {id} is made.")


@tenant.command("remove", cls=Command)
@click.argument("id")
@connected
def remove(client: Client, id: str) -> None:
    """Forget a tenant for which nothing was ever deployed."""
    client.delete(f"/tenants/{id}")
    show({"id": id}, f"Tenant {id} is removed.")


def _members(command: Any) -> Any:
    group = click.option("--group", "groups", multiple=True, metavar="NAME", help="All of a group; repeatable.")
    member = click.option("--member", "users", multiple=True, metavar="NAME", help="A user; repeatable.")
    return click.argument("id")(member(group(command)))


@tenant.command("assign", cls=Command)
@_members
@connected
def assign(client: Client, id: str, users: tuple[str, ...], groups: tuple[str, ...]) -> None:
    """Let users and groups belong to a tenant.

    \b
    baton tenant assign acme --member ann --group accounting
    """
    _each(client, f"/tenants/{id}/members", users, groups)


@tenant.command("unassign", cls=Command)
@_members
@connected
def unassign(client: Client, id: str, users: tuple[str, ...], groups: tuple[str, ...]) -> None:
    """Let them not belong to it any more."""
    _each(client, f"/tenants/{id}/members/removal", users, groups)


def _each(client: Client, path: str, users: tuple[str, ...], groups: tuple[str, ...]) -> None:
    if not users and not groups:
        raise click.UsageError("Say who with --member or --group.")
    answer: Json = None
    for kind, names in (("user", users), ("group", groups)):
        for name in names:
            answer = client.post(path, {"kind": kind, "member": name})
    show(answer, lambda: table([answer], ("id", "name", "users", "groups"), empty=""))
