"""What an AI task gives to its models: the process variables that its diagram puts into prompt and document."""

from __future__ import annotations

from bpmn.errors import LanguageError
from bpmn.languages import compile
from bpmn.model import Expression, FlowNode

#: The inputs that reach a model, of the AI task and of Camunda's AI Agent: by name, or by how names begin.
_OF_TASK = frozenset({"prompt", "input", "examples"})
_OF_AGENT = ("data.systemPrompt.", "data.userPrompt.")
_TASK, _AGENT = "baton:ai-task:", "io.camunda.agenticai:aiagent"


def given_to_models(node: FlowNode) -> frozenset[str]:
    """The root names of the variables whose values the models of an AI task see; none for any other element.

    An input that reads the one before it (both are mapped in order) counts as what that one reads. An AI task whose
    `input` nobody maps sees the variable of that name.
    """
    type_ = node.job.type.text if node.job is not None else ""
    if not type_.startswith((_TASK, _AGENT)):
        return frozenset()
    read: dict[str, frozenset[str]] = {}
    for mapping in node.inputs:
        own = _names(mapping.source)
        read[mapping.target] = frozenset(name for one in own for name in read.get(one, frozenset({one})))
    if type_.startswith(_TASK):
        read.setdefault("input", frozenset({"input"}))
    seen = (names for target, names in read.items() if _reaches(target, type_))
    return frozenset[str]().union(*seen)


def _reaches(target: str, type_: str) -> bool:
    return target in _OF_TASK if type_.startswith(_TASK) else target.startswith(_OF_AGENT)


def _names(source: object) -> frozenset[str]:
    if not isinstance(source, Expression) or source.is_literal:
        return frozenset()
    try:
        return compile(source).names
    except LanguageError:  # the deployment is refused for it
        return frozenset()
