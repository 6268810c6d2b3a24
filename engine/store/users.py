"""Users, groups, roles and API tokens. Passwords and tokens come hashed; nothing here can be used to log in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, literal_column, select, union_all, update
from sqlalchemy.dialects import postgresql, sqlite

from engine.actors import Role
from engine.store import tables, tenants
from engine.store.prepared import Prepared
from engine.store.tables import api_tokens, groups, memberships, user_roles, users
from engine.store.unit_of_work import UnitOfWork
from engine.tenants import Sight


@dataclass(frozen=True, slots=True)
class Account:
    """A user with groups and roles. `password_hash` is empty for one who cannot log in by password."""

    id: str
    display_name: str
    email: str
    password_hash: str
    is_active: bool
    created_at: datetime
    groups: frozenset[str]
    roles: frozenset[Role]
    tenants: Sight = None  # filled for one, not in lists

    @property
    def name(self) -> str:
        """The user name; the same as `id`."""
        return self.id


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token of a user. Its roles and tenants are those granted to it that the user still has."""

    key: int
    user: str
    name: str
    groups: frozenset[str]
    roles: frozenset[Role]
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None
    is_valid: bool
    tenants: Sight = None


@dataclass(frozen=True, slots=True)
class NewToken:
    """What a token is made of. `token_hash` is the SHA-256 of the token, as the caller writes it."""

    user: str
    name: str
    token_hash: str
    roles: frozenset[Role]
    created_by: str
    expires_at: datetime | None
    tenants: Sequence[str] | None = None  # None: all of its user's


_USERS = select(users).order_by(users.c.id)
_OF_USER = [users.c[name] for name in ("id", "name", "email", "password_hash", "active", "created_at")]
_USER = Prepared(select(*_OF_USER).where(users.c.id == bindparam("id")))
# These two are asked at each request: who asks, and in one question all that they have.
_THEIRS = Prepared(
    union_all(
        select(literal_column("'group'"), memberships.c.group_id).where(memberships.c.user_id == bindparam("id")),
        select(literal_column("'role'"), user_roles.c.role).where(user_roles.c.user_id == bindparam("id")),
        select(literal_column("'tenant'"), tables.tenants.c.id),
        tenants.of_user(bindparam("id")).with_only_columns(literal_column("'own'"), tables.tenant_members.c.tenant_id),
    )
)
_GROUPS_OF = select(memberships.c.user_id, memberships.c.group_id).where(
    memberships.c.user_id.in_(bindparam("ids", expanding=True))
)
_ROLES_OF = select(user_roles.c.user_id, user_roles.c.role).where(
    user_roles.c.user_id.in_(bindparam("ids", expanding=True))
)
_OF_TOKEN = [
    api_tokens.c[name]
    for name in (
        "key",
        "user_id",
        "name",
        "created_at",
        "created_by",
        "expires_at",
        "revoked_at",
        "roles",
        "tenants",
    )
]
_WITH_USER = select(*_OF_TOKEN, *_OF_USER).join(users, users.c.id == api_tokens.c.user_id)
_TOKEN = Prepared(_WITH_USER.where(api_tokens.c.token_hash == bindparam("token_hash")))
_TOKENS = _WITH_USER.order_by(api_tokens.c.key)
_TOKENS_OF = _TOKENS.where(api_tokens.c.user_id == bindparam("user"))
_TOKEN_BY_KEY = _WITH_USER.where(api_tokens.c.key == bindparam("key"))
_REVOKE = update(api_tokens).where(api_tokens.c.key == bindparam("of_key")).values(revoked_at=bindparam("now"))
_DROP_GROUPS = delete(memberships).where(memberships.c.user_id == bindparam("of_user"))
_DROP_ROLES = delete(user_roles).where(user_roles.c.user_id == bindparam("of_user"))


def find(tx: UnitOfWork, id: str) -> Account | None:
    """One user."""
    row = tx.execute(_USER, {"id": id}).first()
    return None if row is None else _with_theirs(tx, row)


def _with_theirs(tx: UnitOfWork, row: Sequence[Any]) -> Account:
    id, display_name, email, password_hash, is_active, created_at = row
    theirs: dict[str, set[str]] = {"group": set(), "role": set(), "tenant": set(), "own": set()}
    for what, name in tx.execute(_THEIRS, {"id": id}):
        theirs[what].add(name)
    roles = frozenset(Role(role) for role in theirs["role"])
    # An administrator decides who sees what, and so sees all.
    sight = None if Role.ADMIN in roles else tenants.sight(theirs["tenant"], theirs["own"])
    groups = frozenset(theirs["group"])
    return Account(id, display_name, email, password_hash or "", is_active, created_at, groups, roles, sight)


def every(tx: UnitOfWork) -> list[Account]:
    """All users by name."""
    return _accounts(tx, tx.execute(_USERS).all())


