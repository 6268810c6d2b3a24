"""jBPM and Kogito: standard BPMN with `drools:` words, where tasks say with data associations what goes in and out.

What stands in Java, in MVEL or in rules is refused as in any other file, unless it is an expression that means the same
in JUEL. The engine behind these files: org.jbpm.bpmn2.xml.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from lxml import etree

from bpmn import juel
from bpmn.dialects.plain import Draft, Plain, Values, variable
from bpmn.errors import LanguageError
from bpmn.model import (
    EventKind,
    Expression,
    Job,
    Kind,
    Language,
    Script,
    Signal,
    TimerKind,
    VariableMapping,
)
from bpmn.parts import Part, line_of, local_name, text_of
from bpmn.vocabulary import DROOLS, script_language

_JAVA = ("http://www.java.com/java", "http://www.mvel.org/2.0", "java", "mvel", "")
_RETURN = re.compile(r"return\s+([^;{}]+);?\s*\Z")
_NO_JUEL = re.compile(r"\bkcontext\b|\bnew\s|[;{}]|(?<![=!<>])=(?!=)")
_PERIOD = re.compile(r"(?:(\d+)d)?\s*(?:(\d+)h)?\s*(?:(\d+)m(?!s))?\s*(?:(\d+)s)?\s*(?:(\d+)ms)?\Z")
_NAMED = ("property", "dataInput", "dataOutput", "inputDataItem", "outputDataItem", "dataObject")
_NO_DATA = frozenset({Kind.EXCLUSIVE_GATEWAY, Kind.PARALLEL_GATEWAY, Kind.INCLUSIVE_GATEWAY})


class Jbpm(Plain):
    """Places what jBPM's modelers write; what is left is read as plain BPMN."""

    assumes_executable = True
    begins_where_nothing_leads = False  # nothing says where, so nothing starts it
    reads_assignments = True

    def __init__(self, root: etree._Element) -> None:
        super().__init__()
        elements = (one for name in _NAMED for one in root.iter(f"{{*}}{name}"))
        self._names = {one.get("id", ""): one.get("name", "") or one.get("id", "") for one in elements}

    def condition(self, element: etree._Element) -> Expression:
        """JUEL where a Java or MVEL expression means the same in it, else what the element names."""
        found = super().condition(element)
        language = element.get("language", "").strip()
        if language not in _JAVA or not text_of(element):
            return found
        text = text_of(element)
        single = _RETURN.match(text)
        return _as_juel((single[1] if single else text).strip(), found.line) or replace(
            found, text=text, language=Language.UNKNOWN, format=language or "mvel"
        )

    def node(self, draft: Draft) -> None:
        super().node(draft)
        if draft.kind in _NO_DATA:
            return
        inputs, outputs = self._inputs(draft.part), self._outputs(draft.part)
        draft.values["inputs"] = tuple(inputs.values())
        draft.values["outputs"] = tuple(outputs)
        place = _PLACERS.get(draft.kind)
        if place is not None:
            place(self, draft, inputs)

    def event(self, part: Part, values: Values) -> None:
        super().event(part, values)
        if values["kind"] is EventKind.SIGNAL and values.get("reference"):
            # A signal that nobody defines is called so (SignalHandler).
            name = self.value(values["reference"], part.line)
            values.update(signal=Signal(values["reference"], name, line=part.line), reference="")
        message = values.get("message")
        if message is not None and message.name is None:
            values["message"] = replace(message, name=Expression(message.id, Language.LITERAL, message.line))
        timer = values.get("timer")
        if timer is not None and timer.value.is_literal and (iso := _iso(timer.value.text, timer.kind)):
            values["timer"] = replace(timer, value=replace(timer.value, text=iso))

    def loop(self, part: Part, values: Values) -> None:
        """The collection is a data input, and so stands for the variable that fills it."""
        super().loop(part, values)
        repeated = part.element.getparent()
        if repeated is None:
            return
        inputs = self._inputs(self.part(repeated))
        collection = inputs.get(self._name(part.child_text("loopDataInputRef")))
        if collection is not None and isinstance(collection.source, Expression):
            values["collection"] = replace(collection.source, line=part.line)
        collected = self._filled_by(repeated, part.child_text("loopDataOutputRef"))
        if collected and "output_element" in values:
            values["output_collection"] = collected

    # data associations

    def _name(self, reference: str) -> str:
        return self._names.get(reference.strip(), reference.strip())

    def _inputs(self, part: Part) -> dict[str, VariableMapping]:
        """By the name of the data input: a constant or expression, or the variable that it is taken from."""
        found = {}
        for target, source, assigned, line in self._associations(part, "dataInputAssociation"):
            value = self.optional(assigned, line) or (variable(source, line) if source else None)
            if target and value is not None and not _is_itself(value, target):
                found[target] = VariableMapping(value, target, line)
        return found

    def _outputs(self, part: Part) -> Iterator[VariableMapping]:
        for target, source, assigned, line in self._associations(part, "dataOutputAssociation"):
            value = self.optional(assigned, line) or (variable(source, line) if source else None)
            if target and value is not None:
                yield VariableMapping(value, target, line)

    def _associations(self, part: Part, kind: str) -> Iterator[tuple[str, str, str, int]]:
        """Names of target and source, and what is assigned instead of the source."""
        for association in part.children(kind):
            texts = {local_name(child): text_of(child) for child in association}
            if "transformation" not in texts:
                assigned = next((text_of(one) for one in association.iter("{*}from")), "")
                target = self._name(texts.get("targetRef", "")) or self._assigned_to(association)
                yield target, self._name(texts.get("sourceRef", "")), assigned, line_of(association)

    def _assigned_to(self, association: etree._Element) -> str:
        return self._name(next((text_of(one) for one in association.iter("{*}to")), "").strip("#${}"))

    def _filled_by(self, element: etree._Element, output: str) -> str:
        """The variable that a data output goes to."""
        name = self._name(output)
        found = self._associations(self.part(element), "dataOutputAssociation")
        return next((target for target, source, _, _ in found if source == name), "")

    # placers

    def _take_user_task(self, draft: Draft, inputs: dict[str, VariableMapping]) -> None:
        group = inputs.get("GroupId")
        if (
            group is not None
            and isinstance(group.source, Expression)
            and draft.values["user_task"].candidate_groups is None
        ):
            draft.values["user_task"] = replace(draft.values["user_task"], candidate_groups=group.source)

    def _take_task(self, draft: Draft, inputs: dict[str, VariableMapping]) -> None:
        # A work item: whoever is registered for that name does it (WorkItemNode).
        if name := _drools(draft.part, "taskName"):
            draft.kind = Kind.SERVICE_TASK
            draft.values["job"] = _job(name, draft.part.line)

    def _take_service(self, draft: Draft, inputs: dict[str, VariableMapping]) -> None:
        interface, operation = (_drools(draft.part, f"service{word}") for word in ("interface", "operation"))
        names = [interface, operation] if interface and operation else list(_operation(draft.part))
        if any(names):
            draft.values["job"] = _job(".".join(filter(None, names)), draft.part.line)
            draft.unsupported[:] = [note for note in draft.unsupported if not note[0].startswith("operationRef=")]

    def _take_rules(self, draft: Draft, inputs: dict[str, VariableMapping]) -> None:
        group = _drools(draft.part, "ruleFlowGroup")
        if group:
            job = _job("rules", draft.part.line)
            draft.values["job"] = replace(job, origin="rules", headers={"ruleFlowGroup": group})

    def _take_script(self, draft: Draft, inputs: dict[str, VariableMapping]) -> None:
        script = draft.values.get("script")
        if script is None:
            draft.kind = Kind.TASK  # nothing is run, and it goes on (ActionNode)
        elif not draft.part.get("scriptFormat").strip():
            text = draft.part.child_text("script")
            draft.values["script"] = Script(text, Language.UNKNOWN, format="java", line=script.line)

    def _take_receiving(self, draft: Draft, inputs: dict[str, VariableMapping]) -> None:
        message = draft.values.get("message")
        if message is not None and message.name is None:
            name = Expression(message.id, Language.LITERAL, message.line)
            draft.values["message"] = replace(message, name=name)


