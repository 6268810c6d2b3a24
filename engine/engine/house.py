"""The verbs of the house: users, tokens, erasing what the audit trail holds of a person, sweeping."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from engine import agents, evaluations, events, samples
from engine import notifications as telling
from engine.actors import SYSTEM, Actor, Role
from engine.engine.base import Verbs
from engine.engine.once import REMEMBERED
from engine.errors import IllegalMove, InvalidInput, NotFound
from engine.gates import autonomy
from engine.moves import Moves
from engine.store import (
    answers,
    attempts,
    audit_records,
    clocks,
    messages,
    nodes,
    notifications,
    signals,
    users,
    variables,
)
from engine.store import evaluations as evaluation_rows
from engine.store.users import Account, ApiToken, NewToken
from engine.variables import checked_text

_MOST_SWEPT = 1000
_LONGEST_CALL = timedelta(hours=2)  # a worker's longest job takes one
# Delivered and dead notifications stay so long for whoever asks what became of them.
_NOTIFICATIONS_KEPT = timedelta(days=30)
# A process that ended without a word is remembered so long, for whoever asks who was there.
_NODES_KEPT = timedelta(days=1)
MOST_PASSWORD_HASH = 1000
_MOST_NOTED = 100


class HouseVerbs(Verbs):
    """Who may ask for these is for the API to say."""

    def save_user(  # noqa: PLR0913 - what an account consists of
        self,
        id: str,
        *,
        by: Actor,
        name: str | None = None,
        email: str | None = None,
        password_hash: str | None = None,
        groups: Sequence[str] | None = None,
        roles: Sequence[Role] | None = None,
        active: bool | None = None,
    ) -> Account:
        """Add a user or change one; None keeps what is there. The password comes hashed."""
        checked_text(id, "id", is_required=True)
        for field, value in (("name", name), ("email", email), *(("groups", group) for group in groups or ())):
            checked_text(value, field)
        checked_text(password_hash, "password_hash", most=MOST_PASSWORD_HASH)

        def act(moves: Moves) -> Account:
            before = users.find(moves.tx, id)
            account = before or Account(id, id, "", "", True, moves.now, frozenset(), frozenset())
            given = {
                "display_name": name,
                "email": email,
                "password_hash": password_hash,
                "groups": None if groups is None else frozenset(groups),
                "roles": None if roles is None else frozenset(Role(role) for role in roles),
                "is_active": active,
            }
            changed = {field: value for field, value in given.items() if value is not None}
            account = replace(account, **changed)  # type: ignore[arg-type]
            users.save(moves.tx, account, moves.by.id)
            moves.tell(
                0,
                events.USER_CHANGED,
                user=id,
                is_new=before is None,
                changed=sorted(changed),
                groups=sorted(account.groups),
                roles=sorted(account.roles),
                active=account.is_active,
            )
            return account

        return self._act("save_user", by, act)

    def note_outside_call(self, tool: str, arguments: Sequence[str], *, is_allowed: bool, by: Actor) -> None:
        """Write down that an agent outside of Baton used a tool of ours, before it has any effect."""
        names = [name[:_MOST_NOTED] for name in arguments[:_MOST_NOTED]]

        def act(moves: Moves) -> None:
            moves.tell(0, events.OUTSIDE_CALL, tool=tool[:_MOST_NOTED], arguments=names, is_allowed=is_allowed)

        self._act("note_outside_call", by, act)

    def create_token(  # noqa: PLR0913 - what a token consists of
        self,
        user: str,
        *,
        by: Actor,
        token_hash: str,
        name: str = "",
        roles: Sequence[Role] = (),
        expires_at: datetime | None = None,
        tenants: Sequence[str] | None = None,
    ) -> ApiToken:
        """Keep an API token of a user; it comes hashed. No roles, no tenants: those of the user."""
        checked_text(name, "name")
        checked_text(token_hash, "token_hash", is_required=True)

        def act(moves: Moves) -> ApiToken:
            for tenant in tenants or ():
                moves.tenant(tenant)
            account = users.find(moves.tx, user)
            if account is None:
                raise NotFound(f"There is no user '{user}'. Add it first.")
            granted = frozenset(Role(role) for role in roles) or account.roles
            if Role.ADMIN not in account.roles and not granted <= account.roles:
                lacking = ", ".join(sorted(granted - account.roles))
                raise InvalidInput(
                    f"User '{user}' does not have the role {lacking}.", {"roles": f"not held: {lacking}"}
                )
            new = NewToken(user, name, token_hash, granted, moves.by.id, expires_at, tenants)
            key = users.add_token(moves.tx, new, moves.now)
            moves.tell(0, events.TOKEN_CREATED, token_key=str(key), user=user, name=name, roles=sorted(granted))
            made = users.token_by_key(moves.tx, key, moves.now)
            assert made is not None
            return made

        return self._act("create_token", by, act)

    def revoke_token(self, token_key: int, *, by: Actor) -> ApiToken:
        """End a token now; ending it again changes nothing."""

        def act(moves: Moves) -> ApiToken:
            token = users.token_by_key(moves.tx, token_key, moves.now)
            if token is None:
                raise NotFound(f"There is no token {token_key}.")
            if token.revoked_at is not None:
                return token
            users.revoke_token(moves.tx, token_key, moves.now)
            moves.tell(0, events.TOKEN_REVOKED, token_key=str(token_key), user=token.user, name=token.name)
            return replace(token, revoked_at=moves.now, is_valid=False)

        return self._act("revoke_token", by, act)

    def erase_audit_payload(self, chain: int, seq: int, *, reason: str, by: Actor) -> None:
        """Erase what a record holds of a person. The chain stays verifiable, and who erased it is a record itself."""
        checked_text(reason, "reason", most=2000, is_required=True)

        def act(moves: Moves) -> None:
            record = audit_records.find(moves.tx, chain, seq)
            if record is None:
                raise NotFound(f"There is no audit record {seq} in chain {chain}.")
            if record.verb in (events.AUDIT_PAYLOAD_ERASED, events.HISTORY_DELETED):
                raise IllegalMove(f"Record {seq} of chain {chain} says what was erased; it cannot be erased itself.")
            if record.payload is None:
                raise IllegalMove(f"The payload of record {seq} in chain {chain} was erased before.")
            audit_records.erase(moves.tx, chain, seq)
            # Told of the same instance, so into the same chain: one pass over it finds both.
            moves.tell(record.instance_key, events.AUDIT_PAYLOAD_ERASED, chain=chain, seq=seq, reason=reason)

        self._act(events.AUDIT_PAYLOAD_ERASED, by, act)

    def sweep(self) -> int:
        """Drop what has had its time: kept messages that expired, old idempotency keys. Returns how many rows.

        Beside it, what clocks ahead have timed is timed anew, and what waits for the first key is encrypted.
        """

        def work(moves: Moves) -> int:
            old = answers.forget(moves.tx, moves.now - REMEMBERED)
            old += signals.forget_delivered(moves.tx)
            old += notifications.forget(moves.tx, moves.now - _NOTIFICATIONS_KEPT)
            clocks.recover(moves.tx, moves.now)
            telling.encrypt(moves, self.vault)
            old += nodes.forget(moves.tx, moves.now - _NODES_KEPT)
            autonomy.watch_confidences(moves)
            samples.draw_due(moves)
            # Of a job that ended while its worker was gone: nobody claims it again, and its budgets are still reserved.
            if gone := attempts.forgotten(moves.tx, moves.now - _LONGEST_CALL, _MOST_SWEPT):
                agents.lose(moves, list(gone), gone.__getitem__)
            if left := evaluation_rows.forgotten_calls(moves.tx, moves.now - _LONGEST_CALL, _MOST_SWEPT):
                evaluations.lose(moves, left)
            variables.sort_unsorted(moves.tx, _MOST_SWEPT)
            return old + messages.forget_expired(moves.tx, moves.now, _MOST_SWEPT)

        return self._act("sweep", SYSTEM, work)
