"""Where the tokens of a level can be together: what the rules about joins and merges ask. Not a rule itself.

Every order in which elements may be left and every way a split may choose is tried, as in a Petri net. Of a level with
more than some hundred such states only a part is looked at; what was seen there can happen, what was not seen may.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations

from bpmn.model import ACTIVITIES, EventKind, FlowNode, Kind
from bpmn.rules.subject import Level

MOST_STATES = 1500
MOST_WAYS = 6  # of one inclusive split; all subsets are tried
MOST_ON_A_PLACE = 2  # more than one token at a place is a finding already

_INSIDE = "inside:"  # the place of a running activity beside which something may start
_LINK = "link:"
_SPENT = "spent:"  # a non-interrupting event that has fired; once is enough to see what follows
_CLEARING = frozenset({EventKind.TERMINATE, EventKind.ERROR, EventKind.CANCEL})
_JOINING = frozenset({Kind.PARALLEL_GATEWAY, Kind.INCLUSIVE_GATEWAY, Kind.COMPLEX_GATEWAY})

State = frozenset[tuple[str, int]]  # how many tokens are on each place
Tokens = Mapping[str, int]


@dataclass
class Explored:
    """What trying everything has shown; ids of nodes.

    `fired` are the parallel joins that some token has passed, `stuck` those at which an instance can stop for ever with
    the flows on which a token waits, `doubled` the nodes that two tokens reach at once along different flows.
    """

    complete: bool = True
    fired: set[str] = field(default_factory=set)
    stuck: dict[str, set[str]] = field(default_factory=dict)
    doubled: set[str] = field(default_factory=set)


@dataclass
class Net:
    """A level as places (its flows, its running activities) and moves. `narrow`: a choice takes exactly one way."""

    level: Level
    narrow: bool = False
    _known_leads: dict[tuple[str, str], set[str]] = field(default_factory=dict)

    @cached_property
    def can_be_parallel(self) -> bool:
        """Whether there is anything to look at: two tokens at once, or a join."""
        return any(self._is_join(node) or self._forks(node) for node in self.level.nodes)

    @cached_property
    def is_wide(self) -> bool:
        """Whether a split has more ways than all subsets of can be tried."""
        wide = [node for node in self.level.nodes if len(self._outgoing[node.id]) > MOST_WAYS]
        return not self.narrow and any(self._is_choice(node, self._outgoing[node.id]) for node in wide)

    def explore(self) -> Explored:
        """Try everything from every start."""
        found = Explored()
        waiting = [self._state(produced) for start in self._starts() for produced in self._left(start, {})]
        known = set(waiting)
        while waiting:
            if len(known) > MOST_STATES:
                found.complete = False
                return found
            state = waiting.pop()
            moved = False
            for following in self._moves(dict(state), found):
                moved = True
                if following not in known:
                    known.add(following)
                    waiting.append(following)
            if not moved:
                self._note_stuck(dict(state), found)
        return found

    # Reading the level.

    def _is_join(self, node: FlowNode) -> bool:
        return node.kind is Kind.PARALLEL_GATEWAY and len(self._incoming[node.id]) > 1

    def _forks(self, node: FlowNode) -> bool:
        several = len(self._outgoing[node.id]) > 1
        if node.kind is Kind.BOUNDARY_EVENT:
            return several or not node.interrupting
        chooses_one = node.kind in (Kind.EXCLUSIVE_GATEWAY, Kind.EVENT_BASED_GATEWAY) and not node.parallel_multiple
        return several and not chooses_one

    @cached_property
    def _outgoing(self) -> Mapping[str, list[str]]:
        places: dict[str, list[str]] = {node.id: [] for node in self.level.nodes}
        for flow in self.level.flows:
            if flow.source in places and flow.target in places:
                places[flow.source].append(flow.id)
        for node in self.level.nodes:
            if _is_link(node, Kind.INTERMEDIATE_THROW_EVENT):
                places[node.id] = [_LINK + node.event.link_name]
        return places

    @cached_property
    def _incoming(self) -> Mapping[str, list[str]]:
        places: dict[str, list[str]] = {node.id: [] for node in self.level.nodes}
        for flow in self.level.flows:
            if flow.source in places and flow.target in places:
                places[flow.target].append(flow.id)
        for node in self.level.nodes:
            if _is_link(node, Kind.INTERMEDIATE_CATCH_EVENT):
                places[node.id] = [_LINK + node.event.link_name]
        return places

    @cached_property
    def _boundaries(self) -> Mapping[str, list[FlowNode]]:
        beside: dict[str, list[FlowNode]] = {}
        for node in self.level.nodes:
            if node.kind is Kind.BOUNDARY_EVENT and node.event.kind is not EventKind.COMPENSATE:
                beside.setdefault(node.attached_to, []).append(node)
        return beside

    @cached_property
    def _optional(self) -> frozenset[str]:
        return frozenset(flow.id for flow in self.level.flows if flow.condition is not None)

    def _starts(self) -> Iterator[FlowNode]:
        for node in self.level.nodes:
            if node.kind is Kind.START_EVENT or (node.instantiate and not self._incoming[node.id]):
                yield node

    # Moving.

    def _moves(self, tokens: dict[str, int], found: Explored) -> Iterator[State]:
        for node in self._concerned(tokens):
            arrived = [place for place in self._incoming[node.id] if tokens.get(place)]
            if arrived:
                yield from self._entered(node, arrived, tokens, found)
            if tokens.get(_INSIDE + node.id):
                yield from self._inside(node, tokens)

    def _concerned(self, tokens: Tokens) -> Iterator[FlowNode]:
        """The nodes that some token can move; the others are not looked at, however many there are."""
        yield from {node.id: node for place in tokens for node in self._targets.get(place, ())}.values()

    def _entered(self, node: FlowNode, arrived: list[str], tokens: dict[str, int], found: Explored) -> Iterator[State]:
        if node.kind in _JOINING and len(self._incoming[node.id]) > 1:
            if self._may_join(node, arrived, tokens):
                found.fired.add(node.id)
                yield from map(self._state, self._left(node, _without(tokens, arrived)))
            return
        if len(arrived) > 1:
            found.doubled.add(node.id)
        for place in arrived:
            rest = _without(tokens, [place])
            if any(not event.interrupting for event in self._boundaries.get(node.id, ())):
                yield self._state(_with(rest, [_INSIDE + node.id]))
            else:
                yield from map(self._state, self._outcomes(node, rest))

    def _may_join(self, node: FlowNode, arrived: list[str], tokens: Tokens) -> bool:
        if node.kind is Kind.PARALLEL_GATEWAY:
            return len(arrived) == len(self._incoming[node.id])
        missing = set(self._incoming[node.id]) - set(arrived)
        return not any(self._leads(place, node) & missing for place in tokens if place not in missing)

    def _leads(self, place: str, join: FlowNode) -> set[str]:
        """The flows into the join that a token on the place could still come along."""
        if (place, join.id) not in self._known_leads:
            self._known_leads[place, join.id] = self._ahead(place, join) - {place}
        return self._known_leads[place, join.id]

    @cached_property
    def _targets(self) -> Mapping[str, list[FlowNode]]:
        targets: dict[str, list[FlowNode]] = {}
        for node in self.level.nodes:
            for place in (*self._incoming[node.id], _INSIDE + node.id):
                targets.setdefault(place, []).append(node)
        return targets

    def _ahead(self, place: str, join: FlowNode) -> set[str]:
        seen: set[str] = set()
        waiting = [place]
        while waiting:
            here = waiting.pop()
            for node in self._targets.get(here, ()):
                beside = [event.id for event in self._boundaries.get(node.id, ())]
                ways = [] if node is join else [way for one in (node.id, *beside) for way in self._outgoing[one]]
                waiting += [way for way in ways if way not in seen]
                seen.update(ways)
        return seen & set(self._incoming[join.id])

    def _inside(self, node: FlowNode, tokens: dict[str, int]) -> Iterator[State]:
        rest = _without(tokens, [_INSIDE + node.id])
        yield from map(self._state, self._outcomes(node, rest))
        for event in self._boundaries[node.id]:
            if not event.interrupting and not tokens.get(_SPENT + event.id):
                for produced in self._left(event, tokens):
                    yield self._state(_with(produced, [_SPENT + event.id]))

    def _outcomes(self, node: FlowNode, rest: Tokens) -> Iterator[dict[str, int]]:
        """A node is left, or an event at its border takes over."""
        yield from self._left(node, rest)
        for event in self._boundaries.get(node.id, ()):
            if event.interrupting:
                yield from self._left(event, rest)

    def _left(self, node: FlowNode, rest: Tokens) -> Iterator[dict[str, int]]:
        if node.kind is Kind.END_EVENT:
            yield {} if _CLEARING & {event.kind for event in node.events} else dict(rest)
            return
        ways = self._outgoing[node.id]
        for chosen in self._choices(node, ways):
            yield _with(rest, chosen)

    def _choices(self, node: FlowNode, ways: list[str]) -> Iterator[tuple[str, ...]]:
        if node.kind in (Kind.EXCLUSIVE_GATEWAY, Kind.EVENT_BASED_GATEWAY) and ways and not node.parallel_multiple:
            yield from ((way,) for way in ways)
        elif self._is_choice(node, ways):
            sizes = [1] if self.narrow else range(1, len(ways) + 1)
            yield from (chosen for size in sizes for chosen in combinations(ways, size))
        else:
            yield tuple(ways)

    def _is_choice(self, node: FlowNode, ways: list[str]) -> bool:
        if len(ways) < 2:
            return False
        if node.kind in (Kind.INCLUSIVE_GATEWAY, Kind.COMPLEX_GATEWAY):
            return True
        return node.kind in ACTIVITIES and bool(self._optional & set(ways))

    def _state(self, tokens: Tokens) -> State:
        return frozenset((place, min(count, MOST_ON_A_PLACE)) for place, count in tokens.items() if count)

    def _note_stuck(self, tokens: dict[str, int], found: Explored) -> None:
        for node in self._concerned(tokens):
            if self._is_join(node):
                waiting = {place for place in self._incoming[node.id] if tokens.get(place)}
                if waiting:
                    found.stuck.setdefault(node.id, set()).update(waiting)


def _is_link(node: FlowNode, kind: Kind) -> bool:
    return node.kind is kind and node.event.kind is EventKind.LINK


def _without(tokens: Tokens, places: list[str]) -> dict[str, int]:
    rest = dict(tokens)
    for place in places:
        rest[place] -= 1
    return rest


def _with(tokens: Tokens, places: tuple[str, ...] | list[str]) -> dict[str, int]:
    more = dict(tokens)
    for place in places:
        more[place] = more.get(place, 0) + 1
    return more


def explored(level: Level, *, narrow: bool = False) -> Explored:
    """What can happen in a level; empty and incomplete when it is too large, or has nothing to look at."""
    net = Net(level, narrow)
    is_worth_it = net.can_be_parallel and not net.is_wide and not level.is_ad_hoc
    return net.explore() if is_worth_it else Explored(complete=False)
