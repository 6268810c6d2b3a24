"""What an examination of `baton doctor` says."""

from __future__ import annotations

from dataclasses import dataclass

from api.cli.console import Json


@dataclass(frozen=True)
class Symptom:
    """The answer of one examination. `remedy` is empty when all is well; only what is needed can fail."""

    name: str
    found: str
    remedy: str = ""
    needed: bool = True

    @property
    def is_well(self) -> bool:
        return not self.remedy

    def as_json(self) -> dict[str, Json]:
        return {
            "name": self.name,
            "ok": self.is_well,
            "needed": self.needed,
            "found": self.found,
            "remedy": self.remedy,
        }

    def __str__(self) -> str:
        mark = "ok     " if self.is_well else "MISSING" if self.needed else "absent "
        return f"{mark}  {self.name}: {self.found}" + (f"\n           {self.remedy}" if self.remedy else "")
