"""Camunda 7's http-connector from the diagram to a real server and back into variables."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from connectors.registry import Registry
from engine.clock import FakeClock
from engine.engine import Engine, NamedFile
from engine.store import open_store
from engine.worker import Worker, from_environment
from tests.engine.worker_house import ADMIN
from tests.support.diagrams import chain, diagram

TASK = """
<bpmn:startEvent id="start"/>
<bpmn:serviceTask id="call"><bpmn:extensionElements><camunda:connector>
  <camunda:connectorId>http-connector</camunda:connectorId>
  <camunda:inputOutput>
    <camunda:inputParameter name="url">{url}</camunda:inputParameter>
    <camunda:inputParameter name="method">POST</camunda:inputParameter>
    <camunda:inputParameter name="payload">{{"name": "${{who}}"}}</camunda:inputParameter>
    <camunda:outputParameter name="status">${{statusCode}}</camunda:outputParameter>
    <camunda:outputParameter name="name">${{S(response).prop("name").stringValue()}}</camunda:outputParameter>
  </camunda:inputOutput>
</camunda:connector></bpmn:extensionElements></bpmn:serviceTask>
<bpmn:endEvent id="end"/>"""


class Echo(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def echo() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/echo"
    server.shutdown()
    server.server_close()


@pytest.mark.rule("camunda 5.1")
def test_its_outputs_become_variables(upgraded_sqlite_url: str, clock: FakeClock, echo: str) -> None:
    store = open_store(upgraded_sqlite_url)
    engine = Engine(store, clock, Registry(models={}, use_entry_points=False))
    xml = diagram(TASK.format(url=echo), chain("start", "call", "end"), dialect="camunda7")
    engine.deploy([NamedFile("p.bpmn", xml)], by=ADMIN)
    key = engine.start(process_id="p", variables={"who": "anna"}, by=ADMIN).key
    Worker(engine, name="w1", secrets=from_environment({})).run_until_idle()
    assert engine.queries.variables(key) == {"who": "anna", "name": "anna", "status": 200}
    store.close()
