"""`baton agent`: who may call models, for what, and how far."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import click

from api.cli.client import Client, connected
from api.cli.console import Command, Group, Json, show, table
from api.cli.deploying import upload
from api.cli.evaluating import cases, evaluate, evaluations
from api.cli.sampling import judge, samples

_COLUMNS = ("id", "version", "state", "risk", "owner", "purpose")
_PERFORMANCE = ("version", "model", "calls", "failed", "cost", "mean_seconds", "judged", "override_rate", "error_bound")
_VERSIONS = ("version", "registered_at", "registered_by", "models", "processes", "digest")


@click.group(cls=Group)
def agent() -> None:
    """Agents: who may call which models, for what, and how far."""


@agent.command("list", cls=Command)
@connected
def list_agents(client: Client) -> None:
    """Every agent, in the version that is in service."""
    answer = client.get("/agents")
    show(answer, lambda: table([_row(one) for one in answer["items"]], _COLUMNS, empty="No agent is registered."))


@agent.command("show", cls=Command)
@click.argument("agent_id", metavar="AGENT")
@connected
def show_agent(client: Client, agent_id: str) -> None:
    """What an agent may do, and its versions."""
    answer = client.get(f"/agents/{quote(agent_id, safe='')}")
    show(answer, lambda: _described(answer["items"]))


@agent.command("performance", cls=Command)
@click.argument("agent_id", metavar="AGENT")
@click.option("--days", default=30.0, show_default=True, type=click.FloatRange(0, 3660, min_open=True))
@connected
def performance(client: Client, agent_id: str, days: float) -> None:
    """How an agent does, by version and model: calls, cost, time, and how often people overrode it."""
    answer = client.get(f"/agents/{quote(agent_id, safe='')}/performance", days=days)
    show(answer, lambda: table(answer["items"], _PERFORMANCE, empty="It has made no call."))


@agent.command("register", cls=Command)
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@connected
def register(client: Client, files: tuple[Path, ...]) -> None:
    """Register agents from .agent.yaml files; a card that has changed becomes the next version."""
    answer = upload(client, list(files))
    show(answer, lambda: table(answer["agents"], ("id", "version", "state")))


for command in (cases, evaluate, evaluations, samples, judge):
    agent.add_command(command)


def _changing(name: str, noun: str, says: str) -> None:
    @agent.command(name, cls=Command, help=says)
    @click.argument("agent_id", metavar="AGENT")
    @click.option("--reason", default="", metavar="TEXT", help="Why; it is shown where instances wait.")
    @connected
    def change(client: Client, agent_id: str, reason: str) -> None:
        answer = client.post(f"/agents/{quote(agent_id, safe='')}/{noun}", {"reason": reason})
        show(answer, lambda: f"Agent '{agent_id}' is {answer['state']}.")


_changing("suspend", "suspension", "Take an agent out of service for a while: its tasks wait.")
_changing("resume", "resumption", "Put a suspended agent back into service.")
_changing("retire", "retirement", "Take an agent out of service for good.")


def _row(one: dict[str, Json]) -> dict[str, Json]:
    return {**one, "risk": one["card"]["risk"], "owner": one["card"]["owner"], "purpose": one["card"]["purpose"]}


def _described(versions: list[dict[str, Json]]) -> str:
    newest = versions[-1]
    reason = f": {newest['reason']}" if newest["reason"] else ""
    head = f"{newest['id']} is {newest['state']}{reason} (version {newest['version']})"
    lines = [f"  {name}: {_said(value)}" for name, value in newest["card"].items() if value and name != "id"]
    return "\n".join([head, *lines, "", table([_version(one) for one in versions], _VERSIONS)])


def _version(one: dict[str, Json]) -> dict[str, Json]:
    card = one["card"]
    lists = {name: ", ".join(card[name]) for name in ("models", "processes")}
    return {**one, **lists, "digest": one["digest"][:12]}


def _said(value: Json) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join(f"{name} {one}" for name, one in value.items())
    return str(value)
