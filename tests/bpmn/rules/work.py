"""Cases of the rules about tasks: who does the work, with what, for whom."""

from __future__ import annotations

from tests.bpmn.rules.cases import Case, around, task

JOB = "<zeebe:taskDefinition type='crm'/>"
_DECISION = "<zeebe:calledDecision decisionId='d' resultVariable='r'/>"
_AI = (
    "<zeebe:taskDefinition type='baton:ai-task:1'/><zeebe:ioMapping>"
    "<zeebe:input source='Read it' target='prompt'/><zeebe:input source='={}' target='schema'/>"
    "<zeebe:input source='=[&quot;m&quot;]' target='models'/>{}</zeebe:ioMapping>"
)
_EXHAUSTED = "<zeebe:input source='reviewers' target='onExhausted'/>"
_PLAIN_SCRIPT = "<bpmn:script>x</bpmn:script>"
_GROOVY_SCRIPT = "<bpmn:script>import a.b\nnew B().run(execution)</bpmn:script>"


_LOOK = (
    "<zeebe:taskDefinition type='t'/>"
    "<zeebe:taskHeaders><zeebe:header key='baton:probe' value='{}'/></zeebe:taskHeaders>"
)


def _job(inside: str) -> bytes:
    return around(task(inside))


def _seven(extension: str = "", kind: str = "serviceTask", inside: str = "", attributes: str = "") -> bytes:
    return around(task(extension, kind, inside, attributes), dialect="camunda7")


_THREE_TIMES = (
    "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>3</bpmn:loopCardinality>"
    "</bpmn:multiInstanceLoopCharacteristics>"
)

_INPUT = "<camunda:inputOutput><camunda:inputParameter name='a'>1</camunda:inputParameter></camunda:inputOutput>"
_OUTPUT = "<camunda:inputOutput><camunda:outputParameter name='a'>1</camunda:outputParameter></camunda:inputOutput>"

