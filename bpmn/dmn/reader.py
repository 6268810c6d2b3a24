"""DMN XML into the frozen `File`. Versions 1.1 to 1.5 differ in their namespace only, as far as evaluation goes."""

from __future__ import annotations

from collections.abc import Iterable

from bpmn import document
from bpmn.dmn.boxes import Boxes, Element, parameter
from bpmn.dmn.flowable import is_flowable
from bpmn.dmn.model import Decision, DecisionService, File, Import, InputData, ItemDefinition, KnowledgeModel, Parameter
from bpmn.errors import ModelError
from bpmn.parts import truth

_FAMILY = "/spec/DMN/"
_DRAFT = "/spec/DMN/20130901"
_OF_THE_SPECIFICATION = ("/20211108/", "/20230324/", "/20240513/")
_CAMUNDA_MARKS = ("camunda.org", "bpmn.io", "operaton.org", "flowable.org")
_CAMUNDA_EXPORTERS = ("camunda", "dmn-js", "bpmn.io", "operaton")
MAX_DECISIONS = 10_000


def read_file(xml: bytes) -> File:
    """The file's picture. Raises `ModelError` with line and element for what is no DMN and for what is not run here."""
    root = Element(document.parse(xml))
    _expect_definitions(root)
    file = _read(root)
    _check_ids(file)
    return file


def imports(xml: bytes) -> tuple[Import, ...]:
    """The DMN files that a file imports. Raises `ModelError` as `read_file` does."""
    return read_file(xml).imports if b"import" in xml else ()


def is_readable(xml: bytes) -> bool:
    """Whether it is a DMN file at all; its expressions may still be wrong."""
    try:
        read_file(xml)
    except ModelError:
        return False
    return True


def _expect_definitions(root: Element) -> None:
    hint = "Export the decision as DMN 1.1 to 1.5 XML."
    if _FAMILY not in root.namespace:
        raise ModelError(f"This is not a DMN file, its root is <{root.name}>.", line=root.line, hint=hint)
    if _DRAFT in root.namespace:
        raise ModelError("This is a file of a DMN 1.0 draft, which is not read.", line=root.line, hint=hint)
    if root.name != "definitions":
        raise ModelError(f"Expected <definitions>, found <{root.name}>.", line=root.line, hint=hint)


def _is_camunda(root: Element) -> bool:
    """Whether Camunda's FEEL is meant. Only DMN 1.4 and later files without any mark of it follow the specification."""
    namespaces = [uri for uri in root.xml.nsmap.values() if uri]
    if any(mark in uri for uri in namespaces for mark in _CAMUNDA_MARKS):
        return True
    exporter = root.get("exporter").lower()
    if any(mark in exporter for mark in _CAMUNDA_EXPORTERS):
        return True
    return not any(version in root.namespace for version in _OF_THE_SPECIFICATION)


def _read(root: Element) -> File:
    is_camunda = _is_camunda(root)
    boxes = Boxes(root.get("expressionLanguage"), is_flowable=is_flowable(root.get("namespace")))
    return File(
        id=root.get("id"),
        name=root.get("name"),
        namespace=root.get("namespace"),
        is_camunda=is_camunda,
        items=tuple(_item(child) for child in root.children("itemDefinition")),
        imports=tuple(
            Import(child.get("name"), child.get("namespace"), child.line)
            for child in root.children("import")
            if _FAMILY in child.get("importType", _FAMILY)
        ),
        inputs=tuple(_input_data(child) for child in root.children("inputData")),
        decisions=tuple(_decision(child, boxes) for child in root.children("decision")),
        knowledge=tuple(_knowledge_model(child, boxes) for child in root.children("businessKnowledgeModel")),
        services=tuple(_service(child) for child in root.children("decisionService")),
    )


def _item(element: Element) -> ItemDefinition:
    function = element.child("functionItem")
    return ItemDefinition(
        name=element.get("name"),
        type=element.text_of("typeRef") or element.get("typeRef"),
        is_collection=truth(element.get("isCollection")),
        components=tuple(_item(child) for child in element.children("itemComponent")),
        allowed_values=element.inner_text("allowedValues"),
        constraint=element.inner_text("typeConstraint"),
        is_function=function is not None,
        function_result=function.get("outputTypeRef") if function is not None else "",
        function_parameters=tuple(parameter(child) for child in function.children("parameters")) if function else (),
        line=element.line,
    )


def _variable(element: Element, name: str) -> Parameter:
    found = element.child("variable")
    if found is None:
        return Parameter(name)
    read = parameter(found)
    return Parameter(read.name or name, read.type)


def _input_data(element: Element) -> InputData:
    name = element.get("name") or element.get("id")
    variable = element.child("variable")
    variable_id = variable.get("id") if variable is not None else ""
    return InputData(element.get("id") or name, _variable(element, name), variable_id, element.line)


def _decision(element: Element, boxes: Boxes) -> Decision:
    id = element.get("id") or element.get("name")
    if not id:
        raise ModelError("A decision has neither id nor name.", line=element.line, hint="Give it an id.")
    logic = boxes.one_of(element, owner=id)
    return Decision(
        id=id,
        name=element.get("name") or id,
        variable=_variable(element, ""),
        logic=logic,
        required=tuple(_references(element, "informationRequirement", "requiredDecision")),
        inputs=tuple(_references(element, "informationRequirement", "requiredInput")),
        knowledge=tuple(_references(element, "knowledgeRequirement", "requiredKnowledge")),
        line=element.line,
        version_tag=_version_tag(element),
    )


def _version_tag(element: Element) -> str:
    """Camunda 7 has an attribute for it, Camunda 8 an extension element."""
    holder = element.child("extensionElements")
    found = next(holder.xml.iterchildren("{*}versionTag"), None) if holder is not None else None
    return element.vendor("versionTag") if found is None else str(found.get("value", "")).strip()


def _references(element: Element, requirement: str, kind: str) -> Iterable[str]:
    for holder in element.children(requirement):
        yield from (child.get("href") for child in holder.children(kind) if child.get("href"))


def _knowledge_model(element: Element, boxes: Boxes) -> KnowledgeModel:
    name = element.get("name") or element.get("id")
    function = element.child("encapsulatedLogic")
    return KnowledgeModel(
        id=element.get("id") or name,
        variable=_variable(element, name),
        function=boxes.function(function, owner=element.get("id") or name) if function is not None else None,
        knowledge=tuple(_references(element, "knowledgeRequirement", "requiredKnowledge")),
        line=element.line,
    )


def _service(element: Element) -> DecisionService:
    def hrefs(name: str) -> tuple[str, ...]:
        return tuple(child.get("href") for child in element.children(name) if child.get("href"))

    name = element.get("name") or element.get("id")
    return DecisionService(
        id=element.get("id") or name,
        variable=_variable(element, name),
        outputs=hrefs("outputDecision"),
        input_data=hrefs("inputData"),
        input_decisions=hrefs("inputDecision"),
        line=element.line,
    )


def _check_ids(file: File) -> None:
    if len(file.decisions) > MAX_DECISIONS:
        raise ModelError(
            f"The file has {len(file.decisions)} decisions; at most {MAX_DECISIONS} are read.", hint="Split it."
        )
    seen: set[str] = set()
    for one in file.elements:
        if one.id in seen:
            raise ModelError(
                f"The id '{one.id}' stands twice.",
                line=one.line,
                element=one.id,
                hint="Give each element an id of its own.",
            )
        seen.add(one.id)
