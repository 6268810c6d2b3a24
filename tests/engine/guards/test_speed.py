"""All guards together cost little, and each is made from its settings alone."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from connectors.base import ToolUse
from engine.errors import InvalidInput
from engine.known_secrets import KNOWN
from engine.policies import Facts, Policies
from engine.policies.guards import GUARDS

TEXTS = (Path(__file__).parent / "benign.txt").read_text()
SETTINGS: dict[str, dict[str, Any]] = {
    "redact": {"restore": True},
    "injection": {},
    "protected": {},
    "exfiltration": {"hosts": ["example.com"]},
    "wording": {"topics": ["legal", "medical", "financial", "promises"], "words": ["tulip"]},
    "template": {"templates": [{"id": "t", "text": "Dear {{name}}, thank you."}]},
    "payment": {"limits": {"EUR": 100}},
    "sanctions": {"list": ["Viktor Malakhov", "Blue Falcon Shipping"], "fields": ["to"]},
}
#: Milliseconds of CPU for a call with a 4 KB document, the quickest of several; a busy machine takes about 8.
MOST = 15.0


def test_every_guard_is_known_by_name_and_version_and_refuses_settings_that_it_does_not_have() -> None:
    assert set(SETTINGS) == set(GUARDS)
    for name, make in GUARDS.items():
        policy = make(SETTINGS[name])
        assert policy.name == name
        assert policy.version
        with pytest.raises(InvalidInput, match=f"'{name}' has no setting 'thn'"):
            make({**SETTINGS[name], "thn": "ask"})


def test_all_guards_around_a_call_with_a_4_kb_document_take_milliseconds(capsys: pytest.CaptureFixture[str]) -> None:
    KNOWN.learn([f"secret-{number:012}" for number in range(10)])
    chain = Policies(
        [GUARDS[name](SETTINGS[name]) for name in ("redact", "injection", "protected", "exfiltration", "wording")]
    )
    document = TEXTS[:4096]
    facts = Facts("p", "task", 1, variables={"document": document})
    messages = [
        {"role": "system", "content": "Answer with JSON."},
        {"role": "user", "content": f"<document-0a>\n{document}\n</document-0a>\n\nSummarise."},
    ]
    took = []
    for _ in range(30):
        began = time.process_time()
        chain.input(facts, messages)
        chain.output(facts, {"summary": "Invoice 2026-119 replaces 2026-118.", "amount": 12})
        chain.tool(facts, ToolUse("1", "Mail", "Mail", {"body": "Thank you."}))
        took.append((time.process_time() - began) * 1000)
    with capsys.disabled():
        print(f"\n  all guards, a 4 KB document: {min(took):.1f} ms of CPU")
    assert min(took) < MOST
