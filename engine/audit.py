"""The audit trail: what a record holds, how records are chained, and how a change is found. Pure; the store keeps them.

Eight chains, so that writers seldom wait for each other; an instance always writes into the same one. A record's hash
covers all its fields, the hash of the record before it and the hash of its payload. The payload itself stands beside
the chain and may be erased (personal data) without breaking it: an erasure is a record of its own.
Canonical text is RFC 8785: sorted keys, no spaces, UTF-8. Records hold strings, integers and no floats in their own
fields, and payloads are hashed as the text that is stored, so anyone can check the export with a dozen lines of code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from operator import attrgetter
from typing import Any, Protocol

import msgspec

from engine import events

CHAINS = 8
GENESIS = "0" * 64
_encoder = msgspec.json.Encoder(order="deterministic")
_encode = msgspec.json.Encoder().encode
# The fields of a record that its hash covers: the first ones.
_HASHED = "chain seq at verb actor_id actor_kind instance_key payload_hash prev_hash".split()
_HASHED_OF = attrgetter(*_HASHED)
# How many places a displaced record is looked for in, before it is called changed.
_SEARCH = 100_000


@dataclass(frozen=True, slots=True)
class Draft:
    """What a verb wants to have remembered of one instance (0: of none)."""

    instance_key: int
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: the last record's number and hash; 0 and GENESIS before the first."""

    chain: int
    seq: int = 0
    hash: str = GENESIS


@dataclass(frozen=True, slots=True)
class Record:
    """One verb's trace in one instance. `payload` is JSON text, None when it was erased."""

    chain: int
    seq: int
    at: datetime
    verb: str
    actor_id: str
    actor_kind: str
    instance_key: int
    payload_hash: str
    prev_hash: str
    hash: str
    payload: str | None


@dataclass(frozen=True, slots=True)
class Fault:
    """A chain's first bad place. `what` is changed-field, changed-payload, missing, reordered, truncated or head."""

    chain: int
    seq: int
    what: str
    detail: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a verification found. Keep `heads` elsewhere and give them to a later one: proof against truncation."""

    records: int
    heads: tuple[Head, ...]
    faults: tuple[Fault, ...]

    @property
    def is_intact(self) -> bool:
        return not self.faults


class Source(Protocol):
    """Where verification reads from; `engine.store.Store` is one."""

    def audit_heads(self) -> Mapping[int, Head]:
        """The stored end of each chain."""

    def audit_records(self, chain: int) -> Iterator[Record]:
        """The chain's records by ascending number."""


def chain_of(instance_key: int) -> int:
    """The chain an instance writes into; 0 for what belongs to no instance."""
    return instance_key % CHAINS


def extend(head: Head, draft: Draft, *, at: datetime, verb: str, actor: tuple[str, str]) -> tuple[Any, ...]:
    """The fields of the record that follows `head`, in their order. `actor` is (id, kind)."""
    payload = _encoder.encode(draft.payload)
    payload_hash = sha256(payload).hexdigest()
    fields = (head.chain, head.seq + 1, at, verb, *actor, draft.instance_key, payload_hash, head.hash)
    return (*fields, _digest(*fields), payload.decode())


def digest(record: Record) -> str:
    """The hash that the record's fields ask for: SHA-256 over their canonical JSON."""
    return _digest(*_HASHED_OF(record))


class _Hashed(msgspec.Struct, gc=False):
    """What a record's hash covers, in the order of canonical JSON, so that encoding need not sort."""

    actor_id: str
    actor_kind: str
    at: str
    chain: int
    instance_key: str
    payload_hash: str
    prev_hash: str
    seq: int
    verb: str


def _digest(  # noqa: PLR0913 - the fields of a record
    chain: int,
    seq: int,
    at: datetime,
    verb: str,
    actor_id: str,
    actor_kind: str,
    instance_key: int,
    payload_hash: str,
    prev_hash: str,
) -> str:
    who = (actor_id, actor_kind, moment(at), chain, str(instance_key))
    return sha256(_encode(_Hashed(*who, payload_hash, prev_hash, seq, verb))).hexdigest()


def moment(at: datetime) -> str:
    """A time as records write it: UTC, six digits of a second, Z."""
    in_utc = at if at.tzinfo is UTC else at.astimezone(UTC)
    return f"{in_utc.isoformat(timespec='microseconds')[:-6]}Z"  # without +00:00


def verify(source: Source, *, anchors: Iterable[Head] = ()) -> Report:
    """Check every chain; names the first bad record of each. `anchors` are heads of an earlier report."""
    heads = source.audit_heads()
    kept: dict[int, list[Head]] = {}
    for anchor in anchors:
        kept.setdefault(anchor.chain, []).append(anchor)
    checks = [
        _Check(heads.get(chain, Head(chain)), source, {head.seq: head.hash for head in kept.get(chain, [])})
        for chain in range(CHAINS)
    ]
    faults = tuple(fault for check in checks if (fault := check.run()))
    return Report(sum(check.seen for check in checks), tuple(check.last for check in checks), faults)


