"""The provider that is not AI: it reads schema fields out of a text with fixed patterns, chosen by the fields' names.

It knows invoice-like documents (numbers, dates, totals, currency, IBAN, VAT ids, names after a label), classes by their
words, and nothing else. It is deterministic, free, needs no network, and says so: its kind is "rules". It never reports
a confidence. So where a diagram asks for a minimum confidence its answer always goes to a person.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from connectors.base import Json
from connectors.llm.call import Call, Message, Reply
from connectors.llm.figures import first_date, readings
from connectors.llm.grounding import folded
from connectors.llm.prompt import text_of

Field = Mapping[str, Json]

_AMOUNT = r"[-+]?\d(?:[\d.,'\u2019]|[\u00a0\u202f ](?=\d{3}\b))*"
# Between a label and its value, on one line: dots, blanks, a rate, a currency.
_GAP = r"[ \t\u00a0.:\u2026_|=]{0,80}"
_NUMBER_WORD = r"(?:(?:no|nr|number|nummer|id)\b\.?|#)?"
_RATE = rf"(?:\(?\d{{1,2}}(?:[.,]\d{{1,3}})?[ \u00a0]?%\)?{_GAP})?"
_CURRENCY = rf"(?:(?:(?-i:[A-Z]{{3}})|[€$£¥₹]){_GAP})?"
_STOP = re.compile(r"\s{2,}|\t|[|;\n\r\u00b7\u2022]| - ")
_ISO_CURRENCY = re.compile(
    r"(?<![A-Za-z])(EUR|USD|GBP|CHF|JPY|CNY|INR|SEK|NOK|DKK|PLN|CZK|HUF|AUD|CAD|BRL|ZAR)(?![a-z])"
)
_SIGNS = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY", "₹": "INR"}
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?(?!\w)")
_VAT_ID = re.compile(
    r"(?<!\w)(?:AT|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|FR|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK)[A-Z0-9]{8,12}(?!\w)"
)
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_ISSUER = frozenset({"supplier", "vendor", "seller", "issuer", "company"})
_OTHER_DATES = frozenset({"due", "payable", "delivery", "shipping"})  # not that of the document itself
_IDENTIFIER = r"(?=[\w/.-]*\d)[A-Za-z0-9][\w/.-]*\w|\d"

# Words of a field's name -> labels that a document has before the value.
_LABELS: Sequence[tuple[tuple[str, ...], str]] = (
    (("invoice",), r"invoice|statement|rechnung(?:s)?|facture|factura|fattura|bill"),
    (("order", "purchase", "po"), r"(?:purchase )?order|bestell(?:ung|nummer)?|p\.?o\.?"),
    (("customer", "client"), r"customer|client|kunde(?:n)?"),
    (("contract",), r"contract|vertrag(?:s)?"),
    (tuple(_ISSUER), r"supplier|vendor|seller|from|lieferant|issued by|billed by"),
    (("due", "payable"), r"due(?: date)?|payable (?:by|until)|pay by|fällig(?: am)?|zahlbar bis"),
    (("delivery", "shipping"), r"delivery(?: date)?|shipped|lieferdatum|lieferung"),
    (("net", "subtotal"), r"net(?: (?:total|amount))?|sub-?total|netto(?:betrag)?|total ht"),
    (("tax", "vat"), r"(?:sales )?tax|vat|mwst\.?|ust\.?|umsatzsteuer|tva|iva"),
    (
        ("total", "amount", "gross", "sum", "price"),
        r"(?:grand |invoice |gross )?total(?: (?:amount|due|payable|ttc))*|(?:amount )?due|amount(?: payable)?"
        r"|(?:rechnungs|gesamt|brutto)?betrag|(?:gesamt)?summe|brutto|montant|importe|sum",
    ),
)


@dataclass(frozen=True, slots=True)
class Rules:
    """The deterministic provider; `name` is only what the books show."""

    name: str
    kind: str = "rules"

    def reserve(self, messages: Sequence[Message]) -> Decimal:
        """Nothing: rules are free."""
        return Decimal(0)

    def ask(self, call: Call) -> Reply:
        """An answer with every field that a pattern finds; null where null is allowed, otherwise left out."""
        output = extract(text_of(call.source), call.schema)
        return Reply(json.dumps(output, ensure_ascii=False), model=self.name)


def extract(text: str, schema: Mapping[str, Json]) -> dict[str, Json]:
    """The schema's top-level properties, read from the text by name, title and description."""
    properties = schema.get("properties") or {}
    found: dict[str, Json] = {}
    for name, field in properties.items():
        if not isinstance(field, Mapping):
            continue
        value = _value(text, name, field)
        if value is not None or _allows_null(field):
            found[name] = value
    return found


def _value(text: str, name: str, field: Field) -> Json:
    words = _words(name, field)
    if isinstance(classes := field.get("enum"), list):
        code = _currency(text) if "currency" in words else None
        return code if code in classes else _class_of(text, classes)
    if _is(field, "number", "integer"):
        return _amount(text, words, whole=_is(field, "integer"))
    if not _is(field, "string"):
        return None
    return _text(text, words, field)


