"""What every answer carries, and which requests of web pages are refused."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.app import create_app
from api.settings import Settings
from engine.engine import Engine
from engine.errors import StoreUnavailable
from tests.api.callers import upload
from tests.api.test_camunda7 import GOOD, MODELER


@pytest.mark.parametrize(
    "path", ["/", "/api/v1/me", "/api/v1/nothing", "/v2/topology", "/engine-rest/version", "/health/live"]
)
def test_every_answer_carries_the_security_headers(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "file://", "http://localhost:9999", "http://localhost.evil.example"]
)
def test_a_page_of_another_origin_is_refused(client: FlaskClient, origin: str) -> None:
    answer = client.post("/api/v1/deployments", headers={"Origin": origin, "User-Agent": "Mozilla/5.0 Firefox/140"})
    assert (answer.status_code, answer.json["code"]) == (403, "foreign-origin")
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_our_own_pages_are_served(client: FlaskClient) -> None:
    assert client.get("/api/v1/me", headers={"Origin": "http://localhost"}).status_code == 200


def test_a_web_site_cannot_pose_as_modeler(client: FlaskClient) -> None:
    headers = {**MODELER, "Origin": "https://evil.example"}
    answer = client.get("/engine-rest/version", headers=headers)
    assert answer.status_code == 403
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_name_that_a_web_site_points_here_is_refused(client: FlaskClient) -> None:
    answer = client.get("/api/v1/me", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.json["code"]) == (403, "foreign-origin")
    for host in ("localhost:8080", "127.0.0.1:8080", "[::1]:8080"):
        assert client.get("/api/v1/me", headers={"Host": host}).status_code == 200


def test_a_server_with_authentication_answers_by_any_name(engine: Engine) -> None:
    guarded = create_app(Settings(auth="basic", host="0.0.0.0"), engine).test_client()
    assert guarded.get("/api/v1/me", headers={"Host": "baton.example"}).status_code == 401


def test_a_dead_database_is_a_503_and_the_server_lives(client: FlaskClient, app: Flask, monkeypatch: Any) -> None:
    def dead(*_: Any, **__: Any) -> Any:
        raise StoreUnavailable("The database does not answer. Nothing was changed.")

    with monkeypatch.context() as patch:
        patch.setattr(type(app.extensions["baton"].store), "reading", dead)
        for path in ("/api/v1/processes", "/health/ready", "/"):
            answer = client.get(path)
            assert (answer.status_code, answer.json["code"]) == (503, "store-unavailable")
            assert answer.headers["Retry-After"]
        assert client.get("/health/live").status_code == 200
    assert client.get("/health/ready").status_code == 200


def test_a_defect_says_nothing_about_the_inside(client: FlaskClient, app: Flask, monkeypatch: Any) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("secret internals")

    monkeypatch.setattr(type(app.extensions["baton"].queries), "processes", broken)
    for path, member in (("/api/v1/processes", "detail"), ("/", "detail")):
        answer = client.get(path)
        assert answer.status_code == 500
        assert "secret internals" not in answer.text
        assert "Traceback" not in answer.text
        assert answer.json[member]


def test_the_description_is_openapi_3_1_and_complete(client: FlaskClient, app: Flask) -> None:
    document = client.get("/api/v1/openapi.json").json
    assert document["openapi"].startswith("3.1")
    described = {(path, method) for path, item in document["paths"].items() for method in item}
    routes = {
        (rule.rule.replace("<", "{").replace(">", "}"), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/") and not rule.endpoint.startswith("docs.")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert described == routes
    operations = [operation for item in document["paths"].values() for operation in item.values()]
    assert all(operation["summary"].endswith(".") for operation in operations)
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    references = set(_references(document))
    assert references <= {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for child in value.values() for found in _references(child)]
    return [found for child in value for found in _references(child)] if isinstance(value, list) else []


def test_the_page_of_the_description_needs_nothing_from_outside(client: FlaskClient) -> None:
    page = client.get("/api/v1/docs").text
    assert "http://" not in page
    assert "https://" not in page
    sources = [part.split('"')[0] for part in page.replace("href=", "src=").split('src="')[1:]]
    assert all(client.get(source).status_code == 200 for source in sources if not source.startswith("data:"))
    assert client.get("/api/v1/docs/../../settings.py").status_code == 404
    assert client.get("/static/..%2froutes.py").status_code == 404


def test_the_landing_page_escapes_what_people_wrote(client: FlaskClient) -> None:
    content = GOOD.replace(
        b'<bpmn:userTask id="t"/>', b'<bpmn:userTask id="t" name="&lt;script&gt;alert(1)&lt;/script&gt;"/>'
    )
    key = upload(client, ("order.bpmn", content)).json["processes"][0]["key"]
    client.post("/api/v1/instances", json={"process_key": key})
    page = client.get("/").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script" not in page
    assert key in page


def test_many_threads_may_use_one_application(app: Flask) -> None:
    key = upload(app.test_client(), ("order.bpmn", GOOD)).json["processes"][0]["key"]

    def start(number: int) -> int:
        client = app.test_client()
        created = client.post("/api/v1/instances", json={"process_key": key, "variables": {"n": number}}).json["key"]
        return int(client.get(f"/api/v1/instances/{created}/variables").json["variables"]["n"])

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(start, range(40))) == list(range(40))


def test_importing_the_application_loads_no_model_library() -> None:
    names = "('litellm', 'openai', 'xllamacpp')"
    code = f"import sys, api.app, api.wiring; print([name for name in {names} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
