"""Outcome probes: what a diagram says must be seen to hold before a task counts as done. Pure.

Whoever did the work claims an outcome: the variables that it completes its job with. A probe looks for itself. It is
written as headers of the task, or as extension properties where the dialect has no headers (Camunda 7):

| key | means |
|---|---|
| `baton:probe` | a job type that looks (a connector's, a worker's), or `=` and FEEL over `claim` and the variables |
| `baton:probeInput` | FEEL that gives the variables of the looking job; else it sees `claim` and the task's variables |
| `baton:probeExpect` | FEEL over `claim` and `observed` that must be true; else what was observed must be `true` |
| `baton:probeAfter` | how long to wait before each look, ISO 8601 (none: the first at once, later ones as retries) |
| `baton:probeRetries` | how often to look again while the claim does not hold (none: 2) |
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bpmn import languages
from bpmn.errors import EvaluationError, LanguageError
from bpmn.model import Expression, Language

Json = Any

KEY, INPUT, EXPECT = "baton:probe", "baton:probeInput", "baton:probeExpect"
AFTER, RETRIES = "baton:probeAfter", "baton:probeRetries"
KEYS = (KEY, INPUT, EXPECT, AFTER, RETRIES)
#: The job type of a look that is an expression alone.
EXPRESSION_TYPE = "baton:probe:1"
USUAL_RETRIES = 2
MOST_RETRIES = 100
_DURATION = re.compile(r"P(?:(\d+)W|(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?)")


@dataclass(frozen=True, slots=True)
class Probe:
    """One task's probe. `look` is FEEL, empty where jobs of `type` look. Texts of FEEL come without `=`."""

    type: str
    look: str
    input: str
    expect: str
    after: timedelta | None
    retries: int

    def observed_by_expression(self, claim: Json, variables: Mapping[str, Json]) -> Json:
        """What an expression sees. Raises EvaluationError, LanguageError."""
        return _value(self.look, {**variables, "claim": claim})

    def inputs(self, claim: Json, variables: Mapping[str, Json]) -> dict[str, Json]:
        """The variables of the looking job. Raises EvaluationError, LanguageError."""
        if not self.input:
            return {**variables, "claim": claim}
        found = _value(self.input, {**variables, "claim": claim})
        if not isinstance(found, dict):
            raise EvaluationError(f"{INPUT} must give an object of variables, and gives {str(found)[:60]}.")
        return found

    def holds(self, claim: Json, observed: Json, variables: Mapping[str, Json]) -> bool:
        """Whether the claim holds by what was observed. Raises EvaluationError, LanguageError."""
        if not self.expect:
            return observed is True
        return _value(self.expect, {**variables, "claim": claim, "observed": observed}) is True


def read(keys: Mapping[str, str]) -> Probe | None:
    """The probe that headers or properties describe; None without one. What is no duration or number counts as none."""
    what = keys.get(KEY, "").strip()
    if not what:
        return None
    is_expression = what.startswith("=")
    retries = keys.get(RETRIES, "").strip()
    return Probe(
        type=EXPRESSION_TYPE if is_expression else what,
        look=_feel(what) if is_expression else "",
        input=_feel(keys.get(INPUT, "")),
        expect=_feel(keys.get(EXPECT, "")),
        after=duration(keys.get(AFTER, "")),
        retries=min(int(retries), MOST_RETRIES) if retries.isdecimal() else USUAL_RETRIES,
    )


def faults(keys: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What is wrong with a probe, as key and words."""
    what = keys.get(KEY, "").strip()
    if not what:
        yield KEY, "says nothing of what looks at the outcome"
        return
    for key in (KEY, INPUT, EXPECT) if what.startswith("=") else (INPUT, EXPECT):
        if fault := _fault(_feel(keys.get(key, ""))):
            yield key, f"cannot be read: {fault}"
    if not what.startswith("=") and not keys.get(EXPECT, "").strip():
        yield EXPECT, "is missing: say what must hold, by FEEL over claim and observed"
    if (text := keys.get(AFTER, "").strip()) and duration(text) is None:
        yield AFTER, f"must be a duration such as PT30S, and is '{text[:40]}'"
    if (text := keys.get(RETRIES, "").strip()) and not (text.isdecimal() and int(text) <= MOST_RETRIES):
        yield RETRIES, f"must be a whole number up to {MOST_RETRIES}, and is '{text[:40]}'"


def duration(text: str) -> timedelta | None:
    """Weeks, or days to seconds, of ISO 8601; None for anything else."""
    match = _DURATION.fullmatch(text.strip())
    if match is None or not any(match.groups()):
        return None
    weeks, days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
    try:
        return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        return None


def _feel(text: str) -> str:
    return text.strip().removeprefix("=").strip()


def _compiled(text: str) -> languages.Compiled:
    return languages.compile(Expression(text, Language.FEEL))


def _value(text: str, variables: Mapping[str, Json]) -> Json:
    return languages.as_json(_compiled(text).evaluate(variables))


def _fault(text: str) -> str:
    try:
        _compiled(text or "null")
    except LanguageError as problem:
        return str(problem)
    return ""
