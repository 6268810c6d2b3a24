"""Learning classes from examples: multinomial logistic regression over vectors of meaning.

What it reports is how sure it is: the probability of the class, lowered where the text is unlike every example (a
question that nobody asked for has a most probable class, too). It is a figure to rank by, not a calibrated probability;
what it means, recorded verdicts of people tell (`engine.calibration`).
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


@dataclass(frozen=True, slots=True)
class Guess:
    """The most probable class of a text; `probability` and `likeness` (to the nearest example) between 0 and 1."""

    label: str
    probability: float
    likeness: float

    @property
    def confidence(self) -> float:
        return self.probability * self.likeness


class Classifier:
    """What was learned. Make one with `learn`."""

    def __init__(self, labels: Sequence[str], weights: Numbers, examples: Matrix) -> None:
        self._labels = tuple(labels)
        self._weights = weights
        self._examples = examples

    def guess(self, vectors: Matrix) -> list[Guess]:
        """The class of each row."""
        chances = _softmax(_with_constant(vectors) @ self._weights)
        best = chances.argmax(axis=1)
        likeness = self._likeness(vectors)
        return [
            Guess(self._labels[at], float(chances[row, at]), float(likeness[row]))
            for row, at in enumerate(best.tolist())
        ]

    def _likeness(self, vectors: Matrix) -> Numbers:
        cosines = vectors @ self._examples.T
        return np.asarray(cosines.max(axis=1).clip(0.0, 1.0), np.float64)


def learn(vectors: Matrix, labels: Sequence[str]) -> Classifier:
    """A classifier from examples: a row and a label for each. The same examples make the same classifier."""
    names = sorted(set(labels))
    place = {name: at for at, name in enumerate(names)}
    wanted = np.eye(len(names))[[place[label] for label in labels]]
    return Classifier(names, _fit(_with_constant(vectors), wanted), vectors)


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
