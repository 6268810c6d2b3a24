"""Standard BPMN 2.0 without a vendor, and the hooks that the vendors' dialects override.

Expressions: a leading `=` is FEEL, `${` or `#{` is JUEL; a condition without either is FEEL, any other text is itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from lxml import etree

from bpmn.model import (
    CalledElement,
    Dialect,
    Error,
    EventKind,
    Expression,
    FormReference,
    Job,
    Kind,
    Language,
    Script,
    TimerKind,
    UserTask,
)
from bpmn.parts import Notes, Part, Unsupported, attributes_of, line_of, local_name, shorten, text_of
from bpmn.vocabulary import ENGINE_PREFIXES, is_xpath, script_language

Values = dict[str, Any]
Known = Mapping[str, tuple[frozenset[str], frozenset[str]]]

NULL = Expression("null", Language.FEEL)
_JUEL = re.compile(r"[$#]\{")
_READ_FOR_TEXT = frozenset(
    "conditionExpression condition timeDate timeDuration timeCycle completionCondition loopCardinality script".split()
)
_TEXTS = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'")
_SINGLE = re.compile(r"'([^'\"]*)'")
_DATA_OBJECT = re.compile(r"(?:\w+:)?get(?:DataObject|ProcessProperty)\(\s*'([^']*)'\s*\)")
_JAVA_LIKE = re.compile(r"==|&&|\|\||\w\.[a-z]\w*\(")
_QUOTED = re.compile(r"([\"'])([^\"']*)\1")
_GROUP_OR_USER = re.compile(r"(user|group)\s*\(([^()]*)\)|([^\s,()][^,()]*)")


class Draft:
    """A flow node on its way into the model: what was read so far, as keyword arguments of FlowNode."""

    __slots__ = ("kind", "part", "unsupported", "values")

    def __init__(self, part: Part, kind: Kind) -> None:
        self.part = part
        self.kind = kind
        self.values: Values = {}
        self.unsupported = Notes()


class Plain:
    """Reads what standard BPMN leaves to engines. Each hook adds to `values` what the model has a place for."""

    dialect = Dialect.PLAIN
    vendor: frozenset[str] = frozenset()
    assumes_executable = False  # what a missing isExecutable means
    begins_where_nothing_leads = True  # a level that draws no start event
    is_open_about_executable = True  # and where the whole file says nothing of it, everything is
    # Whether quantities of tokens, data associations that move something and behaviors of multi-instance markers count:
    # no vendor's engine looks at them (BpmnParse, BpmnXMLConverter, Zeebe's transformers).
    heeds_all_of_bpmn = True
    reads_assignments = False  # of data associations, which are noted otherwise
    undeclared_error_is_code = False
    meaningless: frozenset[str] = frozenset()  # vendor words that change nothing here, wherever they stand
    placed: frozenset[str] = frozenset()  # vendor words that mean something on other elements than where they stand
    # What Camunda 7 and its relatives put up with, and what was drawn for nobody in particular may rely on.
    takes_codes_for_errors = True
    takes_periods_for_dates = True
    takes_quoted_times = True  # for engines that take every time for an expression, a text stands in quotes
    receives_without_message = True  # a receive task need not name its message
    is_relative = False  # Activiti's or Flowable's
    child_attributes: frozenset[str] = frozenset()  # vendor attributes that are read on BPMN children such as timeCycle
    known: Known = MappingProxyType({})  # extension elements, with the attributes and children they may have

    def __init__(self) -> None:
        self.resources: Mapping[str, str] = {}  # id -> name of bpmn:resource, filled by the reader
        self.errors: Mapping[str, Error] = {}  # by id, filled by the reader
        self.expression_language = ""  # definitions/@expressionLanguage

    def part(self, element: etree._Element) -> Part:
        return Part(element, self.vendor)

    # expressions

    def value(self, text: str, line: int = 0) -> Expression:
        """A text that may be an expression or mean itself."""
        text = text.strip()
        if text.startswith("="):
            return Expression(text[1:].strip(), Language.FEEL, line)
        if _JUEL.search(text):
            return Expression(text, Language.JUEL, line)
        return Expression(text, Language.LITERAL, line)

    def optional(self, text: str | None, line: int = 0) -> Expression | None:
        """Like `value`, with None for a missing or blank text."""
        return self.value(text, line) if text and text.strip() else None

    def formal(self, element: etree._Element | None) -> Expression | None:
        """The expression in a child element such as timeDuration; None when it is missing or blank."""
        return None if element is None else self.optional(text_of(element), line_of(element))

    def condition(self, element: etree._Element) -> Expression:
        """A conditionExpression or condition; an empty one stays an empty literal, for the checks to find."""
        line = line_of(element)
        expression = self.value(text_of(element), line)
        language = element.get("language", "").strip() or self.expression_language
        if not expression.is_literal or not expression.text:
            return expression
        if not language or is_xpath(language):
            return _unmarked(expression)
        return Expression(expression.text, script_language(language), line, language)

    def condition_of_flow(self, element: etree._Element) -> Expression | None:
        """The condition of a sequence flow; modelers that serve no engine leave an empty one where there is none."""
        found = self.condition(element)
        return found if found.text or self.dialect is not Dialect.PLAIN else None

    # hooks

    def node(self, draft: Draft) -> None:
        """Reads everything of a flow node that is not the same in every dialect."""
        place = _PLACERS.get(draft.kind)
        if place is not None:
            place(self, draft)

    def event(self, part: Part, values: Values) -> None:
        """Adds a vendor's parts of an event definition."""
        if values["kind"] is EventKind.CONDITIONAL:
            element = part.child("condition")
            if element is not None:
                values["condition"] = self.condition(element)
        elif values["kind"] is EventKind.ERROR and self.takes_codes_for_errors and values.get("reference"):
            # An errorRef that names no bpmn:error is the code itself (BpmnParse, Activiti's habit).
            code = Expression(values["reference"], Language.LITERAL, part.line)
            values.update(error=Error(code.text, code=code, line=part.line), reference="")
        elif values["kind"] is EventKind.TIMER:
            self._place_timer(values)

    def _place_timer(self, values: Values) -> None:
        timer = values.get("timer")
        if timer is None:
            return
        quoted = _QUOTED.fullmatch(timer.value.text) if self.takes_quoted_times and timer.value.is_literal else None
        if quoted is not None:
            timer = replace(timer, value=replace(timer.value, text=quoted[2].strip()))
        if self.takes_periods_for_dates and timer.kind is TimerKind.DATE and timer.value.text.startswith("P"):
            # DueDateBusinessCalendar takes a period for a date: so long from now.
            timer = replace(timer, kind=TimerKind.DURATION)
        values["timer"] = timer

    def process(self, part: Part, values: Values) -> None:
        """Adds a vendor's parts of a process."""

    def message(self, part: Part, values: Values) -> None:
        """Adds a vendor's parts of a message."""

    def error(self, part: Part, values: Values) -> None:
        """Adds a vendor's parts of an error."""

    def signal(self, part: Part, values: Values) -> None:
        """Adds a vendor's parts of a signal."""

    def flow(self, part: Part, values: Values) -> None:
        """Adds a vendor's parts of a sequence flow."""

    def loop(self, part: Part, values: Values) -> None:
        """Adds a vendor's parts of a multi-instance marker; here BPMN's own data references, each a variable's name."""
        line = part.line
        if collection := part.child_text("loopDataInputRef"):
            values["collection"] = variable(collection, line)
            values["element_variable"] = _item_name(part.child("inputDataItem"))
        collected, item = part.child_text("loopDataOutputRef"), _item_name(part.child("outputDataItem"))
        if collected and item:
            values["output_collection"] = collected
            values["output_element"] = variable(item, line)

    # what is left

    def report(self, part: Part, notes: Notes) -> None:
        """Notes what this vendor, or another, wrote on a part and no hook took."""
        for name, shown, line in part.left_over():
            if name not in self.meaningless:
                kept = notes.ignored if self.has_no_effect(part, name) else notes
                kept.append((self.explained(name, shown), line))
        notes.ignored.extend(part.foreign)
        for child_name in part.child_names():
            if child_name in _READ_FOR_TEXT:
                for child in part.children(child_name):
                    notes.extend(_attributes_of_engines(child, self.child_attributes))

    def has_no_effect(self, part: Part, name: str) -> bool:
        """Whether a vendor's word that no hook took says nothing where it stands."""
        return name in self.placed

    def explained(self, name: str, shown: str) -> str:
        """How to show a vendor's word that no hook took."""
        return shown

    def unknown_inside(self, element: etree._Element) -> Iterator[Unsupported]:
        """Attributes and children of an extension element (at any depth) that this dialect does not know."""
        prefix = ENGINE_PREFIXES.get(str(element.tag)[1:].partition("}")[0], "")
        waiting = [element]
        while waiting:
            current = waiting.pop()
            name, line = local_name(current), line_of(current)
            attributes, children = self.known[name]
            for attribute, _ in attributes_of(current):
                if attribute not in attributes and attribute[0] != "{":
                    yield f"{prefix}:{name}@{attribute}", line
            for child in current:
                if local_name(child) in children:
                    waiting.append(child)
                else:
                    yield f"{prefix}:{local_name(child)} in {prefix}:{name}", line_of(child) or line

    # people, as standard BPMN names them

    def people(self, part: Part) -> Values:
        """assignee, candidate_groups and candidate_users from humanPerformer and potentialOwner (BPMN 2.0.2, 10.2.4).

        `user(a), group(b)` is the notation that Activiti and its heirs gave the formal expression; a bare word is a
        group for owners and a person for performers.
        """
        found: Values = {}
        owner = self._resource(part.child("potentialOwner"))
        if owner is not None and owner.is_literal:
            people = named_people(owner.text)
            for key, kind in (("candidate_groups", "group"), ("candidate_users", "user")):
                names = [name for word, name in people if word == kind]
                if names:
                    found[key] = Expression(",".join(names), Language.LITERAL, owner.line)
        elif owner is not None:
            found["candidate_groups"] = owner
        performer = self._resource(part.child("humanPerformer"))
        if performer is None:
            performer = self._resource(part.child("performer"))
        if performer is not None:
            found["assignee"] = performer
        return found

    def _resource(self, element: etree._Element | None) -> Expression | None:
        if element is None:
            return None
        for descendant in element.iter():
            if local_name(descendant) == "formalExpression" and text_of(descendant):
                return self.value(text_of(descendant), line_of(descendant))
        for descendant in element.iter():
            if local_name(descendant) == "resourceRef":
                reference = text_of(descendant).rpartition(":")[2]
                return self.optional(self.resources.get(reference, reference), line_of(descendant))
        return None

    # placers

    def _place_work(self, draft: Draft) -> None:
        implementation = draft.part.get("implementation").strip()
        if implementation and not implementation.startswith("##"):
            draft.values["job"] = Job(
                Expression(implementation, Language.LITERAL, draft.part.line),
                origin="implementation",
                line=draft.part.line,
            )
        elif draft.part.get("operationRef"):
            draft.unsupported.append((f'operationRef="{draft.part.get("operationRef")}"', draft.part.line))

    def _place_user_task(self, draft: Draft) -> None:
        draft.values["user_task"] = UserTask(**self.people(draft.part))

    def _place_script(self, draft: Draft) -> None:
        element = draft.part.child("script")
        text = text_of(element) if element is not None else ""
        if not text:
            return
        format_ = draft.part.get("scriptFormat").strip()
        marked = self.value(text).language
        language = script_language(format_) if format_ else Language.JUEL if marked is Language.JUEL else Language.FEEL
        if language is Language.FEEL:
            text = text.removeprefix("=").strip()
        draft.values["script"] = Script(text, language, format=format_, line=draft.part.line)

    def _place_call(self, draft: Draft) -> None:
        called = self.optional(draft.part.get("calledElement").rpartition(":")[2], draft.part.line)
        if called is not None:
            draft.values["called"] = CalledElement(called, line=draft.part.line)


