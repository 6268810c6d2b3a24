"""The audit trail: complete, chained, erasable, and no change goes unseen."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
import rfc8785
from sqlalchemy import delete, text, update

from engine import audit
from engine.audit import Head, Record
from engine.errors import IllegalMove, InvalidInput, NotFound
from engine.queries import AuditFilter, Page
from engine.store.tables import audit_heads, audit_records
from tests.engine.support import ADMIN, ANALYST, APPROVER, World, end, line, service, start, user


@pytest.fixture
def busy(world: World) -> World:
    world.deploy(line("p", start(), service("score"), user("approve"), end()))
    for number in range(4):
        instance = world.start("p", number=number)
        world.work("score", score=1)
        world.engine.complete_task(world.task(instance).key, {}, by=APPROVER)
    return world


def longest(world: World) -> int:
    heads = world.store.audit_heads()
    return max(heads, key=lambda chain: heads[chain].seq)


def change(world: World, statement: Any) -> None:
    with world.store.sql.connect() as connection:
        connection.execute(statement)
        connection.commit()


def at(chain: int, seq: int) -> Any:
    return (audit_records.c.chain == chain) & (audit_records.c.seq == seq)


def test_every_verb_leaves_its_record_with_who_and_what(busy: World) -> None:
    [instance] = busy.engine.queries.instances(page=Page(limit=1))
    records = busy.engine.queries.audit(AuditFilter(instance_key=instance.key)).items[::-1]
    assert [(one.verb, one.actor_id, one.actor_kind) for one in records] == [
        ("start", "ada", "human"),
        ("complete_job", "w1", "worker"),
        ("complete_task", "anna", "human"),
    ]
    started, completed, _ = (json.loads(one.payload or "") for one in records)
    assert started["events"][0]["data"]["variables"] == {"number": 3}
    assert completed["events"][0]["data"]["variables"] == {"score": 1}
    assert completed["variables"] == {str(instance.key): {"score": 1}}
    assert {one.chain for one in records} == {instance.key % 8}
    assert [event for event in busy.events(instance) if "path" not in event] == [
        "instance-started",
        "job-created",
        "job-completed",
        "task-created",
        "task-completed",
        "instance-completed",
    ]


def test_an_untouched_trail_verifies(busy: World) -> None:
    report = audit.verify(busy.store)
    assert report.is_intact
    assert report.records == 13
    assert {head.chain: head for head in report.heads if head.seq} == busy.store.audit_heads()


def test_a_refused_verb_leaves_no_record(busy: World) -> None:
    before = audit.verify(busy.store).records
    with pytest.raises(NotFound):
        busy.start("nothing")
    with pytest.raises(InvalidInput):
        busy.engine.decide(1, "maybe", by=APPROVER)
    assert audit.verify(busy.store).records == before


def forge(world: World, chain: int) -> None:
    change(world, update(audit_records).where(at(chain, 2)).values(actor_id="mallory"))


def redate(world: World, chain: int) -> None:
    change(world, text(f"UPDATE audit_records SET at = at + 1 WHERE chain = {chain} AND seq = 2"))


def rewrite(world: World, chain: int) -> None:
    change(world, update(audit_records).where(at(chain, 2)).values(payload='{"events":[]}'))


def blank(world: World, chain: int) -> None:
    change(world, update(audit_records).where(at(chain, 2)).values(payload=None))


def remove(world: World, chain: int) -> None:
    change(world, delete(audit_records).where(at(chain, 2)))


def swap(world: World, chain: int) -> None:
    for old, new in ((1, -1), (2, 1), (-1, 2)):
        change(world, update(audit_records).where(at(chain, old)).values(seq=new))


def cut(world: World, chain: int) -> None:
    change(world, delete(audit_records).where((audit_records.c.chain == chain) & (audit_records.c.seq > 1)))


def behead(world: World, chain: int) -> None:
    change(world, delete(audit_heads).where(audit_heads.c.chain == chain))


@pytest.mark.parametrize(
    ("tamper", "seq", "what"),
    [
        (forge, 2, "changed-field"),
        (redate, 2, "changed-field"),
        (rewrite, 2, "changed-payload"),
        (blank, 2, "changed-payload"),
        (remove, 2, "missing"),
        (swap, 1, "reordered"),
        (cut, 2, "truncated"),
        (behead, 0, "head"),
    ],
)
def test_tampering_is_found_and_named(busy: World, tamper: Callable[[World, int], None], seq: int, what: str) -> None:
    chain = longest(busy)
    last = busy.store.audit_heads()[chain].seq
    assert last >= 3
    tamper(busy, chain)
    [fault] = audit.verify(busy.store).faults
    assert (fault.chain, fault.seq, fault.what) == (chain, seq or last, what)


def test_a_kept_head_proves_a_cut_that_also_moved_the_stored_head(busy: World) -> None:
    chain = longest(busy)
    kept = audit.verify(busy.store).heads
    first = next(busy.store.audit_records(chain))
    cut(busy, chain)
    change(busy, update(audit_heads).where(audit_heads.c.chain == chain).values(seq=1, hash=first.hash))
    assert audit.verify(busy.store).is_intact
    [fault] = audit.verify(busy.store, anchors=kept).faults
    assert (fault.chain, fault.seq, fault.what) == (chain, 2, "truncated")


def test_erasing_a_payload_keeps_the_chain_and_says_who_did_it(busy: World) -> None:
    chain = longest(busy)
    busy.engine.erase_audit_payload(chain, 2, reason="GDPR request 7", by=ADMIN)
    assert audit.verify(busy.store).is_intact
    [record] = busy.engine.queries.audit(AuditFilter(verb="audit-payload-erased"))
    assert (record.actor_id, record.chain) == ("root", chain)
    assert json.loads(record.payload or "")["events"][0]["data"] == {
        "chain": chain,
        "seq": 2,
        "reason": "GDPR request 7",
    }
    with pytest.raises(IllegalMove, match="erased before"):
        busy.engine.erase_audit_payload(chain, 2, reason="again", by=ADMIN)
    with pytest.raises(IllegalMove, match="cannot be erased"):
        busy.engine.erase_audit_payload(chain, record.seq, reason="hide it", by=ADMIN)
    with pytest.raises(NotFound):
        busy.engine.erase_audit_payload(chain, 999, reason="x", by=ADMIN)
    with pytest.raises(InvalidInput):
        busy.engine.erase_audit_payload(chain, 1, reason="", by=ADMIN)


def test_the_export_can_be_checked_by_others_with_rfc_8785(busy: World) -> None:
    chain = longest(busy)
    previous = audit.GENESIS
    for row in map(json.loads, audit.export(busy.store.audit_records(chain))):
        assert row["payload_hash"] == sha256(row["payload"].encode()).hexdigest()
        assert row["payload"].encode() == rfc8785.dumps(json.loads(row["payload"]))
        fields = {name: value for name, value in row.items() if name not in ("hash", "payload")}
        assert row["hash"] == sha256(rfc8785.dumps(fields)).hexdigest()
        assert row["prev_hash"] == previous
        previous = row["hash"]
    assert previous == busy.store.audit_heads()[chain].hash


def test_lists_go_through_all_chains_by_time(busy: World) -> None:
    queries = busy.engine.queries
    found: list[Record] = []
    page = queries.audit(AuditFilter(), Page(limit=5))
    while True:
        found += page.items
        if page.next is None:
            break
        page = queries.audit(AuditFilter(), Page(limit=5, after=page.next))
    assert len(found) == len({(one.chain, one.seq) for one in found}) == 13
    assert len(queries.audit(AuditFilter(actor="anna"))) == 4
    assert len(queries.audit(AuditFilter(since=busy.clock.now()))) == 13
    assert len(queries.audit(AuditFilter(until=busy.clock.now()))) == 0
    with pytest.raises(InvalidInput):
        queries.audit(AuditFilter(), Page(after="x"))


class InMemory:
    """A trail as a list, to check the pure part alone."""

    def __init__(self, records: list[Record]) -> None:
        self.records = records

    def audit_heads(self) -> Mapping[int, Head]:
        last = self.records[-1]
        return {last.chain: Head(last.chain, last.seq, last.hash)}

    def audit_records(self, chain: int) -> Iterator[Record]:
        return (record for record in self.records if record.chain == chain)


def test_replacing_a_record_by_a_valid_one_is_found(clock: Any) -> None:
    head, records = Head(3), []
    for number in range(4):
        draft = audit.Draft(3, {"events": [{"type": "x", "number": number}]})
        record = Record(*audit.extend(head, draft, at=clock.now(), verb="start", actor=(ANALYST.id, "human")))
        records.append(record)
        head = Head(3, record.seq, record.hash)
    assert audit.verify(InMemory(records)).is_intact
    forged = replace(records[1], verb="cancel", hash="")
    records[1] = replace(forged, hash=audit.digest(forged))
    [fault] = audit.verify(InMemory(records)).faults
    assert (fault.seq, fault.what) == (3, "reordered")
