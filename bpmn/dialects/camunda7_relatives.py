"""Words that Activiti and Flowable have beyond Camunda 7, and what becomes of those that are not executed.

Both engines keep attributes and extension elements that they do not know as they are, and never look at them
(BpmnXMLUtil.addCustomAttributes, ExtensionElement), so only their own words can change what happens.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bpmn.vocabulary import ACTIVITI, FLOWABLE

NAMESPACES = (ACTIVITI, FLOWABLE)
PREFIXES = frozenset({"activiti", "flowable"})

# Their own words with a meaning at run time: refused wherever no reader has placed them.
MEANT = frozenset(
    """activeTaskIdVariableName autoStoreVariables caseDefinitionKey caseInstanceName channelKey
    correlationKey doNotIncludeVariables errorVariableLocalScope errorVariableName errorVariableTransient
    eventCorrelationParameter eventInParameter eventListener eventName eventOutParameter eventType exclude
    externalWorkerInParameter externalWorkerOutParameter httpRequestHandler httpResponseHandler idVariableName
    keyDetectionType keyDetectionValue messageExpression
    ruleVariablesInput rules scope sendSynchronously signalExpression skipExpression startEventCorrelationConfiguration
    systemChannel targetExpression taskCompleterVariableName taskIdVariableName
    transient triggerEventCorrelationParameter triggerEventType triggerable
    useLocalScopeForOutParameters useLocalScopeForResultVariable variableAggregation
    variableListenerEventDefinition""".split()
)

# Their own words that change no way through the diagram: who may look at a task, names for lists, how transactions
# are cut, and which Java exceptions count as errors, which whoever does the work throws here.
WITHOUT_EFFECT = frozenset(
    """asyncLeave completeAsync customResource extensionId historyLevel mapException owner parallelInSameTransaction
    processInstanceName storeResultVariableAsTransient""".split()
)

_EVENT_REGISTRY = "Flowable's event registry, whose channels and events no diagram holds"
_RULES = "a rule engine such as Drools"
_JAVA = "Java code that runs inside of the engine"
_CASE = "a case, which Flowable's CMMN engine runs"

_WHAT: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(
            """channelKey eventCorrelationParameter eventInParameter eventName eventOutParameter eventType
            keyDetectionType keyDetectionValue sendSynchronously startEventCorrelationConfiguration systemChannel
            triggerEventCorrelationParameter triggerEventType""".split(),
            _EVENT_REGISTRY,
        ),
        **dict.fromkeys(("exclude", "ruleVariablesInput", "rules"), _RULES),
        **dict.fromkeys(("httpRequestHandler", "httpResponseHandler"), _JAVA),
        **dict.fromkeys(("caseDefinitionKey", "caseInstanceName"), _CASE),
    }
)
_WHAT_TYPE: Mapping[str, str] = MappingProxyType(
    {
        "camel": "a route of Apache Camel, a product of its own",
        "case": _CASE,
        "mule": "a flow of Mule, a product of its own",
        "send-event": _EVENT_REGISTRY,
    }
)


def explained(name: str, shown: str) -> str:
    """What is not executed, with what it belongs to where that is no part of BPMN or of these engines."""
    return f"{shown} ({_WHAT[name]})" if name in _WHAT else shown


def explained_type(kind: str, shown: str) -> str:
    """The same for the type of a service task."""
    return f"{shown} ({_WHAT_TYPE[kind]})" if kind in _WHAT_TYPE else shown
