"""What Camunda Modeler calls on Camunda 7: is it there, which version, deploy, start (modeler-deploy.md, part B)."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from api.camunda7.cors import allow_modeler
from api.camunda7.shapes import ConditionBody, MessageBody, SignalBody, StartBody, deployment_json, instance_json
from api.camunda7.values import plain, typed
from api.context import actor, engine
from api.incoming import MAX_KEY, uploaded_files
from api.problems import Problem
from engine.correlation import Correlation
from engine.errors import Conflict, EngineError, NotFound
from engine.tenants import DEFAULT, meant

camunda7 = Blueprint("camunda7", __name__)
camunda7.after_app_request(allow_modeler)

ROOT = "/engine-rest"
VERSION = "7.24.0"


@camunda7.route(f"{ROOT}/<path:anything>", methods=["OPTIONS"])
def preflight(anything: str) -> Response:
    """What a browser asks before it lets a page ask; answered without credentials, as the rules demand."""
    return Response(status=204)


@camunda7.get("/.well-known/camunda-automation-platform/webapps")
def webapps() -> Response:
    """Where Modeler's links lead."""
    home = request.host_url
    return jsonify(adminUrl=home, cockpitUrl=home, tasklistUrl=home)


@camunda7.get(f"{ROOT}/version")
def version() -> Response:
    """The version of Camunda 7 whose API this is, not Baton's."""
    return jsonify(version=VERSION)


@camunda7.get(f"{ROOT}/deployment")
def deployments() -> Response:
    """Modeler's connection check, which asks for no results; longer lists are not offered here."""
    if request.args.get("maxResults") != "0":
        raise Problem(400, "invalid-input", "This version of Baton lists deployments under /api/v1/deployments only.")
    return jsonify([])


@camunda7.post(f"{ROOT}/deployment/create")
def deploy() -> Response:
    """Deploy every part that is a file; an unchanged file keeps its version, as duplicate filtering asks."""
    form = request.form
    tenant_id = tenant_of(form.get("tenant-id"))
    name, source = form.get("deployment-name", ""), form.get("deployment-source", "camunda7")
    deployment = engine().deploy(
        uploaded_files(), by=actor(), name=name[:255], source=source[:255], tenant_id=tenant_id
    )
    return jsonify(deployment_json(deployment, source))


@camunda7.post(f"{ROOT}/process-definition/<definition_id>/start")
def start_by_id(definition_id: str) -> Response:
    """Start an instance of one exact definition; the id is `process:version:key`, or the key alone."""
    return _start(definition_key=definition_key(definition_id))


def definition_key(definition_id: str) -> int:
    """The key in an id of Camunda 7's; those of instances are keys alone. Raises `Problem` 404."""
    key = definition_id.rsplit(":", 1)[-1]
    if not (key.isascii() and key.isdigit() and len(key) <= 19 and 0 < int(key) <= MAX_KEY):
        raise Problem(404, "not-found", f"No matching definition with id {definition_id[:255]}")
    return int(key)


@camunda7.post(f"{ROOT}/process-definition/key/<process_id>/start")
def start_by_key(process_id: str) -> Response:
    """Start an instance of a process in its latest version."""
    return _start(process_id=process_id)


@camunda7.post(f"{ROOT}/process-definition/key/<process_id>/tenant-id/<tenant_id>/start")
def start_by_key_and_tenant(process_id: str, tenant_id: str) -> Response:
    """The same, of the tenant's own versions."""
    return _start(process_id=process_id, tenant_id=tenant_id)


def tenant_of(given: str | None, *, without: bool = False) -> str:
    """The tenant that a request means; `without` is the one that Camunda 7 has no name for. Raises `Problem` 400."""
    wanted = DEFAULT if without else given or ""
    try:
        found = meant(wanted, engine().sight)
    except EngineError as refused:
        raise Problem(400, "invalid-input", str(refused)) from refused
    if found != DEFAULT and all(one.id != found for one in engine().queries.tenants()):
        raise Problem(400, "invalid-input", f"There is no tenant '{found[:60]}'.")
    return found


def _start(*, process_id: str = "", definition_key: int = 0, tenant_id: str = "") -> Response:
    body = StartBody.model_validate(request.get_json())
    instance = engine().start(
        process_id=process_id,
        definition_key=definition_key,
        variables=plain(body.variables or {}),
        business_key=body.business_key or None,
        tenant_id=tenant_id,
        by=actor(),
    )
    answer = instance_json(instance)
    if body.with_variables_in_return:
        answer["variables"] = typed(engine().queries.variables(instance.key))
    return jsonify(answer)


@camunda7.post(f"{ROOT}/signal")
def signal() -> Response:
    """Give a signal to everybody who waits for it."""
    body = SignalBody.model_validate(request.get_json())
    tenant_id = tenant_of(body.tenant_id, without=body.without_tenant_id)
    engine().broadcast_signal(body.name, variables=plain(body.variables or {}), tenant_id=tenant_id, by=actor())
    return Response(status=204)


@camunda7.post(f"{ROOT}/condition")
def condition() -> Response:
    """Start what the variables make true."""
    body = ConditionBody.model_validate(request.get_json())
    started = engine().evaluate_conditions(
        plain(body.variables or {}),
        definition_key=definition_key(body.process_definition_id) if body.process_definition_id else 0,
        business_key=body.business_key or None,
        tenant_id=tenant_of(body.tenant_id, without=body.without_tenant_id),
        by=actor(),
    )
    return jsonify([instance_json(one) for one in started])


@camunda7.post(f"{ROOT}/message")
def message() -> Response:
    """Give a message to exactly one receiver, or to all."""
    body = MessageBody.model_validate(request.get_json())
    wanted = Correlation(
        body.message_name,
        business_key=body.business_key or None,
        instance_key=definition_key(body.process_instance_id) if body.process_instance_id else 0,
        correlation_keys=plain(body.correlation_keys or {}),
        local_keys=plain(body.local_correlation_keys or {}),
        variables=plain(body.process_variables or {}),
        every=body.all,
        tenant_id=tenant_of(body.tenant_id, without=body.without_tenant_id),
    )
    try:
        engine().correlate_message(wanted, by=actor())
    except (NotFound, Conflict) as mismatch:
        # Camunda 7's MismatchingMessageCorrelationException is a bad request.
        raise Problem(400, "bad-request", str(mismatch)) from mismatch
    return Response(status=204)
