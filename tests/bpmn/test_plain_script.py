"""Groovy, Python and Java scripts that are nothing but assignments: they run with the same result, or are refused."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from bpmn import languages
from bpmn.errors import EvaluationError, LanguageError
from bpmn.model import Language, Script


class _Execution:
    """An execution that keeps what is set."""

    def __init__(self, **variables: Any) -> None:
        self.variables = variables

    def get(self, name: str) -> Any:
        raise EvaluationError(f"no {name}")

    def call(self, method: str, args: Sequence[Any]) -> Any:
        if method == "setVariable":
            self.variables[args[0]] = args[1]
            return None
        if method == "hasVariable":
            return args[0] in self.variables
        return self.variables.get(args[0]) if args else "key-1"


def _script(text: str, format: str = "groovy") -> Script:
    return Script(text, Language.UNKNOWN, format=format)


def _run(text: str, format: str = "groovy", **variables: Any) -> tuple[Any, dict[str, Any]]:
    execution = _Execution(**variables)
    value = languages.run_script(_script(text, format), dict(variables), objects={"execution": execution})
    new = {name: value for name, value in execution.variables.items() if name not in variables}
    return value, new


@pytest.mark.parametrize(
    ("text", "value", "sets"),
    [
        ("execution.setVariable('a', 1)", None, {"a": 1}),
        ('execution.setVariable("a", true);\nexecution.setVariable("b", null);', None, {"a": True, "b": None}),
        ("// why\nexecution.setVariable('a', 'x') // so\n/* and\nso */", None, {"a": "x"}),
        ("def total = n * 2 + 1; execution.setVariable('total', total); total", 11, {"total": 11}),
        ("x = 5\ny = -x - (2 - 3)\ny", -4, {}),
        ("def i = 1;", 1, {}),
        ("execution.getVariable('n') +\n  1", 6, {}),
        ("execution.setVariable(\n  'a',\n  n\n)", None, {"a": 5}),
        ("1.10 + 2.2", Decimal("3.30"), {}),
        ("0.1 * 3", Decimal("0.3"), {}),
        ("f + 1", 3.5, {}),
        ("'total: ' + n + ', ' + f + ', ' + null", "total: 5, 2.5, null", {}),
        ('"Dear ${name}, $n of ${n}"', "Dear Ann, 5 of 5", {}),
        ("'no $name'", "no $name", {}),
        ('"a\\tb\\$name \\"q\\""', 'a\tb$name "q"', {}),
        ("println('hello ' + name); println name\n3", 3, {}),
        ('System.out.println("hi")', None, {}),
        ("execution.getProcessBusinessKey() + '!'", "key-1!", {}),
        ("n = 7\nn", 7, {}),
        ("\n\n;;\n", None, {}),
    ],
)
def test_plain_groovy_has_the_result_it_has_there(text: str, value: Any, sets: dict[str, Any]) -> None:
    found, made = _run(text, n=5, f=2.5, name="Ann")
    assert (found, made) == (value, sets)
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "value", "sets"),
    [
        ("# note\nexecution.setVariable('a', True)", None, {"a": True}),
        ("total = n * 2\nexecution.setVariable('total', total + 1)", None, {"total": 11}),
        ("'a' + \"$name\"", "a$name", {}),
        ("print('x')\nNone", None, {}),
        ("99999999999 * 99999999999", 99999999999**2, {}),
    ],
)
def test_plain_python_too(text: str, value: Any, sets: dict[str, Any]) -> None:
    assert _run(text, "python", n=5) == (value, sets)


@pytest.mark.parametrize(
    "text",
    [
        "import a.b.*\nnew B().run(execution)",
        "if (n > 1) { execution.setVariable('a', 1) }",
        "for (i in 1..3) println i",
        "def f() { 1 }",
        "throw new RuntimeException()",
        "n / 2",
        "n % 2",
        "n ** 2",
        "n++",
        "n += 1",
        "- -n",
        "n == 5",
        "n ? 1 : 2",
        "n > 1 && true",
        "[1, 2]",
        "[a: 1]",
        "name.toUpperCase()",
        "execution.getProcessEngineServices()",
        "execution.businessKey",
        "execution = 5",
        "int x = 5",
        "def (a, b) = [1, 2]",
        '"${n + 1}"',
        '"${name.size()}"',
        '"$name.size"',
        '"""text"""',
        "'''text'''",
        "/regex/",
        "1e3",
        "0x1F",
        "5L",
        "1.5f",
        "'\\u0041'",
        "a b",
        "a = ",
        "(1 + 2",
        "execution.setVariable('a' 1)",
        "foo()",
        "new Date()",
        "x = { it }",
        "@Field x = 1",
        "'open",
    ],
)
def test_anything_else_of_groovy_is_refused_at_deployment_with_the_way_out(text: str) -> None:
    reason = languages.supported(_script(text))
    assert reason is not None
    assert "line" in reason
    assert "worker" in reason
    with pytest.raises(LanguageError):
        languages.compile_script(_script(text))


@pytest.mark.parametrize(
    "text", ["def x = 1", "true", "x: int = 1", "f'{n}'", "a, b = 1, 2", "n // 2", "x = 1 if n else 2"]
)
def test_anything_else_of_python_is_refused(text: str) -> None:
    script = _script(text, "python")
    assert languages.supported(script) is not None or text == "true"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("missing + 1", "Unknown name 'missing'"),
        ("2147483647 + 1", "too large for Groovy on Java"),
        ("9223372036854775807 * n", "too large for Groovy on Java"),
        ("name - 'A'", "no sum of numbers"),
        ("true + 1", "no sum of numbers"),
        ("true + 'a'", "cannot be joined"),
        ("'x' + map", "would not be written as Groovy writes it"),
        ('"${map}"', "would not be written as Groovy writes it"),
        ("f * 1" + "0" * 400, "too large"),
        ("task.getAssignee()", "There is no 'task' here"),
    ],
)
def test_what_would_come_out_otherwise_is_an_error(text: str, message: str) -> None:
    with pytest.raises(EvaluationError, match=message):
        _run(text, n=5, name="Ann", map={"a": 1}, f=1e300)


def test_names_are_judged_case_by_case_of_the_format() -> None:
    assert languages.supported(_script("x = 1", "Groovy")) is None
    assert "freemarker" in str(languages.supported(_script("x = 1", "freemarker")))


def test_a_script_reads_back_what_it_set_and_a_failing_one_changes_nothing() -> None:
    text = "execution.setVariable('a', 1)\nexecution.setVariable('a', execution.getVariable('a') + 1)\n"
    assert _run(text) == (None, {"a": 2})
    execution = _Execution(b=1)
    with pytest.raises(EvaluationError):
        languages.run_script(_script(text + "missing"), {}, objects={"execution": execution})
    assert execution.variables == {"b": 1}
    gone = "execution.removeVariable('b'); execution.hasVariable('b')"
    assert languages.run_script(_script(gone), {}, objects={"execution": execution}) is False


@pytest.mark.parametrize("format", ["java", "http://www.java.com/java", "http://www.mvel.org/2.0"])
def test_a_script_of_jbpm_sets_what_it_gives_its_context(format: str) -> None:
    text = 'System.out.println("x is " + x);\nint y = x + 1;\nkcontext.setVariable("y", y);'
    assert _run(text, format, x=4) == (None, {"y": 5})


@pytest.mark.parametrize(
    "text",
    ["kcontext.getProcessInstance().getId();", "char c = 'a';", "new Order();", 'execution.setVariable("a", 1);'],
)
def test_more_java_than_that_is_refused(text: str) -> None:
    assert languages.supported(_script(text, "java")) is not None


def test_java_adds_fractions_as_java_does() -> None:
    assert _run('kcontext.setVariable("y", 0.1 + 0.2);', "java")[1] == {"y": 0.1 + 0.2}


def test_a_list_may_be_printed_and_not_be_set_as_a_text() -> None:
    assert _run("println 'all: ' + list\nexecution.setVariable('a', 1)", list=[1]) == (None, {"a": 1})
    with pytest.raises(EvaluationError, match="would not be written"):
        _run("execution.setVariable('a', 'all: ' + list)", list=[1])
