"""Boxed expressions, and JUEL in the tables of older Camunda 7."""

from __future__ import annotations

from typing import Any

import pytest

from bpmn.errors import ModelError
from tests.bpmn.dmn.models import SPECIFICATION, decision, literal, read, table, text


def value(logic: str, namespace: str = SPECIFICATION, **inputs: Any) -> Any:
    needs = "".join(
        f'<informationRequirement><requiredInput href="#{name}"/></informationRequirement>' for name in inputs
    )
    data = (f'<inputData id="{name}" name="{name}"><variable name="{name}"/></inputData>' for name in inputs)
    return read(*data, decision("d", needs + logic), namespace=namespace).evaluate("d", inputs)


def entry(name: str, inside: str, type: str = "") -> str:
    more = f' typeRef="{type}"' if type else ""
    variable = f'<variable name="{name}"{more}/>' if name else ""
    return f"<contextEntry>{variable}{inside}</contextEntry>"


def test_a_context_sees_its_earlier_entries_and_gives_its_result() -> None:
    entries = entry("the base", literal("2")) + entry("twice", literal("the base * 2"))
    assert value(f"<context>{entries}</context>") == {"the base": 2, "twice": 4}
    assert value(f"<context>{entries}{entry('', literal('twice + 1'))}</context>") == 5


def test_an_entry_that_is_not_of_its_type_is_null() -> None:
    assert value(f"<context>{entry('a', literal('1'), 'string')}</context>") == {"a": None}


def test_a_table_may_stand_in_a_context() -> None:
    inner = table(["n"], ["x"], ("> 1", '"many"'), ("1", '"one"'))
    assert value(f"<context>{entry('x', inner)}{entry('', literal('upper case(x)'))}</context>", n=4) == "MANY"


def test_lists_and_relations_are_lists() -> None:
    assert value(f"<list>{literal('1')}{literal('1 + 1')}</list>") == [1, 2]
    columns = '<column name="a"/><column name="b"/>'
    rows = f"<row>{literal('1')}{literal('2')}</row><row>{literal('3')}{literal('4')}</row>"
    assert value(f"<relation>{columns}{rows}</relation>") == [{"a": 1, "b": 2}, {"a": 3, "b": 4}]


def test_a_function_is_invoked_with_named_arguments() -> None:
    function = (
        '<functionDefinition><formalParameter name="x"/><formalParameter name="y"/>'
        f"{literal('x - y')}</functionDefinition>"
    )
    call = (
        f"<invocation>{literal('minus')}<binding><parameter name='y'/>{literal('1')}</binding>"
        f"<binding><parameter name='x'/>{literal('10')}</binding></invocation>"
    )
    assert value(f"<context>{entry('minus', function)}{entry('', call)}</context>") == 9


def test_a_built_in_function_is_invoked_by_the_names_of_its_parameters() -> None:
    def bound(name: str, text: str) -> str:
        return f"<binding><parameter name='{name}'/>{literal(text)}</binding>"

    arguments = bound("start position", "2") + bound("string", '"abc"')
    assert value(f"<invocation>{literal('substring')}{arguments}</invocation>") == "bc"
    assert value(f"<invocation>{literal('substring')}{arguments}{bound('length', '1')}</invocation>") == "b"
    assert value(f"<invocation>{literal('substring')}{bound('text', '1')}</invocation>") is None


def test_arguments_become_what_a_function_s_parameters_ask_for() -> None:
    assert value(literal("(function(a: list<number>) count(a))(1)")) == 1
    assert value(literal('(function(a: date and time) string(a))(date("2026-01-02"))')) == "2026-01-02T00:00:00Z"
    assert value(literal('(function(a: number) a)("x")')) is None


def test_a_boxed_loop_goes_over_a_range_without_brackets() -> None:
    loop = f"<for iteratorVariable='i'><in>{literal('1..3')}</in><return>{literal('i * i')}</return></for>"
    assert value(loop) == [1, 4, 9]


@pytest.mark.parametrize(("condition", "expected"), [("n > 1", "yes"), ("n > 9", "no"), ("null", "no"), ('"x"', None)])
def test_a_conditional_chooses_a_branch(condition: str, expected: str | None) -> None:
    yes, no = literal('"yes"'), literal('"no"')
    branches = f"<then>{yes}</then><else>{no}</else>"
    assert value(f"<conditional><if>{literal(condition)}</if>{branches}</conditional>", n=4) == expected


def test_a_filter_keeps_what_matches_by_item_or_by_its_entries() -> None:
    people = literal('[{name: "a", age: 3}, {name: "b", age: 30}]')
    match = literal('age > 18 and item.name = "b"')
    logic = f"<filter><in>{people}</in><match>{match}</match></filter>"
    assert value(logic) == [{"name": "b", "age": 30}]


def test_iterations_gather_what_their_bodies_say() -> None:
    def iterate(kind: str, body: str) -> Any:
        tag = "return" if kind == "for" else "satisfies"
        source = f"<in>{literal('[1..3]')}</in><{tag}>{literal(body)}</{tag}>"
        return value(f'<{kind} iteratorVariable="i">{source}</{kind}>')

    assert iterate("for", "i * i + count(partial)") == [1, 5, 11]
    assert iterate("some", "i > 2") is True
    assert iterate("every", "i > 2") is False
    assert iterate("some", "null") is None


def test_juel_works_where_the_file_asks_for_it_and_where_braces_say_so() -> None:
    camunda = "https://www.omg.org/spec/DMN/20191111/MODEL/"
    asked = literal("amount > 5 ? 'many' : 'few'", 'expressionLanguage="juel"')
    assert value(asked, camunda, amount=7) == "many"
    assert value(literal("${amount + 1}"), camunda, amount=7) == 8
    cell = f'<inputEntry expressionLanguage="juel">{text("cellInput > amount - 1")}</inputEntry>'
    logic = table(["amount"], ["x"], ("PLACE", "1")).replace("<inputEntry><text>PLACE</text></inputEntry>", cell)
    assert value(logic, camunda, amount=7) == 1


@pytest.mark.parametrize("language", ["groovy", "python"])
def test_other_languages_are_refused_by_name(language: str) -> None:
    with pytest.raises(ModelError, match=f"'d' is written in {language}") as caught:
        read(decision("d", literal("1", f'expressionLanguage="{language}"')))
    assert caught.value.line == 2


def test_boxes_that_are_not_run_are_refused_by_name() -> None:
    with pytest.raises(ModelError, match="'d' uses <decisionTree>"):
        read(decision("d", "<decisionTree/>"))
    with pytest.raises(ModelError, match="calls PMML"):
        read(decision("d", '<functionDefinition kind="PMML"/>'))
