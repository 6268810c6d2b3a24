"""Idempotency keys over HTTP, as the IETF's draft "The Idempotency-Key HTTP Header Field" has them, on every route.

A request that writes and carries the header runs in one transaction, and its answer is stored in it. The same request
again gets the same answer, with `Idempotency-Replayed: true`, for seven days. Answers from 400 on have changed
nothing and are not kept: the key is free for another try.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any

from flask import Response, current_app, g, request
from flask_openapi3.openapi import OpenAPI

from api.context import actor, engine
from api.problems import Problem
from api.turns import wait_aside

Json = Any

HEADER, REPLAYED = "Idempotency-Key", "Idempotency-Replayed"
WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
LONGEST = 255
# What else of an answer's head is kept.
_KEPT_HEADERS = ("Location",)

_PARAMETER = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": LONGEST},
    "description": "A text of your own. The same request under the same key is done once and answered the same, for "
    "seven days; another request under it is refused with 422.",
}


def is_keyed() -> bool:
    """Whether the request has a key: it is one transaction then, which sees nothing of what others do meanwhile."""
    return bool(request.headers.get(HEADER))


class KeyedApp(OpenAPI):
    """An application whose writing routes know idempotency keys, and say so in their description."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself: all of ours are plain, so Flask need not look at each of them at each request."""
        return func

    def dispatch_request(self) -> Any:
        key = _key() if request.method in WRITING else ""
        return _once(key, super().dispatch_request) if key else super().dispatch_request()

    @property
    def api_doc(self) -> dict[str, Json]:
        described: dict[str, Json] = super().api_doc
        operations = [of.items() for of in described["paths"].values()]
        for operation in (one for pairs in operations for method, one in pairs if method.upper() in WRITING):
            others = [one for one in operation.get("parameters", ()) if one != _PARAMETER]
            operation["parameters"] = [*others, _PARAMETER]
        return described


class _NotKept(Exception):
    """An answer that says why nothing was done: what was done is undone, and the answer given."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


class NotYet(Exception):
    """The request waits for something: what it did is undone, and it is asked again when the bell rings or in a while.

    `mark` is the bell's (`engine.store.wakeups`), taken before the request looked.
    """

    def __init__(self, topics: tuple[str, ...], mark: int, seconds: float) -> None:
        super().__init__()
        self.topics, self.mark, self.seconds = topics, mark, seconds


def _key() -> str:
    """The request's key, without the quotes that the draft's grammar puts around it."""
    key = request.headers.get(HEADER, "").strip()
    if len(key) >= 2 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if len(key) > LONGEST:
        raise Problem(422, "invalid-input", f"{HEADER} has at most {LONGEST} characters.")
    return key


def _once(key: str, dispatch: Any) -> Response:
    def work() -> Json:
        response = current_app.make_response(dispatch())
        if response.status_code >= 400:
            raise _NotKept(response)
        return _kept(response)

    while True:
        try:
            answer = engine().once(key, _asked(), work, by=actor())
        except NotYet as waiting:
            if not wait_aside(waiting.topics, waiting.mark, waiting.seconds):
                g.waits_until = 0.0  # the next look is the last
        except _NotKept as refused:
            return refused.response
        else:
            return _given(answer.value, is_repeated=answer.is_repeated)


def _asked() -> Json:
    """What makes two requests the same: method, address, and what the body says."""
    return [request.method, request.full_path, _body()]


def _body() -> Json:
    if request.mimetype != "multipart/form-data":
        return request.get_json()
    files = []
    for name, part in request.files.items(multi=True):
        files.append([name, part.filename, sha256(part.stream.read()).hexdigest()])
        part.stream.seek(0)
    return [sorted(request.form.items(multi=True)), files]


def _kept(response: Response) -> Json:
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    return {
        "status": response.status_code,
        "type": response.content_type,
        "headers": headers,
        "body": response.get_data(as_text=True),
    }


def _given(kept: Json, *, is_repeated: bool) -> Response:
    response = Response(kept["body"], kept["status"], kept["headers"], content_type=kept["type"])
    if is_repeated:
        response.headers[REPLAYED] = "true"
    return response
