"""Which dialect a file is read in."""

from __future__ import annotations

import pytest

import bpmn
from bpmn.model import Dialect, Language

_FILE = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" {head}>
<process id="p" isExecutable="true"><serviceTask id="x" {attributes}>
<extensionElements>{extension}</extensionElements></serviceTask></process></definitions>"""
_ZEEBE = 'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"'
_CAMUNDA = 'xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'
_PLATFORM = 'xmlns:modeler="http://camunda.org/schema/modeler/1.0" modeler:executionPlatform="{}"'


def _dialect(head: str = "", attributes: str = "", extension: str = "") -> Dialect:
    return bpmn.read(_FILE.format(head=head, attributes=attributes, extension=extension).encode()).dialect


@pytest.mark.parametrize(
    ("platform", "dialect"),
    [("Camunda Cloud", Dialect.CAMUNDA8), ("Camunda Platform", Dialect.CAMUNDA7)],
)
def test_the_platform_decides_first(platform: str, dialect: Dialect) -> None:
    head = f"{_PLATFORM.format(platform)} {_ZEEBE} {_CAMUNDA}"
    for extension in ("<zeebe:taskDefinition type='t'/>", "<camunda:properties/>", ""):
        assert _dialect(head, extension=extension) is dialect


def test_operaton_is_read_as_camunda_7() -> None:
    head = 'xmlns:modeler="http://operaton.org/schema/modeler/1.0" modeler:executionPlatform="Operaton"'
    assert _dialect(head) is Dialect.CAMUNDA7


def test_an_extension_in_use_decides_without_a_platform() -> None:
    assert _dialect(_ZEEBE, extension="<zeebe:taskDefinition type='t'/>") is Dialect.CAMUNDA8
    assert _dialect(_CAMUNDA, attributes="camunda:class='a.B'") is Dialect.CAMUNDA7


@pytest.mark.parametrize(
    "namespace", ["http://activiti.org/bpmn", "http://flowable.org/bpmn", "http://operaton.org/schema/1.0/bpmn"]
)
def test_the_relatives_of_camunda_7_are_read_like_it(namespace: str) -> None:
    text = _FILE.format(head=f"xmlns:v='{namespace}'", attributes="v:class='a.B'", extension="").encode()
    model = bpmn.read(text)
    assert model.dialect is Dialect.CAMUNDA7
    job = model.processes[0].by_id["x"].job
    assert job is not None
    assert (job.type.text, job.type.language, job.origin) == ("a.B", Language.LITERAL, "class")


def test_a_namespace_that_is_only_declared_does_not_count() -> None:
    assert _dialect(f"{_ZEEBE} {_CAMUNDA}") is Dialect.PLAIN


@pytest.mark.parametrize(
    "head",
    [
        'xmlns:activiti="http://activiti.org/bpmn"',
        'xmlns:flowable="http://flowable.org/bpmn" xmlns:modeler="http://camunda.org/schema/modeler/1.0"',
        'targetNamespace="http://www.flowable.org/processdef"',
        'targetNamespace="http://activiti.org/bpmn20"',
    ],
)
def test_files_of_activiti_and_flowable_need_no_word_of_theirs(head: str) -> None:
    text = _FILE.format(head=head, attributes="", extension="").replace('isExecutable="true"', "")
    model = bpmn.read(text.encode())
    assert (model.dialect, model.is_relative) == (Dialect.CAMUNDA7, True)
    assert model.processes[0].executable


@pytest.mark.parametrize("other", [_ZEEBE, _CAMUNDA])
def test_two_engines_that_are_only_declared_say_nothing(other: str) -> None:
    assert _dialect(f'xmlns:flowable="http://flowable.org/bpmn" {other}') is Dialect.PLAIN


def test_without_isexecutable_camunda_8_runs_nothing_and_the_others_everything() -> None:
    assert _executable(_PLATFORM.format("Camunda Platform"))
    assert not _executable(_PLATFORM.format("Camunda Cloud"))
    assert _executable("")


def test_a_pool_without_isexecutable_beside_one_that_has_it_is_not_run() -> None:
    text = _FILE.format(head="", attributes="", extension="").replace(
        "</definitions>", "<process id='q'/></definitions>"
    )
    assert [process.executable for process in bpmn.read(text.encode()).processes] == [True, False]


def _executable(head: str) -> bool:
    text = _FILE.format(head=head, attributes="", extension="").replace('isExecutable="true"', "")
    return bpmn.read(text.encode()).processes[0].executable
