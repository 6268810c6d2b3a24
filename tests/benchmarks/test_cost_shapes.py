"""What each shape of a process costs as it grows: linear in its steps, flat in what is over, beside SpiffWorkflow.

SpiffWorkflow's own BPMN runtime does the same in the same run, at sizes that it can do: its cost grows with the square,
and a loop of gateways ends it early. What it did is printed beside its figure.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow

import bpmn
from engine import commands
from engine.runtime import Definition, Frozen, Services, freeze, resume, start
from engine.runtime import compile as compile_process
from engine.step import Outcome, Step
from tests.benchmarks.measure import Figure, cpu, say
from tests.support.diagrams import chain, diagram

pytestmark = pytest.mark.benchmark

KEY = 2**52
NOW = datetime(2026, 3, 1, tzinfo=UTC)
ENDS = '<bpmn:startEvent id="s"/><bpmn:endEvent id="e"/>'
USER = '<bpmn:userTask id="{0}"><bpmn:extensionElements><zeebe:userTask/></bpmn:extensionElements></bpmn:userTask>'
SCRIPT = (
    '<bpmn:scriptTask id="t"><bpmn:extensionElements><zeebe:script expression="{0}" resultVariable="{1}"/>'
    "</bpmn:extensionElements></bpmn:scriptTask>"
)
STOCK_SCRIPT = '<bpmn:scriptTask id="{0}"><bpmn:script>{1}</bpmn:script></bpmn:scriptTask>'
SLACK = 3.0  # how far from the straight line a figure may be: noise, caches, the collector of garbage


def _definition(xml: bytes) -> Definition:
    return compile_process(bpmn.read(xml), "p")


def _services(first: int = 1) -> Services:
    keys = itertools.count(KEY + first)
    return Services(next_key=lambda: next(keys), now=NOW, decide=_no_decision)


def _no_decision(*_: Any) -> Any:
    raise AssertionError("no decision is asked for")


def _run(definition: Definition, **variables: Any) -> Step:
    return start(definition, key=KEY, variables=variables, services=_services())


def _stock(body: str, flows: Any) -> tuple[Callable[[], object], str]:
    """The call that runs a diagram on SpiffWorkflow's own runtime, and how that ended."""
    parser = BpmnParser()
    xml = diagram(ENDS + body, flows, dialect="plain")
    parser.add_bpmn_xml(etree.parse(BytesIO(xml)), filename="stock.bpmn")
    spec = parser.get_spec("p")

    def run() -> BpmnWorkflow:
        workflow = BpmnWorkflow(spec)
        workflow.do_engine_steps()
        return workflow

    done = run()
    return run, "done" if done.completed else f"stopped with {done.data or done.last_task.data}"


def _work(name: str, inside: str = "") -> str:
    """A step that SpiffWorkflow does by itself; undefined tasks wait there."""
    return f'<bpmn:scriptTask id="{name}">{inside}<bpmn:script>x = 1</bpmn:script></bpmn:scriptTask>'


def _grows(what: str, few: Figure, many: Figure, times: int) -> None:
    say(f"{what} (linear: {times}x)", many, beside=few, floor="the smaller one")
    assert many.median <= few.median * times * SLACK


def test_a_parallel_multi_instance_of_5_000_takes_less_than_a_second() -> None:
    loop = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics "
        'inputCollection="=items" inputElement="item" outputCollection="results" outputElement="=item"/>'
        "</bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"
    )
    definition = _definition(diagram(ENDS + f'<bpmn:task id="t">{loop}</bpmn:task>', chain("s", "t", "e")))
    few = cpu(lambda: _run(definition, items=list(range(100))), calls=5)
    many = cpu(lambda: _run(definition, items=list(range(5_000))), repeats=3)
    cardinality = "<bpmn:loopCardinality>100</bpmn:loopCardinality>"
    stock_loop = f"<bpmn:multiInstanceLoopCharacteristics>{cardinality}</bpmn:multiInstanceLoopCharacteristics>"
    stock, ended = _stock(_work("t", stock_loop), chain("s", "t", "e"))
    say(f"100 parallel instances, SpiffWorkflow ({ended})", cpu(stock, repeats=1))
    say("100 parallel instances", few)
    _grows("5,000 parallel instances", few, many, 50)
    assert many.median < 1_000


def test_a_sequential_multi_instance_is_linear() -> None:
    loop = (
        '<bpmn:multiInstanceLoopCharacteristics isSequential="true"><bpmn:extensionElements><zeebe:loopCharacteristics '
        'inputCollection="=items" inputElement="item" outputCollection="results" outputElement="=item"/>'
        "</bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"
    )
    definition = _definition(diagram(ENDS + f'<bpmn:task id="t">{loop}</bpmn:task>', chain("s", "t", "e")))
    few = cpu(lambda: _run(definition, items=list(range(1_000))), repeats=3)
    many = cpu(lambda: _run(definition, items=list(range(10_000))), repeats=3)
    cardinality = "<bpmn:loopCardinality>100</bpmn:loopCardinality>"
    tag = "bpmn:multiInstanceLoopCharacteristics"
    stock, ended = _stock(_work("t", f'<{tag} isSequential="true">{cardinality}</{tag}>'), chain("s", "t", "e"))
    say(f"100 instances in a row, SpiffWorkflow ({ended})", cpu(stock, repeats=1))
    say("1,000 instances in a row", few)
    _grows("10,000 instances in a row", few, many, 10)


