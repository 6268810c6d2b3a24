"""The audit trail: reading it, taking it along, and proving that nobody changed it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from flask import Response
from pydantic import AwareDatetime, Field

from api import evidence
from api.context import engine
from api.rest.nouns import noun
from api.rest.shapes import Body, KeyIn, Query, shown
from api.rest.views.house import AuditPage, AuditReportView, ProofList, SealList
from engine.audit import CHAINS, GENESIS, Head, Record, chain_of
from engine.audit import export as json_lines
from engine.engine import Engine
from engine.oversight import CaseReport, OversightReport, Span
from engine.queries import AuditFilter, Page

_REPORT = {
    "description": "The report; `api/reference/reports.schema.json` is its schema.",
    "content": {"application/json": {}, "text/html": {}},
}

audit = noun("audit", "The audit trail: what was done, by whom, and the proof that the record is whole.")


class AuditQuery(Query):
    """Which records."""

    instance_key: KeyIn | None = None
    actor: str = Field(default="", max_length=255, description="Only what this user or worker did.")
    verb: str = Field(default="", max_length=255)
    since: AwareDatetime | None = Field(default=None, description="From this time on.")
    until: AwareDatetime | None = Field(default=None, description="Before this time.")
    limit: int = Field(default=50, ge=1, le=1000, description="How many items at most.")
    after: str = Field(default="", max_length=100, description="The `next` of the page before.")


class ExportQuery(Query):
    """What to take along."""

    instance_key: KeyIn | None = Field(default=None, description="Only the records of this instance.")


class SealQuery(Query):
    """Which seals."""

    after: int = Field(default=0, ge=0, le=2**63 - 1, description="Only those behind this number.")
    limit: int = Field(default=1000, ge=1, le=1000, description="How many items at most.")


class ProofQuery(Query):
    """Whose records."""

    instance_key: KeyIn


class ReportQuery(Query):
    """Of which time, and in which form."""

    since: AwareDatetime | None = Field(default=None, description="From this time on.")
    until: AwareDatetime | None = Field(default=None, description="Before this time; now, if it is not given.")
    format: Literal["json", "html"] = "json"


class CaseQuery(Query):
    """Which instance, and in which form."""

    instance_key: KeyIn
    format: Literal["json", "html"] = "json"


class HeadBody(Body):
    """The end of a chain, as an earlier verification reported it."""

    chain: int = Field(ge=0, lt=CHAINS)
    seq: int = Field(ge=0, le=2**63 - 1)
    hash: str = Field(default=GENESIS, pattern=r"^[0-9a-f]{64}$")


class VerifyBody(Body):
    """Heads that were kept outside; they prove that nothing was cut off since."""

    heads: list[HeadBody] = Field(default=[], max_length=1000)


@audit.get("", responses={200: AuditPage})
def listing(query: AuditQuery) -> Response:
    """Records, newest first."""
    wanted = AuditFilter(query.instance_key, query.actor, query.verb, query.since, query.until)
    return shown(AuditPage, engine().queries.audit(wanted, Page(query.limit, query.after or None)))


@audit.get(
    "/export",
    responses={200: {"description": "One record a line, as JSON.", "content": {"application/x-ndjson": {}}}},
)
def export(query: ExportQuery) -> Response:
    """Every record as JSON lines, chain after chain, oldest first; payloads exactly as they were hashed."""
    engine().queries.ping()  # a dead database is still a problem now; later it can only break off the answer
    lines = (f"{line}\n" for line in json_lines(_records(engine(), query.instance_key)))
    response = Response(lines, mimetype="application/x-ndjson")
    response.headers["Content-Disposition"] = 'attachment; filename="audit.jsonl"'
    return response


@audit.get("/verify", responses={200: AuditReportView})
def verify() -> Response:
    """Recompute every hash of the trail; each fault names the first bad record of its chain."""
    return shown(AuditReportView, engine().queries.verify_audit())


@audit.get("/seals", responses={200: SealList})
def seals(query: SealQuery) -> Response:
    """The signed statements of what the trail held, in order; keep them where nobody here can change them."""
    return shown(SealList, {"items": engine().queries.seals(after=query.after, most=query.limit)})


@audit.get("/proof", responses={200: ProofList})
def proof(query: ProofQuery) -> Response:
    """That an instance's records are in what the newest seal holds: whoever has the public key needs nothing else."""
    seal, proofs = engine().queries.proofs(query.instance_key)
    return shown(ProofList, {"seal": seal, "proofs": proofs})


@audit.get("/report", responses={200: _REPORT})
def report(query: ReportQuery) -> Response:
    """AI at work in a period, from the whole trail: agents, use, accuracy, oversight, stops, incidents."""
    period = Span(query.since, query.until or engine().clock.now())
    return _evidence(engine().queries.oversight(period), query.format)


@audit.get("/case", responses={200: _REPORT})
def case(query: CaseQuery) -> Response:
    """One instance as the trail tells it: its way, each call of a model, what rules and people did."""
    return _evidence(engine().queries.case(query.instance_key), query.format)


@audit.post("/verify", responses={200: AuditReportView})
def verify_against(body: VerifyBody) -> Response:
    """Verify, and also that the trail goes on from heads that were kept outside."""
    anchors = [Head(head.chain, head.seq, head.hash) for head in body.heads if head.seq]
    return shown(AuditReportView, engine().queries.verify_audit(anchors=anchors))


def _evidence(told: OversightReport | CaseReport, format: str) -> Response:
    if format == "html":
        return Response(evidence.as_html(told), mimetype="text/html")
    return Response(evidence.as_json(told), mimetype="application/json")


def _records(source: Engine, instance_key: int | None) -> Iterator[Record]:
    chains = range(CHAINS) if instance_key is None else [chain_of(instance_key)]
    for chain in chains:
        for record in source.store.audit_records(chain):
            if instance_key is None or record.instance_key == instance_key:
                yield record
