"""Reports for auditors as files: JSON by a published schema, and a page that stands alone."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import msgspec

from engine.oversight import CaseReport, OversightReport


def as_json(told: OversightReport | CaseReport) -> bytes:
    """The report as JSON: times RFC 3339, money as text; what `schema` describes."""
    return msgspec.json.encode(told)


def as_plain(told: object) -> dict[str, Any]:
    """Any report as plain data."""
    made = msgspec.to_builtins(told, str_keys=True)
    assert isinstance(made, dict)
    return made


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of both reports."""
    (system, case), parts = msgspec.json.schema_components((OversightReport, CaseReport), ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Reports of Baton for auditors: a system over a period, a case",
        "oneOf": [system, case],
        "$defs": parts,
    }


def as_html(told: OversightReport | CaseReport) -> str:
    """The report as one page, with nothing to load."""
    name = "report.html" if isinstance(told, OversightReport) else "case.html"
    page: str = _templates().get_template(name).render(report=told)
    return page


@cache
def _templates() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(loader=PackageLoader("api", "pages/templates"), autoescape=True, undefined=StrictUndefined)
    made.filters["shown"] = _shown
    made.filters["percent"] = lambda share: f"{100 * share:.1f} %"
    made.filters["moment"] = lambda at: "" if at is None else f"{at:%Y-%m-%d %H:%M:%S} UTC"
    made.filters["seconds"] = lambda count: "" if count is None else f"{count:.1f} s"
    return made


def _shown(value: Any) -> str:
    """Any JSON value, to be read."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)
