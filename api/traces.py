"""Traces by OpenTelemetry (the extra `otel`): a span for each verb and job, and one for each call of a model.

A case is one trace: it goes on under what started it (`engine.tracing`), in whichever process. Calls of models, and the
tools that agents use, carry the attributes of OpenTelemetry's conventions for generative AI (`chat`, `execute_tool`),
never what was asked or answered. A tool that a person does has no span: what moved its case has.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from engine import tracing
from engine.observer import ObservedCall, ObservedJob

#: What a span's attribute can be, of ours.
Attribute = str | int | float | tuple[str, ...]
_NANOSECONDS = 1_000_000_000
_W3C, _HEADER = TraceContextTextMapPropagator(), "traceparent"


class Traces:
    """An `engine.observer.Observer` that makes spans of what it sees."""

    def __init__(self, provider: TracerProvider) -> None:
        self._tracer = provider.get_tracer("baton")

    def verb(self, name: str) -> AbstractContextManager[object]:
        return self._span(f"baton {name}")

    def job(self, job: ObservedJob) -> AbstractContextManager[object]:
        attributes = {
            "baton.job.key": str(job.key),
            "baton.job.type": job.type,
            "baton.instance.key": str(job.instance_key),
            "baton.element.id": job.element_id,
            "baton.process.id": job.process_id,
        }
        span = self._span(f"process {job.type}", kind=SpanKind.CONSUMER, attributes=attributes)
        return self._tool(span, job) if job.tool else span

    @contextmanager
    def _tool(self, job_span: AbstractContextManager[object], job: ObservedJob) -> Iterator[None]:
        """Below the job's span the one of the tool that an agent uses by it."""
        attributes = {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": job.tool,
            "gen_ai.tool.type": "function",
            "gen_ai.conversation.id": str(job.instance_key),
        }
        if job.tool_call_id:
            attributes["gen_ai.tool.call.id"] = job.tool_call_id
        with job_span, self._span(f"execute_tool {job.tool}", kind=SpanKind.INTERNAL, attributes=attributes):
            yield

    @contextmanager
    def _span(self, name: str, **known: Any) -> Iterator[Span]:
        """A span under the one that is open here, or else under what this thread works under."""
        is_open = get_current_span().get_span_context().is_valid
        context = None if is_open else _W3C.extract({_HEADER: tracing.current()})
        with self._tracer.start_as_current_span(name, context=context, **known) as span:
            carrier: dict[str, str] = {}
            _W3C.inject(carrier)
            with tracing.under(carrier.get(_HEADER, "")):
                yield span

    def model_called(self, call: ObservedCall) -> None:
        ended = time.time_ns()
        began = ended - int(call.seconds * _NANOSECONDS)
        attributes = _of_model(call)
        span = self._tracer.start_span(
            f"chat {call.model}", kind=SpanKind.CLIENT, attributes=attributes, start_time=began
        )
        if call.has_failed:
            span.set_status(Status(StatusCode.ERROR))
        span.end(ended)


def provider(exporter: SpanExporter | None = None) -> TracerProvider:
    """What collects spans and sends them where the OTEL_EXPORTER_OTLP_* variables say, or to `exporter`."""
    if exporter is None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        exporter = OTLPSpanExporter()
    made = TracerProvider(resource=Resource.create({"service.name": "baton"}))
    made.add_span_processor(BatchSpanProcessor(exporter))
    return made


def _of_model(call: ObservedCall) -> Mapping[str, Attribute]:
    vendor, slash, _ = call.model.partition("/")
    known: dict[str, Attribute | None] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": vendor if slash else None,
        "gen_ai.request.model": call.model,
        "gen_ai.response.model": call.origin.model or None,
        "gen_ai.response.id": call.origin.id or None,
        "gen_ai.response.finish_reasons": (call.origin.finish,) if call.origin.finish else None,
        "gen_ai.usage.input_tokens": call.tokens_in,
        "gen_ai.usage.output_tokens": call.tokens_out,
        "gen_ai.conversation.id": str(call.instance_key) if call.instance_key else None,
        "gen_ai.agent.id": call.agent_id or None,
        "gen_ai.agent.version": str(call.agent_version) if call.agent_version else None,
        "gen_ai.evaluation.name": None if call.confidence is None else "confidence",
        "gen_ai.evaluation.score.value": call.confidence,
        "error.type": "model_call_failed" if call.has_failed else None,
        "baton.cost.dollars": None if call.cost is None else float(call.cost),
        "baton.job.key": str(call.job_key),
    }
    return {name: value for name, value in known.items() if value is not None}
