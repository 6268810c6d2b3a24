"""Camunda 7 and its relatives (Activiti, Flowable, Operaton): vendor attributes, JUEL in `${...}` or `#{...}`.

What runs Java (class, delegate expression) becomes a job named after the class or the bean, so that a worker in any
language can stand in for it. Nested values (inputOutput, forms, listeners) are read in `camunda7_values`.
"""

from __future__ import annotations

import re
from dataclasses import replace

from lxml import etree

from bpmn.dialects import camunda7_house as house
from bpmn.dialects import camunda7_relatives as relatives
from bpmn.dialects import camunda7_values as nested
from bpmn.dialects.camunda7_payload import payload
from bpmn.dialects.plain import Draft, Plain, Values
from bpmn.dialects.relatives_data import data_objects
from bpmn.dialects.relatives_event_listeners import read_past, throwing_listeners
from bpmn.dialects.relatives_events import place_event
from bpmn.dialects.relatives_loops import place_loop
from bpmn.dialects.relatives_tasks import JOB_TYPES, decision, external_parameters, place_task, rules_job, typed_job
from bpmn.dialects.relatives_timers import in_calendar, place_timer
from bpmn.dialects.relatives_web_service import web_service_job
from bpmn.model import (
    ACTIVITIES,
    SUB_PROCESSES,
    Binding,
    CalledDecision,
    CalledElement,
    Dialect,
    Escalation,
    EventKind,
    Expression,
    Job,
    Kind,
    Language,
    Message,
    Signal,
    UserTask,
)
from bpmn.parts import Notes, Part, line_of, local_name, text_of, truth
from bpmn.vocabulary import CAMUNDA7_FAMILY, is_xpath, script_language

_MAYBE_JUEL = re.compile(r"[$#]\{")

# Hints about tenants' defaults, caches and which thread does what, which change no outcome here: the moves of one
# instance are made one after the other (exclusive), and what is due first begins first (jobPriority orders nothing
# unless an engine is configured so).
MEANINGLESS = frozenset(
    {
        "async",
        "calledElementTenantId",
        "calledElementType",
        "category",
        "decisionRefTenantId",
        "element-name",
        "exclusive",
        "fallbackToDefaultTenant",
        "formFieldValidation",
        "isEagerExecutionFetching",
        "jobCategory",
        "jobPriority",
        "localization",
        "noWaitStatesAsyncLeave",
        "properties",
        "task-candidates-type",
        "translation",
        "work-form-field-validation",
    }
)
# Words with a place in the model. Where one is left over, it stands on an element whose engine ignores it as well, such
# as the class of a service task that was turned into a call activity.
PLACED = frozenset(nested.KNOWN) | frozenset(
    """asyncAfter asyncBefore assignee businessKey calledElementBinding calledElementVersion calledElementVersionTag
    candidateGroups candidateStarterGroups candidateStarterUsers candidateUsers class collection decisionRef
    decisionRefBinding decisionRefVersion decisionRefVersionTag delegateExpression dueDate elementVariable
    errorCodeVariable errorMessage errorMessageVariable escalationCodeVariable expression failedJobRetryTimeCycle
    followUpDate formKey formRef formRefBinding formRefVersion historyTimeToLive inheritBusinessKey inheritVariables
    initiator isStartableInTasklist mapDecisionResult priority resource resultVariable resultVariableName
    sameDeployment taskPriority topic type variableEvent variableEvents variableName versionTag""".split()
)

# Camunda 7's own words with a meaning at run time, beside those: refused wherever no reader has placed them. What is
# not among its words is kept as it is and never looked at (BpmnParse asks for attributes and elements by name).
MEANT = frozenset(
    {"caseRef", "formHandlerClass", "triggerable", "variableMappingClass", "variableMappingDelegateExpression"}
    | relatives.MEANT
)


