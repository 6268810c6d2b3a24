"""What a scenario may expect of an instance, for `expect` and `then`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from engine.queries import JobFilter

if TYPE_CHECKING:
    from tests.scenarios.driver import Driver

Json = Any


class Look:
    """What a scenario may expect; each method compares one aspect. Lists of elements are sets, without order."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._queries = driver.engine.queries

    def state(self, expected: str) -> None:
        assert self._queries.instance(self._driver.key).state == expected

    def active(self, expected: Sequence[str]) -> None:
        found = {e.element_id for e in self._elements() if e.state == "active" and e.kind != "process"}
        assert found == set(expected)

    def passed(self, expected: Sequence[str]) -> None:
        found = {element.element_id for element in self._elements() if element.state == "completed"}
        assert set(expected) <= found

    def cancelled(self, expected: Sequence[str]) -> None:
        found = {element.element_id for element in self._elements() if element.state == "terminated"}
        assert set(expected) <= found

    def never(self, expected: Sequence[str]) -> None:
        assert not set(expected) & {element.element_id for element in self._elements()}

    def count(self, expected: Mapping[str, int]) -> None:
        entered = [element.element_id for element in self._elements()]
        assert {name: entered.count(name) for name in expected} == dict(expected), entered

    def variables(self, expected: Mapping[str, Json]) -> None:
        found = self._queries.variables(self._driver.key)
        assert {name: found.get(name, "(absent)") for name in expected} == dict(expected)

    def absent(self, expected: Sequence[str]) -> None:
        assert not set(expected) & set(self._queries.variables(self._driver.key))

    def incidents(self, expected: Sequence[str]) -> None:
        assert sorted(incident.type for incident in self._driver._incidents()) == sorted(expected)

    def jobs(self, expected: Sequence[str]) -> None:
        assert sorted(job.element_id for job in self._driver.jobs()) == sorted(expected)

    def waiting_jobs(self, expected: Mapping[str, int]) -> None:
        """How many jobs of an element could be taken right now."""
        now = self._driver.clock.now()
        found = [job.element_id for job in self._driver.jobs() if job.available_at <= now]
        assert {name: found.count(name) for name in expected} == dict(expected)

    def business_key(self, expected: str | None) -> None:
        assert self._queries.instance(self._driver.key).business_key == expected

    def waiting_for(self, expected: Sequence[str]) -> None:
        """The kinds of what the instance waits for, as the answer to why it does not go on."""
        instance = self._queries.instance(self._driver.key)
        assert sorted(one.kind for one in instance.waiting) == sorted(expected)

    def never_job(self, expected: Sequence[str]) -> None:
        everything = self._queries.jobs(JobFilter(instance_key=self._driver.key)).items
        assert not set(expected) & {job.element_id for job in everything}

    def instances(self, expected: int) -> None:
        assert len(self._queries.instances().items) == expected

    def _elements(self) -> Iterator[Any]:
        yield from self._queries.elements(self._driver.key).items
