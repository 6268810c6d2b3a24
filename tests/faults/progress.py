"""A limit on standing still: what goes on, however slowly on a busy machine, is not over time."""

from __future__ import annotations

import time


class Progress:
    """Watches a figure: it must change at least once in so many seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._figure: object = None
        self._until = time.monotonic() + seconds

    def goes_on(self, figure: object) -> bool:
        """Whether it has changed lately; `figure` is how it stands now."""
        if figure != self._figure:
            self._figure = figure
            self._until = time.monotonic() + self._seconds
        return time.monotonic() < self._until
