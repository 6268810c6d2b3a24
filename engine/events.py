"""The facts that the audit trail keeps: one word per kind of fact, the same for ever once released.

The runtime tells what the diagram did (`Step.events`); the verbs add who asked for it. What each word's data holds
stands beside it.
"""

from __future__ import annotations

# The instance.
INSTANCE_STARTED = "instance-started"  # process_id, version, definition_key, business_key, variables
INSTANCE_COMPLETED = "instance-completed"
INSTANCE_TERMINATED = "instance-terminated"  # reason
INSTANCE_CANCELED = "instance-canceled"  # reason
INSTANCE_SUSPENDED = "instance-suspended"  # reason
INSTANCE_RESUMED = "instance-resumed"  # reason
INSTANCE_MODIFIED = "instance-modified"  # changes, before, after: ids of the active elements; reason
INSTANCE_MIGRATED = "instance-migrated"  # from, to: definition and version; elements, before, after, reason
INSTANCE_RESTARTED = "instance-restarted"  # of_key: the ended instance; elements; reason
VARIABLES_SET = "variables-set"  # scope key -> name -> value

# What the diagram did.
PATH_TAKEN = "path-taken"  # flows: ids in order
ELEMENT_ENTERED = "element-entered"
ELEMENT_LEFT = "element-left"
DECISION_EVALUATED = "decision-evaluated"  # decision_id, version, facts, output, matched, failure
SCRIPT_RUN = "script-run"
ERROR_THROWN = "error-thrown"  # code, message
ERROR_CAUGHT = "error-caught"  # code, by
ESCALATION_THROWN = "escalation-thrown"  # code
ESCALATION_CAUGHT = "escalation-caught"  # code, by
ESCALATION_UNCAUGHT = "escalation-uncaught"  # code: nothing follows from it
COMPENSATION_STARTED = "compensation-started"  # activity: the one that is undone; none for all
TRANSACTION_CANCELED = "transaction-canceled"  # by: the boundary event that it is left by
ERROR_UNCAUGHT = "error-uncaught"  # code: its path ended without anybody catching it (Camunda 7)
TIMER_FIRED = "timer-fired"
WORK_CONTINUED = "work-continued"  # behind a save point (asyncBefore, asyncAfter), in a transaction of its own
WORK_TAKEN_BACK = "work-taken-back"  # reason: what failed behind a save point; it is tried again from there
REQUEST_TAKEN_BACK = "request-taken-back"  # process_id, reason: what failed behind a request, of which nothing was done
MESSAGE_CORRELATED = "message-correlated"  # name, message_key
SIGNAL_SENT = "signal-sent"  # name, signal_key, variables, receivers
SIGNAL_RECEIVED = "signal-received"  # name, signal_key, sent_by, variables
INSIDE_CHOSEN = "inside-chosen"  # elements: id -> variables, cancels_remaining, is_enough
CONDITION_MET = "condition-met"  # the start event whose condition was true
CALL_STARTED = "call-started"  # child_key, process_id
CALL_ENDED = "call-ended"  # child_key, outcome

# Jobs.
JOB_CREATED = "job-created"  # type
JOB_COMPLETED = "job-completed"  # job_key, type, worker
JOB_FAILED = "job-failed"  # job_key, type, worker, message, retries, retry_at
JOB_ERROR_THROWN = "job-error-thrown"  # job_key, type, worker, code, message
JOB_UPDATED = "job-updated"  # job_key, type, retries, lease_seconds, priority
JOB_LEASE_LOST = "job-lease-lost"  # job_key, worker
OUTCOME_PROBED = "outcome-probed"  # job_key, probe, expect, outcome_probe: claim, observed, verdict; reason
REVIEW_ASKED = "review-asked"  # job_key, task_key, group, faults, confidence, cost, proposal

# Model attempts.
ATTEMPT_STARTED = "attempt-started"  # job_key, number, model, ai_kind, reserved, agent, level, gates, their order
CALL_REFUSED = "call-refused"  # job_key, agent, model, gate, reason, then, gates: those passed before; nothing was sent
ATTEMPT_SETTLED = (
    "attempt-settled"  # job_key, number, state, checks in order, faults, confidence, cost, tokens, answered_by
)
MODEL_ROUTED = "model-routed"  # job_key, decision_id, version, inputs, output, matched
ATTEMPT_LOST = "attempt-lost"  # job_key, number: the worker died in the call

