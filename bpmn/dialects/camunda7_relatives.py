"""Words that Activiti and Flowable have beyond Camunda 7, and what becomes of those that are not executed.

Both engines keep attributes and extension elements that they do not know as they are, and never look at them
(BpmnXMLUtil.addCustomAttributes, ExtensionElement), so only their own words can change what happens.
"""

from __future__ import annotations

from bpmn.vocabulary import ACTIVITI, FLOWABLE

NAMESPACES = (ACTIVITI, FLOWABLE)
PREFIXES = frozenset({"activiti", "flowable"})

# Their own words with a meaning at run time: refused wherever no reader has placed them.
MEANT = frozenset(
    """correlationKey eventListener httpRequestHandler httpResponseHandler messageExpression signalExpression
    skipExpression variableAggregation variableListenerEventDefinition""".split()
)

# Their own words that change no way through the diagram: who may look at a task, names for lists, how transactions
# are cut, what a worker sees, and which Java exceptions count as errors, which whoever does the work throws here.
WITHOUT_EFFECT = frozenset(
    """asyncLeave completeAsync customResource doNotIncludeVariables extensionId historyLevel mapException owner
    parallelInSameTransaction processInstanceName storeResultVariableAsTransient""".split()
)

_JAVA = "Java code that runs inside of the engine"


def explained(name: str, shown: str) -> str:
    """What is not executed, with what it belongs to where that is no part of BPMN or of these engines."""
    return f"{shown} ({_JAVA})" if name in ("httpRequestHandler", "httpResponseHandler") else shown
