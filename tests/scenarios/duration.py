"""ISO 8601 durations of days and less, for moving the clock of a scenario. Written apart from what it helps to test."""

from __future__ import annotations

import re

_SECONDS = {"D": 86_400, "H": 3_600, "M": 60, "S": 1}


def seconds_of(text: str) -> float:
    """P1DT2H3M4S in seconds."""
    assert re.fullmatch(r"P(\d+D)?(T(\d+H)?(\d+M)?(\d+S)?)?", text), f"no duration: {text}"
    return float(sum(int(number) * _SECONDS[unit] for number, unit in re.findall(r"(\d+)([DHMS])", text)))
