"""The view of what there is to decide on."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from api.rest.problem_view import ConflictView
from api.rest.shapes import View
from api.rest.views.people import TaskView
from api.rest.views.running import AttemptView


class QuoteView(View):
    """A value of the proposal, and the part of `source_text` that says it."""

    field: str
    value: Any
    start: int = Field(description="The first character.")
    end: int = Field(description="The first one behind it.")


class EvidenceView(View):
    """Everything that there is to decide on."""

    task: TaskView
    source_text: str = Field(description="What the model was given, as text.")
    quotes: list[QuoteView] = Field(description="Where the proposal's values stand in it, in order.")
    attempts: list[AttemptView] = Field(description="What each model said, oldest first.")
    rulings: list[dict[str, Any]] = Field(description="What policies said: policy, verdict, reason.")
    kept_from: list[ConflictView] = Field(description="Who may not decide, and what they did before.")
    may_respond: bool = Field(description="Whether the model can be told something and tried once more.")
    evidence_hash: str = Field(description="The fingerprint of what is shown: send it with the decision.")
