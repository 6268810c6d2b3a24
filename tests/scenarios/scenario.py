"""Scenarios: how BPMN elements behave, as data. A file in `cases/` holds one diagram and what should happen with it.

about      one sentence: the rule, with its source
rule       the rules of `rules.yaml` that it shows, one or a list; a single scenario may have its own
dialect    camunda8 (when left out), camunda7, flowable, jbpm or plain
diagram    the inside of a bpmn:process called `p` (BPMN is the default namespace; `zeebe:`, `camunda:`, `activiti:`,
           `flowable:` and `operaton:` are bound)
flows      sequence flows without conditions, a list of chains of ids: "start work end"; named by their two ends
root       what stands beside the process: messages, errors, other processes
files      more files to deploy, relative to the case
scenarios  a list of: name, rule, given (variables), start (by message, signal, time, condition; or handed_back_at an
           element), when (a list of
           steps), then

Steps are the methods of `Driver` by name; `expect` holds what `then` may hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

CASES = Path(__file__).parent / "cases"

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:modeler="http://camunda.org/schema/modeler/1.0"
  xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:activiti="http://activiti.org/bpmn"
  xmlns:flowable="http://flowable.org/bpmn" xmlns:operaton="http://operaton.org/schema/1.0/bpmn"
  id="definitions" targetNamespace="http://example.org/scenarios" {platform}>
"""
PLATFORMS = {
    "camunda8": 'modeler:executionPlatform="Camunda Cloud" modeler:executionPlatformVersion="8.8.0"',
    "camunda7": 'modeler:executionPlatform="Camunda Platform" modeler:executionPlatformVersion="7.23.0"',
    "flowable": 'flowable:drawn="yes"',  # a word that its engine does not know, so that nothing else tells the vendor
    "jbpm": 'xmlns:drools="http://www.jboss.org/drools"',
    "plain": "",
}


@dataclass(frozen=True)
class Scenario:
    """One story over one diagram."""

    case: str
    name: str
    rules: frozenset[str]
    files: Mapping[str, bytes]
    given: Mapping[str, Any]
    start: Mapping[str, Any] | None
    when: Sequence[Mapping[str, Any]]
    then: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.case}: {self.name}"


def scenarios(folder: Path = CASES) -> list[Scenario]:
    """Every scenario of every case, by file name."""
    return [scenario for file in sorted(folder.glob("*.yaml")) for scenario in _read(file)]


def _read(file: Path) -> list[Scenario]:
    case = yaml.safe_load(file.read_text(encoding="utf-8"))
    _refuse_unknown(case, {"about", "rule", "dialect", "diagram", "flows", "root", "files", "scenarios"}, file)
    inside = case["diagram"] + "".join(chain(line.split()) for line in case.get("flows", ()))
    files = {"process.bpmn": diagram(inside, case.get("root", ""), case.get("dialect", "camunda8")).encode()}
    files |= {Path(name).name: (file.parent / name).read_bytes() for name in case.get("files", ())}
    return [_scenario(file, files, data, _rules(case)) for data in case["scenarios"]]


def _scenario(file: Path, files: Mapping[str, bytes], data: Mapping[str, Any], rules: frozenset[str]) -> Scenario:
    _refuse_unknown(data, {"name", "rule", "given", "start", "when", "then"}, file)
    return Scenario(
        file.stem,
        data["name"],
        rules | _rules(data),
        files,
        data.get("given") or {},
        data.get("start"),
        data.get("when") or (),
        data["then"],
    )


def _rules(data: Mapping[str, Any]) -> frozenset[str]:
    named = data.get("rule", [])
    return frozenset([named] if isinstance(named, str) else named)


def chain(ids: Sequence[str]) -> str:
    """The XML of sequence flows from each id to the next, named by their two ends."""
    return "".join(
        f'<sequenceFlow id="{source}_{target}" sourceRef="{source}" targetRef="{target}"/>'
        for source, target in pairwise(ids)
    )


def diagram(process: str, root: str = "", dialect: str = "camunda8", attributes: str = "") -> str:
    """A complete file around the inside of a process, which may have more attributes."""
    head = HEAD.format(platform=PLATFORMS[dialect])
    return f'{head}{root}\n<process id="p" isExecutable="true" {attributes}>\n{process}\n</process>\n</definitions>'


def _refuse_unknown(data: Mapping[str, Any], known: set[str], file: Path) -> None:
    # A misspelt key would silently test nothing.
    assert not set(data) - known, f"{file.name}: unknown keys {sorted(set(data) - known)}"
