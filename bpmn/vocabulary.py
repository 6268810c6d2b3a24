"""The words of the formats: namespaces, element names, and which of them mean nothing at run time.

Tables only. What an element does is decided in the reader and the dialects.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bpmn.model import EventKind, Kind, Language

MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"
CAMUNDA = "http://camunda.org/schema/1.0/bpmn"
ACTIVITI = "http://activiti.org/bpmn"
FLOWABLE = "http://flowable.org/bpmn"
OPERATON = "http://operaton.org/schema/1.0/bpmn"
FOX = "http://www.camunda.com/fox"
DROOLS = "http://www.jboss.org/drools"
MODELERS = ("http://camunda.org/schema/modeler/1.0", "http://operaton.org/schema/modeler/1.0")

CAMUNDA7_FAMILY = frozenset({CAMUNDA, ACTIVITI, FLOWABLE, OPERATON, FOX})

# Namespaces whose content some engine acts on. All others (colours, Signavio, modeler notes) are design-time.
ENGINE_PREFIXES: Mapping[str, str] = MappingProxyType(
    {
        ZEEBE: "zeebe",
        CAMUNDA: "camunda",
        ACTIVITI: "activiti",
        FLOWABLE: "flowable",
        OPERATON: "operaton",
        FOX: "fox",
        DROOLS: "drools",
        "http://spiffworkflow.org/bpmn/schema/1.0/core": "spiffworkflow",
    }
)

# What modelers leave in any file, whatever its engine.
DESIGN_TIME_ATTRIBUTES = frozenset(
    {
        "diagramRelationId",
        "modelerTemplate",
        "modelerTemplateVersion",
        "modelerTemplateIcon",
        "modelerConfigurationTemplate",
        "modelerConfigurationName",
    }
)

KINDS: Mapping[str, Kind] = MappingProxyType({kind.value: kind for kind in Kind})

EVENT_DEFINITIONS: Mapping[str, EventKind] = MappingProxyType(
    {f"{kind.value}EventDefinition": kind for kind in EventKind if kind is not EventKind.NONE}
)

# Children of a process or sub-process that are no flow elements and change nothing at run time.
LEVEL_DECORATION = frozenset(
    {
        "association",
        "auditing",
        "category",
        "dataInputAssociation",
        "dataObject",
        "dataObjectReference",
        "dataOutputAssociation",
        "dataStoreReference",
        "documentation",
        "extensionElements",
        "group",
        "incoming",
        "ioBinding",
        "ioSpecification",
        "laneSet",
        "monitoring",
        "outgoing",
        "performer",
        "potentialOwner",
        "humanPerformer",
        "property",
        "resourceRole",
        "supportedInterfaceRef",
        "supports",
        "textAnnotation",
    }
)

# Children of a flow node that change nothing at run time. Data associations are looked at apart: only those with an
# assignment or a transformation move anything, since all variables are visible anyway.
NODE_DECORATION = frozenset(
    {
        "auditing",
        "categoryValueRef",
        "dataInput",
        "dataOutput",
        "documentation",
        "extensionElements",
        "incoming",
        "inputSet",
        "ioSpecification",
        "monitoring",
        "outgoing",
        "outputSet",
        "property",
    }
)

# Root elements that nothing is read from. The rest is read, or reported.
ROOT_DECORATION = frozenset(
    {
        "category",
        "collaboration",
        "choreography",
        "conversation",
        "dataStore",
        "documentation",
        "endPoint",
        "extension",
        "extensionElements",
        "globalConversation",
        "globalChoreographyTask",
        "import",
        "interface",
        "itemDefinition",
        "partnerEntity",
        "partnerRole",
        "relationship",
    }
)

_SCRIPT_LANGUAGES: Mapping[str, Language] = MappingProxyType(
    {
        "javascript": Language.JAVASCRIPT,
        "ecmascript": Language.JAVASCRIPT,
        "js": Language.JAVASCRIPT,
        "graal.js": Language.JAVASCRIPT,
        "nashorn": Language.JAVASCRIPT,
        "text/javascript": Language.JAVASCRIPT,
        "application/javascript": Language.JAVASCRIPT,
        "juel": Language.JUEL,
        "feel": Language.FEEL,
    }
)


def script_language(name: str) -> Language:
    """The language behind a scriptFormat, an expressionLanguage URI or a language attribute; UNKNOWN for others."""
    word = name.strip().lower()
    if "/spec/dmn/" in word and word.rstrip("/").endswith("feel"):
        return Language.FEEL
    if "/spec/feel/" in word:
        return Language.FEEL
    return _SCRIPT_LANGUAGES.get(word, Language.UNKNOWN)


def is_xpath(name: str) -> bool:
    """Whether a language attribute names XPath: BPMN's default, which modelers write without meaning it."""
    return "xpath" in name.lower()