_PLACERS = {
    Kind.SERVICE_TASK: Plain._place_work,
    Kind.SEND_TASK: Plain._place_work,
    Kind.BUSINESS_RULE_TASK: Plain._place_work,
    Kind.USER_TASK: Plain._place_user_task,
    Kind.SCRIPT_TASK: Plain._place_script,
    Kind.CALL_ACTIVITY: Plain._place_call,
}

_FEEL_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_FEEL_WORDS = frozenset(
    "true false null if then else for in return some every satisfies and or not between instance of function".split()
)


def _unmarked(condition: Expression) -> Expression:
    """A condition that says nothing of its language: FEEL, unless it is written with Java's signs or calls a method.

    BPMN's own functions for XPath (BPMN 2.0.2, 10.4.2) read what is a variable here.
    """
    if _DATA_OBJECT.search(condition.text):
        named = _DATA_OBJECT.sub(lambda found: variable(found[1]).text, condition.text)
        return replace(condition, text=_SINGLE.sub(r'"\1"', named), language=Language.FEEL)
    if _JAVA_LIKE.search(_TEXTS.sub("", condition.text)):
        return replace(condition, text=f"${{{condition.text}}}", language=Language.JUEL)
    return replace(condition, language=Language.FEEL)


def variable(name: str, line: int = 0) -> Expression:
    """An expression that reads one variable by its exact name, null when there is none."""
    name = name.strip()
    plain = _FEEL_NAME.match(name) is not None and name not in _FEEL_WORDS
    return Expression(name if plain else f"`{name}`", Language.FEEL, line)


