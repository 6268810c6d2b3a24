"""Views of what governs AI: stops."""

from __future__ import annotations

from pydantic import AliasPath, Field

from api.rest.shapes import Moment, View


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
