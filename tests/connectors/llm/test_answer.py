"""What a model wrote becomes a checked value, or faults that say what is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.llm.answer import MAX_BYTES, MAX_DEPTH, Answer, schema_fault

SCHEMA = {
    "type": "object",
    "properties": {
        "total": {"type": "number", "minimum": 0},
        "currency": {"enum": ["EUR", "USD"]},
        "due": {"type": "string", "format": "date"},
    },
    "required": ["total", "due"],
    "additionalProperties": False,
}
ANY: dict[str, Any] = {}
DUE = {"due": "2026-01-05"}


def test_a_right_answer_has_no_faults() -> None:
    answer = Answer.parse('{"total": 12.5, "due": "2026-01-05"}', SCHEMA)
    assert answer.is_good
    assert answer.output == {"total": 12.5, "due": "2026-01-05"}


@pytest.mark.parametrize("fence", ["```json\n{}\n```", "```\n{}```", "  ```JSON\r\n{}\r\n```\n"])
def test_one_code_fence_is_taken_off(fence: str) -> None:
    assert Answer.parse(fence.replace("{}", '{"total": 1}'), ANY).output == {"total": 1}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "is empty"),
        ("  \n", "is empty"),
        ("The total is 12.", "not JSON"),
        ('Sure! {"total": 1}', "not JSON"),
        ('{"total": 1', "not JSON"),
        ('{"total": NaN}', "NaN"),
        ('{"total": Infinity}', "Infinity"),
        ('{"total": 1, "total": 2}', "a key stands twice"),
        ('{"total": ' + "9" * 5_000 + "}", "not JSON that can be read"),
        ('{"total": 1e999}', "too large"),
        ('{"total": 99999999999999999999}', "more than 64 bits"),
        ('{"a": ["\\ud800"]}', "a character that is none"),
        ('{"\\u0000": 1}', "a character that is none"),
        ("[" * 100_000, "levels deep"),
        ("[" * (MAX_DEPTH + 2) + "]" * (MAX_DEPTH + 2), "levels deep"),
        ('"' + "x" * MAX_BYTES + '"', "larger than"),
        ('"' + "é" * (MAX_BYTES // 2) + '"', "larger than"),
    ],
)
def test_what_cannot_be_read_says_why(text: str, fault: str) -> None:
    answer = Answer.parse(text, ANY)
    assert answer.output is None
    assert fault in answer.faults[0]


@pytest.mark.parametrize(
    ("output", "fault"),
    [
        ({}, "the answer: missing 'total', 'due'"),
        ({**DUE, "total": "12"}, 'total: expected number, found "12"'),
        ({**DUE, "total": 1, "currency": "GBP"}, 'currency: expected one of ["EUR", "USD"], found "GBP"'),
        ({**DUE, "total": -1}, "total: -1 is less than the minimum of 0"),
        ({"total": 1, "due": "soon"}, "due: 'soon' is not a 'date'"),
        ({**DUE, "total": 1, "tip": 2}, "the answer: Additional properties are not allowed ('tip' was unexpected)"),
        ([1], "the answer: expected object, found [1]"),
    ],
)
def test_a_wrong_form_names_the_place_and_what_was_expected(output: Any, fault: str) -> None:
    answer = Answer.parse(json.dumps(output), SCHEMA)
    assert answer.faults == (fault,)
    assert answer.output == output


def test_faults_are_few_and_short() -> None:
    schema = {"type": "array", "items": {"enum": ["x" * 1_000]}}
    faults = Answer.parse(json.dumps(["y" * 10_000] * 50), schema).faults
    assert len(faults) == 10
    assert all(len(fault) < 400 for fault in faults)


def test_the_depth_allowed_is_allowed() -> None:
    assert Answer.parse("[" * MAX_DEPTH + "]" * MAX_DEPTH, ANY).is_good


@pytest.mark.parametrize(
    ("schema", "fault"),
    [
        ("text", "must be a JSON object"),
        ({"type": "objekt"}, "not valid under any of the given schemas"),
        ({"properties": []}, "at properties"),
        ({"$ref": "https://example.com/schema.json"}, "refers to 'https://example.com/schema.json'"),
        ({"properties": {"a": {"$ref": "#/$defs/none"}}}, "refers to '#/$defs/none'"),
        ({"properties": {"a": {"pattern": "("}}}, "is not a 'regex'"),
    ],
)
def test_a_schema_that_cannot_be_used_says_why(schema: Any, fault: str) -> None:
    assert fault in (schema_fault(schema) or "")


def test_a_good_schema_has_no_fault() -> None:
    assert schema_fault(SCHEMA) is None
