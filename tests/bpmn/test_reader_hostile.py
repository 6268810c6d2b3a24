"""Files that are not diagrams, or mean harm: a clear refusal each, in no time, and nothing fetched."""

from __future__ import annotations

import contextlib
import gzip
import io
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bpmn
from bpmn import document
from bpmn.errors import ModelError
from bpmn.model import walk
from tests.support.diagrams import chain, diagram

GOOD = diagram("<bpmn:startEvent id='s'/><bpmn:endEvent id='e' name='Ende gut'/>", chain("s", "e"))
_MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"


def _refusal(data: bytes) -> ModelError:
    started = time.perf_counter()
    with pytest.raises(ModelError) as caught:
        bpmn.read(data)
    assert time.perf_counter() - started < 5
    assert caught.value.hint
    assert str(caught.value).endswith(".")
    assert len(str(caught.value)) < 400
    return caught.value


def _zip(name: str, content: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(name, content)
    return target.getvalue()


def _deep(tag: str, times: int) -> bytes:
    return f"<definitions xmlns='{_MODEL}'>{f'<{tag}>' * times}{f'</{tag}>' * times}</definitions>".encode()


def test_billion_laughs_is_refused_before_it_is_parsed() -> None:
    entities = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))
    error = _refusal(f"<?xml version='1.0'?>\n<!DOCTYPE x [<!ENTITY l0 'ha'>{entities}]><x>&l9;</x>".encode())
    assert "DOCTYPE" in str(error)
    assert error.line == 2


@pytest.mark.parametrize("entity", ["SYSTEM 'file:///etc/passwd'", "SYSTEM 'http://127.0.0.1:1/x'", "'text'"])
def test_entities_from_anywhere_are_refused(entity: str) -> None:
    assert "DOCTYPE" in str(_refusal(f"<!DOCTYPE x [<!ENTITY e {entity}>]><x>&e;</x>".encode()))


def test_an_external_dtd_is_refused() -> None:
    assert "DOCTYPE" in str(_refusal(b"<!-- x --><!DOCTYPE x SYSTEM 'http://127.0.0.1:1/x.dtd'><x/>"))


def test_a_doctype_in_utf_16_is_refused_too() -> None:
    text = "<?xml version='1.0' encoding='UTF-16'?><!DOCTYPE x [<!ENTITY e 'a'>]><x>&e;</x>"
    assert "DOCTYPE" in str(_refusal(text.encode("utf-16")))


def test_a_doctype_that_is_only_mentioned_is_no_reason_to_refuse() -> None:
    assert bpmn.read(GOOD.replace(b"?>\n", b"?>\n<!-- <!DOCTYPE x> -->", 1)).processes
    assert bpmn.read(GOOD.replace(b"Ende gut", b"a &lt;!DOCTYPE x>")).processes


def test_xinclude_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.xml"
    secret.write_text("<task id='secret'/>")
    include = f"<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='{secret.as_uri()}'/>"
    model = bpmn.read(f"<definitions xmlns='{_MODEL}'><process id='p'>{include}</process></definitions>".encode())
    assert model.processes[0].nodes == ()


def test_a_file_of_fifty_megabytes_is_refused_by_its_size() -> None:
    error = _refusal(b"<definitions>" + b" " * 50_000_000 + b"</definitions>")
    assert "16,777,216" in str(error)


def test_a_file_of_very_many_elements_is_refused_before_it_becomes_a_tree() -> None:
    error = _refusal(f"<definitions xmlns='{_MODEL}'>".encode() + b"<a/>" * 700_000 + b"</definitions>")
    assert "300,000 elements" in str(error)


def test_a_file_of_very_many_attributes_is_refused() -> None:
    attributes = " ".join(f"a{n}=''" for n in range(document.MAX_ATTRIBUTES + 1))
    assert "attributes" in str(_refusal(f"<definitions xmlns='{_MODEL}' {attributes}/>".encode()))


@pytest.mark.parametrize("times", [300, 3_000, 100_000])
def test_deep_nesting_is_refused(times: int) -> None:
    assert "256" in str(_refusal(_deep("a", times)))


def test_deeply_nested_sub_processes_are_refused() -> None:
    inside = "<subProcess>" * 250 + "</subProcess>" * 250
    error = _refusal(f"<definitions xmlns='{_MODEL}'><process id='p'>{inside}</process></definitions>".encode())
    assert "240" in str(error)
    assert "call activities" in error.hint


