"""Cases of the rules about events and expressions."""

from __future__ import annotations

from tests.bpmn.rules.cases import END, START, Case, around, catch, split, subprocess, task
from tests.support.diagrams import chain, diagram

_MESSAGE = "<bpmn:message id='m' name='paid'>{}</bpmn:message>"
_KEY = "<bpmn:extensionElements><zeebe:subscription correlationKey='{}' /></bpmn:extensionElements>"
_WAIT = "<bpmn:messageEventDefinition messageRef='m'/>"
_RIGHT_MESSAGE = catch(_WAIT, roots=_MESSAGE.format(_KEY.format("=id")))
_CANCEL = "<bpmn:cancelEventDefinition/>"
_UNDO = "<bpmn:association id='a' sourceRef='b' targetRef='undo'/>"
_DURATION = "<bpmn:timerEventDefinition><bpmn:timeDuration>{}</bpmn:timeDuration></bpmn:timerEventDefinition>"


def _error_end(reference: str, roots: str = "<bpmn:error id='bad' errorCode='B'/>") -> bytes:
    end = f"<bpmn:endEvent id='e'><bpmn:errorEventDefinition {reference}/></bpmn:endEvent>"
    return diagram(START + end, chain("s", "e"), roots=roots)


def _escalation_end(reference: str, roots: str = "<bpmn:escalation id='up' escalationCode='U'/>") -> bytes:
    end = f"<bpmn:endEvent id='e'><bpmn:escalationEventDefinition {reference}/></bpmn:endEvent>"
    return diagram(START + end, chain("s", "e"), roots=roots)


def _escalation_start(code: str) -> bytes:
    start = "<bpmn:startEvent id='i'><bpmn:escalationEventDefinition escalationRef='up'/></bpmn:startEvent>"
    body = f"<bpmn:subProcess id='x' triggeredByEvent='true'>{start}</bpmn:subProcess>"
    return diagram(START + END + body, chain("s", "e"), roots=f"<bpmn:escalation id='up' escalationCode='{code}'/>")


def _beginning(all_needed: str) -> bytes:
    """A gateway that begins the process, and behind it an event with two triggers."""
    events = (
        f"<bpmn:intermediateCatchEvent id='a' parallelMultiple='{all_needed}'>{_WAIT}{_DURATION.format('PT1H')}"
        f"</bpmn:intermediateCatchEvent><bpmn:intermediateCatchEvent id='b'>{_WAIT}</bpmn:intermediateCatchEvent>"
    )
    gateway = "<bpmn:eventBasedGateway id='g' instantiate='true'/>"
    flows = [("g", "a"), ("g", "b"), ("a", "e"), ("b", "e")]
    return diagram(gateway + events + END, flows, dialect="plain", roots=_MESSAGE.format(""))


def _compensated(association: str, definition: str = "<bpmn:compensateEventDefinition/>", undo: str = "") -> bytes:
    body = (
        f"<bpmn:task id='x'/><bpmn:boundaryEvent id='b' attachedToRef='x'>{definition}</bpmn:boundaryEvent>"
        f"<bpmn:task id='undo' isForCompensation='true'/>{association}"
        f"<bpmn:intermediateThrowEvent id='t'><bpmn:compensateEventDefinition {undo}/></bpmn:intermediateThrowEvent>"
    )
    return diagram(START + body + END, chain("s", "x", "t", "e"))


def _cancelled(border: str = "", inside: str = "<bpmn:cancelEventDefinition/>", kind: str = "transaction") -> bytes:
    end = f"<bpmn:endEvent id='c'>{inside}</bpmn:endEvent>"
    flow = "<bpmn:sequenceFlow id='i1' sourceRef='i' targetRef='c'/>"
    body = f"<bpmn:{kind} id='x'><bpmn:startEvent id='i'/>{end}{flow}</bpmn:{kind}>"
    on = f"<bpmn:boundaryEvent id='b' attachedToRef='x'>{border}</bpmn:boundaryEvent>" if border else ""
    return diagram(START + body + on + END, [*chain("s", "x", "e"), *([("b", "e")] if on else [])], dialect="plain")


