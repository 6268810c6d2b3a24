"""Which files a command takes."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from api.cli.files import collect, stamps


def made(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x")


def test_a_folder_is_searched_through_and_hidden_folders_are_not(tmp_path: Path) -> None:
    made(tmp_path, "b/two.dmn", "one.bpmn", "three.form", "notes.txt", ".camunda/old.bpmn", "node_modules/x.bpmn")
    assert [file.name for file in collect([tmp_path])] == ["two.dmn", "one.bpmn", "three.form"]


def test_a_hidden_parent_of_the_given_folder_does_not_matter(tmp_path: Path) -> None:
    made(tmp_path, ".work/one.bpmn")
    assert [file.name for file in collect([tmp_path / ".work"])] == ["one.bpmn"]


def test_a_file_given_twice_counts_once(tmp_path: Path) -> None:
    made(tmp_path, "one.bpmn")
    assert len(collect([tmp_path / "one.bpmn", tmp_path])) == 1


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    made(tmp_path, "notes.txt")
    with pytest.raises(click.UsageError, match="neither a folder nor"):
        collect([tmp_path / "notes.txt"])


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    made(tmp_path, "a/one.bpmn", "b/one.bpmn")
    with pytest.raises(click.UsageError, match="same name"):
        collect([tmp_path])


def test_an_empty_folder_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(click.UsageError, match=r"No \.bpmn"):
        collect([tmp_path])


def test_stamps_change_when_a_file_is_written(tmp_path: Path) -> None:
    made(tmp_path, "one.bpmn")
    before = stamps([tmp_path])
    import os

    os.utime(tmp_path / "one.bpmn", ns=(1, 1))
    assert stamps([tmp_path]) != before


def test_scripts_and_html_forms_come_along_when_a_diagram_of_the_folder_names_them(tmp_path: Path) -> None:
    (tmp_path / "a.bpmn").write_text("deployment://sum.js embedded:app:forms/order.html")
    for name in ("sum.js", "forms/order.html", "forms/other.html", "build.js", "node_modules/sum.js"):
        place = tmp_path / name
        place.parent.mkdir(exist_ok=True)
        place.write_text("1")
    names = [file.relative_to(tmp_path).as_posix() for file in collect([tmp_path])]
    assert names == ["a.bpmn", "forms/order.html", "sum.js"]
    assert collect([tmp_path / "build.js"]) == [tmp_path / "build.js"]