def _accounts(tx: UnitOfWork, rows: Sequence[Any]) -> list[Account]:
    ids = [row.id for row in rows]
    member_of: dict[str, set[str]] = {}
    holds: dict[str, set[Role]] = {}
    if ids:
        for user, group in tx.execute(_GROUPS_OF, {"ids": ids}):
            member_of.setdefault(user, set()).add(group)
        for user, role in tx.execute(_ROLES_OF, {"ids": ids}):
            holds.setdefault(user, set()).add(Role(role))
    return [
        Account(
            id=row.id,
            display_name=row.name,
            email=row.email,
            password_hash=row.password_hash or "",
            is_active=row.active,
            created_at=row.created_at,
            groups=frozenset(member_of.get(row.id, ())),
            roles=frozenset(holds.get(row.id, ())),
        )
        for row in rows
    ]


def save(tx: UnitOfWork, account: Account, by: str) -> None:
    """Add a user, or replace everything about one."""
    new: Any = (sqlite.insert if tx.is_sqlite else postgresql.insert)(users)
    changed = {name: new.excluded[name] for name in ("name", "email", "password_hash", "active")}
    tx.execute(
        new.on_conflict_do_update(index_elements=["id"], set_=changed),
        {
            "id": account.id,
            "name": account.display_name,
            "email": account.email,
            "password_hash": account.password_hash or None,
            "active": account.is_active,
            "created_at": account.created_at,
            "created_by": by,
        },
    )
    tx.execute(_DROP_GROUPS, {"of_user": account.id})
    tx.execute(_DROP_ROLES, {"of_user": account.id})
    if account.groups:
        add_groups(tx, account.groups)
        tx.execute(
            insert(memberships), [{"user_id": account.id, "group_id": group} for group in sorted(account.groups)]
        )
    if account.roles:
        tx.execute(insert(user_roles), [{"user_id": account.id, "role": role.value} for role in sorted(account.roles)])


def add_groups(tx: UnitOfWork, ids: Iterable[str]) -> None:
    """Make groups that do not exist yet."""
    new: Any = (sqlite.insert if tx.is_sqlite else postgresql.insert)(groups)
    tx.execute(new.on_conflict_do_nothing(), [{"id": id, "name": id} for id in sorted(ids)])


def every_group(tx: UnitOfWork) -> list[str]:
    """All groups by name."""
    return list(tx.execute(select(groups.c.id).order_by(groups.c.id)).scalars())


def add_token(tx: UnitOfWork, token: NewToken, now: datetime) -> int:
    """Keep a token; returns its key."""
    key = tx.next_key()
    tx.execute(
        insert(api_tokens),
        {
            "key": key,
            "user_id": token.user,
            "name": token.name,
            "token_hash": token.token_hash,
            "roles": sorted(role.value for role in token.roles),
            "created_at": now,
            "created_by": token.created_by,
            "expires_at": token.expires_at,
            "tenants": None if token.tenants is None else sorted(token.tenants),
        },
    )
    return key


def token(tx: UnitOfWork, token_hash: str, now: datetime) -> ApiToken | None:
    """The token with this hash, with what its user may do now."""
    row = tx.execute(_TOKEN, {"token_hash": token_hash}).first()
    return None if row is None else _token(tx, row, now)


def token_by_key(tx: UnitOfWork, key: int, now: datetime) -> ApiToken | None:
    """The token with this key."""
    row = tx.execute(_TOKEN_BY_KEY, {"key": key}).first()
    return None if row is None else _token(tx, row, now)


def tokens(tx: UnitOfWork, user: str, now: datetime) -> list[ApiToken]:
    """All tokens of a user (or of everybody), oldest first."""
    rows = tx.execute(_TOKENS_OF, {"user": user}) if user else tx.execute(_TOKENS)
    return [_token(tx, row, now) for row in rows.all()]


def _token(tx: UnitOfWork, row: Sequence[Any], now: datetime) -> ApiToken:
    account = _with_theirs(tx, row[len(_OF_TOKEN) :])
    key, user, name, created_at, created_by, expires_at, revoked_at, granted_names, of_tenants = row[: len(_OF_TOKEN)]
    granted = frozenset(Role(role) for role in granted_names)
    # An administrator's token may carry any role; nobody's token carries more than its user has.
    roles = granted if Role.ADMIN in account.roles else granted & account.roles
    seen = account.tenants
    if of_tenants is not None:
        seen = frozenset(of_tenants) if seen is None else seen & frozenset(of_tenants)
    is_over = revoked_at is not None or (expires_at is not None and expires_at <= now)
    return ApiToken(
        key=key,
        user=user,
        name=name,
        groups=account.groups,
        roles=roles,
        created_at=created_at,
        created_by=created_by,
        expires_at=expires_at,
        revoked_at=revoked_at,
        is_valid=not is_over and account.is_active,
        tenants=seen,
    )


def revoke_token(tx: UnitOfWork, key: int, now: datetime) -> None:
    """The token counts no longer."""
    tx.execute(_REVOKE, {"of_key": key, "now": now})
