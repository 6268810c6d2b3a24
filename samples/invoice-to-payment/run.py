"""Plays the documents of this sample through the process and compares with `expected.json`.

People, the language model and the ledger are played by what stands there and below; engine, worker, checks, decision
tables, forms, policies and audit trail are the real ones, over a database in a temporary folder.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from house import Case, House, play_all  # noqa: E402

from connectors.base import BpmnError, Request, Result  # noqa: E402

PROCESS = "invoice-to-payment"
PEOPLE = {
    "paula": ["accounting"],
    "tom": ["team-lead", "accounting"],
    "fiona": ["finance"],
    "bert": ["board", "finance"],
    "oscar": ["operations"],
}


class Ledger:
    """The ledger that books: a stand-in. `mood` is how it behaves: well, "refuses", or "lies" (says it booked)."""

    def __init__(self, mood: str = "") -> None:
        self._mood = mood
        self.booked: dict[str, Mapping[str, Any]] = {}

    def book(self, request: Request) -> Result:
        """Book an invoice; the same job books once."""
        given = request.variables
        if self._mood == "refuses":
            raise BpmnError("BOOKING_REFUSED", "The month is closed.")
        entry = {"number": given["number"], "supplier": given["supplier"], "amount": given["amount"]}
        if self._mood != "lies":
            self.booked[str(given["number"])] = entry
        return Result({**entry, "state": "booked"})

    def read(self, request: Request) -> Result:
        """What stands in the ledger for an invoice's number; null when nothing does."""
        return Result(self.booked.get(str(request.variables.get("number"))))


def house(case: Case, url: str, ledger: Ledger | None = None) -> House:
    """The house of one case."""
    ledger = ledger or Ledger(case.get("ledger", ""))
    connectors = {"ledger:book:1": ledger.book, "ledger:read:1": ledger.read}
    return House(url, HERE, people=PEOPLE, models=case["models"], connectors=connectors)


def given(case: Case) -> dict[str, Any]:
    """The variables that a case starts with: the document, and what the systems around know."""
    truth = {one["file"]: one for one in read("truth")}
    ordered = [one for one in truth.values() if one["order"]]
    return {
        "document": (HERE / "documents" / case["file"]).read_text(encoding="utf-8"),
        "orders": [{"number": one["order"], "net": float(one["ordered"])} for one in ordered],
        "receipts": [{"order": one["order"], "net": float(one["received"])} for one in ordered],
        "booked": [_entry(truth[file]) for file in case.get("booked", ())],
    }


def _entry(one: Mapping[str, Any]) -> dict[str, Any]:
    return {name: one[name] for name in ("supplier", "number", "order")} | {"total": float(one["total"])}


def read(name: str) -> Any:
    """A JSON file of this folder."""
    return json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))


def play(case: Case, url: str) -> list[str]:
    """Where a case went another way than it must. The letter's hash is its key: a second copy starts nothing."""
    made = house(case, url)
    try:
        values = given(case)
        letter = hashlib.sha256(values["document"].encode()).hexdigest()
        key = made.start(PROCESS, values, key=letter, by=case.get("by", ""))
        made.play(key, case["people"])
        wrong = made.played(key).differences(case["expect"])
        return wrong if made.start(PROCESS, values, key=letter) == key else [*wrong, "a second copy started anew"]
    finally:
        made.close()


if __name__ == "__main__":
    sys.exit(play_all(HERE, play))
