"""The check as a whole: which processes it judges, in what order it speaks, what it is told about the surroundings."""

from __future__ import annotations

import bpmn
from bpmn.errors import Finding
from tests.support.diagrams import chain, diagram

_START, _END = "<bpmn:startEvent id='s'/>", "<bpmn:endEvent id='e'/>"
_CALL = (
    "<bpmn:callActivity id='x'><bpmn:extensionElements><zeebe:calledElement processId='other'/>"
    "</bpmn:extensionElements></bpmn:callActivity>"
)


# Small diagrams are drawn without shapes and names.
_UNSEEN = {"no-diagram", "missing-name"}


def _check(model: bpmn.Model, **options: object) -> list[Finding]:
    return [finding for finding in bpmn.check(model, **options) if finding.rule not in _UNSEEN]  # type: ignore[arg-type]


def _rules(model: bpmn.Model, **options: object) -> list[str]:
    return [finding.rule for finding in _check(model, **options)]


def test_a_sound_diagram_has_no_findings() -> None:
    assert _check(bpmn.read(diagram(_START + _END, chain("s", "e")))) == []


def test_only_executable_processes_are_judged() -> None:
    text = diagram(_START + _END, chain("s", "e"))
    partner = b"<bpmn:process id='q'><bpmn:serviceTask id='x'/></bpmn:process></bpmn:definitions>"
    assert _check(bpmn.read(text.replace(b"</bpmn:definitions>", partner))) == []


def test_without_an_executable_process_all_are_judged_so_that_one_upload_shows_everything() -> None:
    text = diagram(_START + "<bpmn:serviceTask id='x'/>" + _END, chain("s", "x", "e"))
    rules = _rules(bpmn.read(text.replace(b'isExecutable="true"', b"")))
    assert rules == ["no-executable-process", "implementation-missing"]


def test_errors_come_first_then_warnings_each_by_line() -> None:
    body = (
        "\n<bpmn:startEvent id='s'/>\n<bpmn:userTask id='a'/>\n<bpmn:serviceTask id='b'/>\n<bpmn:task id='c'/>"
        "\n<bpmn:sendTask id='d'/>"
    )
    findings = _check(bpmn.read(diagram(body, chain("s", "a", "b", "d", "c"))))
    assert [(finding.severity, finding.element) for finding in findings] == [
        ("error", "b"),
        ("error", "d"),
        ("warning", "c"),
        ("info", "p"),
        ("info", "a"),
        ("info", "a"),
    ]


def test_companions_are_known_by_kind_and_id_or_by_id_alone() -> None:
    model = bpmn.read(diagram(_START + _CALL + _END, chain("s", "x", "e")))
    assert _rules(model) == ["unresolved-reference"]
    assert _rules(model, companions=[("process", "other")]) == []
    assert _rules(model, companions=["other"]) == []
    assert _rules(model, companions=[("decision", "other")]) == ["unresolved-reference"]


def test_a_definition_shared_by_many_nodes_is_reported_for_one() -> None:
    catch = (
        "<bpmn:intermediateCatchEvent id='{}'><bpmn:messageEventDefinition messageRef='m'/>"
        "</bpmn:intermediateCatchEvent>"
    )
    text = diagram(
        _START + catch.format("a") + catch.format("b") + _END,
        chain("s", "a", "b", "e"),
        roots="<bpmn:message id='m' name='n'><bpmn:extensionElements><zeebe:subscription correlationKey='=(1'/>"
        "</bpmn:extensionElements></bpmn:message>",
    )
    assert _rules(bpmn.read(text)) == ["expression-syntax"]


def test_the_name_of_an_element_is_shown_on_one_line_and_not_without_end() -> None:
    name = "Check&#10;the " + "very " * 50 + "long name"
    text = diagram(_START + f"<bpmn:serviceTask id='x' name='{name}'/>" + _END, chain("s", "x", "e"))
    (finding,) = _check(bpmn.read(text))
    assert finding.message.startswith("The service task 'Check the very very")
    assert "\n" not in finding.message
    assert len(finding.message) < 150


def test_checking_ten_thousand_nodes_takes_no_call_depth_and_little_time() -> None:
    ids = [f"n{number}" for number in range(10_000)]
    nodes = "".join(f"<bpmn:task id='{each}'/>" for each in ids)
    assert _check(bpmn.read(diagram(_START + nodes + _END, chain("s", *ids, "e")))) == []


def _with_property(inside: str) -> bpmn.Model:
    waiver = f"<bpmn:extensionElements><zeebe:properties>{inside}</zeebe:properties></bpmn:extensionElements>"
    return bpmn.read(diagram(_START + f"<bpmn:task id='x'>{waiver}</bpmn:task>" + _END, chain("s", "x")))


_WAIVER = "<zeebe:property name='baton:lint-ignore' value='{}'/>"


def test_a_remark_is_waived_where_it_stands() -> None:
    assert "dead-end" in _rules(_with_property(""))
    assert "dead-end" not in _rules(_with_property(_WAIVER.format("missing-name, dead-end")))


def test_the_waiver_of_a_process_holds_for_all_in_it() -> None:
    waiver = f"<bpmn:extensionElements><zeebe:properties>{_WAIVER.format('dead-end')}</zeebe:properties>"
    body = waiver + "</bpmn:extensionElements>" + _START + "<bpmn:task id='x'/>" + _END
    assert "dead-end" not in _rules(bpmn.read(diagram(body, chain("s", "x"))))


def test_an_error_cannot_be_waived() -> None:
    waiver = f"<bpmn:extensionElements><zeebe:properties>{_WAIVER.format('implementation-missing')}</zeebe:properties>"
    task = f"<bpmn:serviceTask id='x'>{waiver}</bpmn:extensionElements></bpmn:serviceTask>"
    assert "implementation-missing" in _rules(bpmn.read(diagram(_START + task + _END, chain("s", "x", "e"))))
