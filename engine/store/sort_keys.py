"""Sort keys of variables: short texts that stand for JSON values in an index, so that instances are found by value.

A digit says the kind, what follows sorts within it: numbers by size, texts by their first characters, anything else
by a digest, which is only good for equality. Pure.
"""

from __future__ import annotations

import struct
from hashlib import sha256
from typing import Any

import msgspec

Json = Any

NULL, BOOLEAN, NUMBER, TEXT, OTHER = "0", "1", "2", "3", "4"
LONGEST_TEXT = 100
# From here on, two integers may have the same nearest 64-bit float.
_EXACT = 2**53
_SIGN = 1 << 63
_NEAR_NUL = frozenset("\0\1")


def sort_key(value: Json) -> str:
    """The key of a JSON value."""
    if value is None:
        return NULL
    if isinstance(value, bool):
        return BOOLEAN + str(int(value))
    if isinstance(value, (int, float)):
        return NUMBER + _ordered(float(value))
    if isinstance(value, str):
        return TEXT + _storable(value[:LONGEST_TEXT])
    return OTHER + sha256(msgspec.json.encode(value, order="deterministic")).hexdigest()[:32]


def is_exact(value: Json) -> bool:
    """Whether equal keys mean equal values; else the values themselves must be compared."""
    if isinstance(value, str):
        return len(value) < LONGEST_TEXT and not _NEAR_NUL.intersection(value)
    return not isinstance(value, int) or abs(value) < _EXACT


def _ordered(number: float) -> str:
    """The bits of a 64-bit float, turned so that their hexadecimal text sorts as the numbers do."""
    bits: int = struct.unpack(">Q", struct.pack(">d", number + 0.0))[0]  # + 0.0: there is one zero only
    return f"{bits ^ ((2**64 - 1) if bits & _SIGN else _SIGN):016x}"


def _storable(text: str) -> str:
    return text.replace("\0", "\1")  # PostgreSQL keeps no NUL
