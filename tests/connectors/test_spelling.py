"""Words that must not get out are found however they are written."""

from __future__ import annotations

import base64
import codecs
import time
from urllib.parse import quote

import pytest

from connectors.spelling import Finder

SECRET = "tr0ub4dor&3 /ünd+x"
RAW = SECRET.encode()
SPELLINGS = {
    "plain": SECRET,
    "reversed": SECRET[::-1],
    "hex": RAW.hex(),
    "HEX": RAW.hex().upper(),
    "hex with blanks": RAW.hex(" "),
    "base32": base64.b32encode(RAW).decode(),
    "percent": quote(SECRET),
    "percent, all": "".join(f"%{byte:02x}" for byte in RAW),
    "unicode escapes": "".join(f"\\u{ord(one):04x}" for one in SECRET),
    "html": "".join(f"&#{ord(one)};" for one in SECRET),
    "bits": " ".join(f"{byte:08b}" for byte in RAW),
    "rot13": codecs.encode(SECRET, "rot13"),
    "capitals": SECRET.upper(),
    "spaced": " ".join(SECRET),
    "dotted": ".".join(SECRET.replace(" ", "")),
    "dashed and reversed": "-".join(reversed(SECRET)),
    "full width": "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in SECRET),
    "lines": "\n".join(SECRET),
    **{f"base64 at {at}": base64.b64encode(b"xyz"[:at] + RAW + b"!!").decode() for at in range(3)},
    **{f"base64url at {at}": base64.urlsafe_b64encode(b"xyz"[:at] + RAW + b"!!").decode() for at in range(3)},
}


@pytest.mark.parametrize("how", SPELLINGS)
def test_a_secret_is_struck_out_in_each_spelling(how: str) -> None:
    finder = Finder([SECRET])
    text = f"The key: {SPELLINGS[how]} (end)"
    assert finder.is_in({"note": [text]})
    redacted = finder.redact(text)
    assert redacted.startswith("The key: ")
    assert redacted.endswith("(end)")
    assert "***" in redacted
    assert not finder.is_in(redacted)


def test_a_secret_that_is_spread_over_texts_is_found() -> None:
    finder = Finder(["sk-live-1234567890"])
    assert finder.is_in(["sk-live-", "1234567890"])
    assert not finder.is_in(["sk-live-", "123456789"])


@pytest.mark.parametrize("text", ["", "a plain sentence", "sk-live", "1234567890" * 50])
def test_other_texts_are_left_alone(text: str) -> None:
    finder = Finder(["sk-live-1234567890", "no", ""])
    assert finder.redact(text) == text
    assert not finder.is_in(text)


@pytest.mark.parametrize("piece", ["a", "sk-live-", "s k ", "\u200b", "%73", "0123456789abcdef"])
def test_a_megabyte_takes_bounded_time_with_twenty_secrets(piece: str) -> None:
    finder = Finder([f"sk-live-{number:012}" for number in range(20)])
    began = time.process_time()
    assert not finder.is_in(piece * (1_000_000 // len(piece)))
    assert time.process_time() - began < 1.0
