"""The built-in guards: policies that need no table and no code of the house, only settings. See README.md.

Each is made when a policy document names it, so nothing is loaded before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from engine.policies.base import Policy

Json = Any
Make = Callable[[Mapping[str, Json]], Policy]


def _guard(module: str, name: str) -> Make:
    def make(settings: Mapping[str, Json]) -> Policy:
        guard: Policy = getattr(import_module(f"engine.policies.guards.{module}"), name)(settings)
        return guard

    return make


#: Settings -> policy, by the name that a policy document uses. Wrong settings raise InvalidInput.
GUARDS: Mapping[str, Make] = {
    "redact": _guard("redaction", "Redaction"),
    "injection": _guard("detection", "InjectionDetection"),
    "exfiltration": _guard("exfiltration", "Exfiltration"),
    "protected": _guard("protected", "Protected"),
    "wording": _guard("wording", "Wording"),
    "template": _guard("templates", "TemplateBound"),
    "payment": _guard("payments", "PaymentLimit"),
    "sanctions": _guard("sanctions", "SanctionsScreening"),
}
