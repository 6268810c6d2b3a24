"""Camunda 8 (Zeebe): `zeebe:` extension elements, FEEL behind a leading `=`.

The source of every rule is the zeebe-bpmn-moddle descriptor with the engine's own validators.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from lxml import etree

from bpmn.dialects.plain import NULL, Draft, Known, Plain, Values, split_form_key
from bpmn.model import (
    Binding,
    CalledDecision,
    CalledElement,
    Dialect,
    EventKind,
    Expression,
    FormReference,
    Job,
    Kind,
    Language,
    LinkedResource,
    Listener,
    Publication,
    Script,
    UserTask,
    VariableMapping,
)
from bpmn.parts import Notes, Part, all_text_of, line_of, text_of, truth, vendor_children
from bpmn.vocabulary import ZEEBE

_NONE: frozenset[str] = frozenset()


def _attributes(*names: str, children: frozenset[str] = _NONE) -> tuple[frozenset[str], frozenset[str]]:
    return frozenset(names), children


_BOUND = ("bindingType", "versionTag")
KNOWN: Known = {
    "taskDefinition": _attributes("type", "retries"),
    "taskHeaders": _attributes(children=frozenset({"header"})),
    "header": _attributes("key", "value"),
    "jobPriorityDefinition": _attributes("priority"),
    "ioMapping": _attributes(children=frozenset({"input", "output"})),
    "input": _attributes("source", "target"),
    "output": _attributes("source", "target"),
    "properties": _attributes(children=frozenset({"property"})),
    "property": _attributes("id", "name", "value"),
    "loopCharacteristics": _attributes("inputCollection", "inputElement", "outputCollection", "outputElement"),
    "script": _attributes("expression", "resultVariable"),
    "userTask": _attributes(),
    "assignmentDefinition": _attributes("assignee", "candidateGroups", "candidateUsers"),
    "taskSchedule": _attributes("dueDate", "followUpDate"),
    "priorityDefinition": _attributes("priority"),
    "formDefinition": _attributes("formId", "formKey", "externalReference", *_BOUND),
    "userTaskForm": _attributes("id"),
    "taskListeners": _attributes(children=frozenset({"taskListener"})),
    "taskListener": _attributes("eventType", "type", "retries", children=frozenset({"taskHeaders"})),
    "executionListeners": _attributes(children=frozenset({"executionListener"})),
    "executionListener": _attributes("eventType", "type", "retries", children=frozenset({"taskHeaders"})),
    "calledElement": _attributes(
        "processId",
        "processIdExpression",
        "propagateAllChildVariables",
        "propagateAllParentVariables",
        "businessId",
        *_BOUND,
    ),
    "calledDecision": _attributes("decisionId", "resultVariable", *_BOUND),
    "subscription": _attributes("correlationKey"),
    "publishMessage": _attributes("correlationKey", "messageId", "timeToLive"),
    "conditionalFilter": _attributes("variableNames", "variableEvents"),
    "versionTag": _attributes("value"),
    "linkedResources": _attributes(children=frozenset({"linkedResource"})),
    "linkedResource": _attributes("resourceId", "resourceType", "linkName", *_BOUND),
    "adHoc": _attributes("activeElementsCollection", "outputCollection", "outputElement"),
}


class Camunda8(Plain):
    """Places `zeebe:` extensions."""

    dialect = Dialect.CAMUNDA8
    is_open_about_executable = False
    heeds_all_of_bpmn = False
    begins_where_nothing_leads = False
    takes_quoted_times = False
    takes_codes_for_errors = False
    takes_periods_for_dates = False
    receives_without_message = False  # Zeebe: must reference a message
    vendor = frozenset({ZEEBE})
    # Template helpers, monitoring marks and free properties, which the engine ignores too.
    meaningless = frozenset({"retryCounter", "agentDefinition", "properties"})
    placed = frozenset(KNOWN)
    known = KNOWN

    def value(self, text: str, line: int = 0) -> Expression:
        """FEEL iff the first character that is not blank is `=`."""
        text = text.strip()
        if text.startswith("="):
            return Expression(text[1:].strip(), Language.FEEL, line)
        return Expression(text, Language.LITERAL, line)

    def condition(self, element: etree._Element) -> Expression:
        """Only `=` makes a condition FEEL; a condition without it stays literal, for the checks to find."""
        return self.value(text_of(element), line_of(element))

    def node(self, draft: Draft) -> None:
        self._place_common(draft)
        place = _PLACERS.get(draft.kind)
        if place is not None:
            place(self, draft)

    def event(self, part: Part, values: Values) -> None:
        super().event(part, values)
        found = part.extension("conditionalFilter")
        if found is not None:
            values["unsupported"].extend(self.unknown_inside(found))
            values["condition_variables"] = _words(found.get("variableNames"))
            values["condition_events"] = _words(found.get("variableEvents"))

    def process(self, part: Part, values: Values) -> None:
        unsupported = values["unsupported"]
        values["properties"] = self._pairs(part.extensions("properties"), "property", "name", unsupported)
        values["listeners"] = self._listeners(part, unsupported)
        tag = part.extension("versionTag")
        if tag is not None:
            values["version_tag"] = tag.get("value", "")
        values["embedded_forms"] = {
            form.get("id", ""): all_text_of(form) for form in part.extensions("userTaskForm") if form.get("id")
        }
        values["job_priority"] = self._attribute(part, "jobPriorityDefinition", "priority", unsupported)

    def message(self, part: Part, values: Values) -> None:
        values["correlation_key"] = self._attribute(part, "subscription", "correlationKey", values["unsupported"])

    def loop(self, part: Part, values: Values) -> None:
        found = part.extension("loopCharacteristics")
        if found is None:
            return
        values["unsupported"].extend(self.unknown_inside(found))
        line = line_of(found)
        values["collection"] = self.optional(found.get("inputCollection"), line)
        values["element_variable"] = found.get("inputElement", "").strip()
        values["output_collection"] = found.get("outputCollection", "").strip()
        values["output_element"] = self.optional(found.get("outputElement"), line)

    # what any flow node may carry

    def _place_common(self, draft: Draft) -> None:
        part, values, unsupported = draft.part, draft.values, draft.unsupported
        values["template"] = part.vendor("modelerTemplate") or ""
        values["properties"] = self._pairs(part.extensions("properties"), "property", "name", unsupported)
        values["listeners"] = self._listeners(part, unsupported)
        mapping = part.extension("ioMapping")
        if mapping is not None:
            unsupported.extend(self.unknown_inside(mapping))
            values["inputs"] = tuple(self._mapping(each) for each in vendor_children(mapping, "input"))
            values["outputs"] = tuple(self._mapping(each) for each in vendor_children(mapping, "output"))

    def _mapping(self, element: etree._Element) -> VariableMapping:
        line = line_of(element)
        source = element.get("source")
        # Since 8.8 a missing source means null; an empty one is the empty text.
        value = NULL if source is None else self.value(source, line)
        return VariableMapping(value, element.get("target", "").strip(), line)

    def _listeners(self, part: Part, unsupported: Notes) -> tuple[Listener, ...]:
        found: list[Listener] = []
        for kind in ("execution", "task"):
            for holder in part.extensions(f"{kind}Listeners"):
                unsupported.extend(self.unknown_inside(holder))
                found.extend(self._listener(each, kind) for each in vendor_children(holder, f"{kind}Listener"))
        return tuple(found)

    def _listener(self, element: etree._Element, kind: str) -> Listener:
        line = line_of(element)
        headers, repeated = self._headers(list(vendor_children(element, "taskHeaders")), Notes())
        job = Job(
            self.value(element.get("type", ""), line),
            self.value(element.get("retries") or "3", line),
            headers,
            origin=f"{kind}Listener",
            line=line,
            repeated_headers=repeated,
        )
        return Listener(kind, element.get("eventType", "").strip().lower(), job, line=line)

    def _job(self, draft: Draft) -> Job | None:
        """The job of a node, with its headers and priority; None when the node has no task definition."""
        part = draft.part
        found = part.extension("taskDefinition")
        if found is None:
            return None
        draft.unsupported.extend(self.unknown_inside(found))
        line = line_of(found)
        headers, repeated = self._headers(part.extensions("taskHeaders"), draft.unsupported)
        return Job(
            self.value(found.get("type", ""), line),
            self.value(found.get("retries") or "3", line),
            headers,
            priority=self._attribute(part, "jobPriorityDefinition", "priority", draft.unsupported),
            linked=self._linked(draft),
            line=line,
            repeated_headers=repeated,
        )

    def _headers(self, holders: list[etree._Element], unsupported: Notes) -> tuple[dict[str, str], tuple[str, ...]]:
        """The headers, and the keys that are given more than once: only their last value can be handed over."""
        counts = Counter(each.get("key", "") for holder in holders for each in _given(holder, "header", "key"))
        found = self._pairs(holders, "header", "key", unsupported)
        return found, tuple(key for key, count in counts.items() if count > 1)

    def _linked(self, draft: Draft) -> tuple[LinkedResource, ...]:
        found = []
        for holder in draft.part.extensions("linkedResources"):
            draft.unsupported.extend(self.unknown_inside(holder))
            for each in vendor_children(holder, "linkedResource"):
                resource_id = self.optional(each.get("resourceId"), line_of(each))
                if resource_id is not None:
                    names = each.get("resourceType", ""), each.get("linkName", "")
                    found.append(LinkedResource(resource_id, *names, self._binding(each)))
        return tuple(found)

    def _pairs(self, holders: list[etree._Element], each: str, key: str, unsupported: Notes) -> dict[str, str]:
        """Headers or properties; those without a name or a value are ignored, as the engine does."""
        found: dict[str, str] = {}
        for holder in holders:
            unsupported.extend(self.unknown_inside(holder))
            found |= {pair.get(key, ""): pair.get("value", "") for pair in _given(holder, each, key)}
        return found

    def _attribute(self, part: Part, name: str, attribute: str, unsupported: Notes) -> Expression | None:
        """The one attribute of an extension element that has nothing else."""
        found = part.extension(name)
        if found is None:
            return None
        unsupported.extend(self.unknown_inside(found))
        return self.optional(found.get(attribute), line_of(found))

    def _binding(self, element: etree._Element) -> Binding:
        line = line_of(element)
        return Binding(element.get("bindingType") or "latest", None, self.optional(element.get("versionTag"), line))

    def _form(self, draft: Draft) -> FormReference | None:
        found = draft.part.extension("formDefinition")
        if found is None:
            return None
        draft.unsupported.extend(self.unknown_inside(found))
        line = line_of(found)
        form_id = self.optional(found.get("formId"), line)
        if form_id is not None:
            return FormReference(id=form_id, binding=self._binding(found))
        external = self.optional(found.get("externalReference"), line)
        if external is not None:
            return FormReference(external=external)
        key = (found.get("formKey") or "").strip()
        return split_form_key(Expression(key, Language.LITERAL, line)) if key else None

    # placers by kind

    def _place_work(self, draft: Draft) -> None:
        draft.values["job"] = self._job(draft)

    def _place_script(self, draft: Draft) -> None:
        draft.values["job"] = self._job(draft)
        found = draft.part.extension("script")
        if found is None:  # a bpmn:script body is not run by this engine; the checks ask for a script
            return
        draft.unsupported.extend(self.unknown_inside(found))
        expression = self.value(found.get("expression", ""), line_of(found))
        result = found.get("resultVariable", "").strip()
        if expression.text:
            draft.values["script"] = Script(expression.text, expression.language, result, "feel", line=expression.line)

    def _place_rule(self, draft: Draft) -> None:
        draft.values["job"] = self._job(draft)
        found = draft.part.extension("calledDecision")
        if found is None:
            return
        draft.unsupported.extend(self.unknown_inside(found))
        line = line_of(found)
        decision = self.optional(found.get("decisionId"), line)
        if decision is not None:
            result = found.get("resultVariable", "").strip()
            draft.values["decision"] = CalledDecision(decision, result, self._binding(found), line=line)

    def _place_user_task(self, draft: Draft) -> None:
        part, unsupported = draft.part, draft.unsupported
        native = part.extension("userTask")
        values: Values = {"native": native is not None, "form": self._form(draft)}
        for name, attributes in _USER_TASK:
            found = part.extension(name)
            if found is not None:
                unsupported.extend(self.unknown_inside(found))
                for attribute, field in attributes.items():
                    values[field] = self.optional(found.get(attribute), line_of(found))
        values["headers"], values["repeated_headers"] = self._headers(part.extensions("taskHeaders"), unsupported)
        draft.values["user_task"] = UserTask(**values)

    def _place_call(self, draft: Draft) -> None:
        found = draft.part.extension("calledElement")
        if found is None:
            return
        draft.unsupported.extend(self.unknown_inside(found))
        line = line_of(found)
        legacy = (found.get("processIdExpression") or "").strip()
        called = self.optional(found.get("processId"), line) or self.optional(
            f"={legacy.removeprefix('=')}" if legacy else None, line
        )
        if called is None:
            return
        draft.values["called"] = CalledElement(
            called,
            self._binding(found),
            truth(found.get("propagateAllParentVariables"), True),
            truth(found.get("propagateAllChildVariables"), True),
            business_key=self.optional(found.get("businessId"), line),
            line=line,
        )

    def _place_start(self, draft: Draft) -> None:
        draft.values["form"] = self._form(draft)

    def _place_throw(self, draft: Draft) -> None:
        events = draft.values["events"]
        if events and events[0].kind is EventKind.MESSAGE:
            first = replace(events[0], job=self._job(draft), publication=self._publication(draft))
            draft.values["events"] = (first, *events[1:])

    def _publication(self, draft: Draft) -> Publication | None:
        found = draft.part.extension("publishMessage")
        if found is None:
            return None
        draft.unsupported.extend(self.unknown_inside(found))
        said = (found.get(name) for name in ("correlationKey", "messageId", "timeToLive"))
        return Publication(*(self.optional(text, line_of(found)) for text in said))

    def _place_ad_hoc(self, draft: Draft) -> None:
        draft.values["job"] = self._job(draft)
        found = draft.part.extension("adHoc")
        if found is None:
            return
        draft.unsupported.extend(self.unknown_inside(found))
        line = line_of(found)
        draft.values["active_elements"] = self.optional(found.get("activeElementsCollection"), line)
        draft.values["ad_hoc_output_collection"] = found.get("outputCollection", "").strip()
        draft.values["ad_hoc_output_element"] = self.optional(found.get("outputElement"), line)


_USER_TASK = (
    (
        "assignmentDefinition",
        {"assignee": "assignee", "candidateGroups": "candidate_groups", "candidateUsers": "candidate_users"},
    ),
    ("taskSchedule", {"dueDate": "due_date", "followUpDate": "follow_up_date"}),
    ("priorityDefinition", {"priority": "priority"}),
)

_PLACERS = {
    Kind.SERVICE_TASK: Camunda8._place_work,
    Kind.SEND_TASK: Camunda8._place_work,
    Kind.SCRIPT_TASK: Camunda8._place_script,
    Kind.BUSINESS_RULE_TASK: Camunda8._place_rule,
    Kind.USER_TASK: Camunda8._place_user_task,
    Kind.CALL_ACTIVITY: Camunda8._place_call,
    Kind.START_EVENT: Camunda8._place_start,
    Kind.INTERMEDIATE_THROW_EVENT: Camunda8._place_throw,
    Kind.END_EVENT: Camunda8._place_throw,
    Kind.AD_HOC_SUB_PROCESS: Camunda8._place_ad_hoc,
}


def _words(text: str | None) -> tuple[str, ...]:
    return tuple(word.strip() for word in (text or "").split(",") if word.strip())


def _given(holder: etree._Element, each: str, key: str) -> list[etree._Element]:
    return [pair for pair in vendor_children(holder, each) if pair.get(key) and pair.get("value")]