def test_deeply_nested_lists_are_refused() -> None:
    inside = "<camunda:list>" * 100 + "</camunda:list>" * 100
    task = (
        "<bpmn:task id='x'><bpmn:extensionElements><camunda:inputOutput><camunda:inputParameter name='a'>"
        f"{inside}</camunda:inputParameter></camunda:inputOutput></bpmn:extensionElements></bpmn:task>"
    )
    assert "64" in str(_refusal(diagram(task, dialect="camunda7")))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b" \n\t ", "empty"),
        (_zip("a.bpmn", GOOD), "zip archive"),
        (gzip.compress(GOOD), "gzip"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x89PNG\r\n\x1a\n....", "PNG"),
        (b'{"type": "default", "components": []}', "JSON"),
        (b"start -> end", "not XML"),
        (bytes(range(1, 256)), ""),
        (b"\0" * 100, ""),
        (GOOD[: len(GOOD) // 2], "ends too early"),
        (GOOD[:-1], ""),
        (GOOD.replace(b"Ende gut", b"Ende\0gut"), "zero byte"),
        (GOOD.replace(b"Ende gut", b"Ende &nbsp; gut"), "nbsp"),
        (GOOD.replace(b"Ende gut", b"Ende \xff gut"), "well-formed"),
        (GOOD.replace(b"UTF-8", b"UTF-7"), "utf-7"),
        (GOOD.decode().encode("utf-32"), "UTF-32"),
        (GOOD + GOOD, "well-formed"),
    ],
)
def test_what_is_no_diagram_is_named_for_what_it_is(data: bytes, says: str) -> None:
    assert says in str(_refusal(data))


@pytest.mark.parametrize(
    ("root", "says"),
    [
        ("<definitions xmlns='https://www.omg.org/spec/DMN/20191111/MODEL/'/>", "DMN"),
        ("<definitions xmlns='http://www.omg.org/spec/CMMN/20151109/MODEL'/>", "CMMN"),
        ("<Package xmlns='http://www.wfmc.org/2008/XPDL2.1'/>", "XPDL"),
        ("<bpmn:BpmnDiagram xmlns:bpmn='http://stp.eclipse.org/bpmn'/>", "BPMN 1.x"),
        ("<definitions xmlns='http://schema.omg.org/spec/BPMN/2.0'/>", "draft"),
        ("<process xmlns='http://docs.oasis-open.org/wsbpel/2.0/process/executable'/>", "BPEL"),
        ("<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        ("<html><body/></html>", "web page"),
        ("<definitions><process id='p'/></definitions>", "without a namespace"),
        (f"<process xmlns='{_MODEL}'/>", "root element is <process>"),
        ("<note xmlns='urn:mine'/>", 'namespace "urn:mine"'),
    ],
)
def test_other_formats_are_named(root: str, says: str) -> None:
    assert says in str(_refusal(root.encode()))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "iso-8859-1", "windows-1252"])
def test_the_usual_encodings_are_read(encoding: str) -> None:
    declared = encoding.removesuffix("-sig").removesuffix("-le").removesuffix("-be")
    text = GOOD.decode().replace("UTF-8", declared).replace("Ende gut", "Prüfung é")
    assert bpmn.read(text.encode(encoding)).processes[0].by_id["e"].name == "Prüfung é"


def test_a_file_that_says_utf_16_and_is_utf_8_is_read() -> None:
    assert bpmn.read(GOOD.replace(b"UTF-8", b"UTF-16")).processes


@given(st.binary(max_size=300))
@settings(deadline=None, max_examples=150)
def test_no_bytes_whatever_raise_anything_but_a_model_error(data: bytes) -> None:
    for text in (data, GOOD[:100] + data + GOOD[100:], data + GOOD):
        with contextlib.suppress(ModelError):
            bpmn.read(text)


@given(st.integers(0, len(GOOD) - 1), st.binary(min_size=1, max_size=3))
@settings(deadline=None, max_examples=150)
def test_a_damaged_file_is_read_and_checked_or_refused(place: int, damage: bytes) -> None:
    with contextlib.suppress(ModelError):
        bpmn.check(bpmn.read(GOOD[:place] + damage + GOOD[place + len(damage) :]))


_INNER = st.recursive(
    st.sampled_from(["task", "userTask", "endEvent", "exclusiveGateway", "callActivity"]).map(lambda kind: (kind, [])),
    lambda children: st.tuples(st.sampled_from(["subProcess", "transaction", "adHocSubProcess"]), st.lists(children)),
    max_leaves=30,
)


@given(st.lists(_INNER, max_size=8))
@settings(deadline=None, max_examples=100)
def test_reading_never_drops_a_flow_node(tree: list[tuple[str, list[Any]]]) -> None:
    written: list[str] = []

    def xml(nodes: list[tuple[str, list[Any]]]) -> str:
        text = ""
        for kind, inside in nodes:
            written.append(kind)
            text += f"<bpmn:{kind} id='n{len(written)}'>{xml(inside)}</bpmn:{kind}>"
        return text

    process = bpmn.read(diagram(xml(tree))).processes[0]
    assert sorted(node.kind.value for node in walk(process.nodes)) == sorted(written)
    assert len(process.by_id) == len(written)
