"""The secrets that this process knows, so that they can be kept out of logs and of what models say.

Whatever resolves a secret tells it here. The values stay in memory; nothing reads them back, they are only looked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from threading import Lock

from connectors.spelling import Finder


class KnownSecrets:
    """A set of secrets that grows. Threads may share one."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.finder = Finder()

    def learn(self, values: Iterable[str]) -> None:
        """Remember these too; those shorter than `connectors.spelling.SHORTEST` cannot be told from ordinary words."""
        with self._lock:
            known = {*self.finder.words, *values}
            if len(known) > len(self.finder.words):
                self.finder = Finder(known)


#: Those of this process.
KNOWN = KnownSecrets()
