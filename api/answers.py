"""What happens to every answer on its way out: headers that protect it, and one piece where all of it is known."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from api.guard import protected


class Application(Protocol):
    """WSGI (PEP 3333)."""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]: ...


class Answers:
    """A WSGI application around another one.

    An answer that says its length is there as a whole, and goes out as a list of one part: for servers that costs a
    fraction of what an iterator does, which they ask for its parts one by one. Others are left as they are.
    """

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        is_whole = False

        def start(status: str, headers: list[tuple[str, str]], *problem: Any) -> Any:
            nonlocal is_whole
            is_whole = any(name == "Content-Length" for name, _ in headers)
            return start_response(status, protected(headers), *problem)

        answer = self._application(environ, start)
        return _in_one_piece(answer) if is_whole else answer


def _in_one_piece(answer: Any) -> list[bytes]:
    try:
        return [b"".join(answer)]
    finally:
        if hasattr(answer, "close"):
            answer.close()
