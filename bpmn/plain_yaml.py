"""Reading a YAML document that people wrote: a mapping of plain values, every fault a finding with its line.

Of YAML only plain values are taken: no aliases, no tags, no depth that nobody needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Any

import yaml

from bpmn.errors import Finding

Json = Any
MOST_BYTES = 64 * 1024
LONGEST_NAME = 255
_MOST_NAMES = 200


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """A kind of document: what people call it, the code of its findings, their hint, and the keys by place.

    A place is "" for the document itself, `limits.` for the mapping below the key `limits`.
    """

    noun: str
    rule: str
    hint: str
    example: str
    keys: Mapping[str, frozenset[str]]
    deepest: int = 5

    def finding(self, message: str, line: int) -> Finding:
        """An error of such a document."""
        return Finding("error", self.rule, message, line=line, hint=self.hint)


class Wrong(Exception):
    """The document cannot be read at all."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


def root(content: bytes, kind: DocumentKind) -> yaml.MappingNode:
    """The mapping that a document is. Raises Wrong."""
    if len(content) > MOST_BYTES:
        raise Wrong(f"The {kind.noun} has {len(content):,} bytes; at most {MOST_BYTES:,} are read.")
    try:
        text = content.decode()
        _check_events(yaml.parse(text, Loader=yaml.SafeLoader), kind)
        found = yaml.compose(text, Loader=yaml.SafeLoader)
    except UnicodeDecodeError:
        raise Wrong(f"The {kind.noun} is not UTF-8 text.") from None
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark
        raise Wrong(f"The {kind.noun} is not YAML: {problem.problem}.", mark.line + 1 if mark else 0) from None
    except (yaml.YAMLError, RecursionError) as problem:
        raise Wrong(f"The {kind.noun} is not YAML: {str(problem)[:200]}.") from None
    if not isinstance(found, yaml.MappingNode):
        raise Wrong(f"The {kind.noun} must be a mapping of keys to values, such as `{kind.example}`.", 1)
    return found


def _check_events(events: Iterator[yaml.Event], kind: DocumentKind) -> None:
    """Refuse what such a document never has, before the reading of it could cost much."""
    depth = 0
    for event in events:
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent):
            raise Wrong("Aliases (*name) are not read here: write the value again.", line_of(event))
        if depth > kind.deepest:
            raise Wrong(f"The {kind.noun} nests deeper than {kind.deepest} levels.", line_of(event))


def line_of(marked: yaml.Event | yaml.Node) -> int:
    """The line of a node, from 1."""
    return marked.start_mark.line + 1 if marked.start_mark is not None else 0


class Reader:
    """The values of a mapping, each taken once; what nobody knows is a fault in the end."""

    def __init__(self, node: yaml.MappingNode, kind: DocumentKind, findings: list[Finding], place: str = "") -> None:
        self._kind = kind
        self._place = place
        self._findings = findings
        self._line = line_of(node)
        self._nodes: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else ""
            if name in self._nodes:
                self.wrong(f"The key '{name}' stands twice.", key)
            self._nodes[name] = value

    def wrong(self, message: str, node: yaml.Node | None = None) -> None:
        """Add a fault, at the line of a node or of the mapping."""
        self._findings.append(self._kind.finding(message, line_of(node) if node is not None else self._line))

    def has(self, name: str) -> bool:
        """Whether the key is there, with a value."""
        return self._take(name, False) is not None

    def node(self, name: str) -> yaml.Node | None:
        """The value of a key as it stands."""
        return self._nodes.get(name)

    def text(self, name: str, *, is_required: bool = False, longest: int = LONGEST_NAME) -> str:
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
        return tuple(dict.fromkeys(self._checked(name, item, LONGEST_NAME) for item in scalars))

    def choice(self, name: str, choices: Mapping[str, Any]) -> Any:
        """One of some words; the first when what is there is wrong."""
        said = self.text(name, is_required=True)
        if said and said not in choices:
            self.wrong(
                f"'{self._place}{name}' must be one of {', '.join(choices)}, but is '{said[:60]}'.", self.node(name)
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

    def inner(self, name: str) -> Reader | None:
        """A mapping below a key."""
        node = self._take(name, False)
        if node is None or isinstance(node, yaml.MappingNode):
            return None if node is None else Reader(node, self._kind, self._findings, f"{name}.")
        self.wrong(f"'{name}' must be a mapping of keys to values.", node)
        return None

    def json(self, name: str) -> dict[str, Json]:
        """A mapping of any plain values below a key, {} without one."""
        node = self._take(name, False)
        if node is None:
            return {}
        try:
            value = _plain(node)
        except Wrong as problem:
            self._findings.append(self._kind.finding(f"'{name}' {problem}", problem.line))
            return {}
        if isinstance(value, dict):
            return value
        self.wrong(f"'{name}' must be a mapping of keys to values.", node)
        return {}

    def end(self) -> None:
        """Tell of keys that nobody knows."""
        known = self._kind.keys[self._place]
        for name, node in self._nodes.items():
            if name in known:
                continue
            meant = get_close_matches(name, known, n=1)
            guess = f" Did you mean '{meant[0]}'?" if meant else f" Known: {', '.join(sorted(known))}."
            self.wrong(f"The key '{self._place}{name[:60]}' is unknown.{guess}", node)

    def _take(self, name: str, is_required: bool) -> yaml.Node | None:
        node = self._nodes.get(name)
        is_empty = node is None or (
            isinstance(node, yaml.ScalarNode) and (node.tag.endswith(":null") or not node.value)
        )
        if is_empty and is_required:
            self.wrong(f"The {self._kind.noun} lacks '{self._place}{name}'.", node)
        return None if is_empty else node

    def _checked(self, name: str, node: yaml.ScalarNode, longest: int) -> str:
        said = str(node.value).strip()
        if len(said) > longest or "\0" in said:
            self.wrong(f"'{self._place}{name}' may have at most {longest} characters, and not NUL.", node)
            return ""
        return said


def _plain(node: yaml.Node) -> Json:
    """A node as JSON. Raises Wrong for dates and other tags."""
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item) for item in node.value]
    made = _SCALARS.get(node.tag.rpartition(":")[2])
    if made is None:
        raise Wrong(f"holds '{str(node.value)[:60]}', which is no text, number, true, false or null.", line_of(node))
    try:
        return made(str(node.value))
    except ValueError:
        return str(node.value)


_SCALARS: Mapping[str, Callable[[str], Json]] = {
    "str": str,
    "int": int,
    "float": float,
    "bool": lambda text: text.lower() in ("true", "yes", "on"),
    "null": lambda text: None,
}
_WHOLE: Mapping[Any, str] = {int: " and whole"}
