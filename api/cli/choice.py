"""`baton instance activate`: beginning elements inside an ad-hoc sub-process."""

from __future__ import annotations

import click

from api.cli.client import Client, connected
from api.cli.console import Exit, Failure, Json, parse_object, show
from api.cli.instance import described
from api.cli.repair import instance

__all__ = ["instance"]


@instance.command("activate")
@click.argument("key")
@click.argument("elements", nargs=-1)
@click.option(
    "--in", "place", metavar="ID|KEY", help="The ad-hoc sub-process, or one visit of it, if several are open."
)
@click.option("--vars", "variables", metavar="JSON", help="Variables for each of them: a JSON object, @FILE or -.")
@click.option("--cancel-remaining", is_flag=True, help="End what runs inside before.")
@click.option("--complete", is_flag=True, help="Its work is done: it ends once nothing runs inside any more.")
@connected
def activate(  # noqa: PLR0913 - one parameter an option
    client: Client,
    key: str,
    elements: tuple[str, ...],
    place: str | None,
    variables: str | None,
    cancel_remaining: bool,
    complete: bool,
) -> None:
    """Begin ELEMENTS inside an ad-hoc sub-process, or say that its work is done."""
    if not elements and not complete:
        raise Failure("Say what to begin: ids of elements, or --complete.", Exit.USAGE, code="usage")
    given = parse_object(variables, what="--vars") if variables else {}
    body = {
        "elements": [{"element_id": one, "variables": given} for one in elements],
        "cancel_remaining": cancel_remaining,
        "complete": complete,
    }
    answer = client.post(f"/instances/{key}/elements/{_visit(client, key, place)}/activate", body)
    show(answer, lambda: described(answer))


def _visit(client: Client, key: str, place: str | None) -> str:
    """The key of the one open ad-hoc sub-process that is meant."""
    if place and place.isdigit():
        return place
    active: list[dict[str, Json]] = client.get(f"/instances/{key}")["active"]
    open_ = [one for one in active if one["kind"] == "adHocSubProcess" and place in (None, one["element_id"])]
    if len(open_) == 1:
        return str(open_[0]["key"])
    which = ", ".join(f"{one['element_id']} ({one['key']})" for one in open_)
    if open_:
        raise Failure(f"Several ad-hoc sub-processes are open: {which}. Name one: --in KEY.", Exit.USAGE, code="usage")
    named = f" '{place}'" if place else ""
    raise Failure(f"Instance {key} stands in no ad-hoc sub-process{named}.", Exit.NOT_FOUND, code="not-found")
