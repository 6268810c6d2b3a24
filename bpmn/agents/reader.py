"""Reading a `*.agent.yaml`: every fault as a finding with its line. Of YAML only plain values are taken: no aliases."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Any

import yaml

from bpmn.agents.card import AgentCard, Limits, RiskClass
from bpmn.errors import Finding

SUFFIXES = (".agent.yaml", ".agent.yml")
MOST_BYTES = 64 * 1024
_LONGEST_NAME = 255
_LONGEST_TEXT = 2_000
_MOST_NAMES = 200
_DEEPEST = 5
_RULE = "agent-card"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file holds: a card, or none when a finding is an error. `line` is where the id stands."""

    card: AgentCard | None
    findings: tuple[Finding, ...]
    line: int = 0


def read(content: bytes) -> Reading:
    """Read one card. Nothing is raised: all that is wrong is in the findings."""
    findings: list[Finding] = []
    try:
        root = _root(content)
        card = _card(_Reader(root, "", findings))
    except _Wrong as problem:
        findings.append(_finding(str(problem), problem.line))
        return Reading(None, tuple(findings))
    is_good = not any(finding.severity == "error" for finding in findings)
    return Reading(card if is_good else None, tuple(findings), _line(root))


class _Wrong(Exception):
    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


def _finding(message: str, line: int) -> Finding:
    return Finding("error", _RULE, message, line=line, hint=_HINT)


_HINT = "A card has agent, owner, purpose, risk, processes and models, and may have elements, tools, data and more."


def _root(content: bytes) -> yaml.MappingNode:
    if len(content) > MOST_BYTES:
        raise _Wrong(f"The card has {len(content):,} bytes; at most {MOST_BYTES:,} are read.")
    try:
        text = content.decode()
        _check_events(yaml.parse(text, Loader=yaml.SafeLoader))
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except UnicodeDecodeError:
        raise _Wrong("The card is not UTF-8 text.") from None
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark
        raise _Wrong(f"The card is not YAML: {problem.problem}.", mark.line + 1 if mark else 0) from None
    except (yaml.YAMLError, RecursionError) as problem:
        raise _Wrong(f"The card is not YAML: {str(problem)[:200]}.") from None
    if not isinstance(root, yaml.MappingNode):
        raise _Wrong("The card must be a mapping of keys to values, such as `agent: invoice-reader`.", 1)
    return root


def _check_events(events: Iterator[yaml.Event]) -> None:
    """Refuse what a card never has, before the reading of it could cost much."""
    depth = 0
    for event in events:
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent):
            raise _Wrong("Aliases (*name) are not read here: write the value again.", _line(event))
        if depth > _DEEPEST:
            raise _Wrong(f"The card nests deeper than {_DEEPEST} levels.", _line(event))


def _line(marked: yaml.Event | yaml.Node) -> int:
    return marked.start_mark.line + 1 if marked.start_mark is not None else 0


