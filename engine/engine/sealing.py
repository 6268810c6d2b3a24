"""The verb that seals the audit trail."""

from __future__ import annotations

from engine import events
from engine.actors import SYSTEM, Actor
from engine.audit import Head
from engine.engine.base import Verbs
from engine.moves import Moves
from engine.seals import Grown, Seal, Signer, make
from engine.store import audit_records, seals

_PORTION = 10_000


class SealVerbs(Verbs):
    """Who may ask for it is for the API to say."""

    def seal_audit(self, signer: Signer, *, by: Actor = SYSTEM) -> Seal | None:
        """Sign what the trail holds now; None when nothing came since the last seal, or another node was first.

        Reading is outside of the transaction: records never change, and two seals cannot have one number.
        """
        with self.store.reading() as tx:
            previous, grown = seals.latest(tx)
            heads = audit_records.heads(tx, range(len(grown.trees)))
        for head in heads.values():
            grown = self._grown(grown, head)
        if previous is not None and not self._is_news(previous, grown):
            return None
        seal = make(previous, grown, at=self.clock.now(), signer=signer)

        def act(moves: Moves) -> Seal | None:
            if not seals.add(moves.tx, seal, grown):
                return None
            moves.tell(0, events.AUDIT_SEALED, number=seal.number, key_id=seal.key_id, seal=seal.line())
            return seal

        return self._act(events.AUDIT_SEALED, by, act)

    def _grown(self, grown: Grown, head: Head) -> Grown:
        while (size := grown.trees[head.chain].size) < head.seq:
            with self.store.reading() as tx:
                hashes = audit_records.hashes(tx, head.chain, after=size, most=min(_PORTION, head.seq - size))
            if not hashes:  # records were cut off: the seal says what is there
                break
            grown = grown.with_new(head.chain, hashes)
        return grown

    def _is_news(self, previous: Seal, grown: Grown) -> bool:
        """Whether there is more than what the last sealing itself wrote."""
        new = [
            (old.chain, tree.size)
            for old, tree in zip(previous.chains, grown.trees, strict=True)
            if tree.size > old.size
        ]
        if new != [(0, previous.chains[0].size + 1)]:
            return bool(new)
        with self.store.reading() as tx:
            record = audit_records.find(tx, *new[0])
        return record is None or record.verb != events.AUDIT_SEALED
