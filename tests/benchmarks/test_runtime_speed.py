"""The runtime in memory: straight lines, loops, joins and fan-out, beside SpiffWorkflow's own BPMN runtime.

The trial that `engine/runtime/README.md` speaks of took 0.07 ms for ten tasks in a row on the machine it was made on;
the line "ten script tasks by hand" is the floor to compare with on any other.
"""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow

import bpmn
from bpmn import languages
from bpmn.model import Expression, Language
from engine import commands
from engine.runtime import Definition, Frozen, Services, resume, start
from engine.runtime import compile as compile_process
from engine.step import Outcome, Step
from tests.benchmarks.measure import cpu, say
from tests.support.diagrams import chain, diagram, sequence_flows

pytestmark = pytest.mark.benchmark

KEY = 2**52
NOW = datetime(2026, 3, 1, tzinfo=UTC)
ENDS = '<bpmn:startEvent id="s"/><bpmn:endEvent id="e"/>'
SCRIPT = (
    '<bpmn:scriptTask id="{0}"><bpmn:extensionElements><zeebe:script expression="=i + 1" resultVariable="i"/>'
    "</bpmn:extensionElements></bpmn:scriptTask>"
)


def _definition(xml: bytes) -> Definition:
    return compile_process(bpmn.read(xml), "p")


def _run(definition: Definition, **variables: Any) -> Step:
    keys = itertools.count(KEY + 1)
    services = Services(next_key=lambda: next(keys), now=NOW, decide=_no_decision)
    return start(definition, key=KEY, variables=variables, services=services)


def _no_decision(*_: Any) -> Any:
    raise AssertionError("no decision is asked for")


def _straight(count: int) -> Definition:
    ids = [f"t{index}" for index in range(count)]
    return _definition(diagram(ENDS + "".join(SCRIPT.format(i) for i in ids), chain("s", *ids, "e")))


def _loop(rounds: int, *, waits: bool = False) -> Definition:
    end = '<bpmn:userTask id="u"/>' if waits else '<bpmn:task id="u"/>'
    body = ENDS + end + SCRIPT.format("t") + '<bpmn:exclusiveGateway id="g" default="f3"/>'
    return _definition(diagram(body, [("s", "t"), ("t", "g"), ("g", "u", f"=i >= {rounds}"), ("g", "t"), ("u", "e")]))


def _fork_and_join(rounds: int) -> Definition:
    body = ENDS + SCRIPT.format("t") + '<bpmn:parallelGateway id="f"/><bpmn:task id="a"/><bpmn:task id="b"/>'
    body += '<bpmn:parallelGateway id="j"/><bpmn:exclusiveGateway id="g" default="f8"/>'
    flows = [("s", "t"), ("t", "f"), ("f", "a"), ("f", "b"), ("a", "j"), ("b", "j"), ("j", "g")]
    return _definition(diagram(body, [*flows, ("g", "e", f"=i >= {rounds}"), ("g", "t")]))


def _fan_out() -> Definition:
    loop = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>"
        '<zeebe:loopCharacteristics inputCollection="=items" inputElement="item" outputCollection="results" '
        'outputElement="=item"/></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>'
    )
    return _definition(diagram(ENDS + f'<bpmn:task id="t">{loop}</bpmn:task>', chain("s", "t", "e")))


def _by_hand() -> None:
    variables: dict[str, Any] = {"i": 0}
    increment = languages.compile(Expression("i + 1", Language.FEEL))
    for _ in range(10):
        variables["i"] = languages.as_json(increment.evaluate(variables))


def _stock(count: int) -> Any:
    tasks = "".join(
        f'<bpmn:scriptTask id="t{i}"><bpmn:script>i = i + 1</bpmn:script></bpmn:scriptTask>' for i in range(count)
    )
    first = '<bpmn:scriptTask id="first"><bpmn:script>i = 0</bpmn:script></bpmn:scriptTask>'
    ids = [f"t{index}" for index in range(count)]
    parser = BpmnParser()
    xml = diagram(ENDS + first + tasks, chain("s", "first", *ids, "e"), dialect="plain")
    parser.add_bpmn_xml(etree.parse(BytesIO(xml)), filename="stock.bpmn")
    return parser.get_spec("p")


def _run_stock(spec: Any) -> None:
    BpmnWorkflow(spec).do_engine_steps()


