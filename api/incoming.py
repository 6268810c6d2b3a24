"""Reading requests carefully: JSON bodies and uploaded files, for every dialect of the API alike.

JSON is read strictly (UTF-8, no NaN, no bottomless nesting, no half characters), because what passes here is stored and
given to every later reader.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any, NoReturn

from flask import Request, current_app, request
from werkzeug.exceptions import NotFound, RequestEntityTooLarge
from werkzeug.routing import IntegerConverter, Map

from api.problems import Problem
from engine.deployments import NamedFile

MAX_JSON_BYTES = 5 * 1024 * 1024  # the engine keeps 4 MB of variables per call; the rest is room for the envelope
MAX_JSON_DEPTH = 100
MAX_FILES = 100
MAX_FILE_NAME = 255
MAX_KEY = 2**63 - 1


class KeyConverter(IntegerConverter):
    """`<int:key>` in an address: a number that a database's 64-bit column holds. At another one there is nothing."""

    def __init__(self, routes: Map) -> None:
        super().__init__(routes, max=MAX_KEY)


class StrictRequest(Request):
    """A Flask request whose JSON is read by `read_json`; an empty body reads as an empty object."""

    _json: Any = None

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        """The body, always an object. Raises `Problem` 400, 413 or 415. The flags are Flask's, without effect."""
        if self._json is None:
            self._json = _body_of(self)
        return self._json


def _body_of(source: Request) -> dict[str, Any]:
    raw = _raw_body(source)
    if not raw.strip():
        return {}
    if not source.is_json:
        found = source.mimetype or "nothing"
        raise Problem(415, "wrong-media-type", f"The body must be application/json; Content-Type says {found[:100]}.")
    body = read_json(raw)
    if not isinstance(body, dict):
        raise Problem(422, "invalid-input", f"The body must be a JSON object, not {_kind(body)}.")
    return body


def _raw_body(source: Request) -> bytes:
    limit = min(MAX_JSON_BYTES, source.max_content_length or MAX_JSON_BYTES)
    length = source.content_length
    if length is not None and length > limit:
        raise Problem(413, "too-large", f"The body has {length} bytes; JSON may have {limit}.")
    source.max_content_length = limit
    raw = source.get_data(cache=False)
    # A chunked body does not say its length, and is cut off silently where the limit is.
    if length is None and len(raw) >= limit:
        raise Problem(413, "too-large", f"The body is too long; JSON may have {limit} bytes.")
    return raw


def read_json(raw: bytes) -> Any:
    """The value of a JSON text. Raises `Problem` 400 with code bad-json that says where it breaks."""
    try:
        value = _STRICT.decode(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise _bad_json(f"it is not UTF-8 (byte {error.start})") from None
    except json.JSONDecodeError as error:
        raise _bad_json(f"{error.msg} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise _bad_json(f"it nests deeper than {MAX_JSON_DEPTH} levels") from None
    except ValueError as error:
        raise _bad_json(str(error)[:200]) from None
    _check_depth(value)
    if b"\\u" in raw:
        _check_characters(value)
    return value


def _bad_json(why: str) -> Problem:
    return Problem(400, "bad-json", f"The body is not valid JSON: {why}.")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"the number {text[:40]} is too large")
    return number


_STRICT = json.JSONDecoder(parse_constant=_no_constant, parse_float=_finite)


def _check_depth(value: Any) -> None:
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > MAX_JSON_DEPTH + 1:
            raise _bad_json(f"it nests deeper than {MAX_JSON_DEPTH} levels")
        level = [child for item in level for child in _children(item) if isinstance(child, dict | list)]


def _children(item: Any) -> Sequence[Any]:
    if isinstance(item, dict):
        return list(item.values())
    return item if isinstance(item, list) else ()


def _check_characters(value: Any) -> None:
    # Half of a surrogate pair cannot be written as UTF-8, so no database and no later answer could hold it.
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise _bad_json("it holds half of a surrogate pair, which is no character") from None


def _kind(value: Any) -> str:
    names = {list: "an array", str: "a string", bool: "a boolean", int: "a number", float: "a number"}
    return names.get(type(value), "null")


def uploaded_files() -> list[NamedFile]:
    """Every file part of a multipart request, in order, with its client's file name.

    Raises `Problem` 415 for another media type, 422 without a file or with a part that has no name, 413 for a file over
    the limit of the settings.
    """
    if request.mimetype != "multipart/form-data":
        found = request.mimetype or "nothing"
        raise Problem(415, "wrong-media-type", f"Files come as multipart/form-data; Content-Type says {found[:100]}.")
    parts = [part for _, part in request.files.items(multi=True)]
    if not parts:
        raise Problem(422, "invalid-input", "There is no file in the request. Send each as a part with a file name.")
    if len(parts) > MAX_FILES:
        raise Problem(413, "too-large", f"There are {len(parts)} files in the request; {MAX_FILES} are the most.")
    return [_file(part) for part in parts]


def _file(part: Any) -> NamedFile:
    # Some clients send a path; only its last part is the name. Nothing is ever written under it.
    name = (part.filename or "").replace("\\", "/").rsplit("/", 1)[-1]
    if not name or len(name) > MAX_FILE_NAME or not name.isprintable():
        raise Problem(422, "invalid-input", f"A file needs a printable name of at most {MAX_FILE_NAME} characters.")
    limit: int = current_app.config["FILE_LIMIT"]
    content = part.stream.read(limit + 1)
    if len(content) > limit:
        raise Problem(
            413, "too-large", f"File '{name}' has more than {limit} bytes. Split the model, or raise the limit."
        )
    return NamedFile(name, content)


def refuse_if_too_long(asked: Request) -> None:
    """Refuse a request that says it is longer than the server reads, before any of it is read."""
    length, limit = asked.content_length, asked.max_content_length
    if length is not None and limit is not None and length > limit:
        raise RequestEntityTooLarge


def refuse_nul(asked: Request) -> None:
    """Refuse an address with the character NUL: no name holds it, and PostgreSQL takes no text with it.

    In the path it is a place where nothing is (404), in a parameter a value that cannot be read (400).
    """
    if "\0" in asked.path:
        raise NotFound
    if b"%00" in asked.query_string or b"\0" in asked.query_string:
        raise Problem(400, "bad-request", "A parameter of the address holds the character NUL.")
