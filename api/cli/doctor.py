"""`baton doctor`: what is there on this machine, what is missing, and what to do about it."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable
from importlib.util import find_spec

import click

from api.cli.client import connect
from api.cli.console import Command, Exit, Failure, show, wants_json
from api.cli.models import directory
from api.cli.symptoms import Symptom
from api.cli.vitals import VITALS
from api.cli.wired import load_settings
from api.settings import SettingsError
from engine.errors import StoreUnavailable


@click.command(cls=Command)
def doctor() -> None:
    """Find out what is missing on this machine. Exit code 1 when something that is needed is."""
    symptoms = [_examine(name, examination) for name, examination in EXAMINATIONS.items()]
    ill = [symptom for symptom in symptoms if symptom.needed and not symptom.is_well]
    data = {"ok": not ill, "items": [symptom.as_json() for symptom in symptoms]}
    summary = f"{len(ill)} of {len(symptoms)} examinations failed."
    if ill and wants_json():
        raise Failure(summary, Exit.FAILED, code="unhealthy", details=data)
    show(data, lambda: "\n".join(str(symptom) for symptom in symptoms))
    if ill:
        raise Failure(summary, Exit.FAILED, code="unhealthy")


def _examine(name: str, examination: Callable[[str], Symptom]) -> Symptom:
    try:
        return examination(name)
    except StoreUnavailable as error:
        if examination is _database:
            return Symptom(name, str(error), "See the message.")
        return Symptom(name, "not looked at", "The database comes first: see `database`.", needed=False)
    except SettingsError as error:
        if examination is _settings:
            return Symptom(name, str(error), "Correct the settings; `api/reference/settings.md` lists them.")
        return Symptom(name, "not looked at", "The settings come first: see `settings`.", needed=False)
    except Exception as error:  # a doctor does not faint: every failure is a finding
        return Symptom(name, f"{type(error).__name__}: {error}", "See the message.")


def _python(name: str) -> Symptom:
    found = f"{platform.python_version()} at {sys.executable}"
    return Symptom(name, found, "" if sys.version_info >= (3, 11) else "Baton needs Python 3.11 or newer.")


def _settings(name: str) -> Symptom:
    settings = load_settings()
    return Symptom(name, f"{settings.host}:{settings.port}, auth {settings.auth}")


def _database(name: str) -> Symptom:
    from engine.store import open_store

    store = open_store(load_settings().database_url)
    health = store.check()
    store.close()
    if health.is_usable:
        return Symptom(name, f"{store.url}, schema {health.revision}")
    found = f"{store.url}, schema {health.revision or 'none'}"
    return Symptom(name, found, f"`baton db upgrade` brings it to {health.wanted}.", needed=bool(health.revision))


def _server(name: str) -> Symptom:
    client = connect()
    who = client.get("/me")
    return Symptom(name, f"{client.place}, as {who.get('id')} ({', '.join(who.get('roles') or [])})")


def _local_models(name: str) -> Symptom:
    from connectors.llm import models

    if find_spec("xllamacpp") is None:
        remedy = "Install Baton with its extra [local]. Models of vendors work without."
        return Symptom(name, "the package xllamacpp is not installed", remedy, needed=False)
    here = models.installed(directory())
    if not here:
        return Symptom(name, f"none in {directory()}", "`baton models install` fetches one (98 MB).", needed=False)
    return Symptom(name, ", ".join(f"{model.name} ({model.path})" for model in here))


def _scripts(name: str) -> Symptom:
    if find_spec("py_mini_racer") is None:
        remedy = "Install Baton with its extra [javascript], if your diagrams have JavaScript in them."
        return Symptom(name, "not available", remedy, needed=False)
    return Symptom(name, "available")


EXAMINATIONS: dict[str, Callable[[str], Symptom]] = {
    "Python": _python,
    "settings": _settings,
    "database": _database,
    "server": _server,
    **VITALS,
    "local models": _local_models,
    "JavaScript in diagrams": _scripts,
}
