"""Decisions that require others: what each sees, once evaluated, and what cannot be."""

from __future__ import annotations

import pytest

from bpmn import dmn
from bpmn.errors import EvaluationError, ModelError
from tests.bpmn.dmn.models import SPECIFICATION, decision, file, literal, read, table

CLASS = decision("class", table(["amount"], ["size"], ("< 10", '"small"'), (">= 10", '"big"')), name="Size Class")
BKM = (
    '<businessKnowledgeModel id="b" name="{name}"><variable name="{name}"/>{needs}<encapsulatedLogic>{parameters}'
    "<literalExpression><text>{body}</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>"
)


def knowledge(name: str, parameters: str, body: str, id: str = "b", needs: str = "") -> str:
    formal = "".join(f'<formalParameter name="{one}"/>' for one in parameters.split())
    return BKM.format(name=name, parameters=formal, body=body, needs=needs).replace('id="b"', f'id="{id}"')


def knows(id: str) -> str:
    return f'<knowledgeRequirement><requiredKnowledge href="#{id}"/></knowledgeRequirement>'


@pytest.mark.parametrize("name", ["class", "Size Class", "size"])
def test_a_required_decision_is_seen_under_its_id_its_name_and_its_output_s_name(name: str) -> None:
    definitions = read(CLASS, decision("d", literal(f'{name} + "!"'), requires=["class"]))
    assert definitions.evaluate("d", {"amount": 3}) == "small!"


def test_the_result_hides_a_variable_of_the_same_name_in_camunda() -> None:
    definitions = read(CLASS, decision("d", literal("size"), requires=["class"]))
    assert definitions.evaluate("d", {"amount": 30, "size": "stale"}) == "big"


def test_a_given_value_replaces_a_required_decision_in_the_specification() -> None:
    one = decision("one", literal("1"), more='<variable name="one"/>')
    definitions = read(one, decision("d", literal("one + 1"), requires=["one"]), namespace=SPECIFICATION)
    assert definitions.evaluate("d", {}) == 2
    assert definitions.evaluate("d", {"one": 10}) == 11


def test_the_outputs_of_a_collecting_table_are_a_list_under_the_output_s_name() -> None:
    collecting = decision("c", table(["n"], ["tag"], ("> 1", '"a"'), ("> 2", '"b"'), policy="COLLECT"))
    definitions = read(collecting, decision("d", literal("count(tag)"), requires=["c"]))
    assert definitions.evaluate("d", {"n": 3}) == 2
    assert definitions.evaluate("d", {"n": 2}) == 1


def test_each_decision_is_evaluated_once_however_many_require_it() -> None:
    left, right = (decision(id, literal("class"), requires=["class"]) for id in ("left", "right"))
    definitions = read(CLASS, left, right, decision("d", literal("left + right"), requires=["left", "right"]))
    result = definitions.decide("d", {"amount": 1})
    assert result.value == "smallsmall"
    assert [entry["decision_id"] for entry in result.matched] == ["class", "left", "right", "d"]


def test_decisions_that_nobody_asks_for_are_not_evaluated() -> None:
    broken = decision("broken", literal('assert(null, false, "never")'))
    assert read(broken, decision("d", literal("1"))).evaluate("d", {}) == 1
    with pytest.raises(EvaluationError):
        read(broken).evaluate("broken", {})


def test_a_chain_of_two_thousand_decisions_costs_no_call_depth() -> None:
    chain = [decision("d0", literal("0"))]
    chain += [decision(f"d{n}", literal(f"d{n - 1} + 1"), requires=[f"d{n - 1}"]) for n in range(1, 2000)]
    assert read(*reversed(chain)).evaluate("d1999", {}) == 1999


def test_decisions_that_require_each_other_are_refused_with_the_line() -> None:
    with pytest.raises(ModelError, match="requires itself, by way of") as caught:
        read(decision("a", literal("b"), requires=["b"]), decision("b", literal("a"), requires=["a"]))
    assert caught.value.line in (2, 3)
    assert caught.value.element in ("a", "b")


def test_a_requirement_that_leads_nowhere_is_refused_and_named() -> None:
    with pytest.raises(ModelError, match=r"'d' requires '#gone', which is not there") as caught:
        read(decision("d", literal("1"), requires=["gone"]))
    assert (caught.value.element, caught.value.line) == ("d", 2)


def test_a_decision_is_found_by_id_or_name_and_an_unknown_one_is_a_key_error() -> None:
    definitions = read(CLASS)
    assert definitions.evaluate("Size Class", {"amount": 1}) == "small"
    with pytest.raises(KeyError, match="There is no decision 'klass' in 'Defs'"):
        definitions.evaluate("klass", {})


def test_knowledge_is_called_like_a_function_by_position_or_by_name() -> None:
    parts = (knowledge("net price", "gross rate", "gross / (1 + rate)"),)
    by_place = read(*parts, decision("d", knows("b") + literal("net price(119, 0.19)")))
    by_name = read(*parts, decision("d", knows("b") + literal("net price(rate: 0.19, gross: 119)")))
    assert by_place.evaluate("d", {}) == by_name.evaluate("d", {}) == 100


