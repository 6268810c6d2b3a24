"""Words that must not get out, found however they are written: encoded, reversed, spaced out, in another case.

A finder knows a few words (secrets, canaries) and looks for each in every spelling that a model or a program can read
back without effort. It finds whole words only: half a secret is not found, and neither is one that was encrypted.
"""

from __future__ import annotations

import base64
import codecs
import html
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

Json = object

SHORTEST = 6  # characters of a word that is looked for at all: a shorter one stands in ordinary texts by chance
_SHORTEST_SQUEEZED = 8  # letters and digits of a word that is looked for without regard to what stands between them
_BETWEEN = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Spelled:
    """Where a word was found: characters `start` to `end` of the text, and how it was written there."""

    start: int
    end: int
    how: str


class Finder:
    """Looks for words in texts. Immutable, so that threads may share one."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        self.words = tuple(sorted({word for word in words if len(word) >= SHORTEST}, key=len, reverse=True))
        self._spellings = {text: how for word in self.words for text, how in _spellings(word)}
        self._squeezed = {text: how for word in self.words for text, how in _squeezed_spellings(word)}

    def find(self, text: str) -> list[Spelled]:
        """Every place where one of the words stands, in order, without overlaps."""
        found = [
            Spelled(at, at + len(written), how)
            for written, how in self._spellings.items()
            for at in _places(text, written)
        ]
        if self._is_squeezed_in(text):
            found += self._find_squeezed(text)
        return _apart(found)

    def is_in(self, value: Json) -> bool:
        """Whether one of the words stands anywhere in a JSON value, or is spread over texts that follow each other."""
        texts = list(texts_of(value))
        whole = texts[0] if len(texts) == 1 else "\n".join([*texts, "".join(texts)])
        return any(written in whole for written in self._spellings) or self._is_squeezed_in(whole)

    def redact(self, text: str, instead: str = "***") -> str:
        """The text with `instead` in each of these places."""
        parts, end = [], 0
        for one in self.find(text):
            parts += [text[end : one.start], instead]
            end = one.end
        return "".join(parts) + text[end:] if parts else text

    def _is_squeezed_in(self, text: str) -> bool:
        squeezed = _squeeze(text) if self._squeezed else ""
        return any(written in squeezed for written in self._squeezed)

    def _find_squeezed(self, text: str) -> Iterator[Spelled]:
        letters = [(at, letter) for at, sign in enumerate(text) for letter in _squeeze(sign)]
        squeezed = "".join(letter for _, letter in letters)
        for written, how in self._squeezed.items():
            for at in _places(squeezed, written):
                yield Spelled(letters[at][0], letters[at + len(written) - 1][0] + 1, how)


def texts_of(value: Json) -> Iterator[str]:
    """Every text in a JSON value, names of fields among them, in order."""
    match value:
        case str():
            yield value
        case list() | tuple():
            for one in value:
                yield from texts_of(one)
        case dict():
            for name, one in value.items():
                yield str(name)
                yield from texts_of(one)


def _spellings(word: str) -> Iterator[tuple[str, str]]:
    raw = word.encode("utf-8", "replace")
    yield word, "plain"
    yield word[::-1], "reversed"
    yield raw.hex(), "hex"
    yield raw.hex().upper(), "hex"
    yield base64.b32encode(raw).decode().rstrip("="), "base32"
    yield quote(word), "percent"
    yield quote(word, safe=""), "percent"
    for form in ("%{:02x}", "%{:02X}", "\\x{:02x}", "{:02x} ", "{:02X} ", "{:08b}", "{:08b} "):
        yield "".join(form.format(byte) for byte in raw).strip(), "bytes"
    yield json.dumps(word)[1:-1], "escaped"
    yield "".join(f"\\u{ord(letter):04x}" for letter in word), "escaped"
    yield html.escape(word), "html"
    yield "".join(f"&#{ord(letter)};" for letter in word), "html"
    yield codecs.encode(word, "rot13"), "rot13"
    for start in range(3):
        # What stands before a word in the encoded text moves it by bits: the letters that hold none of these stay.
        encoded = base64.b64encode(bytes(start) + raw)
        core = encoded[(start * 8 + 5) // 6 : (start + len(raw)) * 8 // 6].decode()
        yield core, "base64"
        yield core.replace("+", "-").replace("/", "_"), "base64"


def _squeezed_spellings(word: str) -> Iterator[tuple[str, str]]:
    squeezed = _squeeze(word)
    if len(squeezed) >= _SHORTEST_SQUEEZED:
        yield squeezed, "spaced"
        yield squeezed[::-1], "spaced, reversed"
        yield _squeeze(codecs.encode(word, "rot13")), "spaced, rot13"


def _squeeze(text: str) -> str:
    """Letters and digits alone, in one case and one width."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return _BETWEEN.sub("", plain).casefold()


def _places(text: str, word: str) -> Iterator[int]:
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + len(word))


def _apart(found: Iterable[Spelled]) -> list[Spelled]:
    """The longest first, and nothing that overlaps one that was taken."""
    kept: list[Spelled] = []
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if kept and one.start < kept[-1].end:
            kept[-1] = Spelled(kept[-1].start, max(kept[-1].end, one.end), kept[-1].how)
        else:
            kept.append(one)
    return kept
