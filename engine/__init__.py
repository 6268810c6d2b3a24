"""State, time and durability: `engine.runtime` moves instances, `engine.store` keeps them, `Engine` is asked.

Names are loaded when they are first used, so that `import engine.step` does not bring a database with it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.actors import SYSTEM, Actor, ActorKind, Role
    from engine.clock import Clock, FakeClock, SystemClock
    from engine.engine import Deployment, Engine, MessageResult, NamedFile
    from engine.store import Store, open_store

__all__ = [
    "SYSTEM",
    "Actor",
    "ActorKind",
    "Clock",
    "Deployment",
    "Engine",
    "FakeClock",
    "MessageResult",
    "NamedFile",
    "Role",
    "Store",
    "SystemClock",
    "open_store",
]

_HOMES = {
    "engine.actors": ("SYSTEM", "Actor", "ActorKind", "Role"),
    "engine.clock": ("Clock", "FakeClock", "SystemClock"),
    "engine.engine": ("Deployment", "Engine", "MessageResult", "NamedFile"),
    "engine.store": ("Store", "open_store"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'engine' has no attribute '{name}'")
    return getattr(import_module(_HOME_OF[name]), name)
