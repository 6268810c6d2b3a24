"""What code can tell of a document before any model sees it: its length, its language, how well it can be read.

Routing tables decide by these. They are estimates by small rules, and the same text always gets the same ones.

* `language`: of Latin script by the share of its most frequent little words (de, en, es, fr, it, nl, pt), of other
  scripts by the script (el, ja, ko, ru, zh and so on are guessed from their letters; `ru` stands for all Cyrillic).
  Empty when too little speaks for one.
* `quality`: the share of its characters that stand in readable words, numbers and codes. Scans that were read badly
  (`lnv0!ce t0ta1 ~~ |I|`) score low, an empty document 0.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from connectors.base import Json
from connectors.llm.prompt import text_of

_LONGEST = 50_000  # characters that are looked at
_LITTLE_WORDS = {
    "de": "der die das und ist nicht ich wir sie zu den mit für von auf ein eine im dem des bitte sehr",
    "en": "the and is not of to in that for it on with are this be you we have please from at was",
    "es": "el los las y es no que de por para con una del se su al está favor como pero",
    "fr": "le les et est pas que des du une pour dans nous vous je sur avec au ce par merci",
    "it": "il gli e è non che di per con una del della si sono nel alla questo anche grazie",
    "nl": "de het een en is niet ik wij van te dat voor met op zijn aan naar graag deze",
    "pt": "o os as e é não que de do da para com uma em se no na por obrigado você",
}
_WORDS = {language: frozenset(words.split()) for language, words in _LITTLE_WORDS.items()}
_LEAST_HITS = 2
_SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("ru", re.compile(r"[\u0400-\u04ff]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
    ("ar", re.compile(r"[\u0600-\u06ff]")),
    ("he", re.compile(r"[\u0590-\u05ff]")),
    ("hi", re.compile(r"[\u0900-\u097f]")),
)
_EDGE = "\"'.,;:!?()[]{}<>«»„“”‘’…-–—*/"
_VOWEL = re.compile(r"[aeiouyäöüáàâãåæéèêëíìîïóòôõøœúùûÿ]", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*\.?")
_NUMBER = re.compile(r"[+-]?[€$£]?\d+(?:[.,'/:-]\d+)*(?:%|€|\$)?")
_CODE = re.compile(r"[A-Z0-9]+(?:[-/_.][A-Z0-9]+)*")  # A-118, DE44500105
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|https?://\S+")
_JOINTS = re.compile(r"[:/=,;()-]+")


def facts(document: Json) -> dict[str, Json]:
    """`characters` (a count), `language` (ISO 639-1, or empty) and `quality` (0 to 1) of a document."""
    text = text_of(document) if document is not None else ""
    seen = text[:_LONGEST]
    return {"characters": len(text), "language": language_of(seen), "quality": quality_of(seen)}


def language_of(text: str) -> str:
    """The language that most speaks for; empty when too little does, or as much for another one."""
    letters = sum(letter.isalpha() for letter in text)
    for language, script in _SCRIPTS:
        if letters and len(script.findall(text)) >= letters * 0.3:
            return language
    words = Counter(re.findall(r"[^\W\d_]+", text.lower()))
    hits = {language: sum(words[word] for word in little) for language, little in _WORDS.items()}
    best, second = sorted(hits.values(), reverse=True)[:2]
    return max(hits, key=lambda language: hits[language]) if best >= _LEAST_HITS and best > second else ""


def quality_of(text: str) -> float:
    """The share of the characters, spaces aside, that stand in something readable; rounded to hundredths."""
    pieces = text.split()
    whole = sum(map(len, pieces))
    return round(sum(len(piece) for piece in _readable(pieces)) / whole, 2) if whole else 0.0


def _readable(pieces: list[str]) -> Iterator[str]:
    return (piece for piece in pieces if _is_readable(piece, piece.strip(_EDGE)))


def _is_readable(piece: str, core: str) -> bool:
    if not core:
        return len(piece) == 1
    if any(shape.fullmatch(core) for shape in (_ADDRESS, _NUMBER, _CODE)) or _is_word(core):
        return True
    parts = [part for part in _JOINTS.split(core) if part]
    return all(_NUMBER.fullmatch(part) or _is_word(part) for part in parts)


def _is_word(core: str) -> bool:
    if not _WORD.fullmatch(core):
        return False
    # Letters of other scripts have no vowels that are known here, and abbreviations are short.
    return len(core) <= 4 or not core.isascii() or _VOWEL.search(core) is not None
