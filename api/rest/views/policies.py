"""Views of policies."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from api.rest.shapes import Moment, View


class PolicyView(View):
    """A version of a policy, and the state of the policy."""

    id: str
    tenant_id: str = Field(description="Empty for a house-wide policy, which no deployment can change.")
    version: str
    in_service: str = Field(description="The version that counts, unless the policy is retired.")
    state: str = Field(description="active or retired.")
    reason: str = Field(description="Why it is in that state.")
    changed_at: Moment
    changed_by: str
    document: Annotated[dict[str, Any], BeforeValidator(lambda document: document.as_json())] = Field(
        description="What the file said."
    )
    digest: str = Field(description="SHA-256 of the document.")
    registered_at: Moment
    registered_by: str


class PolicyList(View):
    """Policies, or the versions of one."""

    items: list[PolicyView]
