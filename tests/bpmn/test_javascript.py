"""JavaScript of Camunda 7 diagrams."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from bpmn import javascript, languages
from bpmn.errors import EvaluationError
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
