"""What a text says to a model beside what it shows to people: other letters, invisible signs, encodings, hidden markup.

`views` gives the readings of a text: as it stands, in plain small letters, and what is decoded from it or hidden in it.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import html
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from urllib.parse import unquote

_DEEPEST = 2  # encodings within encodings that are looked into
_MOST_PIECES = 100  # of one kind in one text
_LONGEST_PIECE = 20_000
_LONGEST_HIDDEN = 2_000
_AROUND = 400  # signs before and after a word that no order is longer than

_MARKS = "".join(map(chr, (0xAD, 0x34F, 0x61C, 0x180E, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F))))
_MARKS += "".join(map(chr, (*range(0x2060, 0x2070), *range(0xFE00, 0xFE10))))
_INVISIBLE = re.compile(f"[{_MARKS}]")
_TAGS = re.compile("[\U000e0020-\U000e007e]{4,}")
_TAG_LETTERS = {0xE0000 + code: code for code in range(0x20, 0x7F)}
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_COMBINING = re.compile("[\u0300-\u036f]")
# Letters of other scripts that look like Latin ones (Unicode's confusables, those of one letter each).
_LOOKALIKES = str.maketrans(
    "аеорсухіјѕһԁԛԝьгкмнтвАВЕКМНОРСТХЅІЈαεικνορτυχβΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aeopcyxijshdqwbrkmhtbABEKMHOPCTXSIJaeikvoptuxbABEZHIKMNOPTYX",
)
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "’": "'", "‘": "'"})
_WORD = re.compile(r"[^\W\d_]+")
_LEET = re.compile(r"(?<![\w])(?=\w*[a-z])(?=[a-z]*[01345$@7])[a-z01345$@7]{4,30}(?![\w])")
_LEET_LETTERS = str.maketrans("01345$@7", "oieassat")
_SPACED = re.compile(r"(?<!\w)(?:\w[ .\-_*|]{1,3}){5,}\w(?!\w)")
_BASE64 = re.compile(r"(?<![\w+/=-])[A-Za-z0-9+/_-]{20,}={0,2}(?![\w+/=])")
_HEX = re.compile(r"(?<![0-9A-Za-z])(?:[0-9a-fA-F]{2}[ :]?){12,}(?![0-9A-Za-z])")
_PERCENT = re.compile(r"(?<![\w.+%-])[\w.+-]{0,200}(?:%[0-9a-fA-F]{2}[\w.+-]{0,200}){2,}")
_ESCAPES = re.compile(r"(?:\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}){4,}")
_OPENS_COMMENT = re.compile("<!--")
_MARKDOWN_COMMENT = re.compile(r"\[//\]: ?# ?[(\"']([^\n]{1,2000})")
_UNSEEN = re.compile(
    r"<\w{1,10}\s[^<>]{0,300}?(?:display\s?:\s?none|visibility\s?:\s?hidden|font-size\s?:\s?[01](?:px|pt|em|\b)|opacity\s?:\s?0"
    r"|color\s?:\s?(?:white|#fff\b|#ffffff)|\bhidden\b)[^<>]{0,300}>",
    re.IGNORECASE,
)
_ATTRIBUTE = re.compile(
    r"\s(?:alt|title|aria-label|content)=(?:\"([^\"<>]{8,1000})\"|'([^'<>]{8,1000})')", re.IGNORECASE
)
_BACKWARDS = ("erongi", "snoitcurtsni", "tpmorp", "drawssap")
_ROTATED = ("vtaber", "vafgehpgvbaf", "cebzcg", "cnffjbeq", "qvfertneq")


@dataclass(frozen=True, slots=True)
class View:
    """One reading of a text. `kind` is shown, hidden (people do not see it) or decoded; `how` says by what."""

    kind: str
    how: str
    text: str


def views(text: str) -> list[View]:
    """The readings of a text, in small letters without accents; the one as shown comes first."""
    found = [View("shown", "as it stands", plain(text))]
    found += [View(one.kind, one.how, plain(one.text)) for one in _beneath(text, 1)]
    shown = found[0].text
    if leet := _unleeted(shown):
        found.append(View("decoded", "digits for letters", leet))
    if spaced := _SPACED.findall(shown):
        found.append(View("decoded", "spaced letters", " . ".join(map(_closed, spaced[:_MOST_PIECES]))))
    return found


def _unleeted(text: str) -> str:
    """The places with words that have digits for letters, read as letters, with what stands around them."""
    places: list[list[int]] = []
    for match in _LEET.finditer(text):
        if match[0].translate(_LEET_LETTERS) == match[0]:
            continue
        begin, end = max(0, match.start() - _AROUND), match.end() + _AROUND
        if places and begin <= places[-1][1]:
            places[-1][1] = end
        else:
            places.append([begin, end])
    return " . ".join(
        _LEET.sub(lambda word: word[0].translate(_LEET_LETTERS), text[begin:end]) for begin, end in places
    )


def plain(text: str) -> str:
    """Small letters, no accents, no invisible signs, one blank between words; look-alikes as what they look like."""
    if not text.isascii():
        text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
        text = _WORD.sub(lambda word: word[0].translate(_LOOKALIKES) if _has_both(word[0]) else word[0], text)
        text = _COMBINING.sub("", unicodedata.normalize("NFKD", text)).casefold().translate(_LETTERS)
    return " ".join(text.casefold().split())


def oddities(text: str) -> list[str]:
    """What no honest text has: signs that nobody sees between the letters of words, directions that change."""
    if text.isascii():
        return []
    told = []
    if _TAGS.search(text):
        told.append("tag characters")
    if _BIDI.search(text):
        told.append("changed direction")
    if len(re.findall(f"(?<=[^\\W\\d_])[{_MARKS}](?=[^\\W\\d_])", text)) >= 4:
        told.append("invisible signs within words")
    if any(_is_mixed(word[0]) for word in _WORD.finditer(text) if _has_both(word[0])):
        told.append("letters of two scripts in a word")
    return told


def _has_both(word: str) -> bool:
    return not word.isascii() and any(map(str.isascii, word))


def _is_mixed(word: str) -> bool:
    return len(word) > 3 and len({name for sign in word if (name := _script(sign))}) > 1


@cache
def _script(sign: str) -> str:
    name = unicodedata.name(sign, "").partition(" ")[0]
    return name if name in ("LATIN", "CYRILLIC", "GREEK") else ""


def _beneath(text: str, depth: int) -> Iterator[View]:
    found = [*_hidden(text), *_decoded(text)]
    yield from found
    if depth < _DEEPEST:
        for one in found:
            yield from _beneath(one.text, depth + 1)


def _hidden(text: str) -> Iterator[View]:
    comments = [*_between(text, _OPENS_COMMENT, "-->"), *(match[1] for match in _few(_MARKDOWN_COMMENT, text))]
    pieces = {
        "a comment": comments,
        "an element that is not shown": list(_between(text, _UNSEEN, "</")) if "<" in text else [],
        "an attribute": [match[1] or match[2] for match in _few(_ATTRIBUTE, text)] if "<" in text else [],
        "tag characters": [match[0].translate(_TAG_LETTERS) for match in _few(_TAGS, text)],
    }
    # In one view: a letter has many comments, and each view costs a look.
    yield from (View("hidden", how, "\n".join(found)) for how, found in pieces.items() if found)


def _between(text: str, start: re.Pattern[str], end: str) -> Iterator[str]:
    found, count = start.search(text), 0
    while found and (count := count + 1) <= _MOST_PIECES:
        at = text.find(end, found.end(), found.end() + _LONGEST_HIDDEN)
        at = at if at >= 0 else min(len(text), found.end() + _LONGEST_HIDDEN)
        yield text[found.end() : at]
        found = start.search(text, at)


def _decoded(text: str) -> Iterator[View]:
    for match in _few(_BASE64, text):
        yield from _read("base64", _base64, match[0])
    for match in _few(_HEX, text):
        yield from _read("hex", bytes.fromhex, re.sub("[ :]", "", match[0]))
    for match in _few(_PERCENT, text) if text.count("%") >= 4 else ():
        yield View("decoded", "percent encoding", unquote(match[0]).replace("+", " "))
    for match in _few(_ESCAPES, text):
        yield View("decoded", "escapes", codecs.decode(match[0], "unicode_escape"))
    if "&#" in text:
        yield View("decoded", "character references", html.unescape(text))
    yield from _turned(text)


def _turned(text: str) -> Iterator[View]:
    small = text.lower()
    if any(word in small for word in _BACKWARDS):
        yield View("decoded", "written backwards", text[::-1])
    if any(word in small for word in _ROTATED):
        yield View("decoded", "rot13", codecs.decode(text, "rot13"))


def _few(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    for count, match in enumerate(pattern.finditer(text)):
        if count == _MOST_PIECES:
            return
        yield match


def _base64(text: str) -> bytes:
    return base64.b64decode(text.rstrip("=").translate(str.maketrans("-_", "+/")) + "=" * (-len(text.rstrip("=")) % 4))


def _read(how: str, decode: Callable[[str], bytes], text: str) -> Iterator[View]:
    """The text in an encoded piece, if it holds one: most long words are no encoding of anything."""
    try:
        told = decode(text[:_LONGEST_PIECE]).decode()
    except (ValueError, binascii.Error):
        return
    if len(told) >= 8 and sum(sign.isalnum() or sign.isspace() for sign in told) >= 0.8 * len(told):
        yield View("decoded", how, told)


def _closed(spaced: str) -> str:
    words = re.split(r"[ .\-_*|]{2,3}", spaced)
    return " ".join(re.sub(r"[ .\-_*|]", "", word) for word in words)