def _loop(rounds: int, *, waits: bool = False) -> Definition:
    last = USER.format("u") if waits else '<bpmn:task id="u"/>'
    body = ENDS + last + SCRIPT.format("=i + 1", "i") + '<bpmn:exclusiveGateway id="g" default="f3"/>'
    return _definition(diagram(body, [("s", "t"), ("t", "g"), ("g", "u", f"=i >= {rounds}"), ("g", "t"), ("u", "e")]))


def test_a_loop_of_10_000_is_linear_and_leaves_no_trace() -> None:
    thousand, ten_thousand = _loop(1_000), _loop(10_000)
    few, many = cpu(lambda: _run(thousand, i=0), repeats=3), cpu(lambda: _run(ten_thousand, i=0), repeats=3)
    scripts = STOCK_SCRIPT.format("first", "i = 0") + STOCK_SCRIPT.format("t", "i = i + 1")
    flows = [("s", "first"), ("first", "t"), ("t", "g"), ("g", "e", "i >= 300"), ("g", "t")]
    stock, ended = _stock(scripts + '<bpmn:exclusiveGateway id="g" default="f4"/>', flows)
    say(f"a loop of 300 rounds, SpiffWorkflow ({ended})", cpu(stock, repeats=1))
    say("a loop of 1,000 rounds", few)
    _grows("a loop of 10,000 rounds", few, many, 10)
    sizes = [len(_run(_loop(rounds, waits=True), i=0).state or b"") for rounds in (10, 1_000, 10_000)]
    print(f"{'state after 10, 1,000 and 10,000 rounds':<58} {sizes} bytes")
    assert max(sizes) - min(sizes) <= 8  # keys far from the root's take a byte or two more


def test_fork_and_join_in_a_loop_are_linear() -> None:
    tasks = '<bpmn:parallelGateway id="f"/><bpmn:task id="a"/><bpmn:task id="b"/><bpmn:parallelGateway id="j"/>'
    tasks += '<bpmn:exclusiveGateway id="g" default="f8"/>'
    flows = [("s", "t"), ("t", "f"), ("f", "a"), ("f", "b"), ("a", "j"), ("b", "j"), ("j", "g")]

    def rounds(count: int) -> Definition:
        body = ENDS + SCRIPT.format("=i + 1", "i") + tasks
        return _definition(diagram(body, [*flows, ("g", "e", f"=i >= {count}"), ("g", "t")]))

    hundred, thousands = rounds(100), rounds(5_000)
    few, many = cpu(lambda: _run(hundred, i=0)), cpu(lambda: _run(thousands, i=0), repeats=3)
    first = STOCK_SCRIPT.format("first", "i = 0") + STOCK_SCRIPT.format("t", "i = i + 1")
    gateways = "".join(f'<bpmn:parallelGateway id="{name}"/>' for name in "fj")
    gateways += _work("a") + _work("b") + '<bpmn:exclusiveGateway id="g" default="f9"/>'
    begin = [("s", "first"), ("first", "t"), *flows[1:]]
    stock, ended = _stock(first + gateways, [*begin, ("g", "e", "i >= 10"), ("g", "t")])
    say(f"10 rounds of fork and join, SpiffWorkflow ({ended})", cpu(stock, repeats=1))
    say("100 rounds of fork and join", few)
    _grows("5,000 rounds of fork and join", few, many, 50)


def test_a_chain_of_2_000_is_read_and_run() -> None:
    def text(count: int) -> bytes:
        ids = [f"t{index}" for index in range(count)]
        return diagram(ENDS + "".join(f'<bpmn:task id="{name}"/>' for name in ids), chain("s", *ids, "e"))

    short, long = text(200), text(2_000)
    few, many = cpu(lambda: _run(_definition(short)), repeats=3), cpu(lambda: _run(_definition(long)), repeats=3)
    ids = [f"t{index}" for index in range(200)]
    stock, ended = _stock("".join(map(_work, ids)), chain("s", *ids, "e"))
    say(f"a chain of 200 run, SpiffWorkflow ({ended})", cpu(stock, repeats=1))
    say("a chain of 200 read, compiled and run", few)
    _grows("a chain of 2,000 read, compiled and run", few, many, 10)


