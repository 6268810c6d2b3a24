"""Parts of the verbs of policies: a version is registered, a policy is retired. Every change is in the audit trail."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from bpmn.policies import PolicyDocument
from engine import events
from engine.actors import Role
from engine.errors import IllegalMove, NotAllowed, NotFound
from engine.moves import Moves
from engine.states import PolicyState, move
from engine.store import policies
from engine.store.policies import HOUSE, RegisteredPolicy
from engine.tenants import DEFAULT, named


def register(moves: Moves, document: PolicyDocument, tenant_id: str = HOUSE) -> RegisteredPolicy:
    """Put a version into service, for all or for a tenant; the one in service again changes nothing.

    Raises `IllegalMove` for a version that exists with other content, and for a tenant's policy that is called like a
    house-wide one: what holds for all is not changed by a deployment.
    """
    made, is_new = planned(moves, document, tenant_id)
    if is_new and tenant_id == HOUSE and moves.tx.sight is not None:
        raise NotAllowed(f"Policy '{document.id}' would hold for all tenants, and you see some of them only.")
    if is_new:
        store(moves, made)
    return made


def check_may_replace(moves: Moves, decision_ids: Collection[str], tenant_id: str) -> None:
    """A table of a house-wide policy is the policy. Raises `NotAllowed` when others than administrators replace it."""
    if tenant_id != DEFAULT or moves.by.has(Role.ADMIN):
        return
    for one in policies.listed(moves.tx):
        is_at_work = one.is_house_wide and one.state is PolicyState.ACTIVE
        if is_at_work and one.document.decision in decision_ids:
            text = f"Decision '{one.document.decision}' decides for the house-wide policy '{one.id}'."
            raise NotAllowed(f"{text} Only an administrator deploys a new version of it. Give yours another id.")


def planned(moves: Moves, document: PolicyDocument, tenant_id: str) -> tuple[RegisteredPolicy, bool]:
    """What registering a document would make, and whether that changes anything. Raises as `register` does."""
    if tenant_id != HOUSE and policies.lock(moves.tx, document.id, HOUSE) is not None:
        text = f"'{document.id}' is a house-wide policy, which a deployment cannot change. Give yours another id."
        raise IllegalMove(text)
    before = policies.lock(moves.tx, document.id, tenant_id)
    same = policies.version(moves.tx, document.id, tenant_id, document.version) if before else None
    if same is not None and same.digest != document.digest:
        text = f"Version {document.version} of policy '{document.id}' is registered with another content."
        raise IllegalMove(f"{text} Versions never change: give the new text a version of its own.")
    is_in_service = before is not None and before.state is PolicyState.ACTIVE
    if before is not None and is_in_service and before.version == document.version:
        return before, False
    state = before.state if before else PolicyState.ACTIVE
    made = RegisteredPolicy(
        id=document.id,
        tenant_id=tenant_id,
        version=document.version,
        in_service=document.version,
        state=state if state is PolicyState.ACTIVE else move("Policy", f"'{document.id}'", state, PolicyState.ACTIVE),
        reason="",
        changed_at=moves.now,
        changed_by=moves.by.id,
        document=document,
        digest=document.digest,
        registered_at=same.registered_at if same else moves.now,
        registered_by=same.registered_by if same else moves.by.id,
    )
    return made, True


def store(moves: Moves, made: RegisteredPolicy) -> None:
    """Put a planned version into service."""
    before = policies.lock(moves.tx, made.id, made.tenant_id)
    if policies.version(moves.tx, made.id, made.tenant_id, made.version) is None:
        policies.add(moves.tx, made, is_first=before is None)
    else:
        policies.change(moves.tx, made)
    moves.tell(
        0,
        events.POLICY_REGISTERED,
        policy=made.id,
        version=made.version,
        tenant_id=None if made.is_house_wide else named(made.tenant_id),
        is_house_wide=made.is_house_wide,
        before=before.in_service if before and before.state is PolicyState.ACTIVE else None,
        document=made.document.as_json(),
        digest=made.digest,
    )


def retire(moves: Moves, id: str, tenant_id: str, reason: str) -> RegisteredPolicy:
    """Ask a policy no more. Raises `NotFound`, `IllegalMove`."""
    known = policies.lock(moves.tx, id, tenant_id)
    if known is None:
        raise NotFound(f"There is no policy '{id}'. `baton policy list` shows those that there are.")
    state = move("Policy", f"'{id}'", known.state, PolicyState.RETIRED)
    made = replace(known, state=state, reason=reason, changed_at=moves.now, changed_by=moves.by.id)
    policies.change(moves.tx, made)
    moves.tell(
        0,
        events.POLICY_RETIRED,
        policy=id,
        version=known.version,
        tenant_id=None if known.is_house_wide else named(tenant_id),
        reason=reason,
    )
    return made
