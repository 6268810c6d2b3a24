"""Views of what governs AI: agents, stops."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AliasPath, BeforeValidator, Field

from api.rest.shapes import Moment, View


class AgentView(View):
    """A version of an agent, and the state of the agent."""

    id: str
    version: int
    state: str = Field(description="active, suspended or retired.")
    reason: str = Field(description="Why it is in that state.")
    changed_at: Moment
    changed_by: str
    card: Annotated[dict[str, Any], BeforeValidator(lambda card: card.as_json())] = Field(
        description="What the file said; `prompt_version` and `prompt_fingerprint` for its `prompt`."
    )
    digest: str = Field(description="SHA-256 of the card.")
    registered_at: Moment
    registered_by: str


class AgentList(View):
    """Agents, or the versions of one."""

    items: list[AgentView]


class StopView(View):
    """A stop."""

    kind: str = Field(validation_alias=AliasPath("scope", "kind"))
    name: str = Field(validation_alias=AliasPath("scope", "name"))
    reason: str
    stopped_at: Moment
    changed_by: str


class StopList(View):
    """Every stop that is on."""

    items: list[StopView]
