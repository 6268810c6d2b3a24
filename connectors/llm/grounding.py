"""Did the answer come from the document? Every extracted text and number must occur in it.

A value made up in the right shape passes every schema; this check is what catches it (in trials with a small model: all
of its wrong first answers). Numbers are compared by value and dates by day, whatever notation the document uses; texts
without regard to case, white space and kinds of dash. Exempt are null, booleans, values of an `enum` or `const`, and
what the schema marks with `"x-grounded": false` (a summary, a category in the model's own words).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from connectors.base import Json
from connectors.llm.figures import dates_in, numbers_in, readings

KEYWORD = "x-grounded"
_SHORTEST_CODE, _LONGEST_CODE = 6, 64
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")
_QUOTES = {0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0x00AD: ""}


@dataclass(frozen=True, slots=True)
class Claim:
    """A value of the answer that must occur in the document; `field` is its path, such as `lines[0].total`."""

    field: str
    value: str | int | float


@dataclass(frozen=True, slots=True)
class Grounding:
    """The result: the claims that were looked for, and those that were not found."""

    checked: int
    missing: tuple[Claim, ...]

    @property
    def faults(self) -> tuple[str, ...]:
        """One sentence for each value that the document does not hold."""
        return tuple(f"{claim.field}: {_show(claim.value)} does not occur in the document" for claim in self.missing)


def check(output: Json, schema: Mapping[str, Json], source: Json) -> Grounding:
    """Look for every claim of an answer in the source (a text, or JSON whose texts and numbers count)."""
    document = Document(source)
    claims = list(claims_of(output, schema))
    return Grounding(len(claims), tuple(claim for claim in claims if not document.holds(claim.value)))


def claims_of(output: Json, schema: Mapping[str, Json]) -> Iterator[Claim]:
    """The texts and numbers of an answer that the schema does not exempt, in order."""
    yield from _claims(output, [schema], schema, "")


class Document:
    """A source, prepared for many questions."""

    def __init__(self, source: Json) -> None:
        leaves = list(_leaves(source))
        self._text = "\n".join(leaf for leaf in leaves if isinstance(leaf, str))
        self._given = frozenset(Decimal(str(leaf)) for leaf in leaves if isinstance(leaf, int | float))

    def holds(self, value: str | int | float) -> bool:
        """Whether the value occurs, in any notation."""
        if isinstance(value, str):
            return self._holds_text(value)
        return Decimal(str(value)) in self._numbers

    def _holds_text(self, value: str) -> bool:
        wanted = folded(value)
        if not wanted or _occurs(wanted, self._folded):
            return True
        if _is_code(wanted) and _occurs(wanted.replace(" ", ""), self._folded, between=" ?"):
            return True
        if is_iso_date(value):
            return date.fromisoformat(value[:10]) in self._dates
        return bool(_LONE_NUMBER.fullmatch(wanted)) and any(number in self._numbers for number in readings(wanted))

    @cached_property
    def _folded(self) -> str:
        return folded(self._text) + "".join(f"\n{number}" for number in self._given)

    @cached_property
    def _numbers(self) -> frozenset[Decimal]:
        return self._given | numbers_in(self._text)

    @cached_property
    def _dates(self) -> frozenset[date]:
        return dates_in(self._text)


_LONE_NUMBER = re.compile(r"[+-]?\d[\d.,' ]*")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]00:00(?::00(?:\.0+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?")


def folded(text: str) -> str:
    """A text as it is compared: compatible characters unified, lower case, single blanks, plain dashes and quotes."""
    plain = unicodedata.normalize("NFKC", text).translate(_DASHES).translate(_QUOTES)
    return " ".join(plain.casefold().split())


def is_iso_date(text: str) -> bool:
    """Whether a text is a date as schemas want it (2025-11-21), possibly with midnight behind it."""
    if not _ISO_DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(text[:10])
    except ValueError:
        return False
    return True


def _is_code(text: str) -> bool:
    """Whether blanks in it mean nothing, as in an IBAN that a document prints in groups of four."""
    return _SHORTEST_CODE <= len(text.replace(" ", "")) <= _LONGEST_CODE and re.search(r"\d", text) is not None


def _occurs(wanted: str, text: str, between: str = "") -> bool:
    # Whole words only: "Polar" does not occur in "Polarity".
    before = r"(?<!\w)" if re.match(r"\w", wanted) else ""
    after = r"(?!\w)" if re.search(r"\w\Z", wanted) else ""
    pattern = between.join(map(re.escape, wanted)) if between else re.escape(wanted)
    return re.search(f"{before}{pattern}{after}", text) is not None


def _leaves(value: Json) -> Iterator[str | int | float]:
    match value:
        case bool() | None:
            return
        case str() | int() | float():
            yield value
        case list():
            for item in value:
                yield from _leaves(item)
        case dict():
            for item in value.values():
                yield from _leaves(item)


def _claims(value: Json, schemas: list[Json], root: Mapping[str, Json], path: str) -> Iterator[Claim]:
    views = list(_views(schemas, root))
    if any(view.get(KEYWORD) is False or "enum" in view or "const" in view for view in views):
        return
    match value:
        case bool() | None:
            return
        case str() | int() | float():
            yield Claim(path or "the answer", value)
        case dict():
            for name, item in value.items():
                yield from _claims(item, _properties(views, name), root, f"{path}.{name}" if path else str(name))
        case list():
            for index, item in enumerate(value):
                yield from _claims(item, _items(views, index), root, f"{path}[{index}]")


def _properties(views: list[Mapping[str, Json]], name: str) -> list[Json]:
    found = []
    for view in views:
        properties = view.get("properties") or {}
        found.append(properties[name] if name in properties else view.get("additionalProperties"))
    return found


def _items(views: list[Mapping[str, Json]], index: int) -> list[Json]:
    found = []
    for view in views:
        first = view.get("prefixItems") or []
        found.append(first[index] if index < len(first) else view.get("items"))
    return found


def _views(schemas: list[Json], root: Mapping[str, Json], depth: int = 0) -> Iterator[Mapping[str, Json]]:
    """A schema and those it refers to or is made of; exemptions may stand in any of them."""
    for schema in schemas:
        if not isinstance(schema, dict) or depth > 16:
            continue
        yield schema
        inner = [part for word in ("allOf", "anyOf", "oneOf") for part in schema.get(word) or ()]
        if (reference := schema.get("$ref")) and (target := _target(root, reference)):
            inner.append(target)
        yield from _views(inner, root, depth + 1)


def _target(root: Mapping[str, Json], reference: Json) -> Json:
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return None
    found: Json = root
    for part in reference[2:].split("/"):
        found = found.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
    return found


def _show(value: str | int | float) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 120 else f"{text[:117]}..."
