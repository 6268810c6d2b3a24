"""What other products do in the engines that a file was drawn for, and who does it here: a worker, or who publishes.

A table for the reference. What each word becomes is read in `relatives_tasks`, `relatives_events`, `jbpm` and beside
them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StandIn:
    """One mechanism: how it is written, the type of the job that it becomes ("" for none), and what is to be done."""

    written: str
    job: str
    to_do: str


STAND_INS = (
    StandIn(
        "`activiti:class`, `camunda:class`, `flowable:class`",
        "the name of the class",
        "What the class does. Injected fields are headers.",
    ),
    StandIn(
        "`delegateExpression`",
        "the name of the bean",
        "What the bean does, unless a bean of that name is offered to expressions.",
    ),
    StandIn(
        '`flowable:type="camel"`, `activiti:type="camel"`',
        "`camel`",
        "Send the variables to the Camel route, answer with what comes back. `camelContext` and the other fields are "
        "headers.",
    ),
    StandIn(
        '`activiti:type="mule"`, `flowable:type="mule"`',
        "`mule`",
        "Call the endpoint; the fields `endpointUrl`, `language`, `payloadExpression`, `resultVariable` are headers.",
    ),
    StandIn(
        '`flowable:type="case"`',
        "`case`",
        "Run the CMMN case `caseDefinitionKey` elsewhere until it ends; `flowable:in` and `flowable:out` are what "
        "goes in and comes back.",
    ),
    StandIn(
        "business rule task with `rules` or `ruleVariablesInput`",
        "`rules`, or the class",
        "Evaluate the rules of the headers `rules` and `exclude` over the `variables`; the answer is `resultVariable`.",
    ),
    StandIn(
        '`implementation="##WebService"` with `operationRef` (Activiti, Flowable)',
        "`web-service`",
        "Call the operation that the headers `wsdl`, `operation` and `implementation` name. Data associations are what "
        "goes in and comes back. In Camunda 7 it is refused, as there.",
    ),
    StandIn(
        '`flowable:type="send-event"`',
        "`send-event`",
        "Send an event `eventType` over `channelKey`; its payload are the variables. A triggerable one then waits for "
        "the message called like its `triggerEventType`.",
    ),
    StandIn(
        "start, catch and boundary events and receive tasks with `flowable:eventType`",
        "",
        "Publish a message with the name of the event type: its correlation parameters are the key, its payload the "
        "variables. Whoever connects the channel does so.",
    ),
    StandIn(
        "`drools:taskName` of a task (jBPM)",
        "that name",
        "What the work item handler of that name does; data inputs are variables, data outputs the result.",
    ),
    StandIn(
        "`drools:serviceinterface` and `drools:serviceoperation`, or `operationRef` (jBPM)",
        "`interface.operation`",
        "What the operation does.",
    ),
    StandIn("`drools:ruleFlowGroup` (jBPM)", "`rules`", "Fire the rules of the group that the header names."),
)
