"""`baton audit`: the audit trail, exported, sealed and verified."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from api.cli.client import Client, connected
from api.cli.console import Command, Exit, Failure, Group, Json, say, show

if TYPE_CHECKING:
    from engine.audit import Exported
    from engine.seals import Seal

_IN = click.Path(dir_okay=False, exists=True, path_type=Path)
_OUT = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.group(cls=Group)
def audit() -> None:
    """The audit trail: export it, seal it, verify it."""


@audit.command("export", cls=Command)
@click.option("--instance", "instance_key", metavar="KEY", help="Only the records of this instance.")
@click.option(
    "--proof", is_flag=True, help="With --instance: each record with its proof, and the seal that it leads to."
)
@click.option("-o", "--output", type=_OUT, help="Write to a file.")
@connected
def export(client: Client, instance_key: str | None, proof: bool, output: Path | None) -> None:
    """The records as JSON lines, oldest first in each chain."""
    if proof:
        if instance_key is None:
            raise click.UsageError("--proof is of one instance: say which with --instance.")
        return _export_proof(client, instance_key, output)
    lines = client.lines("/audit/export", instance_key=instance_key)
    if output is None:
        for line in lines:
            click.echo(line)
        return
    show({"file": str(output), "lines": _write(output, lines)}, f"{output}")


def _export_proof(client: Client, instance_key: str, output: Path | None) -> None:
    found = client.get("/audit/proof", instance_key=instance_key)
    if output is None:
        show(found, f"{len(found['proofs'])} records, proved by seal {found['seal']['number']}.")
        return
    output.write_text(_text(found), encoding="utf-8")
    show({"file": str(output), "records": len(found["proofs"])}, str(output))


@audit.command("verify", cls=Command)
@click.option("--seals", "seal_file", type=_IN, help="Also against these seals, which need --public-key.")
@click.option("--public-key", type=_IN, help="The public key (PEM) that seals are verified with.")
@connected
def verify(client: Client, seal_file: Path | None, public_key: Path | None) -> None:
    """Recompute every hash; name the first record that was changed, removed or moved. Exit code 1 when one was."""
    say("Verifying ...")
    seals = _trusted(seal_file, public_key)
    if seals:
        heads = [{"chain": one.chain, "seq": one.seq, "hash": one.hash} for one in seals[-1].heads]
        _tell(client.post("/audit/verify", {"heads": heads}), seals)
    else:
        _tell(client.get("/audit/verify"), seals)


@audit.command("verify-file", cls=Command)
@click.argument("file", type=_IN)
@click.option("--seals", "seal_file", type=_IN, help="Also against these seals, which need --public-key.")
@click.option("--public-key", type=_IN, help="The public key (PEM) that seals are verified with.")
def verify_file(file: Path, seal_file: Path | None, public_key: Path | None) -> None:
    """Verify what `baton audit export` wrote, a trail or a proof, without server or database. Exit code 1 as above."""
    seals = _trusted(seal_file, public_key)
    _tell(_verify_proof(file, public_key) or _verify_export(file, seals), seals)


def _tell(answer: dict[str, Json], seals: list[Seal]) -> None:
    if not answer["intact"]:
        text = f"The audit trail is NOT intact: {answer['faults']}"
        raise Failure(text, Exit.FAILED, code="audit-broken", details={"verification": answer})
    told = f", as {len(seals)} seals of key {seals[-1].key_id} say" if seals else ""
    show(answer, f"The audit trail is intact: {answer['records']} records{told}.")


_SINCE = click.option(
    "--since", type=click.DateTime(), help="From this time on (UTC); from the first record if left out."
)
_UNTIL = click.option("--until", type=click.DateTime(), help="Before this time (UTC); now if left out.")
_REPORT = click.option("-o", "--output", type=_OUT, help="Write to a file; one that ends in .html becomes a page.")


@audit.command("report", cls=Command)
@click.option("--ai-act", "is_of_system", is_flag=True, help="AI at work, as the AI Act's articles ask (the default).")
@click.option("--instance", "instance_key", metavar="KEY", help="This case alone, with every call of a model.")
@_SINCE
@_UNTIL
@_REPORT
@connected
def report(
    client: Client,
    is_of_system: bool,
    instance_key: str | None,
    since: datetime | None,
    until: datetime | None,
    output: Path | None,
) -> None:
    """Evidence for auditors: AI at work in a period, or one case. JSON by a published schema, or a page."""
    if is_of_system and instance_key:
        raise click.UsageError("--ai-act is of the whole system, --instance of one case: take one of them.")
    format = _format(output)
    if instance_key:
        lines = client.lines("/audit/case", instance_key=instance_key, format=format)
    else:
        asked = {"since": _utc(since), "until": _utc(until)}
        lines = client.lines(
            "/audit/report", format=format, **{name: at and at.isoformat() for name, at in asked.items()}
        )
    _hand_over("\n".join(lines), output)


@audit.command("report-file", cls=Command)
@click.argument("file", type=_IN)
@_SINCE
@_UNTIL
@_REPORT
def report_file(file: Path, since: datetime | None, until: datetime | None, output: Path | None) -> None:
    """The same report from what `baton audit export` wrote, without server or database."""
    from api import evidence
    from engine import audit as trail
    from engine.oversight import Span, Trail
    from engine.oversight import report as make

    source = _exported(file)
    try:
        verified = trail.verify(source)
        faults = tuple(f"chain {one.chain}, record {one.seq}: {one.what}. {one.detail}" for one in verified.faults)
        records = (record for chain in range(trail.CHAINS) for record in source.audit_records(chain))
        period = Span(_utc(since), _utc(until) or datetime.now(UTC))
        told = make(records, period, Trail(0, None, None, verified.is_intact, faults, 0))
    except ValueError as error:
        raise Failure(f"{file}: {error}", Exit.FAILED, code="audit-broken") from None
    text = evidence.as_html(told) if _format(output) == "html" else evidence.as_json(told).decode()
    _hand_over(text, output)


def _format(output: Path | None) -> str:
    return "html" if output is not None and output.suffix.lower() in (".html", ".htm") else "json"


def _utc(at: datetime | None) -> datetime | None:
    return None if at is None else at.replace(tzinfo=UTC)


def _hand_over(text: str, output: Path | None) -> None:
    if output is None:
        click.echo(text)
        return
    output.write_text(text, encoding="utf-8")
    show({"file": str(output)}, str(output))


@audit.command("seals", cls=Command)
@click.option("-o", "--output", type=_OUT, help="Write to a file, for `baton audit verify --seals`.")
@connected
def seals(client: Client, output: Path | None) -> None:
    """The seals as JSON lines: signed statements of what the trail held."""
    lines = (_text(seal) for seal in _all_seals(client))
    if output is None:
        for line in lines:
            click.echo(line)
        return
    show({"file": str(output), "lines": _write(output, lines)}, str(output))


@audit.command("seal", cls=Command)
def seal() -> None:
    """Seal the trail now, with the key in this folder's settings; schedulers do so by themselves."""
    from api.cli.wired import open_engine
    from api.wiring import build_sealer

    settings, engine = open_engine()
    sealer = build_sealer(settings, engine)
    if sealer is None:
        raise Failure("No key: set BATON_AUDIT_SEAL_KEY to one that `baton audit key` made.", code="no-seal-key")
    made = sealer.seal()
    if made is None:
        show({"seal": None}, "Nothing is new since the last seal.")
        return
    show({"seal": {"number": made.number, "key_id": made.key_id}}, f"Seal {made.number}, by key {made.key_id}.")


