"""The methods of Java's and Spin's objects that expressions call."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from bpmn import juel
from bpmn.errors import EvaluationError

NOW = datetime(2026, 3, 1, 12, 5, tzinfo=UTC)
VALUES: dict[str, Any] = {
    "name": "Ann Bee",
    "due": "2026-03-01T12:00:00Z",
    "day": "2026-02-28",
    "tags": ["a", "b", None],
    "order": {"total": 12.5, "paid": True, "customer": {"name": "Ann"}, "items": [{"price": 3}, {"price": 9}]},
    "n": 7,
    "x": 2.75,
}


def _value(text: str) -> Any:
    return juel.evaluate(text, VALUES, now=NOW)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${name.equals('Ann Bee')}", True),
        ("${name.equals(7)}", False),
        ("${name.equalsIgnoreCase('ANN bee')}", True),
        ("${name.contains('nn')}", True),
        ("${name.startsWith('Ann')}", True),
        ("${name.endsWith('x')}", False),
        ("${name.length()}", 7),
        ("${name.toLowerCase().toUpperCase()}", "ANN BEE"),
        ("${name.split(' ')[1]}", "Bee"),
        ("${'a1b22c'.split('\\\\d+').size()}", 3),
        ("${'a,b,,'.split(',').size()}", 2),
        ("${'a,b,c'.split(',', 2)[1]}", "b,c"),
        ("${'abc'.split('').size()}", 3),
        ("${name.matches('Ann .*')}", True),
        ("${name.matches('Ann')}", False),
        ("${name.substring(4)}${name.substring(0, 1)}", "BeeA"),
        ("${name.indexOf('e')}", 5),
        ("${name.lastIndexOf('e')}", 6),
        ("${name.charAt(0)}", "A"),
        ("${name.replace('e', 'o')}", "Ann Boo"),
        ("${name.replaceAll('(\\\\w+) (\\\\w+)', '$2, $1')}", "Bee, Ann"),
        ("${name.replaceFirst('n', '\\\\$')}", "A$n Bee"),
        ("${name.concat('!')}", "Ann Bee!"),
        ("${' x '.trim().isEmpty()}", False),
        ("${'b'.compareTo('a')}", 1),
        ("${'Aa'.hashCode() == 'BB'.hashCode()}", True),
    ],
)
def test_texts(text: str, value: Any) -> None:
    assert _value(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${tags.size()}", 3),
        ("${tags.get(1)}", "b"),
        ("${tags.contains('a') && tags.contains(null) && !tags.contains(1)}", True),
        ("${tags.isEmpty()}", False),
        ("${tags.indexOf('b')}", 1),
        ("${tags.subList(1, 2)}", ["b"]),
        ("${tags[9]}", None),
        ("${order.containsKey('total')}", True),
        ("${order.get('total')}", 12.5),
        ("${order.getOrDefault('none', 3)}", 3),
        ("${order.keySet().size()}", 4),
        ("${order.values().get(0)}", 12.5),
        ("${order.getCustomer().getName()}", "Ann"),
        ("${order.isPaid()}", True),
        ("${order.missing.deeper}", None),
        ("${n.intValue() + x.intValue()}", 9),
        ("${x.compareTo(2)}", 1),
        ("${n.equals(7)}", True),
        ("${n.toString().concat('!')}", "7!"),
        ("${x.doubleValue()}", 2.75),
    ],
)
def test_lists_maps_and_numbers(text: str, value: Any) -> None:
    assert _value(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${dateTime().plusDays(3).toDate()}", datetime(2026, 3, 4, 12, 5, tzinfo=UTC)),
        ("${dateTime().minusMonths(1).withTimeAtStartOfDay()}", datetime(2026, 2, 1, tzinfo=UTC)),
        ("${dateTime().plusYears(1).plusHours(1).getYear()}", 2027),
        ("${dateTime().dayOfWeek}", 7),
        ("${dateTime().toString('dd.MM.yyyy HH:mm')}", "01.03.2026 12:05"),
        ("${dateTime().toString(\"yy-M-d'T'h a\")}", "26-3-1T12 PM"),
        ("${dateTime().toLocalDate()}", date(2026, 3, 1)),
        ("${now().getTime()}", 1772366700000),
        ("${now().after(due)}", True),
        ("${due.before(now())}", True),
        ("${dateTime().isBefore(dateTime().plusDays(1))}", True),
        ("${due < now()}", True),
        ("${day < now()}", True),
        ("${now() == '2026-03-01T13:05:00+01:00'}", True),
        ("at ${dateTime()}", "at 2026-03-01T12:05:00.000Z"),
    ],
)
def test_dates_also_when_a_variable_keeps_them_as_text(text: str, value: Any) -> None:
    assert _value(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${S('{\"a\": 1}').prop('a').numberValue()}", 1),
        ("${JSON(order).prop('customer').prop('name').stringValue()}", "Ann"),
        ("${order.prop('paid').boolValue()}", True),
        ("${S(order).hasProp('none')}", False),
        ("${S(order).prop('items').elements().size()}", 2),
        ("${S(order).prop('items').elements().get(1).prop('price').value()}", 9),
        ("${S(order).jsonPath('$.items[0].price').numberValue()}", 3),
        ("${S(order).jsonPath('$.items[*].price').elementList().size()}", 2),
        ("${S(order).jsonPath('$.items[?(@.price > 5)]').elementList()[0].price}", 9),
        ("${S(order).jsonPath('$..name').elementList()[0].stringValue()}", "Ann"),
        ("${S(order).prop('total', 3).prop('total').value()}", 3),
        ("${S(order).deleteProp('total').hasProp('total')}", False),
        ("${S('[1,2]').append(3).toString()}", "[1,2,3]"),
        ("${S(order).fieldNames().contains('paid')}", True),
        ("${S('{\"a\": null}').prop('a').isNull()}", True),
    ],
)
def test_spins_json(text: str, value: Any) -> None:
    assert _value(text) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("${name.substring(99)}", r"'substring' of 'Ann Bee' cannot be used with \(99\)"),
        ("${name.contains(1)}", "'contains' of 'Ann Bee'"),
        ("${tags.get(9)}", "no item 9"),
        ("${tags.add('c')}", "would change a variable in place"),
        ("${name.getClass()}", "has no method 'getClass'"),
        ("${S('{').prop('a')}", "is not JSON"),
        ("${S(order).prop('none')}", "has no property 'none'"),
        ("${S(order).prop('paid').stringValue()}", "is no string"),
        ("${S(order).jsonPath('$.items[0].none')}", "leads nowhere"),
        ("${S(order).jsonPath('$.items.sum()')}", "is not supported"),
        ("${name.matches('(')}", "no regular expression"),
        ("${dateTime().toString('nonsense')}", "'toString' of"),
        ("${currentUser()}", "nobody is logged in"),
    ],
)
def test_what_a_value_cannot_do_is_said_with_its_name(text: str, message: str) -> None:
    with pytest.raises(EvaluationError, match=message):
        _value(text)


ROWS = {"none": [], "one": [{"level": 2}], "wide": [{"level": 2, "why": "sum"}], "two": [{"level": 1}, {"level": 3}]}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${one.getSingleEntry()}", 2),
        ("${one.singleResult.level}", 2),
        ("${one.getFirstResult().getSingleEntry()}", 2),
        ("${wide.getSingleResult().getEntryMap().get('why')}", "sum"),
        ("${wide.singleResult.getFirstEntry()}", 2),
        ("${two.collectEntries('level')}", [1, 3]),
        ("${two.resultList.size()}", 2),
        ("${none.getSingleEntry()}", None),
        ("${none.firstResult}", None),
    ],
)
def test_results_of_decisions(text: str, value: Any) -> None:
    assert juel.evaluate(text, ROWS, now=NOW) == value


@pytest.mark.parametrize("text", ["${two.getSingleResult()}", "${wide.getSingleEntry()}"])
def test_several_rows_or_outputs_are_not_one(text: str) -> None:
    with pytest.raises(EvaluationError, match="takes one"):
        juel.evaluate(text, ROWS, now=NOW)
