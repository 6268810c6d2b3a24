"""What a diagram may be refused for, and where a run may stop, because the vendor's own engine does the same.

A table to be checked by reading: a rule of Baton's, the flavours in which it counts, what its message must hold, and
the vendor's own rule (Zeebe's model validators, Camunda 7's BpmnParse, the validators of Activiti and Flowable). What
stands in no line is a defect of Baton's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

Found = tuple[str, str, str]  # rule, element, message

EIGHT = ("camunda 8",)
SEVEN = ("camunda 7", "activiti", "flowable", "operaton")
DRAWN = ("plain", "jbpm", "spiff")  # drawn for no engine, or for one whose extensions Baton does not speak
_CAMUNDA = ("camunda 8", "camunda 7", "operaton", "plain")
ALL = (*EIGHT, *SEVEN, *DRAWN)


@dataclass(frozen=True)
class Reason:
    """One line. `says` is looked for in the message.

    `refuses`: the vendor refuses the whole file, or can never run it, so that this alone settles it. Otherwise a
    handler would make it run, and every other finding of the file needs a reason of its own.
    """

    rule: str
    flavours: tuple[str, ...]
    says: str
    why: str
    refuses: bool = True

    def fits(self, rule: str, message: str, flavour: str) -> bool:
        return flavour in self.flavours and rule == self.rule and re.search(self.says, message, re.I) is not None


# What BPMN 2.0.2 has and no engine here executes: web services, tokens in dozens, values that move inside the engine.
_REST_OF_BPMN = (
    "operationRef|Quantity|(Input|Output)Association with|of a multi-instance marker|eventDefinitionRef|choreography|"
    "beside another time"
)
_RELATIVES = ("activiti", "flowable")
_FOREIGN = "a script in a language that Baton does not speak, and no handler for it"
_NOT_HERE = "the script is a file that is not in the folder"
_CASE = "calls a case (CMMN), which needs another engine"
_MAPPED = "a Java class (DelegateVariableMapping) maps the variables of the call"
_NEVER = "can be deployed, but never gets past this element"

REFUSALS = (
    Reason("unreadable", ALL, "", "not a BPMN 2.0 document"),
    Reason("duplicate-id", ALL, "", "ids must be unique in an XML document"),
    Reason("flow-ends", ALL, "", "a sequence flow must have a source and a target in its own scope"),
    # Scripts.
    Reason("script-language", ALL, "", _FOREIGN, refuses=False),
    Reason(
        "script-missing",
        ALL,
        "on a Java class path|was not uploaded",
        "the script is a file that is not in the folder",
        refuses=False,
    ),
    Reason("script-missing", ALL, "has no script", "BpmnParse, Activiti, Zeebe: a script task needs a script"),
    Reason("expression-syntax", ("spiff",), "", _FOREIGN, refuses=False),
    Reason("expression-marker", ("spiff",), "", _FOREIGN, refuses=False),
    Reason("expression-syntax", (*DRAWN,), "script of the script task", _FOREIGN, refuses=False),
    Reason("expression-syntax", ("jbpm",), "", _FOREIGN, refuses=False),
    Reason("expression-syntax", ("plain",), "", "drawn for no engine, in words that are no expression", refuses=False),
    Reason("expression-syntax", SEVEN, r"'\}' to close|before the closing '\}'", "JUEL: an empty or open expression"),
    Reason("expression-syntax", EIGHT, r"'\$\{\.\.\.\}' is not FEEL", "written in another engine's language"),
    Reason("timer-time", ("spiff",), "cannot be read", _FOREIGN, refuses=False),
    # What an element must say.
    Reason("implementation-missing", EIGHT, "", "Zeebe: must have a task definition"),
    Reason("implementation-missing", SEVEN, "", "BpmnParse: one of class, delegateExpression, type or expression"),
    Reason("implementation-missing", DRAWN, "", "nothing says who does the work"),
    Reason("job-values", EIGHT, "without a type", "Zeebe: task type must be present"),
    Reason("decision-missing", EIGHT, "names no decision", "Zeebe: must have a called decision or a task definition"),
    Reason("decision-missing", EIGHT, "drops its result", "Zeebe: attribute 'resultVariable' must be present"),
    Reason("decision-missing", SEVEN, "names no decision", "BpmnParse: a business rule task needs an implementation"),
    Reason("decision-missing", DRAWN, "names no decision", "nothing says what decides"),
    Reason("called-process-missing", EIGHT, "", "Zeebe: must have a called element"),
    Reason("called-process-missing", SEVEN, "", "BpmnParse: calledElement or caseRef is mandatory"),
    Reason("called-process-missing", DRAWN, "", "nothing says what is called"),
    Reason("timer-time", ALL, "does not say when", "Zeebe, BpmnParse: a timer needs a date, duration or cycle"),
    Reason("timer-time", SEVEN, "cannot be read", f"{_NEVER}: the engine cannot parse the time either"),
    Reason("timer-time", DRAWN, "cannot be read", "drawn for no engine, with words that are no time"),
    Reason("timer-time", ("jbpm",), "needs variables", _FOREIGN, refuses=False),
    Reason("timer-time", (*SEVEN, "plain"), "needs variables", "asks a Java bean when to start", refuses=False),
    Reason("message-missing", EIGHT, "", "Zeebe: must reference a message with a name"),
    Reason("message-missing", (*SEVEN, *DRAWN), r"message (start|catch|boundary)", "BpmnParse: messageRef is required"),
    Reason("correlation-key", EIGHT, "", "Zeebe: must have a subscription with a correlation key"),
    Reason("multi-instance", EIGHT, "does not say for what", "Zeebe: must have loop characteristics"),
    Reason("multi-instance", SEVEN, "does not say for what", "BpmnParse: loopCardinality or collection must be set"),
    Reason("multi-instance", DRAWN, "does not say for what", "nothing says how often"),
    Reason(
        "error-code",
        ("camunda 7", "operaton", *DRAWN),
        "end event",
        "BpmnParse: errorRef and errorCode are mandatory here",
    ),
    Reason("undefined-reference", (*SEVEN, *DRAWN), "signal|escalation", "BpmnParse: could not find the definition"),
    Reason(
        "expression-marker",
        EIGHT,
        "condition|correlation key|output mapping",
        "Zeebe: expected an expression, not a text",
    ),
    Reason("expression-marker", SEVEN, "condition", f"{_NEVER}: a condition that gives a text instead of a boolean"),
    Reason("condition-event", _CAMUNDA, "does not say which", "Zeebe, BpmnParse: must contain an expression"),
    Reason("escalation-code", (*_CAMUNDA, *DRAWN), "", "Zeebe, BpmnParse: an escalation that is thrown needs a code"),
    Reason("link-target", ALL, "", "Zeebe, BpmnParse: a link needs a name, which one event of the scope catches"),
    Reason("mapping-target", SEVEN, "without a target", "BpmnParse: a mapping needs a source and a target"),
    Reason("job-values", EIGHT, "has the retries", f"{_NEVER}: retries that are no number"),
    Reason("job-values", SEVEN, "connector without a type", "CamundaConnector: connectorId is mandatory"),
    Reason("binding", ("camunda 7", "operaton"), "maps the decision's result|is bound to", "BpmnParse: unknown word"),
    Reason("missing-id", (*SEVEN, *DRAWN), "", "an element that nothing can lead to", refuses=False),
    Reason("default-flow", ALL, "does not leave it", "Zeebe, BpmnParse: the default flow must leave the element"),
    Reason("signal-missing", EIGHT, "", "Zeebe: must reference a signal with a name"),
    Reason("signal-missing", ("camunda 7", "operaton", *DRAWN), "", "BpmnParse: required property 'signalRef'"),
    Reason("signal-missing", _RELATIVES, "names no|has no name", "EventValidator, SignalValidator: name and reference"),
    Reason(
        "signal-missing", _RELATIVES, "needs variables", "EventDefinitionExpressionUtil: no variables when deployed"
    ),
    Reason("unsupported-extension", ("operaton",), "errorEventDefinition without", "BpmnParse: expression is required"),
    Reason("unsupported-extension", SEVEN, "variableMapping(Class|DelegateExpression)", _MAPPED, refuses=False),
    Reason("unsupported-extension", SEVEN, "formHandlerClass", "a Java class handles the form", refuses=False),
    Reason("unsupported-extension", SEVEN, "historyTimeToLive", "ParseUtil: a number of days, or P<days>D"),
    Reason("unsupported-extension", SEVEN, "inputDataItem", "BpmnParse: needs a collection beside inputDataItem"),
    Reason(
        "unsupported-extension", ("camunda 7",), "errorEventDefinition without", "BpmnParse: expression is required"
    ),
    Reason("unsupported-extension", DRAWN, _REST_OF_BPMN, "standard BPMN that no engine here executes", refuses=False),
    # How elements are connected.
    Reason("split-condition", EIGHT, "", "Zeebe: must have a condition or be the default flow"),
    Reason(
        "split-condition",
        ("camunda 7", "operaton", *DRAWN),
        "exclusive",
        "BpmnParse: several flows of a split have no condition",
    ),
    Reason("no-start-event", EIGHT, "", "Zeebe: must have at least one start event"),
    Reason("no-start-event", (*SEVEN, *DRAWN), "", f"{_NEVER}: nothing says where it starts"),
    Reason("empty-process", EIGHT, "", "Zeebe: must have exactly one start event"),
    Reason("empty-process", (*SEVEN, *DRAWN), "", f"{_NEVER}: there is nothing in it"),
    Reason("several-none-starts", ALL, "", "Zeebe, BpmnParse: multiple none start events are not supported"),
    Reason("sub-process-start", ALL, "stands in an embedded", "Zeebe, BpmnParse: must be a none start event"),
    Reason("sub-process-start", _CAMUNDA, "several start events", "Zeebe, BpmnParse: several starts in a sub-process"),
    Reason(
        "sub-process-start",
        ("camunda 7", "operaton", *DRAWN),
        "has no trigger",
        "Zeebe, BpmnParse: must have a trigger",
    ),
    Reason("sub-process-start", _RELATIVES, "has no trigger", "Activiti, Flowable: invalid start event definition"),
    Reason(
        "cancel-event", SEVEN, "transaction", "BpmnParse, BoundaryEventValidator, EndEventValidator: no transaction"
    ),
    Reason("cancel-event", DRAWN, "transaction", "BpmnParse: no transaction around it"),
    Reason("compensation-handler", ALL, "stands in a sequence flow", "BpmnParse, BPMN 2.0.2: no flow leads there"),
    Reason("compensation-handler", EIGHT, "has no handler", "Zeebe: must have a compensation handler"),
    Reason("compensation-handler", EIGHT, "does not wait", "Zeebe: waitForCompletion must be true"),
    Reason("flow-direction", ALL, "", "a start has no flow that leads to it, an end none that leaves it"),
    Reason("compensation-handler", SEVEN, "does not exist", "BpmnParse, EventValidator: invalid activityRef"),
    Reason("event-gateway-targets", ALL, "", "Zeebe, BpmnParse: a target of the gateway has other incoming flows"),
    Reason("event-placement", ALL, "", "Zeebe, BpmnParse, Flowable: unsupported kind of event"),
    Reason("boundary-attachment", EIGHT, "", "Zeebe: must be attached to an activity"),
    Reason("boundary-attachment", (*SEVEN, *DRAWN), "not beside it|to nothing", "hangs on nothing of its own scope"),
    Reason("ad-hoc-sub-process", (*_CAMUNDA, *DRAWN), "", "Zeebe, BPMN 2.0.2: only activities, and at least one"),
    Reason("not-executed", (*EIGHT, *DRAWN, "camunda 7", "operaton"), "waits for nothing", "no event definition"),
    Reason("not-executed", DRAWN, "should start instances|cannot start a process", "not a start of a process"),
    Reason(
        "not-executed", ("camunda 7", "operaton"), "several triggers", "BpmnParse: one trigger, the others are lost"
    ),
    Reason("embedded-form", EIGHT, "cannot be used", "a form that no task list can show"),
    Reason("not-executed", EIGHT, "refused by Camunda 8", "Zeebe: unsupported kind of event"),
    Reason("listener", ALL, "does nothing|hears", "BpmnParse, Zeebe: class, expression or script, and a known event"),
    # Other products.
    Reason("unsupported-extension", ("camunda 7", "operaton"), "caseRef", _CASE, refuses=False),
    Reason("timer-time", _RELATIVES, "resolveDuedate", "a calendar of one's own, a Java bean", refuses=False),
    Reason("shell-task", SEVEN, "", "runs a command of the operating system, which Baton never does", refuses=False),
    Reason("not-executed", _RELATIVES, "waits for nothing", "Activiti, Flowable: an event needs an event definition"),
    Reason("expression-syntax", SEVEN, "not valid JAVASCRIPT", f"{_NEVER}: the script is not JavaScript"),
    Reason(
        "unsupported-extension", _RELATIVES, "without a variableName", "EventSubprocessValidator: needs a variable name"
    ),
    Reason(
        "listener", _RELATIVES, "does nothing", "UserTaskValidator, ExecutionListenerValidator: implementation missing"
    ),
    Reason("unsupported-extension", _RELATIVES, "Java code", "needs Java code inside of the engine", refuses=False),
    Reason("unsupported-extension", ("spiff", "jbpm"), "", _FOREIGN, refuses=False),
)

_WORK = ("failedJob", "EXTRACT_VALUE_ERROR", "IO_MAPPING_ERROR")
_GIVEN_BY_NODE = r"next is not defined|'next\(|environment(\.| is not)|reading 'input'"
_NODE_LIBRARY = "written for the bpmn-engine library of Node.js, whose scripts are given next() and environment"
_JAVA_OBJECT = r"java\.util|The Java class 'java|\.(get|set|is|has|add|put)[A-Z]\w* is not a function"
_THROWN = r"The script failed: (Error|RangeError): |SyntaxError|unexpected identifier"

# Where a run may stop: an incident of a type, or being stuck.
STOPS = (
    Reason("UNHANDLED_ERROR_EVENT", ALL, "", "the diagram throws an error that nothing catches; Zeebe raises this too"),
    Reason(
        "failedJob", _RELATIVES, "no event catches it", "ErrorPropagation: No catching boundary event found for error"
    ),
    Reason("failedJob", _RELATIVES, "There is no 'task' here", "a listener of a flow asks for a task; there is none"),
    Reason(
        "failedJob",
        _RELATIVES,
        r"Unknown name '(?!execution|task)\w*[Bb]ean'",
        "the script reads a Java bean of the engine's configuration",
    ),
    Reason("failedJob", SEVEN, _JAVA_OBJECT, "the script calls a method of a Java object"),
    *(
        Reason(type_, SEVEN, _THROWN, "the script throws, is no script, or asks for more than there is")
        for type_ in _WORK
    ),
    Reason("EXTRACT_VALUE_ERROR", ("spiff",), r"gave '\w+\[", _FOREIGN),
    *(Reason(type_, ALL, "can have 0 to .*, not -", "no engine repeats less than never") for type_ in _WORK),
    Reason("failedJob", SEVEN, "mapDecisionResult single", "DmnDecisionResult: more than one entry or row"),
    Reason("failedJob", SEVEN, r"Expression '\$\{(true|false)\}' should give a text", "the engine casts it to a text"),
    Reason(
        "EXTRACT_VALUE_ERROR",
        EIGHT,
        r"Expression '[^']*=[^']*' should give a text, but gave (True|False)",
        "a comparison is no text",
    ),
    Reason("DECISION_EVALUATION_ERROR", EIGHT, "Assertion failure", "the decision asserts what the process breaks"),
    *(Reason(type_, ("plain", "camunda 7"), _GIVEN_BY_NODE, _NODE_LIBRARY) for type_ in _WORK),
    *(Reason(type_, ("plain",), "properties of undefined", _NODE_LIBRARY) for type_ in _WORK),
)


def why_refused(found: Iterable[Found], flavour: str) -> list[tuple[Found, str]]:
    """Each finding with the reason why the vendor's engine refuses it too; empty when it does not.

    When the vendor refuses the file for one of them, the others are beside the point.
    """
    listed = list(found)
    # What says who does the work in a vendor's way that Baton does not know is not missing.
    strange = {element for rule, element, _ in listed if rule == "unsupported-extension"}
    told = [
        (one, None if one[0] == "implementation-missing" and one[1] in strange else _line(REFUSALS, *one[::2], flavour))
        for one in listed
    ]
    settled = next((reason for _, reason in told if reason is not None and reason.refuses), None)
    if settled is not None:
        return [(one, settled.why) for one, reason in told if reason is settled]
    return [(one, reason.why if reason else "") for one, reason in told]


def drawn_so(rule: str, message: str, flavour: str) -> str:
    """Why the vendor's engine stops here too; empty when it goes on."""
    found = _line(STOPS, rule, message, flavour)
    return found.why if found else ""


def _line(table: tuple[Reason, ...], rule: str, message: str, flavour: str) -> Reason | None:
    return next((one for one in table if one.fits(rule, message, flavour)), None)
