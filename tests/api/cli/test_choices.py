"""Beginning elements of an ad-hoc sub-process from the console."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.diagrams import chain, diagram

Call = Callable[..., Any]
BODY = (
    '<bpmn:startEvent id="s"/><bpmn:endEvent id="e"/><bpmn:adHocSubProcess id="care">'
    '<bpmn:userTask id="wash"/><bpmn:userTask id="feed"/></bpmn:adHocSubProcess>'
)
TWICE = BODY.replace('"care"', '"cure"').replace('"wash"', '"rinse"').replace('"feed"', '"bleed"')


@pytest.fixture
def key(ask: Call, folder: Path) -> str:
    (folder / "care.bpmn").write_bytes(diagram(BODY, chain("s", "care", "e"), process_id="care_process"))
    ask("deploy", "care.bpmn")
    return str(ask("run", "care_process")["key"])


def active(answer: dict[str, Any]) -> set[str]:
    return {one["element_id"] for one in answer["active"]}


def test_elements_begin_with_variables_and_the_rest_is_ended(ask: Call, key: str) -> None:
    assert {"care", "wash", "feed"} <= active(ask("instance", "activate", key, "wash", "feed", "--vars", '{"soap": 1}'))
    assert ask("task", "list")["items"]
    only = ask("instance", "activate", key, "feed", "--cancel-remaining", "--in", "care")
    assert "wash" not in active(only)
    assert ask("instance", "activate", key, "--complete", "--cancel-remaining")["state"] == "completed"


def test_what_cannot_be_meant_says_what_to_do(ask: Call, baton: Call, key: str) -> None:
    assert "--complete" in baton("instance", "activate", key, exit_code=2).stderr
    assert (
        "no ad-hoc sub-process 'cure'" in baton("instance", "activate", key, "wash", "--in", "cure", exit_code=4).stderr
    )
    assert baton("instance", "activate", key, "cook", exit_code=1).stderr


def test_of_several_one_must_be_named(ask: Call, baton: Call, folder: Path) -> None:
    inner = TWICE.removeprefix('<bpmn:startEvent id="s"/><bpmn:endEvent id="e"/>')
    flows = [("s", "care"), ("s", "cure"), ("care", "e"), ("cure", "e")]
    (folder / "two.bpmn").write_bytes(diagram(BODY + inner, flows, process_id="two"))
    ask("deploy", "two.bpmn")
    key = str(ask("run", "two")["key"])
    refused = baton("instance", "activate", key, "wash", exit_code=2).stderr
    assert "care (" in refused
    assert "cure (" in refused
    assert "wash" in active(ask("instance", "activate", key, "wash", "--in", "care"))
