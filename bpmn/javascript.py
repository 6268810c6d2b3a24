"""JavaScript of Camunda 7 diagrams in an embedded V8 (`mini-racer`, the extra `[javascript]`), bounded in time and
memory.

Each script gets an engine of its own that knows nothing but the language, the variables (copies, as globals), and the
host objects. V8 cannot call back into Python while a script runs, so the objects' calls are noted there and made here
afterwards, in order (see `bpmn.juel.hosts.HostObject`). A script that fails has no effect.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from importlib import util
from typing import Any

from bpmn.errors import EvaluationError
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
    hosts = objects or {}
    answer = _evaluate(_program(script, variables, now, hosts))
    if "error" in answer:
        raise _failure(answer["error"])
    for name, method, args in answer["effects"]:
        hosts[name].call(method, args)
    return answer["value"]


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
        return f"({_SHIM})({json.dumps(json.dumps(given, default=str))})"
    except (TypeError, ValueError, RecursionError):
        raise EvaluationError("The variables cannot be handed to a script: they are no JSON.") from None


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


_SHIM = r"""
function (given) {
  'use strict';
  const stringify = JSON.stringify, parse = JSON.parse, run = globalThis.eval;
  const { script, variables, now, hosts, maximum } = parse(given);
  const effects = [], values = new Map(Object.entries(variables));
  function BpmnError(code, message) { this.bpmn = true; this.code = String(code); this.message = message || ''; }
  const plain = (value) => { const text = stringify(value); return text === undefined ? null : parse(text); };
  const note = (host, method, args) => {
    if (effects.length >= maximum) throw new Error('The script makes more than ' + maximum + ' calls.');
    effects.push([host, method, Array.from(args, (arg) => plain(arg instanceof Date ? arg.toISOString() : arg))]);
  };
  const read = (name) => (values.has(name) ? values.get(name) : null);
  const write = (host, method) => function (name, value) {
    note(host, method, arguments); values.set(String(name), plain(value)); };
  const made = {};
  function make(host, properties) {
    const methods = {
      getVariable: read, getVariableLocal: read,
      getVariableTyped: (name) => ({ value: read(name), getValue: () => read(name) }),
      hasVariable: (name) => values.has(name), hasVariableLocal: (name) => values.has(name),
      getVariables: () => Object.fromEntries(values), getVariablesLocal: () => Object.fromEntries(values),
      setVariable: write(host, 'setVariable'), setVariableLocal: write(host, 'setVariableLocal'),
      setVariables: (all) => { for (const name of Object.keys(all)) methods.setVariable(name, all[name]); },
      removeVariable: (name) => { note(host, 'removeVariable', [name]); values.delete(name); },
      getExecution: () => made.execution,
    };
    return new Proxy({}, {
      get(_, name) {
        if (typeof name !== 'string' || name === 'then' || name === 'toJSON') return undefined;
        if (Object.hasOwn(methods, name)) return methods[name];
        if (Object.hasOwn(properties, name)) return properties[name];
        if (name === 'variables') return Object.fromEntries(values);
        const property = name.charAt(3).toLowerCase() + name.slice(4);
        if (name.startsWith('get') && name.length > 3) {
          if (Object.hasOwn(properties, property)) return () => properties[property];
          return () => { throw new Error(host + ' has no ' + name + '().'); };
        }
        return function () {
          note(host, name, arguments);
          if (name.startsWith('set') && name.length > 3) properties[property] = plain(arguments[0]);
        };
      },
      set(_, name) { throw new Error(host + '.' + String(name) + ' cannot be assigned.'); },
    });
  }
  const define = (target, name, value) =>
    Object.defineProperty(target, name, { value, writable: true, configurable: true });
  function node(value) {
    const typed = (kind) => () => {
      if (typeof value !== kind) throw new Error('The value is no ' + kind + '.');
      return value;
    };
    return {
      prop(name, set) {
        if (arguments.length > 1) { value[name] = set && set.unwrap ? set.unwrap() : set; return this; }
        if (value === null || typeof value !== 'object' || !(name in value)) {
          throw new Error("There is no property '" + name + "'.");
        }
        return node(value[name]);
      },
      hasProp: (name) => value !== null && typeof value === 'object' && name in value,
      stringValue: typed('string'), numberValue: typed('number'), boolValue: typed('boolean'),
      value: () => value, unwrap: () => value, elements: () => value.map(node),
      toString: () => stringify(value), toJSON: () => value,
    };
  }
  for (const [name, method] of [
    ['size', function () { return this.length; }], ['isEmpty', function () { return !this.length; }],
    ['get', function (index) { return this[index]; }],
    ['contains', function (item) { return this.includes(item); }],
    ['add', function (item) { return this.push(item) > 0; }]]) define(Array.prototype, name, method);
  for (const [name, method] of [['equals', function (other) { return String(this) === other; }],
    ['isEmpty', function () { return !this.length; }], ['contains', function (part) { return this.includes(part); }],
    ['equalsIgnoreCase', function (other) { return this.toLowerCase() === String(other).toLowerCase(); }],
  ]) define(String.prototype, name, method);
  if (now !== null) {
    const Real = Date;
    define(globalThis, 'Date', new Proxy(Real, {
      construct: (target, args) => (args.length ? new target(...args) : new target(now)),
      apply: () => new Real(now).toString(), get: (target, name) => (name === 'now' ? () => now : target[name]) }));
  }
  for (const [name, value] of values) define(globalThis, name, plain(value));
  for (const name of Object.keys(hosts)) define(globalThis, name, made[name] = make(name, hosts[name]));
  const bpm = { engine: { delegate: { BpmnError } } };
  define(globalThis, 'org', { camunda: { bpm }, operaton: { bpm } });
  define(globalThis, 'BpmnError', BpmnError);
  define(globalThis, 'S', (value) => node(typeof value === 'string' ? parse(value) : value));
  define(globalThis, 'print', () => undefined);
  define(globalThis, 'console', { log() {}, info() {}, warn() {}, error() {} });
  define(globalThis, 'Java', { type(name) {
    if (name.endsWith('.BpmnError')) return BpmnError;
    throw new Error("The Java class '" + name + "' is not available. Use plain JavaScript."); } });
  define(globalThis, 'java', new Proxy({}, { get(_, name) {
    throw new Error("Java's classes (java." + String(name) + ') are not available. Use plain JavaScript.'); } }));
  try {
    const value = run(script);
    return stringify({ value: plain(value instanceof Date ? value.toISOString() : value), effects });
  } catch (error) {
    if (error && error.bpmn) return stringify({ error: { bpmn: true, code: error.code, message: error.message } });
    const line = /eval at [^\n]*, <anonymous>:(\d+)/.exec(String(error && error.stack));
    return stringify({ error: { message: String(error), line: line ? Number(line[1]) : 0 } });
  }
}
"""
