"""The verb of ad-hoc sub-processes: somebody says what is to begin inside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import commands, events
from engine.actors import Actor
from engine.engine.base import Verbs
from engine.errors import InvalidInput, NotFound
from engine.moves import Moves
from engine.store import elements
from engine.store.elements import ElementInstance
from engine.store.instances import InstanceRow
from engine.variables import checked

Json = Any
MOST_ELEMENTS = 100


class ChoiceVerbs(Verbs):
    """What operators, and clients of Camunda 8, choose."""

    def activate_ad_hoc(
        self,
        element_key: int,
        chosen: Mapping[str, Mapping[str, Json] | None],
        *,
        by: Actor,
        instance_key: int = 0,
        cancels_remaining: bool = False,
        is_enough: bool = False,
    ) -> None:
        """Begin elements inside an ad-hoc sub-process, `chosen` by id, each with variables for it alone.

        `cancels_remaining` ends what runs inside before; `is_enough` says that its work is done, so that it ends with
        what still runs. Raises `NotFound` (also when it is not of `instance_key`), `InvalidInput` for elements that
        cannot begin, `IllegalMove` when nothing can be chosen there now.
        """
        if len(chosen) > MOST_ELEMENTS:
            raise InvalidInput(f"At most {MOST_ELEMENTS} elements begin at once.", {"elements": "too many"})
        given = tuple((name, checked(variables)) for name, variables in chosen.items())

        def act(moves: Moves) -> None:
            found = elements.find(moves.tx, element_key)
            if found is None or instance_key not in (0, found.instance_key):
                raise NotFound(f"There is no element instance {element_key}.")
            row = self._of_element(moves, found)
            moves.tell(
                row,
                events.INSIDE_CHOSEN,
                element=(found.element_id, element_key),
                elements=dict(given),
                cancels_remaining=cancels_remaining,
                is_enough=is_enough,
            )
            choice = commands.ChooseInside(element_key, given, cancels_remaining, is_enough)
            moves.resume(row, choice)

        self._asked("activate_ad_hoc", by, act)

    def _of_element(self, moves: Moves, element: ElementInstance) -> InstanceRow:
        try:
            return moves.lock(element.instance_key)
        except NotFound:  # another tenant's: then the element is not there either
            raise NotFound(f"There is no element instance {element.key}.") from None
