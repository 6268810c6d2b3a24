"""The last words of an agent before the policies on outputs, once: what they say is settled with the answer.

So whoever walks through the books again finds their verdict there, and nobody is asked twice.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from connectors.base import Json, ModelCall, ModelGate, Ruled
from connectors.llm import canary
from connectors.llm.agent import outcome
from connectors.llm.agent.inputs import Shape
from connectors.llm.agent.outcome import Words

_KEY = "policy"  # of the kept answer: what the policies said, but for yes


@dataclass(frozen=True, slots=True)
class JudgedAnswer:
    """An answer as the books keep it, with the checks that were made and what the policies said."""

    kept: Mapping[str, Json]
    checks: Mapping[str, str]
    ruled: Ruled | None = None


def judge(kept: Mapping[str, Json], shape: Shape, gate: ModelGate, asked: ModelCall) -> JudgedAnswer:
    """Hold last words against their shape, then against the policies. An answer that calls tools is none."""
    if kept["toolCalls"] or kept["refusal"] or kept["finish"] == "content_filter":
        return JudgedAnswer(kept, {})
    words = _read(kept, shape)
    if words.faults:
        return JudgedAnswer(kept, {"schema": "deny"})
    ruled = gate.output(asked, words.parsed if shape.is_json else words.text)
    if ruled.verdict != "allow":
        kept = {**kept, _KEY: {"verdict": ruled.verdict, "reason": ruled.reason, "group": ruled.group}}
    return JudgedAnswer({**kept, **_changed(ruled)}, {"schema": "allow"}, ruled)


def withheld(kept: Mapping[str, Json]) -> JudgedAnswer:
    """An answer that gives away the mark of its system message: neither its words nor its calls are used."""
    denied = {"verdict": "deny", "reason": canary.LEAKED, "group": ""}
    return JudgedAnswer({**kept, "text": "", "toolCalls": [], _KEY: denied}, {"canary": "deny"})


def read(kept: Mapping[str, Json], shape: Shape) -> Words:
    """The words with their faults; what a policy denies is one."""
    words = _read(kept, shape)
    return replace(words, faults=(str(kept[_KEY]["reason"]),)) if is_denied(kept) else words


def is_denied(kept: Mapping[str, Json]) -> bool:
    """Whether a policy denies the words."""
    return (kept.get(_KEY) or {}).get("verdict") == "deny"


def asked_for(kept: Mapping[str, Json]) -> tuple[str, str] | None:
    """Why a policy wants a person to see these words, and of which group ("": not named); None where none does."""
    said = kept.get(_KEY) or {}
    return (str(said["reason"]), str(said["group"])) if said.get("verdict") == "ask" else None


def _read(kept: Mapping[str, Json], shape: Shape) -> Words:
    return outcome.read(str(kept.get("text") or ""), str(kept.get("finish") or ""), shape)


def _changed(ruled: Ruled) -> dict[str, Json]:
    if not ruled.is_changed:
        return {}
    value = ruled.value
    return {"text": value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}
