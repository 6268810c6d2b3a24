"""What OpenTelemetry is told: spans of verbs and jobs, and of models with the attributes of its GenAI conventions."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from api.metrics import Metrics
from api.traces import Traces, provider
from connectors.base import Request, Result
from engine.clock import FakeClock
from engine.errors import NotFound
from engine.observer import Several
from tests.engine.worker_house import ADMIN, House


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def traced(exporter: InMemorySpanExporter) -> Iterator[TracerProvider]:
    made = provider(exporter)
    yield made
    made.shutdown()


def test_a_model_call_is_a_child_of_its_job_and_says_what_it_used(
    upgraded_sqlite_url: str, clock: FakeClock, exporter: InMemorySpanExporter, traced: TracerProvider
) -> None:
    def connector(request: Request) -> Result:
        number = request.journal.begin(model="openai/small", prompt="secret", reserved=None, ai_kind="scripted")
        request.journal.settle(number, answer="secret", tokens_in=7, tokens_out=3, cost=Decimal("0.25"))
        return Result(None)

    house = House(upgraded_sqlite_url, clock)
    worker = house.serve(connector)
    house.engine.observer = Several(Metrics(), Traces(traced))
    house.start()
    worker.run_until_idle()
    house.store.close()
    traced.force_flush()
    spans = {span.name: span for span in exporter.get_finished_spans()}
    job, call = spans["process work"], spans["chat openai/small"]
    assert call.parent is not None
    assert call.parent.span_id == job.context.span_id
    assert dict(job.attributes or {})["baton.element.id"] == "a"
    told = dict(call.attributes or {})
    assert (told["gen_ai.operation.name"], told["gen_ai.provider.name"]) == ("chat", "openai")
    assert (told["gen_ai.usage.input_tokens"], told["gen_ai.usage.output_tokens"]) == (7, 3)
    assert "secret" not in str(told)
    assert {"baton start", "baton claim_jobs", "baton settle_attempt"} <= spans.keys()


def test_a_refusal_is_an_error_of_its_span(
    upgraded_sqlite_url: str, clock: FakeClock, exporter: InMemorySpanExporter, traced: TracerProvider
) -> None:
    house = House(upgraded_sqlite_url, clock)
    house.engine.observer = Traces(traced)
    with pytest.raises(NotFound):
        house.engine.cancel(1, by=ADMIN)
    house.store.close()
    traced.force_flush()
    [span] = [span for span in exporter.get_finished_spans() if span.name == "baton cancel"]
    assert not span.status.is_ok
