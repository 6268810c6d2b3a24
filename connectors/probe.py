"""`baton:probe:1`: the look of an outcome probe that is an expression alone.

There is nothing to be asked outside: the engine evaluates the expression over the task's variables of that moment, when
this job is done (`engine.probes`).
"""

from __future__ import annotations

from connectors.base import Request, Result


def look(request: Request) -> Result:
    """Done at once, without a result."""
    return Result()