def _event_gateway(target: str) -> bytes:
    timer = f"<bpmn:intermediateCatchEvent id='b'>{_DURATION.format('PT1H')}</bpmn:intermediateCatchEvent>"
    body = f"{START}<bpmn:eventBasedGateway id='g'/>{target}{timer}{END}"
    return diagram(
        body,
        [("s", "g"), ("g", "a"), ("g", "b"), ("a", "e"), ("b", "e")],
        roots=_MESSAGE.format(_KEY.format("=id")),
    )


def _output(source: str) -> bytes:
    mapping = f"<zeebe:ioMapping><zeebe:output source='{source}' target='t'/></zeebe:ioMapping>"
    return around(task("<zeebe:taskDefinition type='crm'/>" + mapping))


def _loop(collection: str) -> bytes:
    marker = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>"
        f"<zeebe:loopCharacteristics inputCollection='{collection}'/></bpmn:extensionElements>"
        "</bpmn:multiInstanceLoopCharacteristics>"
    )
    return around(task("<zeebe:taskDefinition type='crm'/>", inside=marker))


def _links(*names: tuple[str, str], inside: str = "") -> bytes:
    """A process with link events: (throw or catch, name), ids l0, l1 in that order."""
    nodes = "".join(
        f"<bpmn:intermediate{word}Event id='l{index}'><bpmn:linkEventDefinition name='{name}'/>"
        f"</bpmn:intermediate{word}Event>"
        for index, (word, name) in enumerate(names)
    )
    flows = [("s", f"l{i}") if word == "Throw" else (f"l{i}", "e") for i, (word, _) in enumerate(names)]
    return diagram(START + nodes + inside + END, flows)


_RIGHT_LINK = _links(("Throw", "A"), ("Throw", "A"), ("Catch", "A"))
_INNER_CATCH = (
    "<bpmn:subProcess id='x'><bpmn:intermediateCatchEvent id='c'><bpmn:linkEventDefinition name='A'/>"
    "</bpmn:intermediateCatchEvent></bpmn:subProcess>"
)


def _sends_elsewhere(attributes: str) -> bytes:
    """A Camunda 7 throw event whose class sends the message."""
    definition = f"<bpmn:messageEventDefinition camunda:class='org.example.Send' {attributes}/>"
    return around(f"<bpmn:intermediateThrowEvent id='x'>{definition}</bpmn:intermediateThrowEvent>", dialect="camunda7")


_SIGNAL = "<bpmn:signalEventDefinition signalRef='m'/>"
_RIGHT_SIGNAL = catch(_SIGNAL, roots="<bpmn:signal id='m' name='alarm'/>")


_START = "<bpmn:startEvent id='s'><bpmn:timerEventDefinition>{}</bpmn:timerEventDefinition></bpmn:startEvent>"
_CYCLE = _START.format("<bpmn:timeCycle>R/PT1H</bpmn:timeCycle>")


_CONDITION = "<bpmn:conditionalEventDefinition><bpmn:condition>{}</bpmn:condition></bpmn:conditionalEventDefinition>"
_RIGHT_CONDITION = catch(_CONDITION.format("=stock &lt; 5"))

_SEND = around(f"<bpmn:intermediateThrowEvent id='x'>{_WAIT}</bpmn:intermediateThrowEvent>", roots=_MESSAGE.format(""))
_SEND_7 = "<bpmn:intermediateThrowEvent id='x'><bpmn:messageEventDefinition {}/></bpmn:intermediateThrowEvent>"


def _late(interrupts: str) -> bytes:
    cycle = "<bpmn:timerEventDefinition><bpmn:timeCycle>R3/PT1H</bpmn:timeCycle></bpmn:timerEventDefinition>"
    border = f"<bpmn:boundaryEvent id='b' attachedToRef='x' cancelActivity='{interrupts}'>{cycle}</bpmn:boundaryEvent>"
    return around(f"<bpmn:manualTask id='x'/>{border}<bpmn:task id='late'/>")


