"""Addresses that name what cannot be: on no route and no database do they make a defect of the server."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask

from api.app import create_app
from api.settings import Settings
from connectors.registry import Registry
from engine.clock import FakeClock
from engine.engine import Engine
from engine.policies import Policies
from engine.store import open_store

#: A key beyond 64 bits, one that Python would not even read as a number, and a text that PostgreSQL refuses.
IMPOSSIBLE = (str(2**63), "9" * 5000, "a%00b")


@pytest.fixture
def everywhere(upgraded_database_url: str, clock: FakeClock) -> Iterator[Flask]:
    store = open_store(upgraded_database_url)
    yield create_app(Settings(), Engine(store, clock, Registry(use_entry_points=False), Policies()))
    store.close()


def test_what_no_key_and_no_name_can_be_is_refused_on_every_route(everywhere: Flask) -> None:
    client, faults, tried = everywhere.test_client(), [], 0
    for rule in everywhere.url_map.iter_rules():
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}) if rule.arguments else ():
            for impossible in IMPOSSIBLE:
                answer = client.open(re.sub("<[^>]+>", impossible, rule.rule), method=method, json={})
                tried += 1
                wants_a_key = "<int:" in rule.rule or impossible == IMPOSSIBLE[2]
                if answer.status_code >= 500 or (wants_a_key and answer.status_code not in (404, 405)):
                    faults.append(f"{method} {rule.rule} with {impossible[:20]}: {answer.status_code}")
    assert tried > 300
    assert faults == []


@pytest.mark.parametrize(
    "address",
    [
        "/api/v1/instances?business_key=a%00b",
        "/engine-rest/history/process-instance?processInstanceBusinessKey=a%00b",
        f"/api/v1/history/decisions?version={2**63 - 1}",
        "/tasks?show=%00",
    ],
)
def test_a_parameter_that_no_database_takes_is_refused(everywhere: Flask, address: str) -> None:
    assert everywhere.test_client().get(address).status_code in (400, 422)


def test_the_highest_key_is_a_key_that_nothing_has(everywhere: Flask) -> None:
    answer = everywhere.test_client().get(f"/v2/process-instances/{2**63 - 1}")
    assert (answer.status_code, answer.json["title"]) == (404, "NOT_FOUND")
    assert str(2**63 - 1) in answer.json["detail"]
