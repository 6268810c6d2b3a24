"""XML into the frozen `Model`. Nothing is executed, fetched or guessed; what has no place in the model is listed.

Levels (process, sub-process) are gathered first and built from the innermost outwards, so that nesting and long chains
cost no call depth.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from bpmn import document
from bpmn.definitions import Shared, read_shared
from bpmn.dialects import Plain, choose, platform_of
from bpmn.dialects.plain import Values
from bpmn.errors import ModelError
from bpmn.implied_start import implied_flows, implied_start
from bpmn.model import Lane, MessageFlow, Model, Process, SequenceFlow
from bpmn.nodes import Inner, Surroundings, read_node
from bpmn.parts import Notes, Part, line_of, local_name, text_of
from bpmn.vocabulary import KINDS, LEVEL_DECORATION, MODEL

MAX_NESTING = 240  # what stands in the innermost needs the rest of the depth that a document may have
_TAG = f"{{{MODEL}}}"
_FOREIGN_ROOTS = (
    ("/spec/DMN/", "a DMN decision file", "Save it with the ending .dmn and upload it as that."),
    ("/spec/CMMN/", "a CMMN case file", "Cases are not run; redraw it as a BPMN process."),
    ("http://www.wfmc.org/", "an XPDL file", "Export the diagram as BPMN 2.0 XML."),
    ("xpdl", "an XPDL file", "Export the diagram as BPMN 2.0 XML."),
    ("wsbpel", "a BPEL file", "Redraw it as a BPMN process."),
    ("business-process/", "a BPEL file", "Redraw it as a BPMN process."),
    ("http://stp.eclipse.org/bpmn", "a BPMN 1.x file", "Export the diagram as BPMN 2.0 XML."),
    ("http://bpmn.org/", "a BPMN 1.x file", "Export the diagram as BPMN 2.0 XML."),
    ("schema.omg.org/spec/BPMN", "a file of a BPMN 2.0 draft", "Export the diagram as BPMN 2.0 XML."),
    ("http://www.w3.org/2000/svg", "an SVG picture", "Export the diagram as BPMN 2.0 XML."),
    ("http://www.w3.org/1999/xhtml", "a web page", "Download the .bpmn file itself, not the page that shows it."),
)


def read(xml: bytes, *, source: str = "") -> Model:
    """The model of a BPMN 2.0 file of any of the three dialects.

    `xml` is the file's bytes, at most 16 MB; `source` the name it was uploaded under. Raises `ModelError` (line,
    element, hint) for what is not a BPMN 2.0 definitions document. A readable but wrong diagram gives a model: that is
    what `check` is for. Reading is pure and takes about a millisecond for twenty nodes.
    """
    root = document.parse(xml)
    _expect_definitions(root)
    dialect = choose(root)
    shared = read_shared(root, dialect)
    dialect.resources = shared.resources
    dialect.errors = shared.errors
    dialect.expression_language = root.get("expressionLanguage", "").strip()
    return _Reading(dialect, shared).model(root, xml, source)


def _expect_definitions(root: etree._Element) -> None:
    tag, line = str(root.tag), line_of(root)
    if tag == f"{_TAG}definitions":
        return
    name = local_name(root)
    namespace = tag[1:].partition("}")[0] if tag.startswith("{") else ""
    for mark, what, hint in _FOREIGN_ROOTS:
        if mark.lower() in namespace.lower():
            raise ModelError(f"This is {what}, not BPMN 2.0.", line=line, element=name, hint=hint)
    if name == "html":
        raise ModelError("This is a web page, not BPMN 2.0.", line=line, element=name, hint=_FOREIGN_ROOTS[-1][2])
    where = f'in the namespace "{namespace}"' if namespace else "without a namespace"
    raise ModelError(
        f"The root element is <{name}> {where}; a BPMN 2.0 file starts with <definitions> in {MODEL}.",
        line=line,
        element=name,
        hint="Export the diagram as BPMN 2.0 XML.",
    )


@dataclass
class _Level:
    """A process or sub-process and what stands directly in it, before reading."""

    part: Part
    id: str
    parent: _Level | None
    depth: int
    nodes: list[tuple[Part, str]] = field(default_factory=list)
    flows: list[Part] = field(default_factory=list)
    notes: Notes = field(default_factory=Notes)
    inner: Inner = field(default_factory=Inner)


class _Reading:
    """One pass over one file."""

    def __init__(self, dialect: Plain, shared: Shared) -> None:
        self.dialect = dialect
        self.shared = shared
        self.ids: list[tuple[str, int]] = list(shared.ids)
        self.without_id: list[tuple[str, int]] = []
        self.associations: list[tuple[str, str]] = []
        self.assumes_executable = dialect.assumes_executable

    def model(self, root: etree._Element, xml: bytes, source: str) -> Model:
        self.associations = [
            (element.get("sourceRef", "").strip(), element.get("targetRef", "").strip())
            for element in root.iter(f"{_TAG}association")
        ]
        drawn = list(root.iterchildren(f"{_TAG}process"))
        if self.dialect.is_open_about_executable and not any(one.get("isExecutable") for one in drawn):
            self.assumes_executable = True  # BPMN 2.0.2, 10.2.1 has no default; Activiti, Flowable and jBPM run them
        processes = tuple(self._process(element) for element in drawn)
        return Model(
            source=source,
            dialect=self.dialect.dialect,
            processes=processes,
            is_relative=self.dialect.is_relative,
            platform_version=platform_of(root)[1],
            exporter=" ".join(filter(None, (root.get("exporter"), root.get("exporterVersion")))),
            messages=tuple(self.shared.messages.values()),
            message_flows=tuple(_message_flows(root)),
            data=xml,
            duplicates=_twice(self.ids),
            without_id=tuple(self.without_id),
            unsupported=tuple(self.shared.unsupported),
            ignored=tuple(self.shared.unsupported.ignored),
        )

    def _process(self, element: etree._Element) -> Process:
        part = self.dialect.part(element)
        process_id = self._claim(part)
        levels = self._levels(_Level(part, process_id, None, 0))
        inner: dict[str, Inner] = {}
        for level in reversed(levels):
            self._build(level, inner)
        top = levels[0]
        notes = top.notes
        values: Values = {"unsupported": notes}
        self.dialect.process(part, values)
        self.dialect.report(part, notes)
        values.update(unsupported=tuple(notes), ignored=tuple(notes.ignored))
        return Process(
            id=process_id,
            name=part.get("name"),
            executable=part.is_true("isExecutable", default=self.assumes_executable),
            line=part.line,
            nodes=top.inner.nodes,
            flows=top.inner.flows,
            lanes=_lanes(part),
            documentation=part.child_text("documentation"),
            **values,
        )

    def _levels(self, top: _Level) -> list[_Level]:
        """The level and all levels below it, outer before inner, each filled with its parts."""
        levels = [top]
        for level in levels:  # grows while it is walked
            for child in level.part.element:
                name = local_name(child)
                if name in KINDS and str(child.tag).startswith(_TAG):
                    part = self.dialect.part(child)
                    node_id = self._claim(part)
                    level.nodes.append((part, node_id))
                    if KINDS[name] in _SUB_PROCESSES:
                        levels.append(self._below(level, part, node_id))
                elif name == "sequenceFlow":
                    level.flows.append(self.dialect.part(child))
                elif str(child.tag).startswith(_TAG) and name not in LEVEL_DECORATION and name not in _LEVEL_NODE:
                    level.notes.append((name, line_of(child)))
        return levels

    def _below(self, level: _Level, part: Part, node_id: str) -> _Level:
        if level.depth >= MAX_NESTING:
            raise ModelError(
                f"Sub-processes are nested more than {MAX_NESTING} deep.",
                line=part.line,
                element=node_id,
                hint="Move inner sub-processes into call activities.",
            )
        return _Level(part, node_id, level, level.depth + 1)

    def _build(self, level: _Level, inner: dict[str, Inner]) -> None:
        around = Surroundings(self.dialect, self.shared, handlers=self._handlers(level))
        flows = [self._flow(part, level, around) for part in level.flows]
        implied = self._implied(level, around)
        nodes = [
            read_node(part, node_id, level.id, around, inner.pop(_key(part), Inner())) for part, node_id in level.nodes
        ]
        nodes += [implied_start(level.id, level.part.line, implied)] if implied else []
        level.inner = Inner(tuple(nodes), (*flows, *implied), level.notes)
        inner[_key(level.part)] = level.inner

    def _implied(self, level: _Level, around: Surroundings) -> list[SequenceFlow]:
        """The flows from the start that a plain level does not draw; none elsewhere, or where it draws one."""
        begins_by_event = level.part.is_true("triggeredByEvent") or level.part.name == "adHocSubProcess"
        if begins_by_event or not self.dialect.begins_where_nothing_leads:
            return []
        implied = implied_flows(level.id, level.part.line, level.nodes, set(around.incoming))
        for flow in implied:
            around.incoming.setdefault(flow.target, []).append(flow.id)
        return implied

    def _handlers(self, level: _Level) -> dict[str, str]:
        """Compensation boundary events and their handlers, joined by associations (BPMN 2.0.2, 10.5.6).

        An association may be drawn either way, and modelers keep some in the collaboration.
        """
        undoing = {node_id for part, node_id in level.nodes if part.is_true("isForCompensation")}
        pairs = [pair for ends in self.associations for pair in (ends, ends[::-1])]
        return {source: target for source, target in pairs if target in undoing} if undoing else {}

    def _flow(self, part: Part, level: _Level, around: Surroundings) -> SequenceFlow:
        flow_id = part.get("id") or f"sequenceFlow_{part.line}_{len(self.ids)}"
        self.ids.append((flow_id, part.line))
        source, target = part.get("sourceRef").strip(), part.get("targetRef").strip()
        around.outgoing.setdefault(source, []).append(flow_id)
        around.incoming.setdefault(target, []).append(flow_id)
        values: Values = {"unsupported": level.notes}
        self.dialect.flow(part, values)
        del values["unsupported"]
        condition = part.child("conditionExpression")
        self.dialect.report(part, level.notes)
        return SequenceFlow(
            flow_id,
            source,
            target,
            part.get("name"),
            self.dialect.condition_of_flow(condition) if condition is not None else None,
            line=part.line,
            **values,
        )

    def _claim(self, part: Part) -> str:
        found = part.get("id").strip()
        if not found:
            found = f"{part.name}_{part.line}_{len(self.ids)}"
            self.without_id.append((found, part.line))
        self.ids.append((found, part.line))
        return found


_SUB_PROCESSES = frozenset(KINDS[name] for name in ("subProcess", "transaction", "adHocSubProcess"))
# Children that a sub-process has as a node, not as a level; `read_node` looks at them.
_LEVEL_NODE = frozenset(
    {"completionCondition", "multiInstanceLoopCharacteristics", "standardLoopCharacteristics", "performer"}
)


def _key(part: Part) -> str:
    """Tells levels apart even when two share an id or a line."""
    return f"{id(part)}"


def _twice(ids: list[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    counted = Counter(found for found, _ in ids if found)
    seen: set[str] = set()
    twice = []
    for found, line in ids:
        if counted[found] > 1 and found in seen:
            twice.append((found, line))
        seen.add(found)
    return tuple(twice)


def _lanes(part: Part) -> tuple[Lane, ...]:
    """All lanes of a process, outer before inner, with the node ids that each names."""
    lanes = []
    for lane_set in part.children("laneSet"):
        for lane in lane_set.iter(f"{_TAG}lane"):
            nodes = tuple(text_of(reference) for reference in lane.iterchildren(f"{_TAG}flowNodeRef"))
            lanes.append(Lane(lane.get("id", ""), lane.get("name", ""), nodes))
    return tuple(lanes)


def _message_flows(root: etree._Element) -> Iterator[MessageFlow]:
    """The message flows of all collaborations; a pool at an end becomes the process that it shows."""
    for collaboration in root.iterchildren(f"{_TAG}collaboration"):
        shown = {
            pool.get("id", ""): pool.get("processRef", "").strip().rpartition(":")[2]
            for pool in collaboration.iterchildren(f"{_TAG}participant")
        }
        for flow in collaboration.iterchildren(f"{_TAG}messageFlow"):
            ends = [flow.get(end, "").strip().rpartition(":")[2] for end in ("sourceRef", "targetRef")]
            source, target = (shown.get(end, end) for end in ends)
            yield MessageFlow(flow.get("id", ""), source, target)
