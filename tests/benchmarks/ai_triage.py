"""Triage by the embedded classifier, on labelled data: is the promised error kept, how much goes without a person?

`python -m tests.benchmarks.ai_triage TRAIN [TEST]`, or `make bench-ai TRAIN=FILE TEST=FILE`: a CSV with columns text
and category (Banking77), or a JSON object of lists of [text, label] whose keys with `oos` hold what nobody should
have asked (CLINC150). Without TEST a part of TRAIN is kept apart. Each of 20 random splits has its own examples to
learn from and its own 500 recorded verdicts; what is measured on is the same and was seen by none of them.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
import statistics
import sys
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from connectors.embedded.encoder import Encoder, Matrix, MiniLm
from connectors.embedded.learner import Classifier, learn
from connectors.llm import models
from engine.calibration import Judgement, threshold

SPLITS = 20
VERDICTS = 500
STRAY_VERDICTS = 80  # of them, where the data has cases out of scope
EXAMPLES_PER_CLASS = 40
TARGET, SLIPPING = 0.05, 0.05
PRICES = {"cheap": 1.0, "dear": 20.0}
CACHE = Path("build/vectors")


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts, what they are about, and their vectors; the label None is out of scope."""

    texts: list[str]
    labels: list[str | None]
    vectors: Matrix

    def part(self, places: Sequence[int]) -> Texts:
        return Texts(
            [self.texts[at] for at in places], [self.labels[at] for at in places], self.vectors[np.asarray(places, int)]
        )

    def scope(self, is_in: bool) -> list[int]:
        return [at for at, label in enumerate(self.labels) if (label is not None) is is_in]


@dataclass(frozen=True, slots=True)
class Split:
    """What one random split gave, as shares between 0 and 1; `stopped` of the cases out of scope went to a person."""

    accuracy: float
    automated: float
    error: float
    stopped: float | None
    cascade_accuracy: float
    cascade_cost: float


def main(arguments: Sequence[str]) -> int:
    """Print the tables; 0 when every target is met."""
    encoder = encoder_or_none()
    if encoder is None:
        print("bench-ai: the weights are not installed: run `baton models install minilm`.")
        return 1
    train = read(Path(arguments[0]), encoder)
    test = read(Path(arguments[1]), encoder) if len(arguments) > 1 else None
    began = time.process_time()
    splits = [run(seed, train, test) for seed in range(SPLITS)]
    print(f"{Path(arguments[0]).name}: {SPLITS} splits, {time.process_time() - began:.0f} s CPU beside the vectors")
    return 0 if report(splits) else 1


def report(splits: Sequence[Split]) -> bool:
    """One line for each target; returns whether all are met."""
    kept = sum(split.error <= TARGET for split in splits)
    automated = statistics.mean(split.automated for split in splits)
    lines = [
        (
            f"error target of {TARGET:.0%} kept",
            f"{kept} of {len(splits)} splits",
            kept >= 0.95 * len(splits),
            "19 of 20",
        ),
        ("went without a person", _spread([split.automated for split in splits]), automated >= 0.59, "59 %"),
    ]
    if stopped := [split.stopped for split in splits if split.stopped is not None]:
        share = statistics.mean(stopped)
        lines.append(("out of scope, sent to a person", _spread(stopped), share >= 0.95, "95 %"))
    cost = statistics.mean(split.cascade_cost for split in splits)
    gain = statistics.mean(split.cascade_accuracy - split.accuracy for split in splits)
    lines += [
        ("cascade's accuracy less the dear model's", f"{gain * 100:+.2f} points", gain >= 0, "0"),
        ("cascade's cost beside the dear model's", f"{cost:.0%}", cost <= 0.54, "54 %"),
    ]
    print(f"  accuracy of the classifier alone     {_spread([split.accuracy for split in splits])}")
    print(f"  error of what went without a person  {_spread([split.error for split in splits])}")
    for name, figure, is_met, target in lines:
        print(f"  {name:<42} {figure:<34} target {target:<9} {'met' if is_met else 'MISSED'}")
    return all(is_met for *_, is_met, _ in lines)


def run(seed: int, train: Texts, test: Texts | None) -> Split:
    """One split: learn, let 500 verdicts be recorded, choose the threshold, measure."""
    chance = np.random.default_rng(seed)
    order = [int(at) for at in chance.permutation(len(train.labels))]
    learned_from, left = _examples(train, order)
    strays = [at for at in left if train.labels[at] is None]
    asked = [at for at in left if train.labels[at] is not None]
    stray_verdicts = min(STRAY_VERDICTS, len(strays))
    recorded = train.part([*asked[: VERDICTS - stray_verdicts], *strays[:stray_verdicts]])
    if test is None:
        test = train.part([*asked[VERDICTS - stray_verdicts :], *strays[stray_verdicts:]])
    examples = train.part(learned_from)
    labels = [label or "" for label in examples.labels]
    dear = learn(examples.vectors, labels)
    cheap = learn(word_vectors(examples.texts), labels)
    bar = threshold(outcomes(dear, recorded), TARGET, slipping=SLIPPING)
    measured = outcomes(dear, test)
    passed = [one for one in measured if bar is not None and one.confidence >= bar.confidence]
    stray = [one for one in measured if not one.is_in_scope]
    inside = [one for one in measured if one.is_in_scope]
    through = [one for one in passed if one.is_in_scope]
    accuracy, cost = cascade((cheap, dear), recorded.part(recorded.scope(True)), test.part(test.scope(True)))
    return Split(
        accuracy=_rate(inside),
        automated=len(through) / len(inside),
        error=1 - _rate(passed) if passed else 0.0,
        stopped=1 - (len(passed) - len(through)) / len(stray) if stray else None,
        cascade_accuracy=accuracy,
        cascade_cost=cost,
    )


