"""Putting the parts together from settings: the engine over its store, the worker and the scheduler over the engine.

The only module that knows every floor at once.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Sequence
from datetime import timedelta
from importlib.util import find_spec

from api.schema import ready
from api.settings import SECRET_PREFIX, Settings, SettingsError
from bpmn.juel import beans
from connectors.registry import AI_TYPES, Registry
from engine.clock import SystemClock
from engine.courier import Courier
from engine.engine import Engine
from engine.heart import Heart
from engine.observer import Observer, Several
from engine.policies import Policies
from engine.scheduler import Scheduler
from engine.sealer import Sealer
from engine.store import open_store
from engine.vault import Vault
from engine.worker import Worker, from_environment


def build_engine(settings: Settings) -> Engine:
    """The engine over the database of the settings.

    An empty database gets its tables; one of another version is refused, because upgrading it is a decision. Raises
    `StoreUnavailable` for that, and when the database does not answer.
    """
    store = open_store(settings.database_url)
    ready(store)
    beans.load_installed()
    engine = Engine(store, SystemClock(), build_registry(settings), Policies())
    engine.must_agents_be_registered = settings.agents == "required"
    engine.vault = build_vault(settings)
    return engine


def build_vault(settings: Settings) -> Vault:
    """What encrypts secrets that the database keeps."""
    return Vault([key.strip() for key in settings.encryption_keys.split(",") if key.strip()])


def build_worker(settings: Settings, engine: Engine, *, types: Sequence[str] = ()) -> Worker:
    """A worker for these job types, or every one of the installed connectors. Its name is new; nothing runs yet."""
    return Worker(
        engine,
        name=_node_name(),
        secrets=from_environment({SECRET_PREFIX + name: value for name, value in settings.secrets.items()}),
        types=types,
        threads=settings.worker_threads,
        apart=dict.fromkeys(AI_TYPES, settings.max_llm_calls),
        lease_seconds=settings.lease_seconds,
        poll_seconds=settings.poll_interval_seconds,
    )


def build_heart(engine: Engine, *roles: str, name: str = "") -> Heart:
    """The signs of life of this process; `name` is its worker's, if it has one. Nothing beats yet."""
    return Heart(engine, name or _node_name(), roles)


def _node_name() -> str:
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(2)}"


def build_scheduler(settings: Settings, engine: Engine) -> Scheduler:
    """What fires timers; nothing runs yet."""
    return Scheduler(
        engine,
        poll_seconds=settings.poll_interval_seconds,
        history_days=settings.history_days,
        sealer=build_sealer(settings, engine),
    )


def build_sealer(settings: Settings, engine: Engine) -> Sealer | None:
    """What seals the audit trail, None without a key. Raises `SettingsError` when the key cannot be read."""
    if settings.audit_seal_key is None:
        return None
    from api import sealing  # and with it cryptography, which nobody else needs

    signer = sealing.KeyFile.read(settings.audit_seal_key)
    keeper = None if settings.audit_seal_file is None else sealing.SealFile(settings.audit_seal_file)
    return Sealer(engine, signer, keeper, every=timedelta(minutes=settings.audit_seal_minutes))


def observer(settings: Settings) -> Observer:
    """What counts, and makes traces when the settings ask for them. Raises `SettingsError` without the extra `otel`."""
    from api.metrics import Metrics

    if not settings.traces:
        return Metrics()
    if find_spec("opentelemetry") is None:
        raise SettingsError("BATON_TRACES needs OpenTelemetry: install Baton with its extra [otel].")
    from api.traces import Traces, provider

    return Several(Metrics(), Traces(provider()))


def observe(settings: Settings, engine: Engine) -> None:
    """Watch what the engine does from now on, and offer the counts on the port of the settings, if they name one.

    Raises OSError when something else listens there.
    """
    from api.metrics import serve_metrics

    engine.observer = observer(settings)
    if settings.metrics_port:
        serve_metrics(engine, settings.metrics_host, settings.metrics_port)


def build_courier(settings: Settings, engine: Engine) -> Courier:
    """What brings notifications; nothing runs yet."""
    return Courier(engine, poll_seconds=settings.poll_interval_seconds)


def build_registry(settings: Settings) -> Registry:
    """The connectors, with the models of the settings; none of them is loaded yet."""
    if settings.models_dir is not None:
        os.environ.setdefault("BATON_MODELS_DIR", str(settings.models_dir))
    if settings.local_model_url:
        os.environ.setdefault("BATON_LOCAL_MODEL_URL", settings.local_model_url)
    models = {alias: row.model_dump(exclude_unset=True) for alias, row in settings.models.items()}
    servers = {name: row.model_dump(exclude_unset=True) for name, row in settings.mcp_servers.items()}
    return Registry(models=models, mail=(settings.mail_url, settings.mail_from), mcp_servers=servers)
