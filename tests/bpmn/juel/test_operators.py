"""JUEL's coercions (Expression Language 2.2, 1.7 to 1.18), as Camunda 7 has them."""

from __future__ import annotations

from typing import Any

import pytest

from bpmn import juel
from bpmn.errors import EvaluationError

VALUES = {"n": 5, "f": 2.5, "t": "7", "e": "", "nothing": None, "yes": True, "word": "abc", "list": [1], "map": {}}


def _value(text: str) -> Any:
    return juel.evaluate(text, VALUES)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${nothing + 1}", 1),
        ("${nothing + nothing}", 0),
        ("${nothing / nothing}", 0),
        ("${e + n}", 5),
        ("${t * 2}", 14),
        ("${'1.5' + n}", 6.5),
        ("${'1e2' - 1}", 99.0),
        ("${7 div 2}", 3.5),
        ("${6 / 2}", 3.0),
        ("${-7 % 3}", -1),
        ("${7 mod -3}", 1),
        ("${-t}", -7),
        ("${2 + 3 * 4 - 6 / 3}", 12.0),
        ("${-(2 + 3) * 2}", -10),
    ],
)
def test_arithmetic_reads_null_as_nothing_and_texts_as_numbers(text: str, value: Any) -> None:
    found = _value(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${n eq 5}", True),
        ("${n == '5'}", True),
        ("${n ne 5.0}", False),
        ("${e == 0}", True),
        ("${nothing == 0}", False),
        ("${nothing == null}", True),
        ("${e == null}", False),
        ("${yes == 'TRUE'}", True),
        ("${yes == 'yes'}", False),
        ("${word eq 'abc'}", True),
        ("${word lt 'abd'}", True),
        ("${n gt 10}", False),
        ("${t > 10}", False),
        ("${t gt '10'}", True),
        ("${nothing < 1}", False),
        ("${nothing <= nothing}", True),
        ("${n le 5 and n ge 5}", True),
        ("${false < true}", True),
        ("${list == list}", True),
        ("${1 < 2 == true}", True),
        ("${!yes or yes && !e}", True),
        ("${not empty list and empty map and empty e and empty nothing}", True),
        ("${empty n}", False),
        ("${not word}", True),
        ("${word ? 1 : 2}", 2),
        ("${'true' ? 1 : 2}", 1),
        ("${e ? 1 : nothing ? 2 : 3}", 3),
    ],
)
def test_comparison_and_logic_convert_as_the_language_says(text: str, value: Any) -> None:
    assert _value(text) is value or _value(text) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("${word + 1}", r"'abc' is not a number. '\+' adds numbers only.*side by side: \$\{a\}\$\{b\}"),
        ("${'a' + 'b'}", "'a' is not a number"),
        ("${yes + 1}", "true is not a number"),
        ("${word == 5}", "'abc' is not a number"),
        ("${yes == 1}", "true is not a number"),
        ("${list > 1}", r"\[1\] is not a number"),
        ("${list < map}", "no order between"),
        ("${n ? 1 : 2}", "5 is neither true nor false"),
        ("${n && yes}", "5 is neither true nor false"),
        ("${1 / 0}", "divided by zero"),
        ("${1 % 0}", "divided by zero"),
        ("${1e308 * 10}", "too large"),
        ("${nothing.trim()}", "'trim' cannot be called: the value before it is null"),
        ("${list.name}", "no property 'name'"),
        ("${word[0]}", "no property '0'"),
    ],
)
def test_what_cannot_be_converted_is_an_error(text: str, message: str) -> None:
    with pytest.raises(EvaluationError, match=message):
        _value(text)


def test_the_second_half_of_and_and_or_is_not_looked_at_when_the_first_decides() -> None:
    assert _value("${false && unknown}") is False
    assert _value("${true or unknown}") is True
    assert _value("${true ? 1 : unknown}") == 1


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${n}${nothing}${yes}", "5true"),
        ("${5 / 1} ${1e10} ${0.00001} ${f}", "5.0 1.0E10 1.0E-5 2.5"),
        ("${list} and ${map}", "[1] and {}"),
        ("#{n}-${t}", "5-7"),
        (r"\${n} \#{n} $n # { } \\", r"${n} #{n} $n # { } \\"),
        ("", ""),
    ],
)
def test_parts_are_joined_as_java_writes_them(text: str, value: str) -> None:
    assert _value(text) == value