def named_people(text: str) -> list[tuple[str, str]]:
    """(user or group, name) of `user(a), group(b)`; a bare word is a group, as for Activiti and its heirs."""
    found = [(kind or "group", (inside or bare).strip()) for kind, inside, bare in _GROUP_OR_USER.findall(text)]
    return [(kind, name) for kind, name in found if name]


def _item_name(item: etree._Element | None) -> str:
    return "" if item is None else (item.get("name") or item.get("id") or "").strip()


def split_form_key(key: Expression) -> FormReference:
    """A form key: Camunda 8's `camunda-forms:bpmn:<id>` names a form inside the same file, anything else is opaque."""
    if key.is_literal and key.text.startswith("camunda-forms:bpmn:"):
        return FormReference(embedded_id=key.text.removeprefix("camunda-forms:bpmn:"))
    return FormReference(key=key)


def _attributes_of_engines(element: etree._Element, read: frozenset[str]) -> Iterator[Unsupported]:
    """Vendor attributes on BPMN children that are read for their text only (conditionExpression, timeCycle ...)."""
    for name, value in attributes_of(element):
        prefix = ENGINE_PREFIXES.get(name[1:].partition("}")[0])
        if prefix is not None and name.rpartition("}")[2] not in read:
            yield f'{prefix}:{name.rpartition("}")[2]}="{shorten(value)}" of {local_name(element)}', line_of(element)
