"""Who does something: the name that the audit trail keeps, and what it may be asked for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.tenants import Sight


class Role(StrEnum):
    """What a user may do in general. ADMIN may do everything."""

    ANALYST = "analyst"  # deploy, start
    APPROVER = "approver"  # tasks and approvals of their own and their groups
    OPERATOR = "operator"  # instances, incidents, jobs, assign any task
    AUDITOR = "auditor"  # read everything, export and verify the audit trail
    ADMIN = "admin"


class ActorKind(StrEnum):
    """Human decisions must be told from everything else."""

    HUMAN = "human"
    PROGRAM = "program"
    WORKER = "worker"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """A user, program, worker or the system itself. `id` is the user name or worker name.

    For one with `tenants`, what belongs to others is not there.
    """

    id: str
    kind: ActorKind = ActorKind.HUMAN
    groups: frozenset[str] = frozenset()
    roles: frozenset[Role] = frozenset()
    tenants: Sight = None

    def has(self, *roles: Role) -> bool:
        """Whether one of the roles, or ADMIN, is held."""
        return Role.ADMIN in self.roles or not self.roles.isdisjoint(roles)


SYSTEM = Actor("system", ActorKind.SYSTEM)
