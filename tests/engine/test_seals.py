"""Seals show what a chain of hashes alone cannot: that somebody wrote the whole trail anew."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest
from sqlalchemy import delete, insert, select, update

from engine import audit, events
from engine.audit import GENESIS, Draft, Exported, Head, Record, chain_of
from engine.errors import NotFound
from engine.merkle import Tree
from engine.sealer import Sealer
from engine.seals import Seal, compare, doubts, is_proved
from engine.store.tables import audit_heads, audit_records
from tests.engine.support import APPROVER, World, end, line, service, start, user


class Stamp:
    """Signs so that a test can tell; real keys are the API's."""

    key_id = "stamp"

    def sign(self, text: bytes) -> str:
        return sha256(b"secret" + text).hexdigest()


def is_stamped(seal: Seal) -> bool:
    return seal.signature == Stamp().sign(seal.body.encode())


class Shelf:
    """Keeps seals in memory."""

    def __init__(self) -> None:
        self.seals: list[Seal] = []

    def last(self) -> int:
        return self.seals[-1].number if self.seals else 0

    def keep(self, seals: Sequence[Seal]) -> None:
        self.seals.extend(seals)


@pytest.fixture
def busy(world: World) -> World:
    world.deploy(line("p", start(), service("score"), user("approve"), end()))
    work(world)
    return world


def work(world: World, count: int = 3) -> None:
    for number in range(count):
        instance = world.start("p", number=number)
        world.work("score", score=1)
        world.engine.complete_task(world.task(instance).key, {}, by=APPROVER)


def sealed(world: World) -> Seal:
    seal = world.engine.seal_audit(Stamp())
    assert seal is not None
    return seal


def test_a_seal_states_sizes_heads_and_roots_of_all_chains(busy: World) -> None:
    heads = busy.store.audit_heads()
    seal = sealed(busy)
    stated = json.loads(seal.body)
    assert (stated["number"], stated["previous"], stated["key_id"]) == (1, GENESIS, "stamp")
    for chain, one in enumerate(stated["chains"]):
        records = list(busy.store.audit_records(chain))[: one["size"]]
        head = heads.get(chain, Head(chain))
        assert (one["chain"], one["size"], one["head"]) == (chain, head.seq, head.hash)
        assert one["root"] == Tree().grown(bytes.fromhex(record.hash) for record in records).root.hex()


def test_seals_follow_one_another_and_need_news(busy: World) -> None:
    first = sealed(busy)
    assert busy.engine.seal_audit(Stamp()) is None  # only the first sealing's own record came since
    work(busy)
    second, stored = sealed(busy), busy.engine.queries.seals()
    assert [first, second] == stored
    assert json.loads(second.body)["previous"] == first.hash
    assert list(doubts(stored, is_stamped)) == []
    assert list(compare(busy.store, stored)) == []
    assert busy.engine.queries.seals(after=1) == [second]


def test_the_trail_itself_tells_of_each_seal(busy: World) -> None:
    seal = sealed(busy)
    [record] = [one for one in busy.store.audit_records(0) if one.verb == events.AUDIT_SEALED]
    [event] = json.loads(record.payload or "")["events"]
    assert Seal.of_line(event["data"]["seal"]) == seal


def forge(world: World) -> None:
    """Write one chain anew with another actor, as somebody with the database could, so that its hashes fit again."""
    chain, _ = max(world.store.audit_heads().items(), key=lambda item: item[1].seq)
    head, forged = Head(chain), []
    for record in world.store.audit_records(chain):
        draft = Draft(record.instance_key, json.loads(record.payload or ""))
        new = Record(*audit.extend(head, draft, at=record.at, verb=record.verb, actor=("nobody", record.actor_kind)))
        forged.append({name: getattr(new, name) for name in Record.__slots__})
        head = Head(chain, new.seq, new.hash)
    with world.store.sql.begin() as connection:
        connection.execute(delete(audit_records).where(audit_records.c.chain == chain))
        connection.execute(insert(audit_records), forged)
        connection.execute(update(audit_heads).where(audit_heads.c.chain == chain).values(hash=head.hash))


def test_a_trail_written_anew_verifies_by_itself_and_not_by_its_seal(busy: World) -> None:
    seal = sealed(busy)
    forge(busy)
    assert busy.engine.queries.verify_audit().is_intact
    [fault] = compare(busy.store, [seal])
    assert (fault.what, "seal 1" in fault.detail) == ("seal", True)
    assert not busy.engine.queries.verify_audit(anchors=seal.heads).is_intact


