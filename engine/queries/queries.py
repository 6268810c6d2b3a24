"""The questions that can be asked; each looks at the database once, in a transaction that changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from bpmn.model import Process
from engine.actors import Actor
from engine.budgets import Budget, BudgetState, dollars, forecast, starts
from engine.deployments import Deployment, may_start
from engine.errors import NotFound
from engine.evidence import Evidence, evidence_of
from engine.judgements import Calibration, calibrations
from engine.limits import Limit
from engine.queries.consistency import Misfit, misfits
from engine.queries.deciding import kept_from
from engine.queries.deployed import deployed
from engine.queries.evaluated import EvaluationQueries
from engine.queries.sought import found_row, is_seen, seen_row
from engine.queries.standing import Standing, standing_of
from engine.queries.trail import TrailQueries
from engine.queries.waiting import why_waiting
from engine.runtime import WaitingChoice, WaitingJoin, standing
from engine.separation import Doing
from engine.store import (
    UnitOfWork,
    agents,
    attempts,
    autonomy,
    batches,
    budgets,
    cluster_variables,
    definitions,
    elements,
    finds,
    finds_running,
    history,
    incidents,
    instances,
    jobs,
    limits,
    notifications,
    performance,
    policies,
    purge,
    search,
    stops,
    tenants,
    timers,
    user_tasks,
    users,
    variables,
)
from engine.store.agents import Agent
from engine.store.attempts import Attempt
from engine.store.autonomy import Autonomy
from engine.store.batches import Batch, BatchFilter, Item, ItemFilter
from engine.store.cluster_variables import ClusterVariable
from engine.store.definitions import (
    DecisionDefinition,
    DecisionRequirements,
    FormDefinition,
    Home,
    ProcessDefinition,
)
from engine.store.elements import ElementInstance
from engine.store.figures import Figures, figures
from engine.store.findable import Findable
from engine.store.finds import Found, Search
from engine.store.finds_running import ElementFigures, FoundVariable, InstanceSearch
from engine.store.history import DecisionEvaluation, EvaluationFilter, PastValue
from engine.store.incidents import Incident
from engine.store.instances import Active, Instance
from engine.store.jobs import Job
from engine.store.notifications import Notification, NotificationFilter, NotificationSubscription
from engine.store.performance import Performance
from engine.store.policies import RegisteredPolicy
from engine.store.purge import LegalHold, Retention
from engine.store.rows import Page, Paged
from engine.store.search import Counts, IncidentFilter, InstanceFilter, JobFilter, TaskFilter
from engine.store.stops import Stop
from engine.store.tenants import Tenant
from engine.store.user_tasks import Comment, UserTask
from engine.store.users import Account, ApiToken
from engine.user_tasks import ResolvedForm
from engine.user_tasks.forms import Reader

Json = Any
T = TypeVar("T")
FIRST = Page()


class Queries(TrailQueries, EvaluationQueries):
    """Read-only questions. What is asked for by key and is not there raises `NotFound`."""

    # What was deployed.

    def processes(
        self, *, process_id: str = "", all_versions: bool = False, startable_by: Actor | None = None
    ) -> list[ProcessDefinition]:
        """Process definitions by id; only the latest version of each, unless all are wanted.

        `startable_by` leaves those that are offered to this actor for starting.
        """
        found = self._ask(lambda tx: search.find_processes(tx, process_id, all_versions=all_versions))
        return [one for one in found if startable_by is None or (one.startable and may_start(one, startable_by))]

    def process(self, key: int) -> ProcessDefinition:
        """One process definition."""
        return self._ask(
            lambda tx: seen_row(tx, definitions.by_key(tx, ProcessDefinition, key), "process definition", key)
        )

    def process_xml(self, key: int) -> bytes:
        """The file of a process definition, byte for byte."""
        row = self.process(key)
        return self._ask(lambda tx: definitions.content(tx, row.resource_key))

    def process_model(self, key: int) -> Process:
        """What a process definition says, read."""
        row = self.process(key)
        return self._ask(lambda tx: self._library.process(tx, row.key).definition.process)

    def requirements_xml(self, key: int) -> bytes:
        """The file of decision requirements, byte for byte."""

        def ask(tx: UnitOfWork) -> bytes:
            row = seen_row(tx, definitions.by_key(tx, DecisionRequirements, key), "decision requirements", key)
            return definitions.content(tx, row.resource_key)

        return self._ask(ask)

    def form(self, key: int) -> tuple[FormDefinition, bytes]:
        """One form and its file."""

        def ask(tx: UnitOfWork) -> tuple[FormDefinition, bytes]:
            row = seen_row(tx, definitions.by_key(tx, FormDefinition, key), "form", key)
            return row, definitions.content(tx, row.resource_key)

        return self._ask(ask)

    def form_meant(self, process: ProcessDefinition, form_id: str, binding: tuple[str, str]) -> FormDefinition | None:
        """The form that a process means by an id; None when it is not deployed."""
        home = Home.of(process, process.tenant_id)
        return self._ask(lambda tx: definitions.bound(tx, FormDefinition, form_id, binding, home))

    def decisions(self, *, decision_id: str = "", all_versions: bool = False) -> list[DecisionDefinition]:
        """Decision definitions, as `processes`."""
        return self._ask(lambda tx: search.find_decisions(tx, decision_id, all_versions=all_versions))

    def forms(self, *, form_id: str = "", all_versions: bool = False) -> list[FormDefinition]:
        """Forms, as `processes`."""
        return self._ask(lambda tx: search.find_forms(tx, form_id, all_versions=all_versions))

    def deployments(self, page: Page = FIRST) -> Paged[Deployment]:
        """Deployments with what they brought, newest first."""

        def ask(tx: UnitOfWork) -> Paged[Deployment]:
            found = search.find_deployments(tx, page)
            return Paged(tuple(deployed(tx, row) for row in found), found.next)

        return self._ask(ask)

    def deployment(self, key: int) -> Deployment:
        """One deployment with what it brought."""

        def ask(tx: UnitOfWork) -> Deployment:
            return deployed(tx, seen_row(tx, definitions.deployment(tx, key), "deployment", key))

        return self._ask(ask)

    # What runs.

    def instances(self, wanted: InstanceFilter | None = None, page: Page = FIRST) -> Paged[Instance]:
        """Instances, newest first."""
        return self._ask(lambda tx: search.find_instances(tx, wanted or InstanceFilter(), page))

    def all_instances(self, keys: Iterable[int]) -> Mapping[int, Instance]:
        """Every one of these instances, by key; those that are not there are left out."""
        wanted = sorted(set(keys))
        return self._ask(lambda tx: search.find_all_instances(tx, wanted)) if wanted else {}

    def instance(self, key: int) -> Instance:
        """One instance with the elements at which it stands and why it waits at each."""

        def ask(tx: UnitOfWork) -> Instance:
            found = found_row(search.find_instance(tx, key), "process instance", key)
            if found.has_ended:
                return found
            active = {one.key: one for one in elements.of_instance(tx, key, active_only=True) if one.kind != "process"}
            waiting = why_waiting(tx, found, active, self._standing(tx, found), self._clock.now())
            troubled = {one.element_id for one in waiting if one.kind == "incident"}
            return replace(found, active=_active(active, troubled), waiting=waiting)

        return self._ask(ask)

    def standing(self, key: int) -> Standing:
        """Where an instance is stuck and why: stage, owner of the next action, blocker, decisions so far, clock."""
        found = self.instance(key)
        return self._ask(lambda tx: standing_of(tx, found, self.instance, self._clock.now()))

    def _standing(self, tx: UnitOfWork, instance: Instance) -> list[WaitingJoin | WaitingChoice]:
        state = instances.frozen(tx, instance.key)
        if state is None:
            return []
        return standing(self._library.process(tx, instance.definition_key).definition, instance.key, state)

    def variables(self, instance_key: int, *, scope_key: int = 0) -> dict[str, Json]:
        """The variables of the instance, or of one scope in it."""

        def ask(tx: UnitOfWork) -> dict[str, Json]:
            found_row(search.find_instance(tx, instance_key), "process instance", instance_key)
            return variables.of_scope(tx, instance_key, scope_key or instance_key)

        return self._ask(ask)

    def scopes(self, instance_key: int) -> dict[int, dict[str, Json]]:
        """All variables of the instance by scope."""
        return self._ask(lambda tx: variables.of_instance(tx, instance_key) if is_seen(tx, instance_key) else {})

    def elements(self, instance_key: int, page: Page = FIRST) -> Paged[ElementInstance]:
        """The way the instance took, oldest first."""
        return self._ask(lambda tx: search.find_elements(tx, instance_key, page))

    def jobs(self, wanted: JobFilter | None = None, page: Page = FIRST) -> Paged[Job]:
        """Jobs, newest first."""
        return self._ask(lambda tx: search.find_jobs(tx, wanted or JobFilter(), page))

    def find_jobs(self, search: Search) -> Found[Job]:
        """Jobs by any of their facts, in any order, with their number."""
        return self._ask(lambda tx: finds.find_jobs(tx, search))

    def find(self, noun: Findable[T], search: Search) -> Found[T]:
        """Things of a kind by any of their facts, in any order, with their number."""
        return self._ask(lambda tx: noun.find(tx, search))

    def find_instances(self, search: InstanceSearch) -> Found[Instance]:
        """Instances by any of their facts, in any order, with their number."""
        return self._ask(lambda tx: finds_running.find_instances(tx, search))

    def element_figures(self, search: InstanceSearch) -> list[ElementFigures]:
        """How many elements of these instances are where."""
        return self._ask(lambda tx: finds_running.figures_of(tx, search))

    def variables_made_between(self, first_key: int, last_key: int) -> list[FoundVariable]:
        """Variables of the instances and elements whose keys lie between these, both included."""
        return self._ask(lambda tx: finds_running.variables_made_between(tx, first_key, last_key))

    def job(self, key: int) -> Job:
        """One job, without variables."""
        return self._ask(lambda tx: jobs.find(tx, key))

    def attempts(self, instance_key: int) -> list[Attempt]:
        """Every call of a model that the instance made, oldest first."""
        return self._ask(lambda tx: attempts.of_instance(tx, instance_key) if is_seen(tx, instance_key) else [])

    def cost(self, job_key: int) -> Decimal:
        """What the calls of a job cost so far, in US dollars; a lost or open call counts with what was reserved."""

        def ask(tx: UnitOfWork) -> list[Attempt]:
            jobs.find(tx, job_key)
            return attempts.of_job(tx, job_key)

        found = self._ask(ask)
        return sum((one.cost if one.cost is not None else one.reserved or Decimal(0) for one in found), Decimal(0))

    def incidents(self, wanted: IncidentFilter | None = None, page: Page = FIRST) -> Paged[Incident]:
        """Incidents, newest first."""
        return self._ask(lambda tx: search.find_incidents(tx, wanted or IncidentFilter(), page))

    def incident(self, key: int) -> Incident:
        """One incident."""
        return self._ask(lambda tx: incidents.find(tx, key))

    def next_timer(self) -> datetime | None:
        """When the next timer is due; None when none is set."""
        return self._ask(timers.next_due)

    # What has been.

    def past_values(self, instance_key: int, page: Page = FIRST) -> Paged[PastValue]:
        """The values that the instance's variables had before those they have, newest first."""
        return self._ask(lambda tx: history.past_values(tx, instance_key, page))

    def evaluations(self, wanted: EvaluationFilter | None = None, page: Page = FIRST) -> Paged[DecisionEvaluation]:
        """Decisions that were made, newest first."""
        return self._ask(lambda tx: history.evaluations(tx, wanted or EvaluationFilter(), page))

    def calibrations(self, *, process_id: str | None = None, target_error: float = 0.05) -> list[Calibration]:
        """What people's verdicts say about models' answers, for each element, model and version of its question."""
        return self._ask(lambda tx: calibrations(tx, target_error, process_id))

    def retentions(self) -> list[Retention]:
        """How long what is over is kept, where an administrator said so."""
        return self._ask(purge.retentions_set)

    def holds(self) -> list[LegalHold]:
        """Instances that must not be deleted, oldest hold first."""
        return self._ask(lambda tx: [one for one in purge.holds(tx) if is_seen(tx, one.instance_key)])

    # People's work.

    def tasks(self, wanted: TaskFilter | None = None, page: Page = FIRST) -> Paged[UserTask]:
        """User tasks, newest first."""
        return self._ask(lambda tx: search.find_tasks(tx, wanted or TaskFilter(), page))

    def find_tasks(self, search: Search) -> Found[UserTask]:
        """User tasks by any of their facts, in any order, with their number."""
        return self._ask(lambda tx: finds.find_tasks(tx, search))

    def task_variables(self, key: int) -> list[tuple[int, dict[str, Json]]]:
        """The variables that a task sees, scope by scope: its own first, the instance's last."""
        return self._ask(lambda tx: variables.scopes_of(tx, user_tasks.find(tx, key).element_key))

    def task(self, key: int) -> UserTask:
        """One task."""
        return self._ask(lambda tx: user_tasks.find(tx, key))

    def task_form(self, key: int) -> ResolvedForm:
        """What to show for a task, with the values of all variables that it sees."""

        def ask(tx: UnitOfWork) -> ResolvedForm:
            task = user_tasks.find(tx, key)
            seen = variables.seen_by(tx, [task.element_key])[task.element_key]
            return self._forms.resolve(Reader(tx, self._library), task).over(seen)

        return self._ask(ask)

    def evidence(self, task_key: int) -> Evidence:
        """What there is to decide on: the task, what each model said, what policies ruled, and its fingerprint."""
        return self._ask(lambda tx: evidence_of(tx, user_tasks.find(tx, task_key)))

    def kept_from(self, task_key: int) -> list[Doing]:
        """What people did that keeps them from a task."""
        return self._ask(lambda tx: kept_from(tx, self._library, user_tasks.find(tx, task_key)))

    def comments(self, task_key: int) -> list[Comment]:
        """What was said about a task, oldest first."""

        def ask(tx: UnitOfWork) -> list[Comment]:
            user_tasks.find(tx, task_key)
            return user_tasks.comments_of(tx, task_key)

        return self._ask(ask)

    # Batches.

    def batches(self, wanted: BatchFilter | None = None, page: Page = FIRST) -> Paged[Batch]:
        """Batches and how far they are, newest first."""
        return self._ask(lambda tx: batches.find(tx, wanted or BatchFilter(), page))

    def batch(self, key: int) -> Batch:
        """One batch and how far it is."""
        found = self.batches(BatchFilter(keys=[key]))
        return found_row(found.items[0] if found.items else None, "batch", key)

    def batch_items(self, wanted: ItemFilter, page: Page = FIRST) -> Paged[Item]:
        """What became of each item."""
        return self._ask(lambda tx: batches.find_items(tx, wanted, page))

    # Notifications.

    def subscriptions(self) -> list[NotificationSubscription]:
        """Who hears of which events, oldest first."""
        return self._ask(notifications.every_subscription)

    def notifications(self, wanted: NotificationFilter | None = None, page: Page = FIRST) -> Paged[Notification]:
        """What is on its way, arrived or dead, newest first."""
        return self._ask(lambda tx: notifications.find(tx, wanted or NotificationFilter(), page))

    # The house.

    def users(self) -> list[Account]:
        """All users by name."""
        return self._ask(users.every)

    def account(self, name: str) -> Account | None:
        """One user, None when there is none."""
        return self._ask(lambda tx: users.find(tx, name))

    def groups(self) -> list[str]:
        """All groups by name."""
        return self._ask(users.every_group)

    def token(self, token_hash: str) -> ApiToken | None:
        """The API token with this hash, None when there is none."""
        return self._ask(lambda tx: users.token(tx, token_hash, self._clock.now()))

    def tokens(self, user: str = "") -> list[ApiToken]:
        """API tokens of a user, or of all; oldest first."""
        return self._ask(lambda tx: users.tokens(tx, user, self._clock.now()))

    def agents(self) -> Sequence[Agent]:
        """Every registered agent, in the version that is in service."""
        return self._ask(agents.listed)

    def agent_versions(self, id: str) -> Sequence[Agent]:
        """Every version of an agent, oldest first. Raises `NotFound`."""
        found = self._ask(lambda tx: agents.versions_of(tx, id))
        if not found:
            raise NotFound(f"There is no agent '{id}'.")
        return found

    def policies(self) -> Sequence[RegisteredPolicy]:
        """Every policy, in the version that is in service; house-wide ones first."""
        return self._ask(policies.listed)

    def policy_versions(self, id: str) -> Sequence[RegisteredPolicy]:
        """Every version of a policy, oldest first. Raises `NotFound`."""
        found = self._ask(lambda tx: policies.versions_of(tx, id))
        if not found:
            raise NotFound(f"There is no policy '{id}'.")
        return found

    def agent_performance(self, id: str, days: float = 30.0) -> Sequence[Performance]:
        """What an agent's calls of the last days came to, by version and model. Raises `NotFound`."""

        def ask(tx: UnitOfWork) -> Sequence[Performance]:
            if agents.find(tx, id) is None:
                raise NotFound(f"There is no agent '{id}'.")
            return performance.of_agent(tx, id, self._clock.now() - timedelta(days=days))

        return self._ask(ask)

    def budgets(self) -> Sequence[BudgetState]:
        """Every budget, and how it stands in its present period."""
        return self._ask(lambda tx: [_standing(tx, budget, self._clock.now()) for budget in budgets.listed(tx)])

    def autonomy(self) -> Sequence[Autonomy]:
        """How far agents' answers may go, where somebody or drift has decided it."""
        return self._ask(autonomy.listed)

    def stops(self) -> Sequence[Stop]:
        """What of AI is stopped."""
        return self._ask(stops.listed)

    def tenants(self) -> list[Tenant]:
        """Every tenant in sight with its members, the default one first."""
        return self._ask(lambda tx: [one for one in tenants.listed(tx, self._clock.now()) if tx.sees(one.id)])

    def limits(self) -> Sequence[Limit]:
        """Every limit on job types and models."""
        return self._ask(limits.listed)

    def cluster_variable(self, name: str) -> ClusterVariable:
        """One variable of the cluster. Raises `NotFound`."""
        found = self._ask(lambda tx: cluster_variables.find(tx, name))
        if found is None:
            raise NotFound(f"There is no cluster variable '{name}'.")
        return found

    def counts(self) -> Counts:
        """Running instances, open tasks, open incidents."""
        return self._ask(search.counts)

    def figures(self) -> Figures:
        """What is open, counted: for gauges."""
        return self._ask(lambda tx: figures(tx, self._clock.now()))

    def misfits(self) -> Iterator[Misfit]:
        """Where rows and the state of an instance contradict each other. None, whatever happened to the process."""
        return misfits(self._store)

    def ping(self) -> None:
        """Returns when the database answers and has Baton's tables. Raises `StoreUnavailable`."""
        self._ask(users.every_group)


def _active(active: Mapping[int, ElementInstance], troubled: set[str]) -> tuple[Active, ...]:
    return tuple(
        Active(one.key, one.element_id, one.name, one.kind, one.started_at, one.element_id in troubled)
        for one in active.values()
    )


def _standing(tx: UnitOfWork, budget: Budget, now: datetime) -> BudgetState:
    reserved, spent = map(dollars, budgets.standing(tx, budget, f"{budget.period.value}|{starts(budget.period, now)}|"))
    return BudgetState(budget, reserved, spent, forecast(spent, budget.period, now))
