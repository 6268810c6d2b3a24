"""Who may call what: one table from endpoint to roles. An endpoint that is not in it answers nobody.

ADMIN may everything and is therefore not written out. The table says who may knock; whether a task is theirs, the
engine decides for each task.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.actors import Actor, Role

ANALYST, APPROVER, OPERATOR, AUDITOR = Role.ANALYST, Role.APPROVER, Role.OPERATOR, Role.AUDITOR

#: Anybody, without saying who they are.
PUBLIC: frozenset[Role] | None = None

SIGNED_IN = frozenset(Role)
ADMINS = frozenset({Role.ADMIN})
READERS = frozenset({ANALYST, OPERATOR, AUDITOR})
DEPLOYERS = frozenset({ANALYST})
STARTERS = frozenset({ANALYST, OPERATOR})
CANDIDATES = STARTERS | {APPROVER}  # approvers start the processes that name them
RUNNERS = frozenset({OPERATOR})
TASK_READERS = frozenset({APPROVER, OPERATOR, AUDITOR})
TASK_DOERS = frozenset({APPROVER, OPERATOR})
INSPECTORS = frozenset({AUDITOR})

ROLES: Mapping[str, frozenset[Role] | None] = {
    "health.live": PUBLIC,
    "health.ready": PUBLIC,
    "metrics.show": READERS,
    "docs.openapi": PUBLIC,
    "docs.page": PUBLIC,
    "docs.asset": PUBLIC,
    "pages.asset": PUBLIC,
    "pages.landing": SIGNED_IN,
    "me.show": SIGNED_IN,
    "deployments.create": DEPLOYERS,
    "deployments.listing": READERS,
    "deployments.show": READERS,
    "processes.listing": READERS | {APPROVER},
    "processes.show": READERS,
    "processes.xml": READERS,
    "instances.start": CANDIDATES,
    "instances.listing": READERS,
    "instances.show": READERS,
    "instances.variables": READERS,
    "instances.set_variables": RUNNERS,
    "instances.cancel": RUNNERS,
    "repairs.modify": RUNNERS,
    "repairs.migrate": RUNNERS,
    "repairs.restart": RUNNERS,
    "choices.activate": RUNNERS,
    "repairs.suspend": RUNNERS,
    "repairs.resume": RUNNERS,
    "instances.attempts": READERS,
    "instances.elements": READERS,
    "tasks.listing": TASK_READERS,
    "tasks.show": TASK_READERS,
    "tasks.form": TASK_READERS,
    "tasks.comments": TASK_READERS,
    "tasks.update": TASK_DOERS,
    "tasks.claim": TASK_DOERS,
    "tasks.unclaim": TASK_DOERS,
    "tasks.assign": RUNNERS,
    "tasks.complete": TASK_DOERS,
    "tasks.comment": TASK_DOERS,
    "approvals.listing": TASK_READERS,
    "approvals.decide": TASK_DOERS,
    "incidents.listing": READERS,
    "incidents.show": READERS,
    "incidents.resolve": RUNNERS,
    "jobs.listing": READERS,
    "messages.publish": STARTERS,
    "signals.broadcast": STARTERS,
    "calibrations.listing": READERS,
    "audit.listing": INSPECTORS,
    "audit.export": INSPECTORS,
    "audit.verify": INSPECTORS,
    "audit.seals": INSPECTORS,
    "audit.proof": INSPECTORS,
    "audit.verify_against": INSPECTORS,
    "users.listing": ADMINS,
    "users.save": ADMINS,
    "agents.listing": READERS,
    "agents.register": DEPLOYERS,
    "agents.versions": READERS,
    "agents.suspend": RUNNERS,
    "agents.resume": RUNNERS,
    "agents.retire": ADMINS,
    "budgets.listing": READERS,
    "budgets.put": ADMINS,
    "budgets.remove": ADMINS,
    "autonomy.listing": READERS,
    "autonomy.put": RUNNERS,
    "stops.listing": READERS,
    "stops.stop": RUNNERS,
    "stops.start": RUNNERS,
    "limits.listing": READERS,
    "limits.put": ADMINS,
    "limits.remove": ADMINS,
    "tokens.listing": ADMINS,
    "tokens.create": ADMINS,
    "tokens.revoke": ADMINS,
    "subscriptions.subscribe": ADMINS,
    "subscriptions.listing": ADMINS,
    "subscriptions.pause": ADMINS,
    "subscriptions.unsubscribe": ADMINS,
    "notifications.sent": ADMINS,
    "notifications.retry": ADMINS,
    "batches.create": RUNNERS,
    "batches.listing": READERS,
    "batches.show": READERS,
    "batches.items": READERS,
    "batches.suspend": RUNNERS,
    "batches.resume": RUNNERS,
    "batches.cancel": RUNNERS,
    "batches.retry": RUNNERS,
    "pages.batches": READERS,
    "pages.steer_batch": RUNNERS,
    "camunda8.cancel_many": RUNNERS,
    "camunda8.resolve_many": RUNNERS,
    "camunda8.resolve_of_instance": RUNNERS,
    "camunda8.migrate_many": RUNNERS,
    "camunda8.modify_many": RUNNERS,
    "camunda8.delete_many": ADMINS,
    "camunda8.suspend_many": RUNNERS,
    "camunda8.resume_many": RUNNERS,
    "camunda8.search_batches": READERS,
    "camunda8.show_batch": READERS,
    "camunda8.search_batch_items": READERS,
    "camunda8.cancel_batch": RUNNERS,
    "camunda8.suspend_batch": RUNNERS,
    "camunda8.resume_batch": RUNNERS,
    "camunda7.batches": READERS,
    "camunda7.count_batches": READERS,
    "camunda7.batch_statistics": READERS,
    "camunda7.show_batch": READERS,
    "camunda7.suspend_batch": RUNNERS,
    "camunda7.delete_batch": RUNNERS,
    "camunda7.delete_many": RUNNERS,
    "camunda7.retry_many": RUNNERS,
    "camunda7.variables_of_many": RUNNERS,
    "camunda7.suspend_many": RUNNERS,
    "camunda7.modify_many": RUNNERS,
    "camunda7.migrate_many": RUNNERS,
    "camunda7.delete_history_of_many": ADMINS,
    "history.decisions": READERS,
    "history.retentions": READERS,
    "history.keep": ADMINS,
    "history.forget": ADMINS,
    "history.holds": READERS,
    "past.past_values": READERS,
    "past.hold": INSPECTORS,
    "past.release": INSPECTORS,
    "instances.erase": ADMINS,
    "camunda8.delete_instance": ADMINS,
    "camunda7.delete_history": ADMINS,
    "camunda7.history_time_to_live": ADMINS,
    "camunda7.history_time_to_live_by_key": ADMINS,
    "camunda8.topology": SIGNED_IN,
    "camunda8.deploy": DEPLOYERS,
    "camunda8.start": CANDIDATES,
    "camunda8.modify": RUNNERS,
    "camunda8.migrate": RUNNERS,
    "camunda8.broadcast_signal": STARTERS,
    "camunda8.activate": RUNNERS,
    "camunda8.evaluate_conditionals": STARTERS,
    "camunda8.activate_jobs": RUNNERS,
    "camunda8.complete_job": RUNNERS,
    "camunda8.fail_job": RUNNERS,
    "camunda8.throw_job_error": RUNNERS,
    "camunda8.update_job": RUNNERS,
    "camunda8.search_jobs": READERS,
    "camunda8.search_tasks": TASK_READERS,
    "camunda8.show_task": TASK_READERS,
    "camunda8.task_form": TASK_READERS,
    "camunda8.task_variables": TASK_READERS,
    "camunda8.effective_task_variables": TASK_READERS,
    "camunda8.assign_task": TASK_DOERS,
    "camunda8.unassign_task": TASK_DOERS,
    "camunda8.complete_task": TASK_DOERS,
    "camunda8.update_task": TASK_DOERS,
    "camunda8.status": PUBLIC,
    "camunda8.license_terms": PUBLIC,
    "camunda8.current_user": SIGNED_IN,
    "camunda8.search_instances": READERS,
    "camunda8.show_instance": READERS,
    "camunda8.cancel_instance": RUNNERS,
    "camunda8.call_hierarchy": READERS,
    "camunda8.instance_statistics": READERS,
    "camunda8.definition_statistics": READERS,
    "camunda8.sequence_flows": READERS,
    "camunda8.search_elements": READERS,
    "camunda8.show_element": READERS,
    "camunda8.set_scope_variables": RUNNERS,
    "camunda8.search_incidents": READERS,
    "camunda8.search_incidents_of_instance": READERS,
    "camunda8.search_incidents_of_element": READERS,
    "camunda8.show_incident": READERS,
    "camunda8.resolve_incident": RUNNERS,
    "camunda8.search_variables": READERS,
    "camunda8.show_variable": READERS,
    "camunda8.search_definitions": READERS | {APPROVER},
    "camunda8.show_definition": READERS,
    "camunda8.definition_xml": READERS,
    "camunda8.start_form": READERS | {APPROVER},
    "camunda8.show_form": READERS | {APPROVER},
    "camunda8.search_decisions": READERS,
    "camunda8.show_decision": READERS,
    "camunda8.decision_xml": READERS,
    "camunda8.evaluate_decision": STARTERS,
    "camunda8.search_requirements": READERS,
    "camunda8.show_requirements": READERS,
    "camunda8.requirements_xml": READERS,
    "camunda8.publish_message": STARTERS,
    "camunda8.correlate_message": STARTERS,
    "camunda8.search_subscriptions": READERS,
    "camunda7.preflight": PUBLIC,
    "camunda7.webapps": PUBLIC,
    "camunda7.version": SIGNED_IN,
    "camunda7.deployments": SIGNED_IN,
    "camunda7.deploy": DEPLOYERS,
    "camunda7.start_by_id": CANDIDATES,
    "camunda7.start_by_key": CANDIDATES,
    "camunda7.signal": STARTERS,
    "camunda7.condition": STARTERS,
    "camunda7.message": STARTERS,
}


def is_public(endpoint: str) -> bool:
    """Whether the endpoint asks nobody who they are."""
    return endpoint in ROLES and ROLES[endpoint] is PUBLIC


def may_call(actor: Actor, endpoint: str) -> bool:
    """Whether the actor's roles open the endpoint; an endpoint without a row is closed to all."""
    if endpoint not in ROLES:
        return False
    wanted = ROLES[endpoint]
    return wanted is None or actor.has(*wanted)


def needed(endpoint: str) -> str:
    """The roles that open the endpoint, for a message."""
    wanted = ROLES.get(endpoint) or ADMINS
    return " or ".join(sorted(wanted | ADMINS))
