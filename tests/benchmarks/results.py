"""What a run found: lines by section, with targets and whether they were met; printed, and as Markdown."""

from __future__ import annotations

import os
import platform
import sqlite3
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

HEAD = """# Results

Written by `make bench`. Every figure is the median of its repeats, with the least and the most; ratios are of figures
of the same run. CPU is what the measured process itself used; a database server's share is not in it.
"""
TOTAL = "## Altogether\n\n"


@dataclass(frozen=True)
class Line:
    """One figure. `is_met` is None where there is no target."""

    what: str
    figure: str
    beside: str = ""
    target: str = ""
    is_met: bool | None = None

    @property
    def verdict(self) -> str:
        return {True: "met", False: "missed", None: ""}[self.is_met]


@dataclass
class Results:
    """The lines of a run, in the order in which they came."""

    sections: dict[str, list[Line]] = field(default_factory=dict)
    load: list[float] = field(default_factory=lambda: [os.getloadavg()[0]])

    def add(
        self, section: str, what: str, figure: str, *, beside: str = "", target: str = "", is_met: bool | None = None
    ) -> None:
        """Keep a line and print it."""
        line = Line(what, figure, beside, target, is_met)
        if section not in self.sections:
            print(f"\n{section}")
        self.sections.setdefault(section, []).append(line)
        judged = f"   {target}: {line.verdict}" if target else ""
        print(f"  {what:<58} {figure}   {beside}{judged}", flush=True)

    def markdown(self, before: str = "") -> str:
        """The run as a page. Sections of the page `before` that this run did not measure stay as they are."""
        self.load.append(os.getloadavg()[0])
        parts = _sections(before) | {section: self._table(lines) for section, lines in self.sections.items()}
        page = HEAD + "".join(f"\n## {section}\n{text}" for section, text in parts.items())
        met, missed = page.count("| met |\n"), page.count("| missed |\n")
        return f"{page}\n{TOTAL}{met} of {met + missed} targets met.\n"

    def _table(self, lines: Sequence[Line]) -> str:
        head = f"\n{machine(self.load)}\n| what | figure | beside | target | |\n|---|---|---|---|---|\n"
        return head + "".join(
            f"| {one.what} | {one.figure} | {one.beside} | {one.target} | {one.verdict} |\n" for one in lines
        )


def machine(load: Sequence[float]) -> str:
    """What kind of machine this is, and how busy it was with other things."""
    return (
        f"{datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} cores ({_processor()}), {_memory_gib():.0f} GiB, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}. Load when it began {load[0]:.1f}, when "
        f"it ended {load[-1]:.1f}: what is above the number of cores is neighbours, and makes times longer.\n"
    )


def _sections(page: str) -> dict[str, str]:
    """The sections of a page by their titles, but for the last, which counts."""
    found = {}
    for part in page.partition(TOTAL)[0].split("\n## ")[1:]:
        title, _, text = part.partition("\n")
        found[title] = text.rstrip("\n") + "\n"
    return found


def spread(values: Sequence[float], unit: str = "ms", digits: int = 2) -> str:
    """Median (least to most) with its unit."""
    middle, least, most = statistics.median(values), min(values), max(values)
    return f"{middle:,.{digits}f} {unit} ({least:,.{digits}f} to {most:,.{digits}f})"


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which so many percent lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share / 100))]


def latency(values: Sequence[float]) -> str:
    """p50, p95 and p99 of milliseconds."""
    return " / ".join(f"{percentile(values, share):.2f}" for share in (50, 95, 99)) + " ms"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    names = [line for line in info.read_text().splitlines() if line.startswith("model name")] if info.exists() else []
    return names[0].partition(":")[2].strip() if names else platform.machine()


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