def test_straight_lines() -> None:
    hand = cpu(_by_hand, calls=200)
    spec = _stock(10)
    stock = cpu(lambda: _run_stock(spec), calls=20)
    say("ten script tasks by hand (evaluation only)", hand)
    say("ten script tasks, SpiffWorkflow's own runtime", stock, beside=hand, floor="by hand")
    ten = _straight(10)
    figure = cpu(lambda: _run(ten, i=0), calls=200)
    say("ten script tasks", figure, beside=stock, floor="SpiffWorkflow")
    print(f"{'':<58} {figure.median / 0.07:.2f}x of the trial's 0.07 ms (bound: 3x)")
    many = _straight(900)
    say("900 script tasks", cpu(lambda: _run(many, i=0), repeats=5), beside=figure, floor="ten")
    assert _run(ten, i=0).outcome is Outcome.COMPLETED


def test_loops_are_linear_and_leave_no_trace_in_the_state() -> None:
    thousand, ten_thousand = _loop(1_000), _loop(10_000)
    short = cpu(lambda: _run(thousand, i=0), repeats=5)
    long = cpu(lambda: _run(ten_thousand, i=0), repeats=3)
    say("a loop of 1,000 rounds", short)
    say("a loop of 10,000 rounds (linear: 10x)", long, beside=short, floor="1,000 rounds")
    for rounds in (10, 1_000, 10_000):
        state = _run(_loop(rounds, waits=True), i=0).state
        print(f"{f'state after {rounds:,} rounds':<58} {len(state or b'')} bytes")


def test_joins_and_fan_out_are_linear() -> None:
    hundred_rounds, thousand_rounds = _fork_and_join(100), _fork_and_join(1_000)
    few = cpu(lambda: _run(hundred_rounds, i=0), repeats=5)
    say("100 rounds of fork and join", few)
    say(
        "1,000 rounds of fork and join (linear: 10x)",
        cpu(lambda: _run(thousand_rounds, i=0), repeats=3),
        beside=few,
        floor="100 rounds",
    )
    wide = _fan_out()
    hundred = cpu(lambda: _run(wide, items=list(range(100))), calls=5)
    say("100 parallel instances", hundred)
    say(
        "5,000 parallel instances (linear: 50x)",
        cpu(lambda: _run(wide, items=list(range(5_000))), repeats=3),
        beside=hundred,
        floor="100 instances",
    )


def _inclusive(rounds: int) -> Definition:
    body = ENDS + SCRIPT.format("t") + '<bpmn:inclusiveGateway id="f"/><bpmn:task id="a"/><bpmn:task id="b"/>'
    body += '<bpmn:inclusiveGateway id="j"/><bpmn:exclusiveGateway id="g" default="f8"/>'
    flows = [("s", "t"), ("t", "f"), ("f", "a", "=true"), ("f", "b", "=true"), ("a", "j"), ("b", "j"), ("j", "g")]
    return _definition(diagram(body, [*flows, ("g", "e", f"=i >= {rounds}"), ("g", "t")]))


def _beside_inclusive(waiting: int) -> Definition:
    """An inclusive join, and beside it so many tokens that have nothing to do with it."""
    ids = [f"u{index}" for index in range(waiting)]
    users = "".join(f'<bpmn:userTask id="{name}"/>' for name in ids)
    body = ENDS + users + '<bpmn:parallelGateway id="f"/><bpmn:task id="a"/><bpmn:userTask id="b"/>'
    flows = [("s", "f"), ("f", "a"), ("f", "b"), ("a", "j"), ("b", "j"), ("j", "e")]
    flows += [("f", name) for name in ids] + [(name, "e") for name in ids]
    return _definition(diagram(body + '<bpmn:inclusiveGateway id="j"/>', flows))


def _one_step(definition: Definition) -> Any:
    """A step that looks at the join: complete `b` of an instance that stands still."""
    first = _run(definition)
    [wait] = [wait for wait in first.waits if wait.element_id == "b"]
    frozen = Frozen(KEY, first.state or b"", first.variables)
    services = Services(next_key=itertools.count(KEY + 2**20).__next__, now=NOW, decide=_no_decision)
    return lambda: resume(definition, frozen, commands.Complete(wait.element_key), services)


def test_many_rounds_of_fork_and_join() -> None:
    parallel, inclusive = _fork_and_join(5_000), _inclusive(5_000)
    floor = cpu(lambda: _run(parallel, i=0), repeats=3)
    say("5,000 rounds of parallel fork and join", floor)
    figure = cpu(lambda: _run(inclusive, i=0), repeats=3)
    say("5,000 rounds of inclusive split and join", figure, beside=floor, floor="parallel")