def cascade(tiers: tuple[Classifier, Classifier], recorded: Texts, test: Texts) -> tuple[float, float]:
    """Accuracy, and cost beside asking the dear one always, when the cheap one keeps what it is sure enough of.

    Sure enough is the least confidence from which the cascade is as often right, on the recorded verdicts, as the dear
    one alone.
    """
    cheap, dear = tiers
    known = _both(cheap, dear, recorded)
    alone = sum(right for _, _, right in known)
    best = 1.1
    for bar in sorted({sure for sure, _, _ in known}, reverse=True):
        if sum(first if sure >= bar else second for sure, first, second in known) < alone:
            break
        best = bar
    seen = _both(cheap, dear, test)
    right = sum(first if sure >= best else second for sure, first, second in seen)
    price = sum(PRICES["cheap"] + (0.0 if sure >= best else PRICES["dear"]) for sure, _, _ in seen)
    return right / len(seen), price / (PRICES["dear"] * len(seen))


def _both(cheap: Classifier, dear: Classifier, texts: Texts) -> list[tuple[float, bool, bool]]:
    first = outcomes(cheap, texts, word_vectors(texts.texts))
    second = outcomes(dear, texts)
    return [(one.confidence, one.is_right, two.is_right) for one, two in zip(first, second, strict=True)]


def outcomes(classifier: Classifier, texts: Texts, vectors: Matrix | None = None) -> list[Judgement]:
    """What a person would record of each guess."""
    guesses = classifier.guess(texts.vectors if vectors is None else vectors)
    return [
        Judgement(guess.confidence, guess.label == label, label is not None)
        for guess, label in zip(guesses, texts.labels, strict=True)
    ]


def _examples(train: Texts, order: Sequence[int]) -> tuple[list[int], list[int]]:
    """As many per class as an analyst may have, and what is left."""
    counts: dict[str, int] = {}
    taken: list[int] = []
    left: list[int] = []
    for at in order:
        label = train.labels[at]
        if label is None or counts.get(label, 0) >= EXAMPLES_PER_CLASS:
            left.append(at)
        else:
            counts[label] = counts.get(label, 0) + 1
            taken.append(at)
    return taken, left


def word_vectors(texts: Sequence[str], size: int = 1024) -> Matrix:
    """Which words and pairs of words occur: what costs next to nothing."""
    found = np.zeros((len(texts), size), np.float32)
    for row, text in enumerate(texts):
        words = re.findall(r"\w+", text.lower())
        for piece in (*words, *map(" ".join, pairwise(words))):
            found[row, zlib.crc32(piece.encode()) % size] += 1
    found = np.sqrt(found)
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True).clip(1e-9), np.float32)


def encoder_or_none() -> Encoder | None:
    files = models.files_of("minilm")
    return _cached(MiniLm(*files)) if files else None


def _cached(encoder: Encoder) -> Encoder:
    """Vectors take a minute of CPU; the same texts have them from the last run."""

    def encode(texts: Sequence[str]) -> Matrix:
        CACHE.mkdir(parents=True, exist_ok=True)
        file = CACHE / f"{hashlib.sha256(json.dumps(list(texts)).encode()).hexdigest()}.npy"
        if not file.exists():
            np.save(file, encoder(texts))
        return np.asarray(np.load(file), np.float32)

    return encode


def read(file: Path, encoder: Callable[[Sequence[str]], Matrix]) -> Texts:
    """A CSV with text and category, or a JSON object of lists of [text, label]."""
    if file.suffix == ".json":
        parts = json.loads(file.read_text())
        pairs = [(text, None if "oos" in key else label) for key, part in parts.items() for text, label in part]
    else:
        with file.open(newline="") as rows:
            pairs = [(row["text"], row["category"]) for row in csv.DictReader(rows)]
    texts = [text for text, _ in pairs]
    return Texts(texts, [label for _, label in pairs], encoder(texts))


def _rate(found: Sequence[Judgement]) -> float:
    return sum(one.is_right for one in found) / len(found) if found else 0.0


def _spread(shares: Sequence[float]) -> str:
    return f"{statistics.mean(shares):.1%} ({min(shares):.1%} to {max(shares):.1%})"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
