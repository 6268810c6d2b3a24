"""What a decision of a 1,000-rule table costs: looked up, scanned, and beside what a person would write in Python.

The floors are a dict from the one column that decides, and a loop over the rules as tuples of Python values.
"""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest

from bpmn import dmn, feel
from bpmn.dmn.definitions import Definitions
from bpmn.dmn.reader import read_file
from tests.benchmarks.measure import cpu, say
from tests.bpmn.dmn.models import decision, file, table

pytestmark = pytest.mark.benchmark
RULES = 1000
NAMES = ["amount", "score", "colour", "known", "code"]
# What the cells below take, as a person would write it down.
Row = tuple[range, int, frozenset[str], bool | None, str]


def cells(number: int) -> list[str]:
    """A range, a comparison, a list of texts, a boolean or a dash, a text."""
    known = "-" if number % 2 else "true"
    colours = f'"a{number % 20}", "b{number % 30}"'
    return [f"[{number * 10}..{number * 10 + 9}]", f"> {number % 50}", colours, known, f'"k{number % 100}"']


def row(number: int) -> Row:
    colours = frozenset((f"a{number % 20}", f"b{number % 30}"))
    known = None if number % 2 else True
    return range(number * 10, number * 10 + 10), number % 50, colours, known, f"k{number % 100}"


def inputs(number: int) -> dict[str, Any]:
    return {
        "amount": number * 10 + 5,
        "score": 60,
        "colour": f"a{number % 20}",
        "known": True,
        "code": f"k{number % 100}",
    }


XML = file(decision("d", table(NAMES, ["x"], *([*cells(number), str(number)] for number in range(RULES)))))
ASKED = [inputs(number) for number in range(0, RULES, 100)]


def decided(definitions: Definitions) -> list[Any]:
    return [definitions.evaluate("d", one) for one in ASKED]


def loop(rows: list[Row], given: dict[str, Any]) -> int | None:
    amount, score, colour, known, code = (given[name] for name in NAMES)
    for number, (amounts, least, colours, wanted, text) in enumerate(rows):
        if amount in amounts and score > least and colour in colours and wanted in (None, known) and code == text:
            return number
    return None


def test_a_decision_among_a_thousand_rules() -> None:
    rows = [row(number) for number in range(RULES)]
    by_amount = {number: number for number in range(RULES)}
    indexed, scanned = dmn.read(XML), Definitions(read_file(XML), indexed=False)
    expected = list(range(0, RULES, 100))
    assert decided(indexed) == decided(scanned) == [loop(rows, one) for one in ASKED] == expected
    lookup = cpu(lambda: [by_amount.get(one["amount"] // 10) for one in ASKED], calls=50)
    looped = cpu(lambda: [loop(rows, one) for one in ASKED])
    found = cpu(lambda: decided(indexed), calls=20)
    searched = cpu(lambda: decided(scanned))
    print()
    say("10 decisions, a dict of one column (floor)", lookup)
    say("10 decisions, a loop in Python (floor)", looped)
    say("10 decisions, looked up (goal 0.1 ms)", found, beside=lookup, floor="the dict")
    say("10 decisions, scanned (goal 2.5 ms)", searched, beside=looped, floor="the loop")


def _reading(xml: bytes) -> Definitions:
    feel._cached.cache_clear()
    feel._cached_unary.cache_clear()
    return dmn.read(xml)


_VARIABLES = {"a": 500, "t": "w77 text", "list": ["t5", "t500"], "base": 3, "limit": {"low": 1, "high": 10**9}}
# A thousand cells that no index can look up, every one of them different.
_COMPUTED = {
    "> base * {0} + 7": "a",
    "? > base * {0} and ? < limit.high - {0}": "a",
    "[base * {0}..base * {0} + 2]": "a",
    'starts with(?, "w{0} ")': "t",
    'matches(?, "^w{0} ")': "t",
    'list contains(?, "t{0}")': "list",
    'some x in ? satisfies x = "t{0}"': "list",
    '"w{0}" + " text"': "t",
}


@pytest.mark.parametrize("form", _COMPUTED)
def test_a_thousand_different_computed_cells(form: str) -> None:
    rules = [[form.format(number), str(number)] for number in range(RULES)]
    xml = file(decision("d", table([_COMPUTED[form]], ["x"], *rules, policy="COLLECT")))
    definitions = dmn.read(xml)
    assert definitions.evaluate("d", _VARIABLES)
    print()
    say(f"{form}: reading (goal 50 ms)", cpu(lambda: _reading(xml)))
    say(f"{form}: a decision (goal 0.25 ms)", cpu(lambda: definitions.evaluate("d", _VARIABLES), calls=10))


def test_reading_thousands_of_numbers_and_of_computed_outputs() -> None:
    numbers = [[", ".join(str(number * 50 + one * 7) for one in range(50)), str(number)] for number in range(900)]
    outputs = [[str(number), f"if base > {number} then base + {number} else {number}"] for number in range(RULES)]
    print()
    for what, rules in (("45,000 numbers in 900 cells", numbers), ("1,000 computed outputs", outputs)):
        xml = file(decision("d", table(["a"], ["x"], *rules)))
        say(
            f"reading {what}",
            cpu(lambda xml=xml: _reading(xml)),
            beside=cpu(lambda xml=xml: read_file(xml)),
            floor="XML",
        )


def test_reading_a_table_of_a_thousand_rules() -> None:
    parsed = cpu(lambda: read_file(XML))
    taken = cpu(lambda: _reading(XML))
    print()
    say("reading the XML of 1,000 rules", parsed)
    say("reading and compiling 1,000 rules (goal 50 ms)", taken, beside=parsed, floor="the XML alone")


def test_the_memory_of_a_compiled_table() -> None:
    picture = read_file(XML)
    tracemalloc.start()
    kept = Definitions(picture)
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(f"\n{'a compiled table of 1,000 rules':<58} {used / 1e6:.2f} MB")
    assert kept.decisions
    assert used < 5e6
