"""Tenants: several organisations in one house, none of which sees or meets anything of the others. Pure.

Every row that belongs to a case carries the tenant's id. Whoever never makes a tenant works in the default one, and
need not know of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from engine.errors import InvalidInput, NotFound

#: The tenant of whoever names none, by Camunda 8's name for it.
DEFAULT = "<default>"

#: The tenants that somebody may see; None: all, those included that are made later.
Sight = frozenset[str] | None

_ID = re.compile(r"[\w.-]{1,31}", re.ASCII)


class MemberKind(StrEnum):
    """What may be a member of a tenant."""

    USER = "user"
    GROUP = "group"


def checked_id(id: str) -> str:
    """The id of a tenant to be made. Raises `InvalidInput`."""
    if not isinstance(id, str) or not _ID.fullmatch(id):
        raise InvalidInput(
            "The id of a tenant has 1 to 31 letters, digits, dots, dashes and underscores.", {"id": "no such id"}
        )
    return id


def sees(sight: Sight, tenant_id: str) -> bool:
    """Whether somebody with this sight sees what belongs to the tenant."""
    return sight is None or tenant_id in sight


def meant(wanted: str, sight: Sight) -> str:
    """The tenant in which something new is made: the one that is named, else the default one, else the only one.

    Raises `NotFound` for a tenant out of sight, `InvalidInput` when one of several must be named.
    """
    if wanted:
        if not sees(sight, wanted):
            raise NotFound(f"There is no tenant '{str(wanted)[:60]}'.")
        return wanted
    if sight is None or DEFAULT in sight:
        return DEFAULT
    return _only(sorted(sight))


def _only(ids: Sequence[str]) -> str:
    if len(ids) == 1:
        return ids[0]
    if not ids:
        raise InvalidInput("You belong to no tenant. An administrator adds you to one.", {"tenant_id": "none is yours"})
    raise InvalidInput(f"Say for which tenant: {', '.join(ids[:20])}.", {"tenant_id": "is required"})


def named(tenant_id: str) -> str | None:
    """The tenant as the audit trail names it: the default one goes without saying."""
    return None if tenant_id == DEFAULT else tenant_id
