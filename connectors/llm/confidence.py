"""How sure to be of an answer that passed the hard checks: a number between 0 and 1 and the method that made it.

It is a ranking figure, not a calibrated probability: what it is worth for one task only recorded human verdicts can
tell (`engine.calibration`, per element, model and version of the question). It is made of whichever of these there are,
by the mean of their log-odds:

* token probabilities, where the vendor reports them: for every value the geometric mean over its tokens, and of these
  the least, because one wrong field makes a wrong answer;
* agreement: the share of several answers to the same question that are the same (the task's input `samples`; each is a
  call with its own row and price);
* the model's own word (`askConfidence`): models overrate themselves, so it counts half, and alone for at most
  `CHECKS_ALONE`;
* deterministic checks: the share of values that were looked for in the document and found. Where neither token
  probabilities nor agreement are known it counts, for at most `CHECKS_ALONE`, because a value may stand in the
  document and still be the wrong one of two;
* earlier attempts: an answer that passes after it was told what to change is weaker evidence than a first pass (in
  trials half of the answers accepted after re-asking for made-up values were wrong).
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from connectors.base import Json
from connectors.llm.call import Token

CHECKS_ALONE = 0.9
OWN_WORD = "_confidence"  # the field in which a model is asked how sure it is
_OWN_WORD_COUNTS = 0.5
AFTER_WRONG_SHAPE = 0.95  # an earlier answer of this model was no JSON or broke the schema
_LOWEST = -100.0  # vendors report -9999 or -inf for tokens outside their lists
AFTER_MADE_UP_VALUE = 0.6  # an earlier answer of this model held a value that the document does not

_PIECES = re.compile(rb'"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null')
_COLON = re.compile(rb"\s*:")


@dataclass(frozen=True, slots=True)
class Confidence:
    """A score between 0 and 1, None when nothing was measurable; `method` and `features` say what it is made of."""

    score: float | None
    method: str
    features: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Polled:
    """What asking several times, or for more, has told: the share that agrees, of how many; the model's own word."""

    agreement: float | None = None
    of: int = 1
    own_word: float | None = None


_NOTHING_ASKED = Polled()


def measure(
    text: str,
    tokens: Sequence[Token],
    *,
    checked: int,
    shape_faults: int = 0,
    made_up: int = 0,
    asked: Polled = _NOTHING_ASKED,
) -> Confidence:
    """The confidence in an answer that passed schema and grounding.

    `text` is the answer as received, `tokens` its tokens (may be empty), `checked` how many of its values were found in
    the document, `shape_faults` and `made_up` how many earlier answers of the same model failed in which way.
    """
    features = _features(text, tokens, checked, asked)
    if not features:
        return Confidence(None, "not measurable")
    penalty = AFTER_WRONG_SHAPE**shape_faults * AFTER_MADE_UP_VALUE**made_up
    method = ", ".join(_SAID[name] for name in features) + (", after a correction" if penalty < 1 else "")
    told = {name: round(value, 4) for name, value in features.items()}
    return Confidence(round(_combined(features) * penalty, 4), method, {**told, "correction": round(penalty, 4)})


_SAID = {
    "token": "token probability",
    "agreement": "agreement of samples",
    "own_word": "the model's own word",
    "checks": "found in the document",
}


def _features(text: str, tokens: Sequence[Token], checked: int, asked: Polled) -> dict[str, float]:
    found: dict[str, float] = {}
    if (least := least_probability(text, tokens)) is not None:
        found["token"] = least
    if asked.agreement is not None:
        # Of a few that all agree one cannot be certain: half an answer more on either side.
        found["agreement"] = (asked.agreement * asked.of + 0.5) / (asked.of + 1)
    values = len(_value_spans(text.encode("utf-8", "replace")))
    if checked and not found:
        found["checks"] = CHECKS_ALONE * min(1.0, checked / max(values, 1))
    if asked.own_word is not None:
        found["own_word"] = asked.own_word if found else min(asked.own_word, CHECKS_ALONE)
    return found


def _combined(features: Mapping[str, float]) -> float:
    """The mean of the log-odds; of one feature alone that feature itself."""
    if len(features) == 1:
        return next(iter(features.values()))
    weights = {name: _OWN_WORD_COUNTS if name == "own_word" else 1.0 for name in features}
    bounded = {name: min(max(value, 1e-6), 1 - 1e-6) for name, value in features.items()}
    odds = sum(weights[name] * math.log(value / (1 - value)) for name, value in bounded.items())
    return 1 / (1 + math.exp(-odds / sum(weights.values())))


def asking_for_own_word(schema: Mapping[str, Json]) -> dict[str, Json]:
    """A schema of an object with one more field, in which the model says how sure it is."""
    said = {
        "type": "number",
        "minimum": 0,
        "maximum": 1,
        "description": "How probable it is that all values are right.",
    }
    required = [*(schema.get("required") or ()), OWN_WORD]
    return {**schema, "properties": {**(schema.get("properties") or {}), OWN_WORD: said}, "required": required}


def least_probability(text: str, tokens: Sequence[Token]) -> float | None:
    """The least of the values' mean token probabilities; None without tokens, or when they are not those of the text.

    Servers strip code fences and blanks from the text but not from the tokens, so the text is looked up in what the
    tokens say together; the offset is never assumed.
    """
    wanted = text.strip().encode("utf-8", "replace")
    start = b"".join(token.text for token in tokens).find(wanted) if wanted else -1
    if start < 0:
        return None
    ends = list(accumulate(len(token.text) for token in tokens))
    means = [_mean(tokens, ends, start + begin, start + end) for begin, end in _value_spans(wanted)]
    return min((mean for mean in means if mean is not None), default=None)


def _value_spans(text: bytes) -> list[tuple[int, int]]:
    """Where the values (not the keys) of a JSON text stand, quotes not counted."""
    spans, name = [], b""
    for match in _PIECES.finditer(text):
        if _COLON.match(text, match.end()):
            name = match[0]
            continue
        if name.strip(b'"').decode("utf-8", "replace") == OWN_WORD:
            continue  # how sure it is of this number says nothing of the others
        quote = 1 if match[0].startswith(b'"') and len(match[0]) > 2 else 0
        spans.append((match.start() + quote, match.end() - quote))
    return spans


def _mean(tokens: Sequence[Token], ends: Sequence[int], begin: int, end: int) -> float | None:
    first, last = bisect_right(ends, begin), bisect_left(ends, end)
    logprobs = [max(token.logprob, _LOWEST) for token in tokens[first : last + 1]]
    return math.exp(sum(logprobs) / len(logprobs)) if logprobs else None
