"""Merkle trees as RFC 6962 hashes them: roots that grow, and proofs that one leaf is in. Pure.

A leaf is hashed with 0x00 before it, a node with 0x01, so that neither can be taken for the other. A tree of n leaves
is known by its peaks, the roots of the full trees that n's binary digits name, so that it grows without its leaves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

EMPTY = sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a leaf (RFC 6962, 2.1)."""
    return sha256(b"\x00" + entry).digest()


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree by its peaks, largest first, 32 bytes each; `size` counts leaves."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def grown(self, entries: Iterable[bytes]) -> Tree:
        """The tree with more leaves at its end."""
        size, peaks = self.size, list(self.peaks)
        for entry in entries:
            peaks.append(leaf_hash(entry))
            size += 1
            rest = size
            while rest % 2 == 0:
                right = peaks.pop()
                peaks[-1] = _node(peaks[-1], right)
                rest //= 2
        return Tree(size, tuple(peaks))

    @property
    def root(self) -> bytes:
        """The Merkle tree hash (RFC 6962, 2.1)."""
        if not self.peaks:
            return EMPTY
        *others, root = self.peaks
        for peak in reversed(others):
            root = _node(peak, root)
        return root


def levels(entries: Iterable[bytes]) -> list[list[bytes]]:
    """Every hash of a tree, leaves first, its root last."""
    built = [[leaf_hash(entry) for entry in entries]]
    while len(below := built[-1]) > 1:
        nodes = [_node(*below[at : at + 2]) for at in range(0, len(below) - 1, 2)]
        built.append([*nodes, below[-1]] if len(below) % 2 else nodes)  # one without a sibling goes up as it is
    return built


def path(built: Sequence[Sequence[bytes]], index: int) -> tuple[bytes, ...]:
    """The audit path of the leaf `index`, from the leaf up (RFC 6962, 2.1.1). Raises IndexError beyond the tree."""
    if not 0 <= index < len(built[0]):
        raise IndexError(f"leaf {index} of a tree with {len(built[0])}")
    steps = []
    for level in built[:-1]:
        if (sibling := index ^ 1) < len(level):
            steps.append(level[sibling])
        index //= 2
    return tuple(steps)


def root_by_path(entry: bytes, index: int, size: int, steps: Sequence[bytes]) -> bytes | None:
    """The root that a leaf and its audit path lead to; None for a path of the wrong length (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return None
    at, last, reached = index, size - 1, leaf_hash(entry)
    for step in steps:
        if last == 0:
            return None
        if at % 2 or at == last:
            reached = _node(step, reached)
            while at % 2 == 0 and at:
                at, last = at // 2, last // 2
        else:
            reached = _node(reached, step)
        at, last = at // 2, last // 2
    return reached if last == 0 else None


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()
