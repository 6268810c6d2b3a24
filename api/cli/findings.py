"""Remarks on files as lines that editors and people understand: `file:line: severity: ...`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from api.cli.console import Json

_ORDER = {"error": 0, "warning": 1, "info": 2}


def shown_findings(findings: Iterable[Mapping[str, Json]]) -> str:
    """All remarks, errors first, each with its hint below."""
    return "\n".join(_shown(finding) for finding in sorted(findings, key=_rank))


def _rank(finding: Mapping[str, Json]) -> tuple[int, str, int]:
    severity = _ORDER.get(str(finding.get("severity")), 3)
    return severity, str(finding.get("file") or ""), int(finding.get("line") or 0)


def _shown(finding: Mapping[str, Json]) -> str:
    place = ":".join(str(part) for part in (finding.get("file"), finding.get("line")) if part)
    element = f" {finding['element']}:" if finding.get("element") else ""
    rule = f" [{finding['rule']}]" if finding.get("rule") else ""
    text = f"{place}: {finding.get('severity')}:{element} {finding.get('message')}{rule}"
    return f"{text}\n    {finding['hint']}" if finding.get("hint") else text
