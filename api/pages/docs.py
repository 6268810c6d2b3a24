"""The API's description (OpenAPI 3.1) and a page to read and try it, with everything it needs served from here."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import cast

from flask import Blueprint, Response, current_app, jsonify, render_template, send_from_directory
from flask_openapi3.openapi import OpenAPI

from api.guard import CONTENT_SECURITY_POLICY

docs = Blueprint("docs", __name__, url_prefix="/api/v1", template_folder="templates", static_folder=None)

#: The files of Swagger UI that the page needs; nothing else of its package is served.
ASSETS = {
    "swagger-ui.css": "css/swagger-ui.css",
    "swagger-ui-bundle.js": "js/swagger-ui-bundle.js",
}

# Swagger UI sets style attributes while it runs; nothing else is loosened.
_POLICY = CONTENT_SECURITY_POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")


@docs.get("/openapi.json")
def openapi() -> Response:
    """The description, for programs."""
    return jsonify(cast(OpenAPI, current_app).api_doc)


@docs.get("/docs")
def page() -> Response:
    """The description, for people."""
    response = Response(render_template("docs.html"), mimetype="text/html")
    response.headers["Content-Security-Policy"] = _POLICY
    return response


@docs.get("/docs/<name>")
def asset(name: str) -> Response:
    """A file of Swagger UI."""
    response = send_from_directory(_folder(), ASSETS.get(name, "missing"))
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


def _folder() -> Path:
    spec = find_spec("flask_openapi3_swagger")
    if spec is None or spec.origin is None:  # the package is a dependency of Baton; its absence is a broken install
        raise FileNotFoundError("flask-openapi3-swagger is not installed")
    return Path(spec.origin).parent / "templates" / "swagger"
