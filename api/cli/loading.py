"""Loading much code at once, when a program starts."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """A block that imports and builds what stays: to look for garbage in it takes an eighth of the time of loading."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def keep() -> None:
    """What is there now stays: looking through all of it for garbage would hold everybody up at once."""
    gc.freeze()
