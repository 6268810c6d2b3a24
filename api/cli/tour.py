"""What `baton demo` shows, once its house stands: a sample, a model at work, Baton's doubts, and what to do next."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from api.cli.client import Client
from api.cli.console import Failure, Json, say
from api.cli.deploying import upload
from api.cli.files import collect
from api.cli.house import ACCOUNTS, LOGIN, House
from api.cli.instance import attempt_text, waiting_lines
from api.cli.models import DEFAULT_MODEL, directory, install_with_progress
from api.cli.sample import INVOICE, PROCESS_ID, sample_folder
from api.cli.tree import Stop
from connectors.llm import models

PATIENCE_SECONDS = 300.0
INSTEAD = "Fixed rules read the invoice instead. That is NOT AI, and Baton asks a person whatever they find.\n"


class Tour:
    """The demonstration. `with_model` False leaves the local language model out."""

    def __init__(self, house: House, *, with_model: bool) -> None:
        self._house = house
        self._with_model = with_model

    def welcome(self) -> None:
        """Where it is and how to get in: printed as soon as the server answers."""
        house = self._house
        say(f"\nBaton is at   {house.url}/")
        say(f"Log in as     {LOGIN}    password {house.password}")
        others = ", ".join(f"{name} ({'/'.join(groups)})" for name, (groups, _) in ACCOUNTS.items() if name != LOGIN)
        say(f"Others        {others}; the same password")
        say(f"Its data is in {house.directory}; delete that folder to begin anew.\n")

    def show(self, stop: Stop) -> None:
        """Deploy the sample, start an instance, show what the model does, and say what comes next."""
        # Loading the model library takes seconds; the worker does it while the weights are fetched.
        self._house.start_worker(DEFAULT_MODEL if self._with_model else "")
        has_model = self._prepare_model()
        if stop:
            return
        client = self._house.client()
        folder = sample_folder()
        upload(client, collect([folder]))
        invoice = (folder / "invoices" / INVOICE).read_text(encoding="utf-8")
        body = {"process_id": PROCESS_ID, "variables": {"invoice": invoice}}
        key = str(client.post("/instances", body)["key"])
        say(f"Deployed {PROCESS_ID} and started instance {key} with {folder / 'invoices' / INVOICE}.")
        say("Reading the invoice; a language model has to be loaded first ...\n" if has_model else "Reading ...\n")
        found = self._watch(client, key, stop)
        if found is not None:
            say("\n".join(waiting_lines(found.get("waiting") or [])) or f"The instance is {found['state']}.")
            say(self._next_steps(client, key))

    def _prepare_model(self) -> bool:
        """See to the model's weights; without them, say plainly what will answer instead. Whether there is a model."""
        if not self._with_model:
            say(f"Without a language model, as you asked.\n{INSTEAD}")
            return False
        if find_spec("xllamacpp") is None:
            say(f"The package that runs local models is missing (extra [local]).\n{INSTEAD}")
            return False
        try:
            install_with_progress(DEFAULT_MODEL, directory(self._house.environ))
        except Exception as problem:  # whatever stands in the way, the demo goes on without the model
            say(f"No language model: {problem}\n{INSTEAD}")
            return False
        return True

    def _watch(self, client: Client, key: str, stop: Stop) -> Mapping[str, Json] | None:
        """Tell every answer of a model as it comes; the instance, once it waits for something else than a worker."""
        told = 0
        for _ in range(int(PATIENCE_SECONDS / 0.5)):
            if stop.wait(0.5) or self._house.tree.fallen():
                return None
            settled = [item for item in client.get(f"/instances/{key}/attempts")["items"] if item["state"] != "started"]
            for item in settled[told:]:
                say(attempt_text(item) + "\n")
            told = len(settled)
            found: dict[str, Json] = client.get(f"/instances/{key}")
            if not any(wait["kind"] == "job" for wait in found.get("waiting") or []):
                return found
        raise Failure(f"The model did not answer within {PATIENCE_SECONDS:g} s; see {self._house.tree.logs}.")

    def _next_steps(self, client: Client, key: str) -> str:
        tasks = client.get("/tasks", instance_key=key)["items"]
        task = str(tasks[0]["key"]) if tasks else "TASK"
        baton, url = console(), self._house.url
        return "\n".join(
            [
                "\nWhat you can do now, in another terminal:\n",
                f"  export BATON_URL={url} BATON_USER={LOGIN} BATON_PASSWORD={self._house.password}",
                f"  {baton} instance show {key}      # why it waits",
                f"  {baton} instance attempts {key}  # what was asked and answered",
                f"  {baton} task show {task}          # the evidence\n",
                "Then decide: take the proposal, correct it, or reject it.\n",
                f"  {baton} task approve {task} --reason 'compared with the paper'",
                f"  {baton} task edit {task} --reason 'read it myself' --output '{truth()}'",
                f"  {baton} task reject {task} --reason 'this is no invoice'\n",
                "Or through the API:\n",
                f'  curl -u "$BATON_USER:$BATON_PASSWORD" {url}/api/v1/instances/{key}',
                f'  curl -u "$BATON_USER:$BATON_PASSWORD" {url}/api/v1/approvals/{task} \\',
                '    -H \'content-type: application/json\' -d \'{"decision": "approve", "reason": "compared"}\'\n',
                "And then:\n",
                f"  {baton} instance show {key}      # how it went on",
                f"  {baton} audit verify             # nobody changed the record",
                f"\nThe API is described at {url}/api/v1/docs.",
                ready_for_modeler(url),
            ]
        )


def local_model() -> str:
    """The local model, when it is installed; otherwise says how to get it."""
    if models.path_of(DEFAULT_MODEL, directory()):
        return DEFAULT_MODEL
    say(f"No local model is installed; `{console()} models install` fetches one (98 MB).")
    return ""


def console() -> str:
    """How to call this very console from another terminal in the same folder."""
    here = Path(sys.executable).parent / "baton"
    if shutil.which("baton") and Path(str(shutil.which("baton"))).resolve() == here.resolve():
        return "baton"
    if here.exists():
        return str(here.relative_to(Path.cwd())) if here.is_relative_to(Path.cwd()) else str(here)
    return f"{sys.executable} -m api.cli"


def truth() -> str:
    """What the demo's invoice really says, as JSON, for the commands to copy."""
    import json

    expected = json.loads((sample_folder() / "expected.json").read_text(encoding="utf-8"))
    return next(json.dumps(case["truth"]) for case in expected["invoices"] if case["file"] == INVOICE)


def ready_for_modeler(url: str) -> str:
    """How to reach this server from Camunda Modeler."""
    return "\n".join(
        [
            "",
            "Camunda Modeler (rocket button > Camunda 8 Self-Managed):",
            f"  Cluster URL {url}/v2        templates: {console()} templates install",
            "Ctrl-C ends Baton.",
        ]
    )
