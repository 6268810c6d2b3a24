"""Random processes out of blocks: each has one way in and one way out, so what must happen can be said beforehand."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from tests.support.diagrams import Flow, diagram, sequence_flows

BESIDE, INSTEAD = "beside", "instead"  # what a timer does to the activity it stands on
CAMUNDA8, CAMUNDA7, PLAIN = "camunda8", "camunda7", "plain"


@dataclass(frozen=True)
class Task:
    """A step: `waits` for a person, or passes straight through; `times` makes it multi-instance."""

    waits: bool
    times: int | None = None
    sequential: bool = False


@dataclass(frozen=True)
class Row:
    """Blocks one after the other."""

    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Split:
    """Blocks between two gateways of a kind; `taken` says of each whether its condition holds."""

    kind: str
    blocks: tuple[Block, ...]
    taken: tuple[bool, ...]


@dataclass(frozen=True)
class Loop:
    """A block that is repeated by an exclusive gateway behind it."""

    block: Block
    rounds: int


@dataclass(frozen=True)
class Sub:
    """A sub-process, perhaps multi-instance, with a timer on its border and an event sub-process in it."""

    block: Block
    border: str = ""
    inside: str = ""
    times: int | None = None
    sequential: bool = False


@dataclass(frozen=True)
class Linked:
    """Two blocks of which the first leads to the second by a pair of links."""

    before: Block
    after: Block


@dataclass(frozen=True)
class Called:
    """A call activity; its process is somebody else's, so it waits as a task does."""

    times: int | None = None


@dataclass(frozen=True)
class Enough:
    """Blocks of which so many are enough for a complex gateway behind them (plain BPMN alone)."""

    blocks: tuple[Block, ...]
    needed: int


@dataclass(frozen=True)
class AdHoc:
    """An ad-hoc sub-process of single blocks, some of which a list names."""

    chosen: tuple[bool, ...]


Block = Task | Row | Split | Loop | Sub | Linked | Called | Enough | AdHoc

# Most steps wait, most ways are taken, few activities are repeated: what is rare in diagrams is rare here.
_MOSTLY = st.sampled_from([True, True, False])
_TIMES = st.sampled_from([None, None, None, None, 0, 1, 3])
_TIMERS = st.sampled_from(["", "", BESIDE, INSTEAD])
_TASKS = st.builds(Task, _MOSTLY, _TIMES, st.booleans())
_SPLITS = ("exclusiveGateway", "parallelGateway", "inclusiveGateway")


def _larger(blocks: st.SearchStrategy[Block], dialect: str) -> st.SearchStrategy[Block]:
    several = st.lists(blocks, min_size=2, max_size=3).map(tuple)
    flags = st.tuples(_MOSTLY, _MOSTLY, _MOSTLY)
    kinds = [
        st.builds(Row, several),
        st.builds(Split, st.sampled_from(_SPLITS), several, flags),
        st.builds(Split, st.sampled_from(_SPLITS), several, flags),
        st.builds(Loop, blocks, st.integers(1, 3)),
        st.builds(Sub, blocks, _TIMERS, _TIMERS, _TIMES, st.booleans()),
        st.builds(Linked, blocks, blocks),
    ]
    return st.one_of(*kinds, *([st.builds(Enough, several, st.integers(1, 2))] if dialect == PLAIN else []))


def processes(dialect: str) -> st.SearchStrategy[Block]:
    """Processes of one or more blocks, out of what the dialect has."""
    single = [_TASKS, _TASKS, st.builds(Called, _TIMES)]
    if dialect == CAMUNDA8:
        single.append(st.builds(AdHoc, st.lists(st.booleans(), min_size=1, max_size=3).map(tuple)))
    blocks = st.recursive(st.one_of(*single), lambda inner: _larger(inner, dialect), max_leaves=6)
    return st.builds(Row, st.lists(_larger(blocks, dialect), min_size=1, max_size=3).map(tuple))


