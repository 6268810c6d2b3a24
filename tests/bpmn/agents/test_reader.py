"""An agent's card as people write it: read into a card that survives storing, or refused with a line for each fault."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bpmn.agents import AgentCard, Limits, RiskClass, read

GOOD = """\
# who reads
agent: reader
owner: accounting
purpose: Reads invoices.
risk: high
processes: [invoice, "credit note"]
elements: Task_Read
models:
  - local/smollm2
  - openai/gpt-5-mini
tools: [look-up]
data: [invoice]
residency: [local, eu]
variables: [text]
limits: {calls: 4, tokens: 20000, cost: 0.05, seconds: 1.5}
prompt:
  version: 3
  fingerprint: 7d1a
"""


def test_a_card_has_everything_that_is_written() -> None:
    reading = read(GOOD.encode())
    assert reading.findings == ()
    assert reading.card == AgentCard(
        id="reader",
        owner="accounting",
        purpose="Reads invoices.",
        risk=RiskClass.HIGH,
        processes=("invoice", "credit note"),
        models=("local/smollm2", "openai/gpt-5-mini"),
        elements=("Task_Read",),
        tools=("look-up",),
        data=("invoice",),
        residency=("local", "eu"),
        limits=Limits(4, 20000, Decimal("0.05"), 1.5),
        prompt_version="3",
        prompt_fingerprint="7d1a",
        variables=("text",),
    )
    assert AgentCard.of(reading.card.as_json()) == reading.card


def test_what_says_the_same_is_the_same_version() -> None:
    one, other = read(GOOD.encode()).card, read(GOOD.replace("# who reads", "# other words").encode()).card
    changed = read(GOOD.replace("0.05", "0.06").encode()).card
    assert one is not None
    assert other is not None
    assert changed is not None
    assert one.digest == other.digest != changed.digest


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("agent: reader", "agent:", 2, "lacks 'agent'"),
        ("owner: accounting\n", "", 1, "lacks 'owner'"),
        ("risk: high", "risk: forbidden", 5, "minimal, limited, high"),
        ("purpose: Reads invoices.", "purpose: [a, b]", 4, "'purpose' must be a text"),
        ("elements: Task_Read", "elements: {a: b}", 7, "'elements' must be a list"),
        ("tools:", "tool:", 11, "Did you mean 'tools'?"),
        ("calls: 4", "calls: 4.5", 14, "'limits.calls' must be a number above 0 and whole"),
        ("calls: 4", "calls: -1", 14, "'limits.calls'"),
        ("cost: 0.05", "cost: .nan", 14, "'limits.cost'"),
        ("cost: 0.05", "cost: 1e400", 14, "'limits.cost'"),
        ("calls: 4", "call: 4", 14, "'limits.call' is unknown"),
        ("version: 3", "words: 3", 16, "'prompt.words' is unknown"),
        ("limits: {", "limits: 3\nx: {", 14, "'limits' must be a mapping"),
        ("owner: accounting", "agent: twice", 3, "stands twice"),
        ("data: [invoice]", "data: &all [invoice]\ntools2: *all", 13, "Aliases"),
        ("data: [invoice]", "data: [invoice", 13, "not YAML"),
        ("agent: reader", f"agent: {'r' * 300}", 2, "at most 255"),
    ],
)
def test_each_fault_is_told_with_its_line(old: str, new: str, line: int, said: str) -> None:
    reading = read(GOOD.replace(old, new).encode())
    assert reading.card is None
    found = [(finding.line, finding.message) for finding in reading.findings if said in finding.message]
    assert found, [finding.message for finding in reading.findings]
    assert abs(found[0][0] - line) <= 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"- a\n- b",
        b"[" * 30_000,
        b"a: " + b"x" * 70_000,
        b"agent: !!python/object/apply:os.system [ls]",
    ],
)
def test_what_is_no_card_is_a_finding_and_no_crash(content: bytes) -> None:
    reading = read(content)
    assert reading.card is None
    assert reading.findings
