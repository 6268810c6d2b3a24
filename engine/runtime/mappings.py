"""Input and output mappings: many expressions, evaluated in order, into one set of variables.

Sources are expressions, scripts, or Camunda 7's lists and maps; targets may be dotted (zeebe-extensions §3).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from bpmn import languages
from bpmn.errors import EvaluationError
from bpmn.model import Expression, Language, Script, StructuredValue, VariableMapping
from engine.runtime.conversions import convert
from engine.runtime.formulas import Formula, reads_cluster
from engine.runtime.problem import IO_MAPPING, Problem, Thrown

if TYPE_CHECKING:
    from engine.runtime.tokens import Token

Json = Any
Source = Callable[["Token", Mapping[str, Json]], Json]


class Mappings:
    """Compiled mappings of one element. Built once per definition."""

    def __init__(self, mappings: tuple[VariableMapping, ...]) -> None:
        self._mappings = tuple((_target(m), _typed(m)) for m in mappings)

    def __bool__(self) -> bool:
        return bool(self._mappings)

    def inputs(self, token: Token) -> dict[str, Json]:
        """The local variables they give; a later mapping sees the targets of the earlier ones."""
        result: dict[str, Json] = {}
        for target, source in self._mappings:
            _put(result, target(token), source(token, result))
        return result

    def outputs(self, token: Token, extra: Mapping[str, Json] | None = None) -> dict[str, Json]:
        """What they give for the scope above. A dotted target is merged into the context that stands there."""
        result: dict[str, Json] = {}
        for target, source in self._mappings:
            path, value = target(token), source(token, {**(extra or {}), **result})
            if len(path) > 1 and path[0] not in result:
                outer = token.workflow.scopes.visible(token.parent or token).get(path[0])
                result[path[0]] = dict(outer) if isinstance(outer, dict) else {}
            _put(result, path, value)
        return result


class ScriptFormula:
    """One compiled script. Raises `bpmn.errors.LanguageError` when built from one that cannot run here."""

    def __init__(self, script: Script) -> None:
        self._compiled = languages.compile_script(script)
        self._sees_objects = script.language is not Language.FEEL  # FEEL knows variables only
        self._is_script = script.language is Language.JAVASCRIPT
        self._reads_cluster = reads_cluster(script)

    def value(
        self, token: Token, extra: Mapping[str, Json] | None = None, objects: Mapping[str, Any] | None = None
    ) -> Json:
        """The JSON value of the script run at `token`, with `objects` beside those that are always there.

        Raises `Problem` when it fails, `Thrown` when it threw a BPMN error.
        """
        process = token.workflow
        if self._is_script:
            process.spend_on_script()
        if self._reads_cluster:
            extra = {**(extra or {}), **process.cluster_variables()}
        try:
            found = self._compiled.evaluate(
                process.scopes.visible(token, extra),
                now=process.services.now,
                objects={**process.hosts(token), **(objects or {})} if self._sees_objects else None,
            )
            return languages.as_json(found)
        except languages.ScriptedError as error:
            raise Thrown(error.error_code, error.message) from error
        except EvaluationError as error:
            raise Problem(IO_MAPPING, f"The script could not be run: {error}") from error


def _target(mapping: VariableMapping) -> Callable[[Token], list[str]]:
    if mapping.target_name is None:
        path = mapping.target.split(".")
        return lambda token: path
    name = Formula(mapping.target_name)
    return lambda token: [name.text(token)]


def _typed(mapping: VariableMapping) -> Source:
    source, type_ = _source(mapping.source), mapping.type
    if not type_:
        return source
    return lambda token, seen: convert(source(token, seen), type_, token.workflow.services.now)


def _source(source: Expression | Script | StructuredValue) -> Source:
    if isinstance(source, Expression):
        compiled = Formula(source)
        return lambda token, seen: compiled.value(token, seen, IO_MAPPING)
    if isinstance(source, Script):
        script = ScriptFormula(source)
        return script.value
    if source.entries is None:
        items = [_source(item) for item in source.items]
        return lambda token, seen: [item(token, seen) for item in items]
    entries = [(_key(key), _source(value)) for key, value in source.entries]
    return lambda token, seen: {_text(key(token, seen)): value(token, seen) for key, value in entries}


def _key(key: str) -> Source:
    """The key of a map's entry, which may be an expression (camunda7-extensions §4)."""
    is_expression = "${" in key or "#{" in key
    return _source(Expression(key, Language.JUEL if is_expression else Language.LITERAL))


def _text(key: Json) -> str:
    return key if isinstance(key, str) else json.dumps(key)


def _put(target: dict[str, Json], path: list[str], value: Json) -> None:
    for name in path[:-1]:
        inner = target.get(name)
        target[name] = dict(inner) if isinstance(inner, dict) else {}
        target = target[name]
    target[path[-1]] = value