def export(records: Iterable[Record]) -> Iterator[str]:
    """The records as JSON lines, payload as text exactly as it was hashed."""
    for record in records:
        fields = {name: getattr(record, name) for name in Record.__slots__}
        yield _encoder.encode({**fields, "at": moment(record.at), "instance_key": str(record.instance_key)}).decode()


def read(line: str | bytes) -> Record:
    """A record of a line that `export` wrote. Raises ValueError."""
    fields = msgspec.json.decode(line)
    if not isinstance(fields, dict) or fields.keys() != set(Record.__slots__):
        raise ValueError("not a record of an exported audit trail")
    at, instance_key = datetime.fromisoformat(fields["at"]), int(fields["instance_key"])
    return msgspec.convert({**fields, "at": at, "instance_key": instance_key}, Record)


class Exported:
    """An exported trail as a source for `verify`: its lines are read anew for each chain, so that none are held.

    Its ends are what it ends with; only a seal or a head that was kept elsewhere says whether something was cut off.
    """

    def __init__(self, lines: Callable[[], Iterable[str | bytes]]) -> None:
        self._lines = lines

    def audit_heads(self) -> Mapping[int, Head]:
        return {record.chain: Head(record.chain, record.seq, record.hash) for record in self._records()}

    def audit_records(self, chain: int) -> Iterator[Record]:
        return (record for record in self._records() if record.chain == chain)

    def _records(self) -> Iterator[Record]:
        for number, line in enumerate(self._lines(), start=1):
            try:
                yield read(line)
            except (ValueError, TypeError) as error:
                raise ValueError(f"Line {number} is not a record: {error}") from None


class _Check:
    """One pass over one chain."""

    def __init__(self, head: Head, source: Source, anchors: dict[int, str]) -> None:
        self.head = head
        self.last = Head(head.chain)
        self.seen = 0
        self._source = source
        self._anchors = anchors
        # Records without payload whose erasure was not met yet: number -> instance, and the same the other way round.
        self._blank: dict[int, int] = {}
        self._blank_of: dict[int, list[int]] = {}

    def run(self) -> Fault | None:
        for record in self._source.audit_records(self.head.chain):
            self.seen += 1
            if fault := self._judge(record):
                return fault
            self.last = Head(record.chain, record.seq, record.hash)
            self._anchors.pop(record.seq, None)
        return self._judge_end()

    def _judge(self, record: Record) -> Fault | None:
        expected = self.last.seq + 1
        if digest(record) != record.hash:
            return self._fault(record.seq, *self._explain(record))
        if record.seq != expected:
            return self._fault(expected, "missing", f"Records {expected} to {record.seq - 1} were removed.")
        if record.prev_hash != self.last.hash:
            text = "It does not follow the record before it: one of the two was put in place of another."
            return self._fault(record.seq, "reordered", text)
        if self._anchors.get(record.seq, record.hash) != record.hash:
            return self._fault(record.seq, "changed-field", "It differs from the head that was kept outside.")
        return self._judge_payload(record)

    def _judge_payload(self, record: Record) -> Fault | None:
        if record.payload is None:
            self._blank[record.seq] = record.instance_key
            self._blank_of.setdefault(record.instance_key, []).append(record.seq)
            return None
        if sha256(record.payload.encode()).hexdigest() != record.payload_hash:
            return self._fault(record.seq, "changed-payload", "Its payload is not the one that was hashed.")
        if record.verb == events.AUDIT_PAYLOAD_ERASED:
            for event in msgspec.json.decode(record.payload)["events"]:
                self._blank.pop(event["data"]["seq"], None)
        if record.verb == events.HISTORY_DELETED:
            for seq in self._blank_of.pop(record.instance_key, ()):
                self._blank.pop(seq, None)
        return None

    def _judge_end(self) -> Fault | None:
        if self._blank:
            seq = next(iter(self._blank))
            return self._fault(seq, "changed-payload", "Its payload is gone, and no record says who erased it.")
        beyond = [seq for seq in self._anchors if seq > self.last.seq]
        if self.last.seq < self.head.seq or beyond:
            most = max(self.head.seq, *beyond) if beyond else self.head.seq
            return self._fault(self.last.seq + 1, "truncated", f"Records {self.last.seq + 1} to {most} were cut off.")
        if self.last != self.head:
            return self._fault(self.last.seq, "head", "The stored head does not name this last record.")
        return None

    def _explain(self, record: Record) -> tuple[str, str]:
        """Whether the record stands in a foreign place, or was changed in place."""
        low = max(1, record.seq - _SEARCH)
        for seq in range(low, min(self.head.seq, record.seq + _SEARCH) + 1):
            if digest(replace(record, seq=seq)) == record.hash:
                return "reordered", f"It was written as number {seq}."
        return "changed-field", "Its fields do not give its hash: at least one of them was changed."

    def _fault(self, seq: int, what: str, detail: str) -> Fault:
        return Fault(self.head.chain, seq, what, detail)