@audit.command("key", cls=Command)
@click.argument("private", type=_OUT, default="audit-seal.pem")
def key(private: Path) -> None:
    """Make a pair of keys for seals: PRIVATE, to be kept from whoever administers the database, and PRIVATE.pub."""
    from api.sealing import make_keys

    public = private.with_name(private.name + ".pub")
    try:
        name = make_keys(private, public)
    except FileExistsError as error:
        raise Failure(f"{error.filename} exists already. Name another file.", code="file-exists") from None
    show(
        {"private": str(private), "public": str(public), "key_id": name},
        f"Key {name}. Set BATON_AUDIT_SEAL_KEY={private}, and give {public} to those who verify.",
    )


def _trusted(file: Path | None, public_key: Path | None) -> list[Seal]:
    """The seals of a file, found good in themselves. Raises `Failure`."""
    if file is None:
        return []
    if public_key is None:
        raise click.UsageError("--seals needs --public-key: a seal that nobody checks proves nothing.")
    from api.sealing import PublicKey, SealFile
    from engine.seals import doubts

    try:
        found = list(SealFile(file).seals())
        wrong = list(doubts(found, PublicKey.read(public_key).signed))
    except ValueError as error:
        raise Failure(str(error), Exit.FAILED, code="seals-broken") from None
    if not found or wrong:
        raise Failure(wrong[0] if wrong else f"{file} holds no seal.", Exit.FAILED, code="seals-broken")
    return found


