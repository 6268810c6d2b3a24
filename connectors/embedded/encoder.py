"""Texts to vectors of meaning: all-MiniLM-L6-v2, run by ONNX on one thread.

Two texts that mean the same have vectors that point the same way (cosine near 1). English; of a long text the first
`LONGEST` tokens count.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]

DIMENSIONS = 384
LONGEST = 256  # tokens, what the model was trained with
_AT_ONCE = 32


class Encoder(Protocol):
    """Texts in, one row of length 1 for each out. Hashable: what was learned is kept by who encoded it."""

    def __hash__(self) -> int: ...

    def __call__(self, texts: Sequence[str]) -> Matrix:
        """The vectors of texts, in their order."""


class MiniLm:
    """The encoder over the weights `minilm`. Thread-safe: ONNX and the tokenizer keep no state between calls."""

    def __init__(self, model: Path, tokenizer: Path) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        # More threads wait for one another as soon as the machine has other work.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session: Any = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._inputs = frozenset(one.name for one in self._session.get_inputs())
        self._tokenizer: Any = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.enable_truncation(LONGEST)
        self._tokenizer.enable_padding()

    def __call__(self, texts: Sequence[str]) -> Matrix:
        """The vectors of texts, in their order; texts of like length go together, so that little is padding."""
        found = np.zeros((len(texts), DIMENSIONS), np.float32)
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        for begin in range(0, len(order), _AT_ONCE):
            places = order[begin : begin + _AT_ONCE]
            found[places] = self._batch([texts[at] for at in places])
        return found

    def _batch(self, texts: Sequence[str]) -> Matrix:
        encoded = self._tokenizer.encode_batch(list(texts))
        ids = np.array([one.ids for one in encoded], np.int64)
        mask = np.array([one.attention_mask for one in encoded], np.int64)
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        words = self._session.run(None, {name: given[name] for name in self._inputs})[0]
        mean = (words * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True), np.float32)
