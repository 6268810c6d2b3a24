"""Metrics for Prometheus: what is open, counted in the database, and what this program did, counted as it does it.

Several processes of one server count into files of a common folder (PROMETHEUS_MULTIPROC_DIR, made by `baton serve`),
so that whichever of them answers tells of all. Gauges are read from the database and are the same on every node.
"""

from __future__ import annotations

import os
import threading
from collections import Counter as Tally
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from time import monotonic, perf_counter
from types import TracebackType
from typing import Any

from flask import Blueprint, Response, current_app
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client import start_http_server as listen
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from engine.engine import Engine
from engine.errors import EngineError, LeaseLost, StoreUnavailable
from engine.observer import ObservedCall, ObservedJob
from engine.store.figures import Figures, OfTenant
from engine.store.outbox import Backlog

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
#: Where an application keeps its registry.
REGISTRY = "baton.metrics"
#: How old gauges may be: counting is cheap, and a scraper may still be impatient.
FRESH_SECONDS = 10.0
_QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30)
_SLOW = (0.01, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 3600)

COUNTED = CollectorRegistry()
VERBS = Histogram(
    "baton_verb_seconds",
    "Time of the engine's verbs, tries included.",
    ("verb", "outcome"),
    registry=COUNTED,
    buckets=_QUICK,
)
LEASES = Counter("baton_lease_losses", "Answers and extensions refused because the lease was lost.", registry=COUNTED)
JOBS = Histogram(
    "baton_job_seconds", "Time of jobs in Baton's own workers.", ("type",), registry=COUNTED, buckets=_SLOW
)
CALLS = Histogram(
    "baton_model_seconds", "Time of calls of models.", ("model", "outcome"), registry=COUNTED, buckets=_SLOW
)
TOKENS = Counter("baton_model_tokens", "Tokens sent to models and received.", ("model", "direction"), registry=COUNTED)
COST = Counter("baton_model_cost_dollars", "What calls of models cost, in US dollars.", ("model",), registry=COUNTED)
OF_AGENTS = Counter("baton_agent_calls", "Calls of models by agents.", ("agent", "outcome"), registry=COUNTED)
SECONDS_OF_AGENTS = Counter("baton_agent_seconds", "Time of calls of models by agents.", ("agent",), registry=COUNTED)
COST_OF_AGENTS = Counter("baton_agent_cost_dollars", "What agents cost, in US dollars.", ("agent",), registry=COUNTED)

metrics = Blueprint("metrics", __name__)


@metrics.get("/metrics")
def show() -> Response:
    """The metrics in Prometheus' text format."""
    return Response(generate_latest(current_app.extensions[REGISTRY]), content_type=CONTENT_TYPE_LATEST)


def serve_metrics(over: Engine, host: str, port: int) -> None:
    """Offer them on a port of their own, in a thread that ends with the process. Raises OSError for a port in use."""
    listen(port, addr=host, registry=registry_over(over))


def registry_over(over: Engine) -> CollectorRegistry:
    """What was counted, by all processes of this server, and the gauges of an engine's database."""
    registry = CollectorRegistry()
    if FOLDER in os.environ:
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(COUNTED)
    registry.register(_Gauges(over))
    return registry


class Metrics:
    """An `engine.observer.Observer` that counts."""

    def verb(self, name: str) -> AbstractContextManager[object]:
        return _VerbTime(name)

    def job(self, job: ObservedJob) -> AbstractContextManager[object]:
        return JOBS.labels(job.type).time()

    def model_called(self, call: ObservedCall) -> None:
        outcome = "failed" if call.has_failed else "answered"
        CALLS.labels(call.model, outcome).observe(call.seconds)
        OF_AGENTS.labels(call.agent_id, outcome).inc()
        SECONDS_OF_AGENTS.labels(call.agent_id).inc(max(0.0, call.seconds))
        COST_OF_AGENTS.labels(call.agent_id).inc(float(call.cost or 0))
        TOKENS.labels(call.model, "in").inc(call.tokens_in or 0)
        TOKENS.labels(call.model, "out").inc(call.tokens_out or 0)
        COST.labels(call.model).inc(float(call.cost or 0))


class _VerbTime(AbstractContextManager["_VerbTime"]):
    """Measures one verb; a refusal is an outcome by its code."""

    __slots__ = ("_began", "_verb")

    def __init__(self, verb: str) -> None:
        self._verb = verb

    def __enter__(self) -> _VerbTime:
        self._began = perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        outcome = "ok" if problem is None else problem.code if isinstance(problem, EngineError) else "failed"
        VERBS.labels(self._verb, outcome).observe(perf_counter() - self._began)
        if isinstance(problem, LeaseLost):
            LEASES.inc()


