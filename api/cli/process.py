"""`baton process`: what is deployed."""

from __future__ import annotations

import click

from api.cli.client import Client, connected
from api.cli.console import Exit, Failure, Group, Json, record, show, table


@click.group(cls=Group)
def process() -> None:
    """What is deployed."""


@process.command("list")
@click.option("--all-versions", is_flag=True, help="Older versions too.")
@connected
def list_(client: Client, all_versions: bool) -> None:
    """The deployed processes."""
    answer = client.get("/processes", all_versions="true" if all_versions else None)
    columns = ("process_id", "version", "name", "key", "resource_name")
    show(answer, lambda: table(answer["items"], columns, empty="Nothing is deployed. Try: baton deploy PATH"))


@process.command("show")
@click.argument("process_id")
@click.option("--xml", is_flag=True, help="Print the diagram's file instead.")
@connected
def show_(client: Client, process_id: str, xml: bool) -> None:
    """One process, by its id or by the key of a version."""
    found = find(client, process_id)
    if xml:
        text = "\n".join(client.lines(f"/processes/{found['key']}/xml"))
        show({"process_id": found["process_id"], "xml": text}, text)
        return
    show(found, lambda: record(found))


def find(client: Client, process_id: str) -> dict[str, Json]:
    """The latest version of a process id, or the version with this key. Raises `Failure` that names the rest."""
    items = client.get("/processes", process_id=process_id)["items"]
    if items:
        return dict(items[0])
    if process_id.isdigit():
        return dict(client.get(f"/processes/{process_id}"))
    known = ", ".join(item["process_id"] for item in client.get("/processes")["items"]) or "none"
    raise Failure(f"No process '{process_id}' is deployed. Deployed: {known}.", Exit.NOT_FOUND, code="not-found")
