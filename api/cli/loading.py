"""Loading much code at once, when a program starts."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_NEW_OBJECTS = 10_000


@contextmanager
def loading() -> Iterator[None]:
    """A block that imports and builds what stays: to look for garbage in it takes an eighth of the time of loading."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def keep() -> None:
    """What is there now stays, for a process that goes on for long: nobody looks through it for garbage any more.

    Calls of models that are under way are many objects and no garbage, and the usual threshold of 700 new ones has them
    looked through all the time: 2 to 3 ms of a call, of a thousand at once. Verbs leave nothing to be found.
    """
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, *gc.get_threshold()[1:])
