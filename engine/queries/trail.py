"""Questions about the audit trail: its records, whether it is whole, its seals, and what it tells of AI."""

from __future__ import annotations

from collections.abc import Iterable

from engine.audit import CHAINS, Head, Record, chain_of, verify
from engine.audit import Report as Verification
from engine.errors import NotFound
from engine.oversight import CaseReport, OversightReport, Span, Trail, case_report, report
from engine.queries.looking import Looking
from engine.queries.sought import is_seen
from engine.seals import Proof, Seal, prove
from engine.store import UnitOfWork, audit_records, seals, search
from engine.store.rows import Page, Paged
from engine.store.search import AuditFilter

_FIRST = Page()


class TrailQueries(Looking):
    """Of the trail as it stands in the database."""

    def audit(self, wanted: AuditFilter | None = None, page: Page = _FIRST) -> Paged[Record]:
        """Audit records, newest first."""
        return self._ask(lambda tx: search.find_audit(tx, wanted or AuditFilter(), page))

    def verify_audit(self, *, anchors: Iterable[Head] = ()) -> Verification:
        """Check the whole trail; `anchors` are heads that an earlier report gave."""
        return verify(self._store, anchors=anchors)

    def seals(self, *, after: int = 0, most: int = 1000) -> list[Seal]:
        """Seals of the trail behind this number, in order."""
        return self._ask(lambda tx: seals.after(tx, after, most))

    def proofs(self, instance_key: int) -> tuple[Seal, list[Proof]]:
        """That an instance's records are in what the newest seal holds. Raises `NotFound` without a seal."""

        def ask(tx: UnitOfWork) -> tuple[Seal, list[Proof]]:
            seal, _ = seals.latest(tx)
            if seal is None:
                raise NotFound("The audit trail has no seal yet: set audit_seal_key, or run `baton audit seal`.")
            chain = chain_of(instance_key)
            hashes = audit_records.hashes(tx, chain, after=0, most=seal.chains[chain].size)
            return seal, prove(seal, chain, hashes, audit_records.of_instance(tx, instance_key))

        return self._ask(ask)

    def oversight(self, period: Span) -> OversightReport:
        """What the trail says of AI at work in a period. Reads all of it, twice: once to verify it."""
        verified = self.verify_audit()
        seal, _ = self._ask(seals.latest)
        told = tuple(f"chain {one.chain}, record {one.seq}: {one.what}. {one.detail}" for one in verified.faults)
        trail = Trail(0, None, None, verified.is_intact, told, seal.number if seal else 0)
        records = (record for chain in range(CHAINS) for record in self._store.audit_records(chain))
        return report(records, period, trail)

    def case(self, instance_key: int) -> CaseReport:
        """What the trail says of one instance. Raises `NotFound`."""

        def ask(tx: UnitOfWork) -> list[Record]:
            return audit_records.of_instance(tx, instance_key) if is_seen(tx, instance_key) else []

        return case_report(self._ask(ask))
