"""Runs a folder of diagrams and says, per flavour, what was refused, what ran to an end and what failed.

    python -m tests.conformance.bpmn_corpus [FOLDER] [--json FILE] [--only PART]...

The table goes to standard output, everything else into the JSON file.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from engine.store import open_store
from tests.conformance.bpmn_corpus_drive import ENDED, FAILED, NOTHING, REFUSED, Outcome, drive
from tests.conformance.bpmn_corpus_files import FLAVOURS, Corpus, Piece, read_piece
from tests.conformance.bpmn_corpus_world import world

ROOT = Path(__file__).resolve().parents[2]
BESIDE = ROOT.parent / "shared" / "corpus"
PROCESSES = 2
LIMIT_SECONDS = 40  # of processor time for one file, whatever it does

_template: Path
Given = tuple[str, str, Mapping[str, str]]  # a file's path, its name in reports, its line of the manifest


def run(folder: Path, only: Sequence[str] = (), processes: int = PROCESSES) -> list[Outcome]:
    """The outcome of every diagram below a folder; `only` keeps those whose path holds one of the parts."""
    corpus = Corpus(folder)
    wanted = [one for one in corpus.diagrams() if not only or any(part in one.file for part in only)]
    work = [[_given(one) for one in (diagram, *corpus.companions(diagram))] for diagram in wanted]
    with tempfile.TemporaryDirectory() as scratch:
        template = Path(scratch) / "template.db"
        store = open_store(f"sqlite:///{template}")
        store.upgrade()
        store.close()
        with ProcessPoolExecutor(processes, get_context("spawn"), _prepare, (template,)) as pool:
            return list(pool.map(_one, work, chunksize=4))


def _given(piece: Piece) -> Given:
    return str(piece.path), piece.file, piece.told


def _prepare(template: Path) -> None:
    global _template  # noqa: PLW0603 - what each process of the pool holds
    _template = template


class _OutOfTime(BaseException):
    """So that nothing on the way takes it for an error of its own."""


def _alarm(*_: object) -> None:
    raise _OutOfTime


def _one(given: Sequence[Given]) -> Outcome:
    piece, *companions = [read_piece(Path(path), file, told) for path, file, told in given]
    name = piece.file
    signal.signal(signal.SIGVTALRM, _alarm)
    signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT_SECONDS)
    with tempfile.TemporaryDirectory(dir=_template.parent) as place:
        database = shutil.copy(_template, Path(place) / "baton.db")
        try:
            with world(f"sqlite:///{database}") as around:
                return drive(piece, companions, around)
        except _OutOfTime:
            return _broken(name, piece.flavour, f"not done within {LIMIT_SECONDS} s of processor time")
        except Exception as error:  # whatever the engine lets through is a finding
            where = _where(error)
            return _broken(name, piece.flavour, f"{type(error).__name__} at {where}: {error}")
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _broken(name: str, flavour: str, reason: str) -> Outcome:
    outcome = Outcome(name, flavour, FAILED)
    outcome.note("", reason)
    return outcome


def _where(error: BaseException) -> str:
    trace = error.__traceback__
    found = "?"
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if ROOT in file.parents and ".venv" not in file.parts:
            found = f"{file.relative_to(ROOT)}:{trace.tb_lineno}"
        trace = trace.tb_next
    return found


def table(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """The lines of the report."""
    listed = list(outcomes)
    yield f"{'flavour':<11}{'diagrams':>9}{'not exec.':>10}{'refused':>9}{'ended':>7}{'failed':>8}{'elements':>18}"
    for flavour in (*FLAVOURS, "all"):
        of = [one for one in listed if flavour in (one.flavour, "all")]
        states = Counter(one.state for one in of)
        entered, elements = sum(one.entered for one in of), sum(one.elements for one in of)
        share = f"{entered}/{elements} {100 * entered / elements:.1f}%" if elements else "-"
        numbers = f"{len(of):>9}{states[NOTHING]:>10}{states[REFUSED]:>9}{states[ENDED]:>7}{states[FAILED]:>8}"
        yield f"{flavour:<11}{numbers}{share:>18}"
    yield from _by_reason("Refused rightly", (one for one in listed if one.state == REFUSED))
    yield from _by_reason("Stopped as drawn", (one for one in listed if one.state == ENDED))
    yield ""
    yield "Failed"
    for one in listed:
        for reason in one.reasons if one.state == FAILED else ():
            if "why" not in reason:
                yield f"  {one.file}  {reason['element']}: {reason['reason'][:200]}"


def _by_reason(title: str, outcomes: Iterable[Outcome]) -> Iterator[str]:
    counted: dict[str, set[str]] = defaultdict(set)
    for one in outcomes:
        for reason in one.reasons:
            counted[reason.get("why", "?")].add(one.file)
    if counted:
        yield ""
        yield title
    for why, files in sorted(counted.items(), key=lambda pair: -len(pair[1])):
        yield f"  {len(files):>4}  {why}"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=BESIDE)
    parser.add_argument("--json", type=Path, default=ROOT / "build" / "conformance.json")
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--processes", type=int, default=PROCESSES)
    parser.add_argument("--most-failed", type=int, default=0, help="how many may fail before the exit code says so")
    given = parser.parse_args(arguments)
    if not given.folder.is_dir():
        print(
            f"There is no folder {given.folder}. Name one with diagrams: make conformance CORPUS=DIR.", file=sys.stderr
        )
        return 2
    outcomes = run(given.folder.resolve(), given.only, given.processes)
    given.json.parent.mkdir(parents=True, exist_ok=True)
    given.json.write_text(json.dumps(_report(outcomes), indent=1))
    print("\n".join(table(outcomes)))
    return 1 if sum(one.state == FAILED for one in outcomes) > given.most_failed else 0


def _report(outcomes: Iterable[Outcome]) -> dict[str, Any]:
    return {"diagrams": [asdict(one) for one in outcomes]}


if __name__ == "__main__":
    sys.exit(main())
