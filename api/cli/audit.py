"""`baton audit`: the audit trail, exported, sealed and verified."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from api.cli.client import Client, connected
from api.cli.console import Command, Exit, Failure, Group, Json, say, show

if TYPE_CHECKING:
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


def _verify_export(exported: Path, seals: list[Seal]) -> dict[str, Json]:
    from engine import audit as trail
    from engine.seals import compare

    def lines() -> Iterator[bytes]:
        with exported.open("rb") as file:
            yield from file

    source = trail.Exported(lines)
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