def test_an_inclusive_join_costs_what_is_alive_in_its_scope() -> None:
    few, many = _one_step(_beside_inclusive(10)), _one_step(_beside_inclusive(1_000))
    floor = cpu(few, calls=20)
    say("a step that looks at a join, 10 tokens alive", floor)
    say("the same, 1,000 tokens alive (linear: 100x)", cpu(many, calls=3), beside=floor, floor="10 tokens")


def test_wide_multi_instances_collect_in_place() -> None:
    wide = _fan_out()
    floor = cpu(lambda: _run(wide, items=list(range(1_000))), repeats=3)
    say("1,000 parallel instances", floor)
    figure = cpu(lambda: _run(wide, items=list(range(30_000))), repeats=1)
    say("30,000 parallel instances (linear: 30x)", figure, beside=floor, floor="1,000")


def test_a_long_chain_from_text_to_end() -> None:
    ids = [f"t{index}" for index in range(2_000)]
    xml = diagram(ENDS + "".join(f'<bpmn:task id="{name}"/>' for name in ids), chain("s", *ids, "e"))
    say("2,000 nodes read", cpu(lambda: bpmn.read(xml), repeats=3))
    model = bpmn.read(xml)
    say("2,000 nodes checked", cpu(lambda: bpmn.check(model), repeats=3))
    say("2,000 nodes compiled", cpu(lambda: compile_process(model, "p"), repeats=3))
    definition = compile_process(model, "p")
    say("2,000 nodes run", cpu(lambda: _run(definition), repeats=3))


def _watching(condition: str) -> Definition:
    """As many sub-processes as items, each with a conditional event beside a script that sets a variable of its own."""
    inputs = '<zeebe:input source="=false" target="mine"/><zeebe:input source="=0" target="i"/>'
    set_it = '<zeebe:script expression="=true" resultVariable="mine"/>'
    loop = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>"
        '<zeebe:loopCharacteristics inputCollection="=items" inputElement="item"/></bpmn:extensionElements>'
        "</bpmn:multiInstanceLoopCharacteristics>"
    )
    inside = (
        '<bpmn:startEvent id="is"/><bpmn:parallelGateway id="f"/><bpmn:endEvent id="ie"/><bpmn:task id="t"/>'
        f'<bpmn:scriptTask id="w"><bpmn:extensionElements>{set_it}</bpmn:extensionElements></bpmn:scriptTask>'
        '<bpmn:intermediateCatchEvent id="c"><bpmn:conditionalEventDefinition>'
        f"<bpmn:condition>={condition}</bpmn:condition></bpmn:conditionalEventDefinition></bpmn:intermediateCatchEvent>"
        + sequence_flows([("is", "f"), ("f", "c"), ("f", "t"), ("t", "w"), ("c", "ie"), ("w", "ie")], prefix="i")
    )
    mappings = f"<bpmn:extensionElements><zeebe:ioMapping>{inputs}</zeebe:ioMapping></bpmn:extensionElements>"
    body = ENDS + f'<bpmn:subProcess id="p1">{mappings}{loop}{inside}</bpmn:subProcess>'
    return _definition(diagram(body, chain("s", "p1", "e")))


def test_conditional_events_cost_what_a_write_concerns() -> None:
    own = _watching("mine")
    floor = cpu(lambda: _run(own, items=list(range(1_000))), repeats=3)
    say("1,000 conditions over a variable of their own", floor)
    figure = cpu(lambda: _run(own, items=list(range(4_000))), repeats=3)
    say("4,000 of them (linear: 4x)", figure, beside=floor, floor="1,000")
    shared = _watching("go")
    few, many = (_let_go(shared, count) for count in (1_000, 4_000))
    floor = cpu(few, repeats=3)
    say("1,000 conditions over one variable, which is set", floor)
    say("4,000 of them (linear: 4x)", cpu(many, repeats=3), beside=floor, floor="1,000")


def _let_go(definition: Definition, count: int) -> Any:
    """Set what all of the events wait for."""
    first = _run(definition, items=list(range(count)), go=False)
    frozen = Frozen(KEY, first.state or b"", first.variables)
    services = Services(next_key=itertools.count(KEY + 2**20).__next__, now=NOW, decide=_no_decision)
    command = commands.SetVariables(KEY, {"go": True})
    assert resume(definition, frozen, command, services).outcome is Outcome.COMPLETED
    return lambda: resume(definition, frozen, command, services)
