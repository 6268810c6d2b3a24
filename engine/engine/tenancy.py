"""The verbs of tenants: making them, and saying who belongs to them."""

from __future__ import annotations

from engine import events
from engine.actors import Actor
from engine.engine.base import Verbs
from engine.errors import Conflict, IllegalMove, NotFound
from engine.moves import Moves
from engine.store import tenants
from engine.store.tenants import Tenant
from engine.tenants import DEFAULT, MemberKind, checked_id
from engine.variables import checked_text


class TenantVerbs(Verbs):
    """Who may ask for these is for the API to say."""

    def add_tenant(self, id: str, *, by: Actor, name: str = "") -> Tenant:
        """Make a tenant. Raises `InvalidInput`, and `Conflict` when there is one of that id."""
        checked_id(id)
        checked_text(name, "name")

        def act(moves: Moves) -> Tenant:
            if tenants.is_there(moves.tx, id):
                raise Conflict(f"There is a tenant '{id}' already.")
            made = Tenant(id, name, moves.now, moves.by.id)
            tenants.add(moves.tx, made)
            moves.tell(0, events.TENANT_CHANGED, tenant=id, what="added", name=name)
            return made

        return self._act("add_tenant", by, act)

    def remove_tenant(self, id: str, *, by: Actor) -> None:
        """Forget a tenant for which nothing was ever deployed. Raises `IllegalMove` for any other."""

        def act(moves: Moves) -> None:
            _found(moves, id)
            if tenants.is_used(moves.tx, id):
                raise IllegalMove(f"Tenant '{id}' has deployments or instances. Only one without any is removed.")
            tenants.remove(moves.tx, id)
            moves.tell(0, events.TENANT_CHANGED, tenant=id, what="removed")

        self._act("remove_tenant", by, act)

    def add_tenant_member(self, id: str, kind: MemberKind, member: str, *, by: Actor) -> Tenant:
        """Let a user, or all of a group, belong to a tenant."""
        checked_text(member, "member", is_required=True)

        def act(moves: Moves) -> Tenant:
            _found(moves, id)
            tenants.add_member(moves.tx, id, kind, member)
            moves.tell(0, events.TENANT_CHANGED, tenant=id, what="member added", kind=kind.value, member=member)
            return _shown(moves, id)

        return self._act("add_tenant_member", by, act)

    def remove_tenant_member(self, id: str, kind: MemberKind, member: str, *, by: Actor) -> Tenant:
        """Let them not belong to it any more."""

        def act(moves: Moves) -> Tenant:
            _found(moves, id)
            if not tenants.remove_member(moves.tx, id, kind, member):
                raise NotFound(f"The {kind.value} '{member[:60]}' does not belong to tenant '{id}'.")
            moves.tell(0, events.TENANT_CHANGED, tenant=id, what="member removed", kind=kind.value, member=member)
            return _shown(moves, id)

        return self._act("remove_tenant_member", by, act)


def _found(moves: Moves, id: str) -> None:
    if id != DEFAULT and not tenants.is_there(moves.tx, id):
        raise NotFound(f"There is no tenant '{id[:60]}'.")


def _shown(moves: Moves, id: str) -> Tenant:
    return tenants.find(moves.tx, id, moves.now)
