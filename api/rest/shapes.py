"""The building blocks of what the API takes and gives: keys, names, pages, and the bases of bodies and views.

Bodies forbid unknown fields and do not convert types. Views are filled from the engine's dataclasses by attribute, so
that only what is declared (and documented) goes out.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from flask import Response
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from api.incoming import MAX_KEY
from engine.actors import Role
from engine.queries import Page

MAX_NAME = 255
MAX_TEXT = 2_000


def _read_key(value: Any) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 19 and int(value) <= MAX_KEY:
        return int(value)
    raise ValueError("must be a key: a string of up to 19 digits")


def _show_key(value: Any) -> str | None:
    # 0 is how the engine says "none" where a column cannot be empty.
    return str(value) if value else None


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not hold the character NUL")
    return text


KeyIn = Annotated[int, BeforeValidator(_read_key), WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,19}$"})]
Key = Annotated[str, BeforeValidator(_show_key)]
OptionalKey = Annotated[str | None, BeforeValidator(_show_key)]
Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME), AfterValidator(_without_nul)]
OptionalName = Annotated[str, Field(max_length=MAX_NAME), AfterValidator(_without_nul)]
TenantIn = Annotated[
    str,
    Field(max_length=60, description="The tenant; left out, that of the caller: the default one, else the only one."),
    AfterValidator(_without_nul),
]
Text = Annotated[str, Field(max_length=MAX_TEXT), AfterValidator(_without_nul)]
RoleIn = Annotated[Role, Field(strict=False)]
Variables = Annotated[dict[str, Any], Field(description="Variables by name; any JSON value.")]
Moment = Annotated[AwareDatetime, Field(description="RFC 3339, in UTC.")]


_SCHEMAS: dict[Any, dict[str, Any]] = {}


class _Cached(BaseModel):
    """Keeps its JSON schema: flask-openapi3 asks for it at each request, and pydantic would build it anew."""

    @classmethod
    def model_json_schema(cls, *args: Any, **options: Any) -> dict[str, Any]:
        wanted = (cls, args, tuple(sorted(options.items())))
        if wanted not in _SCHEMAS:
            _SCHEMAS[wanted] = super().model_json_schema(*args, **options)
        return _SCHEMAS[wanted]


class Body(_Cached):
    """A JSON body: strict types, no unknown fields."""

    model_config = ConfigDict(extra="forbid", strict=True)


class ReasonBody(Body):
    """Why it is done."""

    reason: Text = ""


class Query(_Cached):
    """Query parameters: text turned into types, no unknown names."""

    model_config = ConfigDict(extra="forbid")


class PathKeys(_Cached):
    """Parts of the address."""

    model_config = ConfigDict(extra="ignore")


class View(_Cached):
    """An answer, filled from an engine's dataclass by attribute."""

    model_config = ConfigDict(from_attributes=True, extra="ignore")


class WhyQuery(Query):
    """Why it is done."""

    reason: str = Field(default="", max_length=MAX_TEXT)


class PageQuery(Query):
    """Which page of a list."""

    limit: int = Field(default=50, ge=1, le=1000, description="How many items at most.")
    after: KeyIn | None = Field(default=None, description="The `next` of the page before.")


V = TypeVar("V", bound=View)


def page_of(query: PageQuery) -> Page:
    """The engine's words for the page that was asked for."""
    return Page(limit=query.limit, after=query.after)


def shown(view: type[V], value: object, status: int = 200) -> Response:
    """The JSON answer that shows `value` through `view`."""
    return Response(view.model_validate(value).model_dump_json(by_alias=True), status, mimetype="application/json")


def done() -> Response:
    """204: it is done, and there is nothing to say."""
    return Response(status=204)
