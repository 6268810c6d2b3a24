"""What `baton doctor` looks at in a running system: clocks, room on the disk, what is late, silent models."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from api.cli.symptoms import Symptom
from api.cli.wired import load_settings

if TYPE_CHECKING:
    from engine.engine import Engine
    from engine.store.figures import Figures
    from engine.store.outbox import Backlog

#: Leases are told by the clocks of nodes: apart by more than this, workers take each other's jobs too early.
MOST_SKEW = timedelta(seconds=5)
#: Work that waits for longer than this has nobody who does it.
LATE = timedelta(minutes=1)
LEAST_FREE = 1_000_000_000  # bytes
PATIENCE_SECONDS = 3.0


def _clock(name: str) -> Symptom:
    with _looked_into() as engine:
        now = engine.store.now()
        skew = datetime.now(UTC) - now
        nodes = [node for node in engine.queries.figures().nodes if node.is_alive(now)]
    found = f"{abs(skew.total_seconds()):.1f} s apart from the database's"
    apart = [node for node in nodes if abs(node.skew_seconds) > MOST_SKEW.total_seconds()]
    found += "".join(f"; {node.name}'s {abs(node.skew_seconds):.1f} s" for node in apart)
    wrong = abs(skew) > MOST_SKEW or apart
    return Symptom(name, found, "Leases and timers go by them: let NTP keep the clocks." if wrong else "")


def _nodes(name: str) -> Symptom:
    found, now = _figures()
    alive = [node for node in found.nodes if node.is_alive(now)]
    roles = Counter(role for node in alive for role in node.roles.split())
    text = ", ".join(f"{count} {role}" for role, count in sorted(roles.items())) or "nobody runs on this database"
    silent = [f"{node.name} ({_ago(now - node.seen_at)})" for node in found.nodes if not node.is_alive(now)]
    if not silent:
        return Symptom(name, text)
    text += f"; gone without a word: {', '.join(silent)}"
    return Symptom(name, text, "Should they run? Look at their logs; they are forgotten after a day.", needed=False)


def _leases(name: str) -> Symptom:
    found, now = _figures()
    if not found.lapsed or found.oldest_lapsed is None:
        return Symptom(name, "every job at work has a worker that gives signs of life")
    text = f"{found.lapsed} ran out and nobody took the jobs over, the oldest {_ago(now - found.oldest_lapsed)}"
    late = now - found.oldest_lapsed > LATE
    return Symptom(name, text, "Their workers are lost: run `baton worker`, or yours, for these types.", needed=late)


def _webhooks(name: str) -> Symptom:
    found, now = _figures()
    ill = [told for one in found.deliveries if (told := _trouble(one, now))]
    if not ill:
        return Symptom(name, f"{len(found.deliveries)} subscriptions, none behind")
    return Symptom(name, "; ".join(ill), "`baton notify log` says why, `baton notify retry` tries dead ones again.")


def _secrets(name: str) -> Symptom:
    from api.wiring import build_vault
    from engine.vault import CannotOpen, is_sealed

    vault = build_vault(load_settings())
    with _looked_into() as engine:
        kept = [one.secret for one in engine.queries.subscriptions() if one.secret]
    locked = 0
    for secret in kept:
        try:
            vault.opened(secret)
        except CannotOpen:
            locked += 1
    if locked:
        return Symptom(name, f"{locked} of webhooks cannot be decrypted", "Put their key into BATON_ENCRYPTION_KEYS.")
    plain = sum(not is_sealed(secret) for secret in kept)
    if not plain:
        return Symptom(name, f"{len(kept)} of webhooks, none in plain text")
    remedy = "The next sweep of a scheduler encrypts them."
    if not vault.has_key:
        remedy = "Set BATON_ENCRYPTION_KEYS to what `baton notify key` makes; a scheduler encrypts them then."
    return Symptom(name, f"{plain} of webhooks in plain text in the database", remedy, needed=False)


def _trouble(one: Backlog, now: datetime) -> str:
    """What is wrong with a subscription; nothing for one that hears of everything in time."""
    told = [f"{one.dead} dead"] if one.dead else []
    told += [f"{one.failing} failing"] if one.failing else []
    if one.oldest is not None and now - one.oldest > LATE:
        told.append(f"{one.unread + one.waiting} behind, the oldest from {_ago(now - one.oldest)}")
    if not told:
        return ""
    paused = "" if one.active else ", paused"
    why = f" ({one.error[:100]})" if one.error else ""
    return f"{one.target} (subscription {one.key}{paused}): {', '.join(told)}{why}"


def _upgrade(name: str) -> Symptom:
    found, _ = _figures()
    if not found.unsorted:
        return Symptom(name, "nothing left over from earlier versions")
    text = "variables of an earlier version are not found by search yet"
    return Symptom(name, text, "A scheduler completes them, a thousand every five minutes.", needed=False)


def _ago(time: timedelta) -> str:
    seconds = int(time.total_seconds())
    return f"{seconds} s ago" if seconds < 120 else f"{seconds // 60} min ago"


def _disk(name: str) -> Symptom:
    from engine.store.backup import sqlite_file

    file = sqlite_file(load_settings().database_url)
    if file is None:
        return Symptom(name, "the database's own, on its server")
    free = shutil.disk_usage(Path(file).absolute().parent).free
    found = f"{free / 1e9:.1f} GB free where {file} is"
    return Symptom(name, found, "Make room: without it nothing is stored." if free < LEAST_FREE else "")


def _jobs(name: str) -> Symptom:
    found, now = _figures()
    waiting = [type_ for type_, since in sorted(found.oldest_due.items()) if now - since > LATE]
    if not waiting:
        return Symptom(name, "every job that waits was free to be taken within the last minute")
    from engine.limits import LimitKind

    with _looked_into() as engine:
        on_limits = {one.name: one.words for one in engine.queries.limits() if one.kind == LimitKind.JOB_TYPE}
    unserved = [type_ for type_ in waiting if type_ not in on_limits]
    slowed = [f"{type_} ({on_limits[type_]})" for type_ in waiting if type_ in on_limits]
    found_out = [f"nobody takes jobs of {', '.join(unserved)}"] if unserved else []
    found_out += [f"jobs wait whose type has a limit: {', '.join(slowed)}"] if slowed else []
    remedies = ["Run `baton worker`, or a worker of your own for these types."] if unserved else []
    remedies += ["`baton limit set` changes a limit."] if slowed else []
    return Symptom(name, "; ".join(found_out), " ".join(remedies), needed=bool(unserved))


def _timers(name: str) -> Symptom:
    found, now = _figures()
    if found.oldest_timer is None or now - found.oldest_timer <= LATE:
        if not found.timers or any("scheduler" in node.roles.split() for node in found.nodes if node.is_alive(now)):
            return Symptom(name, f"{found.timers} set, none late")
        remedy = "Run `baton worker` or `baton scheduler`: nobody is there to fire them."
        return Symptom(name, f"{found.timers} set, and no scheduler runs", remedy, needed=False)
    late = int((now - found.oldest_timer).total_seconds())
    return Symptom(name, f"one is {late} s late", "Run `baton worker` or `baton scheduler`: it fires them.")


def _incidents(name: str) -> Symptom:
    found, _ = _figures()
    count = sum(found.incidents.values())
    if not count:
        return Symptom(name, "none open")
    kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(found.incidents.items()))
    return Symptom(name, f"{count} open: {kinds}", "`baton incident list` says what to do.", needed=False)


def _models(name: str) -> Symptom:
    import httpx

    addresses = {alias: row.api_base for alias, row in load_settings().models.items() if row.api_base}
    silent = []
    for alias, address in addresses.items():
        try:
            httpx.get(address, timeout=PATIENCE_SECONDS)  # any answer will do
        except httpx.HTTPError as problem:
            silent.append(f"{alias} ({type(problem).__name__})")
    if silent:
        return Symptom(name, f"no answer from {', '.join(silent)}", "Is `api_base` right, and the endpoint up?")
    return Symptom(name, f"{len(addresses)} endpoints of the settings answer")


@contextmanager
def _looked_into() -> Iterator[Engine]:
    """The engine over the folder's database, which is looked at and not made."""
    from engine.clock import SystemClock
    from engine.engine import Engine
    from engine.store import open_store

    store = open_store(load_settings().database_url)
    try:
        yield Engine(store, SystemClock())
    finally:
        store.close()


def _figures() -> tuple[Figures, datetime]:
    with _looked_into() as engine:
        return engine.queries.figures(), engine.clock.now()


VITALS: dict[str, Callable[[str], Symptom]] = {
    "clock": _clock,
    "nodes": _nodes,
    "disk": _disk,
    "jobs": _jobs,
    "leases": _leases,
    "timers": _timers,
    "notifications": _webhooks,
    "secrets": _secrets,
    "upgrade": _upgrade,
    "incidents": _incidents,
    "endpoints of models": _models,
}