def _exported(file: Path) -> Exported:
    from engine.audit import Exported

    def lines() -> Iterator[bytes]:
        with file.open("rb") as opened:
            yield from opened

    return Exported(lines)


def _verify_export(exported: Path, seals: list[Seal]) -> dict[str, Json]:
    from engine import audit as trail
    from engine.seals import compare

    source = _exported(exported)
    try:
        anchors = seals[-1].heads if seals else ()
        report = trail.verify(source, anchors=anchors)
        faults = [*report.faults, *compare(source, seals)]
    except ValueError as error:
        raise Failure(f"{exported}: {error}", Exit.FAILED, code="audit-broken") from None
    told = [{"chain": one.chain, "seq": one.seq, "what": one.what, "detail": one.detail} for one in faults]
    return {"intact": not faults, "records": report.records, "faults": told}


def _verify_proof(exported: Path, public_key: Path | None) -> dict[str, Json] | None:
    """What a file of `audit export --proof` proves; None when it is an export."""
    import msgspec

    from engine import audit as trail
    from engine.seals import Proof, Seal, is_proved

    with exported.open("rb") as file:
        first = file.readline()
    if b'"proofs"' not in first:
        return None
    if public_key is None:
        raise click.UsageError("A proof needs --public-key: a seal that nobody checks proves nothing.")
    from api.sealing import PublicKey

    try:
        found = msgspec.json.decode(first)
        seal = Seal.of_line(msgspec.json.encode(found["seal"]))
        proofs = [
            Proof(trail.read(msgspec.json.encode(_stored(one["record"]))), tuple(one["path"]))
            for one in found["proofs"]
        ]
        if not PublicKey.read(public_key).signed(seal):
            raise Failure(f"Seal {seal.number} is not signed by the key given.", Exit.FAILED, code="seals-broken")
        bad = [proof.record for proof in proofs if not is_proved(seal, proof)]
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise Failure(
            f"{exported} is not a proof that can be read: {error}", Exit.FAILED, code="audit-broken"
        ) from None
    faults = [
        {"chain": one.chain, "seq": one.seq, "what": "unproved", "detail": "It is not what the seal holds."}
        for one in bad
    ]
    return {"intact": not bad, "records": len(proofs), "faults": faults}


def _stored(record: dict[str, Any]) -> dict[str, Any]:
    """The record as the export writes it; the API shows no instance as null."""
    return {**record, "instance_key": record["instance_key"] or "0"}


def _all_seals(client: Client) -> Iterator[dict[str, Json]]:
    after = 0
    while items := client.get("/audit/seals", after=after)["items"]:
        yield from items
        after = items[-1]["number"]


def _write(output: Path, lines: Iterator[str]) -> int:
    count = 0
    with output.open("w", encoding="utf-8") as file:
        for line in lines:
            file.write(line + "\n")
            count += 1
    say(f"{count} lines written.")
    return count


def _text(value: Any) -> str:
    import json

    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
