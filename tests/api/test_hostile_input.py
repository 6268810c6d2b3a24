"""Bad input: each gets a clear error, nothing of it is stored, and the server answers the next request."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.app import create_app
from api.settings import Settings
from engine.engine import Engine
from tests.api.callers import upload
from tests.support.diagrams import chain, diagram

GOOD = diagram('<bpmn:startEvent id="s"/><bpmn:endEvent id="e"/>', chain("s", "e"), process_id="good")

BILLION_LAUGHS = b"""<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">
<!ENTITY lol3 "&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;">]>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="&lol3;"/></definitions>"""

XXE = b"""<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="p" name="&x;"/></definitions>"""

NOT_EXECUTABLE = GOOD.replace(b'isExecutable="true"', b'isExecutable="false"')


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("process.bpmn", GOOD)
    return buffer.getvalue()


@pytest.fixture(autouse=True)
def _nothing_is_stored_and_the_server_lives(client: FlaskClient, engine: Engine) -> Iterator[None]:
    before = _stored(client)
    yield
    assert _stored(client) == before
    assert client.get("/health/ready").status_code == 200
    assert upload(client, ("good.bpmn", GOOD)).status_code == 200


def _stored(client: FlaskClient) -> Any:
    return [client.get(f"/api/v1/{noun}").json for noun in ("deployments", "processes", "instances", "users", "audit")]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.bpmn", b"", "empty.bpmn"),
        ("broken.bpmn", b"<definitions><process>", "broken.bpmn"),
        ("cut.bpmn", GOOD[: len(GOOD) // 2], "cut.bpmn"),
        ("laughs.bpmn", BILLION_LAUGHS, "laughs.bpmn"),
        ("xxe.bpmn", XXE, "xxe.bpmn"),
        ("zip.bpmn", zipped(), "zip.bpmn"),
        ("binary.bpmn", bytes(range(256)) * 100, "binary.bpmn"),
        ("html.bpmn", b"<html><body>hello</body></html>", "html.bpmn"),
        ("plan.bpmn", NOT_EXECUTABLE, "plan.bpmn"),
        ("deep.bpmn", b"<a>" * 100_000 + b"</a>" * 100_000, "deep.bpmn"),
        ("broken.dmn", b"<nothing", "broken.dmn"),
        ("broken.form", b"{nothing", "broken.form"),
        ("notes.txt", b"hello", "notes.txt"),
        ("no extension", b"hello", "no extension"),
    ],
)
def test_a_file_that_cannot_be_deployed_is_named(client: FlaskClient, name: str, content: bytes, said: str) -> None:
    answer = upload(client, (name, content))
    assert answer.status_code == 422, answer.text
    assert answer.content_type == "application/problem+json"
    assert said in answer.text
    assert "root:" not in answer.text
    assert "Traceback" not in answer.text


def test_a_bad_file_keeps_a_good_one_of_the_same_request_out(client: FlaskClient) -> None:
    assert upload(client, ("good.bpmn", GOOD), ("broken.bpmn", b"<oops")).status_code == 422


def test_a_finding_says_where_and_what_to_do(client: FlaskClient) -> None:
    body = '<bpmn:startEvent id="s"/><bpmn:serviceTask id="work"/>'
    answer = upload(client, ("no-type.bpmn", diagram(body, chain("s", "work"))))
    assert answer.json["code"] == "model-rejected"
    finding = next(one for one in answer.json["findings"] if one["severity"] == "error")
    assert finding["element"] == "work"
    assert finding["file"] == "no-type.bpmn"
    assert finding["line"] > 0
    assert finding["message"]
    assert finding["hint"]


def test_fifty_megabytes_are_refused_before_they_are_read(client: FlaskClient) -> None:
    answer = upload(client, ("huge.bpmn", b"x" * 50_000_000))
    assert (answer.status_code, answer.json["code"]) == (413, "too-large")


def test_a_file_over_its_own_limit_is_refused(engine: Engine) -> None:
    small = create_app(Settings(file_limit_bytes=2000, upload_limit_bytes=100_000), engine).test_client()
    answer = upload(small, ("long.bpmn", b"x" * 2001))
    assert (answer.status_code, answer.json["code"]) == (413, "too-large")
    assert "long.bpmn" in answer.json["detail"]


def test_a_body_without_a_length_is_cut_off_at_the_limit(engine: Engine) -> None:
    small = create_app(Settings(upload_limit_bytes=10_000), engine).test_client()
    stream = io.BytesIO(b'{"process_id": "' + b"x" * 6_000_000 + b'"}')
    environ = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    answer = small.post(
        "/api/v1/instances", input_stream=stream, content_type="application/json", environ_overrides=environ
    )
    assert (answer.status_code, answer.json["code"]) == (413, "too-large")


@pytest.mark.parametrize("name", ["", "a" * 300 + ".bpmn", "line\nbreak.bpmn"])
def test_a_file_needs_a_decent_name(client: FlaskClient, name: str) -> None:
    assert upload(client, (name, GOOD)).status_code == 422


def test_a_path_in_a_file_name_is_only_its_last_part(client: FlaskClient) -> None:
    answer = upload(client, ("../../etc/cron.d/evil.bpmn", GOOD), path="/api/v1/deployments?dry_run=true")
    assert answer.json["processes"][0]["resource_name"] == "evil.bpmn"


def test_files_come_as_multipart_only(client: FlaskClient) -> None:
    answer = client.post("/api/v1/deployments", data=GOOD, content_type="application/xml")
    assert (answer.status_code, answer.json["code"]) == (415, "wrong-media-type")


def test_a_form_without_files_is_refused(client: FlaskClient) -> None:
    answer = client.post("/api/v1/deployments", data={"files": "text"}, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "no file" in answer.json["detail"]


@pytest.mark.parametrize(
    ("raw", "status", "said"),
    [
        (b"{", 400, "line 1"),
        (b'{"process_id": "p",}', 400, "not valid JSON"),
        (b"\xff\xfe", 400, "not UTF-8"),
        (b'{"variables": {"x": NaN}, "process_id": "p"}', 400, "NaN"),
        (b'{"variables": {"x": 1e999}, "process_id": "p"}', 400, "too large"),
        (b'{"variables": {"x": "\\ud800"}, "process_id": "p"}', 400, "surrogate"),
        (b'{"variables": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400, "nests deeper"),
        (b'{"variables": {"x": ' + b"[" * 200 + b"]" * 200 + b'}, "process_id": "p"}', 400, "nests deeper"),
        (b'{"variables": {"x": ' + b"9" * 5000 + b'}, "process_id": "p"}', 400, "not valid JSON"),
        (b'{"variables": {"x": ' + b"9" * 30 + b'}, "process_id": "p"}', 422, "variables.x"),
        (b"[1, 2]", 422, "an array"),
        (b'"text"', 422, "a string"),
        (b"null", 422, "null"),
        (b"{}", 422, "process_id"),
        (b'{"process_id": 7}', 422, "process_id"),
        (b'{"process_id": ["p"]}', 422, "process_id"),
        (b'{"process_id": "p", "variables": [1]}', 422, "variables"),
        (b'{"process_id": "p", "variables": "{}"}', 422, "variables"),
        (b'{"process_id": "p", "version": "1"}', 422, "version"),
        (b'{"process_id": "p", "version": true}', 422, "version"),
        (b'{"process_id": "p", "version": -1}', 422, "version"),
        (b'{"process_id": "p", "surprise": 1}', 422, "surprise: there is no such field"),
        (b'{"process_key": 12}', 422, "process_key"),
        (b'{"process_key": "twelve"}', 422, "process_key"),
        (b'{"process_key": "99999999999999999999"}', 422, "process_key"),
        (b'{"process_id": "' + b"x" * 300 + b'"}', 422, "process_id"),
        (b'{"process_id": "p", "business_key": "' + b"x" * 300 + b'"}', 422, "business_key"),
        (b'{"process_id": "p\\u0000"}', 422, "NUL"),
        (b'{"process_id": "p", "variables": {"": 1}}', 422, "variables"),
        (b'{"process_id": "p", "variables": {"' + b"x" * 300 + b'": 1}}', 422, "variables"),
        (b'{"process_id": "p", "variables": {"x": "' + b"x" * 4_500_000 + b'"}}', 413, "bytes"),
        (b'{"process_id": "' + b"x" * 6_000_000 + b'"}', 413, "JSON may have"),
        (b'{"process_id": "p"}', 404, "p"),
    ],
    ids=lambda value: repr(value[:60]) if isinstance(value, bytes) else "",
)
def test_a_start_that_makes_no_sense_says_why(client: FlaskClient, raw: bytes, status: int, said: str) -> None:
    answer = client.post("/api/v1/instances", data=raw, content_type="application/json")
    assert answer.status_code == status, answer.text[:500]
    assert answer.content_type == "application/problem+json"
    assert said in answer.json["detail"]
    assert len(answer.json["detail"]) < 2000


def test_json_must_say_that_it_is_json(client: FlaskClient) -> None:
    answer = client.post("/api/v1/instances", data=b'{"process_id": "p"}', content_type="text/plain")
    assert (answer.status_code, answer.json["code"]) == (415, "wrong-media-type")


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=1001", "limit=x", "after=x", "after=-1", "state=gone", "has_incident=perhaps", "surprise=1"],
)
def test_a_query_that_makes_no_sense_names_the_parameter(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/api/v1/instances?{query}")
    assert answer.status_code == 422
    assert query.split("=")[0] in answer.json["fields"]


@pytest.mark.parametrize("key", ["x", "-1", "1e3", "%00", "9" * 20, "9" * 400, "1;drop table instances"])
def test_a_key_that_is_none_is_refused(client: FlaskClient, key: str) -> None:
    answer = client.get(f"/api/v1/instances/{key}")
    assert answer.status_code in (404, 422)
    assert answer.content_type == "application/problem+json"


def test_an_over_long_idempotency_key_is_refused(client: FlaskClient) -> None:
    answer = client.post("/api/v1/instances", json={"process_id": "p"}, headers={"Idempotency-Key": "x" * 300})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        {"id": "a b"},
        {"id": "a:b"},
        {"id": ""},
        {"id": "x" * 300},
        {"id": "ada", "password": "short"},
        {"id": "ada", "password": "x" * 2000},
        {"id": "ada", "roles": ["king"]},
        {"id": "ada", "groups": [1]},
        {"id": "ada", "password_hash": "x"},
    ],
)
def test_an_account_that_cannot_be_is_refused(client: FlaskClient, body: dict[str, Any]) -> None:
    answer = client.post("/api/v1/users", json=body)
    assert answer.status_code == 422
    assert set(answer.json["fields"]) <= {*body, "roles.0", "groups.0"}


def test_an_address_that_does_not_exist_and_a_method_that_is_not_there(client: FlaskClient) -> None:
    missing = client.get("/api/v1/nothing")
    assert (missing.status_code, missing.json["code"]) == (404, "no-such-page")
    wrong = client.delete("/api/v1/instances")
    assert (wrong.status_code, wrong.json["code"]) == (405, "wrong-method")
    assert wrong.headers["Allow"] == "GET, HEAD, OPTIONS, POST"


def test_too_many_parts_are_refused(client: FlaskClient) -> None:
    files = [(f"f{number}.bpmn", b"") for number in range(101)]
    assert upload(client, *files).status_code == 413
    form = {f"field{number}": "x" for number in range(2000)}
    assert client.post("/api/v1/deployments", data=form, content_type="multipart/form-data").status_code == 413
