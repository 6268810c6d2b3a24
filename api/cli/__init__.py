"""The console `baton`. Here stands only the list of commands, so that `baton --help` loads nothing else.

Each command lives in a module of its own, imported when it is called. Commands that talk about processes are a client
of the REST API (`api.cli.client`); the others work on files or start programs.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

#: Name, place and one line of help of every command, in the order in which `baton --help` shows them.
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("api.cli.demo:demo", "Show everything at work: server, local model, a sample, an invoice to approve."),
    "dev": ("api.cli.demo:dev", "Start server, worker and local model for your own processes."),
    "init": ("api.cli.project:init", "Make a folder to draw processes in."),
    "check": ("api.cli.checking:check", "Look for mistakes in diagrams, decisions and forms."),
    "deploy": ("api.cli.deploying:deploy", "Put diagrams, decisions and forms into service."),
    "run": ("api.cli.running:run", "Start an instance of a process."),
    "process": ("api.cli.process:process", "What is deployed."),
    "instance": ("api.cli.choice:instance", "Running and ended instances."),
    "batch": ("api.cli.batch:batch", "One thing done to many instances."),
    "task": ("api.cli.task:task", "What people have to do: list, claim, complete, approve."),
    "incident": ("api.cli.incident:incident", "What went wrong and waits for somebody."),
    "message": ("api.cli.message:message", "Messages to waiting instances."),
    "signal": ("api.cli.signals:signal", "Signals to everybody who waits."),
    "history": ("api.cli.history:history", "What has been, and how long it is kept."),
    "agent": ("api.cli.agents:agent", "Agents: who may call which models, for what, and how far."),
    "policy": ("api.cli.policies:policy", "Policies: what may be sent, answered and done, and who decides."),
    "ai": ("api.cli.ai:ai", "Models: stop them, and what people's verdicts say about their answers."),
    "audit": ("api.cli.audit:audit", "The audit trail: export it, seal it, verify it."),
    "feel": ("api.cli.languages:feel", "Evaluate a FEEL expression."),
    "dmn": ("api.cli.languages:dmn", "Evaluate a decision of a DMN file."),
    "serve": ("api.cli.serving:serve", "Run the server."),
    "worker": ("api.cli.working:worker", "Run a worker and the scheduler."),
    "scheduler": ("api.cli.working:scheduler", "Run the scheduler alone, which fires timers."),
    "db": ("api.cli.database:db", "The database: create, upgrade, check."),
    "models": ("api.cli.models:models", "Local language models: install, list."),
    "templates": ("api.cli.templates:templates", "Element templates for Camunda Modeler."),
    "limit": ("api.cli.limiting:limit", "Limits on job types and models."),
    "notify": ("api.cli.notify:notify", "Who hears of which events, by webhook or mail."),
    "user": ("api.cli.accounts:user", "Accounts of people."),
    "tenant": ("api.cli.tenants:tenant", "Organisations that share this house."),
    "token": ("api.cli.accounts:token", "API tokens for programs."),
    "doctor": ("api.cli.doctor:doctor", "Find out what is missing on this machine."),
}


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports one when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command = getattr(import_module(module), name)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if not wanted or ctx.resilient_parsing:
        return
    from importlib.metadata import PackageNotFoundError, version

    try:
        click.echo(f"baton {version('baton-orchestrator')}")
    except PackageNotFoundError:
        click.echo("baton (not installed as a package)")
    ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
def main(**_: Any) -> None:
    """Baton runs BPMN processes with AI tasks and human approvals.

    Every command knows --help and --json. Without BATON_URL the commands work on the database of this folder;
    with it they talk to that server, as BATON_TOKEN or as BATON_USER with BATON_PASSWORD.

    Exit codes: 0 ok, 1 failed, 2 usage, 3 lint errors, 4 not found, 5 not allowed, 6 cannot connect, 124 timeout.
    """
