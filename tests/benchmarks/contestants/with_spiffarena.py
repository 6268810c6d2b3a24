"""SpiffArena's backend as it comes, in process: what its controllers call between a request and its answer.

No registry has it. Check out github.com/sartography/spiff-arena, make a Python environment, and install into it what
`spiffworkflow-backend/pyproject.toml` names: `psycopg2-binary` does for `psycopg2`, `mysqlclient` and `flower` are not
needed, `spiffworkflow-connector-command` comes from its own repository and SpiffWorkflow 3.2.0 from PyPI (what
`spiff-arena-common` asks for is too old). Then `pip install --no-deps --editable spiffworkflow-backend`, since its
migrations are beside its package, and `make bench BENCH_SPIFFARENA=ENVIRONMENT/bin/python`.

Measured is what its controllers do for "create", "run" and "submit a task", each with an application context of its own
(and so a database session) as a request has. Left out, which makes it cheaper than it is over REST: HTTP, the login and
the JSON of the answers. It writes no log. Its SQLite is what it makes of it: a rollback journal, synced in full. Tried
with its main branch of August 2026: 57 statements and 7 commits for A, 136 and 12 for B.

An instance starts without variables, so the first script makes them. A loop has 100 rounds, since each costs more than
the one before.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.contestants import python_scripts
from tests.benchmarks.contestants.player import path_of, play, sqlite_bytes

ROUNDS = 100
REQUEST = 'i = 1\namount = 200\ncustomer = "ACME"'


def _set_up(url: str, folder: str) -> None:
    """Its settings: they are read from the environment when its package is imported."""
    os.environ.update(
        SPIFFWORKFLOW_BACKEND_ENV="bench",
        SPIFFWORKFLOW_BACKEND_DATABASE_URI=url.replace("+psycopg:", "+psycopg2:"),
        SPIFFWORKFLOW_BACKEND_BPMN_SPEC_ABSOLUTE_DIR=folder,
        SPIFFWORKFLOW_BACKEND_LOG_LEVEL="critical",
        FLASK_SESSION_SECRET_KEY="0" * 32,
    )


class Arena:
    """Its application over a database of its own, with one user and the cases' models."""

    def __init__(self) -> None:
        import spiffworkflow_backend as backend
        from flask_migrate import upgrade

        self._app = backend.create_app().app
        assert backend.__file__ is not None
        with self._app.app_context():
            upgrade(directory=str(Path(backend.__file__).parents[2] / "migrations"))

    def deploy(self, models: dict[str, bytes]) -> None:
        """Write the models where it looks for them, and enter their user."""
        from spiffworkflow_backend.models.process_group import ProcessGroup
        from spiffworkflow_backend.models.process_model import ProcessModelInfo
        from spiffworkflow_backend.services.process_model_service import ProcessModelService
        from spiffworkflow_backend.services.spec_file_service import SpecFileService
        from spiffworkflow_backend.services.user_service import UserService

        with self._app.app_context():
            self._user_id = UserService.create_user("ada", "internal", "ada").id
            ProcessModelService.add_process_group(ProcessGroup(id="bench", display_name="bench"))
            for name, xml in models.items():
                file = f"{name}.bpmn"
                info = ProcessModelInfo(
                    id=f"bench/{name}",
                    display_name=name,
                    description="",
                    primary_file_name=file,
                    primary_process_id=name,
                )
                ProcessModelService.add_process_model(info)
                SpecFileService.update_file(info, file, xml)

    def start(self, name: str) -> int:
        """Create an instance and run it to its wait or end, as two requests. Returns its number."""
        from spiffworkflow_backend.models.process_instance import ProcessInstanceModel
        from spiffworkflow_backend.routes import process_instances_controller as controller

        with self._request():
            id: int = controller._process_instance_create(f"bench/{name}").id
        with self._request():
            controller._process_instance_run(ProcessInstanceModel.query.filter_by(id=id).one())
        return id

    def run(self, name: str) -> None:
        """Start an instance that has to be at its end then."""
        id = self.start(name)
        assert self.status(id) == "complete", self.status(id)

    def complete(self, id: int) -> None:
        """Complete the one user task of an instance, and run it to its end."""
        from spiffworkflow_backend.models.human_task import HumanTaskModel
        from spiffworkflow_backend.routes import process_api_blueprint as controller

        with self._request():
            task = HumanTaskModel.query.filter_by(process_instance_id=id, completed=False).one()
            controller._task_submit_shared(id, task.task_id, {"approved": True})
        assert self.status(id) == "complete", self.status(id)

    def status(self, id: int) -> str:
        """What is stored of an instance's state."""
        from spiffworkflow_backend.models.process_instance import ProcessInstanceModel

        with self._app.app_context():
            status: str = ProcessInstanceModel.query.filter_by(id=id).one().status
            return status

    @contextmanager
    def _request(self) -> Iterator[None]:
        """A database session and its user, as a request has once it is let in."""
        from flask import g
        from spiffworkflow_backend.models.user import UserModel

        with self._app.app_context():
            g.user = UserModel.query.filter_by(id=self._user_id).one()
            yield


def _keep(folder: str) -> None:
    """Commit the models: it notes with each instance the revision of the repository that they are in."""
    author = ["-c", "user.name=ada", "-c", "user.email=ada@example.org"]
    for command in (
        ["init", "--quiet", "--initial-branch=main"],
        ["add", "."],
        [*author, "commit", "--quiet", "--message", "cases"],
    ):
        subprocess.run(["git", "-C", folder, *command], check=True)


def main() -> None:
    url = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        _set_up(url, folder)
        arena = Arena()
        arena.deploy(
            {
                "A": python_scripts.straight("i = 1"),
                "B": python_scripts.approval(REQUEST),
                "C": python_scripts.fan_out("r = 1"),
                "D": python_scripts.loop(ROUNDS, "i = 0"),
            }
        )
        _keep(folder)
        cases: dict[str, Callable[[], object]] = {
            "A": lambda: arena.run("A"),
            "B": lambda: arena.complete(arena.start("B")),
            "C": lambda: arena.run("C"),
            "D": lambda: arena.run("D"),
        }
        stored = (lambda: sqlite_bytes(path_of(url))) if path_of(url) else (lambda: 0)
        play(cases, wait=lambda: arena.start("B"), stored=stored)


main()
