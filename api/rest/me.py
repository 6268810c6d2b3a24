"""Who the caller is to Baton."""

from __future__ import annotations

from flask import Response

from api.context import actor
from api.rest.nouns import noun
from api.rest.shapes import shown
from api.rest.views.house import MeView

me = noun("me", "Who the caller is, with groups and roles.")


@me.get("", responses={200: MeView})
def show() -> Response:
    """Who the caller is."""
    return shown(MeView, actor())
