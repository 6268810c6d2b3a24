"""National identity numbers whose check digits can be computed: numbers that only look like one are left alone.

A number that is short, or has one check digit only, also needs a word beside it that says what it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

_BEFORE = 40  # characters before a number in which the word that names it is looked for
# In one piece, and in groups with blanks between them.
_WHOLE = re.compile(r"(?<![\w.,/-])[0-9A-Z][0-9A-Z.+-]{7,20}(?![\w+-])(?![.,]\d)")
_GROUPED = re.compile(
    r"(?<![\w.,/-])(?:[0-9]{1,6}|[A-Z]{2})(?: (?:[0-9]{2,5}|2[AB])){1,6}(?: [A-D])?(?![\w-])(?![.,]\d)"
)
_SHAPE = str.maketrans("012345678ABCDEFGHIJKLMNOPQRSTUVWXYZ", "9" * 9 + "A" * 26)


@dataclass(frozen=True, slots=True)
class NationalId:
    """One country's number: how it is written (9 a digit, A a letter), whether it is valid, words that name it."""

    name: str
    shapes: tuple[str, ...]
    is_valid: Callable[[str], bool]
    words: str = ""


def find_national_ids(text: str) -> Iterator[tuple[int, int]]:
    """Where numbers of people stand, as start and end."""
    by_shape = _by_shape()
    for pattern in (_WHOLE, _GROUPED):
        for match in pattern.finditer(text):
            written = match[0].rstrip(".")
            for known, words in by_shape.get(written.translate(_SHAPE), ()):
                near = text[max(0, match.start() - _BEFORE) : match.start()]
                if known.is_valid(_SIGNS.sub("", written)) and (words is None or words.search(near)):
                    yield match.start(), match.start() + len(written)


_SIGNS = re.compile(r"[^0-9A-Z]")


@cache
def _by_shape() -> dict[str, list[tuple[NationalId, re.Pattern[str] | None]]]:
    found: dict[str, list[tuple[NationalId, re.Pattern[str] | None]]] = {}
    for one in NATIONAL_IDS:
        words = re.compile(one.words, re.IGNORECASE) if one.words else None
        for shape in one.shapes:
            found.setdefault(shape, []).append((one, words))
    return found


