"""Where a text of a DMN file stands, and what reading the file may still use up."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

from bpmn import feel
from bpmn.dmn.item_types import Types
from bpmn.dmn.model import LiteralExpression
from bpmn.dmn.turn import Evaluate, Turn, Variables
from bpmn.errors import EvaluationError, ModelError
from bpmn.feel import shapes
from bpmn.feel.values import Value

_DIGIT = re.compile(r"\d")
MAX_CHARACTERS = 300_000


class Budget:
    """How much text of a file may still be compiled, constants and plain cells aside."""

    def __init__(self) -> None:
        self._left = MAX_CHARACTERS
        self._seen: set[str] = set()
        self._families = 0
        self.shapes: set[tuple[shapes.Key, str, frozenset[str]]] = set()  # of texts that were read

    def take_family(self, most: int) -> bool:
        """Whether the loop of one more family of cells may be written."""
        self._families += 1
        return self._families <= most

    def spend(self, logic: LiteralExpression, owner: str) -> None:
        """Raises `ModelError` when the file's expressions are longer than one person will ever read."""
        if logic.text in self._seen:
            return
        self._seen.add(logic.text)
        self._left -= len(logic.text)
        if self._left < 0:
            raise TooMuchText(
                f"The file's expressions have more than {MAX_CHARACTERS:,} characters together.",
                line=logic.line,
                element=owner,
                hint="Split the file, or let a worker look the values up.",
            )


class TooMuchText(ModelError):
    """A file whose expressions would keep the reader busy; not gathered with other problems."""


@dataclass(frozen=True)
class Place:
    """Where an expression stands: whose it is, in which dialect, and which names with spaces it may use."""

    owner: str
    dialect: feel.Dialect
    types: Types
    names: frozenset[str] = frozenset()
    # Where problems are gathered, what cannot be read fails when it is evaluated; without it, reading fails.
    problems: list[ModelError] | None = None
    is_indexed: bool = True
    budget: Budget = field(default_factory=Budget)

    def knowing(self, names: Iterable[str]) -> Place:
        """The same place with more names in scope."""
        return replace(self, names=self.names | {name for name in names if name and not name.isidentifier()})

    @cached_property
    def has_odd_names(self) -> bool:
        """Whether something that looks like a constant may be part of a name."""
        return any(not name.replace(" ", "_").isidentifier() or _DIGIT.search(name) for name in self.names)

    @property
    def follows_the_specification(self) -> bool:
        return self.dialect == "dmn"

    def put_off(self, error: ModelError) -> Evaluate:
        """What stands where something cannot be read: it fails when somebody asks for it."""
        if self.problems is None or isinstance(error, TooMuchText):
            raise error
        self.problems.append(error)
        return failing(str(error))


def failing(message: str) -> Evaluate:
    """What cannot be read, where it is to fail only when somebody asks for it."""

    def fail(variables: Variables, turn: Turn) -> Value:
        raise EvaluationError(message)

    return fail
