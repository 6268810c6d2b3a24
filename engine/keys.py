"""64-bit keys that are unique across threads and processes and grow with time.

From the top: a zero bit (so that signed columns hold them), 41 bits of milliseconds since 2025, 10 bits of node, 12
bits of sequence. Two processes never share a node at the same time, because the store hands node numbers out in turn
(`engine.store`); within a process a lock keeps the sequence. The time is the computer's, not the engine's clock: keys
must stay unique when a test moves the clock.
"""

from __future__ import annotations

import threading
import time

NODES = 1 << 10
_SEQUENCES = 1 << 12
SEQUENCE_BITS = 22  # below the milliseconds: node and sequence
_EPOCH_MS = 1_735_689_600_000  # 2025-01-01T00:00:00Z


class KeyMaker:
    """Makes keys for one node. Thread-safe; over four million keys a second before it runs ahead of the time."""

    def __init__(self, node: int) -> None:
        self._node = node % NODES
        self._lock = threading.Lock()
        self._millisecond = 0
        self._sequence = 0

    def __call__(self) -> int:
        """The next key, greater than every earlier one of this maker."""
        with self._lock:
            now = time.time_ns() // 1_000_000 - _EPOCH_MS
            self._sequence += 1
            if now > self._millisecond:
                self._begin(now)
            elif self._sequence >= _SEQUENCES:
                # Full, or the clock was set back: run ahead of it rather than repeat a key.
                self._begin(self._millisecond + 1)
            return self._millisecond << SEQUENCE_BITS | self._node << 12 | self._sequence

    def _begin(self, millisecond: int) -> None:
        self._millisecond = millisecond
        # A start that varies, so that `key % 8` (the audit chains) spreads although most milliseconds make few keys.
        self._sequence = millisecond & 7


def made_at(key: int) -> float:
    """The Unix time in seconds at which the key was made, to the millisecond."""
    return ((key >> SEQUENCE_BITS) + _EPOCH_MS) / 1000
