"""The boxed expressions of a DMN file, read: each XML element becomes the part of the model named after it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal

from lxml import etree

from bpmn.dmn.flowable import in_juel
from bpmn.dmn.model import (
    Conditional,
    ContextBox,
    DecisionTable,
    FilterBox,
    FunctionBox,
    Input,
    Invocation,
    Iteration,
    ListBox,
    LiteralExpression,
    Logic,
    Output,
    Parameter,
    Relation,
    Rule,
)
from bpmn.errors import ModelError
from bpmn.model import Language
from bpmn.parts import line_of

HIT_POLICIES = frozenset({"UNIQUE", "FIRST", "PRIORITY", "ANY", "COLLECT", "RULE ORDER", "OUTPUT ORDER"})
MAX_RULES = 20_000
MAX_CELLS = 60_000
AGGREGATIONS = frozenset({"", "SUM", "COUNT", "MIN", "MAX"})
_LANGUAGES: Mapping[str, Language] = MappingProxyType(
    {
        "feel": Language.FEEL,
        "juel": Language.JUEL,
        "javascript": Language.JAVASCRIPT,
        "ecmascript": Language.JAVASCRIPT,
    }
)


class Element:
    """An XML element with its DMN children at hand."""

    __slots__ = ("tag", "xml")

    def __init__(self, xml: etree._Element, tag: str = "") -> None:
        self.xml = xml
        self.tag = tag or f"{{{etree.QName(xml).namespace or ''}}}"  # what the tags of its DMN children begin with

    @property
    def name(self) -> str:
        return etree.QName(self.xml).localname

    @property
    def namespace(self) -> str:
        return self.tag[1:-1]

    @property
    def line(self) -> int:
        return line_of(self.xml)

    def get(self, name: str, default: str = "") -> str:
        return str(self.xml.get(name, default)).strip()

    def vendor(self, name: str) -> str:
        """An attribute of whichever vendor."""
        return next((str(value) for key, value in self.xml.attrib.items() if str(key).endswith(f"}}{name}")), "")

    def children(self, name: str = "*") -> list[Element]:
        """The children of the same namespace, in order."""
        tag = self.tag
        return [Element(child, tag) for child in self.xml.iterchildren(tag + name)]

    def child(self, name: str) -> Element | None:
        found = next(self.xml.iterchildren(self.tag + name), None)
        return None if found is None else Element(found, self.tag)

    def text_of(self, name: str) -> str:
        """The text of a child, "" without it."""
        found = next(self.xml.iterchildren(self.tag + name), None)
        return "" if found is None else inner_text(found)

    def inner_text(self, name: str) -> str:
        """The text of the `<text>` in a child."""
        found = self.child(name)
        return "" if found is None else found.text_of("text")


def inner_text(xml: etree._Element) -> str:
    """All text inside, with that of children it should not have."""
    if len(xml):
        return "".join(str(part) for part in xml.itertext()).strip()
    return (xml.text or "").strip()


def parameter(element: Element) -> Parameter:
    """A name with its type."""
    return Parameter(element.get("name"), element.get("typeRef"))


class Boxes:
    """Reads the expressions of one file; `language` is the file's expressionLanguage, for those that name none.

    `is_flowable` says that cells which are no FEEL may be Flowable's.
    """

    def __init__(self, language: str, *, is_flowable: bool = False) -> None:
        self._language = language
        self._is_flowable = is_flowable

    def one_of(self, element: Element, owner: str) -> Logic | None:
        """The expression among an element's children; None without one."""
        return next(iter(self.all_of(element, owner)), None)

    def all_of(self, element: Element, owner: str) -> tuple[Logic, ...]:
        """The expressions among an element's children."""
        found = []
        for child in element.children():
            reader = _READERS.get(child.name)
            if reader is not None:
                found.append(reader(self, child, owner))
            elif child.name not in _NO_LOGIC:
                raise ModelError(
                    f"'{owner}' uses <{child.name}>, which is not run here.", line=child.line, element=owner, hint=_HINT
                )
        return tuple(found)

    def needed(self, element: Element, owner: str) -> Logic:
        """As `one_of`; nothing there is null."""
        return self.one_of(element, owner) or LiteralExpression("", line=element.line)

    def part(self, element: Element, name: str, owner: str) -> Logic:
        """The expression inside a named child."""
        found = element.child(name)
        if found is None:
            raise ModelError(f"<{element.name}> in '{owner}' has no <{name}>.", line=element.line, element=owner)
        return self.needed(found, owner)

    # -- one method per element -----------------------------------------------------------------------------------

    def literal(self, element: Element, owner: str) -> LiteralExpression:
        xml, tag, text = element.xml, element.tag, ""
        for child in xml:
            if child.tag == tag + "text":
                text = inner_text(child)
            elif child.tag == tag + "importedValues":
                raise ModelError(
                    f"'{owner}' imports values from another document, which is not run here.",
                    line=element.line,
                    element=owner,
                    hint="Write the expression into the file.",
                )
        language = xml.get("expressionLanguage") or self._language
        found = _named(language, element, owner) if language else None
        return LiteralExpression(text, found, xml.get("typeRef", "").strip(), line_of(xml))

    def table(self, element: Element, owner: str) -> DecisionTable:
        policy = element.get("hitPolicy", "UNIQUE").upper().replace("_", " ") or "UNIQUE"
        if policy not in HIT_POLICIES:
            raise self._wrong(element, owner, f"hit policy '{policy}'", HIT_POLICIES)
        written = element.get("aggregation").upper()
        aggregation, unused = (written, "") if policy == "COLLECT" else ("", written)
        if aggregation not in AGGREGATIONS:
            raise self._wrong(element, owner, f"aggregation '{aggregation}'", AGGREGATIONS - {""})
        inputs = tuple(self._input(child, owner) for child in element.children("input"))
        outputs = tuple(self._output(child, owner) for child in element.children("output"))
        rows = element.children("rule")
        _check_size(len(rows), len(rows) * (len(inputs) + len(outputs)), element, owner)
        rules = tuple(self._rule(child, number, owner) for number, child in enumerate(rows, 1))
        if self._is_flowable:
            rules = tuple(in_juel(rule, inputs) for rule in rules)
        table = DecisionTable(policy, aggregation, inputs, outputs, rules, element.get("typeRef"), element.line, unused)
        _check_table(table, owner)
        return table

    def _wrong(self, element: Element, owner: str, what: str, allowed: frozenset[str]) -> ModelError:
        hint = f"One of: {', '.join(sorted(allowed))}."
        return ModelError(f"The table of '{owner}' has the {what}.", line=element.line, element=owner, hint=hint)

    def _input(self, element: Element, owner: str) -> Input:
        expression = element.child("inputExpression")
        return Input(
            id=element.get("id"),
            label=element.get("label"),
            expression=self.literal(expression, owner) if expression else LiteralExpression("", line=element.line),
            values=element.inner_text("inputValues"),
            variable=element.vendor("inputVariable"),
        )

    def _output(self, element: Element, owner: str) -> Output:
        default = element.child("defaultOutputEntry")
        return Output(
            id=element.get("id"),
            label=element.get("label"),
            name=element.get("name"),
            type=element.get("typeRef"),
            values=element.inner_text("outputValues"),
            default=self.literal(default, owner) if default and default.text_of("text") else None,
            line=element.line,
        )

    def _rule(self, element: Element, index: int, owner: str) -> Rule:
        return Rule(
            id=element.get("id"),
            index=index,
            tests=tuple([self.literal(child, owner) for child in element.children("inputEntry")]),
            outputs=tuple([self.literal(child, owner) for child in element.children("outputEntry")]),
            line=element.line,
            annotation=_annotation(element),
        )

    def context(self, element: Element, owner: str) -> ContextBox:
        entries: list[tuple[Parameter, Logic]] = []
        result: Logic | None = None
        for entry in element.children("contextEntry"):
            variable, value = entry.child("variable"), self.needed(entry, owner)
            if variable is None:
                result = value
            else:
                entries.append((parameter(variable), value))
        return ContextBox(tuple(entries), result, element.get("typeRef"), element.line)

    def list_box(self, element: Element, owner: str) -> ListBox:
        return ListBox(self.all_of(element, owner), element.get("typeRef"), element.line)

    def relation(self, element: Element, owner: str) -> Relation:
        columns = tuple(parameter(child) for child in element.children("column"))
        rows = tuple(self.all_of(child, owner) for child in element.children("row"))
        if any(len(row) != len(columns) for row in rows):
            raise ModelError(
                f"A row of the relation in '{owner}' does not have {len(columns)} cells.",
                line=element.line,
                element=owner,
            )
        return Relation(columns, rows, element.get("typeRef"), element.line)

    def invocation(self, element: Element, owner: str) -> Invocation:
        arguments = tuple(
            (name.get("name"), self.needed(binding, owner))
            for binding in element.children("binding")
            if (name := binding.child("parameter")) is not None
        )
        return Invocation(self.needed(element, owner), arguments, element.get("typeRef"), element.line)

    def function(self, element: Element, owner: str) -> FunctionBox:
        kind = element.get("kind", "FEEL").removeprefix("feel:") or "FEEL"
        if kind.upper() == "PMML":
            raise ModelError(
                f"'{owner}' calls PMML, which is not run here.", line=element.line, element=owner, hint=_HINT
            )
        parameters = tuple(parameter(child) for child in element.children("formalParameter"))
        body = self.one_of(element, owner)
        return FunctionBox(parameters, body, kind, element.get("typeRef"), element.line)

    def conditional(self, element: Element, owner: str) -> Conditional:
        condition, yes, no = (self.part(element, name, owner) for name in ("if", "then", "else"))
        return Conditional(condition, yes, no, element.get("typeRef"), element.line)

    def filter(self, element: Element, owner: str) -> FilterBox:
        source, condition = self.part(element, "in", owner), self.part(element, "match", owner)
        return FilterBox(source, condition, element.get("typeRef"), element.line)

    def iteration(self, element: Element, owner: str) -> Iteration:
        kind: Literal["for", "some", "every"] = element.name  # type: ignore[assignment]
        variable = element.get("iteratorVariable")
        source = self.part(element, "in", owner)
        body = self.part(element, "return" if kind == "for" else "satisfies", owner)
        return Iteration(kind, variable, source, body, element.get("typeRef"), element.line)


