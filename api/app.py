"""The web application: one Flask app with Baton's own API, both vendor dialects, the pages and the health checks.

`create_app` only puts the parts together. What a route does stands in its blueprint, who may call it in `api.access`,
how errors look in `api.problems` and the dialects' own files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from flask import Flask, Response, current_app, g, request
from flask.globals import request_ctx
from flask_openapi3.models.info import Info

from api import access, guard, incoming
from api.answers import Answers
from api.auth import LOCAL_ADMIN, Gate
from api.health import health
from api.keyed import KeyedApp
from api.problems import Problem, problem_of, problem_response
from api.rest.all_nouns import BLUEPRINTS
from api.rest.problem_view import ProblemView
from api.settings import Settings
from engine import tracing
from engine.actors import Actor
from engine.engine import Engine

#: Where an application keeps which addresses answer errors in a vendor's shape.
DIALECTS = "baton.dialects"

SECURITY: dict[str, Any] = {
    "basic": {"type": "http", "scheme": "basic", "description": "User and password."},
    "token": {"type": "http", "scheme": "bearer", "description": "An API token; an administrator makes them."},
}


def create_app(
    settings: Settings, engine: Engine | None = None, *, actor: Actor | None = None, is_whole: bool = True
) -> Flask:
    """The application over `engine`, or over the engine that `settings` describe.

    With `actor` every request is that actor's and none is authenticated: for callers in the same process, which hold
    the database in their hands anyway. Unless it `is_whole`, it answers at `/api/v1` only: the dialects, pages and
    metrics take time to load. The app is thread-safe; it starts no thread and opens no port.
    """
    if engine is None:
        from api.wiring import build_engine

        engine = build_engine(settings)
    app = _bare_app()
    app.request_class = incoming.StrictRequest
    app.config["MAX_CONTENT_LENGTH"] = settings.upload_limit_bytes
    app.config["FILE_LIMIT"] = settings.file_limit_bytes
    app.extensions["baton"] = engine
    _check_requests(app, settings, engine, actor)
    for blueprint in BLUEPRINTS:
        app.register_api(blueprint)
    app.register_blueprint(health)
    app.register_error_handler(Exception, _failed)
    if is_whole:
        _add_what_servers_offer(app, engine)
    app.wsgi_app = Answers(app.wsgi_app)  # type: ignore[method-assign]
    return app


def _add_what_servers_offer(app: Flask, engine: Engine) -> None:
    """What a command of the console, which uses an application of its own, does not load."""
    from api.camunda7 import problems as camunda7_problems
    from api.camunda7.past import camunda7
    from api.camunda8 import problems as camunda8_problems
    from api.camunda8.decided import camunda8
    from api.mcp.protocol import mcp
    from api.metrics import REGISTRY, metrics, registry_over
    from api.pages.docs import docs
    from api.pages.reviews import reviews
    from api.pages.routes import pages

    app.extensions[REGISTRY] = registry_over(engine)
    for plain in (metrics, docs, pages, reviews, camunda7, camunda8, mcp):
        app.register_blueprint(plain)
    app.extensions[DIALECTS] = {"/v2/": camunda8_problems.response, "/engine-rest/": camunda7_problems.response}


def baton_version() -> str:
    """The installed version; 0.0.0 when run from a folder that was never installed."""
    try:
        return version("baton-orchestrator")
    except PackageNotFoundError:
        return "0.0.0"


def _bare_app() -> KeyedApp:
    app = KeyedApp(
        "baton",
        info=Info(title="Baton", version=baton_version(), description=_DESCRIPTION),
        security_schemes=SECURITY,
        doc_ui=False,
        validation_error_callback=_invalid,
        validation_error_model=ProblemView,
        static_folder=None,
        template_folder=None,
    )
    app.url_map.converters["int"] = incoming.KeyConverter
    app.json.sort_keys = False  # type: ignore[attr-defined]
    return app


_DESCRIPTION = (
    "The approval API. Keys are 64-bit integers and always strings in JSON. Errors are `application/problem+json` with "
    "a stable `code`. Lists are paged: send `next` of a page as `after` to get the one that follows."
)


def _check_requests(app: Flask, settings: Settings, engine: Engine, actor: Actor | None) -> None:
    gate = Gate(engine)

    def check() -> None:
        asked = request_ctx.request  # itself: each look at the proxy searches for it
        incoming.refuse_if_too_long(asked)
        incoming.refuse_nul(asked)
        if actor is None:
            guard.refuse_foreign_origin(asked)
            if settings.auth == "none":
                guard.refuse_foreign_host(asked, settings.host)
        endpoint = asked.endpoint
        if endpoint is None or asked.method == "OPTIONS" or access.is_public(endpoint):
            return  # no such address (Flask answers 404 or 405), only asked what there is, or open to all
        by = g.actor = actor or (LOCAL_ADMIN if settings.auth == "none" else gate.admit(asked))
        if not access.may_call(by, endpoint):
            roles = access.needed(endpoint)
            raise Problem(403, "forbidden", f"{by.id} may not do this. It takes the role {roles}.")
        if not access.sees_enough(by, endpoint):
            raise Problem(403, "forbidden", "This concerns all tenants, and you see some of them only.")

    app.before_request(_follow_trace)
    app.before_request(check)
    app.teardown_request(lambda _: tracing.begin(""))


def _follow_trace() -> None:
    """What the request leads to belongs to the caller's trace."""
    tracing.begin(request.headers.get("traceparent", ""))


def _failed(error: Exception) -> Response:
    return _answer(problem_of(error))


def _invalid(error: Any) -> Response:
    return _answer(problem_of(error))


def _answer(problem: Problem) -> Response:
    dialects: Mapping[str, Callable[[Problem], Response]] = current_app.extensions.get(DIALECTS, {})
    for prefix, response in dialects.items():
        if request.path.startswith(prefix):
            return response(problem)
    return problem_response(problem)
