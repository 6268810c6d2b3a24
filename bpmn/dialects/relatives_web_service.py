"""Web service tasks of Activiti and Flowable: a job of the type `web-service`, for a worker that knows the WSDL.

Its headers name the operation, its inputs and outputs are the data associations (WebServiceActivityBehavior), which
mean nothing at other elements there.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from lxml import etree

from bpmn.dialects.plain import Plain, Values, variable
from bpmn.model import Expression, Job, Language, VariableMapping
from bpmn.parts import Part, line_of, local_name, text_of

TYPE = "web-service"


def web_service_job(dialect: Plain, part: Part) -> Job:
    """The job of a task whose implementation is a web service."""
    return Job(
        Expression(TYPE, Language.LITERAL, part.line),
        headers=_headers(part),
        origin=TYPE,
        inputs=tuple(_mappings(dialect, part.children("dataInputAssociation"))),
        outputs=tuple(_mappings(dialect, part.children("dataOutputAssociation"))),
        line=part.line,
    )


def _headers(part: Part) -> Values:
    """The operation's id, and its name, what implements it and where, as far as the file says so."""
    reference = part.get("operationRef").strip()
    found = {"operationRef": reference}
    root = part.element.getroottree().getroot()
    for operation in root.iter("{*}operation"):
        if operation.get("id") == reference.rpartition(":")[2]:
            found |= {"operation": operation.get("name", ""), "implementation": operation.get("implementationRef", "")}
    locations = [one.get("location", "") for one in root.iterchildren("{*}import")]
    found["wsdl"] = " ".join(quote(location, safe=":/?&=%#") for location in locations if location)
    return {name: text for name, text in found.items() if text}


def _mappings(dialect: Plain, associations: list[etree._Element]) -> Iterator[VariableMapping]:
    """Assignments from and to, a transformation to the target, or the source as it is."""
    for association in associations:
        texts = {local_name(child): text_of(child) for child in association}
        line = line_of(association)
        assignments = [child for child in association if local_name(child) == "assignment"]
        for assignment in assignments:
            ends = {local_name(child): text_of(child) for child in assignment}
            target = ends.get("to", "").strip("${}# ")
            yield VariableMapping(dialect.value(ends.get("from", ""), line), target, line)
        if assignments or not texts.get("targetRef"):
            continue
        source = dialect.optional(texts.get("transformation"), line) or variable(texts.get("sourceRef", ""), line)
        yield VariableMapping(source, texts["targetRef"], line)
