"""Signs of life of the processes that work on this database. They are no facts: the audit trail hears none of them."""

from __future__ import annotations

from collections.abc import Sequence

from engine.engine.base import Verbs
from engine.store import nodes
from engine.variables import checked_text


class PresenceVerbs(Verbs):
    """What a process says of itself."""

    def beat(self, node: str, roles: Sequence[str]) -> None:
        """This process is there and does this. Its clock is compared with the database's meanwhile."""
        checked_text(node, "node", is_required=True)
        now = self.store.now()
        skew = (self.clock.now() - now).total_seconds()
        self.store.run(lambda tx: nodes.see(tx, node, " ".join(roles), now, skew))

    def leave(self, node: str) -> None:
        """This process ends in order."""
        self.store.run(lambda tx: nodes.remove(tx, node))
