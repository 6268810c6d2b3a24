"""Triage by the embedded classifiers, on labelled data: is the promised error kept, how much goes without a person?

`python -m tests.benchmarks.ai_triage TRAIN [TEST]`, or `make bench-ai TRAIN=FILE TEST=FILE`. A file is a CSV with
columns text and category (Banking77; label and intent are words for it, too), or a JSON object of lists of [text,
label] (CLINC150). What nobody should have asked has `oos` for its label, or stands under a key with `oos` in it.
Without TEST a part of TRAIN is kept apart. Each of 20 random splits has its own examples to learn from and its own 500
recorded verdicts; what is measured on is the same and was seen by none of them.

The cascade asks `embedded/words` first and the model of meaning after it, by the engine's own rules for what is asked
next (`connectors.llm.route`). From which confidence on the first one's word counts, examples and verdicts tell.
"""

from __future__ import annotations

import csv
import hashlib
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from connectors.base import Attempt
from connectors.embedded.encoder import Encoder, Matrix, MiniLm
from connectors.embedded.learner import Classifier, Guess, learn
from connectors.embedded.words import WordClassifier, learn_words
from connectors.llm import models, route
from connectors.llm.faults import FaultKind, fault
from engine.calibration import Judgement, interval, threshold

SPLITS = 20
VERDICTS = 500
STRAY_VERDICTS = 100  # of them, where the data has cases out of scope: fewer bear no single one that passes
EXAMPLES_PER_CLASS = 40
TARGET, SLIPPING = 0.05, 0.05
CHEAP, DEAR = "embedded/words", "embedded/minilm"
PRICE_RATIOS = (20, 10, 50)  # the dear model's price beside the cheap one's; the first is the one that has a target
CASCADES = 10  # splits in which the cascade is measured
FOLDS = 3
SURENESS = 0.5  # standard errors by which the cheap model must be as good as the dear one
BUDGET = 0.52  # of the dear model's cost: who may spend so much need not trust the cheap model with more
CACHE = Path("build/vectors")
_NOW = datetime(2026, 1, 1, tzinfo=UTC)


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
class Triage:
    """What a threshold did, as shares: `stopped` of the cases out of scope went to a person (None without any)."""

    automated: float
    error: float
    stopped: float | None


@dataclass(frozen=True, slots=True)
class Cascade:
    """What the cascade did: how often each was right, the share that the cheap model kept, and its own accuracy."""

    cheap: float
    dear: float
    together: float
    kept: float

    def cost(self, ratio: int) -> float:
        """Beside asking the dear model always."""
        return 1 / ratio + 1 - self.kept


@dataclass(frozen=True, slots=True)
class Split:
    """What one random split gave. `unwarned` is the triage when no verdict told of a case out of scope."""

    accuracy: float
    triage: Triage
    unwarned: Triage
    cascade: Cascade | None


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
    strays = len((test or train).scope(False))
    return 0 if report(splits, strays) else 1


