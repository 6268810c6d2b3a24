"""Keys of variables, which Camunda has and Baton's rows have not: made of the scope and the name, and found again.

The upper forty bits are the millisecond in which the scope was made (it is in the scope's own key), the lower ones a
digest. So a variable is found among those of the few scopes of that millisecond.
"""

from __future__ import annotations

from hashlib import sha256

from engine.keys import SEQUENCE_BITS

_DIGEST_BITS = 23


def variable_key(scope_key: int, name: str) -> int:
    """The key of a variable; always the same for the same name in the same scope."""
    digest = int.from_bytes(sha256(f"{scope_key}/{name}".encode()).digest()[:4], "big") >> (32 - _DIGEST_BITS)
    return (scope_key >> SEQUENCE_BITS) << _DIGEST_BITS | digest


def scopes_of(key: int) -> tuple[int, int]:
    """The first and the last key that the scope of this variable can have."""
    millisecond = key >> _DIGEST_BITS
    return millisecond << SEQUENCE_BITS, ((millisecond + 1) << SEQUENCE_BITS) - 1
