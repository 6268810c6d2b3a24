"""The published diagrams of all vendors: every one is read or refused, no flow node is lost, in reasonable time."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest
from lxml import etree

import bpmn
from bpmn.errors import ModelError
from bpmn.implied_start import start_id
from bpmn.model import Dialect, Kind, walk

_MODEL = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
_FLOW_NODES = {kind.value for kind in Kind}
CORPUS = Path(os.environ.get("BATON_CORPUS", Path(__file__).parents[3] / "shared" / "corpus"))

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of published diagrams is not here")


def _files() -> list[Path]:
    return sorted(CORPUS.glob("*/*.bpmn"))


def _drawn(data: bytes) -> Counter[str]:
    """The flow nodes of all processes, by local name, counted without the reader."""
    root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
    names: Counter[str] = Counter()
    for process in root.iterchildren(f"{_MODEL}process"):
        for element in process.iter(etree.Element):
            name = element.tag.removeprefix(_MODEL)
            if element.tag.startswith(_MODEL) and name in _FLOW_NODES:
                names[name] += 1
    return names


def test_every_file_is_read_or_refused_and_no_flow_node_is_lost() -> None:
    refused: list[str] = []
    for file in _files():
        data = file.read_bytes()
        try:
            model = bpmn.read(data, source=file.name)
        except ModelError as error:
            refused.append(f"{file.name}: {error}")
            continue
        nodes = [node for process in model.processes for node in walk(process.nodes)]
        read = Counter(node.kind.value for node in nodes if node.id != start_id(node.parent))
        assert read == _drawn(data), file.name
    assert len(refused) <= len(_files()) // 100, refused


def test_every_file_is_checked_without_an_accident() -> None:
    for file in _files():
        for finding in bpmn.check(bpmn.read(file.read_bytes(), source=file.name)):
            assert finding.message, file.name
            assert finding.hint, finding
            assert len(finding.message) < 1_000, finding


@pytest.mark.parametrize("name", ["invoice.v2.bpmn", "reviewInvoice.bpmn"])
def test_the_camunda_invoice_sample_has_no_errors(name: str) -> None:
    model = bpmn.read((CORPUS / "camunda" / f"camunda.camunda-bpm-platform__{name}").read_bytes())
    assert model.dialect is Dialect.CAMUNDA7
    assert [finding for finding in bpmn.check(model) if finding.severity == "error"] == []


@pytest.mark.parametrize(
    ("folder", "dialects"),
    [
        ("zeebe", {Dialect.CAMUNDA8}),
        ("camunda", {Dialect.CAMUNDA7}),
        ("operaton", {Dialect.CAMUNDA7}),
    ],
)
def test_vendors_are_recognised(folder: str, dialects: set[Dialect]) -> None:
    models = [bpmn.read(file.read_bytes()) for file in sorted((CORPUS / folder).glob("*.bpmn"))]
    strangers = [model for model in models if model.dialect not in dialects]
    # A vendor's plainest test files use nothing of the vendor's.
    assert len(strangers) < len(models) / 3
    assert {model.dialect for model in strangers} <= {Dialect.PLAIN}