def _named(language: str, element: Element, owner: str) -> Language:
    word = language.strip().lower()
    found = Language.FEEL if "/feel" in word else _LANGUAGES.get(word)
    if found is None:
        raise ModelError(
            f"'{owner}' is written in {language}, which is not run here.",
            line=element.line,
            element=owner,
            hint="Write it in FEEL.",
        )
    return found


def _check_size(rules: int, cells: int, element: Element, owner: str) -> None:
    if rules > MAX_RULES or cells > MAX_CELLS:
        raise ModelError(
            f"The table of '{owner}' has {rules:,} rules with {cells:,} cells; at most {MAX_RULES:,} rules and "
            f"{MAX_CELLS:,} cells are read.",
            line=element.line,
            element=owner,
            hint="Split it into several decisions, or let a worker look the value up.",
        )


def _check_table(table: DecisionTable, owner: str) -> None:
    if not table.outputs:
        raise ModelError(f"The table of '{owner}' has no output.", line=table.line, element=owner, hint="Add a column.")
    if table.aggregation and len(table.outputs) > 1:
        raise ModelError(
            f"The table of '{owner}' aggregates {len(table.outputs)} outputs; only one can be (DMN 8.2.8).",
            line=table.line,
            element=owner,
            hint="Split the table, or collect without an aggregation.",
        )
    for rule in table.rules:
        if len(rule.tests) != len(table.inputs) or len(rule.outputs) != len(table.outputs):
            raise ModelError(
                f"Rule {rule.index} of '{owner}' has {len(rule.tests)} input and {len(rule.outputs)} output cells; "
                f"the table has {len(table.inputs)} and {len(table.outputs)} columns.",
                line=rule.line,
                element=owner,
                hint="Open and save the table in a modeler.",
            )