class Camunda7(Plain):
    """Places `camunda:` extensions, whatever prefix of the family they carry."""

    dialect = Dialect.CAMUNDA7
    vendor = CAMUNDA7_FAMILY
    assumes_executable = True  # BpmnParse only skips isExecutable="false"
    heeds_all_of_bpmn = False
    begins_where_nothing_leads = False
    takes_quoted_times = False
    meaningless = MEANINGLESS
    placed = PLACED
    known = nested.KNOWN
    child_attributes = frozenset({"endDate", "resource"})

    def __init__(self, *, is_relative: bool = False) -> None:
        super().__init__()
        self.is_relative = is_relative

    def value(self, text: str, line: int = 0) -> Expression:
        """JUEL when there is `${` or `#{` anywhere, else literal."""
        text = text.strip()
        return Expression(text, Language.JUEL if _MAYBE_JUEL.search(text) else Language.LITERAL, line)

    def condition(self, element: etree._Element) -> Expression:
        """JUEL, or a script in the language that the element names, written in or in a file of its own."""
        line = line_of(element)
        expression = self.value(text_of(element), line)
        language = element.get("language", "").strip()
        if not language or is_xpath(language):
            return expression
        resource = (self.part(element).vendor("resource") or "").strip()
        if not expression.text and not resource:
            return expression
        return Expression(expression.text, script_language(language), line, language, resource)

    def node(self, draft: Draft) -> None:
        self._place_common(draft)
        for attribute in ("useLocalScopeForResultVariable", "useLocalScopeForOutParameters"):
            if truth(draft.part.vendor(attribute)):
                draft.values["results_stay"] = True
        place = _PLACERS.get(draft.kind)
        if place is not None:
            place(self, draft)
        if self.is_relative and draft.kind in SUB_PROCESSES:
            draft.values["data"] = data_objects(draft.part, draft.unsupported)
        draft.part.vendor_is("triggerable", "false")  # off, as it is without the word
        stores = draft.part.vendor("autoStoreVariables")
        # Only Activiti and Flowable let an element say so; Camunda 7 and Operaton read past it.
        if truth(stores) and draft.part.prefix in relatives.PREFIXES:
            draft.unsupported.append((f'{draft.part.prefix}:autoStoreVariables="{stores}"', draft.part.line))

    def _place_common(self, draft: Draft) -> None:
        part, values = draft.part, draft.values
        values.update(self._save_points(part))
        values["template"] = part.vendor("modelerTemplate") or ""
        values["properties"] = nested.properties(self, part, draft.unsupported)
        told = throwing_listeners(self, part.element) if draft.kind is Kind.USER_TASK else ()
        values["listeners"] = (*nested.listeners(self, part, draft.unsupported), *told)
        holder = part.extension("inputOutput")
        if holder is not None:
            draft.unsupported.extend(self.unknown_inside(holder))
            values["inputs"], values["outputs"] = nested.input_output(self, holder)
        if draft.kind in ACTIVITIES:
            values["skip"] = self.optional(part.vendor("skipExpression"), part.line)

    def _save_points(self, part: Part) -> Values:
        before, legacy, after = (truth(part.vendor(name)) for name in ("asyncBefore", "async", "asyncAfter"))
        cycle = part.extension("failedJobRetryTimeCycle")
        return {
            "async_before": before or legacy,
            "async_after": after,
            "retry_cycle": None if cycle is None else self.formal(cycle),
        }

    def event(self, part: Part, values: Values) -> None:
        super().event(part, values)
        _named_by_expression(self, part, values)
        place = _EVENT_PLACERS.get(values["kind"])
        if place is not None:
            place(self, part, values)

    def _place_condition(self, part: Part, values: Values) -> None:
        values["condition_variables"] = _words(part.vendor("variableName"))
        values["condition_events"] = _words(part.vendor("variableEvents") or part.vendor("variableEvent"))

    def _place_error(self, part: Part, values: Values) -> None:
        # Flowable's errorVariableName is the code's as well; whether it is kept makes no difference to the flow.
        values["code_variable"] = part.vendor("errorCodeVariable") or part.vendor("errorVariableName") or ""
        part.vendor("errorVariableTransient")
        values["code_stays"] = truth(part.vendor("errorVariableLocalScope"))
        values["message_variable"] = part.vendor("errorMessageVariable") or ""

    def _place_escalation(self, part: Part, values: Values) -> None:
        if self.is_relative and values.get("reference"):
            # One that nobody defines is the code itself (EscalationEventDefinitionParseHandler).
            code = Expression(values["reference"], Language.LITERAL, part.line)
            values.update(escalation=Escalation(code.text, code=code, line=part.line), reference="")
        values["code_variable"] = part.vendor("escalationCodeVariable") or ""

    def _place_terminate(self, part: Part, values: Values) -> None:
        values["ends_repetition"] = truth(part.vendor("terminateMultiInstance"))
        values["ends_everything"] = truth(part.vendor("terminateAll"))

    def _place_signal(self, part: Part, values: Values) -> None:
        values["payload"] = payload(self, part, values["unsupported"])

    def _place_message(self, part: Part, values: Values) -> None:
        key = self.optional(part.vendor("correlationKey"), part.line)
        if key is not None and values.get("message") is not None:  # Activiti's, which means what Camunda 8's does
            values["message"] = replace(values["message"], correlation_key=key)
        values.update(self._work(part, values["unsupported"]))

    def process(self, part: Part, values: Values) -> None:
        line = part.line
        values["version_tag"] = part.vendor("versionTag") or ""
        values["history_days"] = house.history_days(part, values["unsupported"])
        values["startable"] = truth(part.vendor("isStartableInTasklist"), True)
        values.update(house.starters(part))
        task_priority = part.vendor("taskPriority")
        values["job_priority"] = self.optional(task_priority or part.vendor("jobPriority"), line)
        values["properties"] = nested.properties(self, part, values["unsupported"])
        values["listeners"] = nested.listeners(self, part, values["unsupported"])
        read_past(part, values["unsupported"])
        if self.is_relative:
            values["data"] = data_objects(part, values["unsupported"])

    def error(self, part: Part, values: Values) -> None:
        values["message"] = self.optional(part.vendor("errorMessage"), part.line)

    def signal(self, part: Part, values: Values) -> None:
        if part.prefix in relatives.PREFIXES:
            values["only_here"] = part.vendor("scope") == "processInstance"

    def flow(self, part: Part, values: Values) -> None:
        # Whatever event is written there: a flow can only be taken (BpmnParse).
        values["skip"] = self.optional(part.vendor("skipExpression"), part.line)
        found = nested.listeners(self, part, values["unsupported"])
        values["listeners"] = tuple(replace(one, event="take") if one.kind == "execution" else one for one in found)

    def loop(self, part: Part, values: Values) -> None:
        values["counter_base"] = 0
        values["counter_variable"] = (part.vendor("elementIndexVariable") or "loopCounter").strip()
        values.update(self._save_points(part))
        collection = part.vendor("collection") or part.child_text("loopDataInputRef")
        if collection:
            text = collection if _MAYBE_JUEL.search(collection) else f"${{{collection.strip()}}}"
            values["collection"] = self.value(text, part.line)
        item = part.child("inputDataItem")
        standard = item.get("name", "") if item is not None else ""
        values["element_variable"] = (part.vendor("elementVariable") or standard).strip()
        if self.is_relative or part.prefix in relatives.PREFIXES:
            place_loop(self, part, values)
        elif part.child("loopDataOutputRef") is not None:  # BpmnParse reads past it
            values["output_is_read"] = True
            values["unsupported"].ignored.append(("loopDataOutputRef of a multi-instance marker", part.line))

    def has_no_effect(self, part: Part, name: str) -> bool:
        if name in self.placed or name in relatives.WITHOUT_EFFECT:
            return True
        return name not in (relatives.MEANT if part.prefix in relatives.PREFIXES else MEANT)

    def explained(self, name: str, shown: str) -> str:
        return relatives.explained(name, shown)

    # work

    def _work(self, part: Part, unsupported: Notes) -> Values:
        """What does a service-like element: the job, or the expression and its result variable (exactly one)."""
        line = part.line
        job = self._named_job(part, unsupported)
        if job is not None:
            priority = self.optional(part.vendor("taskPriority") or part.vendor("jobPriority"), line)
            fields = nested.fields(self, part.extensions("field"), unsupported)
            return {"job": replace(job, priority=priority, fields=fields)}
        expression = self.optional(part.vendor("expression"), line)
        if expression is None:
            if part.get("implementation") == "##WebService":
                unsupported.append(('implementation="##WebService" (a web service that a WSDL file describes)', line))
            return {}
        result = part.vendor("resultVariable") or part.vendor("resultVariableName") or ""
        return {"expression": expression, "result_variable": result}

    def _named_job(self, part: Part, unsupported: Notes) -> Job | None:
        line = part.line
        connector = part.extension("connector")
        if connector is not None:
            return nested.connector(self, connector, unsupported)
        class_name = part.vendor("class")
        if class_name:
            return Job(Expression(class_name.strip(), Language.LITERAL, line), origin="class", line=line)
        bean = part.vendor("delegateExpression")
        if bean:
            return nested.bean_job(bean, line)
        return self._typed_job(part, unsupported)

    def _typed_job(self, part: Part, unsupported: Notes) -> Job | None:
        line, prefix = part.line, part.prefix
        kind = (part.vendor("type") or "").strip()
        topic = part.vendor("topic")
        if kind in ("external", "external-worker"):
            errors = nested.external_errors(self, part, unsupported)
            job = Job(self.value(topic or "", line), origin="topic", errors=errors, line=line)
            return external_parameters(self, part, job) if topic else None
        if kind in ("mail", "shell") or (kind in JOB_TYPES and prefix in relatives.PREFIXES):
            return typed_job(self, part, kind)
        if kind:
            unsupported.append((f'{prefix}:type="{kind}"', line))
        if part.get("implementation") == "##WebService" and self.is_relative:
            return web_service_job(self, part)
        if self.is_relative and part.get("implementation") and not kind:
            # Activiti's connectors: the bean or the service of that name (DefaultServiceTaskBehavior).
            return Job(
                Expression(part.get("implementation"), Language.LITERAL, line), origin="implementation", line=line
            )
        if topic:
            unsupported.append((f'{prefix}:topic="{topic}" without {prefix}:type="external"', line))
        return None

    # placers by kind

    def _place_work(self, draft: Draft) -> None:
        part = draft.part
        if part.prefix in relatives.PREFIXES and part.vendor_is("type", "dmn"):
            draft.values["decision"] = decision(self, part, draft.unsupported)
            return
        draft.values.update(self._work(part, draft.unsupported))
        if part.prefix in relatives.PREFIXES:
            place_task(self, draft, draft.values.get("job"))

    def _place_rule(self, draft: Draft) -> None:
        part = draft.part
        reference = self.optional(part.vendor("decisionRef"), part.line)
        if reference is None:
            self._place_rules(draft)
            return
        draft.values["decision"] = CalledDecision(
            reference,
            part.vendor("resultVariable") or "",
            self._binding(part, "decisionRef"),
            part.vendor("mapDecisionResult") or "resultList",
            line=part.line,
        )

    def _place_rules(self, draft: Draft) -> None:
        job = rules_job(draft.part) if draft.part.prefix in relatives.PREFIXES else None
        if job is None:
            self._place_work(draft)
        else:
            draft.values["job"] = job

    def _binding(self, part: Part, reference: str) -> Binding:
        """Binding attributes: decisionRefBinding, decisionRefVersion, decisionRefVersionTag and the like."""
        line = part.line
        return Binding(
            part.vendor(f"{reference}Binding") or "latest",
            self.optional(part.vendor(f"{reference}Version"), line),
            self.optional(part.vendor(f"{reference}VersionTag"), line),
        )

    def _place_user_task(self, draft: Draft) -> None:
        part, line = draft.part, draft.part.line
        values: Values = self.people(part)
        for attribute, field in _USER_TASK.items():
            found = self.optional(part.vendor(attribute), line)
            if found is not None:
                values[field] = found
        calendar = (part.vendor("businessCalendarName") or "").strip()
        if calendar and "due_date" in values:
            values["due_date"] = in_calendar(calendar, values["due_date"])
        values["form"] = nested.form(self, part, draft.unsupported)
        draft.values["user_task"] = UserTask(**values)

    def _place_script(self, draft: Draft) -> None:
        draft.values["script"] = nested.script_task(self, draft.part)

    def _place_start(self, draft: Draft) -> None:
        draft.values["initiator"] = draft.part.vendor("initiator") or ""
        draft.values["form"] = nested.form(self, draft.part, draft.unsupported)
        self._place_event(draft)
        parent = draft.part.element.getparent()
        if parent is not None and local_name(parent) == "process":
            self._read_past_what_starts_no_process(draft)

    def _read_past_what_starts_no_process(self, draft: Draft) -> None:
        """Errors and the like: the start event begins the process as if they were not there (BpmnParse)."""
        events = draft.values["events"]
        draft.values["events"] = tuple(one for one in events if one.kind not in _NEVER_START)
        passed = [one for one in events if one.kind in _NEVER_START]
        draft.unsupported.ignored.extend((f"{one.kind.value}EventDefinition", one.line) for one in passed)

    def _place_event(self, draft: Draft) -> None:
        if draft.part.prefix in relatives.PREFIXES:
            place_event(self, draft)

    def _place_call(self, draft: Draft) -> None:
        part = draft.part
        called = self.optional(part.get("calledElement"), part.line)
        if called is None:
            return
        values: Values = {"propagate_all_parent_variables": False, "propagate_all_child_variables": False}
        inherits = part.vendor("inheritVariables")
        values["id_variable"] = self.optional(part.vendor("idVariableName"), part.line)
        self._hand_over(part.extensions("in"), values, draft)
        self._take_back(part.extensions("out"), values, draft)
        if truth(inherits):
            values["propagate_all_parent_variables"] = True
        own_key = part.vendor("businessKey")
        if truth(part.vendor("inheritBusinessKey")):
            own_key = "${execution.processBusinessKey}"
        if own_key:
            values["business_key"] = self.value(own_key, part.line)
        binding = self._binding(part, "calledElement")
        if truth(part.vendor("sameDeployment")):
            binding = Binding("deployment")
        draft.values["called"] = CalledElement(called, binding, line=part.line, **values)

    def _hand_over(self, elements: list[etree._Element], values: Values, draft: Draft) -> None:
        mappings = []
        for element in elements:
            draft.unsupported.extend(self.unknown_inside(element))
            line = line_of(element)
            if element.get("businessKey"):
                values["business_key"] = self.value(element.get("businessKey", ""), line)
            elif element.get("variables") == "all":
                values["propagate_all_parent_variables"] = True
                values["inputs_local_only"] = truth(element.get("local"))
            else:
                mappings.append(nested.variable_mapping(self, element, "targetType"))
        values["inputs"] = tuple(mappings)

    def _take_back(self, elements: list[etree._Element], values: Values, draft: Draft) -> None:
        mappings = []
        locals_ = {truth(element.get("local")) for element in elements}
        for element in elements:
            draft.unsupported.extend(self.unknown_inside(element))
            if element.get("variables") == "all":
                values["propagate_all_child_variables"] = True
            else:
                mappings.append(nested.variable_mapping(self, element, "sourceType"))
        if len(locals_) == 2:
            draft.unsupported.append(("out mappings of which some are local and some are not", draft.part.line))
        values["outputs_local"] = locals_ == {True}
        values["outputs"] = tuple(mappings)


