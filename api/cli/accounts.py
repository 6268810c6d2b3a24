"""`baton user` and `baton token`: who may come in. For administrators."""

from __future__ import annotations

import sys

import click

from api.cli.client import Client, connected
from api.cli.console import Group, Json, say, show, table

ROLES = ("analyst", "approver", "operator", "auditor", "admin")
_ROLE = click.option("--role", "roles", multiple=True, type=click.Choice(ROLES), help="A role; may be repeated.")


@click.group(cls=Group)
def user() -> None:
    """Accounts of people."""


@user.command("add")
@click.argument("name")
@click.option("--group", "groups", multiple=True, metavar="NAME", help="A group; may be repeated.")
@_ROLE
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--no-password", is_flag=True, help="An account that uses API tokens only.")
@connected
def add(
    client: Client, name: str, groups: tuple[str, ...], roles: tuple[str, ...], password_stdin: bool, no_password: bool
) -> None:
    """Make an account, or change one: what is not given stays. The password is asked for."""
    body: dict[str, Json] = {"id": name}
    if groups:
        body["groups"] = list(groups)
    if roles:
        body["roles"] = list(roles)
    if not no_password:
        body["password"] = _password(name, password_stdin)
    answer = client.post("/users", body)
    show(answer, f"Account {name} is saved.")


@user.command("list")
@connected
def list_users(client: Client) -> None:
    """Every account."""
    answer = client.get("/users")
    show(answer, lambda: table(answer["items"], ("id", "groups", "roles", "active"), empty="No account yet."))


@click.group(cls=Group)
def token() -> None:
    """API tokens for programs."""


@token.command("create")
@click.argument("user_name", metavar="USER")
@click.option("--name", default="", help="What it is for.")
@_ROLE
@click.option("--tenant", "tenants", multiple=True, metavar="ID", help="Only for this tenant of the user; repeatable.")
@click.option("--days", default=90, show_default=True, type=click.IntRange(1, 3660), help="How long it is valid.")
@connected
def create(
    client: Client, user_name: str, name: str, roles: tuple[str, ...], tenants: tuple[str, ...], days: int
) -> None:
    """Make a token that acts for USER. It is shown once, on standard output."""
    if not roles:
        raise click.UsageError(f"Say what it may do with --role: {', '.join(ROLES)}.")
    body: dict[str, Json] = {"user": user_name, "name": name, "roles": list(roles), "days": days}
    if tenants:
        body["tenants"] = list(tenants)
    answer = client.post("/tokens", body)
    say("Keep it now; it is not shown again.")
    show(answer, str(answer["token"]))


def _password(name: str, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise click.UsageError("No terminal to ask for the password: use --password-stdin or --no-password.")
    return str(click.prompt(f"Password for {name}", hide_input=True, confirmation_prompt=True, err=True))
