"""Each heavy or dangerous thing has one home: what import contracts cannot see is checked here."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

from tests.support import source

HEAVY = ("litellm", "xllamacpp", "openai", "tiktoken")
ENTRANCES = ("bpmn", "engine", "engine.engine", "connectors.registry", "connectors.llm", "api.app", "api.cli")
# Files that run code whenever any Python starts: the editable install, and the one venv's setuptools brings.
KNOWN_HOOKS = re.compile(r"^(?:_editable_impl_baton_orchestrator|distutils-precedence|_virtualenv|a1_coverage)\.pth$")


def test_no_entrance_loads_the_heavy_libraries() -> None:
    code = f"""
import importlib, sys
for entrance in {ENTRANCES!r}:
    importlib.import_module(entrance)
    print(*(f"{{entrance}} loads {{heavy}}" for heavy in {HEAVY!r} if heavy in sys.modules))
"""
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=source.ROOT)
    assert (child.returncode, child.stdout.strip()) == (0, ""), child.stderr[-2000:]


def test_what_only_some_need_is_loaded_by_them() -> None:
    seldom = ("alembic", "cryptography", "psycopg")
    code = f"import sys, api.app, api.wiring; print([one for one in {seldom!r} if one in sys.modules])"
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=source.ROOT)
    assert (child.returncode, child.stdout.strip()) == (0, "[]"), child.stderr[-2000:]


def test_a_command_on_the_folders_database_loads_what_it_uses(tmp_path: Path, upgraded_sqlite_url: str) -> None:
    others = (
        "litellm",
        "alembic",
        "cryptography",
        "jsonschema",
        "prometheus_client",
        "api.camunda8.shapes",
        "api.mcp.tools",
    )
    code = f"""
import sys
from api.cli import main
main(["process", "list"], standalone_mode=False)
print([one for one in {others!r} if one in sys.modules])
"""
    environ = {**os.environ, "BATON_DATABASE_URL": upgraded_sqlite_url, "PYTHONPATH": str(source.ROOT)}
    child = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path, env=environ
    )
    assert (child.returncode, child.stdout.splitlines()[-1:]) == (0, ["[]"]), child.stderr[-2000:]


def test_the_server_that_starts_others_leaves_loading_the_engine_to_them(tmp_path: Path) -> None:
    code = """
import sys
from api.cli import serving
others = ("engine.engine.engine", "api.app", "litellm")
serving._listen = lambda *_: print([one for one in others if one in sys.modules])
serving.serve(["--port", "1"], standalone_mode=False)
"""
    environ = {**os.environ, "BATON_DATABASE_URL": f"sqlite:///{tmp_path}/a.db", "PYTHONPATH": str(source.ROOT)}
    child = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path, env=environ
    )
    assert (child.returncode, child.stdout.strip()) == (0, "[]"), child.stderr[-2000:]


def test_litellm_is_named_in_its_home_only() -> None:
    named = source.mentioned(r"(?:import|from|import_module\(|find_spec\()\s*[\"']?litellm\b")
    homes = {name for names in named.values() for name in names}
    assert not {name for name in homes if not name.startswith("connectors/llm/")}


def test_commit_stands_in_one_file() -> None:
    commits = {
        source.name(file) for file in source.modules() for call, _ in source.called(file) if call.endswith(".commit")
    }
    assert commits == {"engine/store/unit_of_work.py"}


def test_nothing_runs_when_python_starts() -> None:
    packages = Path(sysconfig.get_path("purelib"))
    hooks = [
        file.name
        for file in packages.glob("*.pth")
        if re.search(r"^import[ \t]", file.read_text(), re.MULTILINE) and not KNOWN_HOOKS.match(file.name)
    ]
    assert not hooks, "A package slipped code into every Python start; look at it, then name it here or drop it."
