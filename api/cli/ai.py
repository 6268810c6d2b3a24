"""`baton ai`: what people's verdicts say about models' answers, and the kill switch."""

from __future__ import annotations

import click

from api.cli.client import Client, connected
from api.cli.console import Command, Group, Json, show, table
from api.cli.governing import autonomy, budget, list_stops, start, stop
from api.cli.replaying import replay

_RATE = click.FloatRange(0, 1, min_open=True, max_open=True)
_COLUMNS = ("process", "element", "model", "judged", "right", "threshold")


@click.group(cls=Group)
def ai() -> None:
    """Models: stop them, budgets, how far answers go, and what people's verdicts say about them."""


for command in (stop, start, list_stops, budget, autonomy, replay):
    ai.add_command(command)


@ai.command("calibration", cls=Command)
@click.option("--process", "process_id", metavar="ID", default="", help="Only this process.")
@click.option("--target-error", default=0.05, show_default=True, type=_RATE, help="Wrong answers that may pass alone.")
@connected
def calibration(client: Client, process_id: str, target_error: float) -> None:
    """How often each model was right, and how sure an answer must be to pass alone."""
    answer: dict[str, Json] = client.get("/calibrations", process_id=process_id, target_error=target_error)
    show(answer, lambda: table([_row(one) for one in answer["items"]], _COLUMNS))


def _row(one: dict[str, Json]) -> dict[str, Json]:
    threshold = one["threshold"]
    return {
        "process": one["process_id"],
        "element": one["element_id"],
        "model": one["model"],
        "judged": one["judged"],
        "right": f"{one['right'] / one['judged']:.1%}",
        "threshold": f"none yet ({one['needed']} or more)" if threshold is None else f"{threshold:.3f}",
    }
