"""What calls cost: prices, the most a call can cost before it is made, and what it did cost after.

An unknown price is an error, not zero: a budget that counts some calls as free by accident is no budget.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from connectors.base import Json

MILLION = Decimal(1_000_000)
ZERO = Decimal(0)

# What chat formats add around each message (role, markers); vendors say 3 to 5 tokens.
_TOKENS_AROUND_A_MESSAGE = 8


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per token."""

    input: Decimal
    output: Decimal

    @classmethod
    def per_million(cls, input_: Decimal, output: Decimal) -> Price:
        return cls(input_ / MILLION, output / MILLION)

    def cost(self, tokens_in: int, tokens_out: int) -> Decimal:
        """What a call with these token counts costs."""
        return self.input * tokens_in + self.output * tokens_out


def most_tokens(messages: Sequence[Mapping[str, Json]], *, extra: int = 0) -> int:
    """A bound no tokenizer can exceed: every token of a byte-level vocabulary stands for at least one byte."""
    texts = sum(len(_text(message).encode("utf-8", "replace")) for message in messages)
    return texts + extra + _TOKENS_AROUND_A_MESSAGE * (len(messages) + 1)


def _text(message: Mapping[str, Json]) -> str:
    content = message.get("content")
    is_plain = isinstance(content, str) and message.keys() <= {"role", "content"}
    return str(content) if is_plain else json.dumps(message, ensure_ascii=False)


def show(cost: Decimal) -> str:
    """A cost for people and JSON: plain digits, at most eight of them after the point, no trailing zeros."""
    text = f"{cost.quantize(Decimal('1e-8')):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
