"""Variables of the cluster as Camunda 8's clients set and read them (c8-rest.md). Values are shown as JSON texts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask import Response, jsonify, request

from api.camunda8.asked import searched
from api.camunda8.routes import read_body
from api.camunda8.searching import LONGEST_VALUE, Property, text, word
from api.camunda8.shapes import Camunda8Body
from api.camunda8.starting import camunda8
from api.camunda8.variables import is_long
from api.context import actor, engine
from api.rest.shapes import Name
from engine.queries import Comparison
from engine.store.cluster_variables import CLUSTER_VARIABLES, ClusterVariable

__all__ = ["camunda8"]

Json = Any
_PATH = "/cluster-variables/global"
_NAMED = f"{_PATH}/<name>"

FILTER: Mapping[str, Property] = {
    "name": Property("name", text, sorts=True),
    "value": Property("value", text, sorts=True),
    "scope": Property("is_there", word({"GLOBAL": (True,), "TENANT": ()}), sorts=True),
}


class ValueBody(Camunda8Body):
    """UpdateClusterVariableRequest."""

    value: Json


class NewBody(ValueBody):
    """CreateClusterVariableRequest."""

    name: Name


@camunda8.post(_PATH)
def create_cluster_variable() -> Response:
    """Make a variable that expressions of all processes read."""
    body = read_body(NewBody)
    return jsonify(_json(engine().set_cluster_variable(body.name, body.value, by=actor(), is_new=True)))


@camunda8.get(_NAMED)
def show_cluster_variable(name: str) -> Response:
    """One of them."""
    return jsonify(_json(engine().queries.cluster_variable(name)))


@camunda8.put(_NAMED)
def update_cluster_variable(name: str) -> Response:
    """Give it another value."""
    return jsonify(_json(engine().set_cluster_variable(name, read_body(ValueBody).value, by=actor(), is_new=False)))


@camunda8.delete(_NAMED)
def delete_cluster_variable(name: str) -> Response:
    """Forget it."""
    engine().remove_cluster_variable(name, by=actor())
    return Response(status=204)


@camunda8.post("/cluster-variables/search")
def search_cluster_variables() -> Response:
    """All of them that fit."""
    return searched(CLUSTER_VARIABLES, FILTER, _shown, also=_long)


def _long(given: dict[str, Json]) -> Iterator[Comparison]:
    yield from is_long(given)


def _shown(found: Sequence[ClusterVariable]) -> list[dict[str, Json]]:
    return [_short(_json(one)) for one in found]


def _short(shown: dict[str, Json]) -> dict[str, Json]:
    is_cut = len(shown["value"]) > LONGEST_VALUE and request.args.get("truncateValues", "true").lower() != "false"
    return {**shown, "value": shown["value"][:LONGEST_VALUE] if is_cut else shown["value"], "isTruncated": is_cut}


def _json(one: ClusterVariable) -> dict[str, Json]:
    """ClusterVariableResult."""
    return {
        "name": one.name,
        "value": json.dumps(one.value, ensure_ascii=False, separators=(",", ":")),
        "scope": "GLOBAL",
        "tenantId": None,
        "metadata": {},
        "kind": "JSON",
    }