CASES = (
    Case("implementation-missing", around(task()), _job(JOB), "x", says="The service task 'Do it' (x)"),
    Case("implementation-missing", around(task(kind="sendTask")), around(task(JOB, "sendTask")), "x"),
    Case("implementation-missing", _seven(), _seven(attributes="camunda:type='external' camunda:topic='t'"), "x"),
    Case("job-values", _job("<zeebe:taskDefinition retries='3'/>"), _job(JOB), "x", says="without a type"),
    Case("job-values", _job("<zeebe:taskDefinition type='t' retries='many'/>"), _job(JOB), "x", says="'many'"),
    Case(
        "job-values",
        _job(f"{JOB}<zeebe:jobPriorityDefinition priority='high'/>"),
        _job(f"{JOB}<zeebe:jobPriorityDefinition priority='-5'/>"),
        "x",
        says="'high'",
    ),
    Case(
        "script-missing",
        around(task(kind="scriptTask")),
        around(task("<zeebe:script expression='=1' resultVariable='r'/>", "scriptTask")),
        "x",
    ),
    Case(
        "script-missing",
        around(task("<zeebe:script expression='=1'/>", "scriptTask")),
        around(task("<zeebe:script expression='=1' resultVariable='r'/>", "scriptTask")),
        "x",
        says="drops its result",
    ),
    Case(
        "script-missing",
        _seven(kind="scriptTask", attributes="scriptFormat='javascript' camunda:resource='classpath://a.js'"),
        _seven(kind="scriptTask", attributes="scriptFormat='javascript'", inside=_PLAIN_SCRIPT),
        "x",
        says="classpath://a.js",
    ),
    Case(
        "script-language",
        _seven(kind="scriptTask", attributes="scriptFormat='groovy'", inside=_GROOVY_SCRIPT),
        _seven(kind="scriptTask", attributes="scriptFormat='groovy'", inside=_PLAIN_SCRIPT),
        "x",
        says="groovy",
    ),
    Case(
        "script-language",
        _seven(
            "<camunda:inputOutput><camunda:inputParameter name='a'><camunda:script scriptFormat='freemarker'>x"
            "</camunda:script></camunda:inputParameter></camunda:inputOutput>",
            attributes="camunda:class='a.B'",
        ),
        _seven(
            "<camunda:inputOutput><camunda:inputParameter name='a'>${x}</camunda:inputParameter></camunda:inputOutput>",
            attributes="camunda:class='a.B'",
        ),
        "x",
        says="The input mapping of the service task 'Do it' (x)",
    ),
    Case(
        "bean-missing",
        _seven(attributes="camunda:expression='${orders.ship(execution)}'"),
        _seven(attributes="camunda:expression='${orders.size()}'"),
        "x",
        "warning",
        says="calls orders.ship()",
    ),
    Case(
        "expression-syntax",
        _seven(attributes="camunda:expression='${vars:equal(a, 1)}'"),
        _seven(attributes="camunda:expression='${now()}'"),
        "x",
        says="There is no function 'vars:equal'",
    ),
    Case(
        "decision-missing",
        around(task(kind="businessRuleTask")),
        around(task(_DECISION, "businessRuleTask")),
        "x",
        says="names no decision",
    ),
    Case(
        "decision-missing",
        around(task("<zeebe:calledDecision decisionId='d'/>", "businessRuleTask")),
        around(task(JOB, "businessRuleTask")),
        "x",
        says="drops its result",
    ),
    Case(
        "called-process-missing",
        around(task(kind="callActivity")),
        around(task("<zeebe:calledElement processId='q'/>", "callActivity")),
        "x",
    ),
    Case(
        "binding",
        around(task("<zeebe:calledElement processId='q' bindingType='newest'/>", "callActivity")),
        around(task("<zeebe:calledElement processId='q' bindingType='latest'/>", "callActivity")),
        "x",
        says="'newest'",
    ),
    Case(
        "binding",
        around(task("<zeebe:formDefinition formId='f' bindingType='versionTag'/>", "userTask")),
        around(task("<zeebe:formDefinition formId='f' bindingType='versionTag' versionTag='v'/>", "userTask")),
        "x",
        says="which",
    ),
    Case(
        "binding",
        _seven(kind="businessRuleTask", attributes="camunda:decisionRef='d' camunda:mapDecisionResult='first'"),
        _seven(kind="businessRuleTask", attributes="camunda:decisionRef='d' camunda:mapDecisionResult='singleEntry'"),
        "x",
        says="'first'",
    ),
    Case(
        "mapping-target",
        _seven("<camunda:in target='t'/>", "callActivity", attributes="calledElement='c'"),
        _seven("<camunda:in source='s' target='t'/>", "callActivity", attributes="calledElement='c'"),
        "x",
        says="without a source",
    ),
    Case(
        "mapping-placement",
        _seven(_INPUT, "exclusiveGateway"),
        _seven(_INPUT, "task"),
        "x",
        "warning",
        "which are left out",
    ),
    Case(
        "mapping-placement",
        _seven(_OUTPUT, "task", inside=_THREE_TIMES),
        _seven(_INPUT, "task", inside=_THREE_TIMES),
        "x",
        "warning",
        "refuses here",
    ),
    Case(
        "user-task-values",
        around(task("<zeebe:userTask/><zeebe:priorityDefinition priority='101'/>", "userTask")),
        around(task("<zeebe:userTask/><zeebe:priorityDefinition priority='100'/>", "userTask")),
        "x",
        says="'101'",
    ),
    Case(
        "user-task-values",
        around(task("<zeebe:userTask/><zeebe:taskSchedule followUpDate='soon'/>", "userTask")),
        around(task("<zeebe:userTask/><zeebe:taskSchedule followUpDate='=soon'/>", "userTask")),
        "x",
        says="follow-up date 'soon'",
    ),
    Case(
        "mapping-target",
        _job(JOB + "<zeebe:ioMapping><zeebe:input source='=1'/></zeebe:ioMapping>"),
        _job(JOB + "<zeebe:ioMapping><zeebe:input source='=1' target='t'/></zeebe:ioMapping>"),
        "x",
    ),
    Case(
        "multi-instance",
        around(task(kind="task", inside=_THREE_TIMES)),
        around(task(kind="task", inside=_THREE_TIMES), dialect="plain"),
        "x",
        says="loop cardinality",
    ),
    Case(
        "multi-instance",
        around(task(JOB, inside="<bpmn:multiInstanceLoopCharacteristics/>")),
        around(
            task(
                JOB,
                inside="<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>"
                "<zeebe:loopCharacteristics inputCollection='=items' inputElement='item'/></bpmn:extensionElements>"
                "</bpmn:multiInstanceLoopCharacteristics>",
            )
        ),
        "x",
    ),
    Case(
        "multi-instance",
        around(
            task(
                JOB,
                inside="<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>"
                "<zeebe:loopCharacteristics inputCollection='=items' outputCollection='all'/></bpmn:extensionElements>"
                "</bpmn:multiInstanceLoopCharacteristics>",
            )
        ),
        around(
            task(
                JOB,
                inside="<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics "
                "inputCollection='=items' outputCollection='all' outputElement='=one'/></bpmn:extensionElements>"
                "</bpmn:multiInstanceLoopCharacteristics>",
            )
        ),
        "x",
        says="halves",
    ),
    Case(
        "ai-task",
        _job(_AI.format("{}", "")),
        _job(_AI.format("{}", _EXHAUSTED)),
        "x",
        says="must say to whom it escalates",
    ),
    Case(
        "ai-task",
        _job(_AI.format("{}", _EXHAUSTED).replace("=[&quot;m&quot;]", "")),
        _job(_AI.format("{}", _EXHAUSTED + "<zeebe:input source='r' target='routing'/>").replace("models", "others")),
        "x",
        says="names no model",
    ),
    Case(
        "ai-task",
        _job(_AI.format("{}", _EXHAUSTED).replace("Read it", "")),
        _job(_AI.format("{}", _EXHAUSTED)),
        "x",
        says="does not say what to ask",
    ),
    Case(
        "outcome-probe",
        _job(_LOOK.format("ledger")),
        _job(_LOOK.format("=claim.ok")),
        "x",
        says="probeExpect is missing",
    ),
    Case(
        "embedded-form",
        around(task("<zeebe:userTask/><zeebe:formDefinition formKey='camunda-forms:bpmn:f'/>", "userTask")),
        around(task("<zeebe:userTask/><zeebe:formDefinition formId='f'/>", "userTask")),
        "x",
        says="which is not in the process",
    ),
    Case(
        "embedded-form",
        _seven(kind="userTask", attributes="camunda:formKey='embedded:app:forms/a.html'"),
        _seven(kind="userTask", attributes="camunda:formKey='https://example.org/form'"),
        "x",
        "warning",
    ),
    Case(
        "unresolved-reference",
        around(task(_DECISION, "businessRuleTask")),
        around(task(_DECISION.replace("'d'", "'=d'"), "businessRuleTask")),
        "x",
        "info",
        "the decision 'd'",
    ),
    Case(
        "unresolved-reference",
        around(task("<zeebe:calledElement processId='q' bindingType='deployment'/>", "callActivity")),
        around(task("<zeebe:calledElement processId='p' bindingType='deployment'/>", "callActivity")),
        "x",
        "warning",
        "the process 'q'",
    ),
    Case(
        "user-task-form",
        around(task("<zeebe:userTask/>", "userTask")),
        around(task("<zeebe:userTask/><zeebe:formDefinition formId='f'/>", "userTask")),
        "x",
        "info",
    ),
    Case(
        "user-task-assignment",
        around(task("<zeebe:userTask/>", "userTask")),
        around(task("<zeebe:userTask/><zeebe:assignmentDefinition candidateGroups='g'/>", "userTask")),
        "x",
        "info",
    ),
    Case(
        "unsupported-extension",
        _job(JOB + "<zeebe:robots/>"),
        _job(JOB + "<zeebe:properties><zeebe:property name='a' value='b'/></zeebe:properties>"),
        "x",
        says="zeebe:robots",
    ),
    Case(
        "unsupported-extension",
        _seven(attributes="camunda:class='a.B' camunda:formHandlerClass='1'"),
        _seven(attributes="camunda:class='a.B' camunda:asyncBefore='true' camunda:exclusive='false'"),
        "x",
        says='camunda:formHandlerClass="1"',
    ),
    Case(
        "ignored-extension",
        around(task(JOB, attributes="camunda:class='a.B'")),
        around(task(JOB, attributes="camunda:diagramRelationId='1'")),
        "x",
        "warning",
        "camunda:class",
    ),
    Case(
        "ignored-extension",
        around(task(JOB), roots="<bpmn:correlationProperty id='c' name='table'/>"),
        around(task(JOB)),
        "",
        "warning",
        'The correlationProperty "table" (messages find',
    ),
    Case(
        "ignored-extension",
        _seven(kind="userTask", attributes="camunda:class='a.B'"),
        _seven(attributes="camunda:class='a.B'"),
        "x",
        "warning",
        'camunda:class="a.B"',
    ),
)
