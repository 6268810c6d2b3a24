"""FEEL over an order of about one kilobyte: 23 everyday expressions beside the same logic as Python functions, which
are the floor, and beside feelin, the JavaScript engine of Camunda Modeler, where node and npm are there.
"""

from __future__ import annotations

import json
import math
import re
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bpmn import feel
from bpmn.feel.library import function_names
from bpmn.feel.parser import parse
from tests.benchmarks.measure import cpu

pytestmark = pytest.mark.benchmark

Context = dict[str, Any]
_CALLS = 2_000
_MAIL = re.compile(r"^[a-z.]+@[a-z.]+$")
_ITEMS = [
    {"sku": f"A-{number:02d}", "price": 5 + number * 7, "quantity": number % 4 + 1, "express": number % 3 == 0}
    for number in range(10)
]
_ORDER: Context = {
    "order": {
        "id": "ORD-42",
        "status": "open",
        "amount": 1250,
        "date": "2024-06-01",
        "customer": {"name": "Ann Smith", "mail": "ann@example.com", "vip": True, "address": {"city": "Berlin"}},
        "items": _ITEMS,
        "discount": None,
    },
    "limit": 1000,
    "x": 5,
    "y": 7,
    "approved": True,
    "score": 720,
    "numbers": [1, 2, 3, 4, 5, 6, 7, 8],
    "roles": ["clerk", "manager", "auditor"],
}


def _month_later(text: str) -> date:
    day = date.fromisoformat(text)
    return day.replace(month=day.month + 1) if day.month < 12 else day.replace(year=day.year + 1, month=1)


_EXPRESSIONS: dict[str, tuple[str, Callable[[Context], Any]]] = {
    "compare": ("order.amount > 1000", lambda c: c["order"]["amount"] > 1000),
    "equal str": ('order.status = "open"', lambda c: c["order"]["status"] == "open"),
    "and/or": (
        'order.amount > 2000 and approved or order.status = "open"',
        lambda c: (c["order"]["amount"] > 2000 and c["approved"]) or c["order"]["status"] == "open",
    ),
    "not": ("not(approved)", lambda c: not c["approved"]),
    "path 3": ("order.customer.address.city", lambda c: c["order"]["customer"]["address"]["city"]),
    "path index": ("order.items[3].price", lambda c: c["order"]["items"][2]["price"]),
    "null test": ("order.discount = null", lambda c: c["order"]["discount"] is None),
    "if/else": (
        'if order.amount > limit then "high" else "low"',
        lambda c: "high" if c["order"]["amount"] > c["limit"] else "low",
    ),
    "if nested": (
        'if score > 800 then "A" else if score > 700 then "B" else "C"',
        lambda c: "A" if c["score"] > 800 else "B" if c["score"] > 700 else "C",
    ),
    "arithmetic": (
        "(order.amount * 119 + x) - y * 3",
        lambda c: (c["order"]["amount"] * 119 + c["x"]) - c["y"] * 3,
    ),
    "concat": (
        '"Dear " + order.customer.name + ", order " + order.id',
        lambda c: "Dear " + c["order"]["customer"]["name"] + ", order " + c["order"]["id"],
    ),
    "string fn": (
        "upper case(substring(order.customer.name, 1, 3))",
        lambda c: c["order"]["customer"]["name"][0:3].upper(),
    ),
    "matches": (
        'matches(order.customer.mail, "^[a-z.]+@[a-z.]+$")',
        lambda c: _MAIL.search(c["order"]["customer"]["mail"]) is not None,
    ),
    "list contains": ('list contains(roles, "manager")', lambda c: "manager" in c["roles"]),
    "context": (
        "{total: order.amount, customer: order.customer.name, large: order.amount > limit}",
        lambda c: {
            "total": c["order"]["amount"],
            "customer": c["order"]["customer"]["name"],
            "large": c["order"]["amount"] > c["limit"],
        },
    ),
    "for": ("for i in order.items return i.price * 2", lambda c: [i["price"] * 2 for i in c["order"]["items"]]),
    "sum for": (
        "sum(for i in order.items return i.price * i.quantity)",
        lambda c: sum(i["price"] * i["quantity"] for i in c["order"]["items"]),
    ),
    "some": (
        "some i in order.items satisfies i.price > 50",
        lambda c: any(i["price"] > 50 for i in c["order"]["items"]),
    ),
    "every": (
        "every i in order.items satisfies i.price > 0",
        lambda c: all(i["price"] > 0 for i in c["order"]["items"]),
    ),
    "filter": ("order.items[price > 50]", lambda c: [i for i in c["order"]["items"] if i["price"] > 50]),
    "filter item": ("numbers[item > 5]", lambda c: [i for i in c["numbers"] if i > 5]),
    "date add": ('string(date(order.date) + duration("P1M"))', lambda c: _month_later(c["order"]["date"]).isoformat()),
    "date cmp": (
        'date(order.date) < date("2024-12-31")',
        lambda c: date.fromisoformat(c["order"]["date"]) < date(2024, 12, 31),
    ),
}


