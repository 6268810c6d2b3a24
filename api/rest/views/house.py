"""Views of the house: the audit trail, accounts, tokens, limits."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AliasChoices, BeforeValidator, Field

from api.rest.shapes import Key, Moment, OptionalKey, View
from api.rest.views.fields import Names, Next


def _sorted(names: Any) -> list[str] | None:
    return None if names is None else sorted(names)


class AuditRecordView(View):
    """One verb's trace."""

    chain: int
    seq: int
    at: Moment
    verb: str
    actor_id: str
    actor_kind: str
    instance_key: OptionalKey
    payload_hash: str
    prev_hash: str
    hash: str
    payload: str | None = Field(description="JSON text exactly as it was hashed; null once erased.")


class AuditPage(View):
    """A page of the trail."""

    items: list[AuditRecordView]
    next: Next = None


class SealView(View):
    """A signed statement of what the trail held."""

    number: int
    body: str = Field(
        description="The text that was signed: JSON with, per chain, its size, last hash and Merkle root."
    )
    key_id: str = Field(description="Names the key: 16 hex digits of the SHA-256 of the public one.")
    signature: str = Field(description="Ed25519 over `body`, base64.")


class SealList(View):
    """Seals in order."""

    items: list[SealView]


class ProofView(View):
    """A record, and the hashes that lead from it to the root that the seal names (RFC 6962)."""

    record: AuditRecordView
    path: list[str]


class ProofList(View):
    """Records of an instance, proved by a seal; those that came after it are left out."""

    seal: SealView
    proofs: list[ProofView]


class HeadView(View):
    """The end of a chain; keep it outside to be able to prove later that nothing was cut off."""

    chain: int
    seq: int
    hash: str


class FaultView(View):
    """The first bad record of a chain."""

    chain: int
    seq: int
    what: str
    detail: str


class AuditReportView(View):
    """What a verification found."""

    intact: bool = Field(validation_alias=AliasChoices("intact", "is_intact"))
    records: int
    faults: list[FaultView]
    heads: list[HeadView]


class MeView(View):
    """Who the caller is."""

    id: str
    kind: str
    groups: Names
    roles: Names
    tenants: Annotated[list[str] | None, BeforeValidator(_sorted)] = Field(
        default=None, description="Whose data the caller sees; null: everybody's."
    )


class UserView(View):
    """An account, without its password."""

    id: str
    name: str = Field(validation_alias="display_name", description="The name to show.")
    email: str
    active: bool = Field(validation_alias="is_active")
    created_at: Moment
    groups: Names
    roles: Names


class UserList(View):
    """Every account."""

    items: list[UserView]


class TokenView(View):
    """An API token, without its text."""

    key: Key
    user: str = Field(validation_alias=AliasChoices("user", "user_id"))
    name: str
    roles: Names
    created_at: Moment
    created_by: str
    expires_at: Moment | None
    revoked_at: Moment | None
    tenants: Annotated[list[str] | None, BeforeValidator(_sorted)] = Field(
        default=None, description="For whose data it is; null: everybody's."
    )


class TokenList(View):
    """Every token."""

    items: list[TokenView]


class NewTokenView(View):
    """A token that was just made."""

    token: str = Field(description="Its text; it is shown this once.")
    details: TokenView


class TenantView(View):
    """A tenant and who belongs to it."""

    id: str
    name: str
    created_at: Moment
    created_by: str
    users: list[str]
    groups: list[str]


class TenantList(View):
    """Every tenant in sight, the default one first."""

    items: list[TenantView]


class LimitView(View):
    """A limit."""

    kind: str
    name: str
    per_minute: int | None
    at_once: int | None
    changed_at: Moment
    changed_by: str


class LimitList(View):
    """Every limit."""

    items: list[LimitView]
