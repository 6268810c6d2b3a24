"""One door to the expression languages: text in, compiled expression out, whichever language it is written in.

The engine and the checks know only this module. Values are plain JSON-like Python (None, bool, int, Decimal, str, list,
dict) plus the temporal types of `bpmn.feel.values`; `as_json` brings any of them to what a process variable may hold.
"""

from __future__ import annotations

import datetime as python
import math
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from bpmn import feel, javascript, juel, plain_script
from bpmn.errors import EvaluationError, LanguageError
from bpmn.feel import temporal, values
from bpmn.javascript import ScriptedError, ScriptingUnavailable
from bpmn.juel import beans
from bpmn.juel.hosts import HostObject
from bpmn.juel.spin import Node
from bpmn.juel.spin_xml import Answering
from bpmn.model import Expression, Language, Script

__all__ = [
    "Compiled",
    "EvaluationError",
    "HostObject",
    "LanguageError",
    "ScriptedError",
    "ScriptingUnavailable",
    "as_json",
    "compile",
    "compile_script",
    "run_script",
    "supported",
]
Json = Any
Run = Callable[[Mapping[str, Any], python.datetime | None, Mapping[str, HostObject] | None], Any]
_MAXIMUM_PARTS = 500_000
_WORD = re.compile(r"[A-Za-z_$][\w$]*")
_JSON_ALREADY = frozenset({str, int, bool, type(None)})
_WAY_OUT = "Write it in FEEL or JavaScript, or let a worker do it (a service task with a job type)."


class Compiled:
    """A compiled expression of any language. It may be shared by threads."""

    __slots__ = ("_run", "expression", "names")

    def __init__(self, expression: Expression, names: frozenset[str], run: Run) -> None:
        self.expression = expression
        self.names = names  # the root variable names it reads
        self._run = run

    def evaluate(
        self,
        variables: Mapping[str, Any],
        *,
        now: python.datetime | None = None,
        objects: Mapping[str, HostObject] | None = None,
    ) -> Any:
        """The value for these variables; `now` is the clock, `objects` are for JUEL and JavaScript.

        Raises `EvaluationError`. A FEEL expression raises only for `assert` and limits; everything else is null there.
        """
        return self._run(variables, now, objects)


def compile(expression: Expression) -> Compiled:
    """The compiled expression; the same text gives the same object again.

    Raises `LanguageError` for a text that is none, or a language that cannot run here.
    """
    if expression.resource and not expression.text:
        raise LanguageError(_elsewhere(expression.resource))
    return _compiled(expression.text, expression.language, expression.format)


def compile_script(script: Script) -> Compiled:
    """The compiled script. Raises `LanguageError` for one that is not valid, or that cannot run here."""
    if script.resource and not script.text:
        raise LanguageError(_elsewhere(script.resource))
    return _compiled(script.text, script.language, script.format)


@lru_cache(maxsize=8192)
def _compiled(text: str, language: Language, format: str) -> Compiled:
    expression = Expression(text, language, format=format)
    match language:
        case Language.LITERAL:
            return Compiled(expression, frozenset(), lambda variables, now, objects: text)
        case Language.FEEL:
            formula = feel.compile(text, dialect="camunda")
            return Compiled(expression, formula.names, lambda variables, now, objects: formula.evaluate(variables, now))
        case Language.JUEL:
            return _juel(expression)
        case Language.JAVASCRIPT:
            javascript.check(text)
            return Compiled(expression, frozenset(), lambda *given: _javascript(text, *given))
    return _plain(expression)


def _plain(expression: Expression) -> Compiled:
    """Groovy and Python, as far as they are plain assignments."""
    if expression.format.lower() not in plain_script.GRAMMARS:
        raise LanguageError(f"{expression.format or 'An unnamed language'} cannot run here.", text=expression.text)
    script = plain_script.compile(expression.text, expression.format)
    return Compiled(expression, frozenset(), lambda variables, now, objects: script.run(variables, objects or {}))


def _juel(expression: Expression) -> Compiled:
    formula = juel.compile(expression.text)
    reason = juel.unavailable(formula)
    if reason is not None:
        raise LanguageError(reason, text=expression.text)

    def run(variables: Mapping[str, Any], now: python.datetime | None, objects: Mapping[str, HostObject] | None) -> Any:
        return formula.evaluate(variables, now=now, objects=objects)

    return Compiled(expression, formula.names, run)


