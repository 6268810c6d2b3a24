"""Healthy diagrams, broken one place at a time: how many of the breaks do the rules find?

Each way of breaking is a function from the parsed file to its mutants. A mutant is found when it has an error or a
warning that the healthy diagram has not, or cannot be read any more. `main` measures a folder of diagrams.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

import bpmn

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
ZEEBE = "{http://camunda.org/schema/zeebe/1.0}"
CAMUNDA = "{http://camunda.org/schema/1.0/bpmn}"
PLATFORM = "{http://camunda.org/schema/modeler/1.0}executionPlatform"
XOR, AND, EVENTS = f"{BPMN}exclusiveGateway", f"{BPMN}parallelGateway", f"{BPMN}eventBasedGateway"
NOWHERE = "nobody_knows_this"
_NOT_THERE = "unresolved-reference"  # a remark: what is missing may be deployed later

Element = etree._Element
Finding = tuple[str, str, str]
Find = Callable[[Element], Iterator[Element]]
Change = Callable[[Element], object]


@dataclass(frozen=True)
class Healthy:
    """A diagram without an error, and what is known beside it: everything that it refers to."""

    name: str
    root: Element
    companions: frozenset[tuple[str, str]]
    findings: frozenset[Finding]


def healthy(name: str, content: bytes) -> Healthy | None:
    """The diagram, when it is executable and has neither errors nor warnings."""
    try:
        model = bpmn.read(content)
    except bpmn.ModelError:
        return None
    root = etree.fromstring(content)
    companions = frozenset(_references(root))
    findings = frozenset(_found(content, companions))
    if not model.executable or any(severity in ("error", "warning") for severity, _, _ in findings):
        return None
    return Healthy(name, root, companions, findings)


def is_found(diagram: Healthy, mutant: Element) -> bool:
    """Whether checking says something that it did not say of the healthy diagram."""
    try:
        new = set(_found(etree.tostring(mutant), diagram.companions)) - diagram.findings
    except bpmn.ModelError:
        return True
    return any(severity in ("error", "warning") or rule == _NOT_THERE for severity, rule, _ in new)


def _found(content: bytes, companions: frozenset[tuple[str, str]]) -> Iterator[Finding]:
    for one in bpmn.check(bpmn.read(content), companions=companions):
        yield one.severity, one.rule, one.element


def _references(root: Element) -> Iterator[tuple[str, str]]:
    for kind, names in _REFERENCES.items():
        for tag, attribute in names:
            for element in root.iter(tag):
                yield kind, element.get(attribute, "")
    for process in root.iter(f"{BPMN}process"):
        yield "process", process.get("id", "")


_REFERENCES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "form": ((f"{ZEEBE}formDefinition", "formId"), (f"{BPMN}userTask", f"{CAMUNDA}formRef")),
    "decision": ((f"{ZEEBE}calledDecision", "decisionId"), (f"{BPMN}businessRuleTask", f"{CAMUNDA}decisionRef")),
    "process": ((f"{ZEEBE}calledElement", "processId"), (f"{BPMN}callActivity", "calledElement")),
}


def _changed(root: Element, found: Find, change: Change) -> Iterator[Element]:
    """A copy of the file for each element that `found` finds, with the change made to it."""
    for place in range(sum(1 for _ in found(root))):
        copy = deepcopy(root)
        change(list(found(copy))[place])
        yield copy


def _all(*tags: str) -> Find:
    return lambda root: (one for one in root.iter(*tags) if _runs(one))


def _runs(element: Element) -> bool:
    """Whether it belongs to a process that is executed, or to what all processes share."""
    process = next((one for one in element.iterancestors(f"{BPMN}process")), None)
    return process is None or process.get("isExecutable") == "true"


def _flows(root: Element, name: str, attribute: str) -> list[Element]:
    return [one for one in root.iter(f"{BPMN}sequenceFlow") if one.get(attribute) == name]


def _leaving(element: Element) -> list[Element]:
    return _flows(element.getroottree().getroot(), element.get("id", ""), "sourceRef")


def _coming(element: Element) -> list[Element]:
    return _flows(element.getroottree().getroot(), element.get("id", ""), "targetRef")


def _remove(element: Element) -> None:
    parent = element.getparent()
    assert parent is not None
    for reference in list(parent.iter(f"{BPMN}incoming", f"{BPMN}outgoing")):
        if reference.text == element.get("id"):
            reference.getparent().remove(reference)  # type: ignore[union-attr]
    parent.remove(element)


def _without(attribute: str) -> Change:
    return lambda element: element.attrib.pop(attribute)


def _with(attribute: str, value: str) -> Change:
    return lambda element: element.set(attribute, value)


def _has(attribute: str, *tags: str) -> Find:
    return lambda root: (one for one in _all(*tags)(root) if one.get(attribute))


def _defaults(root: Element) -> Iterator[Element]:
    """Gateways that choose, with a default."""
    return (one for one in _has("default", XOR, f"{BPMN}inclusiveGateway")(root) if len(_leaving(one)) > 1)


def _conditional(root: Element) -> Iterator[Element]:
    """Conditions of flows that leave a gateway which chooses."""
    for flow in _all(f"{BPMN}sequenceFlow")(root):
        source = next(
            (one for one in root.iter(XOR, f"{BPMN}inclusiveGateway") if one.get("id") == flow.get("sourceRef")), None
        )
        condition = flow.find(f"{BPMN}conditionExpression")
        if source is None or condition is None or len(_leaving(source)) < 2:
            continue
        if source.get("default") != flow.get("id") and (condition.text or "").strip():
            yield condition


def _marked(root: Element) -> Iterator[tuple[Element, str]]:
    """Where an expression must be, with the attribute that holds it; "" is the text. Plain BPMN needs no mark."""
    if not root.get(PLATFORM):
        return
    for condition in _conditional(root):
        if (condition.text or "").strip()[0] in "=$#":
            yield condition, ""
    yield from ((one, "correlationKey") for one in _keyed(root) if one.get("correlationKey", "").startswith("="))
    for tag, attribute in (
        ("output", "source"),
        ("loopCharacteristics", "inputCollection"),
        ("script", "expression"),
    ):
        for element in _all(ZEEBE + tag)(root):
            if element.get(attribute, "").startswith("="):
                yield element, attribute


def _unmarked(root: Element) -> Iterator[Element]:
    for place, (_, attribute) in enumerate(_marked(root)):
        copy = deepcopy(root)
        element = list(_marked(copy))[place][0]
        text = element.get(attribute, "") if attribute else element.text or ""
        plain = text.strip().removeprefix("=").removeprefix("$").removeprefix("#").removeprefix("{").removesuffix("}")
        if attribute:
            element.set(attribute, plain)
        else:
            element.text = plain
        yield copy


def _misspelt(root: Element) -> Iterator[Element]:
    for place, (_, attribute) in enumerate(_marked(root)):
        copy = deepcopy(root)
        element = list(_marked(copy))[place][0]
        text = (element.get(attribute, "") if attribute else element.text or "").strip()
        broken = text.removesuffix("}") + " + (" + ("}" if text.endswith("}") and text[0] != "=" else "")
        if attribute:
            element.set(attribute, broken)
        else:
            element.text = broken
        yield copy


def _times(root: Element) -> Iterator[Element]:
    return (one for one in _all(*(f"{BPMN}time{kind}" for kind in ("Date", "Duration", "Cycle")))(root) if one.text)


def _waits_for(root: Element) -> set[str]:
    """Ids of the messages that somebody waits for within a process."""
    waiting = set()
    for tag in ("intermediateCatchEvent", "boundaryEvent", "receiveTask"):
        for one in _all(BPMN + tag)(root):
            waiting |= {each.get("messageRef", "") for each in one.iter() if each.get("messageRef")}
    return waiting


def _awaited(root: Element) -> Iterator[Element]:
    waiting = _waits_for(root)
    return (one for one in root.iter(f"{BPMN}message") if one.get("id") in waiting and one.get("name"))


def _keyed(root: Element) -> Iterator[Element]:
    for message in _awaited(root):
        yield from message.iter(f"{ZEEBE}subscription")


def _only_way_in(root: Element) -> Iterator[Element]:
    """Flows without which their target is reached by nothing."""
    for flow in _all(f"{BPMN}sequenceFlow")(root):
        if len(_flows(root, flow.get("targetRef", ""), "targetRef")) == 1 and not _is_in_ad_hoc(flow):
            yield flow


def _only_way_out(root: Element) -> Iterator[Element]:
    """Flows without which their source leads nowhere."""
    for flow in _all(f"{BPMN}sequenceFlow")(root):
        if len(_flows(root, flow.get("sourceRef", ""), "sourceRef")) == 1 and not _is_in_ad_hoc(flow):
            yield flow


def _is_in_ad_hoc(element: Element) -> bool:
    parent = element.getparent()
    return parent is not None and parent.tag == f"{BPMN}adHocSubProcess"


def _region(gateway: Element, kind: str) -> Element | None:
    """The split of a join, when every flow into the join comes from that split by a straight line of elements."""
    root = gateway.getroottree().getroot()
    by_id = {one.get("id"): one for one in root.iter() if one.get("id")}
    begun = set()
    for flow in _coming(gateway):
        here = by_id.get(flow.get("sourceRef"))
        while here is not None and here.tag not in (XOR, AND) and len(_coming(here)) == 1 and len(_leaving(here)) == 1:
            here = by_id.get(_coming(here)[0].get("sourceRef"))
        begun.add(here)
    split = begun.pop() if len(begun) == 1 else None
    return split if split is not None and split.tag == kind and len(_coming(split)) == 1 else None


def _merges(kind: str) -> Find:
    """Gateways of a kind that only join, and behind which something is done."""

    def found(root: Element) -> Iterator[Element]:
        for gateway in _all(kind)(root):
            if len(_coming(gateway)) > 1 and len(_leaving(gateway)) == 1 and _matters(gateway, kind):
                yield gateway

    return found


def _matters(gateway: Element, kind: str) -> bool:
    """Whether something but an end follows: what was parallel may end twice."""
    if kind == XOR:
        return True
    root = gateway.getroottree().getroot()
    target = _leaving(gateway)[0].get("targetRef")
    return not any(one.get("id") == target for one in root.iter(f"{BPMN}endEvent"))


def _retag(kind: str) -> Change:
    def change(gateway: Element) -> None:
        gateway.tag = kind
        gateway.attrib.pop("default", None)

    return change


def _splits_into_joins(kind: str) -> Find:
    return lambda root: (split for join in _merges(kind)(root) if (split := _region(join, kind)) is not None)


def _needed_jobs(root: Element) -> Iterator[Element]:
    """Task definitions without which there is nobody to do the work; an ad-hoc sub-process can do without."""
    for one in _all(f"{ZEEBE}taskDefinition")(root):
        if one.getparent().getparent().tag != f"{BPMN}adHocSubProcess":  # type: ignore[union-attr]
            yield one


def _second_use(root: Element) -> Iterator[Element]:
    nodes = _all(f"{BPMN}userTask", f"{BPMN}serviceTask", f"{BPMN}task", f"{BPMN}endEvent")
    for index in range(1, len(list(nodes(root)))):
        copy = deepcopy(root)
        same = list(nodes(copy))
        same[index].set("id", same[0].get("id", ""))
        yield copy


def _thrown_codes(root: Element) -> Iterator[Element]:
    if not root.get(PLATFORM):  # Flowable throws the error's id then
        return iter(())
    thrown: set[str | None] = set()
    for one in _all(f"{BPMN}endEvent", f"{BPMN}intermediateThrowEvent")(root):
        thrown |= {each.get(name) for each in one.iter() for name in ("errorRef", "escalationRef") if each.get(name)}
    return (one for one in root.iter(f"{BPMN}error", f"{BPMN}escalation") if one.get("id") in thrown)


def _without_code(element: Element) -> None:
    for name in ("errorCode", "escalationCode"):
        element.attrib.pop(name, None)


def _starts(root: Element) -> Iterator[Element]:
    if not any(name.endswith("}executionPlatform") for name in root.attrib):
        return  # drawn for no engine: it begins where nothing leads (BPMN 2.0.2, 13.2)
    for start in _all(f"{BPMN}startEvent")(root):
        parent = start.getparent()
        if parent is not None and len(parent.findall(f"{BPMN}startEvent")) == 1:
            yield start


def _remove_start(start: Element) -> None:
    for flow in _leaving(start):
        _remove(flow)
    _remove(start)


def _behind_event_gateways(root: Element) -> Iterator[Element]:
    gateways = {one.get("id") for one in _all(EVENTS)(root)}
    targets = {flow.get("targetRef") for flow in root.iter(f"{BPMN}sequenceFlow") if flow.get("sourceRef") in gateways}
    return (one for one in _all(f"{BPMN}intermediateCatchEvent")(root) if one.get("id") in targets)


def _make_task(event: Element) -> None:
    event.tag = f"{BPMN}task"
    for definition in [one for one in event if str(one.tag).endswith("EventDefinition")]:
        event.remove(definition)


def _links(root: Element) -> Iterator[Element]:
    for event in _all(f"{BPMN}intermediateThrowEvent")(root):
        yield from event.iter(f"{BPMN}linkEventDefinition")


def _loops(root: Element) -> Iterator[Element]:
    return (one for one in _all(f"{ZEEBE}loopCharacteristics")(root) if one.get("inputCollection"))


def _headed(root: Element) -> Iterator[Element]:
    for holder in _all(f"{ZEEBE}taskHeaders")(root):
        yield from holder.findall(f"{ZEEBE}header")[:1]


def _twice(element: Element) -> None:
    copy = deepcopy(element)
    for name in ("value", "source"):
        if copy.get(name) is not None:
            copy.set(name, "=1" if name == "source" else "another")
    element.addnext(copy)


def _inputs(root: Element) -> Iterator[Element]:
    for one in _all(f"{ZEEBE}input")(root):
        if one.getparent().getparent().getparent().tag != f"{BPMN}multiInstanceLoopCharacteristics":  # type: ignore[union-attr]
            yield one


def _refer(kind: str) -> Find:
    def mutants(root: Element) -> Iterator[Element]:
        for tag, attribute in _REFERENCES[kind]:
            found = lambda where, tag=tag, attribute=attribute: (  # noqa: E731
                one for one in _has(attribute, tag)(where) if one.get(attribute, "")[0] not in "=$#"
            )
            yield from _changed(root, found, _with(attribute, NOWHERE))

    return mutants


def _simply(found: Find, change: Change) -> Find:
    return lambda root: _changed(root, found, change)


def _set_text(text: str) -> Change:
    return lambda element: setattr(element, "text", text)


#: What is done to a diagram -> its mutants.
WAYS: Mapping[str, Find] = {
    "default flow removed": _simply(_defaults, _without("default")),
    "default is another's flow": _simply(_defaults, _with("default", NOWHERE)),
    "condition removed": _simply(_conditional, _remove),
    "condition is empty": _simply(_conditional, _set_text("")),
    "mark of an expression dropped": _unmarked,
    "expression cut off": _misspelt,
    "timer without a time": _simply(_times, _set_text("")),
    "time that is none": _simply(_times, _set_text("soon")),
    "message without a name": _simply(_awaited, _without("name")),
    "message without a correlation key": _simply(_keyed, lambda one: one.getparent().remove(one)),
    "form that is not there": _refer("form"),
    "decision that is not there": _refer("decision"),
    "process that is not there": _refer("process"),
    "nothing leads to it": _simply(_only_way_in, _remove),
    "it leads nowhere": _simply(_only_way_out, _remove),
    "flow to nobody": _simply(_all(f"{BPMN}sequenceFlow"), _with("targetRef", NOWHERE)),
    "exclusive split, parallel join": _simply(_merges(XOR), _retag(AND)),
    "parallel split, exclusive join": _simply(_merges(AND), _retag(XOR)),
    "parallel split made exclusive": _simply(_splits_into_joins(AND), _retag(XOR)),
    "id used twice": _second_use,
    "job without a type": _simply(_has("type", f"{ZEEBE}taskDefinition"), _without("type")),
    "job removed": _simply(_needed_jobs, lambda one: one.getparent().remove(one)),
    "retries that are no number": _simply(_all(f"{ZEEBE}taskDefinition"), _with("retries", "many")),
    "header given twice": _simply(_headed, _twice),
    "input given twice": _simply(_inputs, _twice),
    "variable that FEEL cannot name": _simply(
        _has("target", f"{ZEEBE}input", f"{ZEEBE}output"), _with("target", "a-b c")
    ),
    "thrown code removed": _simply(_thrown_codes, _without_code),
    "start event removed": _simply(_starts, _remove_start),
    "boundary event on nothing": _simply(
        _has("attachedToRef", f"{BPMN}boundaryEvent"), _with("attachedToRef", NOWHERE)
    ),
    "task behind an event-based gateway": _simply(_behind_event_gateways, _make_task),
    "link without its catch": _simply(_links, _with("name", NOWHERE)),
    "multi-instance without a collection": _simply(_loops, _without("inputCollection")),
    "called process removed": _simply(_has("processId", f"{ZEEBE}calledElement"), _without("processId")),
}


@dataclass
class Tally:
    """How many mutants of a way there were, in how many diagrams, and which were not found."""

    mutants: int = 0
    found: int = 0
    diagrams: int = 0
    missed: list[str] = field(default_factory=list)


def measured(diagrams: list[Healthy], most: int = 10_000) -> dict[str, Tally]:
    """Every way of breaking over the diagrams, up to `most` mutants of each diagram."""
    tallies = {way: Tally() for way in WAYS}
    for diagram in diagrams:
        for way, mutants in WAYS.items():
            tally, before = tallies[way], tallies[way].mutants
            for number, mutant in enumerate(mutants(diagram.root)):
                if number >= most:
                    break
                tally.mutants += 1
                if is_found(diagram, mutant):
                    tally.found += 1
                else:
                    tally.missed.append(f"{diagram.name}#{number}")
            tally.diagrams += tally.mutants > before
    return tallies


def main(folder: str, most_diagrams: int = 50, most: int = 5) -> None:
    """Measure the healthy diagrams of a folder, at most so many of them and so many mutants of each."""
    files = sorted(Path(folder).rglob("*.bpmn"))
    found = [one for file in files if (one := healthy(str(file), file.read_bytes())) is not None]
    chosen = found[:: max(len(found) // most_diagrams, 1)][:most_diagrams]
    print(f"{len(files)} files, {len(found)} healthy, {len(chosen)} broken")
    for way, tally in measured(chosen, most).items():
        share = f"{tally.found / tally.mutants:6.1%}" if tally.mutants else "     -"
        print(f"{way:38}{tally.diagrams:5}{tally.mutants:6}{tally.found:6} {share} {tally.missed[:3] or ''}")


if __name__ == "__main__":
    main(sys.argv[1], *(int(one) for one in sys.argv[2:]))
