"""Why a token cannot go on: the one exception that elements raise, turned into an incident by the process."""

from __future__ import annotations

# Camunda 8's incident types (Orchestration Cluster API, IncidentErrorTypeEnum).
EXTRACT_VALUE = "EXTRACT_VALUE_ERROR"
IO_MAPPING = "IO_MAPPING_ERROR"
CONDITION = "CONDITION_ERROR"
CALLED_DECISION = "CALLED_DECISION_ERROR"
DECISION_EVALUATION = "DECISION_EVALUATION_ERROR"
CALLED_ELEMENT = "CALLED_ELEMENT_ERROR"
UNHANDLED_ERROR = "UNHANDLED_ERROR_EVENT"
FORM_NOT_FOUND = "FORM_NOT_FOUND"
RESOURCE_NOT_FOUND = "RESOURCE_NOT_FOUND"
UNKNOWN = "UNKNOWN"

# Camunda 7 knows one type for everything that a job could not do.
FAILED_JOB = "failedJob"


class Thrown(Exception):
    """A script threw a BPMN error of its own (Camunda 7's `throw new BpmnError(...)`)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Problem(Exception):
    """An element could not do its part. `type` is the Camunda 8 incident type; the text says what to repair."""

    def __init__(self, type: str, message: str) -> None:
        super().__init__(message)
        self.type = type
