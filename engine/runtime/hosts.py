"""The objects that Camunda 7 expressions and scripts are given: `execution` and, at user tasks, `task`.

They offer what camunda7-extensions §1 lists and nothing of Python: every name goes through a table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bpmn import languages, timers
from bpmn.errors import EvaluationError

if TYPE_CHECKING:
    from engine.runtime.tokens import Token

Json = Any


def hosts(token: Token) -> Mapping[str, Any]:
    """`execution` and who is logged in, for every element; `connector` for its own parameters, `task` comes later."""
    execution = Execution(token)
    services = token.workflow.services
    found: dict[str, Any] = {
        "execution": execution,
        "variableContainer": execution,  # Flowable's name for it
        "authenticatedUserId": services.user,
        "currentUser": services.user,
        "currentUserGroups": list(services.groups),
    }
    node = getattr(token.task_spec, "node", None)  # the process as a whole has none
    if node is not None and node.job is not None and node.job.origin == "connector":
        found["connector"] = execution
    return found


class ReadOnlyBean:
    """A bean that is only read: properties, and their getters."""

    def __init__(self, name: str, properties: Mapping[str, Any]) -> None:
        self.name = name
        self._properties = properties

    def get(self, name: str) -> Any:
        """A property; null for one that was not said."""
        return self._properties.get(name)

    def call(self, method: str, args: Sequence[Any]) -> Any:
        """A getter."""
        if method.startswith("get") and not args:
            return self.get(method[3:4].lower() + method[4:])
        raise EvaluationError(f"'{self.name}' has no method '{method}'.")

    def snapshot(self) -> dict[str, Any]:
        """Every property with its value."""
        return dict(self._properties)


class Execution:
    """Camunda 7's DelegateExecution, as far as diagrams use it."""

    name = "execution"

    def __init__(self, token: Token, event: str = "", transition: str | None = None) -> None:
        self._token = token
        self.event = event
        self._transition = transition
        self._methods: dict[str, Callable[..., Any]] = {
            "getVariable": self._get,
            "getVariableLocal": self._get_local,
            "isCanceled": lambda: self._token.is_leaving,
            "hasVariable": lambda name: name in self._visible(),
            "hasVariableLocal": lambda name: name in self._scopes.local(self._token.id),
            "getVariables": lambda: dict(self._visible()),
            "getVariablesLocal": lambda: dict(self._scopes.local(self._token.id)),
            "getVariableNames": lambda: list(self._visible()),
            "getVariableNamesLocal": lambda: sorted(self._scopes.local(self._token.id)),
            "setVariable": self._set,
            "setVariableLocal": self._set_local,
            "setVariables": lambda values: self._each(self._set, values),
            "setVariablesLocal": lambda values: self._each(self._set_local, values),
            "removeVariable": self._remove,
            "removeVariableLocal": lambda name: self._scopes.remove(self._token.id, name),
            "getProcessInstance": lambda: Execution(self._token.workflow.root),
            "removeVariables": lambda names: self._for_each(self._remove, names),
        }

    def get(self, name: str) -> Any:
        """A readable property such as `processInstanceId`; EvaluationError for what is not offered."""
        if name in ("variables", "variablesLocal", "variableNames", "variableNamesLocal", "execution"):
            return self.call(f"get{name[0].upper()}{name[1:]}", ())
        properties = self.snapshot()
        if name in properties:
            return properties[name]
        raise EvaluationError(f"'{self.name}' has no property '{name}'. It has: {', '.join(sorted(properties))}.")

    def call(self, method: str, args: Sequence[Any]) -> Any:
        """Call an offered method; `getX()` also reads the property `x`."""
        known = self._methods.get(method)
        if known is None:
            return self._getter(method, args)
        try:
            return known(*args)
        except TypeError as error:
            raise EvaluationError(f"'{self.name}.{method}' was called with {len(args)} arguments.") from error

    def find_task(self, key: Any) -> ReadOnlyBean | None:
        """The user task of this key, for Flowable's `task:get`; it is no method of the object itself."""
        find, text = self._token.workflow.services.find_task, str(key)
        found = find(int(text)) if find is not None and text.isdecimal() else None
        return None if found is None else ReadOnlyBean("task", found)

    def snapshot(self) -> dict[str, Any]:
        """Every readable property with its value."""
        process = self._token.workflow
        element = self._token.task_spec
        return {
            "id": str(self._token.id),
            "processInstanceId": str(process.root.id),
            "processBusinessKey": process.business_key,
            "businessKey": process.business_key,
            "processInstanceBusinessKey": process.business_key,  # Activiti's and Flowable's name
            "processDefinitionId": process.definition.process.id,
            "processDefinitionKey": process.definition.process.id,
            "processDefinitionName": process.definition.process.name,
            "currentActivityId": element.id,
            "currentActivityName": element.node.name,
            "currentFlowElement": {"id": element.id, "name": element.node.name},
            "activityInstanceId": str(self._token.id),
            "parentActivityInstanceId": str(self._token.parent.id if self._token.parent else process.root.id),
            "parentId": None if self._token.parent is None else str(self._token.parent.id),
            "caseInstanceId": None,
            "superExecution": None,
            "tenantId": None,
            "eventName": self.event or None,
            "canceled": self._token.is_leaving,
            "currentTransitionId": self._transition,
        }

    def _getter(self, method: str, args: Sequence[Any]) -> Any:
        properties = self.snapshot()
        name = method[3:4].lower() + method[4:]
        if method.startswith("get") and not args and name in properties:
            return properties[name]
        offered = ", ".join(sorted(self._methods))
        raise EvaluationError(f"'{self.name}' has no method '{method}'. It has: {offered}.")

    @property
    def _scopes(self) -> Any:
        return self._token.workflow.scopes

    def _visible(self) -> Mapping[str, Json]:
        visible: Mapping[str, Json] = self._scopes.visible(self._token)
        return visible

    def _get(self, name: str) -> Json:
        return self._visible().get(name)

    def _get_local(self, name: str) -> Json:
        return self._scopes.local(self._token.id).get(name)

    def _set(self, name: str, value: Any) -> None:
        self._scopes.merge(self._token, {name: languages.as_json(value)})

    def _set_local(self, name: str, value: Any) -> None:
        self._scopes.set_local(self._token.id, {name: languages.as_json(value)})

    def _each(self, put: Callable[[str, Any], None], values: Any) -> None:
        if not isinstance(values, Mapping):
            raise EvaluationError(f"'{self.name}.setVariables' takes a map of names and values.")
        for name, value in values.items():
            put(name, value)

    def _for_each(self, act: Callable[[str], None], names: Any) -> None:
        if not isinstance(names, list | tuple):
            raise EvaluationError(f"'{self.name}' was given {type(names).__name__} where it takes a list of names.")
        for name in names:
            act(str(name))

    def _remove(self, name: str) -> None:
        self._scopes.remove(self._scopes.holder(self._token, name), name)