def test_many_boundary_timers_and_subscriptions_are_linear() -> None:
    def timers(count: int) -> Definition:
        timer = "<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>"
        borders = "".join(
            f'<bpmn:boundaryEvent id="b{i}" attachedToRef="t" cancelActivity="false">{timer}</bpmn:boundaryEvent>'
            f'<bpmn:task id="x{i}"/>'
            for i in range(count)
        )
        flows = [*chain("s", "t", "e"), *((f"b{i}", f"x{i}") for i in range(count))]
        return _definition(diagram(ENDS + USER.format("t") + borders, flows))

    ten, thousand = timers(10), timers(1_000)
    few, many = cpu(lambda: _run(ten), calls=20), cpu(lambda: _run(thousand), repeats=3)
    say("a task with 10 boundary timers", few)
    _grows("a task with 1,000 boundary timers", few, many, 100)


def test_one_of_many_parallel_tasks_costs_little_more_than_one_of_few(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics "
        'inputCollection="=items" inputElement="item"/></bpmn:extensionElements>'
        "</bpmn:multiInstanceLoopCharacteristics>"
    )
    task = USER.format("t").replace("</bpmn:userTask>", loop + "</bpmn:userTask>")
    definition = _definition(diagram(ENDS + task, chain("s", "t", "e")))

    def step(count: int) -> Callable[[], Step]:
        first = _run(definition, items=list(range(count)))
        frozen = Frozen(KEY, first.state or b"", first.variables)
        return lambda: resume(definition, frozen, commands.Complete(first.waits[1].element_key), _services(100_000))

    few, thousand, many = (cpu(step(count), calls=20) for count in (100, 1_000, 4_000))
    monkeypatch.setattr(freeze, "MOST_AWAKE", 10_000)
    awake = cpu(step(4_000), calls=3)
    say("completing one of 100 parallel tasks", few)
    say("completing one of 1,000 parallel tasks (linear: 10x)", thousand, beside=few, floor="100")
    say("completing one of 4,000 parallel tasks (linear: 40x)", many, beside=few, floor="100")
    say("the same, every token thawed", awake, beside=many, floor="only what moves")
    assert many.median * 2 < awake.median
    assert len(step(4_000)().waits) == 0


def test_inclusive_joins_are_compiled_and_run_linearly() -> None:
    def joins(count: int) -> bytes:
        body, flows, last = ENDS, [], "s"
        for i in range(count):
            split, join, one, other = f"f{i}", f"j{i}", f"a{i}", f"b{i}"
            body += "".join(f'<bpmn:inclusiveGateway id="{gateway}"/>' for gateway in (split, join))
            body += "".join(f'<bpmn:task id="{task}"/>' for task in (one, other))
            flows += [(last, split), (split, one, "=x > 1"), (split, other, "=x > 0"), (one, join), (other, join)]
            last = join
        return diagram(body, [*flows, (last, "e")])

    short, long = joins(50), joins(800)
    few, many = cpu(lambda: _run(_definition(short), x=2)), cpu(lambda: _run(_definition(long), x=2), repeats=3)
    say("50 inclusive joins read, compiled and run", few)
    _grows("800 inclusive joins read, compiled and run", few, many, 16)


def test_nested_scopes_are_linear() -> None:
    def nested(depth: int) -> Definition:
        inside = ENDS + '<bpmn:task id="t"/>' + _flows(("s", "t"), ("t", "e"))
        for level in range(depth):
            begin, end, scope = f"s{level}", f"e{level}", f"p{level}"
            ends = f'<bpmn:startEvent id="{begin}"/><bpmn:endEvent id="{end}"/>'
            inside = f'<bpmn:subProcess id="{scope}">{inside}</bpmn:subProcess>{ends}'
            inside += _flows((begin, scope), (scope, end))
        return _definition(diagram(inside))

    ten, hundreds = nested(10), nested(200)
    few, many = cpu(lambda: _run(ten), calls=20), cpu(lambda: _run(hundreds), repeats=3)
    say("10 scopes in each other", few)
    _grows("200 scopes in each other", few, many, 20)
    assert _run(hundreds).outcome is Outcome.COMPLETED


def _flows(*pairs: tuple[str, str]) -> str:
    return "".join(f'<bpmn:sequenceFlow id="{a}_{b}" sourceRef="{a}" targetRef="{b}"/>' for a, b in pairs)


def test_a_large_variable_is_not_written_when_another_changes() -> None:
    definition = _definition(diagram(ENDS + USER.format("t") + USER.format("u"), chain("s", "t", "u", "e")))

    def step(**variables: Any) -> Callable[[], Step]:
        first = _run(definition, **variables)
        [wait] = first.waits
        frozen = Frozen(KEY, first.state or b"", first.variables)
        return lambda: resume(definition, frozen, commands.Complete(wait.element_key, {"small": 1}), _services(1_000))

    without, beside = step(), step(large="x" * 1_000_000)
    few, many = cpu(without, calls=50), cpu(beside, calls=50)
    say("a step without other variables", few)
    say("a step beside a variable of 1 MB", many, beside=few, floor="without")
    assert beside().variables == {KEY: {"small": 1}}
    assert many.median < few.median * SLACK
