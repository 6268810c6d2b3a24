"""Merkle trees: the published values, growth in any portions, and proofs that only the right leaf has."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.merkle import EMPTY, Tree, leaf_hash, levels, path, root_by_path

# The entries and roots that the reference implementation of Certificate Transparency tests itself with.
ENTRIES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


@pytest.mark.parametrize("size", ROOTS)
def test_roots_are_those_of_certificate_transparency(size: int) -> None:
    assert Tree().grown(ENTRIES[:size]).root.hex() == ROOTS[size]


def naive(entries: list[bytes]) -> bytes:
    """The definition of RFC 6962, 2.1, as it stands."""
    if not entries:
        return EMPTY
    if len(entries) == 1:
        return leaf_hash(entries[0])
    split = 1
    while split * 2 < len(entries):
        split *= 2
    return sha256(b"\x01" + naive(entries[:split]) + naive(entries[split:])).digest()


@given(st.lists(st.binary(max_size=4), max_size=70), st.integers(0, 70))
def test_a_tree_grows_in_portions_to_the_root_of_the_definition(entries: list[bytes], cut: int) -> None:
    tree = Tree().grown(entries[:cut]).grown(entries[cut:])
    assert tree.size == len(entries)
    assert tree.root == naive(entries)


@given(st.integers(1, 70), st.data())
def test_a_path_leads_from_its_own_leaf_to_the_root_and_from_no_other(size: int, data: st.DataObject) -> None:
    entries = [bytes([number]) for number in range(size)]
    index, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size - 1))
    root, steps = Tree().grown(entries).root, path(levels(entries), index)
    assert root_by_path(entries[index], index, size, steps) == root
    if other != index:
        assert root_by_path(entries[other], index, size, steps) != root
        assert root_by_path(entries[index], other, size, steps) != root
    assert root_by_path(entries[index], index, size, [*steps, root]) is None
    if steps:
        assert root_by_path(entries[index], index, size, steps[:-1]) != root


def test_a_leaf_beyond_the_tree_has_no_path() -> None:
    with pytest.raises(IndexError, match="leaf 3 of a tree with 3"):
        path(levels([b"", b"", b""]), 3)
    assert root_by_path(b"", 3, 3, []) is None