def _microseconds(call: Callable[[], object]) -> float:
    return cpu(call, calls=_CALLS, repeats=9).median * 1000


def _evaluation(text: str, dialect: feel.Dialect = "camunda") -> Callable[[], object]:
    evaluate = feel.compile(text, dialect=dialect).evaluate
    return lambda: evaluate(_ORDER)


def _mean(values: list[float]) -> float:
    return math.exp(statistics.fmean(map(math.log, values)))


@pytest.mark.parametrize("dialect", ["dmn", "camunda"])
def test_compiled_expressions_beside_python_functions(dialect: feel.Dialect) -> None:
    ratios, floors, ours = [], [], []
    for name, (text, function) in _EXPRESSIONS.items():
        assert feel.compile(text, dialect=dialect).evaluate(_ORDER) == function(_ORDER), name
        floors.append(_microseconds(lambda function=function: function(_ORDER)))
        ours.append(_microseconds(_evaluation(text, dialect)))
        ratios.append(ours[-1] / floors[-1])
        print(f"{name:<14} floor {floors[-1]:7.3f} us   FEEL {ours[-1]:7.3f} us   {ratios[-1]:5.1f}x")
    print(f"{dialect}: floor {_mean(floors):.3f} us, FEEL {_mean(ours):.3f} us, mean of ratios {_mean(ratios):.2f}x")


def test_parsing_and_compiling() -> None:
    functions = function_names("dmn")
    parsed = [_microseconds(lambda text=text: parse(text, functions=functions)) for text, _ in _EXPRESSIONS.values()]
    print(f"parse: median {statistics.median(parsed):.1f} us, least {min(parsed):.1f}, most {max(parsed):.1f}")


_FEELIN = """
const { evaluate } = require("feelin");
const { context, expressions } = JSON.parse(require("fs").readFileSync(0, "utf8"));
const figures = {};
for (const [name, text] of Object.entries(expressions)) {
  for (let warm = 0; warm < 200; warm++) evaluate(text, context);
  const before = process.cpuUsage();
  for (let call = 0; call < 500; call++) evaluate(text, context);
  const used = process.cpuUsage(before);
  figures[name] = (used.user + used.system) / 500;
}
console.log(JSON.stringify(figures));
"""


@pytest.fixture(scope="module")
def feelin() -> Path:
    """The folder that `make bench` installs feelin in."""
    folder = Path(sys.prefix) / "feelin"
    if shutil.which("node") is None or not (folder / "node_modules" / "feelin").is_dir():
        pytest.skip("feelin is not there: make bench installs it where npm is")
    return folder


def test_feelin_on_node(feelin: Path) -> None:
    texts = {name: text for name, (text, _) in _EXPRESSIONS.items()}
    done = subprocess.run(
        [str(shutil.which("node")), "-e", _FEELIN],
        input=json.dumps({"context": _ORDER, "expressions": texts}),
        cwd=feelin,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"feelin does not run on this node: {done.stderr[-200:]}")
    figures: dict[str, float] = json.loads(done.stdout)
    ours = {name: _microseconds(_evaluation(text)) for name, text in texts.items()}
    ratios = [figures[name] / ours[name] for name in texts]
    print(f"feelin (parse + evaluate): {_mean(list(figures.values())):.1f} us, {_mean(ratios):.0f}x of compiled FEEL")
