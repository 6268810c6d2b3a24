"""Seals: signed statements of what the audit trail held, to be kept where its administrator cannot reach.

A hash chain alone does not stop somebody who can rewrite all of it. A seal names, for each chain, how many records it
had, the hash of the last one and the Merkle root over all their hashes (RFC 6962), and is signed with a key that the
database does not hold. Each names the one before it, so that none can be left out. Pure: signing is the caller's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import islice
from typing import Any, Protocol

import msgspec

from engine.audit import CHAINS, GENESIS, Fault, Head, Record, Source, digest, moment
from engine.merkle import Tree, levels, path, root_by_path

SCHEMA = "baton-audit-seal/1"
_encoder = msgspec.json.Encoder(order="deterministic")


class Signer(Protocol):
    """Signs; `key_id` names the key so that whoever verifies finds the public one."""

    key_id: str

    def sign(self, text: bytes) -> str:
        """The signature as text."""


@dataclass(frozen=True, slots=True)
class ChainSeal:
    """What one chain held: `size` records, the last one's hash, the Merkle root over all hashes (hex)."""

    chain: int
    size: int
    head: str
    root: str


@dataclass(frozen=True, slots=True)
class Seal:
    """`body` is the text that was signed, RFC 8785 JSON; the rest of the statement is read from it."""

    number: int
    body: str
    key_id: str
    signature: str

    @property
    def hash(self) -> str:
        """What the next seal calls `previous`."""
        return sha256(self.body.encode()).hexdigest()

    @property
    def fields(self) -> Mapping[str, Any]:
        """The signed statement. Raises ValueError when it is none."""
        found = msgspec.json.decode(self.body)
        if not isinstance(found, dict) or found.get("schema") != SCHEMA or found.get("number") != self.number:
            raise ValueError(f"Seal {self.number} does not hold a statement of the kind {SCHEMA}.")
        return found

    @property
    def at(self) -> datetime:
        """When it was made."""
        return datetime.fromisoformat(self.fields["at"])

    @property
    def chains(self) -> tuple[ChainSeal, ...]:
        """What it says of each chain. Raises ValueError for a text that says nothing of them."""
        return tuple(msgspec.convert(self.fields["chains"], list[ChainSeal]))

    @property
    def heads(self) -> Iterator[Head]:
        """The ends of the chains, as anchors for `audit.verify`."""
        return (Head(one.chain, one.size, one.head) for one in self.chains if one.size)

    def line(self) -> str:
        """The seal as one line of JSON, the form in which it is kept outside."""
        return _encoder.encode(self).decode()

    @classmethod
    def of_line(cls, line: str | bytes) -> Seal:
        """Read what `line` wrote. Raises ValueError."""
        seal = msgspec.json.decode(line, type=cls, strict=True)
        _ = seal.chains  # a body that cannot be read is refused here
        return seal


@dataclass(frozen=True, slots=True)
class Grown:
    """The trees over all chains up to some record each, and the heads they end with."""

    trees: tuple[Tree, ...] = (Tree(),) * CHAINS
    heads: tuple[str, ...] = (GENESIS,) * CHAINS

    def with_new(self, chain: int, hashes: Sequence[str]) -> Grown:
        """With more records of one chain."""
        if not hashes:
            return self
        tree = self.trees[chain].grown(bytes.fromhex(one) for one in hashes)
        return Grown(_put(self.trees, chain, tree), _put(self.heads, chain, hashes[-1]))


def make(previous: Seal | None, grown: Grown, *, at: datetime, signer: Signer) -> Seal:
    """The seal that follows `previous`."""
    number = previous.number + 1 if previous else 1
    body = {
        "schema": SCHEMA,
        "number": number,
        "at": moment(at),
        "key_id": signer.key_id,
        "previous": previous.hash if previous else GENESIS,
        "chains": [
            {"chain": chain, "size": tree.size, "head": head, "root": tree.root.hex()}
            for chain, (tree, head) in enumerate(zip(grown.trees, grown.heads, strict=True))
        ],
    }
    text = _encoder.encode(body)
    return Seal(number, text.decode(), signer.key_id, signer.sign(text))


def doubts(seals: Sequence[Seal], is_signed: Callable[[Seal], bool]) -> Iterator[str]:
    """What is wrong with a row of seals in itself: signatures, numbers, the chain that they form."""
    for before, seal in zip([None, *seals], seals, strict=False):
        if not is_signed(seal):
            yield f"Seal {seal.number} is not signed by the key given."
        if before is None:
            continue
        if seal.number != before.number + 1:
            yield f"Between seals {before.number} and {seal.number} at least one is missing."
        elif seal.fields["previous"] != before.hash:
            yield f"Seal {seal.number} does not follow seal {before.number} as it is here."
        elif any(new.size < old.size for old, new in zip(before.chains, seal.chains, strict=True)):
            yield f"Seal {seal.number} holds fewer records than seal {before.number}."


def compare(source: Source, seals: Sequence[Seal]) -> Iterator[Fault]:
    """Where the trail is not the one that was sealed: the first seal of each chain that it does not fit."""
    for chain in range(CHAINS):
        wanted = sorted(
            {(one.size, one.root, seal.number) for seal in seals for one in seal.chains if one.chain == chain}
        )
        if fault := _first_misfit(chain, source.audit_records(chain), [one for one in wanted if one[0]]):
            yield fault


def _first_misfit(chain: int, records: Iterator[Record], wanted: Iterable[tuple[int, str, int]]) -> Fault | None:
    tree = Tree()
    for size, root, number in wanted:
        tree = tree.grown(bytes.fromhex(record.hash) for record in islice(records, size - tree.size))
        if tree.size < size:
            return Fault(chain, tree.size + 1, "truncated", f"Seal {number} holds {size} records of it.")
        if tree.root.hex() != root:
            return Fault(chain, size, "seal", f"The records up to here are not those that seal {number} holds.")
    return None


@dataclass(frozen=True, slots=True)
class Proof:
    """That a record is in what a seal holds: its audit path, hex, from the leaf up."""

    record: Record
    path: tuple[str, ...]


def prove(seal: Seal, chain: int, hashes: Sequence[str], records: Iterable[Record]) -> list[Proof]:
    """Proofs for records of a chain; `hashes` are those of all its records that the seal holds.

    Records that came after the seal are left out.
    """
    size = seal.chains[chain].size
    built = levels(bytes.fromhex(one) for one in hashes[:size])
    return [
        Proof(record, tuple(step.hex() for step in path(built, record.seq - 1)))
        for record in records
        if record.seq <= size
    ]


def is_proved(seal: Seal, proof: Proof) -> bool:
    """Whether the record, with its payload if it has one, is what the seal holds at its place."""
    record, sealed = proof.record, seal.chains[proof.record.chain]
    if digest(record) != record.hash:
        return False
    if record.payload is not None and sha256(record.payload.encode()).hexdigest() != record.payload_hash:
        return False
    steps = [bytes.fromhex(step) for step in proof.path]
    root = root_by_path(bytes.fromhex(record.hash), record.seq - 1, sealed.size, steps)
    return root is not None and root.hex() == sealed.root


def _put(values: tuple[Any, ...], at: int, value: Any) -> tuple[Any, ...]:
    return (*values[:at], value, *values[at + 1 :])
