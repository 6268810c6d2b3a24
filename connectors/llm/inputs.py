"""The inputs of an AI task, read from what the diagram mapped: typed, or a Permanent error that names the input.

Modelers store literals as text, so `"0.8"`, `"a, b"` and a schema as JSON text are as good as the values themselves.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from hashlib import sha256

from connectors.base import Json, Permanent, Request
from connectors.llm.answer import schema_fault
from connectors.llm.call import Example
from connectors.llm.confidence import asking_for_own_word
from connectors.llm.prompt import text_of
from connectors.llm.routing import residencies

_MOST_MODELS = 10
MOST_SAMPLES = 5  # more answers to one question cost more than they tell
_LONGEST_NAME = 255
_MOST_EXAMPLES = 20_000
_LONGEST_EXAMPLE = 10_000
_LONGEST_DOCUMENT = 500_000  # more than the context of any model in use
_CODE = "AI_TASK_INPUT_INVALID"


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the diagram asked for. `min_confidence` 0 means that none is asked for; `max_cost` None means no limit.

    `target_error` is the rate of wrong answers that may pass without a person, None when no evidence is asked for;
    `sample` the share of passing answers that a person sees all the same. `agent` is who works here ("": the agent that
    is called like the process); while it is stopped, the task waits unless it is for people then.
    `has_rule`: the diagram itself says when an answer passes. `residency`: where the data may go, none is anywhere.
    `samples` is how often a question is asked, to see how far the answers agree; `asks_confidence`: the model is to say
    how sure it is.
    """

    prompt: str
    source: Json
    schema: Mapping[str, Json]
    models: tuple[str, ...]
    min_confidence: float
    max_cost: Decimal | None
    group: str
    examples: tuple[Example, ...] = ()
    target_error: float | None = None
    sample: float = 0.0
    agent: str = ""
    is_for_people_when_stopped: bool = False
    has_rule: bool = False
    residency: tuple[str, ...] = ()
    samples: int = 1
    asks_confidence: bool = False

    @property
    def asked_schema(self) -> Mapping[str, Json]:
        """The schema as the model gets it: with a field for how sure it is, where the diagram asks for that."""
        return asking_for_own_word(self.schema) if self.asks_confidence else self.schema

    @property
    def fingerprint(self) -> str:
        """What a confidence is calibrated for: other words, another shape or other examples make another task."""
        said = [self.prompt, self.asked_schema, [[example.source, example.output] for example in self.examples]]
        return sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()[:16]

    @classmethod
    def read(cls, request: Request, *, is_for_nobody: bool = False) -> Inputs:
        """Read the inputs by the names that the element template has for them. Raises Permanent.

        `is_for_nobody`: no model may be asked, so none need be named.
        """
        given = request.variables
        try:
            return cls(
                prompt=_text(given, "prompt"),
                source=_source(given),
                schema=_schema(given),
                models=() if is_for_nobody else _models(given),
                min_confidence=float(_number(given, "minConfidence", 0, most=1) or 0),
                max_cost=_number(given, "maxCost", None),
                group=_text(given, "onExhausted", _LONGEST_NAME),
                examples=_examples(given),
                target_error=_target(given),
                sample=float(_number(given, "sample", 0, most=1) or 0),
                agent=_text(given, "agent", _LONGEST_NAME) if given.get("agent") else "",
                samples=_samples(given),
                asks_confidence=_flag(given, "askConfidence"),
                has_rule=any(given.get(name) not in (None, "") for name in ("minConfidence", "targetError")),
                residency=residencies(given.get("residency")),
                is_for_people_when_stopped=_choice(given, "onStopped", ("wait", "person")) == "person",
            )
        except _Wrong as problem:
            raise Permanent(f"AI task '{request.element_id}': {problem}", code=_CODE) from None


class _Wrong(Exception):
    pass


def _present(given: Mapping[str, Json], name: str) -> Json:
    value = given.get(name)
    if value is None or value in ("", [], {}):
        raise _Wrong(f"input '{name}' is missing or empty. Map it in the task's inputs.")
    return value


def _text(given: Mapping[str, Json], name: str, longest: int = 100_000) -> str:
    value = _present(given, name)
    if not isinstance(value, str) or not value.strip():
        raise _Wrong(f"input '{name}' must be a text, but is {_show(value)}.")
    if len(value) > longest:
        raise _Wrong(f"input '{name}' has {len(value):,} characters; at most {longest:,} are allowed.")
    return value.strip()


