"""Personal data and credentials in texts, found by form and, where there is one, by checksum.

Names of people and postal addresses have no form of their own: they are not found here, and nothing here says so.
Every pattern begins at the edge of a word and has bounded parts, so that the time grows with the text and no faster.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address

from engine.known_secrets import KNOWN
from engine.policies.guards.national_ids import find_national_ids, luhn

Spans = Iterable[tuple[int, int]]

SECRET = "SECRET"
CREDENTIAL = "CREDENTIAL"
#: What is found unless somebody says otherwise: dates of birth are asked for by name.
USUAL = ("SECRET", "CREDENTIAL", "EMAIL", "IBAN", "CARD", "NATIONAL_ID", "PHONE", "IP")


@dataclass(frozen=True, slots=True)
class Found:
    """A piece of personal data: its kind, and characters `start` to `end` of the text."""

    kind: str
    start: int
    end: int


def find(text: str, kinds: Collection[str] = USUAL) -> list[Found]:
    """What of these kinds stands in a text, in order, without overlaps; the kind that is named first wins."""
    kept: list[Found] = []
    taken = bytearray(len(text))
    for kind in kinds:
        for start, end in _FINDERS[kind](text):
            if start < end and not any(taken[start:end]):
                taken[start:end] = b"\1" * (end - start)
                kept.append(Found(kind, start, end))
    return sorted(kept, key=lambda one: one.start)


def redact(text: str, kinds: Collection[str] = USUAL) -> str:
    """The text with the kind of each piece instead of it: for logs, where nothing is ever restored."""
    parts, end = [], 0
    for one in find(text, kinds):
        parts += [text[end : one.start], f"<{one.kind}>"]
        end = one.end
    return "".join(parts) + text[end:] if parts else text


@cache
def _pattern(text: str, flags: int = 0) -> re.Pattern[str]:
    return re.compile(text, flags)


_EMAIL = r"(?<![\w.+%-])[\w.+%-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w-])"
_IBAN = r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])"
# How many signs an IBAN has in each country that has them (ISO 13616 registry).
_IBAN_LENGTHS = (
    "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BR29BY28CH21CR22CY28CZ24DE22DK18DO28EE20EG29ES24FI18FO18FR27GB22GE22GI23GL18"
    "GR27GT28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19MR27MT31MU30NL18NO15"
    "PK24PL28PS29PT25QA29RO24RS22SA24SC31SE24SI19SK24SM27ST25SV28TL23TN24TR26UA29VA22VG24XK20"
)
_CARD = (
    r"(?:\d{4}([ -]?)\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?|3[47]\d{2}([ -]?)\d{6}\2\d{5}|3\d{3}([ -]?)\d{6}\3\d{4})"
    r"(?![\w-])(?![.,]\d)"
)
_DIGITS_TOGETHER = r"[+(0-9][0-9 ()./-]{6,}"
_PHONE = (
    r"(?<![\w.,/+-])(?:"
    r"(?:\+|00)[1-9]\d{0,2}[ ./-]?(?:\(0?\d{1,5}\)[ ./-]?)?\d(?:[ ./-]?\d){5,11}"  # +49 (0)30 12 34 56
    r"|\(?0\d{2,5}\)?[ /-]\d{3,}(?:[ /-]\d{2,}){0,4}"  # 030 / 1234-567
    r"|0[1-9](?:[ .]\d{2}){4}"  # 01 23 45 67 89
    r"|\(?[2-9]\d{2}\)?[ .-][2-9]\d{2}[.-]\d{4}"  # (555) 234-5678
    r")(?![\w-])(?![.,]\d)"
)
_NAMES_OF_PHONES = tuple("tel phone mobil handy fax cell gsm portable móvil telefoon 电话 手机".split())
_AFTER_PHONE = r"[^\W\d_]{0,6}[^\w\n+]{0,5}(?:no\b\.?|number)?[:\s]{0,3}(\(?\d[\d ()./-]{5,18}\d)"
_IPV4 = r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?!\w|\.\w)"
_IPV6 = r"(?<![\w:.])[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}(?![\w:])"
_NAMES_OF_BIRTHS = (
    *("born", "birth", "dob", "d.o.b", "geboren", "geburtsdatum", "né le", "née le", "naissance", "nacimiento"),
    *(
        "nacido el",
        "nacida el",
        "nascita",
        "nato il",
        "nata il",
        "geboortedatum",
        "urodzeni",
        "urodzon",
        "出生",
        "生日",
    ),
)
_AFTER_BIRTH = (
    r"[^\W\d_]{0,5}(?:[ _]?(?:day|date|on|am|op))?[\"'.]?\s{0,3}[:=：]?\s{0,3}[\"']?"
    r"(\d{4}-\d{2}-\d{2}|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{1,2}\.? [^\W\d_]{3,12}\.?,? \d{4}"
    r"|[^\W\d_]{3,12} \d{1,2}, \d{4}|\d{4}年\d{1,2}月\d{1,2}日)"
)
_KEY_BEGINNINGS = (
    *("AKIA", "ASIA", "sk-", "sk_", "pk_", "rk_", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-"),
    *("xoxb-", "xoxp-", "xoxa-", "xoxs-", "xoxe-", "AIza", "whsec_"),
)
_KEY = r"[\w+/=-]{16,300}"
_SIGNED_TOKEN = r"eyJ[\w-]{8,4000}\.[\w-]{8,8000}\.[\w-]{8,4000}"
_NAMES_OF_CREDENTIALS = (
    *("password", "passwd", "passphrase", "passwort", "kennwort", "contraseña", "mot de passe", "wachtwoord", "hasło"),
    *(
        "密码",
        "secret",
        "api key",
        "api_key",
        "api-key",
        "apikey",
        "access key",
        "access_key",
        "access-key",
        "accesskey",
    ),
    *("access token", "access_token", "access-token", "accesstoken", "auth_token", "authtoken", "private_key"),
)
_AFTER_CREDENTIAL = (
    r"[\"']?\s{0,3}(?::|=|：|(?:is|ist)\b(?=\s{1,3}[^\s\d]{0,60}\d))\s{0,3}[\"']?"
    r"((?!\{\{|<|\*\*\*|secrets\.)[^\s\"',;]{4,200})"
)
_BEARER = r"\s{1,3}([A-Za-z0-9+/_=.~-]{16,4000})"
_IN_ADDRESS = r"[^\s:/@]{1,100}:([^\s:/@]{1,200})@"
_PEM_BEGINS, _PEM_ENDS, _LONGEST_PEM = "-----BEGIN ", "-----END ", 10_000


def _after(text: str, words: Collection[str], tail: str, *, is_whole: bool = False) -> Iterator[re.Match[str]]:
    """Where `tail` follows one of the words, which are in small letters; `is_whole`: no letter stands before it."""
    small = _small(text)
    for word in words:
        at = small.find(word)
        while at >= 0:
            if not (is_whole and at and (text[at - 1].isalnum() or text[at - 1] == "_")):
                found = _pattern(tail, re.IGNORECASE).match(text, at + len(word))
                if found:
                    yield found
            at = small.find(word, at + len(word))


def _small(text: str) -> str:
    """In small letters, with every letter at its place."""
    small = text.lower()
    return small if len(small) == len(text) else "".join(one.lower()[:1] or one for one in text)


def _secrets(text: str) -> Spans:
    return ((one.start, one.end) for one in KNOWN.finder.find(text))


def _credentials(text: str) -> Spans:
    for start in _KEY_BEGINNINGS:
        yield from _keys(text, start, _KEY)
    yield from _keys(text, "eyJ", _SIGNED_TOKEN)
    yield from _private_keys(text)
    for match in _after(text, _NAMES_OF_CREDENTIALS, _AFTER_CREDENTIAL):
        yield match.span(1)
    for match in _after(text, ("bearer", "basic"), _BEARER, is_whole=True):
        yield match.span(1)
    for match in _after(text, ("://",), _IN_ADDRESS):
        yield match.span(1)


def _keys(text: str, start: str, pattern: str) -> Spans:
    at = text.find(start)
    while at >= 0:
        found = None
        if not (at and (text[at - 1].isalnum() or text[at - 1] in "_-")):
            found = _pattern(pattern).match(text, at)
        if found and any(map(str.isdigit, found[0])):
            yield found.span()
        at = text.find(start, found.end() if found else at + len(start))


def _private_keys(text: str) -> Spans:
    at = text.find(_PEM_BEGINS)
    while at >= 0:
        end = at + len(_PEM_BEGINS)
        if "PRIVATE KEY-----" in text[at : at + 60]:
            closing = text.find(_PEM_ENDS, at, at + _LONGEST_PEM)
            line = text.find("\n", closing) if closing >= 0 else -1
            end = line if line >= 0 else min(len(text), at + _LONGEST_PEM)
            yield at, end
        at = text.find(_PEM_BEGINS, end)


def _emails(text: str) -> Spans:
    return (match.span() for match in _pattern(_EMAIL).finditer(text)) if "@" in text else ()


def _ibans(text: str) -> Spans:
    for match in _pattern(_IBAN).finditer(text):
        length = _iban_lengths().get(match[0][:2], 0)
        if match.start() and text[match.start() - 1].isalnum():
            continue
        # The words that follow an IBAN may look like its last groups.
        groups = match[0].split(" ")
        while sum(map(len, groups)) > length:
            groups.pop()
        if is_iban("".join(groups)):
            yield match.start(), match.start() + len(" ".join(groups))


@cache
def _iban_lengths() -> dict[str, int]:
    return {match[1]: int(match[2]) for match in re.finditer(r"([A-Z]{2})(\d{2})", _IBAN_LENGTHS)}


def is_iban(text: str) -> bool:
    """Whether a text without blanks is an IBAN: its country's length, and ISO 13616's checksum (modulo 97)."""
    if len(text) != _iban_lengths().get(text[:2]) or not text.isalnum():
        return False
    return int("".join(str(int(sign, 36)) for sign in text[4:] + text[:4])) % 97 == 1


def _cards(text: str) -> Spans:
    for match in _pattern(_CARD).finditer(text):
        if match.start() and (text[match.start() - 1].isalnum() or text[match.start() - 1] in "_.,/-"):
            continue
        digits = re.sub(r"\D", "", match[0])
        if digits[0] in "23456" and len(set(digits)) > 1 and luhn(digits):
            yield match.span()


def _phones(text: str) -> Spans:
    for region in _pattern(_DIGITS_TOGETHER).finditer(text):
        for match in _pattern(_PHONE).finditer(text, *region.span()):
            if 7 <= sum(map(str.isdigit, match[0])) <= 16:
                yield match.span()
    for match in _after(text, _NAMES_OF_PHONES, _AFTER_PHONE, is_whole=True):
        yield match.span(1)


def _addresses(text: str) -> Spans:
    for match in _ip_candidates(text):
        try:
            ip_address(match[0])
        except ValueError:
            continue
        yield match.span()


def _ip_candidates(text: str) -> Iterator[re.Match[str]]:
    for match in _pattern(_IPV4).finditer(text):
        before = text[max(0, match.start() - 10) : match.start()].lower()
        if not (before[-1:].isalnum() or before[-1:] in ("_", ".") or "ersion" in before):
            yield match
    if "::" in text or text.count(":") >= 7:
        yield from (match for match in _pattern(_IPV6).finditer(text) if sum(map(str.isalnum, match[0])) > 2)


def _births(text: str) -> Spans:
    return (match.span(1) for match in _after(text, _NAMES_OF_BIRTHS, _AFTER_BIRTH))


_FINDERS: dict[str, Callable[[str], Spans]] = {
    "SECRET": _secrets,
    "CREDENTIAL": _credentials,
    "EMAIL": _emails,
    "IBAN": _ibans,
    "CARD": _cards,
    "NATIONAL_ID": find_national_ids,
    "PHONE": _phones,
    "IP": _addresses,
    "BIRTH_DATE": _births,
}
KINDS = tuple(_FINDERS)
