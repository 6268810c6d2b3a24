"""Reading and checking real diagrams, beside lxml's parsing of the same bytes: CPU time per file."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import pytest
from lxml import etree

import bpmn
from bpmn.errors import ModelError
from bpmn.model import Model
from tests.benchmarks.measure import Figure, say
from tests.bpmn.test_reader_corpus import CORPUS

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not beside the repository"),
]


def test_every_diagram_of_the_corpus_is_read_and_checked() -> None:
    files = [(file.name, file.read_bytes()) for file in sorted(CORPUS.rglob("*.bpmn"))]
    models = [_read(name, data) for name, data in files]
    print(f"\n{len(files)} diagrams, each once")
    parsing = _figure([lambda data=data: _parsed(data) for _, data in files])
    say("parsed by lxml", parsing)
    say("read", _figure([lambda file=file: _read(*file) for file in files]), beside=parsing, floor="parsing")
    say("checked", _figure([lambda model=model: bpmn.check(model) for model in models if model is not None]))


def _read(name: str, data: bytes) -> Model | None:
    try:
        return bpmn.read(data, source=name)
    except ModelError:
        return None


def _parsed(data: bytes) -> None:
    etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, recover=True))


def _figure(calls: list[Callable[[], object]]) -> Figure:
    taken = []
    for call in calls:
        before = time.process_time()
        call()
        taken.append((time.process_time() - before) * 1000)
    return Figure(median(taken), min(taken), max(taken))