_PLACERS = {
    Kind.USER_TASK: Jbpm._take_user_task,
    Kind.TASK: Jbpm._take_task,
    Kind.SERVICE_TASK: Jbpm._take_service,
    Kind.SEND_TASK: Jbpm._take_service,
    Kind.BUSINESS_RULE_TASK: Jbpm._take_rules,
    Kind.SCRIPT_TASK: Jbpm._take_script,
    Kind.RECEIVE_TASK: Jbpm._take_receiving,
}


def _drools(part: Part, word: str) -> str:
    return part.element.get(f"{{{DROOLS}}}{word}", "").strip()


def _job(name: str, line: int) -> Job:
    return Job(Expression(name, Language.LITERAL, line), origin="implementation", line=line)


def _operation(part: Part) -> tuple[str, str]:
    """Interface and operation that a task refers to, by name."""
    reference = part.get("operationRef").strip().rpartition(":")[2]
    root = part.element.getroottree().getroot()
    for operation in root.iter("{*}operation") if reference else ():
        if operation.get("id") == reference:
            interface = operation.getparent()
            name = "" if interface is None else interface.get("implementationRef") or interface.get("name") or ""
            return name, operation.get("implementationRef") or operation.get("name") or ""
    return "", ""


def _is_itself(value: Expression, target: str) -> bool:
    return value.language is Language.FEEL and value.text == target


def _as_juel(text: str, line: int) -> Expression | None:
    """The expression in JUEL, where it has the same words; None where only Java or MVEL reads it."""
    inner = text[2:-1] if text.startswith("#{") and text.endswith("}") else text
    if _NO_JUEL.search(inner) or script_language(inner) is not Language.UNKNOWN:
        return None
    try:
        juel.compile(f"${{{inner}}}")
    except LanguageError:
        return None
    return Expression(f"${{{inner}}}", Language.JUEL, line)


def _iso(text: str, kind: TimerKind) -> str:
    """jBPM's short periods (TimeUtils), such as 1h30m or 500ms, as ISO 8601; "" for anything else."""
    delay, _, period = text.strip().partition("###")
    found = _PERIOD.match((period or delay).strip())
    if found is None or not any(found.groups()) or (period and kind is not TimerKind.CYCLE):
        return ""
    days, hours, minutes, seconds, thousandths = (int(one or 0) for one in found.groups())
    time = f"P{days}DT{hours}H{minutes}M{seconds}.{thousandths:03d}S"
    if kind is not TimerKind.CYCLE:
        return time
    return f"R/{time}" if period == delay else "" if period else f"R1/{time}"