def report(splits: Sequence[Split], strays: int) -> bool:
    """One line for each figure; returns whether all targets are met. `strays` are the known cases out of scope."""
    kept = sum(split.triage.error <= TARGET for split in splits)
    automated = [split.triage.automated for split in splits]
    lines = [
        (
            f"error target of {TARGET:.0%} kept",
            f"{kept} of {SPLITS} splits",
            kept >= 0.95 * len(splits),
            "19 of 20",
        ),
        ("went without a person", _spread(automated), statistics.mean(automated) >= 0.59, "59 %"),
    ]
    known = [("", [split.triage for split in splits]), (", none recorded", [split.unwarned for split in splits])]
    for how, triages in known:
        if stopped := [one.stopped for one in triages if one.stopped is not None]:
            share = statistics.mean(stopped)
            low, high = interval(round(share * strays), strays)
            figure = f"{_spread(stopped)}, 95 % interval {low:.1%} to {high:.1%}"
            lines.append((f"out of scope, sent to a person{how}", figure, share >= 0.95, "95 %"))
            lines.append((f"went without a person{how}", _spread([one.automated for one in triages]), True, ""))
    cascades = [split.cascade for split in splits if split.cascade is not None]
    gains = [one.together - one.dear for one in cascades]
    costs = [one.cost(PRICE_RATIOS[0]) for one in cascades]
    lines += [
        ("cascade's accuracy less the dear model's", _points(gains), statistics.mean(gains) >= 0, "0"),
        (f"cascade's cost at 1:{PRICE_RATIOS[0]}", _spread(costs), statistics.mean(costs) <= 0.54, "54 %"),
    ]
    print(f"  accuracy of the classifier alone     {_spread([split.accuracy for split in splits])}")
    print(f"  error of what went without a person  {_spread([split.triage.error for split in splits])}")
    print(f"  cascade: {CHEAP} is right in {_spread([one.cheap for one in cascades])}", end=", ")
    print(f"{DEAR} in {_spread([one.dear for one in cascades])}")
    print(f"  cascade: {CHEAP} kept {_spread([one.kept for one in cascades])}; cost {_costs(cascades)}")
    for name, figure, is_met, target in lines:
        verdict = f"target {target:<9} {'met' if is_met else 'MISSED'}" if target else ""
        print(f"  {name:<46} {figure:<62} {verdict}".rstrip())
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
    unwarned = train.part(asked[:VERDICTS])
    if test is None:
        test = train.part([*asked[VERDICTS:], *strays[stray_verdicts:]])
    examples = train.part(learned_from)
    dear = learn(examples.vectors, _named(examples))
    measured = outcomes(dear.guess(test.vectors), test)
    return Split(
        accuracy=_rate([one for one in measured if one.is_in_scope]),
        triage=_triage(measured, outcomes(dear.guess(recorded.vectors), recorded)),
        unwarned=_triage(measured, outcomes(dear.guess(unwarned.vectors), unwarned)),
        cascade=_cascade(dear, examples, unwarned, test.part(test.scope(True))) if seed < CASCADES else None,
    )


def _triage(measured: Sequence[Judgement], recorded: Sequence[Judgement]) -> Triage:
    bar = threshold(recorded, TARGET, slipping=SLIPPING)
    passed = [one for one in measured if bar is not None and one.confidence >= bar.confidence and one.confidence > 0]
    through = sum(one.is_in_scope for one in passed)
    inside = sum(one.is_in_scope for one in measured)
    strays = len(measured) - inside
    stopped = 1 - (len(passed) - through) / strays if strays else None
    return Triage(through / inside, 1 - _rate(passed) if passed else 0.0, stopped)


def _cascade(dear: Classifier, examples: Texts, recorded: Texts, test: Texts) -> Cascade:
    cheap = learn_words(examples.texts, _named(examples))
    bars = {CHEAP: _least_sure(cheap, dear, examples, recorded), DEAR: 0.0}
    said = {CHEAP: cheap(test.texts), DEAR: dear.guess(test.vectors)}
    answers = [_asked({name: guesses[at] for name, guesses in said.items()}, bars) for at in range(len(test.labels))]
    right = {name: _rate(outcomes(guesses, test)) for name, guesses in said.items()}
    together = sum(guess.label == label for (_, guess), label in zip(answers, test.labels, strict=True))
    kept = sum(name == CHEAP for name, _ in answers)
    return Cascade(right[CHEAP], right[DEAR], together / len(answers), kept / len(answers))


def _asked(said: dict[str, Guess], bars: dict[str, float]) -> tuple[str, Guess]:
    """Who answers, and what, by the rules of the AI task's cascade."""
    limits = route.Limits((CHEAP, DEAR), unteachable=frozenset(said))
    attempts: list[Attempt] = []
    while isinstance(step := route.next_step(attempts, limits, lambda *_: route.ZERO), route.Ask):
        sure = said[step.model].confidence
        faults = () if sure >= bars[step.model] else (fault(FaultKind.CONFIDENCE, f"it is {sure:.2f}"),)
        attempts.append(Attempt(len(attempts) + 1, step.model, "answered", _NOW, faults=faults, confidence=sure))
    assert isinstance(step, route.Accepted)
    return step.attempt.model, said[step.attempt.model]


