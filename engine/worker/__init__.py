"""The loop that does the jobs of Baton's own connectors: claim, call, and tell the engine how it ended."""

from engine.worker.loop import Worker
from engine.worker.quoting import from_environment, from_names

__all__ = ["Worker", "from_environment", "from_names"]
