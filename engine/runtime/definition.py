"""A compiled process: SpiffWorkflow's `WorkflowSpec` made of our elements. Immutable and shared by threads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from SpiffWorkflow.specs.WorkflowSpec import WorkflowSpec

from bpmn.model import Dialect, EventKind, Kind, Process, SequenceFlow
from engine.runtime.conversations import Sending
from engine.runtime.elements.base import Element
from engine.runtime.elements.compensation import Compensable
from engine.runtime.elements.listeners import Listeners
from engine.runtime.elements.scopes import ProcessRoot
from engine.runtime.elements.user_task import UserTask
from engine.runtime.formulas import Formula, formula


class Definition(WorkflowSpec):
    """`process` is the model it was made from; `conditions` and `flow_listeners` hold what flows carry, compiled."""

    def __init__(self, process: Process, dialect: Dialect, *, is_relative: bool = False) -> None:
        super().__init__(name=process.id)
        self.process = process
        self.dialect = dialect
        self.is_camunda7 = dialect is Dialect.CAMUNDA7
        self.is_camunda8 = dialect is Dialect.CAMUNDA8
        self.is_relative = is_relative  # drawn for Activiti or Flowable
        self.conditions: dict[str, Formula] = {}
        self.job_priority = formula(process.job_priority)
        self.lingers = False  # whether something that is cancelled may have to stay until somebody has heard of it
        self.flow_listeners: dict[str, Listeners] = {}
        self.root = ProcessRoot(self, process.id, process.name)
        self.compensations: dict[str, Compensable] = {}
        self.waits_for_others = False  # whether some join asks what can still come to it
        self.sendings: Mapping[str, tuple[Sending, ...]] = {}  # along message flows, by sender
        self.gateways_before: dict[str, Element] = {}  # the one that begins the process, by the events behind it
        self.hearers: frozenset[str] = frozenset()  # elements that message flows lead to
        self.watched: frozenset[str] = frozenset()  # names of the elements that wait for conditions
        self.flows: Mapping[str, SequenceFlow] = {}

    @property
    def elements(self) -> Iterable[Element]:
        """Every element, bodies of multi-instances too."""
        return self.task_specs.values()  # type: ignore[no-any-return]

    def element(self, name: str) -> Element | None:
        """The element of this id, or with `#multiInstanceBody` behind it the body."""
        return self.task_specs.get(name)  # type: ignore[no-any-return]

    def entry(self, element_id: str) -> Element | None:
        """The element that flows lead to: the body of a repeated activity, else the element of this id."""
        bodies = (self.element(f"{element_id}#{body}") for body in ("multiInstanceBody", "loopBody"))
        return next(filter(None, bodies), self.element(element_id))

    def has_external_errors(self, element_id: str) -> bool:
        """Whether the diagram may make a BPMN error of what a worker of this element says."""
        job = getattr(self.element(element_id), "job", None)
        return job is not None and bool(job.errors)

    def task_listeners(self, element_id: str, event: str) -> Listeners | None:
        """What must hear of it when something happens to the user task of this element."""
        element = self.element(element_id)
        return element.listeners_of(event) if isinstance(element, UserTask) else None

    def start_event(self, element_id: str | None) -> Element | None:
        """The start event of this id, or where an instance begins that names none; None when there is no such one.

        That is the none start event. Camunda 7 takes a timer's in its place, or the only start event that there is,
        whatever would trigger it (BpmnParse, selectInitial).
        """
        return self._first if element_id is None else self.element(element_id)

    @cached_property
    def _first(self) -> Element | None:
        starts = self.process.starts(EventKind.NONE)
        if self.is_camunda7 and not starts:
            every = tuple(node for node in self.process.nodes if node.kind is Kind.START_EVENT)
            starts = self.process.starts(EventKind.TIMER) or (every if len(every) == 1 else ())
        return self.element(starts[0].id) if starts else None