def test_records_that_were_cut_off_are_missed(busy: World) -> None:
    seal = sealed(busy)
    chain = max(seal.chains, key=lambda one: one.size)
    with busy.store.sql.begin() as connection:
        gone = (audit_records.c.chain == chain.chain) & (audit_records.c.seq >= chain.size)
        connection.execute(delete(audit_records).where(gone))
        last = select(audit_records.c.hash).where(
            audit_records.c.chain == chain.chain, audit_records.c.seq == chain.size - 1
        )
        end_of = update(audit_heads).where(audit_heads.c.chain == chain.chain)
        connection.execute(end_of.values(seq=chain.size - 1, hash=last.scalar_subquery()))
    [fault] = compare(busy.store, [seal])
    assert (fault.chain, fault.seq, fault.what) == (chain.chain, chain.size, "truncated")


def test_doubts_about_seals_are_named(busy: World) -> None:
    first = sealed(busy)
    work(busy)
    second = sealed(busy)
    work(busy)
    third = sealed(busy)
    assert list(doubts([first, third], is_stamped)) == ["Between seals 1 and 3 at least one is missing."]
    changed = replace(first, body=first.body.replace('"size":', '"size":1', 1))
    assert list(doubts([changed, second], is_stamped)) == [
        "Seal 1 is not signed by the key given.",
        "Seal 2 does not follow seal 1 as it is here.",
    ]


def test_a_single_record_is_proved_without_the_others(busy: World) -> None:
    instance = busy.start("p", number=9)
    with pytest.raises(NotFound, match="no seal yet"):
        busy.engine.queries.proofs(instance.key)
    seal = sealed(busy)
    busy.work("score", score=2)  # after the seal: not proved yet
    found, proofs = busy.engine.queries.proofs(instance.key)
    assert (found, [proof.record.verb for proof in proofs]) == (seal, ["start"])
    [proof] = proofs
    assert is_proved(seal, proof)
    assert is_proved(seal, replace(proof, record=replace(proof.record, payload=None)))  # erased, and still in its place
    for changed in (
        replace(proof.record, actor_id="nobody"),
        replace(proof.record, payload="{}"),
        replace(proof.record, seq=proof.record.seq + 1),
    ):
        assert not is_proved(seal, replace(proof, record=changed))
    assert not is_proved(seal, replace(proof, path=(*proof.path, "00" * 32)))
    assert chain_of(instance.key) == proof.record.chain


def test_an_export_is_verified_by_its_lines_and_seals(busy: World) -> None:
    seal = sealed(busy)
    records = [record for chain in range(8) for record in busy.store.audit_records(chain)]
    lines = list(audit.export(records))
    source = Exported(lambda: lines)
    assert audit.verify(source, anchors=seal.heads).is_intact
    assert audit.verify(source).records == len(lines)
    assert list(compare(source, [seal])) == []
    fewer = Exported(lambda: [line for line in lines if json.loads(line)["chain"] != records[0].chain])
    assert {fault.what for fault in compare(fewer, [seal])} == {"truncated"}
    with pytest.raises(ValueError, match="Line 2 is not a record"):
        audit.verify(Exported(lambda: [lines[0], '{"seq": 1}']))


def test_a_sealer_seals_when_it_is_time_and_brings_what_a_killed_node_did_not(busy: World) -> None:
    sealed(busy)  # by a node that was killed before it brought the seal to the shelf
    shelf = Shelf()
    sealer = Sealer(busy.engine, Stamp(), shelf, every=timedelta(minutes=10))
    work(busy)
    assert sealer.seal_when_due()
    assert [seal.number for seal in shelf.seals] == [1, 2]
    work(busy)
    assert not sealer.seal_when_due()
    busy.clock.advance(timedelta(minutes=10))
    assert sealer.seal_when_due()
    assert [seal.number for seal in shelf.seals] == [1, 2, 3]


@pytest.mark.parametrize("line", ["", "{}", '{"number":1,"body":"{}","key_id":"","signature":""}', "[]", "\x00"])
def test_what_is_no_seal_is_refused(line: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - several decoders speak here
        Seal.of_line(line)
