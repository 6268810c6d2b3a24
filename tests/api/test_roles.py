"""Who may call what: every endpoint against every role, by a table written here and not taken from the code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from api import access
from engine.actors import Role

#: Who may call it, beside the administrator: (n)alyst, a(p)prover, (o)perator, a(u)ditor; * is anybody at all.
TABLE = """
health.live *                 health.ready *
docs.openapi *                docs.page *                  docs.asset *
pages.asset *                 pages.landing npou           me.show npou                  mcp.answer npou
deployments.create n          deployments.listing nou      deployments.show nou
processes.listing npou        processes.show nou           processes.xml nou
instances.start npo           instances.listing nou        instances.show nou
instances.variables nou       instances.set_variables o    instances.cancel o
instances.attempts nou        instances.elements nou
subscriptions.subscribe .     subscriptions.listing .      subscriptions.pause .
subscriptions.unsubscribe .   notifications.sent .         notifications.retry .
batches.create o              batches.listing nou          batches.show nou
batches.items nou             batches.suspend o            batches.resume o
batches.cancel o              batches.retry o              pages.steer_batch o
pages.batches nou            camunda8.cancel_many o
camunda8.resolve_many o       camunda8.resolve_of_instance o                              camunda8.migrate_many o
camunda8.modify_many o        camunda8.delete_many .       camunda8.suspend_many o
camunda8.resume_many o        camunda8.search_batches nou  camunda8.show_batch nou
camunda8.search_batch_items nou                            camunda8.cancel_batch o      camunda8.suspend_batch o
camunda8.resume_batch o       camunda7.batches nou         camunda7.count_batches nou
camunda7.batch_statistics nou camunda7.show_batch nou      camunda7.suspend_batch o
camunda7.delete_batch o       camunda7.delete_many o       camunda7.retry_many o
camunda7.variables_of_many o  camunda7.suspend_many o      camunda7.modify_many o
camunda7.migrate_many o       camunda7.delete_history_of_many .
history.decisions nou         history.retentions nou       history.keep .
history.forget .              history.holds nou            past.past_values nou
past.hold u                   past.release u               instances.erase .
camunda8.delete_instance .    camunda7.delete_history .
camunda7.past_instances nou           camunda7.count_past_instances nou
camunda7.past_instance nou            camunda7.past_activities nou
camunda7.count_past_activities nou    camunda7.past_tasks nou
camunda7.count_past_tasks nou         camunda7.past_variables nou
camunda7.count_past_variables nou     camunda7.past_incidents nou
camunda7.count_past_incidents nou
camunda7.history_time_to_live .                            camunda7.history_time_to_live_by_key .
repairs.modify o              repairs.migrate o            repairs.restart o
choices.activate o
repairs.suspend o             repairs.resume o
tasks.listing pou             tasks.show pou               tasks.form pou
tasks.comments pou            tasks.claim po               tasks.unclaim po
tasks.delegate po            tasks.resolve po              instances.standing nou
tasks.assign o                tasks.complete po            tasks.comment po
tasks.update po
approvals.listing pou         approvals.decide po           approvals.show pou
reviews.show pou              reviews.decide po             reviews.standing nou
incidents.listing nou         incidents.show nou           incidents.resolve o
incidents.accept o            incidents.send_back o
jobs.listing nou              messages.publish no           signals.broadcast no
audit.listing u               audit.export u               audit.verify u
audit.verify_against u        audit.seals u                 audit.proof u
audit.report u                audit.case u

