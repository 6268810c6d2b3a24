"""Views of evaluation cases and of what evaluations found."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from api.rest.shapes import Key, Moment, View
from api.rest.views.governing import Dollars

Json = Any


class CaseView(View):
    """What a model was asked and answered, and what a person decided."""

    job_key: Key
    instance_key: Key
    process_id: str
    element_id: str
    agent_id: str
    agent_version: int
    model: str
    fingerprint: str = Field(description="Of prompt, schema and examples.")
    prompt: Json = Field(description="The messages as they were sent.")
    answer_schema: Json = Field(validation_alias="schema", serialization_alias="schema")
    examples: str = Field(description="The digest of a set of `examples` in this answer; empty for none.")
    output: Json = Field(description="The recorded answer.")
    faults: list[str]
    confidence: float | None
    cost: Dollars | None
    took: float | None = Field(description="Seconds that the model needed.")
    decision: str = Field(description="approve, edit or reject.")
    expected: Json = Field(description="The output that was decided; null where no answer would have been right.")
    was_right: bool
    weight: float = Field(description="1 over the share of such cases that people see.")
    seconds: float = Field(description="From the question to the person's decision.")
    decided_at: Moment
    decided_by: str


class CaseList(View):
    """Cases, in the form that `baton agent eval --cases` takes."""

    format: str
    cases: list[CaseView]
    examples: dict[str, Json]


class SampleView(View):
    """An answer that passed alone and was drawn by lot."""

    job_key: Key
    instance_key: Key
    element_id: str
    model: str
    prompt: Json = Field(description="The messages as they were sent.")
    output: Json
    confidence: float | None
    share: float = Field(description="Of the accepted answers of that time, so many were drawn.")
    drawn_at: Moment


class SampleList(View):
    """Those that nobody has judged yet."""

    items: list[SampleView]


class AgentEvaluationView(View):
    """Recorded cases that were asked again."""

    key: Key
    agent_id: str
    model: str
    said: str = Field(description="What was different from the record.")
    cases: int
    started_at: Moment
    started_by: str
    ended_at: Moment | None
    report: dict[str, Json] | None = Field(description="Its figures; null while it is under way.")


class AgentEvaluationList(View):
    """Evaluations, newest first."""

    items: list[AgentEvaluationView]
