"""Names of people and companies made comparable: script, accents, order, initials, titles and legal forms put aside.

Cyrillic and Greek are written in Latin letters; what different tables of transliteration write differently (Yuri, Juri,
Iouri) is folded together. Arabic, Chinese and others are not: lists carry Latin spellings for them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

_LATIN = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґўђјљњћџ",
        "a b v g d e e zh z i i k l m n o p r s t u f kh ts ch sh shch _ y _ e yu ya i i e g u dj j lj nj c dz".split(),
        strict=True,
    )
) | dict(
    zip(
        "αβγδεζηθικλμνξοπρσςτυφχψω",
        "a v g d e z i th i k l m n x o p r s s t y f ch ps o".split(),
        strict=True,
    )
)
_TABLE = str.maketrans(
    {sign: latin.replace("_", "") for sign, latin in _LATIN.items()}
    | {"ß": "ss", "ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "ð": "d", "’": "", "'": ""}
)
_NOT_THE_NAME = frozenset(
    "mr mrs ms miss dr prof sir herr frau mme sheikh sheik haji hajji gen general col the and & und et y i"
    " al el ul bin ibn bint abu von van der den de da di du la le del dos"
    " gmbh mbh ag kg ohg ug se ltd limited llc llp lp plc inc incorporated corp corporation co company sa sas"
    " sarl srl spa sl slu"
    " bv nv oy oyj ab as asa aps doo ooo oao zao pao pjsc jsc kft zrt nyrt sro ood ead eood pte pty pvt bhd fzco fze"
    " group holding holdings trading international intl".split()
)
# Spellings that mean the same sound, the longest first.
_FOLDED = [
    (re.compile(pattern), to)
    for pattern, to in (
        ("shch|sch|sh", "s"),
        ("tch|cz", "c"),
        ("zh|dzh|dj", "z"),
        ("kh|gh|ch", "h"),
        ("ph", "f"),
        ("th", "t"),
        ("ck|q", "k"),
        ("tz|ts", "c"),
        ("x", "ks"),
        ("w", "v"),
        ("ou|oo", "u"),
        ("ue", "u"),
        ("oe", "o"),
        ("ae", "a"),
        ("ee|iy|ij|yi|yy|ii|ie|ey|ei", "i"),
        ("[yj]", "i"),
        (r"(?<=\w)c(?=[aou])|^c(?=[aoulr])", "k"),
        ("off$", "ov"),
        ("ff$", "v"),
        (r"(.)\1+", r"\1"),
    )
]


def words_of(name: str) -> tuple[str, ...]:
    """The words that make a name, as they are compared; initials are words of one letter."""
    text = unicodedata.normalize("NFKC", name).casefold().translate(_TABLE)
    text = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    words = re.findall(r"[^\W_]+", text)
    kept = [word for word in words if word not in _NOT_THE_NAME] or words
    return tuple(folded for word in kept if (folded := _fold(word)))


def _fold(word: str) -> str:
    for pattern, to in _FOLDED:
        word = pattern.sub(to, word)
    return word


def alike(one: Sequence[str], other: Sequence[str]) -> float:
    """How likely two names mean the same, from 0 to 1: words are paired whatever their order.

    A word more or less costs little (a middle name), one that differs costs what it differs; a single word that agrees
    is never certain.
    """
    from rapidfuzz.distance import Indel, JaroWinkler

    def similarity(left: str, right: str) -> float:
        return (JaroWinkler.similarity(left, right) + Indel.normalized_similarity(left, right)) / 2

    shorter, longer = sorted((one, other), key=len)
    if not shorter:
        return 0.0
    left = list(longer)
    total = weight = 0.0
    certain = 0
    for word in sorted(shorter, key=len, reverse=True):
        at, likeness = max(
            ((at, _word(word, with_, similarity)) for at, with_ in enumerate(left)),
            key=lambda pair: pair[1],
        )
        heavy = 1.0 if len(word) == 1 or len(left[at]) == 1 else float(max(len(word), 3))
        total += heavy * likeness
        weight += heavy
        certain += likeness > 0.85 and len(word) > 1 and len(left[at]) > 1
        left.pop(at)
    score = total / weight - min(0.03 * len(left), 0.09)
    return (
        score if certain > 1 or (certain == 1 and len(longer) == 1) else min(score, 0.88 if len(shorter) > 1 else 0.8)
    )


def _word(one: str, other: str, similarity: Callable[[str, str], float]) -> float:
    if one == other:
        return 1.0
    if len(one) == 1 or len(other) == 1:
        return 0.9 if one[0] == other[0] else 0.0
    score = similarity(one, other)
    return score if score >= 0.8 else score / 2