def luhn(digits: str) -> bool:
    """The checksum of cards (ISO/IEC 7812-1) and of some countries' numbers."""
    doubled = [int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _weighted(digits: str, weights: Sequence[int]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _us(number: str) -> bool:
    return number[:3] not in ("000", "666") and number[0] != "9" and number[3:5] != "00" and number[5:] != "0000"


def _uk(number: str) -> bool:
    return number[0] not in "DFIQUV" and number[1] not in "DFIOQUV" and number[8] in "ABCD"


def _de(number: str) -> bool:
    if number[0] == "0" or len(set(number[:10])) not in (8, 9):
        return False
    product = 10
    for digit in number[:10]:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10 == int(number[10])


def _es(number: str) -> bool:
    digits = number[:-1].translate(str.maketrans("XYZ", "012"))
    return digits.isdigit() and "TRWAGMYFPDXBNJZSQVHLCKE"[int(digits) % 23] == number[-1]


_ODD = dict(zip("0123456789", (1, 0, 5, 7, 9, 13, 15, 17, 19, 21), strict=True)) | dict(
    zip(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23),
        strict=True,
    )
)


def _it(number: str) -> bool:
    if number[8] not in "ABCDEHLMPRST":
        return False

    def even(sign: str) -> int:
        return int(sign) if sign.isdigit() else ord(sign) - ord("A")

    total = sum(even(sign) if at % 2 else _ODD[sign] for at, sign in enumerate(number[:15]))
    return chr(ord("A") + total % 26) == number[15]


def _fr(number: str) -> bool:
    plain = number[:5] + number[5:7].replace("2A", "19").replace("2B", "18") + number[7:]
    return plain.isdigit() and number[0] in "12" and 97 - int(plain[:13]) % 97 == int(plain[13:])


def _nl(number: str) -> bool:
    return (_weighted(number[:8], range(9, 1, -1)) - int(number[8])) % 11 == 0 and number != "0" * 9


def _pl(number: str) -> bool:
    month, century = int(number[2:4]) % 20, {0: 1900, 1: 2000, 2: 2100, 3: 2200, 4: 1800}[int(number[2:4]) // 20]
    total = _weighted(number, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1))
    return total % 10 == 0 and _is_day(century + int(number[:2]), month, int(number[4:6]))


def _be(number: str) -> bool:
    return any(97 - int(century + number[:9]) % 97 == int(number[9:]) for century in ("", "2"))


def _ch(number: str) -> bool:
    return number.startswith("756") and (10 - _weighted(number[:12], (1, 3) * 6) % 10) % 10 == int(number[12])


def _br(number: str) -> bool:
    first = _weighted(number[:9], range(10, 1, -1)) * 10 % 11 % 10
    second = _weighted(number[:10], range(11, 1, -1)) * 10 % 11 % 10
    return number[9:] == f"{first}{second}" and len(set(number)) > 1


def _cn(number: str) -> bool:
    total = _weighted(number[:17], (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2))
    return (
        number[0] != "0"
        and "10X98765432"[total % 11] == number[17]
        and _is_day(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    )


def _se(number: str) -> bool:
    short = number[-10:]
    return short.isdigit() and luhn(short) and _is_day(2000, int(short[2:4]), int(short[4:6]))


def _fi(number: str) -> bool:
    return "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(number[:6] + number[-4:-1]) % 31] == number[-1]


def _no(number: str) -> bool:
    first = -_weighted(number[:9], (3, 7, 6, 1, 8, 9, 4, 5, 2)) % 11
    second = -_weighted(number[:10], (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return number[9:] == f"{first}{second}" and _is_day(2000, int(number[2:4]), int(number[:2]))


def _in(number: str) -> bool:
    """Verhoeff: multiplication in the dihedral group of order 10, computed instead of looked up."""
    check, permuted = 0, list(range(10))
    for digit in reversed(number):
        check = _dihedral(check, permuted[int(digit)])
        permuted = [_PERMUTATION[one] for one in permuted]
    return check == 0 and number[0] not in "01"


_PERMUTATION = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def _dihedral(left: int, right: int) -> int:
    if left < 5:
        return (left + right) % 5 if right < 5 else (left + right - 5) % 5 + 5
    return (left - 5 - right) % 5 + 5 if right < 5 else (left - right) % 5


NATIONAL_IDS = (
    NationalId("us social security number", ("999-99-9999",), _us),
    NationalId("us social security number, bare", ("999999999",), _us, r"ssn|social.security"),
    NationalId("uk national insurance number", ("AA999999A", "AA 99 99 99 A"), _uk),
    NationalId(
        "german tax id",
        ("99999999999", "99 999 999 999"),
        _de,
        r"steuer|tax.?(?:id|number)|\btin\b|idnr|identifikation",
    ),
    NationalId("spanish dni or nie", ("99999999A", "99999999-A", "A9999999A", "A9999999-A", "A-9999999-A"), _es),
    NationalId("italian codice fiscale", ("AAAAAA99A99A999A",), _it),
    NationalId(
        "french nir", ("999999999999999", "9 99 99 99 999 999 99", "99999A999999999", "9 99 99 9A 999 999 99"), _fr
    ),
    NationalId("dutch bsn", ("999999999", "9999.99.999", "9999 99 999"), _nl, r"bsn|burgerservice|sofi"),
    NationalId("polish pesel", ("99999999999",), _pl, r"pesel|ewidencyjn"),
    NationalId("belgian national number", ("99.99.99-999.99",), _be),
    NationalId("swiss ahv number", ("999.9999.9999.99", "9999999999999"), _ch),
    NationalId("brazilian cpf", ("999.999.999-99",), _br),
    NationalId("brazilian cpf, bare", ("99999999999",), _br, r"\bcpf\b"),
    NationalId("chinese resident id", ("999999999999999999", "99999999999999999A"), _cn),
    NationalId("swedish personal number", ("999999-9999", "999999+9999", "99999999-9999"), _se),
    NationalId("finnish personal code", ("999999-999A", "999999A999A", "999999-9999", "999999A9999"), _fi),
    NationalId("norwegian birth number", ("99999999999", "999999 99999"), _no, r"fødsels|fodsels|personn"),
    NationalId("indian aadhaar", ("9999 9999 9999",), _in),
    NationalId("indian aadhaar, bare", ("999999999999",), _in, r"aadhaar|aadhar|uid"),
)
