"""A classifier that goes by words and their parts, not by meaning: what costs next to nothing, for a first tier.

It needs numpy alone: no weights, no language. Words, pairs of words and pieces of three to five letters are counted in
`BOXES` boxes and weighed by how few examples have them; a ridge regression tells the classes apart. It knows nothing
that no example says. Where it is sure it is about as good as a model of meaning, and it is sure less often.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from connectors.embedded.learner import Guess

Floats = NDArray[np.float32]
Row = tuple[NDArray[np.int64], Floats]  # boxes and what is in them

BOXES = 1 << 15
MOST_EXAMPLES = 8_000  # of more than these, every so-manieth counts
LONGEST = 2_000  # characters of a text that count
_RIDGE = 0.3
_PIECES = (3, 4, 5)
_WORD = re.compile(r"\w+")


class WordClassifier:
    """What was learned. Make one with `learn_words`.

    `own_margins` and `own_labels` say how each of its examples would have been judged, had it not been among them.
    """

    def __init__(self, labels: Sequence[str], rarity: Floats, weights: Floats, left_out: Floats) -> None:
        self._labels = tuple(labels)
        self._rarity = rarity
        self._weights = weights
        self.own_margins = _margins(left_out)
        self.own_labels = [self._labels[at] for at in left_out.argmax(axis=1).tolist()]

    def __call__(self, texts: Sequence[str]) -> list[Guess]:
        """The class of each text. Its confidence is by how much the best class is ahead of the second, from 0 to 1."""
        rows = _weighed([_counted(text) for text in texts], self._rarity)
        scores = np.array([amounts @ self._weights[boxes] for boxes, amounts in rows], np.float32)
        best = scores.argmax(axis=1).tolist()
        pairs = zip(best, _margins(scores).tolist(), strict=True)
        return [Guess(self._labels[at], margin, 1.0) for at, margin in pairs]


def learn_words(texts: Sequence[str], labels: Sequence[str]) -> WordClassifier:
    """A classifier from examples: a text and a label for each. The same examples make the same classifier."""
    step = -(-len(texts) // MOST_EXAMPLES)
    texts, labels = texts[::step], labels[::step]
    names = sorted(set(labels))
    place = {name: at for at, name in enumerate(names)}
    wanted = np.eye(len(names), dtype=np.float32)[[place[label] for label in labels]]
    counted = [_counted(text) for text in texts]
    having = np.bincount(np.concatenate([boxes for boxes, _ in counted]), minlength=BOXES)
    rarity = (np.log((1 + len(texts)) / (1 + having)) + 1).astype(np.float32)
    rows = _weighed(counted, rarity)
    inverse = np.linalg.inv(_products(rows) + _RIDGE * np.eye(len(rows), dtype=np.float32))
    parts = inverse @ wanted
    weights = np.zeros((BOXES, len(names)), np.float32)
    for (boxes, amounts), part in zip(rows, parts, strict=True):
        weights[boxes] += amounts[:, None] * part
    # Ridge regression knows what it would have said of each example without it, and need not be done anew for that.
    left_out = wanted - parts / np.diag(inverse)[:, None]
    return WordClassifier(names, rarity, weights, left_out.astype(np.float32))


def _margins(scores: Floats) -> Floats:
    if scores.shape[1] < 2:
        return np.ones(len(scores), np.float32)
    first = np.partition(scores, -2, axis=1)
    return np.asarray((first[:, -1] - first[:, -2]).clip(0.0, 1.0), np.float32)


def _counted(text: str) -> Row:
    """Which boxes a text has something in, and how much, on a scale that flattens."""
    found = Counter(zlib.crc32(part.encode("utf-8", "replace")) % BOXES for part in _parts(text))
    boxes = np.fromiter(found, np.int64, len(found))
    return boxes, 1 + np.log(np.fromiter(found.values(), np.float32, len(found)))


def _parts(text: str) -> Iterator[str]:
    words = _WORD.findall(text[:LONGEST].lower())
    yield from words
    yield from map(" ".join, pairwise(words))
    for word in words:
        whole = f"<{word}>"
        for size in _PIECES:
            yield from (whole[at : at + size] for at in range(len(whole) - size + 1))


def _weighed(rows: Sequence[Row], rarity: Floats) -> list[Row]:
    """By how rare it is, and each row of length 1."""
    weighed = [(boxes, amounts * rarity[boxes]) for boxes, amounts in rows]
    return [(boxes, amounts / max(float(np.linalg.norm(amounts)), 1e-9)) for boxes, amounts in weighed]


def _products(rows: Sequence[Row]) -> Floats:
    """Each row times each row. Most have few boxes in common, so it goes box by box."""
    of = np.repeat(np.arange(len(rows)), [len(boxes) for boxes, _ in rows])
    boxes = np.concatenate([boxes for boxes, _ in rows])
    amounts = np.concatenate([amounts for _, amounts in rows])
    order = np.argsort(boxes, kind="stable")
    ends = np.flatnonzero(np.diff(boxes[order])) + 1
    found = np.zeros((len(rows), len(rows)), np.float32)
    for these in np.split(order, ends):
        found[np.ix_(of[these], of[these])] += np.outer(amounts[these], amounts[these])
    return found