_NEVER_START = frozenset({EventKind.ERROR, EventKind.ESCALATION, EventKind.COMPENSATE})
_USER_TASK = {
    "assignee": "assignee",
    "candidateGroups": "candidate_groups",
    "candidateUsers": "candidate_users",
    "dueDate": "due_date",
    "followUpDate": "follow_up_date",
    "priority": "priority",
    "taskIdVariableName": "id_variable",
    "taskCompleterVariableName": "completer_variable",
}

_PLACERS = {
    Kind.SERVICE_TASK: Camunda7._place_work,
    Kind.SEND_TASK: Camunda7._place_work,
    Kind.BUSINESS_RULE_TASK: Camunda7._place_rule,
    Kind.USER_TASK: Camunda7._place_user_task,
    Kind.SCRIPT_TASK: Camunda7._place_script,
    Kind.CALL_ACTIVITY: Camunda7._place_call,
    Kind.START_EVENT: Camunda7._place_start,
    Kind.INTERMEDIATE_CATCH_EVENT: Camunda7._place_event,
    Kind.BOUNDARY_EVENT: Camunda7._place_event,
    Kind.INTERMEDIATE_THROW_EVENT: Camunda7._place_event,
    Kind.END_EVENT: Camunda7._place_event,
    Kind.RECEIVE_TASK: Camunda7._place_event,
}

_EVENT_PLACERS = {
    EventKind.CONDITIONAL: Camunda7._place_condition,
    EventKind.ERROR: Camunda7._place_error,
    EventKind.ESCALATION: Camunda7._place_escalation,
    EventKind.SIGNAL: Camunda7._place_signal,
    EventKind.TERMINATE: Camunda7._place_terminate,
    EventKind.TIMER: place_timer,
    EventKind.MESSAGE: Camunda7._place_message,
}


def _named_by_expression(dialect: Camunda7, part: Part, values: Values) -> None:
    """Activiti's and Flowable's messageExpression and signalExpression: the name itself, instead of a reference."""
    for key, attribute, make in (("message", "messageExpression", Message), ("signal", "signalExpression", Signal)):
        text = part.vendor(attribute)
        if text and values.get(key) is None:
            values.update({key: make("", dialect.value(text, part.line), line=part.line), "reference": ""})


def _words(text: str | None) -> tuple[str, ...]:
    return tuple(word.strip() for word in (text or "").split(",") if word.strip())
