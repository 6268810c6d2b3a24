"""The nested extension elements of Camunda 7: input/output parameters, forms, listeners, connectors, scripts."""

from __future__ import annotations

import re
from dataclasses import replace

from lxml import etree

from bpmn.dialects.plain import NULL, Known, Plain, split_form_key, variable
from bpmn.errors import ModelError
from bpmn.model import (
    Binding,
    Expression,
    ExternalError,
    FormField,
    FormReference,
    Job,
    Language,
    Listener,
    Script,
    StructuredValue,
    Timer,
    TimerKind,
    VariableMapping,
)
from bpmn.parts import Notes, Part, line_of, local_name, text_of, truth, vendor_children
from bpmn.vocabulary import script_language

Value = Expression | Script | StructuredValue

_MAX_DEPTH = 64
_LONE = re.compile(r"\s*[$#]\{([^{}]*)\}\s*\Z")


def _known(attributes: str = "", children: str = "") -> tuple[frozenset[str], frozenset[str]]:
    return frozenset(attributes.split()), frozenset(children.split())


_BODY = "script list map"
_MAPPING = "source sourceExpression target targetExpression sourceType targetType transient variables local businessKey"
# When Flowable tells a listener by its transaction; here every wait is a commit, and the resolvers are Java.
_TRANSACTION = """onTransaction customPropertiesResolverClass customPropertiesResolverExpression
customPropertiesResolverDelegateExpression"""
_ACTION = f"class expression delegateExpression event id type {_TRANSACTION}"
KNOWN: Known = {
    "in": _known(_MAPPING),
    "out": _known(_MAPPING),
    "inputOutput": _known("", "inputParameter outputParameter"),
    "inputParameter": _known("name", _BODY),
    "outputParameter": _known("name", _BODY),
    "list": _known("", f"value {_BODY}"),
    "value": _known("id name", ""),
    "map": _known("", "entry"),
    "entry": _known("key", _BODY),
    "script": _known("scriptFormat language resource resultVariable", ""),
    "connector": _known("inout", "connectorId inputOutput"),
    "connectorId": _known(),
    "errorEventDefinition": _known("id errorRef expression", ""),
    "field": _known("name stringValue expression", "string expression"),
    "string": _known(),
    "expression": _known(),
    "executionListener": _known(_ACTION, "script field"),
    "taskListener": _known(_ACTION, "script field timerEventDefinition"),
    "timerEventDefinition": _known("id", "timeDate timeDuration timeCycle"),
    "timeDate": _known("id type", ""),
    "timeDuration": _known("id type", ""),
    "timeCycle": _known("id type", ""),
    "properties": _known("", "property"),
    "property": _known("id name value", ""),
    "formData": _known("businessKey", "formField"),
    "formField": _known("id label type defaultValue datePattern", "properties validation value"),
    "validation": _known("", "constraint"),
    "constraint": _known("name config", ""),
    "formProperty": _known(
        "id name type required readable writable variable expression default datePattern lenientDateParsing value",
        "value",
    ),
}


# What Activiti and Flowable mean by the event "all" of a task listener.
_ALL_TASK_EVENTS = ("create", "assignment", "complete", "delete")


def properties(dialect: Plain, part: Part, unsupported: Notes) -> dict[str, str]:
    """camunda:properties, by name. An unnamed one (Activiti's) has no reader and is dropped."""
    found: dict[str, str] = {}
    for holder in part.extensions("properties"):
        unsupported.extend(dialect.unknown_inside(holder))
        for each in vendor_children(holder, "property"):
            name = each.get("name") or each.get("id")
            if name:
                found[name] = each.get("value", "")
    return found


def listeners(dialect: Plain, part: Part, unsupported: Notes) -> tuple[Listener, ...]:
    """Execution and task listeners in document order per kind. Without an event, an execution listener means start."""
    found: list[Listener] = []
    for kind in ("execution", "task"):
        for element in part.extensions(f"{kind}Listener"):
            unsupported.extend(dialect.unknown_inside(element))
            if element.get("onTransaction") == "rolled-back":
                # A move that fails here leaves no trace but an incident: there is no transaction to hear of.
                told = f'{part.prefix}:{kind}Listener with onTransaction="rolled-back"'
                unsupported.ignored.append((told, line_of(element)))
                continue
            one = _listener(dialect, element, kind, unsupported)
            events = _ALL_TASK_EVENTS if (kind, one.event) == ("task", "all") else (one.event,)
            found.extend(replace(one, event=event) for event in events)
    return tuple(found)


