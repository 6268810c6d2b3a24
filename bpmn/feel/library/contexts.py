"""Built-in functions on contexts (DMN 1.5, 10.3.4.9)."""

from __future__ import annotations

from bpmn.feel.library.registry import Library
from bpmn.feel.run import Fault, Run
from bpmn.feel.values import KNOWN, Value, take_in

CONTEXTS = Library()
define = CONTEXTS.define
Context = dict[str, Value]


def known(value: Value) -> Value:
    """A value from inside of a context as FEEL has it."""
    return value if type(value) in KNOWN else take_in(value)


@define("get value(m: context, key: string)")
def get_value(context: Context, key: str) -> Value:
    if key not in context:
        raise Fault(f"the context has no entry '{key}'.")
    return known(context[key])


@define("get entries(m: context): list")
def get_entries(context: Context) -> list[Value]:
    return [{"key": key, "value": known(value)} for key, value in context.items()]


@define("context put(context: context, key: string, value: any): context")
def context_put(context: Context, key: str, value: Value) -> Context:
    return {**context, key: value}


@define("context put(context: context, keys: list, value: any): context")
def context_put_nested(context: Context, keys: list[Value], value: Value) -> Context:
    return put_nested(context, keys, value, create=False)


def put_nested(context: Context, keys: list[Value], value: Value, *, create: bool) -> Context:
    """A copy with the value at the path of keys. Steps that are no contexts are a fault, or made when `create`."""
    if not keys or not all(type(key) is str for key in keys):
        raise Fault("the keys must be strings, at least one.")
    if len(keys) == 1:
        return {**context, keys[0]: value}
    inner = known(context.get(keys[0]))
    if type(inner) is not dict:
        if not create:
            raise Fault(f"'{keys[0]}' is not a context.")
        inner = {}
    return {**context, keys[0]: put_nested(inner, keys[1:], value, create=create)}


@define("context merge(contexts: list): context")
def context_merge(contexts: list[Value]) -> Context:
    return merge(contexts)


def merge(contexts: list[Value]) -> Context:
    """One context with the entries of all; later ones win."""
    found = [known(context) for context in contexts]
    if not all(type(context) is dict for context in found):
        raise Fault("all items must be contexts.")
    return {key: value for context in found for key, value in context.items()}


@define("context(entries: list): context", with_run=True)
def context_of(run: Run, entries: list[Value]) -> Context:
    return from_entries(run, entries, last_wins=False)


@define("context(entries: context): context", with_run=True)
def context_of_one(run: Run, entry: Context) -> Context:
    return from_entries(run, [entry], last_wins=False)


def from_entries(run: Run, entries: list[Value], *, last_wins: bool) -> Context:
    """A context of `{key, value}` entries; a key that comes twice is a fault unless the last wins."""
    result: Context = {}
    for entry in run.stepping(entries):
        entry = known(entry)
        if type(entry) is not dict or type(entry.get("key")) is not str or "value" not in entry:
            raise Fault("each entry must have a 'key' (a string) and a 'value'.")
        if entry["key"] in result and not last_wins:
            raise Fault(f"the key '{entry['key']}' comes twice.")
        result[entry["key"]] = known(entry["value"])
    return result