def _samples(given: Mapping[str, Json]) -> int:
    wished = _number(given, "samples", 1, most=MOST_SAMPLES)
    if wished is None or wished != int(wished) or wished < 1:
        raise _Wrong(f"input 'samples' must be a whole number from 1 to {MOST_SAMPLES}, but is {wished}.")
    return int(wished)


def _flag(given: Mapping[str, Json], name: str) -> bool:
    value = given.get(name)
    if value not in (None, "", True, False, "true", "false"):
        raise _Wrong(f"input '{name}' must be true or false, but is {_show(value)}.")
    return value in (True, "true")


def _choice(given: Mapping[str, Json], name: str, choices: Sequence[str]) -> str:
    """One of some words, the first when none is given."""
    value = given.get(name) or choices[0]
    if value not in choices:
        raise _Wrong(f"input '{name}' must be {' or '.join(choices)}, but is {_show(value)}.")
    return str(value)


def _source(given: Mapping[str, Json]) -> Json:
    value = _present(given, "input")
    if (size := len(text_of(value))) > _LONGEST_DOCUMENT:
        raise _Wrong(f"input 'input' has {size:,} characters; at most {_LONGEST_DOCUMENT:,} can be read. Split it.")
    return value


def _schema(given: Mapping[str, Json]) -> Mapping[str, Json]:
    value = _parsed(_present(given, "schema"), "schema")
    if problem := schema_fault(value):
        raise _Wrong(f"input 'schema' is not a JSON Schema: {problem}.")
    if value.get("type") != "object" or not value.get("properties"):
        raise _Wrong("input 'schema' must describe an object with named fields (type object, and properties).")
    return dict(value)


def _models(given: Mapping[str, Json]) -> tuple[str, ...]:
    value = _present(given, "models")
    if isinstance(value, str):
        value = _parsed(value, "models") if value.lstrip().startswith("[") else value.split(",")
    if not isinstance(value, list) or not all(isinstance(name, str) and name.strip() for name in value):
        raise _Wrong(f"input 'models' must list model names, cheapest first, but is {_show(value)}.")
    names = tuple(dict.fromkeys(name.strip() for name in value))
    if len(names) > _MOST_MODELS or any(len(name) > _LONGEST_NAME for name in names):
        raise _Wrong(f"input 'models' may have at most {_MOST_MODELS} names of {_LONGEST_NAME} characters.")
    return names


def _target(given: Mapping[str, Json]) -> float | None:
    wished = _number(given, "targetError", None, most=1)
    if wished is not None and not 0 < wished < 1:
        raise _Wrong(f"input 'targetError' must be a rate above 0 and below 1, such as 0.05, but is {wished}.")
    return None if wished is None else float(wished)


def _examples(given: Mapping[str, Json]) -> tuple[Example, ...]:
    value = _parsed(given.get("examples") or [], "examples")
    if not isinstance(value, list) or len(value) > _MOST_EXAMPLES:
        raise _Wrong(f"input 'examples' must be a list of at most {_MOST_EXAMPLES:,} examples, but is {_show(value)}.")
    return tuple(_example(at, one) for at, one in enumerate(value, 1))


def _example(at: int, one: Json) -> Example:
    known = isinstance(one, dict) and one.get("input") not in (None, "") and isinstance(one.get("output"), dict)
    if not known or len(text_of(one["input"])) > _LONGEST_EXAMPLE:
        shape = f"an object with an 'input' of at most {_LONGEST_EXAMPLE:,} characters and an 'output' object"
        raise _Wrong(f"example {at} of input 'examples' must be {shape}, but is {_show(one)}.")
    return Example(one["input"], one["output"])


def _number(given: Mapping[str, Json], name: str, default: int | None, most: int | None = None) -> Decimal | None:
    value = given.get(name)
    if value is None or value == "":
        return None if default is None else Decimal(default)
    try:
        number = Decimal(str(value).strip()) if not isinstance(value, bool) else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number < 0 or (most is not None and number > most):
        bounds = f"between 0 and {most}" if most is not None else "of US dollars, 0 or more"
        raise _Wrong(f"input '{name}' must be a number {bounds}, but is {_show(value)}.")
    return number


def _parsed(value: Json, name: str) -> Json:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as problem:
        raise _Wrong(f"input '{name}' is a text that is not JSON: {str(problem)[:100]}.") from None


def _show(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 100 else f"{text[:97]}..."
