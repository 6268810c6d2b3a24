"""Camunda 7 diagrams from the file to the end of an instance: expressions, scripts and forms wherever they stand."""

from __future__ import annotations

from typing import Any

import pytest

from bpmn import feel, javascript, juel, languages, plain_script
from engine.engine import Engine, NamedFile
from engine.errors import InvalidInput, ModelRejected
from tests.engine.support import ADMIN, ANALYST, World
from tests.support.diagrams import chain, diagram

needs_javascript = pytest.mark.skipif(not javascript.is_available(), reason="needs the extra [javascript]")


def seven(*nodes: str, extra: str = "") -> bytes:
    """A Camunda 7 process `p`: start, these nodes (their ids n0, n1 ...), end."""
    body = "<bpmn:startEvent id='s'/>" + "".join(nodes) + "<bpmn:endEvent id='e'/>" + extra
    ids = ["s", *(f"n{index}" for index in range(len(nodes))), "e"]
    return diagram(body, chain(*ids), dialect="camunda7", process_id="p")


def deploy(world: World, content: bytes, **others: bytes) -> Any:
    files = [NamedFile("p.bpmn", content), *(NamedFile(name.replace("__", "."), data) for name, data in others.items())]
    return world.engine.deploy(files, by=ADMIN)


def run(world: World, content: bytes, *, others: dict[str, bytes] | None = None, **variables: Any) -> dict[str, Any]:
    """The variables at the end of an instance."""
    deploy(world, content, **(others or {}))
    instance = world.start("p", **variables)
    assert world.state(instance) == "completed"
    return dict(world.engine.queries.variables(instance.key))


def service(index: int, attributes: str, inside: str = "") -> str:
    holder = f"<bpmn:extensionElements>{inside}</bpmn:extensionElements>" if inside else ""
    return f"<bpmn:serviceTask id='n{index}' {attributes}>{holder}</bpmn:serviceTask>"


def script(index: int, format: str, text: str, attributes: str = "") -> str:
    return (
        f"<bpmn:scriptTask id='n{index}' scriptFormat='{format}' {attributes}>"
        f"<bpmn:script><![CDATA[{text}]]></bpmn:script></bpmn:scriptTask>"
    )


def test_expressions_mappings_lists_maps_and_results(quick: World) -> None:
    mapping = """<camunda:inputOutput>
      <camunda:inputParameter name="greeting">Dear ${who}, ${amount} of ${amount + 1}</camunda:inputParameter>
      <camunda:inputParameter name="list"><camunda:list>
        <camunda:value>${who}</camunda:value><camunda:value>x</camunda:value>
        <camunda:script scriptFormat="groovy">amount * 2</camunda:script></camunda:list></camunda:inputParameter>
      <camunda:inputParameter name="map"><camunda:map><camunda:entry key="a">${list[2]}</camunda:entry></camunda:map>
      </camunda:inputParameter>
      <camunda:outputParameter name="out">${map.a}/${greeting}</camunda:outputParameter>
    </camunda:inputOutput>"""
    first = service(0, "camunda:expression='${amount gt 3 ? list : 1}' camunda:resultVariable='r'", mapping)
    second = service(1, "camunda:expression=\"${execution.setVariable('key', execution.processBusinessKey)}\"")
    third = service(2, "camunda:expression='${currentUser()}' camunda:resultVariable='me'")
    found = run(quick, seven(first, second, third), who="Ann", amount=5)
    assert found == {
        "who": "Ann",
        "amount": 5,
        "r": ["Ann", "x", 10],
        "out": "10/Dear Ann, 5 of 6",
        "key": None,
        "me": ANALYST.id,
    }


