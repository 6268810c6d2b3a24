"""The revisions of the database stand in one line: two that follow the same one could not both be applied."""

from __future__ import annotations

import re
from pathlib import Path

VERSIONS = Path(__file__).parents[2] / "engine" / "store" / "migrations" / "versions"
_REVISION = re.compile(r'^revision = "(\w+)"$', re.MULTILINE)
_AFTER = re.compile(r'^down_revision = (?:"(\w+)"|None)$', re.MULTILINE)


def test_each_revision_follows_the_one_before_and_its_file_is_named_after_it() -> None:
    before = None
    for file in sorted(VERSIONS.glob("[0-9]*.py")):
        text = file.read_text(encoding="utf-8")
        revision, after = _REVISION.search(text), _AFTER.search(text)
        assert revision is not None, file.name
        assert after is not None, file.name
        assert file.name.startswith(f"{revision[1]}_")
        assert after[1] == before, f"{file.name} follows {after[1]}, and the last one is {before}"
        before = revision[1]