def _twice(one: str, other: str, dialect: str = "camunda8") -> bytes:
    """Two error events at one border, by their codes; without a code one takes any."""
    roots = "".join(f"<bpmn:error id='{code}' errorCode='{code}'/>" for code in {one, other} - {""})
    borders = ""
    for name, code in (("b1", one), ("b2", other)):
        reference = f"errorRef='{code}'" if code else ""
        borders += f"<bpmn:boundaryEvent id='{name}' attachedToRef='x'><bpmn:errorEventDefinition {reference}/>"
        borders += "</bpmn:boundaryEvent>"
    return around(f"<bpmn:manualTask id='x'/>{borders}", dialect=dialect, roots=roots)


_BY_EVENT = subprocess(
    "<bpmn:startEvent id='is'/><bpmn:subProcess id='undo' triggeredByEvent='true' isForCompensation='true'>"
    "<bpmn:startEvent id='us'><bpmn:compensateEventDefinition/></bpmn:startEvent><bpmn:endEvent id='ue'/>"
    "<bpmn:sequenceFlow id='uf' sourceRef='us' targetRef='ue'/></bpmn:subProcess><bpmn:endEvent id='ie'/>",
    [("is", "ie")],
)

CASES = (
    Case("message-sending", _SEND, _RIGHT_MESSAGE, "x", says="which Camunda 8 refuses"),
    Case(
        "message-sending",
        around(_SEND_7.format(""), dialect="camunda7"),
        around(_SEND_7.format("camunda:expression='${a}'"), dialect="camunda7"),
        "x",
        severity="warning",
    ),
    Case("condition-event", catch("<bpmn:conditionalEventDefinition/>"), _RIGHT_CONDITION, "x", says="does not say"),
    Case("condition-event", catch(_CONDITION.format("stock")), _RIGHT_CONDITION, "x", says="no expression"),
    Case(
        "condition-event",
        catch(_CONDITION.format("stock"), dialect="camunda7"),
        catch(_CONDITION.format("${stock &lt; 5}"), dialect="camunda7"),
        "x",
    ),
    Case("event-placement", catch("<bpmn:escalationEventDefinition/>"), catch(_DURATION.format("PT1H")), "x"),
    Case(
        "event-placement",
        around("<bpmn:intermediateThrowEvent id='x'><bpmn:terminateEventDefinition/></bpmn:intermediateThrowEvent>"),
        around("<bpmn:intermediateThrowEvent id='x'/>"),
        "x",
        says="the trigger 'terminate'",
    ),
    Case(
        "timer-placement",
        diagram(_START.format("<bpmn:timeDuration>PT1H</bpmn:timeDuration>") + END, chain("s", "e")),
        diagram(_CYCLE + END, chain("s", "e")),
        "s",
    ),
    Case(
        "timer-placement",
        catch("<bpmn:timerEventDefinition><bpmn:timeCycle>R3/PT1H</bpmn:timeCycle></bpmn:timerEventDefinition>"),
        catch(_DURATION.format("PT1H")),
        "x",
        says="waits for a cycle",
    ),
    Case("timer-placement", _late("true"), _late("false"), "b", says="interrupts in a cycle"),
    Case(
        "timer-time",
        diagram(_START.format("<bpmn:timeDate>=when</bpmn:timeDate>") + END, chain("s", "e")),
        diagram(_START.format("<bpmn:timeDate>=now()</bpmn:timeDate>") + END, chain("s", "e")),
        "s",
        says="needs variables",
    ),
    Case("duplicate-event", _twice("A", "A"), _twice("A", "B"), "b2", says="hears the error A, which"),
    Case("duplicate-event", _twice("", ""), _twice("", "B"), "b2", says="hears any error"),
    Case("duplicate-event", _twice("A", "A", "plain"), _twice("A", "B", "plain"), "b2", "warning"),
    Case("link-target", _links(("Throw", "A"), ("Catch", "B")), _RIGHT_LINK, "l0", says="nothing here catches"),
    Case("link-target", _links(("Throw", "A"), inside=_INNER_CATCH), _RIGHT_LINK, "l0", says="nothing here catches"),
    Case("link-target", _links(("Throw", "A"), ("Catch", "A"), ("Catch", "A")), _RIGHT_LINK, "l2", says="as the link"),
    Case("link-target", _links(("Throw", ""), ("Catch", "")), _RIGHT_LINK, "l0", says="without a name"),
    Case("message-missing", catch("<bpmn:messageEventDefinition/>"), _RIGHT_MESSAGE, "x", says="no particular message"),
    Case(
        "message-missing", catch(_WAIT, roots="<bpmn:message id='m'/>"), _RIGHT_MESSAGE, "x", says="which has no name"
    ),
    Case("message-missing", around(task(kind="receiveTask")), _RIGHT_MESSAGE, "x"),
    Case(
        "message-missing",
        around(task(kind="receiveTask"), dialect="camunda7"),
        _RIGHT_MESSAGE,
        "x",
        severity="warning",
        says="waits for one called x",
    ),
    Case(
        "message-missing",
        diagram(
            f"<bpmn:startEvent id='s'>{_WAIT}</bpmn:startEvent>{END}",
            chain("s", "e"),
            roots="<bpmn:message id='m' name='=which'/>",
        ),
        diagram(
            f"<bpmn:startEvent id='s'>{_WAIT}</bpmn:startEvent>{END}",
            chain("s", "e"),
            roots="<bpmn:message id='m' name='=&quot;pa&quot; + &quot;id&quot;'/>",
        ),
        "s",
        says="needs variables",
    ),
    Case("signal-missing", catch("<bpmn:signalEventDefinition/>"), _RIGHT_SIGNAL, "x", says="no particular signal"),
    Case("signal-missing", catch(_SIGNAL, roots="<bpmn:signal id='m'/>"), _RIGHT_SIGNAL, "x", says="has no name"),
    Case(
        "signal-missing",
        diagram(
            f"<bpmn:startEvent id='s'>{_SIGNAL}</bpmn:startEvent>{END}",
            chain("s", "e"),
            roots="<bpmn:signal id='m' name='=which'/>",
        ),
        catch(_SIGNAL, roots="<bpmn:signal id='m' name='=which'/>"),
        "s",
        says="needs variables",
    ),
    Case("correlation-key", catch(_WAIT, roots=_MESSAGE.format("")), _RIGHT_MESSAGE, "x"),
    Case(
        "correlation-key",
        around(task(kind="receiveTask", attributes="messageRef='m'"), roots=_MESSAGE.format("")),
        diagram(f"<bpmn:startEvent id='s'>{_WAIT}</bpmn:startEvent>{END}", chain("s", "e"), roots=_MESSAGE.format("")),
        "x",
    ),
    Case(
        "undefined-reference", catch(_WAIT), _RIGHT_MESSAGE, "x", says="the message m, which the file does not define"
    ),
    Case(
        "undefined-reference",
        _sends_elsewhere("messageRef='gone'"),
        _sends_elsewhere(""),
        "x",
        "warning",
        "the message gone",
    ),
    Case(
        "timer-time",
        catch("<bpmn:timerEventDefinition/>"),
        catch(_DURATION.format("PT1H")),
        "x",
        says="does not say when",
    ),
    Case("timer-time", catch(_DURATION.format("soon")), catch(_DURATION.format("=soon")), "x", says="'soon'"),
    Case("error-code", _error_end(""), _error_end("errorRef='bad'"), "e", says="throws no particular error"),
    Case(
        "error-code",
        _error_end("errorRef='bad'", roots="<bpmn:error id='bad' name='B'/>"),
        _error_end("errorRef='bad'"),
        "e",
        says="which has no code",
    ),
    Case("escalation-code", _escalation_end(""), _escalation_end("escalationRef='up'"), "e", says="no particular"),
    Case(
        "escalation-code",
        _escalation_end("escalationRef='up'", roots="<bpmn:escalation id='up' name='U'/>"),
        _escalation_end("escalationRef='up'"),
        "e",
        says="which has no code",
    ),
    Case("escalation-code", _escalation_start("=kind"), _escalation_start("U"), "i", says="is an expression"),
    Case("compensation-handler", _compensated(""), _compensated(_UNDO), "b", says="has no handler"),
    Case("compensation-handler", _compensated(""), _compensated(_UNDO), "undo", "warning", says="is never called"),
    Case("compensation-handler", _compensated(""), _BY_EVENT, "undo", "warning", says="is never called"),
    Case(
        "compensation-handler",
        _compensated(_UNDO, undo="activityRef='y'"),
        _compensated(_UNDO, undo="activityRef='x'"),
        "t",
        says="undoes the activity y",
    ),
    Case(
        "compensation-handler",
        _compensated(_UNDO, undo="waitForCompletion='false'"),
        _compensated(_UNDO),
        "t",
        says="always does",
    ),
    Case("cancel-event", _cancelled(), _cancelled(_CANCEL), "c", says="has no cancel boundary event"),
    Case("cancel-event", _cancelled(kind="subProcess"), _cancelled(_CANCEL), "c", says="it stands in none"),
    Case(
        "cancel-event",
        _cancelled(_CANCEL, inside="", kind="subProcess"),
        _cancelled(_CANCEL, inside=""),
        "b",
        says="on the border of no transaction",
    ),
    Case(
        "event-gateway-targets",
        _event_gateway("<bpmn:task id='a'/>"),
        _event_gateway(f"<bpmn:intermediateCatchEvent id='a'>{_WAIT}</bpmn:intermediateCatchEvent>"),
        "f1",
        says="to the task a",
    ),
    Case("event-gateway-targets", _beginning("true"), _beginning("false"), "a", says="needs all of its triggers"),
    Case(
        "expression-marker",
        split("exclusiveGateway", [("g", "a", "amount > 5"), ("g", "b")], "default='f2'"),
        split("exclusiveGateway", [("g", "a", "=amount > 5"), ("g", "b")], "default='f2'"),
        "f1",
        says="is plain text: amount",
    ),
    Case(
        "expression-marker",
        split("exclusiveGateway", [("g", "a", "approved"), ("g", "b")], "default='f2'", dialect="camunda7"),
        split("exclusiveGateway", [("g", "a", "${approved}"), ("g", "b")], "default='f2'", dialect="camunda7"),
        "f1",
    ),
    Case("expression-marker", _output("total"), _output("=total"), "x", says="The output mapping of the service task"),
    Case("expression-marker", _loop("items"), _loop("=items"), "x", says="The collection"),
    Case(
        "expression-marker",
        catch(_WAIT, roots=_MESSAGE.format(_KEY.format("id"))),
        _RIGHT_MESSAGE,
        "x",
        says="The correlation key",
    ),
    Case(
        "expression-syntax",
        split("exclusiveGateway", [("g", "a", "=amount >"), ("g", "b")], "default='f2'"),
        split("exclusiveGateway", [("g", "a", "=amount > 5"), ("g", "b")], "default='f2'"),
        "f1",
        says="is not valid FEEL",
    ),
    Case(
        "expression-syntax",
        around(task(kind="userTask", attributes="camunda:assignee='${who'"), dialect="camunda7"),
        around(task(kind="userTask", attributes="camunda:assignee='${who}'"), dialect="camunda7"),
        "x",
        says="The assignee of the user task 'Do it' (x) is not valid JUEL",
    ),
    Case("expression-syntax", _output("=(1"), _output("=(1)"), "x", says="The output mapping"),
)