@needs_javascript
def test_scripts_in_three_languages_set_their_results(quick: World) -> None:
    content = seven(
        script(
            0, "groovy", "def x = n + 1 // more\nexecution.setVariable('a', x)\nx * 2", "camunda:resultVariable='b'"
        ),
        script(
            1,
            "javascript",
            "println('hi'); execution.setVariable('c', [a, b]); S('{\"k\": 1}')",
            "camunda:resultVariable='d'",
        ),
        script(2, "feel", "c[1] + b", "camunda:resultVariable='f'"),
        script(3, "python", "execution.setVariable('g', True) # yes"),
    )
    assert run(quick, content, n=1) == {"n": 1, "a": 2, "b": 4, "c": [2, 4], "d": {"k": 1}, "f": 6, "g": True}


def test_a_groovy_script_that_does_more_is_refused_with_its_element_and_the_way_out(quick: World) -> None:
    with pytest.raises(ModelRejected) as refused:
        deploy(quick, seven(script(0, "groovy", "import x.Y\nnew Y().run(execution)")))
    (finding,) = [one for found in refused.value.findings.values() for one in found if one.severity == "error"]
    assert (finding.rule, finding.element) == ("script-language", "n0")
    assert "line 1 goes on with 'x'" in finding.message
    assert "worker" in finding.hint


def test_a_broken_script_in_javascript_is_refused(quick: World) -> None:
    if not javascript.is_available():
        pytest.skip("needs the extra [javascript]")
    with pytest.raises(ModelRejected, match="no JavaScript"):
        deploy(quick, seven(script(0, "javascript", "this should really fail!")))


@needs_javascript
def test_a_script_beside_the_diagram_runs_and_a_new_one_makes_a_new_version(quick: World) -> None:
    content = seven(
        "<bpmn:scriptTask id='n0' scriptFormat='javascript' camunda:resource='deployment://sum.js' "
        "camunda:resultVariable='sum'/>"
    )
    assert run(quick, content, others={"sum__js": b"a + 1"}, a=1)["sum"] == 2
    assert deploy(quick, content, sum__js=b"a + 1").duplicate is True
    changed = deploy(quick, content, sum__js=b"a + 10")
    assert [one.version for one in changed.processes] == [2]
    later = Engine(quick.store, quick.clock)  # another process: everything is read again
    key = later.start(process_id="p", variables={"a": 1}, by=ADMIN).key
    assert later.queries.variables(key)["sum"] == 11
    with pytest.raises(ModelRejected, match=r"deployment://sum.js, which was not uploaded"):
        deploy(quick, content)


def test_a_file_that_nothing_names_is_said_and_not_kept(quick: World) -> None:
    deployed = deploy(quick, seven(service(0, "camunda:expression='${1}'")), note__html=b"<p>")
    assert [one.rule for one in deployed.findings["note.html"]] == ["file-unused"]


USER = "<bpmn:userTask id='n0' name='Check' camunda:assignee='anna' camunda:formKey='embedded:app:forms/check.html'/>"
PAGE = b"<input cam-variable-name='amount' cam-variable-type='Long' required max='9'><input cam-variable-name='why'>"


def test_an_html_form_is_shown_and_judged_as_a_form(quick: World) -> None:
    content = seven(USER)
    quick.engine.deploy([NamedFile("p.bpmn", content), NamedFile("forms/check.html", PAGE)], by=ADMIN)
    quick.start("p", why="so")
    task = quick.task()
    form = quick.engine.queries.task_form(task.key)
    assert form.type == "camunda-form"
    assert [part["key"] for part in form.schema["components"]] == ["amount", "why"]
    assert form.variables == {"why": "so"}
    assert form.data == {"why": "so"}
    with pytest.raises(InvalidInput) as refused:
        quick.engine.complete_task(task.key, {"amount": 12}, by=ADMIN)
    assert refused.value.fields == {"amount": "must be at most 9"}
    quick.engine.complete_task(task.key, {"amount": 3}, by=ADMIN)
    assert quick.state(task.instance_key) == "completed"


