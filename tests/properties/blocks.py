"""Random processes out of blocks: each has one way in and one way out, so what must happen can be said beforehand."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from hypothesis import strategies as st

from tests.support.diagrams import Flow, diagram, sequence_flows

BESIDE, INSTEAD = "beside", "instead"  # what a timer does to the activity it stands on


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
class AdHoc:
    """An ad-hoc sub-process of single blocks, some of which a list names."""

    chosen: tuple[bool, ...]


Block = Task | Row | Split | Loop | Sub | AdHoc

# Most steps wait, most ways are taken, few activities are repeated: what is rare in diagrams is rare here.
_MOSTLY = st.sampled_from([True, True, False])
_TIMES = st.sampled_from([None, None, None, None, 0, 1, 3])
_TIMERS = st.sampled_from(["", "", BESIDE, INSTEAD])
_TASKS = st.builds(Task, _MOSTLY, _TIMES, st.booleans())
_SPLITS = ("exclusiveGateway", "parallelGateway", "inclusiveGateway")


def _larger(blocks: st.SearchStrategy[Block]) -> st.SearchStrategy[Block]:
    several = st.lists(blocks, min_size=2, max_size=3).map(tuple)
    flags = st.tuples(_MOSTLY, _MOSTLY, _MOSTLY)
    return st.one_of(
        st.builds(Row, several),
        st.builds(Split, st.sampled_from(_SPLITS), several, flags),
        st.builds(Split, st.sampled_from(_SPLITS), several, flags),
        st.builds(Loop, blocks, st.integers(1, 3)),
        st.builds(Sub, blocks, _TIMERS, _TIMERS, _TIMES, st.booleans()),
    )


_BLOCKS = st.recursive(
    st.one_of(_TASKS, _TASKS, st.builds(AdHoc, st.lists(st.booleans(), min_size=1, max_size=3).map(tuple))),
    _larger,
    max_leaves=6,
)
PROCESSES = st.builds(Row, st.lists(_larger(_BLOCKS), min_size=1, max_size=3).map(tuple))


@dataclass
class Piece:
    """A block as XML: its nodes and flows, and where one comes in and goes out."""

    nodes: str
    flows: list[Flow]
    first: str
    last: str


@dataclass
class Drawing:
    """Blocks as XML. `pairs` are the gateways that belong together: split to join."""

    pairs: dict[str, str] = field(default_factory=dict)
    _ids: itertools.count[int] = field(default_factory=itertools.count)
    _levels: itertools.count[int] = field(default_factory=itertools.count)

    def process(self, block: Block) -> bytes:
        """A complete file."""
        piece = self._between_ends(self._draw(block))
        return diagram(piece.nodes, piece.flows)

    def _id(self, kind: str) -> str:
        return f"{kind}{next(self._ids)}"

    def _draw(self, block: Block) -> Piece:
        match block:
            case Task():
                return self._task(block)
            case Row():
                return self._row([self._draw(one) for one in block.blocks])
            case Split():
                return self._split(block)
            case Loop():
                return self._loop(block)
            case Sub():
                return self._sub(block)
            case AdHoc():
                return self._ad_hoc(block)

    def _between_ends(self, piece: Piece) -> Piece:
        start, end = self._id("start"), self._id("end")
        nodes = f'<bpmn:startEvent id="{start}"/>{piece.nodes}<bpmn:endEvent id="{end}"/>'
        return Piece(nodes, [(start, piece.first), *piece.flows, (piece.last, end)], start, end)

    def _task(self, task: Task) -> Piece:
        name = self._id("work" if task.waits else "pass")
        inner = _multi(name, task.times, sequential=task.sequential)
        extension = "<bpmn:extensionElements><zeebe:userTask/></bpmn:extensionElements>" if task.waits else ""
        kind = "userTask" if task.waits else "task"
        return Piece(f'<bpmn:{kind} id="{name}">{extension}{inner}</bpmn:{kind}>', [], name, name)

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
            flows.append((opening, piece.first, f"={str(taken).lower()}") if conditional else (opening, piece.first))
            flows += [*piece.flows, (piece.last, closing)]
        if split.kind != "parallelGateway":  # one more way, for when nothing else holds
            name = self._id("pass")
            pieces.append(Piece(f'<bpmn:task id="{name}"/>', [], name, name))
            nothing = not any(split.taken[: len(split.blocks)])
            flows += [(opening, name, f"={str(nothing).lower()}"), (name, closing)]
        nodes = f'<bpmn:{split.kind} id="{opening}"/>' + "".join(piece.nodes for piece in pieces)
        return Piece(f'{nodes}<bpmn:{split.kind} id="{closing}"/>', flows, opening, closing)

    def _loop(self, loop: Loop) -> Piece:
        merge, way, counter = self._id("merge"), self._id("way"), self._id("c")
        body = self._draw(loop.block)
        reset, count = self._id("reset"), self._id("count")
        nodes = _script(reset, "=0", counter) + f'<bpmn:exclusiveGateway id="{merge}"/>' + body.nodes
        nodes += _script(count, f"={counter} + 1", counter) + f'<bpmn:exclusiveGateway id="{way}"/>'
        out = self._id("pass")
        nodes += f'<bpmn:task id="{out}"/>'
        flows: list[Flow] = [(reset, merge), (merge, body.first), *body.flows, (body.last, count), (count, way)]
        flows += [(way, merge, f"={counter} < {loop.rounds}"), (way, out, f"={counter} >= {loop.rounds}")]
        return Piece(nodes, flows, reset, out)

    def _sub(self, sub: Sub) -> Piece:
        name = self._id("sub")
        level = self._between_ends(self._draw(sub.block))
        inside = level.nodes + _flows(level.flows, f"i{next(self._levels)}_") + self._event_sub(sub.inside)
        loop = _multi(name, sub.times, sequential=sub.sequential)
        nodes = f'<bpmn:subProcess id="{name}">{loop}{inside}</bpmn:subProcess>'
        return self._with_border(sub, Piece(nodes, [], name, name)) if sub.border else Piece(nodes, [], name, name)

    def _with_border(self, sub: Sub, piece: Piece) -> Piece:
        """A timer on the border. Instead of the activity its way leads on; beside it, it has an end of its own."""
        border, handler, last = self._id("border"), self._id("work"), self._id("end")
        cancels = str(sub.border == INSTEAD).lower()
        nodes = (
            f'{piece.nodes}<bpmn:boundaryEvent id="{border}" attachedToRef="{piece.last}" cancelActivity="{cancels}">'
        )
        nodes += f"{_TIMER}</bpmn:boundaryEvent>{_USER.format(handler)}"
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
        nodes += _USER.format(work) + f'<bpmn:endEvent id="{end}"/>'
        flows = _flows([(start, work), (work, end)], f"i{next(self._levels)}_")
        return f'<bpmn:subProcess id="{name}" triggeredByEvent="true">{nodes}{flows}</bpmn:subProcess>'

    def _ad_hoc(self, ad_hoc: AdHoc) -> Piece:
        name = self._id("adhoc")
        works = [self._id("work") for _ in ad_hoc.chosen]
        named = ", ".join(f'"{work}"' for work, taken in zip(works, ad_hoc.chosen, strict=True) if taken)
        # Without any, somebody outside would have to choose.
        source = f"=[{named}]" if named else f'=["{works[0]}"]'
        extension = f"<zeebe:adHoc activeElementsCollection='{source}'/>"
        inside = "".join(map(_USER.format, works))
        nodes = f'<bpmn:adHocSubProcess id="{name}"><bpmn:extensionElements>{extension}</bpmn:extensionElements>'
        return Piece(f"{nodes}{inside}</bpmn:adHocSubProcess>", [], name, name)


_USER = '<bpmn:userTask id="{0}"><bpmn:extensionElements><zeebe:userTask/></bpmn:extensionElements></bpmn:userTask>'
_TIMER = "<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>"


def _script(name: str, source: str, variable: str) -> str:
    script = f'<zeebe:script expression="{source}" resultVariable="{variable}"/>'
    return f'<bpmn:scriptTask id="{name}"><bpmn:extensionElements>{script}</bpmn:extensionElements></bpmn:scriptTask>'


def _multi(name: str, times: int | None, *, sequential: bool) -> str:
    if times is None:
        return ""
    items = ", ".join(str(one) for one in range(times))
    extension = f'<zeebe:loopCharacteristics inputCollection="=[{items}]" inputElement="item" '
    extension += f'outputCollection="results_{name}" outputElement="=item"/>'
    return (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}">'
        f"<bpmn:extensionElements>{extension}</bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"
    )


def _flows(flows: list[Flow], prefix: str) -> str:
    return sequence_flows(flows, prefix)