class _Gauges(Collector):
    """What is open in the database, asked for at most every few seconds."""

    def __init__(self, over: Engine) -> None:
        self._engine = over
        self._lock = threading.Lock()
        self._asked_at = -FRESH_SECONDS
        self._figures: Figures | None = None

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Nothing: registering must not ask the database."""
        return ()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        found = self._fresh()
        yield _gauge("baton_database_up", "Whether the database answers.", {(): float(found is not None)})
        if found is not None:
            yield from _families(found, self._engine.clock.now())

    def _fresh(self) -> Figures | None:
        with self._lock:
            if monotonic() - self._asked_at >= FRESH_SECONDS:
                try:
                    self._figures = self._engine.queries.figures()
                except StoreUnavailable:
                    self._figures = None
                self._asked_at = monotonic()
            return self._figures


def _families(found: Figures, now: datetime) -> Iterator[GaugeMetricFamily]:
    late = {(type_,): _seconds(at, now) for type_, at in found.oldest_due.items()}
    kinds = {(kind,): count for kind, count in found.incidents.items()}
    yield _gauge("baton_instances", "Running instances.", {(s,): n for s, n in found.instances.items()}, "state")
    yield _gauge("baton_jobs", "Open jobs.", found.jobs, "type", "state")
    yield _gauge("baton_job_lag_seconds", "How long the oldest job waits that could be taken.", late, "type")
    yield _gauge("baton_timers", "Timers that are set.", {(): found.timers})
    yield _gauge(
        "baton_timer_lag_seconds", "How late the oldest due timer is.", {(): _seconds(found.oldest_timer, now)}
    )
    yield _gauge("baton_tasks", "Open user tasks.", {(): found.tasks})
    yield _gauge("baton_incidents", "Open incidents.", kinds, "type")
    yield _gauge("baton_jobs_lapsed", "Jobs whose lease ran out and that nobody took over.", {(): found.lapsed})
    yield _gauge("baton_signals", "Signals on their way to a receiver.", {(): found.signals})
    yield from _tenants(found.of_tenants, now)
    yield from _outbox(found.deliveries, now)
    alive = Tally(role for node in found.nodes if node.is_alive(now) for role in node.roles.split())
    yield _gauge(
        "baton_nodes", "Processes that gave a sign of life lately.", {(r,): n for r, n in alive.items()}, "role"
    )


def _tenants(found: Mapping[str, OfTenant], now: datetime) -> Iterator[GaugeMetricFamily]:
    """Whose it is that waits: only where several organisations share the house."""
    if not found:
        return
    counts = {
        (tenant, what): float(getattr(one, what))
        for tenant, one in found.items()
        for what in ("instances", "jobs", "tasks", "incidents")
    }
    late = {(tenant,): _seconds(one.oldest_due, now) for tenant, one in found.items()}
    yield _gauge("baton_tenant_open", "What is open of each tenant.", counts, "tenant", "what")
    yield _gauge(
        "baton_tenant_job_lag_seconds", "How long the tenant's oldest job waits that could be taken.", late, "tenant"
    )


def _outbox(deliveries: Sequence[Backlog], now: datetime) -> Iterator[GaugeMetricFamily]:
    active = [one for one in deliveries if one.active]
    states = {
        ("unread",): max((one.unread for one in active), default=0),
        ("waiting",): sum(one.waiting for one in deliveries),
        ("failing",): sum(one.failing for one in deliveries),
        ("dead",): sum(one.dead for one in deliveries),
    }
    oldest = min((one.oldest for one in active if one.oldest is not None), default=None)
    yield _gauge(
        "baton_outbox",
        "What notifications are behind: records of the trail that the slowest subscription has not looked at (unread), "
        "notifications waiting, failing among those, and dead.",
        states,
        "state",
    )
    yield _gauge("baton_outbox_age_seconds", "Since when the oldest of it waits.", {(): _seconds(oldest, now)})


def _gauge(name: str, text: str, values: Mapping[Any, float], *labels: str) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=labels)
    for key, value in values.items():
        family.add_metric(key, value)
    return family


def _seconds(at: datetime | None, now: datetime) -> float:
    return 0.0 if at is None else max(0.0, (now - at).total_seconds())
