"""JavaScript of Camunda 7 diagrams in an embedded V8 (`mini-racer`, the extra `[javascript]`), bounded in time and
memory.

Each script gets an engine of its own that knows nothing but the language, the variables (copies, as globals), the host
objects and what `javascript.js` adds. V8 cannot call back into Python while a script runs, so the objects' calls are
noted there and made here afterwards, in order (see `bpmn.juel.hosts.HostObject`). A script that fails has no effect.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib import resources, util
from typing import Any

from bpmn.errors import EvaluationError, LanguageError
from bpmn.juel.hosts import HostObject

SECONDS = 2.0
MEGABYTES = 64
MAXIMUM_SCRIPT = 200_000
MAXIMUM_EFFECTS = 1_000


class ScriptingUnavailable(EvaluationError):
    """JavaScript is asked for, but `mini-racer` is not installed."""

    code = "scripting-unavailable"


class ScriptedError(EvaluationError):
    """The script threw a `BpmnError`: a business error that the diagram may catch by `error_code`."""

    code = "script-bpmn-error"

    def __init__(self, error_code: str, message: str) -> None:
        super().__init__(message or f"The script threw the BPMN error '{error_code}'.")
        self.error_code = error_code
        self.message = message


def is_available() -> bool:
    """Whether the engine is installed."""
    return util.find_spec("py_mini_racer") is not None


def run(
    script: str,
    variables: Mapping[str, Any],
    *,
    now: datetime | None = None,
    objects: Mapping[str, HostObject] | None = None,
) -> Any:
    """The value of the script's last expression, as JSON. `variables` must be JSON.

    Raises `ScriptingUnavailable`, `ScriptedError` for a thrown BpmnError, and `EvaluationError` for any other failure,
    for a script over 2 s or 64 MB, and for what a host object refuses.
    """
    if len(script) > MAXIMUM_SCRIPT:
        raise EvaluationError(f"The script has more than {MAXIMUM_SCRIPT} characters.")
    hosts = {name: host for name, host in (objects or {}).items() if isinstance(host, HostObject)}
    answer = _evaluate(_program(script, variables, now, hosts))
    # What it did before it threw a BpmnError stays, as with any other way to end; a failure leaves nothing.
    for name, method, args in answer.get("effects", ()):
        hosts[name].call(method, args)
    if "error" in answer:
        raise _failure(answer["error"])
    return answer["value"]


def check(script: str) -> None:
    """Raises `LanguageError` for a text that is no JavaScript; says nothing when the engine is not installed."""
    if not is_available():
        return
    answer = _evaluate(_SYNTAX.replace("TEXT", json.dumps(script[:MAXIMUM_SCRIPT])))
    if answer["problem"]:
        raise LanguageError(f"The script is no JavaScript: {answer['problem'][:200]}.", text=script[:80])


_SYNTAX = """
(() => {
  try { new Function(TEXT); } catch (error) { return JSON.stringify({ problem: String(error) }); }
  return JSON.stringify({ problem: '' });
})()
"""


def _program(script: str, variables: Mapping[str, Any], now: datetime | None, hosts: Mapping[str, HostObject]) -> str:
    given = {
        "script": script,
        "variables": dict(variables),
        "now": now.timestamp() * 1000 if now else None,
        "hosts": {name: _snapshot(host) for name, host in hosts.items()},
        "maximum": MAXIMUM_EFFECTS,
    }
    try:
        # Twice: the inner text is data, the outer a JavaScript string that holds it.
        return f"({_frame()})({json.dumps(json.dumps(given, default=str))})"
    except (TypeError, ValueError, RecursionError):
        raise EvaluationError("The variables cannot be handed to a script: they are no JSON.") from None


@cache
def _frame() -> str:
    """The function that runs a script: what it knows besides the language."""
    return resources.files("bpmn").joinpath("javascript.js").read_text("utf-8")


def _snapshot(host: HostObject) -> Mapping[str, Any]:
    offered = getattr(host, "snapshot", None)
    return dict(offered()) if callable(offered) else {}


def _evaluate(program: str) -> dict[str, Any]:
    try:
        from py_mini_racer import JSEvalException, MiniRacer  # noqa: PLC0415 an extra, loaded when a script runs
    except ImportError:
        raise ScriptingUnavailable(
            "JavaScript cannot run here. Install Baton with the extra [javascript], or write the script in FEEL."
        ) from None
    engine = MiniRacer()
    try:
        engine.set_hard_memory_limit(MEGABYTES * 1024 * 1024)
        found = json.loads(str(engine.eval(program, timeout_sec=SECONDS, max_memory=MEGABYTES * 1024 * 1024)))
    except JSEvalException as error:
        raise _stopped(error) from None
    finally:
        engine.close()
    return found if isinstance(found, dict) else {"error": {"message": "The script gave no answer."}}


def _stopped(error: Exception) -> EvaluationError:
    kind = type(error).__name__
    if "Timeout" in kind:
        return EvaluationError(f"The script was stopped after {SECONDS:g} s. Let a worker do work that takes longer.")
    if "OOM" in kind:
        return EvaluationError(f"The script was stopped: it needed more than {MEGABYTES} MB.")
    return EvaluationError(f"The script failed: {str(error).strip()[:400]}")


def _failure(error: Mapping[str, Any]) -> EvaluationError:
    if error.get("bpmn"):
        return ScriptedError(str(error.get("code") or ""), str(error.get("message") or ""))
    line = f" (line {error['line']})" if error.get("line") else ""
    return EvaluationError(f"The script failed: {str(error.get('message'))[:400]}{line}")
