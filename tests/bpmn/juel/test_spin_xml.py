"""Spin's XML() as Camunda 7 diagrams read with it."""

from __future__ import annotations

from typing import Any

import pytest

from bpmn import juel, languages
from bpmn.errors import EvaluationError
from bpmn.juel import beans

ORDER = """<?xml version="1.0" encoding="UTF-8"?>
<order xmlns="http://shop" xmlns:x="http://extra" id="o1" x:rank="3">
  <customer name="Ann">Ann <b>Smith</b></customer>
  <item price="2.5">Tea</item><item price="4">Cup</item>
  <x:note>fragile</x:note><!-- no element -->
</order>"""


def value(text: str, **more: Any) -> Any:
    return juel.evaluate(text, {"order": ORDER, "plain": "<a><b>1</b></a>", **more})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${XML(order).attr('id').value()}", "o1"),
        ("${XML(order).attr('id').name()}", "id"),
        ("${XML(order).attrNs('http://extra', 'rank').value()}", "3"),
        ("${XML(order).hasAttr('id') and not XML(order).hasAttr('rank')}", True),
        ("${XML(order).hasAttrNs('http://extra', 'rank')}", True),
        ("${XML(order).attrs().size()}", 2),
        ("${XML(order).attrs('http://extra')[0].value()}", "3"),
        ("${XML(order).attrNames()}", ["id", "rank"]),
        ("${XML(order).name()}", "order"),
        ("${XML(order).namespace()}", "http://shop"),
        ("${XML(order).hasNamespace('http://shop')}", True),
        ("${XML(order).hasPrefix('x')}", False),
        ("${XML(order).childElements().size()}", 4),
        ("${XML(order).childElements('item').size()}", 2),
        ("${XML(order).childElements('item')[1].textContent()}", "Cup"),
        ("${XML(order).childElement('customer').textContent()}", "Ann Smith"),
        ("${XML(order).childElement('http://extra', 'note').textContent()}", "fragile"),
        ("${XML(order).childElement('customer').attr('name').value()}", "Ann"),
        ("${XML(order).xPath('//DEFAULT:item').elementList().size()}", 2),
        ("${XML(order).xPath('/DEFAULT:order/DEFAULT:item/@price').attribute().value()}", "2.5"),
        ("${XML(order).xPath('//@price').attributeList()[1].value()}", "4"),
        ("${XML(order).xPath('//s:item').ns('s', 'http://shop').element().textContent()}", "Tea"),
        ("${XML(order).xPath(\"//*[local-name()='note']\").element().textContent()}", "fragile"),
        ("${XML(order).xPath('//DEFAULT:item[2]').string()}", "Cup"),
        ("${XML(order).xPath('count(//DEFAULT:item)').number()}", 2.0),
        ("${XML(order).xPath('count(//DEFAULT:item) > 1').boolean()}", True),
        ("${XML(plain).toString()}", "<a><b>1</b></a>"),
        ("${XML(plain).childElement('b').toString()}", "<b>1</b>"),
        ("${S(plain).childElement('b').textContent()}", "1"),
        ("${S(plain, 'application/xml').name()}", "a"),
        ("Hello ${XML(plain).childElement('b').textContent()}", "Hello 1"),
        ("${XML(XML(plain)).name()}", "a"),
    ],
)
def test_xml_is_read(text: str, expected: Any) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("${XML('no')}", "is not XML"),
        ("${XML(5)}", "reads a text, but found 5"),
        ("${XML(order).attr('nope')}", "has no attribute 'nope'. It has: id"),
        ("${XML(order).childElement('nope')}", "has no child 'nope'. It has: customer, item, note"),
        ("${XML(order).childElement('item')}", "has 2 children 'item', not one"),
        ("${XML(order).remove()}", "An XML element has no method 'remove'. It has: attr"),
        ("${XML(order).attr()}", "cannot be called with 0 arguments"),
        ("${XML(order).xPath('//nope').element()}", "finds no element"),
        ("${XML(order).xPath('//@id').element()}", "gives no element"),
        ("${XML(order).xPath('//(').element()}", "cannot be evaluated"),
        ("${XML(order).xPath('//u:a').elementList()}", "cannot be evaluated"),
        ("${XML(order).element}", "An XML element has no method 'element'"),
    ],
)
def test_what_is_not_there_is_an_error_with_its_name(text: str, message: str) -> None:
    with pytest.raises(EvaluationError, match=message):
        value(text)


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        '<!DOCTYPE a [<!ENTITY x "yyyyyyyyyy">]><a>&x;&x;</a>',
        '<!DOCTYPE a SYSTEM "http://example.org/a.dtd"><a/>',
        "<a>" * 10_000 + "</a>" * 10_000,
        "<a>" + "x" * 1_000_000 + "</a>",
    ],
)
def test_hostile_documents_are_refused(text: str) -> None:
    with pytest.raises(EvaluationError):
        value("${XML(bad).textContent()}", bad=text)


@pytest.mark.parametrize(
    "path",
    ["//*[count(//*) > 1]", "//*//*//*", "*[count(../*) > 1]/..", "//*[ancestor::*[count(//*)]]", "/" + "*/" * 600],
)
def test_a_path_that_multiplies_a_large_document_is_refused(path: str) -> None:
    with pytest.raises(EvaluationError, match="too costly"):
        value(f"${{XML(large).xPath('{path}').elementList()}}", large="<a>" + "<b/>" * 20_000 + "</a>")


def test_an_element_becomes_its_text_where_it_is_kept() -> None:
    found = value("${XML(plain)}")
    assert languages.as_json({"kept": found, "list": [found.call("childElement", ["b"])]}) == {
        "kept": "<a><b>1</b></a>",
        "list": ["<b>1</b>"],
    }


def test_xml_may_be_asked_for_at_deployment() -> None:
    expression = juel.compile("${XML(order).childElement('a').textContent()}")
    assert juel.unavailable(expression) is None
    assert list(juel.bean_calls(juel.compile("${element.childElements().size()}"))) == []


def test_a_script_reads_what_a_bean_offers_as_data() -> None:
    pytest.importorskip("py_mini_racer")
    heard: list[Any] = []
    beans.offer("pricing", {"tell": heard.append}, {"currency": lambda: "EUR", "rates": lambda: {"a": 2}})
    try:
        script = languages.Expression(
            "pricing.tell(n); pricing.currency + pricing.getRates().a", languages.Language.JAVASCRIPT
        )
        assert languages.compile(script).evaluate({"n": 5}) == "EUR2"
        assert heard == [5]
        hidden = languages.Expression("pricing.currency", languages.Language.JAVASCRIPT)
        assert languages.compile(hidden).evaluate({"pricing": {"currency": "own"}}) == "own"
    finally:
        beans.withdraw("pricing")
