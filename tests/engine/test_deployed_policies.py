"""Policies that come beside a diagram: for its processes only, and no way around what holds for the whole house."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from connectors.base import Request, Result
from engine.clock import FakeClock
from engine.engine import NamedFile
from engine.errors import IllegalMove, ModelRejected, NotAllowed
from engine.policies import Facts
from tests.engine.policy_tables import document, table
from tests.engine.support import ADMIN, ANALYST
from tests.engine.worker_house import House

BASE = "policy: pay\nowner: ada\nversion: '1'\npurpose: No large payments.\n"
BESIDE = BASE + "at: job\ndecision: pay\nscope: {processes: [p]}\n"


def pay(limit: int, id: str = "pay") -> bytes:
    return table(id, ["variables.amount"], ["verdict", "reason"], [f"> {limit}", '"deny"', '"too much"'])


@pytest.fixture
def house(upgraded_database_url: str, clock: FakeClock) -> Iterator[House]:
    made = House(upgraded_database_url, clock)
    made.paid = []  # type: ignore[attr-defined]

    def connector(request: Request) -> Result:
        made.paid.append(request.variables["amount"])  # type: ignore[attr-defined]
        return Result(1)

    made.worker = made.serve(connector)  # type: ignore[attr-defined]
    made.start(amount=1)
    made.worker.run_until_idle()  # type: ignore[attr-defined]
    made.paid.clear()  # type: ignore[attr-defined]
    yield made
    made.store.close()


def deploy(house: Any, policy: str = BESIDE, by: Any = ANALYST, **tables: bytes) -> Any:
    files = [NamedFile(f"{name}.dmn", content) for name, content in tables.items()]
    return house.engine.deploy([*files, *([NamedFile("a.policy.yaml", policy.encode())] if policy else [])], by=by)


def paid(house: Any, *amounts: int) -> list[int]:
    for amount in amounts:
        house.engine.start(process_id="p", variables={"amount": amount}, by=ADMIN)
    house.worker.run_until_idle()
    found, house.paid[:] = list(house.paid), []
    return found


def said(refused: pytest.ExceptionInfo[ModelRejected]) -> str:
    return " ".join(f"{one.message} {one.hint}" for listed in refused.value.findings.values() for one in listed)


def test_a_policy_beside_a_diagram_governs_it_and_an_edited_table_counts_at_once(house: Any) -> None:
    deployed = deploy(house, pay=pay(100))
    assert [(one.id, one.version) for one in deployed.policies] == [("pay", "1")]
    assert deploy(house, pay=pay(100)).duplicate
    assert paid(house, 50, 500) == [50]
    deploy(house, "", pay=pay(1000))
    assert paid(house, 500, 5000) == [500]


def test_two_policies_compose_and_the_strictest_wins(house: Any) -> None:
    deploy(house, pay=pay(100))
    deploy(house, "", ADMIN, cap=pay(10, "cap"))
    house.engine.register_policy(document("policy: cap\nat: job\ndecision: cap"), by=ADMIN)
    assert paid(house, 5, 50, 500) == [5]


def test_no_deployment_weakens_a_house_wide_policy(house: Any) -> None:
    deploy(house, "", ADMIN, cap=pay(10, "cap"))
    house.engine.register_policy(document("policy: cap\nat: job\ndecision: cap"), by=ADMIN)
    with pytest.raises(IllegalMove, match="house-wide"):
        deploy(house, BESIDE.replace("policy: pay", "policy: cap"), pay=pay(10**6))
    with pytest.raises(NotAllowed, match="Only an administrator"):
        deploy(house, "", cap=pay(10**6, "cap"))
    assert paid(house, 5, 50) == [5]
    deploy(house, "", ADMIN, cap=pay(100, "cap"))
    assert paid(house, 50, 500) == [50]


@pytest.mark.parametrize(
    ("policy", "hint"),
    [
        (BASE + "at: job\ndecision: pay", "does not say about which processes"),
        (BESIDE.replace("[p]", "[pp]"), "Did you mean 'p'"),
        (BESIDE.replace("decision: pay", "decision: pai"), "Did you mean 'pay'"),
        (BESIDE.replace("at: job", "at: jobs"), "Did you mean 'job'"),
        (BESIDE.replace("owner", "ownr"), "Did you mean 'owner'"),
        (BESIDE + "guard: x", "exactly one of"),
        (BESIDE + "with: {a: 1}", "takes no settings"),
        ("- a list", "must be a mapping"),
        ("a: &x [*x]", "Aliases"),
    ],
)
def test_a_policy_that_names_what_is_not_there_is_not_deployed(house: Any, policy: str, hint: str) -> None:
    with pytest.raises(ModelRejected) as refused:
        deploy(house, policy, pay=pay(100))
    assert hint in said(refused)
    assert house.engine.queries.policies() == []


def test_an_element_that_its_diagram_lacks_is_found_when_they_come_together(house: Any) -> None:
    from tests.engine.support import end, line, service, start

    diagram = NamedFile("q.bpmn", line("q", start(), service("transfer"), end()).encode())
    policy = BASE + "at: job\ndecision: pay\nscope: {processes: [q], elements: [tranfer]}\n"
    files = [diagram, NamedFile("pay.dmn", pay(1)), NamedFile("a.policy.yaml", policy.encode())]
    with pytest.raises(ModelRejected) as refused:
        house.engine.deploy(files, by=ANALYST)
    assert "Did you mean 'transfer'" in said(refused)


def test_a_table_that_comes_with_its_policy_is_judged_with_it(house: Any) -> None:
    wrong = table("pay", ["output.amount"], ["verdict"], ["> 1", '"deny"'])
    with pytest.raises(ModelRejected) as refused:
        deploy(house, pay=wrong)
    assert "asks about 'output'" in said(refused)


def test_a_tenant_without_policies_does_not_hide_those_of_another(house: Any) -> None:
    house.engine.add_tenant("acme", by=ADMIN)
    files = [NamedFile("pay.dmn", pay(100)), NamedFile("a.policy.yaml", BESIDE.encode())]
    house.engine.deploy(files, tenant_id="acme", by=ADMIN)
    without, with_one = (Facts("p", "pay", 1, tenant_id=tenant) for tenant in ("<default>", "acme"))
    assert house.engine.policies_for(without).is_empty
    assert [policy.name for policy in house.engine.policies_for(with_one)] == ["pay"]
