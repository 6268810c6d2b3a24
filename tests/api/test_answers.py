"""What every answer goes through on its way out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from api.answers import Answers


class Parts:
    """An answer that comes in parts, and must be told when nobody wants it any more."""

    def __init__(self) -> None:
        self.is_closed = False

    def __iter__(self) -> Iterator[bytes]:
        yield from (b"one, ", b"two")

    def close(self) -> None:
        self.is_closed = True


def ask(parts: Parts, *headers: tuple[str, str]) -> Iterable[bytes]:
    def application(_environ: dict[str, Any], start_response: Any) -> Parts:
        start_response("200 OK", list(headers))
        return parts

    return Answers(application)({}, lambda _status, _headers: None)


def test_an_answer_that_says_its_length_goes_out_in_one_piece_and_is_closed() -> None:
    parts = Parts()
    assert ask(parts, ("Content-Type", "text/plain"), ("Content-Length", "8")) == [b"one, two"]
    assert parts.is_closed


def test_an_answer_without_a_length_goes_out_as_it_comes() -> None:
    parts = Parts()
    assert ask(parts, ("Content-Type", "text/plain")) is parts
    assert not parts.is_closed
