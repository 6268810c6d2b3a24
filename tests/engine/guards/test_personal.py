"""Personal data and credentials in texts: what is found, what only looks like it, and how long it takes."""

from __future__ import annotations

import time

import pytest

from engine.known_secrets import KNOWN
from engine.policies.guards.personal import KINDS, find, redact

# Made up, with valid check digits.
PERSONAL = {
    "EMAIL": ["anna.k+test@example.co.uk", "jürgen@straße.example.de"],
    "IBAN": ["DE89 3704 0044 0532 0130 00", "NL91ABNA0417164300", "GB29 NWBK 6016 1331 9268 19"],
    "CARD": ["4111 1111 1111 1111", "378282246310005", "5555-5555-5555-4444"],
    "PHONE": ["+49 30 1234567", "(555) 234-5678", "030/1234567", "01 23 45 67 89", "+44 (0)20 7946 0958"],
    "NATIONAL_ID": [
        *("123-45-6789", "AB 12 34 56 C", "12345678Z", "X1234567L", "RSSMRA85T10A562S", "2 55 08 14 168 025 38"),
        *("85.07.30-033.28", "756.9217.0769.85", "529.982.247-25", "11010519491231002X", "811218-9876", "131052-308T"),
        "2341 2341 2346",
    ],
    "IP": ["192.168.1.10", "2001:db8::1"],
    "CREDENTIAL": [
        *("sk-live-1234567890abcdefgh", "AKIAIOSFODNN7EXAMPLE", "ghp_abcdefghijklmnopqrstuvwxyz0123456789"),
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.SflKxwRJSMeKKF2QT4",
    ],
}
NAMED = {
    "Steuer-ID: 86 095 742 719": "NATIONAL_ID",
    "BSN 111222333": "NATIONAL_ID",
    "PESEL 44051401359": "NATIONAL_ID",
    "geboren am 12.03.1985": "BIRTH_DATE",
    '"dateOfBirth": "1985-03-12"': "BIRTH_DATE",
    "date de naissance : 12 mars 1985": "BIRTH_DATE",
    "password: hunter22!": "CREDENTIAL",
    "the password is hunter22": "CREDENTIAL",
    "Authorization: Bearer abcdef0123456789abcdef": "CREDENTIAL",
    "postgres://baton:open-sesame@db.example/baton": "CREDENTIAL",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\n": "CREDENTIAL",
    "Tel. 44 17 38": "PHONE",
}
ORDINARY = [
    *("Invoice 2026-1234567 of 21.11.2026", "order 4711-0815-1234", "at 2026-11-21T10:00:00Z", "1.234.567,89 EUR"),
    *("job 250000000000000123", "section 1.2.3", "version 10.11.12.13", "DE89 3704 1044 1532 1130 01", "10:30:15"),
    *("4111 1111 1111 1112", "123456789", "86095742719", "the password is known", "secrets.CRM", "{{secrets.CRM}}"),
    *("password: {{secrets.CRM}}", 'key="value"', "a@b", "2026-11-21", "PO 811218-9877", "12 x 30 cm, 1,234,567 units"),
    *(
        "token_count: 1200",
        "https://example.com/a/b?c=d",
        "10.000,00",
        "secret: ***",
        "born to run",
        "GB29 is a prefix",
    ),
]
HOSTILE = {
    name: (piece * (250_000 // len(piece) + 1))[:250_000]
    for name, piece in {
        **{
            piece: piece
            for piece in ("a", "a@", "a.", "1", "1 ", "1234 ", ":", "AB12 ", "1.", "password: ", "eyJaaaaaaaa.")
        },
        **{
            piece: piece
            for piece in ("+1 ", "030/123 ", "://a:", "tel 1 ", "born ", "Bearer ", "a@b.", "555-555-5555\n")
        },
        "key": "-----BEGIN PRIVATE KEY-----",
        "iban": "DE89 3704 0044 0532 0130 00 ",
    }.items()
}


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in PERSONAL.items() for text in texts])
def test_it_is_found_within_a_sentence(kind: str, text: str) -> None:
    sentence = f"Please note: {text}, as agreed."
    assert [(one.kind, sentence[one.start : one.end]) for one in find(sentence, KINDS)] == [(kind, text)]


@pytest.mark.parametrize(("text", "kind"), NAMED.items())
def test_it_is_found_by_the_word_that_names_it(text: str, kind: str) -> None:
    assert [one.kind for one in find(text, KINDS)] == [kind]


@pytest.mark.parametrize("text", ORDINARY)
def test_numbers_and_words_of_business_are_left_alone(text: str) -> None:
    assert find(text, KINDS) == []


def test_what_was_found_is_replaced_by_its_kind() -> None:
    assert redact("Write to anna@example.com or call +49 30 1234567.") == "Write to <EMAIL> or call <PHONE>."


def test_a_secret_of_this_process_is_found_in_every_spelling() -> None:
    KNOWN.learn(["correct-horse-battery"])
    assert redact("It is Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5 or c o r r e c t - horse battery") == "It is <SECRET> or <SECRET>"


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_takes_time_in_proportion_to_its_length(name: str) -> None:
    began = time.process_time()
    find(HOSTILE[name], KINDS)
    assert time.process_time() - began < 2.5, (
        "all kinds together; the limit of one guard is a second on a quiet machine"
    )