def test_without_its_html_a_task_has_a_form_over_the_variables(quick: World) -> None:
    deployed = deploy(quick, seven(USER))
    assert "embedded-form" in [one.rule for one in deployed.findings["p.bpmn"]]
    quick.start("p", why="so", n=1, ok=True, items=[1])
    form = quick.engine.queries.task_form(quick.task().key)
    assert (form.type, form.key) == ("generated", "embedded:app:forms/check.html")
    assert [(one["id"], one["type"], one["default"]) for one in form.fields] == [
        ("n", "long", 1),
        ("ok", "boolean", True),
        ("why", "string", "so"),
    ]


EVERYWHERE = seven(
    service(0, "camunda:expression='${n + 1}' camunda:resultVariable='n'"),
    script(1, "groovy", "execution.setVariable('g', n)"),
    "<bpmn:userTask id='n2' camunda:assignee='${who}' camunda:candidateGroups='${groups}' camunda:priority='${n}' "
    "camunda:dueDate='${dateTime().plusDays(1).toDate()}' camunda:followUpDate='P2D'><bpmn:extensionElements>"
    "<camunda:taskListener event='create'><camunda:script scriptFormat='groovy'>task.setPriority(n + 1)"
    "</camunda:script></camunda:taskListener>"
    "<camunda:taskListener event='create' expression=\"${task.setName(who.concat('!'))}\"/>"
    "</bpmn:extensionElements></bpmn:userTask>",
)


def test_nothing_is_parsed_again_while_instances_run(quick: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is compiled with the definition; the caches of the languages are emptied to show it."""
    deploy(quick, EVERYWHERE)
    quick.start("p", who="anna", groups=["a"], n=1)
    count = {"parsed": 0}

    def counting(function: Any) -> Any:
        def call(*args: Any, **named: Any) -> Any:
            count["parsed"] += 1
            return function(*args, **named)

        return call

    for home, name in ((juel, "parse"), (feel, "compile"), (plain_script, "compile"), (languages, "_compiled")):
        monkeypatch.setattr(home, name, counting(getattr(home, name)))
    for _ in range(20):
        quick.start("p", who="anna", groups=["a", "b"], n=5)
    assert count["parsed"] == 0
    languages.compile_script(languages.Script("1", languages.Language.FEEL))
    assert count["parsed"] > 0  # the counting counts
    tasks = [one for one in quick.engine.queries.tasks() if one.candidate_groups == ("a", "b")]
    assert {(one.assignee, one.priority, one.name) for one in tasks} == {("anna", 7, "anna!")}
    assert all(one.due_at and one.follow_up_at and one.due_at < one.follow_up_at for one in tasks)


def test_a_generated_form_holds_the_variable_or_else_its_default_evaluated(quick: World) -> None:
    fields = (
        "<camunda:formData><camunda:formField id='n' type='long' defaultValue='${limit * 2}'/>"
        "<camunda:formField id='why' type='string' defaultValue='because'/><camunda:formField id='x' type='string'/>"
        "</camunda:formData>"
    )
    task = f"<bpmn:userTask id='n0'><bpmn:extensionElements>{fields}</bpmn:extensionElements></bpmn:userTask>"
    deploy(quick, seven(task))
    quick.start("p", limit=4, why="so")
    assert quick.engine.queries.task_form(quick.task().key).data == {"n": 8, "why": "so"}


LISTENERS = (
    "<camunda:executionListener event='start'><camunda:script scriptFormat='groovy'>execution.setVariable('a', 1)"
    "</camunda:script></camunda:executionListener>"
    "<camunda:executionListener event='end' expression='${execution.setVariable(\"b\", execution.eventName)}'/>"
)


def test_execution_listeners_are_expressions_and_scripts_too(quick: World) -> None:
    content = seven(service(0, "camunda:expression='${a + 1}' camunda:resultVariable='c'", LISTENERS))
    assert run(quick, content) == {"a": 1, "b": "end", "c": 2}
