"""What Camunda Modeler calls on a Camunda 8 cluster: is it there, deploy (modeler-deploy.md, A); signals."""

from __future__ import annotations

from typing import TypeVar

from flask import Blueprint, Response, jsonify, request
from pydantic import ValidationError

from api.camunda8.shapes import Camunda8Body, ConditionalBody, SignalBody, deployed
from api.context import actor, engine
from api.incoming import uploaded_files
from api.problems import Problem, invalid
from engine.errors import EngineError
from engine.tenants import DEFAULT, meant

B = TypeVar("B", bound=Camunda8Body)

camunda8 = Blueprint("camunda8", __name__, url_prefix="/v2")

#: From 8.8 on, clients speak the REST API that is served here; 8.10 would make Modeler ask for more than there is.
GATEWAY_VERSION = "8.8.0"


@camunda8.get("/topology")
def topology() -> Response:
    """One healthy broker: how Modeler and the clients check a connection."""
    host, _, port = request.host.partition(":")
    partition = {"partitionId": 1, "role": "leader", "health": "healthy", "state": "active"}
    broker = {
        "nodeId": 0,
        "brokerId": "0",
        "host": host,
        "port": int(port) if port.isdigit() else 80,
        "partitions": [partition],
        "version": GATEWAY_VERSION,
    }
    return jsonify(
        brokers=[broker],
        clusterId=None,
        clusterSize=1,
        partitionsCount=1,
        replicationFactor=1,
        gatewayVersion=GATEWAY_VERSION,
        lastCompletedChangeId="-1",
    )


@camunda8.post("/deployments")
def deploy() -> Response:
    """Deploy the parts called `resources`, all or none."""
    tenant_id = tenant_of(request.form.get("tenantId"))
    files = uploaded_files()
    return jsonify(deployed(engine().deploy(files, by=actor(), source="camunda8", tenant_id=tenant_id)))


@camunda8.post("/signals/broadcast")
def broadcast_signal() -> Response:
    """Give a signal to everybody who waits for it."""
    body = read_body(SignalBody)
    tenant_id = tenant_of(body.tenant_id)
    sent = engine().broadcast_signal(body.signal_name, variables=body.variables, tenant_id=tenant_id, by=actor())
    return jsonify(signalKey=str(sent.key), tenantId=tenant_id)


@camunda8.post("/conditionals/evaluation")
def evaluate_conditionals() -> Response:
    """Start what the variables make true."""
    body = read_body(ConditionalBody)
    tenant_id = tenant_of(body.tenant_id)
    started = engine().evaluate_conditions(
        body.variables, definition_key=body.process_definition_key or 0, tenant_id=tenant_id, by=actor()
    )
    references = [
        {"processDefinitionKey": str(one.definition_key), "processInstanceKey": str(one.key)} for one in started
    ]
    key = str(engine().store.keys())
    return jsonify(conditionalEvaluationKey=key, tenantId=tenant_id, processInstances=references)


def read_body(shape: type[B], *, or_nothing: bool = False) -> B:
    """The request's body. Camunda tells what cannot be read at all (Bad Request) from what makes no sense.

    `or_nothing`: a request without a body says nothing instead of being refused.
    """
    try:
        return shape.model_validate({} if or_nothing and not request.get_data() else request.get_json())
    except ValidationError as error:
        raise Problem(400, "bad-request", invalid(error).detail) from None


def one_of(**named: object) -> None:
    """Raises `Problem` 400 unless exactly one of these properties is given."""
    choice, given = f"[{', '.join(named)}]", [value for value in named.values() if value is not None]
    if not given:
        raise Problem(400, "invalid-input", f"At least one of {choice} is required.")
    if len(given) > 1:
        raise Problem(400, "invalid-input", f"Only one of {choice} is allowed.")


def tenant_of(given: str | None) -> str:
    """The tenant that a body means; that of who asks when it names none. Raises `Problem` 400 for one out of sight."""
    try:
        wanted = meant(given or "", engine().sight)
    except EngineError as refused:
        raise Problem(400, "invalid-input", str(refused)) from refused
    if wanted != DEFAULT and all(one.id != wanted for one in engine().queries.tenants()):
        raise Problem(400, "invalid-input", f"There is no tenant '{wanted[:60]}'.")
    return wanted
