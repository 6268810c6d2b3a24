"""The very package that Camunda Modeler deploys with, against a live server (`make e2e`; skips where npm fails)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from tests.api.test_camunda8 import BAD, GOOD
from tests.support.offline import environment_of_an_installer

pytestmark = pytest.mark.e2e

PACKAGE = "@camunda8/sdk@8.8"

SCRIPT = """
const { createRequire } = require('module');
const { Camunda8 } = createRequire(process.argv[2] + '/')('@camunda8/sdk');
const address = process.argv[3];
const c8 = new Camunda8({ ZEEBE_REST_ADDRESS: address, CAMUNDA_AUTH_STRATEGY: 'NONE', CAMUNDA_LOG_LEVEL: 'none' });
const client = c8.getCamundaRestClient();
const say = (name, value) => console.log(JSON.stringify({ name, value }));
const failure = (error) => ({ message: String(error.message), status: error.statusCode ?? error.status ?? null });
(async () => {
  say('topology', await client.getTopology());
  const files = JSON.parse(require('fs').readFileSync(0, 'utf8'));
  say('deployed', await client.deployResources([{ name: 'order.bpmn', content: files.good }]));
  say('started', await client.createProcessInstance({ processDefinitionId: 'order', variables: { amount: 12 } }));
  try { await client.deployResources([{ name: 'bad.bpmn', content: files.bad }]); say('rejected', null); }
  catch (error) { say('rejected', failure(error)); }
  process.exit(0);
})().catch((error) => { say('failed', failure(error)); process.exit(1); });
"""


@pytest.fixture(scope="session")
def sdk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the SDK is installed; BATON_TEST_CAMUNDA_SDK names one that is there already."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("node and npm are not installed")
    ready = os.environ.get("BATON_TEST_CAMUNDA_SDK", "")
    if ready:
        return Path(ready)
    folder = tmp_path_factory.mktemp("sdk")
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder), PACKAGE]
    try:
        env = environment_of_an_installer()
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=300, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip("npm did not finish")
    if done.returncode:
        pytest.skip(f"npm cannot install {PACKAGE} here")
    return folder


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


def test_the_sdk_checks_deploys_starts_and_shows_what_is_wrong(sdk: Path, address: str, tmp_path: Path) -> None:
    script = tmp_path / "deploy.cjs"
    script.write_text(SCRIPT)
    done = subprocess.run(
        ["node", str(script), str(sdk), address],
        input=json.dumps({"good": GOOD.decode(), "bad": BAD.decode()}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said: dict[str, Any] = {}
    for line in done.stdout.splitlines():
        if line.startswith("{"):
            said.update([json.loads(line).values()])
    assert set(said) == {"topology", "deployed", "started", "rejected"}, done.stdout + done.stderr
    assert said["topology"]["gatewayVersion"].startswith("8.8.")
    process = said["deployed"]["processes"][0]
    assert (process["processDefinitionId"], process["resourceName"]) == ("order", "order.bpmn")
    assert said["started"]["processInstanceKey"].isdigit()
    assert "element work" in said["rejected"]["message"]
