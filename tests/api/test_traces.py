"""What OpenTelemetry is told: spans of verbs and jobs, and of models with the attributes of its GenAI conventions."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from api.metrics import Metrics
from api.traces import Traces, provider
from connectors.base import CallEnd, NewCall, Origin, Request, Result
from engine import tracing
from engine.clock import FakeClock
from engine.engine import Engine
from engine.errors import NotFound
from engine.observer import Several
from engine.queries import TaskFilter
from tests.api.callers import upload
from tests.engine.worker_house import ADMIN, RESULT, House
from tests.support.diagrams import chain, diagram, service

TASK = '<bpmn:userTask id="u"><bpmn:extensionElements><zeebe:userTask/></bpmn:extensionElements></bpmn:userTask>'
CALLER = f"00-{'a' * 32}-{'b' * 16}-01"


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
        number = request.journal.begin(
            NewCall(model="openai/small", prompt="secret", reserved=None, ai_kind="scripted")
        )
        request.journal.settle(
            number,
            CallEnd(
                answer="secret",
                tokens_in=7,
                tokens_out=3,
                cost=Decimal("0.25"),
                confidence=0.75,
                origin=Origin("small-2026-01-05", "chatcmpl-1", "stop"),
            ),
        )
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
    answered = [told[f"gen_ai.response.{name}"] for name in ("model", "id", "finish_reasons")]
    assert answered == ["small-2026-01-05", "chatcmpl-1", ("stop",)]
    assert (told["gen_ai.agent.id"], told["gen_ai.conversation.id"]) == ("p", str(house.key))
    assert (told["gen_ai.evaluation.name"], told["gen_ai.evaluation.score.value"]) == ("confidence", 0.75)
    assert "secret" not in str(told)
    assert {"baton start", "baton claim_jobs", "baton settle_attempt"} <= spans.keys()


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"toolCall": {"city": "Rome", "_meta": {"id": "call_1", "name": "weather"}}}, ("weather", "call_1")),
        (
            {"toolCall": {"method": "tools/call", "params": {"name": "search"}, "_meta": {"name": "gateway"}}},
            ("search", None),
        ),
        ({"toolCall": {"_meta": "weather"}}, None),
        ({"toolCall": ["weather"]}, None),
    ],
)
def test_a_tool_that_an_agent_uses_has_a_span_of_its_own_below_the_job(
    upgraded_sqlite_url: str,
    clock: FakeClock,
    exporter: InMemorySpanExporter,
    traced: TracerProvider,
    variables: dict[str, Any],
    named: tuple[str, str | None] | None,
) -> None:
    house = House(upgraded_sqlite_url, clock)
    worker = house.serve(lambda request: Result(None))
    house.engine.observer = Traces(traced)
    house.start(**variables)
    worker.run_until_idle()
    house.store.close()
    traced.force_flush()
    spans = exporter.get_finished_spans()
    [job] = [span for span in spans if span.name == "process work"]
    tools = [span for span in spans if span.name.startswith("execute_tool ")]
    assert len(tools) == (named is not None)
    if named is not None:
        told = dict(tools[0].attributes or {})
        assert tools[0].name == f"execute_tool {named[0]}"
        assert (told["gen_ai.operation.name"], told["gen_ai.tool.name"]) == ("execute_tool", named[0])
        assert told.get("gen_ai.tool.call.id") == named[1]
        assert tools[0].parent is not None
        assert tools[0].parent.span_id == job.context.span_id
        assert "Rome" not in str(told)


def test_a_request_hands_its_trace_to_what_it_starts_and_to_nothing_after_it(
    client: FlaskClient, engine: Engine
) -> None:
    body = f'<bpmn:startEvent id="s"/>{service("work", "w:1")}<bpmn:endEvent id="e"/>'
    assert upload(client, ("p.bpmn", diagram(body, chain("s", "work", "e")))).status_code == 200
    for headers in ({"traceparent": CALLER}, {"traceparent": "nonsense"}, {}):
        client.post("/api/v1/instances", json={"process_id": "p"}, headers=headers)
        assert tracing.current() == ""
    jobs = engine.claim_jobs(worker="w", types=["w:1"], limit=3)
    assert [job.traceparent for job in jobs] == [CALLER, "", ""]


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


def test_from_the_callers_start_to_the_model_it_is_one_trace(
    upgraded_database_url: str, clock: FakeClock, exporter: InMemorySpanExporter, traced: TracerProvider
) -> None:
    def connector(request: Request) -> Result:
        number = request.journal.begin(NewCall(model="openai/small", prompt="p", reserved=None, ai_kind="scripted"))
        request.journal.settle(number, CallEnd(answer="a"))
        return Result(request.traceparent)

    house = House(upgraded_database_url, clock)
    worker = house.serve(connector, name="another process")
    house.engine.observer = Traces(traced)
    with tracing.under(CALLER):
        house.start(body=service("a") + TASK + service("b", inner=RESULT), flows=chain("start", *"aub", "end"))
    worker.run_until_idle()
    [task] = house.engine.queries.tasks(TaskFilter()).items
    with tracing.under(CALLER.replace("a", "c")):  # somebody else's request, in a trace of its own
        house.engine.complete_task(task.key, {}, by=ADMIN)
    worker.run_until_idle()
    assert house.state() == "completed"
    sent = house.variables()["result"]
    house.store.close()
    traced.force_flush()
    spans = exporter.get_finished_spans()
    ours = {span.name for span in spans if f"{span.context.trace_id:032x}" == "a" * 32}
    assert ours >= {"baton start", "process work", "baton settle_attempt", "chat openai/small", "baton complete_job"}
    assert "baton complete_task" not in ours
    jobs = [span for span in spans if span.name == "process work"]
    assert [f"{span.context.trace_id:032x}" for span in jobs] == ["a" * 32] * 2
    # What goes out names the job's own span, so that the other side hangs below it.
    assert sent == f"00-{'a' * 32}-{jobs[1].context.span_id:016x}-01"
    by_id = {span.context.span_id: span.name for span in spans}
    parents = [by_id.get(span.parent.span_id) if span.parent else None for span in jobs]
    assert parents[0] == "baton start"