# People.
TASK_CREATED = "task-created"  # task_key, assignee, candidates
TASK_CLAIMED = "task-claimed"  # task_key, assignee
TASK_UNCLAIMED = "task-unclaimed"
TASK_ASSIGNED = "task-assigned"  # task_key, assignee, before
TASK_DELEGATED = "task-delegated"  # task_key, assignee: who acts for before
TASK_RESOLVED = "task-resolved"  # task_key, assignee: given back to them by before, who acted for them
DUTIES_SEPARATED = "duties-separated"  # task_key, actors, preparers: by, did, element_id; not_by, four_eyes: the proof
WORK_APPROVED = "work-approved"  # job_key, approvals: keys of tasks, approvers: why guarded work was handed out
WORK_WITHHELD = "work-withheld"  # job_key, reason: guarded work lacks an approval that counts
APPROVAL_SKIPPED = "approval-skipped"  # elements, reason: an operator moved the case past approvals
TASK_NUDGED = "task-nudged"  # task_key, name, assignee, candidates, open_since, number: it lies, and whose turn it is
TASK_ESCALATED = "task-escalated"  # the same, and to: the group that may do it from now on
TASK_COMPLETED = "task-completed"  # task_key, variables
TASK_UPDATED = "task-updated"  # task_key, changes
TASK_ASKED = "task-asked"  # task_key, event, changes, variables: listeners hear of it first
TASK_DENIED = "task-denied"  # event, reason: a listener said no, and the task stays as it was
TASK_COMMENTED = "task-commented"  # task_key, comment_key, text
TASK_DECIDED = "task-decided"  # task_key, decision, reason, output

# Incidents, messages, deployments, the trail itself.
INCIDENT_RAISED = "incident-raised"  # incident_key, type, message
INCIDENT_RESOLVED = "incident-resolved"  # incident_key, type, retries
MESSAGE_PUBLISHED = "message-published"  # message_key, name, correlation_key, variables
DEPLOYED = "deployed"  # deployment_key, resources with their digests
USER_CHANGED = "user-changed"  # user, what
TOKEN_CREATED = "token-created"
CLUSTER_VARIABLE_SET = "cluster-variable-set"  # name, value
CLUSTER_VARIABLE_REMOVED = "cluster-variable-removed"  # name
LIMIT_SET = "limit-set"  # kind, name, per_minute, at_once
LIMIT_REMOVED = "limit-removed"  # kind, name
AGENT_REGISTERED = "agent-registered"  # agent, version, card, digest
AGENT_SUSPENDED = "agent-suspended"  # agent, reason
AGENT_RESUMED = "agent-resumed"  # agent, reason
AGENT_RETIRED = "agent-retired"  # agent, reason
SAMPLES_DRAWN = "samples-drawn"  # agent, drawn, of: accepted answers that people are to judge
SAMPLE_JUDGED = "sample-judged"  # agent, job_key, number, decision, output, reason
EVALUATION_STARTED = "evaluation-started"  # evaluation, agent, model, said, cases
EVALUATION_CALL_STARTED = "evaluation-call-started"  # evaluation, job_key (of the case), number, model, gates, hash
EVALUATION_CALL_REFUSED = "evaluation-call-refused"  # evaluation, job_key, model, gate, reason: nothing was sent
EVALUATION_CALL_SETTLED = "evaluation-call-settled"  # evaluation, job_key, number, state, faults, confidence, cost
EVALUATION_ENDED = "evaluation-ended"  # evaluation, agent, model, report
POLICY_REGISTERED = "policy-registered"  # policy, version, document, digest, before: the version in service so far
POLICY_RETIRED = "policy-retired"  # policy, version, reason
BUDGET_SET = "budget-set"  # kind, name, period, amount, then
BUDGET_REMOVED = "budget-removed"  # kind, name, period
AUTONOMY_SET = "autonomy-set"  # agent, process_id, element_id, model, level, before, reason, evidence
AI_STOPPED = "ai-stopped"  # kind, name, reason
AI_STARTED = "ai-started"  # kind, name, reason: a stop was lifted
TENANT_CHANGED = "tenant-changed"  # tenant, what: added, removed, member added, member removed; kind, member
TOKEN_REVOKED = "token-revoked"
AUDIT_SEALED = "audit-sealed"  # number, key_id, seal: the signed statement, for whoever keeps it outside
AUDIT_PAYLOAD_ERASED = "audit-payload-erased"  # chain, seq, reason
TASK_OVERDUE = "task-overdue"  # task_key, name, assignee, due_at
SUBSCRIPTION_CHANGED = "subscription-changed"  # subscription_key, what, kind, target, events, process_id
NOTIFICATION_RETRIED = "notification-retried"  # notification_key
BATCH_CREATED = "batch-created"  # batch_key, operation, filter, reason
BATCH_CHANGED = "batch-changed"  # batch_key, state, reason
BATCH_ENDED = "batch-ended"  # batch_key, counts by state
BATCH_RETRIED = "batch-retried"  # batch_key, items, reason
BATCH_FORGOTTEN = "batch-forgotten"  # batch_key
RETENTION_SET = "retention-set"  # process_id, days
HOLD_SET = "hold-set"  # reason
HOLD_RELEASED = "hold-released"  # reason
HISTORY_DELETED = "history-deleted"  # reason: the instance is gone, and what records held of it
TOOL_CALLED = "tool-called"  # call_id, tool, arguments, verdict: allowed, asked, denied or refused, reason, approval
OUTSIDE_CALL = "outside-call"  # tool, arguments: their names, is_allowed: an agent outside used a tool of ours
POLICY_VERDICT = "policy-verdict"  # policy, version, at, rule, verdict, reason, group, before, after; number, call_id
