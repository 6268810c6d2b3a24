"""`baton policy`: what may be sent to models, what may come back, which tools and jobs run, and who decides."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import click

from api.cli.client import Client, connected
from api.cli.console import Command, Exit, Failure, Group, Json, say, show, table
from api.cli.findings import shown_findings

_COLUMNS = ("id", "version", "state", "for", "at", "decided by", "owner", "purpose")
_VERSIONS = ("version", "for", "registered_at", "registered_by", "at", "decided by", "digest")


@click.group(cls=Group)
def policy() -> None:
    """Policies: what may be sent, answered and done, and who decides."""


@policy.command("list", cls=Command)
@click.option("--installed", is_flag=True, help="The guards, and the Python policies of packages on this machine.")
@connected
def list_policies(client: Client, installed: bool) -> None:
    """Every policy in the version that is in service, house-wide ones first."""
    if installed:
        _show_installed()
        return
    answer = client.get("/policies")
    show(answer, lambda: table([_row(one) for one in answer["items"]], _COLUMNS, empty="There is no policy."))


@policy.command("show", cls=Command)
@click.argument("policy_id", metavar="POLICY")
@connected
def show_policy(client: Client, policy_id: str) -> None:
    """What a policy says, and its versions."""
    answer = client.get(f"/policies/{quote(policy_id, safe='')}")
    show(answer, lambda: _described(answer["items"]))


@policy.command("register", cls=Command)
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@connected
def register(client: Client, files: tuple[Path, ...]) -> None:
    """Put house-wide policies from .policy.yaml files into service, for all processes and tenants."""
    documents = [_read(file) for file in files]
    answers = [client.post("/policies", document) for document in documents]
    show({"items": answers}, lambda: table([_row(one) for one in answers], _COLUMNS))


@policy.command("retire", cls=Command)
@click.argument("policy_id", metavar="POLICY")
@click.option("--reason", default="", metavar="TEXT", help="Why; it is in the audit trail.")
@click.option("--tenant", "tenant_id", metavar="ID", help="Whose deployed policy; left out, the house-wide one.")
@connected
def retire(client: Client, policy_id: str, reason: str, tenant_id: str | None) -> None:
    """Ask a policy no more. Registering one of its versions puts it back into service."""
    whose = {} if tenant_id is None else {"tenant_id": tenant_id}
    answer = client.post(f"/policies/{quote(policy_id, safe='')}/retirement", {"reason": reason, **whose})
    show(answer, lambda: f"Policy '{policy_id}' is {answer['state']}.")


def _read(file: Path) -> dict[str, Json]:
    from bpmn.policies import read

    reading = read(file.read_bytes())
    if reading.document is None:
        findings = [{"file": file.name, **_finding(one)} for one in reading.findings]
        say(shown_findings(findings))
        raise Failure("Nothing was registered: the file has errors.", Exit.LINT, details={"findings": findings})
    return reading.document.as_json()


def _finding(one: Json) -> dict[str, Json]:
    return {name: getattr(one, name) for name in ("severity", "rule", "message", "element", "line", "hint")}


def _show_installed() -> None:
    from engine.policies.guards import GUARDS
    from engine.policies.installed import installed

    rows = [{"kind": "guard", "name": name, "from": "Baton"} for name in sorted(GUARDS)]
    rows += [{"kind": "python", "name": name, "from": point.value} for name, point in sorted(installed().items())]
    show({"items": rows}, lambda: table(rows, ("kind", "name", "from"), empty="Nothing is installed."))


def _row(one: Mapping[str, Json]) -> dict[str, Json]:
    document = one["document"]
    return {**one, **_said(one), "owner": document["owner"], "purpose": document["purpose"]}


def _said(one: Mapping[str, Json]) -> dict[str, Json]:
    document = one["document"]
    decider = next(f"{kind} {document[kind]}" for kind in ("decision", "python", "guard") if document.get(kind))
    return {"for": one["tenant_id"] or "all", "at": ", ".join(document["at"]), "decided by": decider}


def _described(versions: list[dict[str, Json]]) -> str:
    current = next((one for one in versions if one["version"] == one["in_service"]), versions[-1])
    reason = f": {current['reason']}" if current["reason"] else ""
    head = f"{current['id']} is {current['state']}{reason} (version {current['in_service']})"
    lines = [f"  {name}: {_shown(value)}" for name, value in current["document"].items() if name != "policy"]
    rows = [{**one, **_said(one), "digest": one["digest"][:12]} for one in versions]
    return "\n".join([head, *lines, "", table(rows, _VERSIONS)])


def _shown(value: Json) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return "; ".join(f"{name} {_shown(one)}" for name, one in value.items())
    return str(value)
