"""The agents of a diagram's AI tasks: whether each is registered, and may do what the task asks of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bpmn.agents import AgentCard, RiskClass, given_to_models
from bpmn.errors import Finding, Severity
from bpmn.model import Expression, FlowNode, Model, Process, walk

_AI_TYPES = ("baton:ai-task:", "io.camunda.agenticai:aiagent")
_NO_AI = "rules/"


@dataclass(frozen=True, slots=True)
class Registered:
    """The cards of the agents in the registry, by id, and whether every AI task must have one.

    `by` is who vouches for agents that are registered because a diagram needs them; nobody does when it is empty. When
    they are not all that there are (`is_complete` False), one that is missing is a remark and no error.
    """

    cards: Mapping[str, AgentCard] = field(default_factory=dict)
    is_required: bool = False
    by: str = ""
    is_complete: bool = True

    def beside(self, cards: Sequence[AgentCard]) -> Registered:
        """The same with cards that come now."""
        return replace(self, cards={**self.cards, **{card.id: card for card in cards}})


@dataclass(frozen=True, slots=True)
class _AiTask:
    """An AI task as far as its diagram tells. No `agent`, no `models`: an expression decides."""

    process: Process
    node: FlowNode
    agent: str
    is_named: bool
    models: tuple[str, ...]
    line: int


def needed(model: Model, registered: Registered) -> list[AgentCard]:
    """A card for each agent that the AI tasks need and nobody registered: of these tasks, and of their models only."""
    missing: dict[str, list[_AiTask]] = {}
    for task in _tasks(model):
        if task.agent and task.models and task.agent not in registered.cards:
            missing.setdefault(task.agent, []).append(task)
    return [_card(id, tasks, registered.by) for id, tasks in missing.items()] if registered.by else []


def unregistered(model: Model, registered: Registered) -> list[Finding]:
    """A finding for each AI task whose agent is not registered, or may not do what the task says."""
    return [finding for task in _tasks(model) for finding in _faults(task, registered)]


def _tasks(model: Model) -> Iterator[_AiTask]:
    for process in model.executable:
        for node in walk(process.nodes):
            job = node.job
            if job is None or not job.type.is_literal or not job.type.text.startswith(_AI_TYPES):
                continue
            models = _literal(node, "models") or _literal(node, "provider.model") or ""
            names = tuple(name.strip() for name in models.split(",") if name.strip())
            ai = tuple(name for name in names if not name.startswith(_NO_AI))
            if names and not ai:
                continue
            named = _literal(node, "agent")
            yield _AiTask(process, node, process.id if named is None else named, bool(named), ai, job.line or node.line)


def _literal(node: FlowNode, name: str) -> str | None:
    """An input as the diagram writes it: None without one, "" for what an expression decides."""
    for mapping in node.inputs:
        if mapping.target == name:
            source = mapping.source
            is_known = isinstance(source, Expression) and (source.is_literal or _is_quoted(source.text))
            return source.text.strip('"') if is_known and isinstance(source, Expression) else ""
    return None


def _is_quoted(text: str) -> bool:
    return len(text) > 1 and text[0] == text[-1] == '"' and '"' not in text[1:-1] and "\\" not in text


def _faults(task: _AiTask, registered: Registered) -> Iterator[Finding]:
    if not task.agent:
        return
    card = registered.cards.get(task.agent)
    if card is None:
        if registered.is_required or task.is_named:
            text = f"calls models as agent '{task.agent}', which is not registered."
            yield _finding(task, "agent-unregistered", text, _HINT, "error" if registered.is_complete else "warning")
        return
    if task.process.id not in card.processes or (card.elements and task.node.id not in card.elements):
        yield _finding(task, "agent-out-of-scope", f"is not in the scope of agent '{task.agent}'.", _WIDEN)
    for name in sorted(given_to_models(task.node) - set(card.variables)) if card.variables else ():
        text = f"shows its models the variable '{name}', which is not among those of agent '{task.agent}'."
        yield _finding(task, "agent-out-of-scope", text, _WIDEN)
    for model in task.models:
        if model not in card.models:
            yield _finding(task, "agent-out-of-scope", f"asks '{model}', which agent '{task.agent}' may not.", _WIDEN)


_HINT = (
    "Deploy its *.agent.yaml beside the diagram, or let `baton deploy --register-agents` write down what the diagram "
    "says of it."
)
_WIDEN = (
    "Change the diagram, or register a version of the agent whose processes, elements, models and variables allow it."
)


def _finding(task: _AiTask, rule: str, text: str, hint: str, severity: Severity = "error") -> Finding:
    said = f"{task.node.kind.value} {task.node.label} {text}"
    return Finding(severity, rule, f"{said[0].upper()}{said[1:]}", task.node.id, task.line, hint)


def _card(id: str, tasks: Sequence[_AiTask], by: str) -> AgentCard:
    names = ", ".join(dict.fromkeys(task.node.label for task in tasks))
    return AgentCard(
        id=id,
        owner=by,
        purpose=f"Registered with the diagram that needs it, for {names}."[:2_000],
        risk=RiskClass.LIMITED,
        processes=tuple(dict.fromkeys(task.process.id for task in tasks)),
        elements=tuple(dict.fromkeys(task.node.id for task in tasks)),
        models=tuple(dict.fromkeys(model for task in tasks for model in task.models)),
    )