@dataclass
class Piece:
    """A block as XML: its nodes and flows, and where one comes in and goes out."""

    nodes: str
    flows: list[Flow]
    first: str
    last: str


@dataclass
class Drawing:
    """Blocks as XML of a dialect. `pairs` are the gateways that belong together: split to join."""

    dialect: str = CAMUNDA8
    pairs: dict[str, str] = field(default_factory=dict)
    _ids: itertools.count[int] = field(default_factory=itertools.count)
    _levels: itertools.count[int] = field(default_factory=itertools.count)

    def process(self, block: Block) -> bytes:
        """A complete file."""
        piece = self._between_ends(self._draw(block))
        return diagram(piece.nodes, piece.flows, dialect=self.dialect)

    def _id(self, kind: str) -> str:
        return f"{kind}{next(self._ids)}"

    def _draw(self, block: Block) -> Piece:
        if isinstance(block, Row):
            return self._row([self._draw(one) for one in block.blocks])
        drawers: dict[type, Callable[[Any], Piece]] = {
            Task: self._task,
            Split: self._split,
            Loop: self._loop,
            Sub: self._sub,
            Linked: self._linked,
            Called: self._called,
            Enough: self._enough,
            AdHoc: self._ad_hoc,
        }
        return drawers[type(block)](block)

    def _between_ends(self, piece: Piece) -> Piece:
        start, end = self._id("start"), self._id("end")
        nodes = f'<bpmn:startEvent id="{start}"/>{piece.nodes}<bpmn:endEvent id="{end}"/>'
        return Piece(nodes, [(start, piece.first), *piece.flows, (piece.last, end)], start, end)

    def _task(self, task: Task) -> Piece:
        name = self._id("work" if task.waits else "pass")
        inner = self._multi(name, task.times, sequential=task.sequential)
        if task.waits:
            return Piece(self._user(name, inner), [], name, name)
        return Piece(f'<bpmn:task id="{name}">{inner}</bpmn:task>', [], name, name)

    def _user(self, name: str, inside: str = "") -> str:
        native = "<bpmn:extensionElements><zeebe:userTask/></bpmn:extensionElements>"
        extension = native if self.dialect == CAMUNDA8 else ""
        return f'<bpmn:userTask id="{name}">{extension}{inside}</bpmn:userTask>'

    def _formal(self, text: str) -> str:
        return {CAMUNDA8: f"={text}", CAMUNDA7: f"${{{text}}}", PLAIN: text}[self.dialect]

    def _row(self, pieces: list[Piece]) -> Piece:
        links: list[Flow] = [(one.last, other.first) for one, other in itertools.pairwise(pieces)]
        flows = [*itertools.chain.from_iterable(piece.flows for piece in pieces), *links]
        return Piece("".join(piece.nodes for piece in pieces), flows, pieces[0].first, pieces[-1].last)

    def _split(self, split: Split) -> Piece:
        opening, closing = self._id("split"), self._id("join")
        self.pairs[opening] = closing
        pieces = [self._draw(one) for one in split.blocks]
        flows: list[Flow] = []
        for piece, taken in zip(pieces, split.taken, strict=False):
            conditional = split.kind != "parallelGateway"
            flows.append(
                (opening, piece.first, self._formal(str(taken).lower())) if conditional else (opening, piece.first)
            )
            flows += [*piece.flows, (piece.last, closing)]
        if split.kind != "parallelGateway":  # one more way, for when nothing else holds
            name = self._id("pass")
            pieces.append(Piece(f'<bpmn:task id="{name}"/>', [], name, name))
            nothing = not any(split.taken[: len(split.blocks)])
            flows += [(opening, name, self._formal(str(nothing).lower())), (name, closing)]
        nodes = f'<bpmn:{split.kind} id="{opening}"/>' + "".join(piece.nodes for piece in pieces)
        return Piece(f'{nodes}<bpmn:{split.kind} id="{closing}"/>', flows, opening, closing)

    def _loop(self, loop: Loop) -> Piece:
        if self.dialect == PLAIN:
            return self._marked(loop)
        merge, way, counter = self._id("merge"), self._id("way"), self._id("c")
        body = self._draw(loop.block)
        reset, count = self._id("reset"), self._id("count")
        nodes = self._script(reset, "0", counter) + f'<bpmn:exclusiveGateway id="{merge}"/>' + body.nodes
        nodes += self._script(count, f"{counter} + 1", counter) + f'<bpmn:exclusiveGateway id="{way}"/>'
        out = self._id("pass")
        nodes += f'<bpmn:task id="{out}"/>'
        flows: list[Flow] = [(reset, merge), (merge, body.first), *body.flows, (body.last, count), (count, way)]
        flows.append((way, merge, self._formal(f"{counter} < {loop.rounds}")))
        flows.append((way, out, self._formal(f"{counter} >= {loop.rounds}")))
        return Piece(nodes, flows, reset, out)

    def _marked(self, loop: Loop) -> Piece:
        """A sub-process with a loop marker, which neither vendor has."""
        name = self._id("sub")
        level = self._between_ends(self._draw(loop.block))
        marker = f'<bpmn:standardLoopCharacteristics loopMaximum="{loop.rounds}">'
        marker += "<bpmn:loopCondition>true</bpmn:loopCondition></bpmn:standardLoopCharacteristics>"
        inside = level.nodes + _flows(level.flows, f"i{next(self._levels)}_")
        return Piece(f'<bpmn:subProcess id="{name}">{marker}{inside}</bpmn:subProcess>', [], name, name)

    def _linked(self, linked: Linked) -> Piece:
        name, throw, catch = self._id("link"), self._id("throw"), self._id("catch")
        before, after = self._draw(linked.before), self._draw(linked.after)
        link = f'<bpmn:linkEventDefinition name="{name}"/>'
        nodes = f'{before.nodes}<bpmn:intermediateThrowEvent id="{throw}">{link}</bpmn:intermediateThrowEvent>'
        nodes += f'<bpmn:intermediateCatchEvent id="{catch}">{link}</bpmn:intermediateCatchEvent>{after.nodes}'
        flows = [*before.flows, (before.last, throw), (catch, after.first), *after.flows]
        return Piece(nodes, flows, before.first, after.last)

    def _called(self, called: Called) -> Piece:
        name = self._id("call")
        loop = self._multi(name, called.times, sequential=False)
        element = '<bpmn:extensionElements><zeebe:calledElement processId="other"/></bpmn:extensionElements>'
        extension, attribute = (element, "") if self.dialect == CAMUNDA8 else ("", 'calledElement="other"')
        return Piece(
            f'<bpmn:callActivity id="{name}" {attribute}>{extension}{loop}</bpmn:callActivity>', [], name, name
        )

    def _enough(self, enough: Enough) -> Piece:
        opening, closing = self._id("split"), self._id("join")
        self.pairs[opening] = closing
        pieces = [self._draw(one) for one in enough.blocks]
        flows: list[Flow] = []
        for piece in pieces:
            flows += [(opening, piece.first), *piece.flows, (piece.last, closing)]
        condition = f"<bpmn:activationCondition>activationCount >= {enough.needed}</bpmn:activationCondition>"
        nodes = f'<bpmn:parallelGateway id="{opening}"/>' + "".join(piece.nodes for piece in pieces)
        return Piece(
            f'{nodes}<bpmn:complexGateway id="{closing}">{condition}</bpmn:complexGateway>', flows, opening, closing
        )

    def _sub(self, sub: Sub) -> Piece:
        name = self._id("sub")
        level = self._between_ends(self._draw(sub.block))
        inside = level.nodes + _flows(level.flows, f"i{next(self._levels)}_") + self._event_sub(sub.inside)
        loop = self._multi(name, sub.times, sequential=sub.sequential)
        nodes = f'<bpmn:subProcess id="{name}">{loop}{inside}</bpmn:subProcess>'
        return self._with_border(sub, Piece(nodes, [], name, name)) if sub.border else Piece(nodes, [], name, name)

    def _with_border(self, sub: Sub, piece: Piece) -> Piece:
        """A timer on the border. Instead of the activity its way leads on; beside it, it has an end of its own."""
        border, handler, last = self._id("border"), self._id("work"), self._id("end")
        cancels = str(sub.border == INSTEAD).lower()
        nodes = (
            f'{piece.nodes}<bpmn:boundaryEvent id="{border}" attachedToRef="{piece.last}" cancelActivity="{cancels}">'
        )
        nodes += f"{_TIMER}</bpmn:boundaryEvent>{self._user(handler)}"
        flows: list[Flow] = [(border, handler), (handler, last)]
        if sub.border == BESIDE:
            return Piece(f'{nodes}<bpmn:endEvent id="{last}"/>', flows, piece.first, piece.last)
        nodes += f'<bpmn:exclusiveGateway id="{last}"/>'
        return Piece(nodes, [*flows, (piece.last, last)], piece.first, last)

    def _event_sub(self, how: str) -> str:
        if not how:
            return ""
        name, start, work, end = (self._id(kind) for kind in ("event", "timer", "work", "end"))
        interrupting = str(how == INSTEAD).lower()
        nodes = f'<bpmn:startEvent id="{start}" isInterrupting="{interrupting}">{_TIMER}</bpmn:startEvent>'
        nodes += self._user(work) + f'<bpmn:endEvent id="{end}"/>'
        flows = _flows([(start, work), (work, end)], f"i{next(self._levels)}_")
        return f'<bpmn:subProcess id="{name}" triggeredByEvent="true">{nodes}{flows}</bpmn:subProcess>'

    def _script(self, name: str, text: str, variable: str) -> str:
        source = self._formal(text)
        if self.dialect == CAMUNDA7:
            attributes = f'scriptFormat="juel" camunda:resultVariable="{variable}"'
            return f'<bpmn:scriptTask id="{name}" {attributes}><bpmn:script>{source}</bpmn:script></bpmn:scriptTask>'
        script = f'<zeebe:script expression="{source}" resultVariable="{variable}"/>'
        extension = f"<bpmn:extensionElements>{script}</bpmn:extensionElements>"
        return f'<bpmn:scriptTask id="{name}">{extension}</bpmn:scriptTask>'

    def _multi(self, name: str, times: int | None, *, sequential: bool) -> str:
        if times is None:
            return ""
        items = ", ".join(str(one) for one in range(times))
        inside = f"<bpmn:loopCardinality>{self._formal(str(times))}</bpmn:loopCardinality>"
        if self.dialect == CAMUNDA8:
            inside = f'<zeebe:loopCharacteristics inputCollection="=[{items}]" inputElement="item" '
            inside += f'outputCollection="results_{name}" outputElement="=item"/>'
            inside = f"<bpmn:extensionElements>{inside}</bpmn:extensionElements>"
        tag, order = "bpmn:multiInstanceLoopCharacteristics", str(sequential).lower()
        return f'<{tag} isSequential="{order}">{inside}</{tag}>'

    def _ad_hoc(self, ad_hoc: AdHoc) -> Piece:
        name = self._id("adhoc")
        works = [self._id("work") for _ in ad_hoc.chosen]
        named = ", ".join(f'"{work}"' for work, taken in zip(works, ad_hoc.chosen, strict=True) if taken)
        # Without any, somebody outside would have to choose.
        source = f"=[{named}]" if named else f'=["{works[0]}"]'
        extension = f"<zeebe:adHoc activeElementsCollection='{source}'/>"
        inside = "".join(map(self._user, works))
        nodes = f'<bpmn:adHocSubProcess id="{name}"><bpmn:extensionElements>{extension}</bpmn:extensionElements>'
        return Piece(f"{nodes}{inside}</bpmn:adHocSubProcess>", [], name, name)


_TIMER = "<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>"


def _flows(flows: list[Flow], prefix: str) -> str:
    return sequence_flows(flows, prefix)
