"""What is installed elsewhere: the wheel's content, the entry points, the lock files, the licence, the changelog."""

from __future__ import annotations

import re
import sys
import tomllib
import zipfile
from itertools import chain

import pytest
from hatchling.builders.wheel import WheelBuilder

from tests.support import source

PROJECT = tomllib.loads((source.ROOT / "pyproject.toml").read_text())
LOCKS = ("requirements-build.lock", "requirements.lock", "requirements-dev.lock")
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The names of the files in the wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    (file,) = WheelBuilder(str(source.ROOT)).build(directory=str(folder), versions=["standard"])
    return zipfile.ZipFile(file).namelist()


def test_the_wheel_holds_exactly_the_four_packages(wheel: list[str]) -> None:
    roots = {name.split("/")[0] for name in wheel if ".dist-info/" not in name}
    assert roots == set(source.PACKAGES)


def test_the_wheel_holds_what_the_packages_need_beside_code(wheel: list[str]) -> None:
    files = {
        source.name(file)
        for package in source.PACKAGES
        for file in (source.ROOT / package).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert files <= set(wheel), files - set(wheel)


def test_the_wheel_carries_the_licence(wheel: list[str]) -> None:
    assert any(name.endswith("/licenses/LICENSE") for name in wheel)
    assert "Apache License" in (source.ROOT / "LICENSE").read_text()


def test_the_console_script_is_there() -> None:
    assert PROJECT["project"]["scripts"] == {"baton": "api.cli:main"}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_everything_by_hash_and_names_no_host(lock: str) -> None:
    text = (source.ROOT / lock).read_text()
    entries = re.split(r"\n(?=\w)", text)[1:] if text.startswith("#") else re.split(r"\n(?=\w)", text)
    assert entries
    assert not [entry.splitlines()[0] for entry in entries if "==" not in entry or "--hash=sha256:" not in entry]
    assert "://" not in text
    assert not re.search(r"^\s*--?(?:i|f|index-url|extra-index-url|find-links|trusted-host)\b", text, re.MULTILINE)


def test_the_locks_agree_with_each_other() -> None:
    build, runtime, dev = (dict(PINNED.findall((source.ROOT / lock).read_text())) for lock in LOCKS)
    assert build.items() <= runtime.items() <= dev.items()


def test_the_lock_holds_every_dependency_that_the_project_names() -> None:
    project, groups = PROJECT["project"], PROJECT["dependency-groups"]
    runtime = project["dependencies"] + project["optional-dependencies"]["local"] + groups["build"]
    everything = runtime + _extras() + groups["dev"]
    for lock, wanted in (("requirements.lock", runtime), ("requirements-dev.lock", everything)):
        pinned = {_normal(name) for name, _ in PINNED.findall((source.ROOT / lock).read_text())}
        assert not {name for name in map(_name, wanted) if name not in pinned}, f"Run: make lock ({lock})"


def test_the_pins_that_matter() -> None:
    pinned = dict(PINNED.findall((source.ROOT / "requirements.lock").read_text()))
    assert pinned["litellm"] == "1.105.3"  # later ones break tool calls or do not install everywhere
    assert pinned["spiffworkflow"] == "3.2.0"  # its internals are extended


def test_the_changelog_tells_of_this_version() -> None:
    assert f"## {PROJECT['project']['version']}" in (source.ROOT / "CHANGELOG.md").read_text()


def test_every_import_from_outside_is_a_named_dependency() -> None:
    """A package that only comes along with another one may go with it."""
    named = {_name(text) for text in PROJECT["project"]["dependencies"] + _extras()}
    used = {name.split(".")[0] for file in source.modules() for name in source.imported(file)}
    outside = used - set(source.PACKAGES) - set(sys.stdlib_module_names)
    known = {"dateutil": "python-dateutil", "py_mini_racer": "mini-racer", "werkzeug": "flask", "jinja2": "flask"}
    known |= {
        "argon2": "argon2-cffi",
        "jsonschema_specifications": "jsonschema",
        "opentelemetry": "opentelemetry-sdk",
        "pydantic_core": "pydantic",
        "referencing": "jsonschema",
        "yaml": "pyyaml",
    }
    assert not {name for name in outside if _normal(known.get(name, name)) not in named}


def test_the_contracts_name_every_home() -> None:
    contracts = {contract["id"]: contract for contract in PROJECT["tool"]["importlinter"]["contracts"]}
    assert contracts["inside-the-engine"]["exhaustive"] is True
    homes = {"lxml", "spiffworkflow", "sql", "litellm", "flask", "rapidfuzz"}
    assert {f"home-of-{home}" for home in homes} < set(contracts)


def test_make_and_ci_stand_where_they_are_looked_for() -> None:
    assert (source.ROOT / ".ci" / "run").stat().st_mode & 0o111, "chmod +x .ci/run"
    makefile = (source.ROOT / "Makefile").read_text()
    targets = ("demo", "test", "check", "conformance", "faults", "bench", "e2e", "lock", "build", "clean", "reference")
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)


def _extras() -> list[str]:
    return list(chain.from_iterable(PROJECT["project"]["optional-dependencies"].values()))


def _name(requirement: str) -> str:
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert match, requirement
    return _normal(match.group())


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