def _listener(dialect: Plain, element: etree._Element, kind: str, unsupported: Notes) -> Listener:
    line = line_of(element)
    event = element.get("event", "").strip().lower() or ("start" if kind == "execution" else "create")
    job = None
    if element.get("class"):
        job = Job(Expression(element.get("class", "").strip(), Language.LITERAL, line), origin="class", line=line)
    elif element.get("delegateExpression"):
        job = bean_job(element.get("delegateExpression", ""), line)
    if job is not None:
        injected = fields(dialect, list(vendor_children(element, "field")), Notes())
        job = Job(job.type, origin=job.origin, fields=injected, line=line)
    body = next(vendor_children(element, "script"), None)
    return Listener(
        kind,
        event,
        job,
        dialect.optional(element.get("expression"), line),
        script(body) if body is not None else None,
        _timer(dialect, element) if event == "timeout" else None,
        line,
    )


def _timer(dialect: Plain, listener: etree._Element) -> Timer | None:
    """When a timeout listener is told: the first time in its timerEventDefinition."""
    for definition in vendor_children(listener, "timerEventDefinition"):
        for kind in TimerKind:
            for each in vendor_children(definition, kind.value):
                value = dialect.formal(each)
                return None if value is None else Timer(kind, value, line=line_of(each))
    return None


def bean_job(text: str, line: int) -> Job:
    """A job named after a bean: `${archiveService}` becomes `archiveService`; anything longer keeps its text."""
    lone = _LONE.match(text)
    name = lone.group(1).strip() if lone else text.strip()
    return Job(Expression(name, Language.LITERAL, line), origin="delegateExpression", line=line)


def fields(dialect: Plain, elements: list[etree._Element], unsupported: Notes) -> tuple[tuple[str, Expression], ...]:
    """Field injection: stringValue and camunda:string are literal, expression is evaluated."""
    found = []
    for element in elements:
        unsupported.extend(dialect.unknown_inside(element))
        line = line_of(element)
        body = next(vendor_children(element, "string", "expression"), None)
        if body is not None:
            is_text, text = local_name(body) == "string", text_of(body)
        else:
            is_text = element.get("expression") is None
            text = element.get("stringValue", "") if is_text else element.get("expression", "")
        value = Expression(text, Language.LITERAL, line) if is_text else dialect.value(text, line)
        found.append((element.get("name", ""), value))
    return tuple(found)


def external_errors(dialect: Plain, part: Part, unsupported: Notes) -> tuple[ExternalError, ...]:
    """The error definitions of an external task. One without an expression never throws (BpmnParse refuses it)."""
    found = []
    for element in part.extensions("errorEventDefinition"):
        unsupported.extend(dialect.unknown_inside(element))
        line = line_of(element)
        condition = dialect.optional(element.get("expression"), line)
        error = dialect.errors.get(element.get("errorRef", "").strip().rpartition(":")[2])
        if condition is None or error is None:
            unsupported.append(("an errorEventDefinition without an error or an expression", line))
        else:
            found.append(ExternalError(condition, error.code, error.message))
    return tuple(found)


def connector(dialect: Plain, element: etree._Element, unsupported: Notes) -> Job:
    """A connector as a job named by its connectorId, with its own inputs and outputs."""
    unsupported.extend(dialect.unknown_inside(element))
    line = line_of(element)
    identity = next(vendor_children(element, "connectorId"), None)
    holder = next(vendor_children(element, "inputOutput"), None)
    inputs, outputs = input_output(dialect, holder) if holder is not None else ((), ())
    name = text_of(identity) if identity is not None else ""
    return Job(Expression(name, Language.LITERAL, line), origin="connector", inputs=inputs, outputs=outputs, line=line)


def input_output(
    dialect: Plain, holder: etree._Element
) -> tuple[tuple[VariableMapping, ...], tuple[VariableMapping, ...]]:
    """The input and the output parameters, in document order."""
    inputs = tuple(_parameter(dialect, each) for each in vendor_children(holder, "inputParameter"))
    outputs = tuple(_parameter(dialect, each) for each in vendor_children(holder, "outputParameter"))
    return inputs, outputs


def _parameter(dialect: Plain, element: etree._Element) -> VariableMapping:
    return VariableMapping(_body(dialect, element), element.get("name", "").strip(), line_of(element))


def _body(dialect: Plain, element: etree._Element, depth: int = 0) -> Value:
    """Text, or the one script, list or map inside; nothing at all means null."""
    for child in vendor_children(element, "script", "list", "map"):
        return _structure(dialect, child, depth + 1)
    text = text_of(element)
    return dialect.value(text, line_of(element)) if text else NULL


