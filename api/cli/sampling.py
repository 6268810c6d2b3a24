"""`baton agent samples` and `judge`: of the answers that passed alone, some are judged by people afterwards."""

from __future__ import annotations

import json
from urllib.parse import quote

import click

from api.cli.client import Client, connected
from api.cli.console import Command, Json, parse_object, show, table

_COLUMNS = ("job_key", "element_id", "model", "confidence", "asked", "output")
_LONGEST = 80


@click.command("samples", cls=Command)
@click.argument("agent_id", metavar="AGENT")
@click.option("--draw", type=click.IntRange(1, 500), metavar="N", help="Draw so many more of the last week's.")
@connected
def samples(client: Client, agent_id: str, draw: int | None) -> None:
    """Answers that passed alone and that people are to judge; each week some are drawn by lot.

    \b
    baton agent samples triage --draw 20
    baton agent judge triage 250027320650260487 approve
    """
    place = f"/agents/{quote(agent_id, safe='')}/samples"
    _show(client.get(place) if draw is None else client.post(place, {"count": draw}))


@click.command("judge", cls=Command)
@click.argument("agent_id", metavar="AGENT")
@click.argument("job_key", metavar="JOB")
@click.argument("decision", type=click.Choice(["approve", "edit", "reject"]))
@click.option("--output", metavar="JSON", help="The right output, for edit; @FILE reads a file.")
@click.option("--reason", default="", metavar="TEXT")
@connected
def judge(client: Client, agent_id: str, job_key: str, decision: str, output: str | None, reason: str) -> None:
    """Say whether an answer that was drawn is right. What was done stays; the calibration learns from it."""
    place = f"/agents/{quote(agent_id, safe='')}/samples/{quote(job_key, safe='')}/verdict"
    right = None if output is None else parse_object(output, what="--output")
    _show(client.post(place, {"decision": decision, "output": right, "reason": reason}))


def _show(answer: Json) -> None:
    show(answer, lambda: table([_row(one) for one in answer["items"]], _COLUMNS, empty="Nothing is to be judged."))


def _row(one: dict[str, Json]) -> dict[str, Json]:
    messages = one["prompt"] if isinstance(one["prompt"], list) else []
    asked = " ".join(str(messages[-1].get("content", "")).split()) if messages else ""
    short = asked if len(asked) <= _LONGEST else f"{asked[:_LONGEST]}..."
    return {**one, "asked": short, "output": json.dumps(one["output"], ensure_ascii=False)}
