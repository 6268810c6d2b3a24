"""The verbs of notifications: who hears of what, and bringing it to them, at least once."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import NoReturn
from urllib.parse import urlsplit

from connectors.base import CallEnd, NewCall, Permanent, Request, Worth
from engine import events
from engine import notifications as telling
from engine.actors import SYSTEM, Actor
from engine.audit import CHAINS
from engine.engine.base import Verbs
from engine.errors import IllegalMove, InvalidInput, NotFound
from engine.moves import Moves
from engine.states import NotificationState
from engine.store import UnitOfWork, audit_records, notifications
from engine.store.notifications import MAIL, WEBHOOK, Notification, NotificationSubscription
from engine.variables import checked_text

# The connectors that bring them.
JOB_TYPES = {WEBHOOK: "baton:webhook:1", MAIL: "mail-send"}
_LEASE = timedelta(seconds=120)
_MOST_OVERDUE = 100
_LONGEST_ERROR = 500


class NotificationVerbs(Verbs):
    """Who may subscribe is for the API to say."""

    def subscribe(
        self,
        kind: str,
        target: str,
        events_wanted: Sequence[str],
        *,
        by: Actor,
        process_id: str = "",
        secret: str = "",
    ) -> NotificationSubscription:
        """Tell a web address or a mail address of events from now on. Raises `InvalidInput`.

        A webhook is signed with `secret` (base64 after `whsec_`); without one it gets a new one. What is returned holds
        it in plain text, what is stored does not when there is a key (`engine.vault`).
        """
        _check(kind, target, events_wanted, secret)
        checked_text(process_id, "process_id")

        def act(moves: Moves) -> NotificationSubscription:
            heads = audit_records.heads(moves.tx, range(CHAINS))
            new = NotificationSubscription(
                key=moves.tx.next_key(),
                kind=kind,
                target=target,
                secret=(secret or _new_secret()) if kind == WEBHOOK else "",
                events=sorted(set(events_wanted)),
                process_id=process_id,
                active=True,
                positions={str(chain): head.seq for chain, head in heads.items()},
                created_at=moves.now,
                created_by=moves.by.id,
            )
            notifications.subscribe(moves.tx, replace(new, secret=self.vault.sealed(new.secret)))
            _tell(moves, new, "subscribed")
            return new

        return self._act("subscribe", by, act)

    def unsubscribe(self, key: int, *, by: Actor) -> None:
        """Tell it nothing more, and forget what is on its way."""

        def act(moves: Moves) -> None:
            found = _found(moves, key)
            notifications.unsubscribe(moves.tx, key)
            _tell(moves, found, "unsubscribed")

        self._act("unsubscribe", by, act)

    def pause_subscription(self, key: int, *, paused: bool, by: Actor) -> NotificationSubscription:
        """Tell it nothing for a while; what happens meanwhile is told when it goes on."""

        def act(moves: Moves) -> NotificationSubscription:
            found = _found(moves, key)
            notifications.set_active(moves.tx, key, active=not paused)
            _tell(moves, found, "paused" if paused else "resumed")
            return _found(moves, key)

        return self._act("pause_subscription", by, act)

    def retry_notification(self, key: int, *, by: Actor) -> None:
        """Try a dead notification again, from its first try on."""

        def act(moves: Moves) -> None:
            if not notifications.revive(moves.tx, key, moves.now):
                raise IllegalMove(f"There is no notification {key} that is dead.")
            moves.tell(0, events.NOTIFICATION_RETRIED, notification_key=str(key))

        self._act("retry_notification", by, act)

    def tell_overdue_tasks(self) -> int:
        """Put into the trail which tasks became overdue, each once; returns how many."""

        def act(moves: Moves) -> int:
            found = notifications.overdue(moves.tx, moves.now, _MOST_OVERDUE)
            for one in found:
                moves.tell(
                    one.instance_key,
                    events.TASK_OVERDUE,
                    element=(one.element_id, one.element_key),
                    task_key=str(one.key),
                    name=one.name,
                    assignee=one.assignee,
                    due_at=one.due_at.isoformat(),
                )
            return len(found)

        return self._act("tell_overdue_tasks", SYSTEM, act)

    def collect_notifications(self) -> int:
        """Look at what is new in the trail for each subscription; returns how many records were looked at."""
        with self.store.reading() as tx:
            found = [one.key for one in notifications.every_subscription(tx) if one.active]
        return sum(
            self._act("collect_notifications", SYSTEM, lambda moves, key=key: telling.collect(moves, key))  # type: ignore[misc]
            for key in found
        )

    def claim_notifications(self, *, limit: int = 20) -> list[Notification]:
        """Take notifications that are due; whoever has them tries each once, before the lease of two minutes ends."""

        def act(moves: Moves) -> list[Notification]:
            return notifications.claim(moves.tx, moves.now, moves.now + _LEASE, limit)

        return self._act("claim_notifications", SYSTEM, act)

    def deliver_notification(self, notification: Notification) -> bool:
        """Try one that was claimed, outside of any transaction, and store how that ended; True when it arrived."""
        with self.store.reading() as tx:
            subscription = notifications.find_subscription(tx, notification.subscription_key)
        if subscription is None:
            return False
        error, is_final = self._sent(notification, subscription)
        self.store.run(lambda tx: _settle(self, tx, notification, error, is_final))
        return error is None

    def _sent(self, notification: Notification, subscription: NotificationSubscription) -> tuple[str | None, bool]:
        """Why it did not arrive (None: it did), and whether trying again is of no use."""
        job_type = JOB_TYPES[subscription.kind]
        connector = self.connectors.get(job_type)
        if connector is None:
            return f"No connector serves '{job_type}' in this process.", False
        try:
            opened = replace(subscription, secret=self.vault.opened(subscription.secret))
            connector(_request(notification, opened, job_type))
        except Permanent as problem:
            return str(problem)[:_LONGEST_ERROR], True
        except Exception as problem:  # a connector may fail in any way; each is a failed try
            return (str(problem) or type(problem).__name__)[:_LONGEST_ERROR], False
        return None, True


def _settle(verbs: Verbs, tx: UnitOfWork, notification: Notification, error: str | None, is_final: bool) -> None:
    now, tries = verbs.clock.now(), notification.tries + 1
    pause = None if is_final else telling.pause_after(tries)
    state = NotificationState.WAITING
    if error is None:
        state = NotificationState.DELIVERED
    elif pause is None:
        state = NotificationState.DEAD
    notifications.settle(
        tx,
        notification.key,
        tries,
        state=state,
        due_at=now + (pause or timedelta(0)),
        error=error,
        ended_at=None if state is NotificationState.WAITING else now,
    )


def _request(notification: Notification, subscription: NotificationSubscription, job_type: str) -> Request:
    if subscription.kind == WEBHOOK:
        given = {"url": subscription.target, "body": notification.body, "secret": subscription.secret}
    else:
        subject, text = telling.letter(notification)
        given = {"to": subscription.target, "subject": subject, "text": text}
    return Request(
        job_key=notification.key,
        type=job_type,
        instance_key=notification.instance_key,
        process_id="",
        element_id="",
        variables=given,
        headers={},
        retries=0,
        idempotency_key=f"baton-notification-{notification.key}",
        journal=_NoBooks(),
        secret=_no_secret,
    )


class _NoBooks:
    """Notifications call no model."""

    def attempts(self) -> tuple[()]:
        return ()

    def approvals(self) -> tuple[()]:
        return ()

    def begin(self, call: NewCall) -> int:
        raise Permanent("A notification calls no model.")

    def settle(self, number: int, end: CallEnd) -> None:
        raise Permanent("A notification calls no model.")

    def worth(self, **_: object) -> Worth:
        return Worth(None)

    def bar(self, **_: object) -> NoReturn:
        raise Permanent("A notification calls no model.")


def _no_secret(name: str) -> str:
    raise Permanent(f"A notification cannot quote the secret '{name}'.")


def _check(kind: str, target: str, wanted: Sequence[str], secret: str) -> None:
    checked_text(target, "target", most=2000, is_required=True)
    unknown = sorted(set(wanted) - telling.EVENTS)
    if unknown or not wanted:
        what = f"'{unknown[0][:60]}' is no event" if unknown else "No event is named"
        raise InvalidInput(f"{what}. Known: {', '.join(sorted(telling.EVENTS))}.", {"events": "no such event"})
    if kind == WEBHOOK and urlsplit(target).scheme not in ("http", "https"):
        raise InvalidInput("A webhook's target begins with http:// or https://.", {"target": "no web address"})
    if kind == MAIL and "@" not in target:
        raise InvalidInput("A mail's target is a mail address.", {"target": "no mail address"})
    if kind not in JOB_TYPES:
        raise InvalidInput(f"kind is {' or '.join(JOB_TYPES)}, not '{kind[:60]}'.", {"kind": "no such kind"})
    if secret:
        _check_secret(secret)


def _check_secret(secret: str) -> None:
    try:
        is_long = len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) >= 24
    except ValueError:
        is_long = False
    if not is_long:
        text = "A webhook's secret is at least 24 random bytes in base64, after whsec_."
        raise InvalidInput(text, {"secret": "not at least 24 bytes of base64"})


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def _found(moves: Moves, key: int) -> NotificationSubscription:
    found = notifications.find_subscription(moves.tx, key)
    if found is None:
        raise NotFound(f"There is no subscription {key}.")
    return found


def _tell(moves: Moves, one: NotificationSubscription, what: str) -> None:
    moves.tell(
        0,
        events.SUBSCRIPTION_CHANGED,
        subscription_key=str(one.key),
        what=what,
        kind=one.kind,
        target=one.target,
        events=list(one.events),
        process_id=one.process_id,
    )