def _text(text: str, words: frozenset[str], field: Field) -> str | None:
    if field.get("format") == "date" or "date" in words:
        return _day(text, words)
    for keys, find in _SHAPES:
        if words & keys:
            return find(text)
    if words & {"number", "no", "nr", "id", "reference", "code"}:
        return _labelled(text, words, _IDENTIFIER)
    if words & {"total", "amount", "net", "gross", "tax", "sum", "price"}:
        return _labelled(text, words, _AMOUNT)
    return _name(text, words)


def _currency(text: str) -> str | None:
    if match := _ISO_CURRENCY.search(text):
        return match[1]
    return next((code for sign, code in _SIGNS.items() if sign in text), None)


def _first(pattern: re.Pattern[str]) -> Callable[[str], str | None]:
    def find(text: str) -> str | None:
        match = pattern.search(text)
        return match[0] if match else None

    return find


_SHAPES: Sequence[tuple[frozenset[str], Callable[[str], str | None]]] = (
    (frozenset({"currency"}), _currency),
    (frozenset({"iban"}), _first(_IBAN)),
    (frozenset({"email", "mail"}), _first(_MAIL)),
    (frozenset({"vatid", "ustid"}), _first(_VAT_ID)),
)


def _day(text: str, words: frozenset[str]) -> str | None:
    labels = [label for keys, label in _LABELS if words & set(keys) & _OTHER_DATES]
    labels = labels or [r"(?:invoice |issue |document )?date|rechnungsdatum|datum|dated?|issued"]
    found = next((day for line in _after(text, labels) if (day := first_date(line[:40]))), None)
    if found is None and not words & _OTHER_DATES:
        found = next((day for line in text.splitlines() if (day := first_date(line))), None)
    return found.isoformat() if found else None


def _amount(text: str, words: frozenset[str], *, whole: bool) -> int | float | None:
    written = _labelled(text, words, _AMOUNT)
    values = list(readings(written.lstrip("+-").rstrip(".,"))) if written else []
    if not written or not values:
        return None
    # Of two readings of "1.234" money is the larger one: cents have two digits.
    value = max(values) * (-1 if written.startswith("-") else 1)
    if whole and value != value.to_integral_value():
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _labelled(text: str, words: frozenset[str], value: str) -> str | None:
    """The value behind the label that the field's name asks for; the last one for totals, which stand below."""
    label = next((label for keys, label in _LABELS if words & set(keys)), None)
    if label is None:
        return None
    between = _GAP + _NUMBER_WORD + _GAP + _RATE + _CURRENCY
    wanted = re.compile(rf"(?<!\w)(?:{label})(?!\w){between}({value})(?![\d.,]*[ \u00a0]?%)", re.IGNORECASE)
    compound = re.compile(rf"(?<!\w)(?:{label})(?:nr|nummer|number|no)\b{_GAP}({value})", re.IGNORECASE)
    found = [match[1] for match in wanted.finditer(text)] or [match[1] for match in compound.finditer(text)]
    if not found:
        return None
    return found[-1] if words & {"total", "amount", "gross"} else found[0]


def _name(text: str, words: frozenset[str]) -> str | None:
    """What stands after a label until the line ends; the letterhead for whoever issued the document."""
    label = next((label for keys, label in _LABELS if words & set(keys)), None)
    labels = [label] if label else [re.escape(word) for word in sorted(words, key=len, reverse=True)]
    lines = _after(text, labels)
    if not lines and words & _ISSUER:
        lines = [line.strip(" |") for line in text.splitlines() if re.search(r"[^\W\d_]{2}", line)][:1]
        lines = [line.partition(",")[0] for line in lines]
    for rest in lines:
        if name := _STOP.split(rest.strip())[0].strip(" ,:"):
            return name[:200]
    return None


def _after(text: str, labels: Sequence[str]) -> list[str]:
    wanted = re.compile(rf"(?<!\w)(?:{'|'.join(labels)})(?: name)?\s*[:.]?\s+(.+)", re.IGNORECASE)
    return [match[1] for line in text.splitlines() if (match := wanted.search(line))]


def _class_of(text: str, classes: Sequence[Json]) -> Json:
    """The class most of whose words occur in the text; None when none or two do equally well."""
    said = set(re.findall(r"\w+", folded(text)))
    scores = {name: len(said & set(re.findall(r"[^\W_]+", _spaced(name)))) for name in classes if isinstance(name, str)}
    best = sorted(scores, key=lambda name: -scores[name])[:2]
    if not best or not scores[best[0]] or (len(best) > 1 and scores[best[0]] == scores[best[1]]):
        return None
    return best[0]


def _words(name: str, field: Field) -> frozenset[str]:
    texts = (name, field.get("title") or "", field.get("description") or "")
    words = {word for text in texts for word in re.findall(r"[^\W_]+", _spaced(str(text)))}
    return frozenset(words | ({"vatid"} if {"vat", "id"} <= words else set()))


def _spaced(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).casefold()


def _is(field: Field, *types: str) -> bool:
    given = field.get("type", "string")
    return any(type_ in types for type_ in (given if isinstance(given, list) else [given]))


def _allows_null(field: Field) -> bool:
    enum = field.get("enum")
    return (isinstance(enum, list) and None in enum) or ("type" in field and _is(field, "null"))
