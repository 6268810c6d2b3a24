"""Why an answer was not taken, as sentences that begin with their kind: books, models and people read the same ones."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class FaultKind(StrEnum):
    """The kinds, and so what the cascade does about them."""

    JSON = "json"  # cannot be read
    SCHEMA = "schema"  # can be read and has the wrong shape
    LENGTH = "length"  # was cut off
    TOOL = "tool"  # wanted to call something instead of answering
    GROUNDING = "grounding"  # holds values that the document does not
    SAMPLE = "sample"  # one of several answers to the same question, which are judged together
    CONFIDENCE = "confidence"  # right in shape, not sure enough
    CANARY = "canary"  # gives away what only the system message says
    POLICY = "policy"  # a policy denies it
    ASKED = "asked"  # a policy wants a person to decide on it
    REFUSAL = "refusal"  # the model will not answer
    REJECTED = "rejected"  # the model cannot be asked this, or not by us (key, size, parameters)
    UNREACHABLE = "unreachable"  # the call failed on the way
    STOPPED = "stopped"  # AI was stopped while the call was under way: what came back must not be used


TO_BE_SHOWN = frozenset(
    {FaultKind.JSON, FaultKind.SCHEMA, FaultKind.LENGTH, FaultKind.TOOL, FaultKind.GROUNDING, FaultKind.POLICY}
)  # a model can mend these when it is told


def fault(kind: FaultKind, text: str) -> str:
    """One fault as it is written down."""
    return f"{kind}: {text}"


def kind_of(written: str) -> FaultKind:
    """The kind of a written fault."""
    return FaultKind(written.partition(":")[0])


def kinds(faults: Iterable[str]) -> frozenset[FaultKind]:
    """The kinds of all faults of an attempt."""
    return frozenset(kind_of(written) for written in faults)