def _least_sure(cheap: WordClassifier, dear: Classifier, examples: Texts, recorded: Texts) -> float:
    """From which confidence on the cheap one is as often right as the dear one, nearly for sure; within the budget.

    Both are looked at on what they did not learn from: each example without itself, and the recorded verdicts.
    """
    seen = cheap(recorded.texts)
    sure = np.concatenate([cheap.own_margins, [one.confidence for one in seen]])
    first = [*_right(cheap.own_labels, examples), *_right([one.label for one in seen], recorded)]
    second = [*_right(_without_itself(examples), examples), *_right(_labels(dear, recorded), recorded)]
    order = np.argsort(-sure)
    difference = (np.array(first, int) - np.array(second, int))[order]
    is_as_good = difference.cumsum() >= SURENESS * np.sqrt(np.abs(difference).cumsum())
    affordable = round(len(order) * (1 + 1 / PRICE_RATIOS[0] - BUDGET))
    kept = min(int(np.flatnonzero(is_as_good).max(initial=-1)) + 1, affordable)
    return float(sure[order][kept - 1]) if kept else 1.1


def _without_itself(examples: Texts) -> list[str]:
    """What the dear model says of each example when its part of them is not learned from."""
    said = [""] * len(examples.labels)
    for fold in range(FOLDS):
        others = [at for at in range(len(said)) if at % FOLDS != fold]
        own = examples.part(range(fold, len(said), FOLDS))
        part = examples.part(others)
        for at, label in zip(
            range(fold, len(said), FOLDS), _labels(learn(part.vectors, _named(part)), own), strict=True
        ):
            said[at] = label
    return said


def _labels(classifier: Classifier, texts: Texts) -> list[str]:
    return [guess.label for guess in classifier.guess(texts.vectors)]


def _right(said: Sequence[str], texts: Texts) -> list[bool]:
    return [one == label for one, label in zip(said, texts.labels, strict=True)]


def _named(texts: Texts) -> list[str]:
    return [label or "" for label in texts.labels]


def outcomes(guesses: Sequence[Guess], texts: Texts) -> list[Judgement]:
    """What a person would record of each guess."""
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
    """The texts of a file, in either form."""
    pairs = _of_json(file) if file.suffix == ".json" else _of_csv(file)
    texts = [text for text, _ in pairs]
    return Texts(texts, [label for _, label in pairs], encoder(texts))


def _of_json(file: Path) -> list[tuple[str, str | None]]:
    parts = json.loads(file.read_text())
    return [(text, _label(label, key)) for key, part in parts.items() for text, label in part]


def _of_csv(file: Path) -> list[tuple[str, str | None]]:
    with file.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    column = next(name for name in ("category", "label", "intent") if name in rows[0])
    return [(row["text"], _label(row[column])) for row in rows]


def _label(label: str, key: str = "") -> str | None:
    return None if "oos" in key or label in ("oos", "out_of_scope") else label


def _rate(found: Sequence[Judgement]) -> float:
    return sum(one.is_right for one in found) / len(found) if found else 0.0


def _costs(cascades: Sequence[Cascade]) -> str:
    means = {ratio: statistics.mean(one.cost(ratio) for one in cascades) for ratio in PRICE_RATIOS[1:]}
    return ", ".join(f"1:{ratio} {mean:.1%}" for ratio, mean in means.items())


def _points(gains: Sequence[float]) -> str:
    """Mean and its 95 % interval over the splits, in points of a hundred."""
    mean, half = statistics.mean(gains), 1.96 * statistics.stdev(gains) / len(gains) ** 0.5
    return f"{mean * 100:+.2f} points ({(mean - half) * 100:+.2f} to {(mean + half) * 100:+.2f})"


def _spread(shares: Sequence[float]) -> str:
    return f"{statistics.mean(shares):.1%} ({min(shares):.1%} to {max(shares):.1%})"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
