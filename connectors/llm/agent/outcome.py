"""The last words of an agent: read in the shape that the diagram asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.base import Json
from connectors.llm.agent.conversation import LONGEST_TEXT
from connectors.llm.agent.inputs import Shape
from connectors.llm.answer import Answer


@dataclass(frozen=True, slots=True)
class Words:
    """What a model said without calling anything. `faults` are what it is told once more to mend."""

    text: str
    parsed: Json = None
    faults: tuple[str, ...] = ()

    def as_json(self, shape: Shape, message: Mapping[str, Json]) -> dict[str, Json]:
        """As Camunda's agents answer."""
        told: dict[str, Json] = {} if shape.is_json else {"responseText": self.text}
        if shape.is_json or self.parsed is not None:
            told["responseJson"] = self.parsed
        if shape.includes_message:
            told["responseMessage"] = dict(message)
        return told


def read(text: str, finish: str, shape: Shape) -> Words:
    """Hold the words against the shape."""
    if faults := _faults_of_text(text, finish):
        return Words(text[:LONGEST_TEXT], None, faults)
    if shape.is_json:
        answer = Answer.parse(text, shape.schema or {})
        return Words(text, answer.output, answer.faults)
    parsed = Answer.parse(text, {}) if shape.parses else Answer()
    return Words(text, None if parsed.faults else parsed.output)


def orders(shape: Shape) -> str:
    """How the model is told of the shape."""
    if not shape.is_json:
        return ""
    return "Give your final answer as one JSON value that satisfies the JSON Schema, and nothing else."


def _faults_of_text(text: str, finish: str) -> tuple[str, ...]:
    if len(text) > LONGEST_TEXT:
        return (f"The answer has {len(text):,} characters; at most {LONGEST_TEXT:,} are taken.",)
    if finish == "length":
        return ("The answer was cut off because it is too long. Answer in fewer words.",)
    return () if text.strip() else ("The answer is empty.",)


def correction(faults: Sequence[str]) -> str:
    """What the model is told about an answer that was not taken."""
    listed = "\n".join(f"- {fault}" for fault in faults)
    return f"Your answer was not accepted:\n{listed}\nAnswer again."