def test_knowledge_sees_other_knowledge_and_itself() -> None:
    double = knowledge("double", "x", "x * 2", id="double")
    tower = knowledge("tower", "n", "if n = 0 then 1 else double(tower(n - 1))", id="tower", needs=knows("double"))
    assert read(double, tower, decision("d", knows("tower") + literal("tower(10)"))).evaluate("d", {}) == 1024


def test_knowledge_may_call_itself_hundreds_of_times() -> None:
    total = knowledge("total", "n", "if n = 0 then 0 else n + total(n - 1)")
    assert read(total, decision("d", knows("b") + literal("total(500)"))).evaluate("d", {}) == 125_250


def test_endless_recursion_ends_in_an_evaluation_error() -> None:
    endless = knowledge("f", "n", "f(n + 1)")
    with pytest.raises(EvaluationError, match="calls itself too often"):
        read(endless, decision("d", knows("b") + literal("f(0)"))).evaluate("d", {})


def test_a_decision_service_is_a_function_of_what_it_is_given() -> None:
    parts = (
        '<inputData id="x" name="x"><variable name="x" typeRef="number"/></inputData>',
        decision("inner", literal('"not this"'), more='<variable name="inner"/>'),
        decision(
            "outer",
            '<informationRequirement><requiredInput href="#x"/></informationRequirement>'
            + literal("inner + string(x)"),
            requires=["inner"],
            more='<variable name="outer"/>',
        ),
        '<decisionService id="s" name="serve"><variable name="serve"/><outputDecision href="#outer"/>'
        '<inputDecision href="#inner"/><inputData href="#x"/></decisionService>',
        decision("d", knows("s") + literal('serve(5, "given ")')),
    )
    definitions = read(*parts, namespace=SPECIFICATION)
    assert definitions.evaluate("d", {}) == "given 5"
    assert definitions.evaluate_service("serve", {"x": 7, "inner": "direct "}) == "direct 7"


def test_an_imported_file_is_known_by_the_name_of_its_import() -> None:
    library = file(
        '<itemDefinition name="tAge"><typeRef>number</typeRef></itemDefinition>',
        knowledge("is adult", "age", "age >= 18"),
        namespace=SPECIFICATION,
    ).replace(b'namespace="here"', b'namespace="there"')
    main = file(
        '<import name="people" namespace="there" importType="https://www.omg.org/spec/DMN/20230324/MODEL/"/>',
        decision(
            "d",
            '<knowledgeRequirement><requiredKnowledge href="there#b"/></knowledgeRequirement>'
            + literal("people.is adult(20) and 5 instance of people.tAge"),
        ),
        namespace=SPECIFICATION,
    )
    assert dmn.read(main, imports=[library]).evaluate("d", {}) is True
    with pytest.raises(ModelError, match="'there', which was not given"):
        dmn.read(main)


def test_a_value_that_is_not_of_its_decision_s_type_fails_in_camunda_and_is_null_in_the_specification() -> None:
    text = decision("d", literal("1 + 1"), more='<variable name="d" typeRef="string"/>')
    with pytest.raises(EvaluationError, match="not of its type 'string'"):
        read(text).evaluate("d", {})
    assert read(text, namespace=SPECIFICATION).evaluate("d", {}) is None


def test_input_data_of_a_temporal_type_may_be_the_text_that_json_has() -> None:
    parts = (
        '<itemDefinition name="tTrip"><itemComponent name="start"><typeRef>date</typeRef></itemComponent>'
        "</itemDefinition>",
        '<inputData id="t" name="Trip"><variable name="Trip" typeRef="tTrip"/></inputData>',
        decision(
            "d",
            '<informationRequirement><requiredInput href="#t"/></informationRequirement>' + literal("Trip.start.month"),
        ),
    )
    assert read(*parts, namespace=SPECIFICATION).evaluate("d", {"Trip": {"start": "2026-07-01"}}) == 7


FUNCTION = '<functionItem outputTypeRef="string"><parameters name="p" typeRef="{}"/></functionItem>'


@pytest.mark.parametrize(
    ("declared", "given", "expected"),
    [("string", "string", "ok"), ("number", "string", None), ("Any", "string", None), ("string", "Any", "ok")],
)
def test_a_function_is_of_a_type_that_gives_it_what_it_takes(declared: str, given: str, expected: str | None) -> None:
    item = f'<itemDefinition name="tF">{FUNCTION.format(declared)}</itemDefinition>'
    apply = knowledge("apply", "f", 'f("a")').replace('name="f"', 'name="f" typeRef="tF"')
    text = f'apply(function(x: {given}) "ok")'
    definitions = read(item, apply, decision("d", knows("b") + literal(text)), namespace=SPECIFICATION)
    assert definitions.evaluate("d", {}) == expected


def test_values_outside_of_a_column_s_allowed_ones_have_no_decision_in_the_specification() -> None:
    logic = table(["n"], ["x"], ("-", '"any"')).replace(
        "</inputExpression>", "</inputExpression><inputValues><text>[1..5]</text></inputValues>"
    )
    assert read(decision("d", logic), namespace=SPECIFICATION).evaluate("d", {"n": 3}) == "any"
    assert read(decision("d", logic), namespace=SPECIFICATION).evaluate("d", {"n": 9}) is None
    assert read(decision("d", logic)).evaluate("d", {"n": 9}) == "any"
