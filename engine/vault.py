"""Secrets that the database keeps, encrypted with keys that it does not have (Fernet: AES-CBC with an HMAC).

Without a key they are kept as they are; a key that is set later encrypts them at the next sweep, and one that is put
before an older one takes its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

_MARK = "fernet:"


class CannotOpen(Exception):
    """A secret was encrypted with a key that is not here."""


class Vault:
    """Encrypts with the first of the keys (urlsafe base64 of 32 bytes), decrypts with any."""

    def __init__(self, keys: Sequence[str] = ()) -> None:
        self._keys = tuple(keys)

    @property
    def has_key(self) -> bool:
        return bool(self._keys)

    def sealed(self, secret: str) -> str:
        """What may be stored of it."""
        if not secret or not self._keys:
            return secret
        return _MARK + self._fernets[0].encrypt(secret.encode()).decode()

    def opened(self, kept: str) -> str:
        """The secret. Raises `CannotOpen`."""
        if not is_sealed(kept):
            return kept
        from cryptography.fernet import InvalidToken  # noqa: PLC0415 - for those who keep secrets only

        for fernet in self._fernets:
            try:
                return fernet.decrypt(kept.removeprefix(_MARK)).decode()
            except InvalidToken:
                continue
        raise CannotOpen("A secret was encrypted with a key that is not set here. Put it into BATON_ENCRYPTION_KEYS.")

    def renewed(self, kept: str) -> str | None:
        """How it should be stored instead: under the first key. None when it is, or cannot be opened."""
        if not kept or not self._keys or self._is_under_first(kept):
            return None
        try:
            return self.sealed(self.opened(kept))
        except CannotOpen:
            return None

    def _is_under_first(self, kept: str) -> bool:
        try:
            return is_sealed(kept) and bool(Vault(self._keys[:1]).opened(kept))
        except CannotOpen:
            return False

    @cached_property
    def _fernets(self) -> list[Fernet]:
        from cryptography.fernet import Fernet  # noqa: PLC0415 - for those who keep secrets only

        return [Fernet(key) for key in self._keys]


def is_sealed(kept: str) -> bool:
    """Whether it is encrypted."""
    return kept.startswith(_MARK)
