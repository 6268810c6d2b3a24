"""JavaScript of Camunda 7 diagrams."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from bpmn import javascript, languages
from bpmn.errors import EvaluationError, LanguageError
from bpmn.model import Language, Script

pytestmark = pytest.mark.skipif(not javascript.is_available(), reason="needs the extra [javascript]")


class _Task:
    """A task that notes what is done to it."""

    def __init__(self, assignee: str | None = None) -> None:
        self.assignee = assignee
        self.calls: list[tuple[str, list[Any]]] = []

    def get(self, name: str) -> Any:
        return self.snapshot()[name]

    def call(self, method: str, args: Sequence[Any]) -> Any:
        if method == "explode":
            raise EvaluationError("'task' has no method 'explode'.")
        self.calls.append((method, list(args)))

    def snapshot(self) -> dict[str, Any]:
        return {"assignee": self.assignee}


def _run(text: str, task: _Task | None = None, **variables: Any) -> Any:
    script = Script(text, Language.JAVASCRIPT)
    now = datetime(2026, 3, 1, tzinfo=UTC)
    return languages.run_script(script, variables, now=now, objects={"task": task or _Task()})


def test_a_script_gives_its_last_value_and_sees_copies_of_the_variables() -> None:
    order = {"items": [{"price": 2}, {"price": 3}]}
    assert _run("order.items[0].price = 10; order.items.reduce((sum, i) => sum + i.price, 0)", order=order) == 13
    assert order["items"][0]["price"] == 2
    assert _run("new Date().getTime()") == 1772323200000


def test_the_listeners_of_the_invoice_sample_assign_and_remember_the_approver() -> None:
    task = _Task()
    _run("if(!!task.getVariable('approver')) { task.setAssignee(approver); }", task, approver="mary")
    assert task.calls == [("setAssignee", ["mary"])]
    task = _Task("peter")
    _run("task.setVariable('approver', task.getAssignee());", task)
    assert task.calls == [("setVariable", ["approver", "peter"])]


def test_what_a_script_sets_it_reads_back() -> None:
    task = _Task()
    assert _run("task.setVariable('a', 2); task.getVariable('a') + (task.hasVariable('b') ? 1 : 0)", task) == 2


def test_a_failing_script_has_no_effect() -> None:
    task = _Task()
    with pytest.raises(EvaluationError, match="nonsense"):
        _run("task.setAssignee('x'); nonsense()", task)
    assert task.calls == []


def test_a_bpmn_error_is_told_apart_from_a_failure() -> None:
    with pytest.raises(languages.ScriptedError) as thrown:
        _run("throw new org.camunda.bpm.engine.delegate.BpmnError('LATE', 'too late')")
    assert (thrown.value.error_code, thrown.value.message) == ("LATE", "too late")


def test_a_method_that_is_not_offered_fails() -> None:
    with pytest.raises(EvaluationError, match="explode"):
        _run("task.explode()")


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("var a = []; while (true) a.push(new Array(10000).fill('x'))", "MB"),
        ("java.lang.Runtime.getRuntime()", "not available"),
        ("Java.type('java.io.File')", "not available"),
        ("function (", "SyntaxError"),
    ],
)
def test_what_a_script_must_not_do_is_refused(script: str, words: str) -> None:
    with pytest.raises(EvaluationError, match=words):
        _run(script)


@pytest.mark.slow
def test_a_script_without_end_is_stopped() -> None:
    with pytest.raises(EvaluationError, match="2 s"):
        _run("while (true) {}")


@pytest.mark.parametrize(
    ("script", "value"),
    [
        ("println('a'); print('b'); console.log('c'); console.debug('d'); 1", 1),
        ("out = JSON.stringify({a: order.id}); out", '{"a":7}'),
        ("S('{\"a\": {\"b\": [1, 2]}}').jsonPath('$.a.b[1]').numberValue()", 2),
        ("S(order).jsonPath('$.lines[*].price').elements().map((p) => p.value()).join('+')", "1+2"),
        ("var n = S('{}'); n.prop('a', 1).prop('b', S('[true]')); n.toString()", '{"a":1,"b":[true]}'),
        ("S(order).prop('lines').elements().size()", 2),
        ("S(order).hasProp('nope') + '/' + S(order).fieldNames()", "false/id,lines"),
        ("Java.type('org.camunda.spin.Spin').JSON('{\"x\": 5}').prop('x').numberValue()", 5),
        ("var m = new java.util.HashMap(); m.put('k', 1); m", {"k": 1}),
        ("var l = new java.util.ArrayList(); l.add(3); l.add(4); l.size() + l.get(0)", 5),
        ("task.getVariableTyped('order').getValue().id", 7),
        ("'A'.equals('A') && 'ab'.contains('b') && 'Ab'.equalsIgnoreCase('aB')", True),
        ("if (typeof nothing == 'undefined') { found = ' ' } else { found = nothing }", " "),
        ("Number('12.5') + 1", 13.5),
        ("undefined", None),
        ("NaN", None),
    ],
)
def test_what_the_scripts_of_real_diagrams_use(script: str, value: Any) -> None:
    assert _run(script, order={"id": 7, "lines": [{"price": 1}, {"price": 2}]}) == value


@pytest.mark.parametrize(
    "script",
    [
        "this.constructor.constructor('return process')()",
        "require('fs')",
        "fetch('http://example.org')",
        "java.io.File",
        "Packages.java.lang.Runtime",
        "S(order).jsonPath('$.lines[?(@.price > 1)]')",
        "S(order).prop('id').stringValue()",
        "task.order = 1",
        "task.getSecrets()",
        "for (;;) task.setAssignee('x')",
        "throw 'text'",
        "null.x",
    ],
)
def test_there_is_nothing_outside_of_the_script(script: str) -> None:
    with pytest.raises(EvaluationError):
        _run(script, order={"id": 7, "lines": []})


@pytest.mark.parametrize("script", ["this should really fail!", "function (", "var = 3", "'open"])
def test_what_is_no_javascript_is_refused_when_it_is_compiled(script: str) -> None:
    with pytest.raises(LanguageError, match="no JavaScript: SyntaxError"):
        languages.compile_script(Script(script, Language.JAVASCRIPT))
