"""From bytes to an XML tree, or a clear refusal. Everything hostile ends here.

No DTD of any sort, hence no entities; no network, no XInclude, no huge trees. Sizes are checked on the bytes, before a
tree is built, because a tree is about fifty times larger than its text.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from typing import Any, cast

from lxml import etree

from bpmn.errors import ModelError

MAX_BYTES = 16 * 1024 * 1024
MAX_ELEMENTS = 300_000
MAX_ATTRIBUTES = 1_000_000
MAX_DEPTH = 256

_SAVE_AGAIN = "Open the file in the modeler it came from and save it again."
_MAGIC = (
    (b"PK\x03\x04", "a zip archive (such as .zip, .bar, .jar, .vsdx)", "Unpack it and upload the .bpmn file inside."),
    (b"PK\x05\x06", "an empty zip archive", "Upload the .bpmn file itself."),
    (b"\x1f\x8b", "a gzip archive", "Unpack it and upload the .bpmn file inside."),
    (b"%PDF", "a PDF", "Export the diagram as BPMN 2.0 XML."),
    (b"\x89PNG", "a PNG picture", "Export the diagram as BPMN 2.0 XML."),
    (b"\xff\xd8\xff", "a JPEG picture", "Export the diagram as BPMN 2.0 XML."),
    (b"\xd0\xcf\x11\xe0", "a Microsoft Office file", "Export the diagram as BPMN 2.0 XML."),
)
_DECLARED = re.compile(rb"\A<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_READ_AS_IS = frozenset({"utf-8", "utf8", "us-ascii", "ascii", "utf-16"})  # a "UTF-16" without its marks is UTF-8
_RECODED = frozenset({"iso-8859-1", "iso-8859-15", "latin1", "windows-1252", "cp1252"})
# A namespace need only be a name (Namespaces in XML 1.0, 2.2); modelers build it from that of the diagram, with spaces.
_NO_URI = "WAR_NS_URI"
_TOO_DEEP = etree.XPath("boolean(" + "/*" * (MAX_DEPTH + 1) + ")")


def parse(data: bytes) -> etree._Element:
    """The root element of an XML document of at most 16 MB, 300,000 elements and depth 256.

    Comments and processing instructions are left out, elements keep their `sourceline`. UTF-8, UTF-16 and the usual
    8-bit western encodings are read. Raises `ModelError` for anything else, with the line where there is one.
    """
    _refuse_size(data)
    text = _as_utf8(data)
    _refuse_bombs(text)
    parser = _parser()
    try:
        root = etree.fromstring(text, parser)
    except etree.XMLSyntaxError as error:
        # The parser's own log: that of the error may hold what other documents of the thread had wrong.
        if {entry.type_name for entry in cast(Iterable[Any], parser.error_log)} != {_NO_URI}:
            raise _not_well_formed(error, text) from None
        root = etree.fromstring(text, _parser(recover=True))
    if root.getroottree().docinfo.internalDTD is not None:
        raise _doctype(0)
    if _TOO_DEEP(root):
        raise _too_deep()
    return root


def _parser(*, recover: bool = False) -> etree.XMLParser:
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        recover=recover,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )


def _refuse_size(data: bytes) -> None:
    if not data.strip():
        raise ModelError("The file is empty.", hint="Save the diagram in the modeler and upload it again.")
    if len(data) > MAX_BYTES:
        raise ModelError(
            f"The file has {len(data):,} bytes; at most {MAX_BYTES:,} are read.",
            hint="Split the diagram, or remove embedded pictures and documents.",
        )
    for magic, what, hint in _MAGIC:
        if data.startswith(magic):
            raise ModelError(f"This is {what}, not a BPMN file.", hint=hint)
    if data.lstrip()[:1] in (b"{", b"["):
        raise ModelError(
            "This is JSON, not BPMN XML.", hint="A form belongs in a .form file; a diagram in a .bpmn file."
        )


def _as_utf8(data: bytes) -> bytes:
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise _encoding("UTF-32")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _recode(data, "utf-16")
    if data.startswith((b"<\0", b"\0<")):
        return _recode(data, "utf-16-le" if data[1] == 0 else "utf-16-be")
    data = data.removeprefix(codecs.BOM_UTF8)
    declared = _DECLARED.match(data)
    name = declared.group(1).decode("ascii").lower() if declared else "utf-8"
    if name in _READ_AS_IS:
        return data
    if name in _RECODED:
        return _recode(data, name)
    raise _encoding(name)


def _recode(data: bytes, encoding: str) -> bytes:
    try:
        return data.decode(encoding).encode("utf-8")
    except UnicodeError:
        raise ModelError(f"The file says it is {encoding}, but its bytes are not.", hint=_SAVE_AGAIN) from None


def _encoding(name: str) -> ModelError:
    return ModelError(f"The encoding {name} is not read.", hint="Save the file as UTF-8.")


def _refuse_bombs(text: bytes) -> None:
    zero = text.find(b"\0")
    if zero >= 0:
        line = text.count(b"\n", 0, zero) + 1
        raise ModelError("The file holds a zero byte, which XML does not allow.", line=line, hint=_SAVE_AGAIN)
    position = _after_prolog(text)
    if text.startswith(b"<!DOCTYPE", position):
        raise _doctype(text.count(b"\n", 0, position) + 1)
    # Each element has one or two tags; each attribute one equals sign.
    if text.count(b"<") > 2 * MAX_ELEMENTS or text.count(b"=") > MAX_ATTRIBUTES:
        raise ModelError(
            f"The file holds more than {MAX_ELEMENTS:,} elements or {MAX_ATTRIBUTES:,} attributes.",
            hint="Split the diagram into several files joined by call activities.",
        )


def _after_prolog(text: bytes) -> int:
    """Where the first thing stands that is neither white space, comment nor processing instruction."""
    position = 0
    while True:
        while text[position : position + 1] in (b" ", b"\t", b"\r", b"\n"):
            position += 1
        if text.startswith(b"<?", position):
            end = text.find(b"?>", position)
        elif text.startswith(b"<!--", position):
            end = text.find(b"-->", position + 4)
        else:
            return position
        if end < 0:
            return len(text)
        position = end + (2 if text.startswith(b"?>", end) else 3)


def _doctype(line: int) -> ModelError:
    return ModelError(
        "The file has a document type declaration (<!DOCTYPE ...>), which is refused: it can pull in other files.",
        line=line,
        hint="Remove the DOCTYPE and its entities; BPMN 2.0 files need none.",
    )


def _too_deep() -> ModelError:
    return ModelError(
        f"The file is nested more than {MAX_DEPTH} elements deep.",
        hint="Move inner sub-processes into call activities.",
    )


def _not_well_formed(error: etree.XMLSyntaxError, text: bytes) -> ModelError:
    reason = (error.msg or "unknown").split(", line ")[0].strip()
    line = error.lineno or 0
    if "Excessive depth" in reason:
        return _too_deep()
    if "Start tag expected" in reason and line <= 1:
        return ModelError("This is not XML.", line=line, hint="Export the diagram as BPMN 2.0 XML.")
    if "Premature end" in reason or ("Extra content" not in reason and not text.rstrip().endswith(b">")):
        return ModelError(
            f"The file ends too early: {reason}.", line=line, hint="The upload may have been cut off; upload it again."
        )
    return ModelError(f"The file is not well-formed XML: {reason}.", line=line, hint=_SAVE_AGAIN)
