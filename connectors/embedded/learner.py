"""Learning classes from examples: multinomial logistic regression over vectors of meaning.

What it reports is how sure it is: the probability of the class, lowered where the text is unlike every example (a
question that nobody asked for has a most probable class, too). It is a figure to rank by, not a calibrated probability;
what it means, recorded verdicts of people tell (`engine.calibration`).

Who asks about something else altogether is told apart without examples of such questions: each example is judged as if
its own class and those nearest to it were not there, which is how a question out of scope meets the others. What does
not get above 97 of 100 of these figures (`Classifier.least`) counts as out of scope, with a confidence of 0. That takes
enough classes and examples; with few there is no such line, and a stray question may pass for a known one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from connectors.embedded.encoder import Matrix

Numbers = NDArray[np.float64]

_ROUNDS = 60
_SCALE = 10.0  # vectors have length 1, which is little beside the penalty
_PENALTY = 1e-3
_STRAYS_PASSING = 0.03  # less than the 5 % that are meant: classes that were taught are told apart better
_NEIGHBOURS = 2  # classes that are hidden beside an example's own
_FEWEST_CLASSES = 20
_FEWEST_EXAMPLES = 200
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Guess:
    """The most probable class of a text; `probability` and `likeness` (to the nearest example) between 0 and 1."""

    label: str
    probability: float
    likeness: float
    is_known: bool = True

    @property
    def confidence(self) -> float:
        """0 for what looks like nothing that was taught."""
        return self.probability * self.likeness if self.is_known else 0.0


class Classifier:
    """What was learned. Make one with `learn`."""

    def __init__(self, labels: Sequence[str], weights: Numbers, examples: Matrix, least: float = 0.0) -> None:
        self._labels = tuple(labels)
        self._weights = weights
        self._examples = examples
        self.least = least

    def guess(self, vectors: Matrix) -> list[Guess]:
        """The class of each row."""
        chances = _softmax(_with_constant(vectors) @ self._weights)
        best = chances.argmax(axis=1)
        likeness = self._likeness(vectors)
        known = chances.max(axis=1) * likeness >= self.least
        return [
            Guess(self._labels[at], float(chances[row, at]), float(likeness[row]), bool(known[row]))
            for row, at in enumerate(best.tolist())
        ]

    def _likeness(self, vectors: Matrix) -> Numbers:
        cosines = vectors @ self._examples.T
        return np.asarray(cosines.max(axis=1).clip(0.0, 1.0), np.float64)


def learn(vectors: Matrix, labels: Sequence[str]) -> Classifier:
    """A classifier from examples: a row and a label for each. The same examples make the same classifier."""
    names = sorted(set(labels))
    place = {name: at for at, name in enumerate(names)}
    classes = np.array([place[label] for label in labels])
    weights = _fit(_with_constant(vectors), np.eye(len(names))[classes])
    return Classifier(names, weights, vectors, _least(vectors, classes, weights))


def _least(vectors: Matrix, classes: NDArray[np.int64], weights: Numbers) -> float:
    """The confidence that 97 of 100 examples do not reach where their own neighbourhood of classes is not there."""
    count = weights.shape[1]
    if count < _FEWEST_CLASSES or len(vectors) < _FEWEST_EXAMPLES:
        return 0.0
    centres = np.stack([vectors[classes == at].mean(axis=0) for at in range(count)])
    near = np.argsort(-(centres @ centres.T), axis=1)[:, : _NEIGHBOURS + 1]
    is_near = np.zeros((count, count), bool)
    is_near[np.arange(count)[:, None], near] = True
    np.fill_diagonal(is_near, val=True)
    found = np.empty(len(vectors))
    for begin in range(0, len(vectors), _AT_ONCE):
        part = slice(begin, begin + _AT_ONCE)
        hidden = is_near[classes[part]]
        chances = _softmax(np.where(hidden, -np.inf, _with_constant(vectors[part]) @ weights))
        likeness = np.where(hidden[:, classes], -1.0, vectors[part] @ vectors.T).max(axis=1)
        found[part] = chances.max(axis=1) * likeness.clip(0.0, 1.0)
    return float(np.quantile(found, 1 - _STRAYS_PASSING))


def _fit(rows: Numbers, wanted: Numbers) -> Numbers:
    """Nesterov's accelerated descent with the step that the curvature allows."""
    weights = np.zeros((rows.shape[1], wanted.shape[1]))
    ahead, pace, count = weights, 1.0, len(rows)
    steepest = float(np.linalg.eigvalsh(rows.T @ rows / count)[-1]) / 2 + _PENALTY
    for _ in range(_ROUNDS):
        slope = rows.T @ (_softmax(rows @ ahead) - wanted) / count + _PENALTY * ahead
        following = ahead - slope / steepest
        quicker = (1 + np.sqrt(1 + 4 * pace * pace)) / 2
        ahead = following + (pace - 1) / quicker * (following - weights)
        weights, pace = following, quicker
    return weights


def _with_constant(vectors: Matrix) -> Numbers:
    return np.hstack([vectors.astype(np.float64) * _SCALE, np.ones((len(vectors), 1))])


def _softmax(scores: Numbers) -> Numbers:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), np.float64)
