"""What people's verdicts say about models' answers: how often they were right, and which may pass alone."""

from __future__ import annotations

from flask import Response
from pydantic import Field

from api.context import engine
from api.rest.nouns import noun
from api.rest.shapes import Query, View, shown
from engine.judgements import Calibration

calibrations = noun("calibrations", "Calibrations: what people's verdicts say about models' answers.")

_STATED = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)


class CalibrationQuery(Query):
    """Which, and for which target."""

    process_id: str = Field(default="", max_length=255)
    target_error: float = Field(default=0.05, gt=0, lt=1, description="The share of wrong answers that may pass alone.")


class CurvePoint(View):
    """A confidence and what it is worth."""

    confidence: float
    probability: float = Field(description="That an answer with it is right.")


class CalibrationView(View):
    """One model's answers at one element, to one version of the question."""

    process_id: str
    element_id: str
    model: str
    fingerprint: str = Field(description="Of prompt, schema and examples: when they change, evidence begins anew.")
    judged: int = Field(description="Answers that people's verdicts were held against; the newest 1,000 count.")
    right: int
    needed: int = Field(description="Flawless verdicts that would be the least to certify the target.")
    threshold: float | None = Field(description="Answers at least so sure may pass alone; null: too little evidence.")
    calibration_error: float = Field(description="By how much stated and true shares of right answers differ.")
    curve: list[CurvePoint]


class CalibrationList(View):
    """All of them, by names."""

    items: list[CalibrationView]


@calibrations.get("", responses={200: CalibrationList})
def listing(query: CalibrationQuery) -> Response:
    """What is known of each element, model and version of its question."""
    found = engine().queries.calibrations(process_id=query.process_id or None, target_error=query.target_error)
    return shown(CalibrationList, {"items": [_view(one) for one in found]})


def _view(one: Calibration) -> dict[str, object]:
    return {
        "process_id": one.place.process_id,
        "element_id": one.place.element_id,
        "model": one.place.model,
        "fingerprint": one.place.fingerprint,
        "judged": one.judged,
        "right": one.right,
        "needed": one.bar.needed,
        "threshold": one.bar.confidence,
        "calibration_error": round(one.error, 4),
        "curve": [{"confidence": stated, "probability": round(one.curve(stated), 4)} for stated in _STATED],
    }
