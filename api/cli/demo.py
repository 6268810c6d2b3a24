"""`baton demo` and `baton dev`: server, worker and local model as one tree of processes."""

from __future__ import annotations

from pathlib import Path

import click

from api.cli.console import Command, say
from api.cli.house import House
from api.cli.tree import stop_signals

DEMO_FOLDER = ".baton-demo"
FIRST_PORT = 8080

_PORT = click.option(
    "--port", type=click.IntRange(1, 65535), help="Port of the server; the next free one from 8080 on."
)
_NO_MODEL = click.option("--no-model", is_flag=True, help="Do not install or start a local language model.")


@click.command(cls=Command)
@click.option(
    "--dir",
    "folder",
    default=DEMO_FOLDER,
    type=click.Path(file_okay=False, path_type=Path),
    show_default=True,
    help="Where the demo keeps its data; delete it to begin anew.",
)
@_PORT
@_NO_MODEL
def demo(folder: Path, port: int | None, no_model: bool) -> None:
    """Show everything at work.

    Starts the server, a worker and a real language model on this machine, deploys a sample, lets the model read an
    invoice, and says how to see what Baton thinks of the answer and how to decide. Ctrl-C ends all of it.
    """
    from api.cli.tour import Tour

    with stop_signals() as stop, House.open(folder, port=port) as house:
        house.start_server(stop)
        tour = Tour(house, with_model=not no_model)
        tour.welcome()
        tour.show(stop)
        house.keep_running(stop)
    say("Baton has ended.")


@click.command(cls=Command)
@_PORT
@_NO_MODEL
def dev(port: int | None, no_model: bool) -> None:
    """Start server, worker and local model for the processes of this folder, with its baton.toml and database."""
    from api.cli.tour import local_model, ready_for_modeler

    with stop_signals() as stop, House.here(port=port) as house:
        house.start_server(stop)
        say(f"\nBaton is at {house.url}/ for the processes in {house.directory}.")
        house.start_worker("" if no_model else local_model())
        say(ready_for_modeler(house.url))
        house.keep_running(stop)
    say("Baton has ended.")
