"""Letting Camunda Modeler's window read answers: it asks with `fetch` from a file page, so a browser's rules apply."""

from __future__ import annotations

from flask import Response, request

from api.guard import is_modeler

_METHODS = "GET, POST, PUT, DELETE, OPTIONS"
_HEADERS = "authorization, content-type, accept"


def allow_modeler(response: Response) -> Response:
    """Add the CORS headers to answers of the Camunda 7 dialect.

    Only Modeler's own origin may read: a web site that could read too would reach every server without authentication
    on its visitors' machines.
    """
    if not request.path.startswith("/engine-rest"):
        return response
    response.headers["Access-Control-Allow-Methods"] = _METHODS
    response.headers["Access-Control-Allow-Headers"] = _HEADERS
    response.headers["Access-Control-Max-Age"] = "600"
    response.headers.add("Vary", "Origin")
    if is_modeler(request):
        response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
