"""Looking without touching: lists, single things, and why an instance waits."""

from engine.audit import Record
from engine.queries.consistency import Misfit
from engine.queries.queries import Queries
from engine.queries.waiting import why_waiting
from engine.store.batches import BatchFilter, ItemFilter
from engine.store.comparisons import Comparison
from engine.store.findable import Findable
from engine.store.finds import Found, Search
from engine.store.finds_running import InstanceSearch, InstanceWish
from engine.store.history import EvaluationFilter
from engine.store.notifications import NotificationFilter
from engine.store.rows import Page, Paged
from engine.store.search import AuditFilter, Counts, IncidentFilter, InstanceFilter, JobFilter, TaskFilter

__all__ = [
    "AuditFilter",
    "BatchFilter",
    "Comparison",
    "Counts",
    "EvaluationFilter",
    "Findable",
    "Found",
    "IncidentFilter",
    "InstanceFilter",
    "InstanceSearch",
    "InstanceWish",
    "ItemFilter",
    "JobFilter",
    "Misfit",
    "NotificationFilter",
    "Page",
    "Paged",
    "Queries",
    "Record",
    "Search",
    "TaskFilter",
    "why_waiting",
]
