"""`baton ai replay`: what was asked once is asked again, or retold from an exported trail alone."""

from __future__ import annotations

import getpass
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.console import Command, Exit, Failure, Json, show, table

if TYPE_CHECKING:
    from api.evaluating import Found
    from api.replaying import Retold
    from engine.audit import Record
    from engine.engine import Engine
    from engine.store.attempts import Attempt

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("replay", cls=Command)
@click.argument("which", metavar="INSTANCE|JOB/NUMBER")
@click.option("--model", default="", metavar="NAME", help="Ask this model; none: the one that was asked.")
@click.option("--file", "export", type=_FILE, help="Retell the instance from this export of the trail; no database.")
def replay(which: str, model: str, export: Path | None) -> None:
    """Ask again what models were asked for an instance, and show both answers; or retell it from an export alone.

    Asking runs here, like a worker: through registry, kill switch and budgets, in the trail as an evaluation, without
    effects. With --file nothing is asked: the file is verified, and the instance's way, its decisions and every answer
    with its checks are made from its records.

    \b
    baton ai replay 250027028890259461 --model openai/gpt-5-mini
    baton ai replay 250027028890259461 --file trail.jsonl
    """
    if export is not None:
        if model:
            raise click.UsageError("--file retells what was, --model asks anew: take one of them.")
        return _retell(export, _key(which))
    return _ask_again(which, model)


def _key(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 19:
        raise click.UsageError(f"{text[:40]!r} is no key: a number of up to 19 digits.")
    return int(text)


def _retell(export: Path, instance_key: int) -> None:
    from api.evidence import as_plain
    from api.replaying import retell
    from engine.audit import Exported, verify

    def lines() -> Iterator[bytes]:
        with export.open("rb") as opened:
            yield from opened

    source = Exported(lines)
    try:
        verified = verify(source)
        retold = retell(_records(source), instance_key)
    except ValueError as error:
        raise Failure(f"{export}: {error}", code="audit-broken") from None
    faults = [f"chain {one.chain}, record {one.seq}: {one.what}. {one.detail}" for one in verified.faults]
    data = {"intact": verified.is_intact, "faults": faults, "reproduced": retold.is_reproduced, **as_plain(retold)}
    if verified.is_intact and retold.is_reproduced:
        return show(data, lambda: _told(retold))
    click.echo(_told(retold), err=True)
    why = faults[0] if faults else "the checks say of an answer now what they did not say then"
    raise Failure(f"It is not as it was: {why}", code="not-reproduced", details={"report": data})


def _records(source: object) -> Iterator[Record]:
    from engine.audit import CHAINS, Exported

    assert isinstance(source, Exported)
    for chain in range(CHAINS):
        yield from source.audit_records(chain)


def _told(retold: Retold) -> str:
    one = retold.report
    head = f"{one.process_id} (version {one.process_version}), started by {one.started_by}: {one.outcome}"
    steps = [
        {
            "at": f"{step.at:%Y-%m-%d %H:%M:%S}",
            "what": step.what,
            "element": step.element_id,
            "by": step.by,
            "": step.detail,
        }
        for step in retold.steps
    ]
    calls = [
        {
            "call": f"{known.call.job_key}/{known.call.number}",
            "model": known.call.model,
            "checks": _checked(known.is_same),
        }
        for known in retold.calls
    ]
    lines = [head, f"Way: {' > '.join(one.path)}", "", table(steps, ("at", "what", "element", "by", ""))]
    if calls:
        lines += ["", "Answers, judged again:", table(calls, ("call", "model", "checks"))]
    return "\n".join(lines)


def _checked(is_same: bool | None) -> str:
    return {True: "the same verdict", False: "ANOTHER VERDICT", None: "nothing to judge"}[is_same]


def _ask_again(which: str, model: str) -> None:
    from api.cli.wired import open_engine
    from api.replaying import ask_again
    from api.settings import SECRET_PREFIX
    from connectors.base import Refused
    from engine.actors import Actor, ActorKind, Role
    from engine.worker import from_environment

    settings, engine = open_engine()
    secret = from_environment({SECRET_PREFIX + name: value for name, value in settings.secrets.items()})
    by = Actor(getpass.getuser(), ActorKind.HUMAN, roles=frozenset({Role.ADMIN}))
    attempts = _attempts(engine, which)
    try:
        found = ask_again(engine, attempts, model, secret, by)
    except Refused as problem:
        raise Failure(str(problem), code="ai-call-refused") from None
    made = {attempt.job_key: attempt for attempt, _ in attempts}
    show(found.as_json(), lambda: "\n\n".join(_beside(found, made)))
    if not found.answers:
        raise Failure(next(iter(found.skipped.values()), "Nothing was answered."), code="no-answer")


def _attempts(engine: Engine, which: str) -> list[tuple[Attempt, str]]:
    from api.replaying import last_answers

    job, slash, number = which.partition("/")
    key, wanted = _key(job), _key(number) if slash else 0
    if not slash:
        process_id = engine.queries.instance(key).process_id
        found = last_answers(engine.queries.attempts(key))
    else:
        at = engine.queries.job(key)
        process_id = at.process_id
        every = engine.queries.attempts(at.instance_key)
        found = [one for one in every if (one.job_key, one.number) == (key, wanted)]
    if not found:
        raise Failure(f"No model was asked for {which}.", Exit.NOT_FOUND, code="not-found")
    return [(one, process_id) for one in found]


def _beside(found: Found, made: Mapping[int, Attempt]) -> Iterator[str]:
    for one in found.answers:
        attempt = made[one.job_key]
        now = found.evaluation.model if len(found.answers) == 1 else "now"
        yield (
            f"{attempt.element_id}, call {attempt.job_key}/{attempt.number}\n"
            + table(
                [
                    *_fields(one.recorded, one.output),
                    _row("confidence", attempt.confidence, one.confidence),
                    _row("faults", "; ".join(attempt.faults), "; ".join(one.faults)),
                    _row("cost, USD", f"{one.recorded_cost:f}", f"{one.cost:f}"),
                    _row("seconds", f"{one.recorded_seconds:.2f}", f"{one.seconds:.2f}"),
                ],
                ("", "recorded", "now", "differs"),
            )
            + f"\nRecorded: {attempt.model}. Now: {now}."
        )
    for key, why in found.skipped.items():
        yield f"Call of job {key}: {why}"


def _fields(recorded: Json, now: Json) -> Iterator[dict[str, Json]]:
    """Field by field where both are objects, else as a whole."""
    if not isinstance(recorded, dict) or not isinstance(now, dict):
        yield {"": "answer", "recorded": recorded, "now": now, "differs": recorded != now}
        return
    for name in dict.fromkeys((*recorded, *now)):
        left, right = recorded.get(name), now.get(name)
        yield {
            "": name,
            "recorded": left,
            "now": right,
            "differs": left != right or (name in recorded) != (name in now),
        }


def _row(name: str, recorded: Json, now: Json) -> dict[str, Json]:
    return {"": name, "recorded": recorded, "now": now}
