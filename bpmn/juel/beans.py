"""Beans: objects that an application offers to the JUEL expressions of its diagrams by name.

A package names a function under the entry-point group `baton.beans`; it is called with `offer` when Baton starts:

    def beans(offer):
        offer("pricing", {"discount": lambda customer: 0.1}, properties={"currency": lambda: "EUR"})

A diagram then says `${pricing.discount(customer)}` or `${pricing.currency}`. Variables of the same name come first.
JavaScript reads the properties, `pricing.currency` or `pricing.getCurrency()`, as they are when the script begins; its
calls of methods are made when it has ended, so their values are not seen. Plain scripts (Groovy, Python) know no beans.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import Any

from bpmn.errors import EvaluationError

GROUP = "baton.beans"
NOTHING: Mapping[str, Callable[..., Any]] = MappingProxyType({})


class Bean:
    """A host object made of plain functions. Nothing but them can be reached; what they raise becomes an error."""

    def __init__(
        self,
        name: str,
        methods: Mapping[str, Callable[..., Any]],
        properties: Mapping[str, Callable[[], Any]] = NOTHING,
    ) -> None:
        self.name = name
        self._methods = dict(methods)
        self._properties = dict(properties)

    def get(self, name: str) -> Any:
        """A property. Raises `EvaluationError` for one that is not offered."""
        known = self._properties.get(name)
        if known is None:
            raise self._unknown("property", name, self._properties)
        return self._guarded(name, known, ())

    def call(self, method: str, args: Sequence[Any]) -> Any:
        """The value of a method. Raises `EvaluationError` for one that is not offered."""
        known = self._methods.get(method)
        if known is not None:
            return self._guarded(method, known, args)
        name = method[3:4].lower() + method[4:]
        if method.startswith("get") and not args and name in self._properties:
            return self.get(name)
        raise self._unknown("method", method, self._methods)

    def snapshot(self) -> dict[str, Any]:
        """All properties, for a script: it reads them as data, and its calls are made when it has ended."""
        return {name: self.get(name) for name in self._properties}

    def _guarded(self, name: str, function: Callable[..., Any], args: Sequence[Any]) -> Any:
        try:
            return function(*args)
        except EvaluationError:
            raise
        except Exception as error:
            raise EvaluationError(f"'{self.name}.{name}' failed: {type(error).__name__}: {str(error)[:200]}") from error

    def _unknown(self, kind: str, name: str, known: Mapping[str, Any]) -> EvaluationError:
        has = f"It has: {', '.join(sorted(known))}." if known else "It has none."
        return EvaluationError(f"The bean '{self.name}' has no {kind} '{name}'. {has}")


_OFFERED: dict[str, Bean] = {}


def offer(
    name: str, methods: Mapping[str, Callable[..., Any]], properties: Mapping[str, Callable[[], Any]] = NOTHING
) -> Bean:
    """Offer a bean to every expression of this program; one of the same name is replaced."""
    bean = Bean(name, methods, properties)
    _OFFERED[name] = bean
    return bean


def withdraw(name: str) -> None:
    """Offer a bean no longer."""
    _OFFERED.pop(name, None)


def offered(name: str) -> Bean | None:
    """The bean of this name, or None."""
    return _OFFERED.get(name)


def load_installed() -> None:
    """Let every installed package of the group `baton.beans` offer its beans."""
    for point in entry_points(group=GROUP):
        point.load()(offer)
