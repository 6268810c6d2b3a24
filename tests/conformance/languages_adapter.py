"""Adapters between the TCK's runner (`tck_run` beside the cases) and Baton's languages.

    PYTHONPATH=tests/conformance python TCK/tck_run/run_feel.py --cases FILE --adapter languages_adapter:feel

It speaks the runner's neutral values, so it must run with `tck_run` on the path.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import tckrun
import tckvalues

from bpmn import feel
from bpmn.errors import EvaluationError, LanguageError, ModelError
from bpmn.feel import values

NOW = datetime.datetime(2024, 6, 15, 12, 30, tzinfo=datetime.UTC)


def to_baton(value: Any) -> Any:
    """A neutral value of the runner as a FEEL value."""
    match value:
        case tckvalues.Date():
            return values.Date(value.year, value.month, value.day)
        case tckvalues.Time():
            return values.Time(value.hour, value.minute, value.second, value.nano, value.offset, value.zone)
        case tckvalues.DateTime():
            time = values.Time(value.hour, value.minute, value.second, value.nano, value.offset, value.zone)
            return values.DateTime(values.Date(value.year, value.month, value.day), time)
        case tckvalues.YMDuration():
            return values.YearsMonths(value.months)
        case tckvalues.DTDuration():
            return values.DaysTime(int(value.seconds * values.SECOND))
        case list():
            return [to_baton(item) for item in value]
        case Mapping():
            return {key: to_baton(item) for key, item in value.items()}
    return value


def to_neutral(value: Any) -> Any:
    """A FEEL value as the runner compares it."""
    if isinstance(value, list):
        return [to_neutral(item) for item in value]
    if isinstance(value, dict):
        return {key: to_neutral(item) for key, item in value.items()}
    convert = _NEUTRAL.get(type(value))
    return value if convert is None else convert(value)


def _time(time: values.Time) -> tuple[Any, ...]:
    return time.hour, time.minute, time.second, time.nanosecond, time.offset, time.zone


_NEUTRAL: dict[type, Callable[[Any], Any]] = {
    values.Date: lambda value: tckvalues.Date(value.year, value.month, value.day),
    values.Time: lambda value: tckvalues.Time(*_time(value)),
    values.DateTime: lambda value: tckvalues.DateTime(
        value.date.year, value.date.month, value.date.day, *_time(value.time)
    ),
    values.YearsMonths: lambda value: tckvalues.YMDuration(value.months),
    values.DaysTime: lambda value: tckvalues.DTDuration(Decimal(value.nanoseconds) / values.SECOND),
    values.Range: str,
    values.Function: str,
}


class Feel:
    """FEEL in one dialect."""

    def __init__(self, dialect: feel.Dialect) -> None:
        self.name = f"baton feel ({dialect})"
        self.dialect = dialect

    def evaluate_feel(self, text: str, context: dict[str, Any]) -> Any:
        try:
            return to_neutral(feel.evaluate(text, to_baton(context), dialect=self.dialect, now=NOW))
        except (LanguageError, EvaluationError) as error:
            raise tckrun.EvaluationError(str(error)) from error

    def evaluate_unary(self, text: str, value: Any, context: dict[str, Any]) -> bool | None:
        try:
            return feel.evaluate_unary(text, to_baton(value), to_baton(context), dialect=self.dialect, now=NOW)
        except (LanguageError, EvaluationError) as error:
            raise tckrun.EvaluationError(str(error)) from error


feel_dmn = Feel("dmn")
feel_camunda = Feel("camunda")


class Dmn:
    """Whole decision models, with the imported ones of the same folder."""

    name = "baton dmn"

    def __init__(self) -> None:
        self.models: dict[str, Any] = {}

    def evaluate(
        self, dmn_path: str, decision_name: str, inputs: dict[str, Any], kind: str = "decision", **more: Any
    ) -> Any:
        try:
            model = self.model(dmn_path)
            given = {name: to_baton(value) for name, value in inputs.items()}
            if kind == "decisionService":
                return to_neutral(model.evaluate_service(decision_name, given, more.get("result_name"), now=NOW))
            return to_neutral(model.evaluate(decision_name, given, now=NOW))
        except (LanguageError, EvaluationError, ModelError, KeyError) as error:
            raise tckrun.EvaluationError(str(error)) from error

    def model(self, path: str) -> Any:
        from bpmn import dmn

        if path not in self.models:
            others = [other for other in Path(path).parent.glob("*.dmn") if str(other) != path]
            self.models[path] = dmn.read(
                Path(path).read_bytes(), imports=[other.read_bytes() for other in others], strict=False
            )
        return self.models[path]


dmn = Dmn()
