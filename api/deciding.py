"""What a person is shown when they decide, for the API and the page alike: the evidence, and its quotes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.context import engine
from api.rest.sight import task_in_sight
from connectors.llm.prompt import text_of
from connectors.llm.quotes import Quote, quotes


def shown_evidence(task_key: int) -> dict[str, Any]:
    """The evidence of a task that the caller may see, by the names of `EvidenceView`. Raises `NotFound`."""
    task = task_in_sight(task_key)
    evidence = engine().queries.evidence(task_key)
    review = task.review or {}
    source = "" if review.get("source") is None else text_of(review["source"])
    return {
        "task": evidence.task,
        "source_text": source,
        "quotes": _quotes(review, source),
        "attempts": evidence.attempts,
        "rulings": evidence.rulings,
        "kept_from": [
            {
                "by": one.by,
                "did": one.what,
                "element_id": one.element_id,
                "name": one.name,
                "at": one.at.isoformat(),
                "task_key": str(one.task_key) if one.task_key else None,
            }
            for one in engine().queries.kept_from(task_key)
        ],
        "may_respond": bool(review.get("may_respond")),
        "evidence_hash": evidence.fingerprint,
    }


def _quotes(review: Mapping[str, Any], source: str) -> list[Quote]:
    schema = review.get("schema")
    return quotes(review.get("proposal"), schema if isinstance(schema, dict) else {}, source)
