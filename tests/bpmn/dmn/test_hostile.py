"""Decision files meant to keep a server busy or to fill it: each ends in an error of ours, or in an answer."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

import pytest

from bpmn import dmn
from bpmn.errors import EvaluationError, ModelError
from tests.bpmn.dmn.models import SPECIFICATION, decision, file, literal, read, table


def knowledge(name: str, body: str, needs: str = "") -> str:
    required = f'<knowledgeRequirement><requiredKnowledge href="#{needs}"/></knowledgeRequirement>' if needs else ""
    return (
        f'<businessKnowledgeModel id="{name}" name="{name}"><variable name="{name}"/><encapsulatedLogic>'
        f'<formalParameter name="n"/>{literal(body)}</encapsulatedLogic>{required}</businessKnowledgeModel>'
    )


def calling(name: str, expression: str) -> str:
    return decision(
        "d", f'<knowledgeRequirement><requiredKnowledge href="#{name}"/></knowledgeRequirement>' + literal(expression)
    )


def within(times: int, wrap: Callable[[str], str]) -> str:
    return reduce(lambda inside, _: wrap(inside), range(times), literal("1"))


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"\0" * 100,
        b"<definitions",
        b'<!DOCTYPE a [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><a>&b;</a>',
        b"<a>" * 300 + b"</a>" * 300,
        b"PK\x03\x04",
        file(decision("d", literal("1")))[:-20],
        file("<decision id='d'/>" * 10_001),
        file(decision("d", table(["a"], ["x"], *(("1", "1") for _ in range(20_001))))),
        file(decision("d", table([f"c{n}" for n in range(500)], ["x"], *([["-"] * 501] * 200)))),
        file(*(decision(f"d{n}", literal("1"), requires=[f"d{(n + 1) % 3000}"]) for n in range(3000))),
        file(decision("d", table(["a"], ["x"], *((f"> limit + {'9' * 300}{n}", "1") for n in range(2000))))),
    ],
    ids=lambda xml: f"{len(xml)} bytes",
)
def test_what_cannot_be_read_is_refused(xml: bytes) -> None:
    with pytest.raises(ModelError):
        dmn.read(xml)


def test_ten_thousand_rules_are_read_checked_and_decided() -> None:
    rules = [(f"[{n * 10}..{n * 10 + 9}]", f'"k{n}"', str(n)) for n in range(10_000)]
    definitions = read(decision("d", table(["a", "b"], ["x"], *rules)))
    dmn.check(definitions)
    assert definitions.evaluate("d", {"a": 50_005, "b": "k5000"}) == 5000
    everything = [("-", f'"v{n}"') for n in range(10_000)]
    values = [", ".join(f'"v{n}"' for n in range(9999, -1, -1))]
    ordered = read(decision("d", table(["a"], ["x"], *everything, policy="OUTPUT ORDER", values=values)))
    assert ordered.evaluate("d", {})[:2] == ["v9999", "v9998"]


@pytest.mark.parametrize("body", ["f(n + 1)", "f(n + 1) + f(n + 1)", "sort([n], function(x, y) f(x) < y)[1] + f(n)"])
def test_knowledge_that_never_ends_is_stopped(body: str) -> None:
    with pytest.raises(EvaluationError):
        read(knowledge("f", body, needs="f"), calling("f", "f(1)"), namespace=SPECIFICATION).evaluate("d", {})


def test_knowledge_that_takes_too_many_steps_is_stopped() -> None:
    slow = knowledge("f", "if n < 2 then n else f(n - 1) + f(n - 2)")
    with pytest.raises(EvaluationError, match="was stopped after"):
        read(slow, calling("f", "f(60)"), namespace=SPECIFICATION).evaluate("d", {})


@pytest.mark.parametrize(
    ("wrap", "times"),
    [
        (lambda inside: f"<list>{inside}</list>", 200),
        (lambda inside: f"<context><contextEntry><variable name='a'/>{inside}</contextEntry></context>", 100),
        (lambda inside: f"<functionDefinition>{inside}</functionDefinition>", 200),
    ],
)
def test_boxes_within_boxes_are_evaluated_or_refused(wrap: Callable[[str], str], times: int) -> None:
    definitions = read(decision("d", within(times, wrap)), namespace=SPECIFICATION)
    definitions.evaluate("d", {})
    dmn.check(definitions)


@pytest.mark.parametrize(
    "logic",
    [
        within(
            40,
            lambda inside: f"<for iteratorVariable='i'><in>{literal('[1..10]')}</in><return>{inside}</return></for>",
        ),
        f"<for iteratorVariable='i'><in>{literal('[1..90000]')}</in><return>{literal('count(partial)')}</return></for>",
        f"<filter><in>{literal('for i in 1..1999999 return i')}</in><match>{literal('item > 1')}</match></filter>",
    ],
    ids=["loops within loops", "partial results", "a huge list"],
)
def test_loops_without_an_end_in_sight_are_stopped(logic: str) -> None:
    with pytest.raises(EvaluationError):
        read(decision("d", logic), namespace=SPECIFICATION).evaluate("d", {})


@pytest.mark.parametrize(
    "items",
    [
        '<itemDefinition name="a"><typeRef>b</typeRef></itemDefinition>'
        '<itemDefinition name="b"><typeRef>a</typeRef></itemDefinition>',
        '<itemDefinition name="a"><itemComponent name="n"><typeRef>a</typeRef></itemComponent></itemDefinition>',
        '<itemDefinition name="a"><functionItem outputTypeRef="a"><parameters name="p" typeRef="a"/></functionItem>'
        "</itemDefinition>",
    ],
)
def test_types_made_of_themselves_end(items: str) -> None:
    definitions = read(items, decision("d", literal("1"), more='<variable name="d" typeRef="a"/>'))
    dmn.check(definitions)
    with pytest.raises(EvaluationError):
        definitions.evaluate("d", {})


def test_a_type_of_doubling_functions_is_not_unfolded() -> None:
    items = ['<itemDefinition name="t0"><typeRef>number</typeRef></itemDefinition>']
    for number in range(1, 60):
        inner = f'<parameters name="p" typeRef="t{number - 1}"/><parameters name="q" typeRef="t{number - 1}"/>'
        function = f'<functionItem outputTypeRef="t{number - 1}">{inner}</functionItem>'
        items.append(f'<itemDefinition name="t{number}">{function}</itemDefinition>')
    definitions = read(*items, decision("d", literal("function(x) x")), namespace=SPECIFICATION)
    assert definitions.types.check("t59") is not None
    assert definitions.types.structure("t59").name in ("Any", "function")


def test_values_that_are_too_deep_or_too_large_are_refused() -> None:
    definitions = read(decision("d", table(["a"], ["x"], ("count(?) > 5", "1"))))
    with pytest.raises(EvaluationError):
        definitions.evaluate("d", {"a": reduce(lambda inside, _: [inside], range(20_000), 1)})
    with pytest.raises(EvaluationError):
        definitions.evaluate("d", {"a": list(range(1_000_001))})


def test_a_table_full_of_combinations_is_checked_without_trying_them_all() -> None:
    names = [f"c{n}" for n in range(40)]
    rules = [(*("true" if n == m else "-" for m in range(40)), "1") for n in range(40)]
    assert len(dmn.check(read(decision("d", table(names, ["x"], *rules))))) < 100
