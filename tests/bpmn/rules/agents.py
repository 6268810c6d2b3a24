"""Rules about names and values that are given twice or that nobody can read, and about tools of agents."""

from __future__ import annotations

from tests.bpmn.rules.cases import END, START, Case, around, subprocess, task
from tests.support.diagrams import chain, diagram

_JOB = "<zeebe:taskDefinition type='crm'/>"
_AGENT = (
    "<bpmn:extensionElements><zeebe:taskDefinition type='io.camunda.agenticai:aiagent-job-worker:1'/>"
    "</bpmn:extensionElements>"
)
_SAID = "<bpmn:documentation>Looks up the balance.</bpmn:documentation>"
_ESCALATION = "<bpmn:escalation id='E' escalationCode='late'/>"
_BESIDE = (
    "<bpmn:boundaryEvent id='b' attachedToRef='x'><bpmn:escalationEventDefinition escalationRef='E'/>"
    "</bpmn:boundaryEvent>"
)
_INSIDE = "<bpmn:startEvent id='is'/><bpmn:endEvent id='ie'/><bpmn:sequenceFlow id='if' sourceRef='is' targetRef='ie'/>"


def _headers(*keys: str) -> bytes:
    inside = "".join(f"<zeebe:header key='{key}' value='{place}'/>" for place, key in enumerate(keys))
    return around(task(f"{_JOB}<zeebe:taskHeaders>{inside}</zeebe:taskHeaders>"))


def _mapped(*mappings: tuple[str, str], kind: str = "input") -> bytes:
    inside = "".join(f"<zeebe:{kind} source='{source}' target='{target}'/>" for source, target in mappings)
    return around(task(f"{_JOB}<zeebe:ioMapping>{inside}</zeebe:ioMapping>"))


def _script(result: str) -> bytes:
    script = f"<zeebe:script expression='=1' resultVariable='{result}'/>"
    return around(task(script, kind="scriptTask"))


def _tool(inner: str, *, said: str = _SAID, kind: str = "serviceTask", after: str = "") -> bytes:
    """An agent with the tool `t`, and what follows it."""
    tool = f"<bpmn:{kind} id='t'>{said}<bpmn:extensionElements>{inner}</bpmn:extensionElements></bpmn:{kind}>"
    return subprocess(f"{_AGENT}{tool}{after}", kind="adHocSubProcess")


def _asking(source: str, kind: str = "input") -> str:
    mapping = f"<zeebe:{kind} source='{source}' target='a'/>"
    return f"{_JOB}<zeebe:ioMapping>{mapping}</zeebe:ioMapping>"


def _bordered(host: str) -> bytes:
    return diagram(START + host + _BESIDE + END, [*chain("s", "x", "e"), ("b", "e")], roots=_ESCALATION)


_REST = "<zeebe:taskDefinition type='io.camunda:http-json:1'/>"
_RESULT = "<zeebe:taskHeaders><zeebe:header key='{}' value='{}'/></zeebe:taskHeaders>"
_THEN = (
    "<bpmn:scriptTask id='u'><bpmn:extensionElements><zeebe:script expression='=1' resultVariable='toolCallResult'/>"
    "</bpmn:extensionElements></bpmn:scriptTask><bpmn:sequenceFlow id='tu' sourceRef='t' targetRef='u'/>"
)
_GATEWAY = (
    "<zeebe:properties><zeebe:property name='io.camunda.agenticai.gateway.type' value='mcpClient'/></zeebe:properties>"
)

CASES = (
    Case("duplicate-header", _headers("a", "a"), _headers("a", "b"), "x", says="'a'"),
    Case(
        "overwritten-mapping", _mapped(("=1", "a"), ("=2", "a")), _mapped(("=1", "a"), ("=a + 1", "a")), "x", "warning"
    ),
    Case(
        "overwritten-mapping",
        _mapped(("=1", "a"), ("=2", "a"), kind="output"),
        _mapped(("=1", "a.b"), ("=2", "a.c"), kind="output"),
        "x",
        "warning",
        "output",
    ),
    Case("variable-name", _mapped(("=1", "my-name")), _mapped(("=1", "my_name.first")), "x", says="my-name"),
    Case("variable-name", _mapped(("=1", "if")), _mapped(("=1", "iffy")), "x", "warning", "'if'"),
    Case("variable-name", _script("a b"), _script("a_b"), "x", says="'a b'"),
    Case("unknown-function", _mapped(("=summe([1])", "a")), _mapped(("=sum([1])", "a")), "x", "warning", "summe"),
    Case(
        "unknown-function",
        _mapped(("=fromAI(x)", "a")),
        _mapped(("={f: function(n) n, y: f(1)}.y", "a")),
        "x",
        "warning",
        "fromAI",
    ),
    Case("from-ai", _tool(_asking('=fromAi("city")')), _tool(_asking("=fromAi(toolCall.city)")), "t", says="no name"),
    Case(
        "from-ai",
        _tool(_asking("=fromAi(city)")),
        _tool(_asking("=fromAi(toolCall.city)")),
        "t",
        "warning",
        "elsewhere",
    ),
    Case(
        "from-ai",
        _tool(_asking("=fromAi(toolCall.a) + fromAi(toolCall.a)")),
        _tool(_asking("=fromAi(toolCall.a) + fromAi(toolCall.b)")),
        "t",
        "warning",
        "more than once",
    ),
    Case(
        "from-ai",
        around(task(_asking("=fromAi(toolCall.a)"))),
        _tool(_asking("=fromAi(toolCall.a)")),
        "x",
        "warning",
        "is no tool",
    ),
    Case(
        "from-ai",
        _tool(_asking("=fromAi(toolCall.a)", "output")),
        _tool(_asking("=toolCall.a", "output")),
        "t",
        "warning",
        "output mapping",
    ),
    Case("agent-tool", _tool(_JOB, said=""), _tool(_JOB), "t", "warning", "without documentation"),
    Case("agent-tool", _tool("", said="", kind="task"), _tool(_REST + _GATEWAY, said=""), "t", "warning"),
    Case("agent-tool", _tool(_REST), _tool(_REST, after=_THEN), "t", "warning", "never sets"),
    Case(
        "agent-tool",
        _tool(_REST + _RESULT.format("resultExpression", "={toolcallresult: 1}")),
        _tool(_REST + _RESULT.format("resultVariable", "toolCallResult")),
        "t",
        "warning",
        "toolcallresult",
    ),
    Case(
        "boundary-attachment",
        _bordered(task(_JOB)),
        _bordered(f"<bpmn:subProcess id='x'>{_INSIDE}</bpmn:subProcess>"),
        "b",
    ),
)
