"""Files that import files: by name, without one, and along several paths with inputs of their own."""

from __future__ import annotations

import pytest

from bpmn import dmn
from bpmn.errors import ModelError
from tests.bpmn.dmn.models import SPECIFICATION, file, literal

DMN = 'importType="https://www.omg.org/spec/DMN/20230324/MODEL/"'


def named(namespace: str, *parts: str) -> bytes:
    return file(*parts, namespace=SPECIFICATION).replace(b'namespace="here"', f'namespace="{namespace}"'.encode())


def importing(name: str, namespace: str) -> str:
    return f'<import name="{name}" namespace="{namespace}" {DMN}/>'


def decision(id: str, name: str, text: str, *, decisions: tuple[str, ...] = (), inputs: tuple[str, ...] = ()) -> str:
    required = [f'<requiredDecision href="{one}"/>' for one in decisions]
    required += [f'<requiredInput href="{one}"/>' for one in inputs]
    needs = "".join(f"<informationRequirement>{one}</informationRequirement>" for one in required)
    return f'<decision id="{id}" name="{name}"><variable name="{name}"/>{needs}{literal(text)}</decision>'


PERSON = '<inputData id="i" name="Person name"><variable name="Person name" typeRef="t Name"/></inputData>'
ITEM = (
    '<itemDefinition name="t Name"><typeRef>string</typeRef>'
    '<allowedValues><text>"Ada", "Bo"</text></allowedValues></itemDefinition>'
)
INNER = named("a", ITEM, PERSON, decision("greet", "Greeting", '"Hello " + Person name', inputs=("#i",)))
ONE = named("b", importing("inner", "a"), decision("one", "One", "inner.Greeting", decisions=("a#greet",)))
TWO = named(
    "c",
    importing("inner", "a"),
    decision("two", "Two", "inner.Greeting + inner.Person name", decisions=("a#greet",), inputs=("a#i",)),
)
MAIN = named(
    "m",
    importing("Model B", "b"),
    importing("C", "c"),
    decision("d", "d", 'Model B.One + "; " + C.Two', decisions=("b#one", "c#two")),
)


def test_an_input_of_an_imported_file_may_be_given_by_its_plain_name() -> None:
    definitions = dmn.read(MAIN, imports=[INNER, ONE, TWO])
    assert definitions.evaluate("d", {"Person name": "Ada"}) == "Hello Ada; Hello AdaAda"
    assert definitions.evaluate("d", {"Person name": "nobody listed"}) is None


def test_the_same_file_imported_along_two_paths_may_be_given_two_inputs() -> None:
    definitions = dmn.read(MAIN, imports=[INNER, ONE, TWO])
    given = {"Model B": {"inner": {"Person name": "Ada"}}, "C": {"inner": {"Person name": "Bo"}}}
    assert definitions.evaluate("d", given) == "Hello Ada; Hello BoBo"


def test_imports_without_a_name_bring_their_elements_and_types_as_they_are() -> None:
    text = 'Greeting + Two + string("x" instance of t Name)'
    both = importing("", "a") + importing("", "c")
    main = named("m", both, decision("d", "d", text, decisions=("a#greet", "c#two")))
    found = dmn.read(main, imports=[INNER, TWO]).evaluate("d", {"Person name": "Bo"})
    assert found == "Hello BoHello BoBofalse"


def test_types_are_known_by_the_import_s_name_even_one_with_spaces() -> None:
    typed = '<inputData id="q" name="q"><variable name="q" typeRef="a lib.t Name"/></inputData>'
    main = named("m", importing("a lib", "a"), typed, decision("d", "d", "q instance of a lib.t Name", inputs=("#q",)))
    definitions = dmn.read(main, imports=[INNER])
    assert definitions.evaluate("d", {"q": "Bo"}) is True
    assert definitions.evaluate("d", {"q": "Cy"}) is False


def test_files_that_need_each_other_are_refused() -> None:
    one = named("x", importing("y", "y"), decision("d", "d", "y.e", decisions=("y#e",)))
    other = named("y", importing("x", "x"), decision("e", "e", "x.d", decisions=("x#d",)))
    with pytest.raises(ModelError, match="'e' requires something of the DMN file 'x'"):
        dmn.read(one, imports=[other])
