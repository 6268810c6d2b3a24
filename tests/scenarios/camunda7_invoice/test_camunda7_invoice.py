"""The Camunda 7 example that everybody knows deploys unchanged and runs to each of its ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.driver import ADMIN, Driver
from tests.scenarios.fresh import fresh_driver

pytest.importorskip("py_mini_racer", reason="task listeners in JavaScript need the extra [javascript]")

HERE = Path(__file__).parent
FILES = ("invoice.v2.bpmn", "reviewInvoice.bpmn", "invoiceBusinessDecisions.dmn")
INVOICE = {"creditor": "Great Pizza", "amount": 30.0, "invoiceCategory": "Misc", "invoiceNumber": "I-12345"}


@pytest.fixture
def driver(upgraded_sqlite_url: str) -> Iterator[Driver]:
    with fresh_driver(upgraded_sqlite_url) as driver:
        driver.deploy({name: (HERE / name).read_bytes() for name in FILES})
        yield driver


def test_an_approved_invoice_is_paid_and_archived(driver: Driver) -> None:
    driver.start("invoice", INVOICE)
    driver.expect(variables={"approverGroups": ["accounting", "sales"]}, active=["approveInvoice"])
    driver.expect_task("approveInvoice", candidate_groups=["accounting", "sales"])
    driver.complete_task("approveInvoice", {"approved": True}, by={"id": "mary", "groups": ["accounting"]})
    driver.expect_task("prepareBankTransfer", candidate_groups=["accounting"])
    driver.complete_task("prepareBankTransfer")
    driver.fire_timers()  # the service task is asynchronous
    driver.complete_job("ServiceTask_1")
    driver.expect(state="completed", passed=["invoiceProcessed"], never=["reviewInvoice"])


def test_the_listeners_give_the_task_to_the_approver_of_the_first_round(driver: Driver) -> None:
    driver.start("invoice", INVOICE)
    task = driver.find_task("approveInvoice")
    driver.engine.claim_task(task.key, by=ADMIN)
    driver.expect(variables={"approver": ADMIN.id})
    driver.complete_task("approveInvoice", {"approved": False})
    driver.complete_task("assignReviewer", {"reviewer": "john"})
    driver.complete_task("reviewInvoice", {"clarified": True})
    assert driver.find_task("approveInvoice").assignee == ADMIN.id


def test_an_invoice_that_nobody_clarifies_is_not_processed(driver: Driver) -> None:
    driver.start("invoice", {**INVOICE, "amount": 300.0})
    driver.expect(variables={"approverGroups": ["management"]})
    driver.complete_task("approveInvoice", {"approved": False})
    driver.complete_task("assignReviewer", {"reviewer": "john"})
    assert driver.find_task("reviewInvoice").assignee == "john"
    driver.complete_task("reviewInvoice", {"clarified": False})
    driver.expect(state="completed", passed=["invoiceNotProcessed"], never=["prepareBankTransfer"])


def test_tasks_are_due_as_the_diagram_says(driver: Driver) -> None:
    driver.start("invoice", INVOICE)
    due = driver.find_task("approveInvoice").due_at
    assert (due - driver.clock.now()).days == 7
