"""Finding out who asks: basic credentials and API tokens against the accounts in the database, or nobody at all.

Passwords are kept as argon2id hashes and tokens as SHA-256 digests. Account rows are read at each request, so that a
changed password, a lost role or a revoked token counts at once; only the slow argon2 verification is remembered.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import Request

from api.problems import Problem
from engine.actors import Actor, ActorKind, Role
from engine.engine import Engine

REALM = "Baton"
TOKEN_PREFIX = "baton_"  # makes a leaked token easy to find
MIN_PASSWORD, MAX_PASSWORD = 10, 1024
REMEMBER_SECONDS = 60.0

#: Who asks when `auth` is none: whoever sits at this machine.
LOCAL_ADMIN = Actor("local", ActorKind.HUMAN, roles=frozenset({Role.ADMIN}))

_HASHER = PasswordHasher()
# argon2 takes 64 MB each; a crowd of log-ins waits in line rather than exhaust the memory.
_AT_ONCE = threading.BoundedSemaphore(2)
# Verified for names that do not exist, so that the time taken does not tell which names do.
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$" + "c29tZXNhbHRzb21lc2FsdA$" + "A" * 43


def hash_password(password: str) -> str:
    """The argon2id hash to store. Raises `Problem` 422 for a password that is too short or too long."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise Problem(
            422,
            "invalid-input",
            f"A password has {MIN_PASSWORD} to {MAX_PASSWORD} characters; this one has {len(password)}.",
            fields={"password": f"must have {MIN_PASSWORD} to {MAX_PASSWORD} characters"},
        )
    with _AT_ONCE:
        return _HASHER.hash(password)


def new_token() -> str:
    """A fresh API token, to be shown once."""
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def token_digest(token: str) -> str:
    """What is stored of a token. It has 256 random bits, so a fast digest is enough."""
    return hashlib.sha256(token.encode("utf-8")).hexdigest()


@dataclass
class Brake:
    """Slows guessing down: after some failures for a name from an address, the next tries are refused for a while.

    Counted per process and per (name, address), so that nobody can lock somebody else out from afar. `clock` is
    monotonic seconds.
    """

    clock: Callable[[], float] = time.monotonic
    free_failures: int = 5
    longest_seconds: float = 60.0
    memory: int = 10_000
    _failures: OrderedDict[tuple[str, str], tuple[int, float]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def check(self, who: tuple[str, str]) -> None:
        """Raises `Problem` 429 with Retry-After while `who` must wait."""
        with self._lock:
            failures, blocked_until = self._failures.get(who, (0, 0.0))
        remaining = blocked_until - self.clock()
        if failures and remaining > 0:
            raise Problem(
                429,
                "too-many-attempts",
                f"Too many wrong passwords. Try again in {int(remaining) + 1} seconds.",
                headers={"Retry-After": str(int(remaining) + 1)},
            )

    def failed(self, who: tuple[str, str]) -> None:
        """Count a failure; from the fifth on each one doubles the wait."""
        with self._lock:
            failures = self._failures.pop(who, (0, 0.0))[0] + 1
            over = failures - self.free_failures
            wait = min(2.0 ** min(over, 10), self.longest_seconds) if over >= 0 else 0.0
            self._failures[who] = (failures, self.clock() + wait)
            if len(self._failures) > self.memory:
                self._failures.popitem(last=False)

    def passed(self, who: tuple[str, str]) -> None:
        """Forget the failures of `who`."""
        with self._lock:
            self._failures.pop(who, None)


class Memory:
    """Remembers for a minute that a password matched a hash; keeps only keyed digests of both."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, size: int = 1_000) -> None:
        self._clock = clock
        self._size = size
        self._key = secrets.token_bytes(32)
        self._until: OrderedDict[bytes, float] = OrderedDict()
        self._lock = threading.Lock()

    def matches(self, password: str, hashed: str) -> bool:
        """Whether `password` is the one behind `hashed`, by memory or by argon2."""
        digest = hmac.digest(self._key, f"{hashed}\0{password}".encode("utf-8", "surrogatepass"), "sha256")
        with self._lock:
            if self._until.get(digest, 0.0) > self._clock():
                return True
        if not _verified(password, hashed):
            return False
        with self._lock:
            self._until[digest] = self._clock() + REMEMBER_SECONDS
            if len(self._until) > self._size:
                self._until.popitem(last=False)
        return True


def _verified(password: str, hashed: str) -> bool:
    with _AT_ONCE:
        try:
            return _HASHER.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False


class Gate:
    """Turns a request into an actor by its Authorization header. One per application; thread-safe."""

    def __init__(self, engine: Engine, *, brake: Brake | None = None, memory: Memory | None = None) -> None:
        self._engine = engine
        self._brake = brake or Brake()
        self._memory = memory or Memory()

    def admit(self, request: Request) -> Actor:
        """Who asks. Raises `Problem` 401 without valid credentials, 429 after too many wrong ones."""
        given = request.authorization
        if given is None:
            raise unauthorized("Say who you are: user and password, or an API token as Bearer.")
        if given.type == "basic":
            return self._by_password(given.username or "", given.password or "", request.remote_addr or "")
        if given.type == "bearer":
            return self._by_token(given.token or "")
        raise unauthorized("Use the scheme Basic (user and password) or Bearer (API token).")

    def _by_password(self, name: str, password: str, address: str) -> Actor:
        who = (name[:255], address)
        self._brake.check(who)
        account = self._engine.queries.account(name) if len(name) <= 255 and "\0" not in name else None
        hashed = account.password_hash if account else ""
        matched = self._memory.matches(password[: MAX_PASSWORD + 1], hashed or _NOBODY)
        if account is None or not matched or not hashed or not account.is_active:
            self._brake.failed(who)
            raise unauthorized("The user or the password is wrong.")
        self._brake.passed(who)
        return Actor(account.name, ActorKind.HUMAN, account.groups, account.roles, account.tenants)

    def _by_token(self, token: str) -> Actor:
        found = self._engine.queries.token(token_digest(token))
        if found is None or not found.is_valid:
            raise unauthorized("The API token is unknown, revoked or expired.")
        return Actor(found.user, ActorKind.PROGRAM, found.groups, found.roles, found.tenants)


def unauthorized(detail: str) -> Problem:
    """The answer to somebody unknown. Browsers ask for a password when they see the header."""
    return Problem(401, "unauthorized", detail, headers={"WWW-Authenticate": f'Basic realm="{REALM}", charset="UTF-8"'})
