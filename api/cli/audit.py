"""`baton audit`: the audit trail, exported and verified."""

from __future__ import annotations

from pathlib import Path

import click

from api.cli.client import Client, connected
from api.cli.console import Command, Exit, Failure, Group, Json, say, show


@click.group(cls=Group)
def audit() -> None:
    """The audit trail: export it, verify it."""


@audit.command("export", cls=Command)
@click.option("--instance", "instance_key", metavar="KEY", help="Only the records of this instance.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="Write to a file.")
@connected
def export(client: Client, instance_key: str | None, output: Path | None) -> None:
    """The records as JSON lines, oldest first in each chain."""
    lines = client.lines("/audit/export", instance_key=instance_key)
    if output is None:
        for line in lines:
            click.echo(line)
        return
    count = 0
    with output.open("w", encoding="utf-8") as file:
        for line in lines:
            file.write(line + "\n")
            count += 1
    show({"file": str(output), "lines": count}, f"{output}")
    say(f"{count} lines written.")


@audit.command("verify", cls=Command)
@connected
def verify(client: Client) -> None:
    """Recompute every hash; name the first record that was changed, removed or moved. Exit code 1 when one was."""
    say("Verifying ...")
    answer: dict[str, Json] = client.get("/audit/verify")
    if not answer.get("ok", answer.get("intact", answer.get("valid"))):
        raise Failure(_what(answer), Exit.FAILED, code="audit-broken", details={"verification": answer})
    show(answer, f"The audit trail is intact: {answer.get('records', 0)} records.")


def _what(answer: dict[str, Json]) -> str:
    return f"The audit trail is NOT intact: {answer.get('fault') or answer}"
