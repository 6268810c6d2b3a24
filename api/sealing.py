"""Keys that seal the audit trail, and the file that keeps seals outside of the database."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import IO

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from api.settings import SettingsError
from engine.seals import Seal


class KeyFile:
    """A private key that signs seals (Ed25519, RFC 8032)."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.key_id = key_id(key.public_key())

    @classmethod
    def read(cls, path: Path) -> KeyFile:
        """The key of a PEM file. Raises `SettingsError`."""
        try:
            key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise SettingsError(
                f"The seal key {path} cannot be read: {error}. Make one with `baton audit key`."
            ) from None
        if not isinstance(key, Ed25519PrivateKey):
            raise SettingsError(f"The seal key {path} is not an Ed25519 key. Make one with `baton audit key`.")
        return cls(key)

    def sign(self, text: bytes) -> str:
        """The signature, base64."""
        return base64.b64encode(self._key.sign(text)).decode()


class PublicKey:
    """The key that seals are verified with."""

    def __init__(self, key: Ed25519PublicKey) -> None:
        self._key = key
        self.key_id = key_id(key)

    @classmethod
    def read(cls, path: Path) -> PublicKey:
        """The key of a PEM file. Raises `SettingsError`."""
        try:
            key = serialization.load_pem_public_key(path.read_bytes())
        except (OSError, ValueError, UnsupportedAlgorithm) as error:
            raise SettingsError(f"The public key {path} cannot be read: {error}") from None
        if not isinstance(key, Ed25519PublicKey):
            raise SettingsError(f"{path} is not an Ed25519 public key.")
        return cls(key)

    def signed(self, seal: Seal) -> bool:
        """Whether this key's owner signed the seal's text."""
        try:
            self._key.verify(base64.b64decode(seal.signature, validate=True), seal.body.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


def key_id(key: Ed25519PublicKey) -> str:
    """The first 16 hex digits of the SHA-256 of the raw public key."""
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return sha256(raw).hexdigest()[:16]


def make_keys(private: Path, public: Path) -> str:
    """Write a new pair; the private one is the owner's to read alone. Returns its id. Raises FileExistsError."""
    key = Ed25519PrivateKey.generate()
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    descriptor = os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secret)
    shown = key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
    with public.open("xb") as file:
        file.write(shown)
    return key_id(key.public_key())


class SealFile:
    """A file with one seal a line, only ever added to. Nodes that share it take turns by its lock."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def last(self) -> int:
        """The number of the newest seal in it; 0 for none. Raises ValueError when that line is no seal."""
        try:
            with self._path.open("rb") as file:
                return _last(file)
        except FileNotFoundError:
            return 0

    def keep(self, seals: Sequence[Seal]) -> None:
        """Add those seals that it lacks, safe on the disk when this returns."""
        import fcntl  # systems without it can read such files, and not write them

        with self._path.open("ab+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            last = _last(file)
            torn = _torn(file)
            if torn:
                file.truncate(file.seek(0, os.SEEK_END) - torn)
            lines = [seal.line() + "\n" for seal in seals if seal.number > last]
            file.write("".join(lines).encode())
            file.flush()
            os.fsync(file.fileno())

    def seals(self) -> Iterator[Seal]:
        """Every seal, in order. Raises ValueError with the line that is none."""
        for number, line in enumerate(self._path.read_bytes().splitlines(), start=1):
            try:
                yield Seal.of_line(line)
            except (ValueError, KeyError) as error:
                raise ValueError(f"{self._path}, line {number}, is not a seal: {error}") from None


def _last(file: IO[bytes]) -> int:
    """The number of the last whole line; 0 for an empty file."""
    line = _tail(file).rpartition(b"\n")[0].rpartition(b"\n")[2]
    return Seal.of_line(line).number if line else 0


def _torn(file: IO[bytes]) -> int:
    """How many bytes of a line stand at the end that was not written to its own: a node was killed in it."""
    return len(_tail(file).rpartition(b"\n")[2])


def _tail(file: IO[bytes]) -> bytes:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 65_536))  # a seal takes about two thousand bytes
    return file.read()
