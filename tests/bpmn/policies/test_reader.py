"""Reading a `*.policy.yaml`: what it says, and every fault with its line."""

from __future__ import annotations

import pytest

from bpmn.policies import PolicyDocument, PolicyScope, read

GOOD = """policy: pay
owner: treasury
version: 3
purpose: No large payments.
at: [job, output]
scope:
  processes: [invoice]
  elements: transfer
guard: payment
with:
  most: 1000.5
  currencies: [EUR, USD]
  strict: true
"""


def test_everything_that_a_document_says_is_read_and_written_again() -> None:
    reading = read(GOOD.encode())
    document = reading.document
    assert document == PolicyDocument(
        id="pay",
        owner="treasury",
        version="3",
        purpose="No large payments.",
        at=("job", "output"),
        scope=PolicyScope(processes=("invoice",), elements=("transfer",)),
        guard="payment",
        settings={"most": 1000.5, "currencies": ["EUR", "USD"], "strict": True},
    )
    assert PolicyDocument.of(document.as_json()) == document
    assert PolicyDocument.of(document.as_json()).digest == document.digest


def test_the_id_may_be_called_so() -> None:
    assert read(GOOD.replace("policy: pay", "id: pay").encode()).document == read(GOOD.encode()).document


@pytest.mark.parametrize(
    ("change", "line", "said"),
    [
        (("at: [job, output]", "at: [job, ouput]"), 5, "Did you mean 'output'"),
        (("guard: payment", "gaurd: payment"), 9, "Did you mean 'guard'"),
        (("owner: treasury\n", ""), 1, "lacks 'owner'"),
        (("  elements: transfer", "  agents: reader"), 7, "cannot be limited to agents"),
        (("  elements: transfer", "  tools: [pay]"), 7, "at 'tool' alone"),
        (("  strict: true", "  since: 2024-01-01"), 13, "no text, number"),
        (("policy: pay", "policy: pay/all"), 1, "letters, digits"),
        (("with:", "decision: d\nwith:"), 1, "exactly one of"),
        (("owner:", "id: pay\nowner:"), 2, "write one of them"),
    ],
)
def test_a_fault_is_told_with_its_line(change: tuple[str, str], line: int, said: str) -> None:
    reading = read(GOOD.replace(*change).encode())
    assert reading.document is None
    assert any(said in finding.message and finding.line == line for finding in reading.findings), reading.findings


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"a: [", b"x" * 70_000, b"a: " + b"[" * 1000, b"!!python/object:os.x {}"]
)
def test_what_is_no_document_at_all_is_one_finding(content: bytes) -> None:
    reading = read(content)
    assert reading.document is None
    assert reading.findings
