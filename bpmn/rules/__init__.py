"""The rules a diagram is checked by, one file each: a stable code, and a generator of findings.

A new rule is a file with `RULE` and `check`, a line in `RULES`, and a test with a right and a wrong diagram.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bpmn.errors import Finding
from bpmn.rules import (
    ai_task,
    binding,
    boundary_attachment,
    called_process_missing,
    condition_ignored,
    correlation_key,
    dead_end,
    decision_missing,
    default_flow,
    duplicate_id,
    embedded_form,
    empty_process,
    error_code,
    event_gateway_targets,
    expression_marker,
    expression_syntax,
    flow_direction,
    flow_ends,
    ignored_extension,
    implementation_missing,
    job_values,
    listener,
    link_target,
    mapping_target,
    message_missing,
    missing_id,
    multi_instance_collection,
    no_executable_process,
    no_process,
    no_start_event,
    not_executed,
    script_language,
    script_missing,
    several_none_starts,
    several_processes,
    split_condition,
    split_default,
    sub_process_start,
    timer_time,
    undefined_reference,
    unreachable,
    unresolved_reference,
    unsupported_extension,
    user_task_assignment,
    user_task_form,
)
from bpmn.rules.subject import Subject

Check = Callable[[Subject], Iterator[Finding]]

# Code to check, from the file as a whole to single values.
RULES: dict[str, Check] = {
    module.RULE.code: module.check
    for module in (
        no_process,
        no_executable_process,
        several_processes,
        duplicate_id,
        missing_id,
        empty_process,
        no_start_event,
        several_none_starts,
        sub_process_start,
        flow_ends,
        flow_direction,
        unreachable,
        dead_end,
        boundary_attachment,
        split_condition,
        split_default,
        default_flow,
        condition_ignored,
        event_gateway_targets,
        link_target,
        implementation_missing,
        job_values,
        listener,
        script_missing,
        decision_missing,
        called_process_missing,
        binding,
        message_missing,
        correlation_key,
        timer_time,
        error_code,
        undefined_reference,
        multi_instance_collection,
        mapping_target,
        expression_marker,
        script_language,
        expression_syntax,
        ai_task,
        embedded_form,
        unresolved_reference,
        user_task_form,
        user_task_assignment,
        unsupported_extension,
        ignored_extension,
        not_executed,
    )
}