class _Reader:
    """The values of a mapping, each taken once; what nobody asked for is a fault in the end."""

    def __init__(self, node: yaml.MappingNode, place: str, findings: list[Finding]) -> None:
        self._place = place
        self._findings = findings
        self._line = _line(node)
        self._nodes: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else ""
            if name in self._nodes:
                self.wrong(f"The key '{name}' stands twice.", key)
            self._nodes[name] = value

    def wrong(self, message: str, node: yaml.Node | None = None) -> None:
        self._findings.append(_finding(message, _line(node) if node is not None else self._line))

    def text(self, name: str, *, is_required: bool = False, longest: int = _LONGEST_NAME) -> str:
        """A text, "" without one."""
        node = self._take(name, is_required)
        if node is None:
            return ""
        if not isinstance(node, yaml.ScalarNode):
            self.wrong(f"'{self._place}{name}' must be a text.", node)
            return ""
        return self._checked(name, node, longest)

    def texts(self, name: str, *, is_required: bool = False) -> tuple[str, ...]:
        """A list of texts; one alone counts as a list of one."""
        node = self._take(name, is_required)
        if node is None:
            return ()
        items: list[yaml.Node] = node.value if isinstance(node, yaml.SequenceNode) else [node]
        scalars = [item for item in items if isinstance(item, yaml.ScalarNode)]
        if len(scalars) != len(items) or len(items) > _MOST_NAMES:
            self.wrong(f"'{self._place}{name}' must be a list of at most {_MOST_NAMES} texts.", node)
            return ()
        if is_required and not items:
            self.wrong(f"'{self._place}{name}' must name at least one.", node)
        return tuple(dict.fromkeys(self._checked(name, item, _LONGEST_NAME) for item in scalars))

    def choice(self, name: str, choices: Mapping[str, Any]) -> Any:
        """One of some words; the first when what is there is wrong."""
        said = self.text(name, is_required=True)
        if said and said not in choices:
            self.wrong(
                f"'{self._place}{name}' must be one of {', '.join(choices)}, but is '{said[:60]}'.", self._seen(name)
            )
        return choices.get(said, next(iter(choices.values())))

    def number(self, name: str, make: Callable[[Decimal], Any]) -> Any:
        """A number above 0, None without one."""
        node = self._take(name, False)
        if node is None:
            return None
        try:
            value = Decimal(node.value) if isinstance(node, yaml.ScalarNode) else Decimal("NaN")
            if value.is_finite() and 0 < value < 10**12:
                made = make(value)
                if make is not int or made == value:
                    return made
        except (InvalidOperation, ValueError, TypeError):
            pass
        self.wrong(f"'{self._place}{name}' must be a number above 0{_WHOLE.get(make, '')}.", node)
        return None

    def inner(self, name: str) -> _Reader | None:
        """A mapping below a key."""
        node = self._take(name, False)
        if node is None or isinstance(node, yaml.MappingNode):
            return None if node is None else _Reader(node, f"{name}.", self._findings)
        self.wrong(f"'{name}' must be a mapping of keys to values.", node)
        return None

    def end(self) -> None:
        """Tell of keys that nobody knows."""
        for name, node in self._nodes.items():
            if name in self._known:
                continue
            meant = get_close_matches(name, self._known, n=1)
            guess = f" Did you mean '{meant[0]}'?" if meant else f" Known: {', '.join(sorted(self._known))}."
            self.wrong(f"The key '{self._place}{name[:60]}' is unknown.{guess}", node)

    @property
    def _known(self) -> frozenset[str]:
        return _KEYS[self._place]

    def _seen(self, name: str) -> yaml.Node | None:
        return self._nodes.get(name)

    def _take(self, name: str, is_required: bool) -> yaml.Node | None:
        node = self._nodes.get(name)
        is_empty = node is None or (
            isinstance(node, yaml.ScalarNode) and (node.tag.endswith(":null") or not node.value)
        )
        if is_empty and is_required:
            self.wrong(f"The card lacks '{self._place}{name}'.", node)
        return None if is_empty else node

    def _checked(self, name: str, node: yaml.ScalarNode, longest: int) -> str:
        said = str(node.value).strip()
        if len(said) > longest or "\0" in said:
            self.wrong(f"'{self._place}{name}' may have at most {longest} characters, and not NUL.", node)
            return ""
        return said


_KEYS = {
    "": frozenset(
        {
            "agent", "owner", "purpose", "risk", "processes", "elements", "models",
            "tools", "data", "residency", "limits", "prompt",
        }
    ),
    "limits.": frozenset({"calls", "tokens", "cost", "seconds"}),
    "prompt.": frozenset({"version", "fingerprint"}),
}  # fmt: skip
_WHOLE: Mapping[Any, str] = {int: " and whole"}


def _card(reader: _Reader) -> AgentCard:
    limits, prompt = reader.inner("limits"), reader.inner("prompt")
    card = AgentCard(
        id=reader.text("agent", is_required=True),
        owner=reader.text("owner", is_required=True),
        purpose=reader.text("purpose", is_required=True, longest=_LONGEST_TEXT),
        risk=reader.choice("risk", {risk.value: risk for risk in RiskClass}),
        processes=reader.texts("processes", is_required=True),
        elements=reader.texts("elements"),
        models=reader.texts("models", is_required=True),
        tools=reader.texts("tools"),
        data=reader.texts("data"),
        residency=reader.texts("residency"),
        limits=_limits(limits) if limits else Limits(),
        prompt_version=prompt.text("version") if prompt else "",
        prompt_fingerprint=prompt.text("fingerprint") if prompt else "",
    )
    for one in (reader, limits, prompt):
        if one is not None:
            one.end()
    return card


def _limits(reader: _Reader) -> Limits:
    return Limits(
        calls=reader.number("calls", int),
        tokens=reader.number("tokens", int),
        cost=reader.number("cost", Decimal),
        seconds=reader.number("seconds", float),
    )
