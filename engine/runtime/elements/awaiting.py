"""Gateways that wait for whatever can still come (BPMN 2.0.2, 13.4.3, and 13.4.5 once a complex one has started).

Whether something can still come is a look at the live tokens of the scope and a table made when the process was
compiled. It is taken when everything else waits, and only after a token of that scope moved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.runtime.elements.joining import ARRIVED, Joining
from engine.runtime.reach import Ways

if TYPE_CHECKING:
    from engine.runtime.tokens import Token


class Awaiting(Joining):
    """`reach` tells by which incoming flows a token at an element of the same level can come.

    `by_flows` is the same without the events on borders, which may never come.
    """

    reach: Ways
    by_flows: Ways

    def arrived(self, join: Token) -> None:
        """Look again when nothing moves any more."""
        join.workflow.joins.watch(join)

    def wait_with(self, scope: Token, arrived: dict[str, int]) -> Token:
        """The next round is watched as well."""
        join = super().wait_with(scope, arrived)
        scope.workflow.joins.watch(join)
        return join

    def forget(self, join: Token) -> None:
        """Nobody looks at it any more."""
        join.workflow.joins.forget(join)
        super().forget(join)

    def is_watched(self, token: Token) -> bool:
        """Whether this token waits for what can still come."""
        return ARRIVED in token.memo

    def reconsider(self, join: Token) -> None:
        """Tokens of the scope have moved: go on unless one of them can still bring what is missing."""
        if not self.awaited(join):
            self.let_pass(join, everything=self.definition.is_camunda7)

    def missing(self, join: Token) -> list[str]:
        """The flows without a token that some live token can still come by."""
        return self._names(self.awaited(join))

    def awaited(self, join: Token) -> int:
        """The empty flows, as bits, that tokens elsewhere may still come by.

        A token that can also come by a flow that has one already is not waited for (BPMN 2.0.2, 13.4.3); paths of
        sequence flows count for that, events on borders do not. Camunda 7 knows no such exception: it waits for every
        token that can come at all by flows, until as many came as there are flows.
        """
        filled = self._bits(self.satisfied(join))
        if self.definition.is_camunda7:
            enough = sum(join.memo[ARRIVED].values()) >= len(self.incoming)
            return 0 if enough else self._coming(join, 0)
        return self._coming(join, filled) & ~filled

    def satisfied(self, join: Token) -> list[str]:
        """The flows that nothing more is wanted from."""
        return list(join.memo[ARRIVED])

    def _coming(self, join: Token, filled: int) -> int:
        coming, tasks = 0, join.workflow.tasks
        for key in join.scope._children:
            if key != join.id and not self._is_left_out(tasks[key]):
                element = tasks[key].task_spec.id
                if not self.by_flows.of(element) & filled:
                    coming |= self.reach.of(element)
        return coming

    def _is_left_out(self, token: Token) -> bool:
        """Camunda 7 has no token for an event on a border that has not happened."""
        return self.definition.is_camunda7 and token.task_spec.waits_beside(token)

    def _bits(self, flows: list[str]) -> int:
        present = set(flows)
        return sum(1 << index for index, flow in enumerate(self.incoming) if flow in present)

    def _names(self, bits: int) -> list[str]:
        return [flow for index, flow in enumerate(self.incoming) if bits >> index & 1]


class WaitingJoins:
    """Joins of one process that wait for what can still come, by scope; looked at when their scope was touched."""

    def __init__(self) -> None:
        self._by_scope: dict[int, dict[int, Token]] = {}
        self._touched: dict[int, None] = {}

    def __bool__(self) -> bool:
        return bool(self._by_scope)

    def watch(self, join: Token) -> None:
        """Look at this token as soon as everything else waits."""
        scope = join.scope.id
        self._by_scope.setdefault(scope, {})[join.id] = join
        self._touched[scope] = None

    def keep(self, join: Token) -> None:
        """It was looked at in an earlier step: look again only when its scope is touched."""
        self._by_scope.setdefault(join.scope.id, {})[join.id] = join

    def forget(self, join: Token) -> None:
        """It does not wait any more."""
        scope = join.scope.id
        waiting = self._by_scope.get(scope, {})
        waiting.pop(join.id, None)
        if not waiting:
            self._by_scope.pop(scope, None)

    def touch(self, scope: int) -> None:
        """A token of this scope is gone, or stands elsewhere."""
        if scope in self._by_scope:
            self._touched[scope] = None

    def look(self) -> None:
        """Let pass what nothing can come to any more, in the order in which they began to wait."""
        touched, self._touched = self._touched, {}
        for scope in touched:
            for join in list(self._by_scope.get(scope, {}).values()):
                element = join.task_spec
                assert isinstance(element, Awaiting)
                element.reconsider(join)