def _javascript(
    text: str,
    variables: Mapping[str, Any],
    now: python.datetime | None,
    objects: Mapping[str, HostObject] | None,
) -> Any:
    hosts = _beans_in(text, variables) | dict(objects or {})
    return javascript.run(text, as_json(dict(variables)), now=now, objects=hosts)


def _beans_in(text: str, variables: Mapping[str, Any]) -> dict[str, HostObject]:
    """The offered beans that a script may mean: those whose names stand in it, and no variable has."""
    return {name: bean for name in _WORD.findall(text) if name not in variables and (bean := beans.offered(name))}


def run_script(
    script: Script,
    variables: Mapping[str, Any],
    *,
    now: python.datetime | None = None,
    objects: Mapping[str, HostObject] | None = None,
) -> Any:
    """The value of a script in FEEL, JUEL or JavaScript.

    Raises `EvaluationError`; among them `ScriptingUnavailable` when JavaScript is not installed, and `ScriptedError`
    when the script threw a BpmnError.
    """
    try:
        return compile_script(script).evaluate(variables, now=now, objects=objects)
    except LanguageError as error:
        raise EvaluationError(f"The script is not valid: {error}") from error


def supported(part: Script | Expression) -> str | None:
    """None when this can run here, else why not and what to do instead. Whether the text is valid is not asked."""
    if part.resource and not part.text:
        return _elsewhere(part.resource)
    if part.language is Language.UNKNOWN:
        return _unknown(part)
    if part.language is Language.JAVASCRIPT and not javascript.is_available():
        return "JavaScript cannot run here. Install Baton with the extra [javascript], or write it in FEEL."
    return None


def _elsewhere(resource: str) -> str:
    if resource.startswith("deployment://"):
        name = resource.removeprefix("deployment://")
        return f"The script '{name}' was not uploaded with the diagram. Upload both together."
    return (
        f"The script lies in '{resource}', on a Java class path, which Baton does not have. "
        f"Upload it with the diagram and name it deployment://{resource.rpartition('/')[2]}, or write it in."
    )


def _unknown(part: Script | Expression) -> str | None:
    name = part.format or "an unnamed language"
    if name.lower() in plain_script.GRAMMARS:
        try:
            plain_script.compile(part.text, name)
        except LanguageError as error:
            return f"{error} {_WAY_OUT}"
        return None
    what = "Scripts" if isinstance(part, Script) else "Expressions"
    return f"{what} in {name} cannot run here. {_WAY_OUT}"


def as_json(value: Any) -> Json:
    """Any language's value as JSON.

    Whole decimals become int, others float (as Camunda's engines store numbers); dates, times and durations ISO text;
    ranges and functions null. Raises `EvaluationError` for a value with more than 500,000 parts.
    """
    return value if type(value) in _JSON_ALREADY else _as_json(value, [_MAXIMUM_PARTS])


def _as_json(value: Any, budget: list[int]) -> Json:
    # Most of a long list is JSON already: it is told by its type, without a call for each item.
    if isinstance(value, Mapping):
        _spend(budget, len(value))
        return {
            str(key): item if type(item) in _JSON_ALREADY else _as_json(item, budget) for key, item in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        _spend(budget, len(value))
        return [item if type(item) in _JSON_ALREADY else _as_json(item, budget) for item in value]
    if isinstance(value, Node):
        return _as_json(value.value, budget)
    if isinstance(value, Answering):
        return str(value)
    return _scalar(value)


def _spend(budget: list[int], parts: int) -> None:
    budget[0] -= parts
    if budget[0] < 0:
        raise EvaluationError(f"The value has more than {_MAXIMUM_PARTS} parts.")


def _scalar(value: Any) -> Json:
    match value:
        case None | bool() | str():
            return value
        case int():
            return int(value)
        case float():
            return value if math.isfinite(value) else None
        case Decimal():
            return _number(value)
    return _temporal(value)


def _number(value: Decimal) -> int | float | None:
    if not value.is_finite():
        return None
    if value == value.to_integral_value() and value.adjusted() < 40:
        return int(value)
    number = float(value)
    return number if math.isfinite(number) else None


def _temporal(value: Any) -> Json:
    match value:
        case values.Date():
            return temporal.date_text(value)
        case values.Time():
            return temporal.time_text(value)
        case values.DateTime():
            return temporal.date_time_text(value)
        case values.YearsMonths() | values.DaysTime():
            return temporal.duration_text(value, ("P0Y", "P0D"))
        case values.Range() | values.Function():
            return None
        case python.date() | python.time() | python.timedelta():
            return _temporal(values.take_in(value))
    return str(value) if not isinstance(value, HostObject) else None
