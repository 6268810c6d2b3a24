"""How a problem looks in the API's description (RFC 9457, with `code`, `findings` and `fields` added)."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from api.rest.shapes import View


class FindingView(View):
    """A remark on a deployed file."""

    severity: str = Field(description="error, warning or info; an error keeps the file from being deployed.")
    rule: str = Field(description="Stable code of the rule.")
    message: str
    file: str
    element: str = Field(description="Id of the element in the diagram, empty for the file as a whole.")
    line: int = Field(description="Line in the file, from 1; 0 when unknown.")
    hint: str = Field(description="What to do about it.")


class FieldFaultView(View):
    """What is wrong with one field of a form."""

    pointer: str = Field(description="JSON pointer to the field in the body of the request.")
    detail: str = Field(description="What is wrong with it, such as `is required`.")


class ConflictView(View):
    """What somebody did before that keeps them from doing this, too."""

    by: str
    did: str = Field(description="completed, approved, started, edited ...")
    element_id: str
    name: str
    at: str
    task_key: str | None = None


class ProblemView(View):
    """Why a request failed."""

    type: str = Field(description="A URN made of the code.")
    title: str = Field(description="The name of the status.")
    status: int
    detail: str = Field(description="What is wrong and what to do next, for people.")
    code: str = Field(description="What is wrong, for programs; stable.")
    instance: str = Field(description="The path that was asked.")
    findings: list[FindingView] = Field(default=[], description="With code model-rejected: every remark on the files.")
    fields: dict[str, str] = Field(default={}, description="With code invalid-input: what is wrong, by field.")
    conflicts: list[ConflictView] = Field(default=[], description="With code duties-separated: who did what before.")
    errors: list[FieldFaultView] = Field(default=[], description="When a form is not filled in right: every fault.")


_CONTENT = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemView"}}}

#: The answers that every route may give beside its own.
PROBLEMS: dict[Any, Any] = {
    "401": {"description": "Nobody knows who is asking.", "content": _CONTENT},
    "403": {"description": "The caller's roles do not allow this.", "content": _CONTENT},
    "422": {"description": "The input is not valid.", "content": _CONTENT},
    "default": {
        "description": "Any other problem, such as not-found (404) or illegal-move (409).",
        "content": _CONTENT,
    },
}
