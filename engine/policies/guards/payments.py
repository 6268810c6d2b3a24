"""The guard `payment`: no single payment beyond a limit, whatever a prompt, a document or a model says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from connectors.base import Request, ToolUse
from engine.policies.base import Allow, Ask, Deny, Facts, Verdict
from engine.policies.guards.material import at_path
from engine.policies.guards.settings import Settings, decimal_of

Json = Any


@dataclass(frozen=True, slots=True)
class PaymentBounds:
    """Of one currency: payments up to `alone` pass, up to `most` with a person's approval, larger ones never."""

    alone: Decimal
    most: Decimal


class PaymentLimit:
    """Settings: `limits` (by currency, * for payments that name none: an amount, or `ask` and `deny` with amounts;
    above the first a person is asked, above the second it is denied), `amount`, `currency`, `counterparty` (paths,
    named like these), `counterparties` (limits of some: name -> currency -> limit), `group`.

    An amount that is no number, not positive or missing is denied; so is a currency without a limit.
    """

    name, version = "payment", "1"

    def __init__(self, given: Mapping[str, Json]) -> None:
        known = ("limits", "amount", "currency", "counterparty", "counterparties", "group")
        settings = Settings(self.name, given, known)
        self._limits = _limits(settings, settings.raw("limits"))
        listed = settings.raw("counterparties") or {}
        if not isinstance(listed, Mapping):
            raise settings.wrong("counterparties", "limits by counterparty", listed)
        self._of = {_folded(name): _limits(settings, limits) for name, limits in listed.items()}
        self._paths = {one: settings.text(one, one) for one in ("amount", "currency", "counterparty")}
        self._group = settings.text("group", "")

    def tool(self, facts: Facts, use: ToolUse) -> Verdict[ToolUse]:
        """Judge a tool's arguments."""
        return self._judge(use.arguments)

    def before(self, request: Request) -> Verdict[Request]:
        """Judge a job's variables."""
        return self._judge(request.variables)

    def _judge(self, values: Mapping[str, Json]) -> Verdict[Any]:
        amount = decimal_of(at_path(values, self._paths["amount"]))
        if amount is None or amount <= 0:
            return Deny(f"'{self._paths['amount']}' holds no amount to be paid.", "no amount")
        currency = at_path(values, self._paths["currency"])
        limits = self._of.get(_folded(at_path(values, self._paths["counterparty"])), {}) or self._limits
        limit = limits.get(str(currency or "").strip().upper()) or (limits.get("*") if not currency else None)
        if limit is None:
            return Deny(f"There is no limit for the currency {currency!r:.20}, so nothing is paid in it.", "no limit")
        if amount > limit.most:
            return Deny(f"{amount:,} {currency or ''} is above the limit of {limit.most:,}.", f"above {limit.most}")
        if amount > limit.alone:
            return Ask(
                f"{amount:,} {currency or ''} is above {limit.alone:,}: a person decides.",
                self._group,
                f"above {limit.alone}",
            )
        return Allow(f"within {limit.alone}")


def _limits(settings: Settings, given: Json) -> dict[str, PaymentBounds]:
    if not isinstance(given, Mapping) or not given:
        raise settings.wrong("limits", "amounts by currency (* where a payment names none)", given)
    return {str(currency).upper(): _limit(settings, one) for currency, one in given.items()}


def _limit(settings: Settings, given: Json) -> PaymentBounds:
    parts = given if isinstance(given, Mapping) else {"deny": given}
    amounts = {name: decimal_of(value) for name, value in parts.items()}
    if not amounts or not set(amounts) <= {"ask", "deny"} or any(one is None or one < 0 for one in amounts.values()):
        raise settings.wrong("limits", "amounts, or `ask` and `deny` with amounts", given)
    most, alone = amounts.get("deny"), amounts.get("ask")
    return PaymentBounds(most if alone is None else alone, Decimal("Infinity") if most is None else most)  # type: ignore[arg-type]


def _folded(name: Json) -> str:
    return " ".join(str(name or "").casefold().split())