class TaskHost(Execution):
    """Camunda 7's DelegateTask: the user task that is being created, assigned or completed.

    Setters change `draft` only; the element reads it afterwards.
    """

    name = "task"

    def __init__(self, token: Token, draft: dict[str, Any], event: str) -> None:
        super().__init__(token, event)
        self.draft = draft
        self._methods |= {
            "setAssignee": lambda name: self._change_text("assignee", name),
            "addCandidateGroup": lambda name: self._add("candidate_groups", name),
            "addCandidateUser": lambda name: self._add("candidate_users", name),
            "setPriority": lambda number: self._change("priority", number),
            "addCandidateGroups": self._adding("candidate_groups"),
            "addCandidateUsers": self._adding("candidate_users"),
            "deleteCandidateGroup": lambda name: self._drop("candidate_groups", name),
            "deleteCandidateUser": lambda name: self._drop("candidate_users", name),
            "setDueDate": lambda at: self._set_date("due_at", at, "setDueDate"),
            "setFollowUpDate": lambda at: self._set_date("follow_up_at", at, "setFollowUpDate"),
            "setName": lambda name: self._change_text("name", name),
            "getExecution": lambda: Execution(self._token),
        }

    def snapshot(self) -> dict[str, Any]:
        """Every readable property with its value."""
        return super().snapshot() | {
            "name": self.draft.get("name"),
            "assignee": self.draft.get("assignee"),
            "priority": self.draft.get("priority", 50),
            "dueDate": self.draft.get("due_at"),
            "followUpDate": self.draft.get("follow_up_at"),
            "createTime": self.draft.get("created_at"),
            "owner": None,
            "description": self._token.task_spec.node.documentation or None,
            "executionId": str(self._token.id),
            "candidates": [*self.draft.get("candidate_groups", ()), *self.draft.get("candidate_users", ())],
            "taskDefinitionKey": self._token.task_spec.id,
            "eventName": self.event,
        }

    def _change(self, name: str, value: Any) -> None:
        self.draft[name] = value

    def _change_text(self, name: str, value: Any) -> None:
        found = languages.as_json(value)
        if found is not None and not isinstance(found, str):
            raise EvaluationError(f"The {name} of a task is a text, but {str(found)[:60]} was given.")
        self._change(name, found)

    def _add(self, name: str, value: Any) -> None:
        self.draft[name] = (*self.draft.get(name, ()), str(value))

    def _adding(self, name: str) -> Callable[[Any], None]:
        return lambda values: self._for_each(lambda value: self._add(name, value), values)

    def _drop(self, name: str, value: Any) -> None:
        self.draft[name] = tuple(one for one in self.draft.get(name, ()) if one != str(value))

    def _set_date(self, name: str, value: Any, method: str) -> None:
        """A date and time, its ISO text, or a period from now; null takes it away."""
        if value is None or value == "":
            self.draft[name] = None
            return
        try:
            self.draft[name] = timers.moment(value, self._token.workflow.services.now)
        except EvaluationError as error:
            raise EvaluationError(f"'task.{method}' takes a date and time: {error}") from None
