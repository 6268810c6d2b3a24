"""Commands under an idempotency key: done once, however often they are asked for, and answered the same each time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

import msgspec

from engine.actors import Actor
from engine.engine.base import Verbs
from engine.errors import KeyReused, StepFailed
from engine.store import UnitOfWork, answers
from engine.variables import checked_text

Json = Any

# How long an answer is kept; after that the same key is a new command.
REMEMBERED = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command answered. `is_repeated`: it was done before, and nothing was done now."""

    value: Json
    is_repeated: bool


class OnceVerbs(Verbs):
    """The frame around verbs that makes repeating them safe."""

    def once(self, key: str, request: Json, work: Callable[[], Json], *, by: Actor) -> Answer:
        """Run `work` (verbs and questions of this engine) unless this actor did so under this key before.

        `work` is one transaction, and its answer (JSON) is stored in it; what raises is undone and leaves the key free.
        `request` is what is asked for, as JSON: the same key for another request raises `KeyReused`.
        """
        checked_text(key, "Idempotency-Key", is_required=True)
        fingerprint = sha256(msgspec.json.encode(request, order="deterministic")).hexdigest()

        def act(tx: UnitOfWork) -> Answer:
            kept = answers.claim(tx, by.id, key, fingerprint, self.clock.now())
            if kept is None:
                value = work()
                answers.keep(tx, by.id, key, value)
                return Answer(value, False)
            if kept.fingerprint != fingerprint:
                raise KeyReused(f"The idempotency key '{key}' belongs to another request. Take a new one.")
            return Answer(kept.answer, True)

        try:
            with self._spreading_last():
                return self.store.together(act)
        except StepFailed as failed:
            self._tell_taken_back(by, failed)  # what the verb left of it was taken back with the rest
            raise