_HINT = "Use a decision table, a literal expression or another boxed expression."
_READERS: Mapping[str, Callable[[Boxes, Element, str], Logic]] = MappingProxyType(
    {
        "literalExpression": Boxes.literal,
        "decisionTable": Boxes.table,
        "context": Boxes.context,
        "list": Boxes.list_box,
        "relation": Boxes.relation,
        "invocation": Boxes.invocation,
        "functionDefinition": Boxes.function,
        "conditional": Boxes.conditional,
        "filter": Boxes.filter,
        "for": Boxes.iteration,
        "some": Boxes.iteration,
        "every": Boxes.iteration,
    }
)
# What may stand beside an expression and has no part in it.
_NO_LOGIC = frozenset(
    "description extensionElements question allowedAnswers variable informationRequirement knowledgeRequirement "
    "authorityRequirement supportedObjective impactedPerformanceIndicator decisionMaker decisionOwner usingProcess "
    "usingTask formalParameter binding parameter".split()
)


def _annotation(rule: Element) -> str:
    """What stands beside a rule: annotations (DMN 1.2 and later), or its description, as older Modelers write it."""
    texts = [text for entry in rule.children("annotationEntry") for text in entry.children("text")]
    found = [inner_text(one.xml).strip() for one in (*texts, *rule.children("description"))]
    return "; ".join(filter(None, found))[:500]