users.listing .               users.save .
tenants.listing nou           tenants.create .             tenants.remove .
tenants.add_member .          tenants.remove_member .      camunda7.start_by_key_and_tenant npo
tokens.listing .              tokens.create .              tokens.revoke .
agents.listing nou            agents.register n            agents.versions nou
agents.suspend o              agents.resume o              agents.retire .
agents.cases nou              agents.evaluations nou       agents.samples ou
agents.draw o                 agents.judge o
agents.performance nou        pages.ai nou                 pages.switch_ai o
budgets.listing nou           budgets.put .                budgets.remove .
policies.listing nou          policies.register .          policies.versions nou
policies.retire .             pages.policies nou
autonomy.listing nou          autonomy.put o
stops.listing nou             stops.stop o                 stops.start o
limits.listing nou            limits.put .                 limits.remove .
calibrations.listing nou      metrics.show nou
camunda8.topology npou        camunda8.deploy n            camunda8.start npo
camunda8.modify o             camunda8.migrate o            camunda8.activate o
camunda7.preflight *          camunda7.webapps *           camunda7.version npou
camunda7.deployments npou     camunda7.deploy n            camunda7.start_by_id npo
camunda7.start_by_key npo     camunda7.signal no            camunda8.broadcast_signal no
camunda7.message no
camunda7.condition no          camunda8.evaluate_conditionals no
camunda8.activate_jobs o       camunda8.complete_job o      camunda8.fail_job o
camunda8.throw_job_error o     camunda8.update_job o        camunda8.search_jobs nou
camunda8.search_tasks pou      camunda8.show_task pou       camunda8.task_form pou
camunda8.task_variables pou    camunda8.effective_task_variables pou
camunda8.assign_task po        camunda8.unassign_task po    camunda8.complete_task po
camunda8.update_task po
camunda8.create_cluster_variable .                         camunda8.update_cluster_variable .
camunda8.delete_cluster_variable .                         camunda8.show_cluster_variable nou
camunda8.search_cluster_variables nou                      camunda8.search_decided nou
camunda8.show_decided nou
camunda8.status *                camunda8.license_terms *         camunda8.current_user npou
camunda8.search_instances nou    camunda8.show_instance nou       camunda8.cancel_instance o
camunda8.suspend_instance o      camunda8.resume_instance o       camunda8.call_hierarchy nou
camunda8.instance_statistics nou   camunda8.definition_statistics nou
camunda8.sequence_flows nou      camunda8.search_elements nou     camunda8.show_element nou
camunda8.set_scope_variables o   camunda8.search_incidents nou    camunda8.search_incidents_of_instance nou
camunda8.search_incidents_of_element nou   camunda8.show_incident nou       camunda8.resolve_incident o
camunda8.search_variables nou    camunda8.show_variable nou       camunda8.search_definitions npou
camunda8.show_definition nou     camunda8.definition_xml nou      camunda8.start_form npou
camunda8.show_form npou          camunda8.search_decisions nou    camunda8.show_decision nou
camunda8.decision_xml nou        camunda8.evaluate_decision no    camunda8.search_requirements nou
camunda8.show_requirements nou   camunda8.requirements_xml nou    camunda8.publish_message no
camunda8.correlate_message no    camunda8.search_subscriptions nou
""".split()

EXPECTED = dict(zip(TABLE[::2], TABLE[1::2], strict=True))
LETTERS = {Role.ANALYST: "n", Role.APPROVER: "p", Role.OPERATOR: "o", Role.AUDITOR: "u"}


def test_every_route_has_a_row_and_every_row_a_route(app: Flask) -> None:
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == set(access.ROLES) == set(EXPECTED)


@pytest.mark.parametrize("role", [None, *Role], ids=str)
def test_a_role_opens_what_the_table_says_and_nothing_else(
    app: Flask, as_role: Callable[..., Any], role: Role | None
) -> None:
    client = as_role(role) if role else as_role()
    wrong = []
    for rule in app.url_map.iter_rules():
        allowed = EXPECTED[rule.endpoint]
        may = allowed == "*" or role is Role.ADMIN or (role is not None and LETTERS[role] in allowed)
        for method in sorted(rule.methods or ()):
            if method in ("HEAD", "OPTIONS"):
                continue
            answer = client.open(_address(rule.rule), method=method)
            if (answer.status_code == 403) is may:
                wrong.append((role, method, rule.rule, answer.status_code))
    assert not wrong


def test_an_endpoint_without_a_row_is_closed_to_administrators_too(app: Flask) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    answer = app.test_client().get("/forgotten")
    assert (answer.status_code, answer.json["code"]) == (403, "forbidden")


def _address(rule: str) -> str:
    """The rule with every key filled in; nothing has that key."""
    parts = [("1" if part.startswith("<") else part) for part in rule.split("/")]
    return "/".join(parts)
