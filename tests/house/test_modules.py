"""How the source is cut: file sizes, module names, imports, and what no line of it may do."""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import source

LONGEST_FILE = 500  # lines
LONGEST_README = 150
# Split, so that these lines do not find themselves.
LEFT_UNDONE = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
THIS_MACHINE = re.compile(r"(?<![\w.~/])/(?:work|root)/")
# Each has words of its own, said with its name before them: feel.Number, dmn.Definitions, camunda7.Task.
LANGUAGES = ("bpmn.feel", "bpmn.juel", "bpmn.dmn", "bpmn.forms")
# Elements are called what BPMN calls them; rows and JSON shapes what they are rows and shapes of.
MIRRORS = (
    "engine.runtime.elements",
    "engine.store",
    "api.rest",
    "api.camunda7",
    "api.camunda8",
    "api.cli",
    "api.pages",
)
SPACES = LANGUAGES + MIRRORS
# What these must be: `random number()`, `uuid()`; `now()` for whoever hands in no time; the limit on processor time.
IMPURE = {"bpmn/feel/library/camunda.py", "bpmn/feel/library/conversion.py", "bpmn/feel/run.py"}
CONTRACTS = {"bpmn.errors", "engine.errors", "engine.actors", "connectors.base"}


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    sizes = {
        source.name(file): len(file.read_bytes().splitlines()) for file in source.modules(*source.PACKAGES, "tests")
    }
    long = {name: size for name, size in sizes.items() if size > LONGEST_FILE and "/migrations/" not in name}
    assert not long, f"Is there a second idea in them? {long}"


def test_the_readme_is_a_front_door() -> None:
    lines = (source.ROOT / "README.md").read_text().splitlines()
    assert 0 < len(lines) <= LONGEST_README


def test_no_module_is_named_like_one_of_the_standard_library() -> None:
    shadows = [source.name(file) for file in source.modules() if _last_name(file) in sys.stdlib_module_names]
    assert not shadows, "Started from inside its folder, such a file is imported in the library's stead."


def test_every_folder_of_source_is_a_package() -> None:
    folders = {file.parent for file in source.modules()}
    assert not [
        source.name(folder) for folder in folders if not (folder / "__init__.py").exists() and not _is_alembic(folder)
    ]


def test_imports_are_absolute() -> None:
    files = source.modules(*source.PACKAGES, "tests")
    assert not [source.name(file) for file in files if any(name.startswith(".") for name in source.imported(file))]


def test_the_packages_do_not_import_tests_or_samples() -> None:
    roots = {source.name(file): {name.split(".")[0] for name in source.imported(file)} for file in source.modules()}
    assert not {name for name, imported in roots.items() if imported & {"tests", "samples"}}


def test_a_public_class_has_one_home_on_its_floor() -> None:
    homes: dict[tuple[str, str], set[str]] = defaultdict(set)
    for module, name in _public_classes():
        homes[_space(module), name].add(module)
    assert not {name: modules for (_, name), modules in homes.items() if len(modules) > 1}


def test_what_the_floors_say_to_each_other_has_one_home_in_the_house() -> None:
    homes: dict[str, set[str]] = defaultdict(set)
    for module, name in _public_classes():
        if _space(module) not in MIRRORS:
            homes[name].add(module)
    spoken = {name for name, modules in homes.items() if modules & CONTRACTS}
    # The engine's is a kind of the connectors' own.
    assert {name: homes[name] for name in spoken if len(homes[name]) > 1}.keys() <= {"LeaseLost"}


@pytest.mark.parametrize("forbidden", ["eval", "exec", "os.system", "pickle.loads", "pickle.load", "marshal.loads"])
def test_nothing_turns_data_into_code(forbidden: str) -> None:
    calls = [
        f"{source.name(file)}:{line}"
        for file in source.modules()
        for name, line in source.called(file)
        if name == forbidden
    ]
    assert not calls


def test_only_trees_of_our_own_making_are_compiled() -> None:
    """FEEL that is hot becomes a tree of Python's `ast`, never text, and its function is made without running a module.

    That one file compiles is no way for data to become code: a tree there holds only names that Baton counts through;
    what a person wrote stands in the function's namespace as a value (tests/bpmn/feel/test_generated_code.py).
    """
    makers = {"ast.parse", "types.FunctionType", "FunctionType", "types.CodeType", "CodeType"}
    found = {
        (source.name(file), name)
        for file in source.modules()
        for name, _ in source.called(file)
        if name in makers or (name == "compile" and not _has_its_own(name, file))
    }
    assert found == {
        ("bpmn/feel/generating/python.py", "compile"),
        ("bpmn/feel/generating/python.py", "FunctionType"),
    }


def _has_its_own(name: str, file: Path) -> bool:
    """Whether a module defines or imports a function of that name, so that Python's is not meant."""
    for node in ast.walk(source.tree(file)):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return True
        if isinstance(node, ast.ImportFrom) and any((one.asname or one.name) == name for one in node.names):
            return True
    return False


def test_nothing_is_left_for_later() -> None:
    left = [
        f"{source.name(file)}:{number}"
        for file in source.text_files()
        for number, line in enumerate(file.read_text(errors="replace").splitlines(), 1)
        if LEFT_UNDONE.search(line)
    ]
    assert not left


def test_no_file_names_a_folder_of_the_machine_it_was_written_on() -> None:
    files = [file for file in source.text_files() if file.suffix in {".py", ".md", ".toml", ""}]
    assert not [source.name(file) for file in files if THIS_MACHINE.search(file.read_text(errors="replace"))]


def test_the_pure_floor_does_not_look_at_the_clock_or_throw_dice() -> None:
    impure = re.compile(
        r"(?:\b(?:datetime|date)\.(?:now|today|utcnow)|\btime\.\w+|\brandom\.\w+|\bsecrets\.\w+|urandom|uuid[14])$"
    )
    found = {
        source.name(file) for file in source.modules("bpmn") for call, _ in source.called(file) if impure.search(call)
    }
    assert found <= IMPURE, "The time is handed in as `now`."


def _public_classes() -> Iterator[tuple[str, str]]:
    for file in source.modules():
        for name in source.public_classes(file):
            yield source.dotted(file), name


def _space(module: str) -> str:
    return next((space for space in SPACES if f"{module}.".startswith(f"{space}.")), module.split(".")[0])


def _last_name(file: Path) -> str:
    return source.dotted(file).rpartition(".")[2]


def _is_alembic(folder: Path) -> bool:
    """Alembic loads its scripts by path; they are nobody's modules."""
    return "migrations" in folder.parts
