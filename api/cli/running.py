"""`baton run`: start an instance, and with --wait stay until it ends or waits for somebody.

Over HTTP the server's workers do the work and this command only looks. Without a server it is worker and scheduler
itself, job by job, so that a process can be tried in an empty folder.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import click

from api.cli.client import Client, connected
from api.cli.console import Command, Exit, Failure, Json, parse_object, parse_pairs, say, show
from api.cli.instance import described, waiting_lines
from api.cli.tenants import TENANT

LOOK_AGAIN_SECONDS = 0.5
#: What nobody but a person or the outside world can end.
OUTSIDE = frozenset({"user-task", "review", "message"})


@click.command(cls=Command)
@click.argument("process_id")
@click.option("-v", "--var", "pairs", multiple=True, metavar="NAME=VALUE", help="A variable; JSON, or text; @FILE.")
@click.option("--vars", "variables", metavar="JSON", help="Variables: a JSON object, @FILE or - for standard input.")
@click.option("--business-key", metavar="TEXT", help="Your own number for the case.")
@click.option("--wait", is_flag=True, help="Stay until it ends or waits for a person or a message.")
@click.option(
    "--timeout", default=300.0, show_default=True, type=click.FloatRange(min=0), help="Longest wait, seconds."
)
@TENANT
@connected
def run(  # noqa: PLR0913 - one parameter per option
    client: Client,
    process_id: str,
    pairs: tuple[str, ...],
    variables: str | None,
    business_key: str | None,
    wait: bool,
    timeout: float,
    tenant_id: str,
) -> None:
    """Start an instance of a process.

    \b
    baton run invoice-approval -v invoice=@invoices/01.txt --wait

    With --wait: exit code 0 when it completed or waits for a person or a message (the output says which), 1 when it was
    cancelled or has an incident, 124 when the time is up.
    """
    body: dict[str, Json] = {
        "process_id": process_id,
        "variables": {**(parse_object(variables, what="--vars") if variables else {}), **parse_pairs(pairs)},
    }
    if business_key:
        body["business_key"] = business_key
    if tenant_id:
        body["tenant_id"] = tenant_id
    started = client.post("/instances", body)
    if not wait:
        show(started, str(started["key"]))
        return
    _wait(client, str(started["key"]), timeout)


@dataclass(frozen=True)
class Standing:
    """Where an instance stands: a word for programs, and whether there is anything left to wait for here."""

    word: str
    is_final: bool
    exit_code: Exit = Exit.OK


def standing(found: Mapping[str, Json], foreign_jobs: frozenset[str] = frozenset()) -> Standing:
    """What to make of an instance as the API shows it, with the waits of the instances it called among its own.

    `foreign_jobs` are the keys of jobs whose type nobody here serves: they count as work for somebody else.
    """
    if found["state"] == "completed":
        return Standing("completed", True)
    if found["state"] == "terminated":
        return Standing("terminated", True, Exit.FAILED)
    waiting = found.get("waiting") or []
    if any(wait["kind"] == "incident" for wait in waiting):
        return Standing("incident", True, Exit.FAILED)
    if waiting and all(wait["kind"] in OUTSIDE or str(wait["key"]) in foreign_jobs for wait in waiting):
        return Standing("waiting", True)
    return Standing("working", False)


def _wait(client: Client, key: str, timeout: float) -> None:
    say(f"Instance {key} is started; waiting ...")
    until = time.monotonic() + timeout
    work, served = _own_work(client)
    told: set[tuple[str, str]] = set()
    while True:
        worked = work()
        found = _look(client, key)
        now = standing(found, _foreign_jobs(client, found, served))
        _tell(found, told)
        if now.is_final:
            _end(client, found, now)
            return
        if time.monotonic() >= until:
            lines = "; ".join(waiting_lines(found.get("waiting") or []))
            raise Failure(f"The time is up after {timeout:g} s. Instance {key} {lines}", Exit.TIMEOUT, code="timeout")
        if not worked:
            time.sleep(min(LOOK_AGAIN_SECONDS, max(0.0, until - time.monotonic())))


def _look(client: Client, key: str) -> dict[str, Json]:
    """The instance; in the place of a call stands what the called instance waits for."""
    found: dict[str, Json] = client.get(f"/instances/{key}")
    own = found.get("waiting") or []
    called = [_look(client, str(wait["key"])) for wait in own if wait["kind"] == "call"]
    waits = [wait for wait in own if wait["kind"] != "call"]
    return {**found, "waiting": waits + [wait for child in called for wait in child["waiting"]]}


def _own_work(client: Client) -> tuple[Callable[[], int], frozenset[str] | None]:
    """What this process does between two looks, and the job types it serves.

    Over HTTP nothing, and workers elsewhere may serve anything; in-process one round of worker and scheduler.
    """
    if client.local is None:
        return (lambda: 0), None
    from api.cli.working import Round

    one_round = Round(client.local.settings, client.local.engine)
    return one_round, one_round.types


def _foreign_jobs(client: Client, found: Mapping[str, Json], served: frozenset[str] | None) -> frozenset[str]:
    if served is None or not any(wait["kind"] == "job" for wait in found.get("waiting") or []):
        return frozenset()
    return frozenset(str(job["key"]) for job in client.pages("/jobs") if job["type"] not in served)


def _tell(found: Mapping[str, Json], told: set[tuple[str, str]]) -> None:
    """Say what it waits for, once for every thing and whoever has it now; `told` remembers."""
    for wait in found.get("waiting") or []:
        news = (str(wait["key"]), str(wait["with_whom"]))
        if news not in told:
            told.add(news)
            say(f"  {waiting_lines([wait])[0]}")


def _end(client: Client, found: Mapping[str, Json], now: Standing) -> None:
    key = found["key"]
    variables = client.get(f"/instances/{key}/variables")["variables"]
    data = {**found, "standing": now.word, "variables": variables}
    if now.exit_code is not Exit.OK:
        why = "; ".join(waiting_lines(found.get("waiting") or [])) or "it was cancelled"
        raise Failure(f"Instance {key}: {why}", now.exit_code, code=now.word, details={"instance": data})
    show(data, lambda: described(found))
    if now.word == "waiting":
        say(f"It goes on when that has happened. `baton task list --instance {key}` shows the tasks.")
