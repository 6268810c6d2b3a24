"""`baton deploy`: files into service, all of them or none."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from api.cli.client import Client, connected
from api.cli.console import Command, Exit, Failure, Json, say, show, table, wants_json
from api.cli.files import collect, stamps
from api.cli.findings import shown_findings
from api.cli.tenants import TENANT

LOOK_AGAIN_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Wish:
    """How to deploy."""

    name: str = ""
    register_agents: bool = False
    dry_run: bool = False
    tenant_id: str = ""


_PLAINLY = Wish()


@click.command(cls=Command)
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--name", default="", help="A name for the deployment.")
@click.option("--dry-run", is_flag=True, help="Only check what would be deployed.")
@click.option("--watch", is_flag=True, help="Stay, and deploy again whenever a file changes.")
@click.option(
    "--register-agents", is_flag=True, help="Vouch for the agents that AI tasks need and nobody has registered."
)
@TENANT
@connected
def deploy(  # noqa: PLR0913 - one parameter per option
    client: Client,
    paths: tuple[Path, ...],
    name: str,
    dry_run: bool,
    watch: bool,
    register_agents: bool,
    tenant_id: str,
) -> None:
    """Put diagrams, decisions, forms and agents into service.

    PATH is a .bpmn, .dmn, .form, .agent.yaml or .policy.yaml file, or a folder with such files. Either all files are
    deployed or none is; a file that has not changed keeps its version. Exit code 3 when a file has errors.
    """
    if watch:
        with contextlib.suppress(KeyboardInterrupt):
            _watch(client, paths, Wish(name, register_agents, tenant_id=tenant_id))
        return
    _deploy(client, paths, Wish(name, register_agents, dry_run, tenant_id))


def _deploy(client: Client, paths: Sequence[Path], wish: Wish) -> None:
    files = collect(paths)
    say(f"{'Checking' if wish.dry_run else 'Deploying'} {', '.join(file.name for file in files)} to {client.place} ...")
    deployment = upload(client, files, wish)
    findings = deployment.get("findings") or []
    if findings:
        say(shown_findings(findings))
    show(deployment, lambda: described(deployment, dry_run=wish.dry_run))


def upload(client: Client, files: Sequence[Path], wish: Wish = _PLAINLY) -> dict[str, Json]:
    """Deploy the files. Raises `Failure` with exit code 3 and the findings, when they have errors."""
    contents = [(file.name, file.read_bytes()) for file in files]
    try:
        answer = client.upload(
            "/deployments",
            contents,
            name=wish.name,
            dry_run="true" if wish.dry_run else None,
            register_agents="true" if wish.register_agents else None,
            tenant_id=wish.tenant_id or None,
        )
    except Failure as failure:
        raise _lint_failure(failure) from None
    return dict(answer)


def _lint_failure(failure: Failure) -> Failure:
    if failure.code not in ("model-rejected", "model-unreadable"):
        return failure
    findings = failure.details.get("findings") or []
    if findings and not wants_json():
        say(shown_findings(findings))
    return Failure(
        "Nothing was deployed: the files have errors." if findings else failure.message,
        Exit.LINT,
        code=failure.code,
        details=failure.details,
    )


def described(deployment: Mapping[str, Json], *, dry_run: bool = False) -> str:
    """What a deployment brought, as a table."""
    # A decision's file is that of its requirements.
    files = {item["key"]: item["resource_name"] for item in deployment.get("requirements") or []}
    rows = [
        {
            "kind": kind,
            "id": item.get(id_name),
            "version": item.get("version"),
            "file": item.get("resource_name") or files.get(item.get("requirements_key")),
        }
        for kind, list_name, id_name in (
            ("process", "processes", "process_id"),
            ("decision", "decisions", "decision_id"),
            ("form", "forms", "form_id"),
            ("agent", "agents", "id"),
            ("policy", "policies", "id"),
        )
        for item in deployment.get(list_name) or []
    ]
    if dry_run:
        return "Everything could be deployed; nothing was.\n" + table(rows, ("kind", "id", "file"))
    unchanged = " (nothing had changed)" if deployment.get("duplicate") else ""
    return f"Deployment {deployment.get('key')}{unchanged}\n" + table(rows, ("kind", "id", "version", "file"))


def _watch(client: Client, paths: Sequence[Path], wish: Wish) -> None:
    seen: dict[Path, int] = {}
    say("Watching; Ctrl-C ends it.")
    while True:
        now = stamps(paths)
        if now != seen:
            seen = now
            _try_to_deploy(client, paths, wish)
        time.sleep(LOOK_AGAIN_SECONDS)


def _try_to_deploy(client: Client, paths: Sequence[Path], wish: Wish) -> None:
    try:
        _deploy(client, paths, wish)
    except Failure as failure:  # the next save may repair it
        show(failure.as_json(), "")
        say(failure.message)
    except (click.UsageError, OSError) as problem:
        say(f"Not deployed: {problem.message if isinstance(problem, click.UsageError) else problem}")
