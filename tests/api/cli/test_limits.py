"""`baton limit`, and which job types `baton worker` takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from api.cli.console import Failure
from api.cli.working import _chosen
from connectors.registry import AI_TASK, Registry

Call = Callable[..., Any]


def test_limits_are_set_listed_and_removed(ask: Call, folder: Any) -> None:
    [made] = ask("limit", "set", "job-type", "mail", "--at-once", "2")["items"]
    assert (made["name"], made["at_once"], made["per_minute"]) == ("mail", 2, None)
    assert len(ask("limit", "list")["items"]) == 1
    assert ask("limit", "remove", "job-type", "mail")["items"] == []
    assert ask("limit", "remove", "job-type", "mail", exit_code=4)["error"]["code"] == "not-found"


class Served:
    """An engine as far as the choice of types looks at it."""

    connectors = Registry({}, models={}, use_entry_points=False)


def chosen(types: tuple[str, ...] = (), others: tuple[str, ...] = ()) -> list[str]:
    engine: Any = Served()
    return _chosen(engine, types, others)


def test_patterns_choose_job_types() -> None:
    every = chosen()
    assert AI_TASK in every
    assert chosen(("baton:ai-*",)) == [AI_TASK]
    assert chosen(others=("baton:ai-*",)) == [type_ for type_ in every if type_ != AI_TASK]
    assert chosen(("mail*", AI_TASK), ("mail",)) == [AI_TASK, "mail-send"]


def test_patterns_that_leave_nothing_are_refused() -> None:
    with pytest.raises(Failure, match=r"No connector serves a job type like 'crm:\*'. Served: baton"):
        chosen(("crm:*",))
    with pytest.raises(Failure, match="no job type"):
        chosen(("mail",), ("m*",))
