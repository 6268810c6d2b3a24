"""Every blueprint of the API, in the order of its description."""

from __future__ import annotations

from api.rest.agents import agents
from api.rest.approvals import approvals
from api.rest.audit import audit
from api.rest.autonomy import autonomy
from api.rest.batches import batches
from api.rest.budgets import budgets
from api.rest.calibrations import calibrations
from api.rest.choices import choices
from api.rest.deployments import deployments
from api.rest.history import history, past
from api.rest.incidents import incidents
from api.rest.instances import instances
from api.rest.jobs import jobs
from api.rest.limits import limits
from api.rest.me import me
from api.rest.messages import messages
from api.rest.notifications import notifications, subscriptions
from api.rest.policies import policies
from api.rest.processes import processes
from api.rest.repairs import repairs
from api.rest.signals import signals
from api.rest.stops import stops
from api.rest.tasks import tasks
from api.rest.tenants import tenants
from api.rest.tokens import tokens
from api.rest.users import users

BLUEPRINTS = (
    deployments,
    processes,
    instances,
    repairs,
    batches,
    choices,
    tasks,
    approvals,
    history,
    past,
    incidents,
    jobs,
    limits,
    agents,
    autonomy,
    budgets,
    policies,
    stops,
    messages,
    signals,
    calibrations,
    subscriptions,
    notifications,
    audit,
    me,
    users,
    tenants,
    tokens,
)