def _structure(dialect: Plain, element: etree._Element, depth: int) -> Value:
    line = line_of(element)
    if depth > _MAX_DEPTH:
        raise ModelError(f"A list or map is nested more than {_MAX_DEPTH} deep.", line=line, hint="Flatten it.")
    name = local_name(element)
    if name == "script":
        return script(element)
    if name == "map":
        entries = tuple(
            (each.get("key", ""), _body(dialect, each, depth)) for each in vendor_children(element, "entry")
        )
        return StructuredValue(entries=entries)
    items = (
        _body(dialect, each, depth) if local_name(each) == "value" else _structure(dialect, each, depth + 1)
        for each in vendor_children(element, "value", "script", "list", "map")
    )
    return StructuredValue(tuple(items))


def script(element: etree._Element) -> Script:
    """A camunda:script; those of Flowable's listeners name a result variable.

    Without a format it is JUEL, the engine's default scripting language.
    """
    format_ = (element.get("scriptFormat", "") or element.get("language", "")).strip()
    language = script_language(format_) if format_ else Language.JUEL
    resource = element.get("resource", "").strip()
    result = element.get("resultVariable", "").strip()
    return Script(text_of(element), language, result, format_, resource, line_of(element))


def script_task(dialect: Plain, part: Part) -> Script | None:
    """The script of a script task: its bpmn:script child, or the resource that holds it."""
    body = part.child("script")
    text = text_of(body) if body is not None else ""
    resource = (part.vendor("resource") or "").strip()
    result = part.vendor("resultVariable") or part.vendor("resultVariableName") or ""
    if not text and not resource:
        return None
    format_ = part.get("scriptFormat").strip()
    language = script_language(format_) if format_ else Language.JUEL
    return Script(text, language, result, format_, resource, part.line)


def variable_mapping(dialect: Plain, element: etree._Element, typed_by: str = "") -> VariableMapping:
    """camunda:in or camunda:out of one variable, which is null when it does not exist.

    `typed_by` is the attribute by which Flowable names a type for it.
    """
    line = line_of(element)
    expression = element.get("sourceExpression")
    source = element.get("source", "").strip()
    read = variable(source, line) if source else NULL
    value = dialect.value(expression, line) if expression else read
    name = dialect.optional(element.get("targetExpression"), line)
    type_ = element.get(typed_by, "").strip() if typed_by else ""
    return VariableMapping(value, element.get("target", "").strip(), line, type_, name)


def form(dialect: Plain, part: Part, unsupported: Notes) -> FormReference | None:
    """The form of a user task or start event: formRef, formKey or generated fields, in this order."""
    line = part.line
    reference = dialect.optional(part.vendor("formRef"), line)
    binding = Binding(part.vendor("formRefBinding") or "latest", dialect.optional(part.vendor("formRefVersion"), line))
    key = dialect.optional(part.vendor("formKey"), line)
    data = part.extension("formData")
    legacy = part.extensions("formProperty")
    for element in ([data] if data is not None else []) + legacy:
        unsupported.extend(dialect.unknown_inside(element))
    if reference is not None:
        return FormReference(id=reference, binding=binding)
    if key is not None:
        return split_form_key(key)
    if data is not None:
        found = tuple(_form_field(dialect, each) for each in vendor_children(data, "formField"))
        return FormReference(fields=found, business_key=data.get("businessKey", ""))
    return FormReference(fields=tuple(_form_property(dialect, each) for each in legacy)) if legacy else None


def _form_field(dialect: Plain, element: etree._Element) -> FormField:
    constraints = [
        (each.get("name", ""), each.get("config", ""))
        for holder in vendor_children(element, "validation")
        for each in vendor_children(holder, "constraint")
    ]
    hints = {
        each.get("id", "") or each.get("name", ""): each.get("value", "")
        for holder in vendor_children(element, "properties")
        for each in vendor_children(holder, "property")
    }
    return FormField(
        element.get("id", ""),
        element.get("label", ""),
        element.get("type") or "string",
        dialect.optional(element.get("defaultValue"), line_of(element)),
        _choices(element),
        tuple(constraints),
        hints,
        element.get("datePattern", ""),
    )


def _form_property(dialect: Plain, element: etree._Element) -> FormField:
    """The legacy formProperty: required and not writable become the constraints required and readonly."""
    constraints = []
    if truth(element.get("required")):
        constraints.append(("required", ""))
    if not truth(element.get("writable"), True):
        constraints.append(("readonly", ""))
    return FormField(
        element.get("variable", "") or element.get("id", ""),
        element.get("name", ""),
        element.get("type") or "string",
        dialect.optional(element.get("expression") or element.get("default"), line_of(element)),
        _choices(element),
        tuple(constraints),
        date_pattern=element.get("datePattern", ""),
    )


def _choices(element: etree._Element) -> tuple[tuple[str, str], ...]:
    return tuple((each.get("id", ""), each.get("name", "")) for each in vendor_children(element, "value"))
