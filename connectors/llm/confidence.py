"""How sure to be of an answer that passed the hard checks: a number between 0 and 1 and the method that made it.

It is a ranking figure, not a calibrated probability: what it means for one task only recorded human verdicts can tell.
It is made of what can be measured without asking the model about itself (asked, models overrate themselves):

* token probabilities, where the vendor reports them: for every value the geometric mean over its tokens, and of these
  the least, because one wrong field makes a wrong answer;
* deterministic checks: the share of values that were looked for in the document and found. Without token probabilities
  this is all there is, and it counts for at most `CHECKS_ALONE`, because a value may stand in the document and still be
  the wrong one of two;
* earlier attempts: an answer that passes after it was told what to change is weaker evidence than a first pass (in
  trials half of the answers accepted after re-asking for made-up values were wrong).
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from connectors.llm.call import Token

CHECKS_ALONE = 0.9
AFTER_WRONG_SHAPE = 0.95  # an earlier answer of this model was no JSON or broke the schema
_LOWEST = -100.0  # vendors report -9999 or -inf for tokens outside their lists
AFTER_MADE_UP_VALUE = 0.6  # an earlier answer of this model held a value that the document does not

_PIECES = re.compile(rb'"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null')
_COLON = re.compile(rb"\s*:")


@dataclass(frozen=True, slots=True)
class Confidence:
    """A score between 0 and 1, None when nothing was measurable; `method` says what went into it."""

    score: float | None
    method: str


def measure(text: str, tokens: Sequence[Token], *, checked: int, shape_faults: int = 0, made_up: int = 0) -> Confidence:
    """The confidence in an answer that passed schema and grounding.

    `text` is the answer as received, `tokens` its tokens (may be empty), `checked` how many of its values were found in
    the document, `shape_faults` and `made_up` how many earlier answers of the same model failed in which way.
    """
    values = len(_value_spans(text.encode("utf-8", "replace")))
    least = least_probability(text, tokens)
    if least is not None:
        score, method = least, "token probability"
    elif checked:
        score, method = CHECKS_ALONE * min(1.0, checked / max(values, 1)), "found in the document"
    else:
        return Confidence(None, "not measurable")
    penalty = AFTER_WRONG_SHAPE**shape_faults * AFTER_MADE_UP_VALUE**made_up
    suffix = ", after a correction" if penalty < 1 else ""
    return Confidence(round(score * penalty, 4), method + suffix)


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
    spans = []
    for match in _PIECES.finditer(text):
        if _COLON.match(text, match.end()):
            continue
        quote = 1 if match[0].startswith(b'"') and len(match[0]) > 2 else 0
        spans.append((match.start() + quote, match.end() - quote))
    return spans


def _mean(tokens: Sequence[Token], ends: Sequence[int], begin: int, end: int) -> float | None:
    first, last = bisect_right(ends, begin), bisect_left(ends, end)
    logprobs = [max(token.logprob, _LOWEST) for token in tokens[first : last + 1]]
    return math.exp(sum(logprobs) / len(logprobs)) if logprobs else None
