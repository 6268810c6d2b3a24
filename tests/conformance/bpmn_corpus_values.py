"""Values that a diagram's own expressions ask for: guessed from how they use a variable, found by trying.

Nothing here knows a language: names come from the compilers, literals and uses from the texts, and whether a value does
what is wanted is asked of the expression itself.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice, product
from random import Random
from typing import Any

from bpmn import languages
from bpmn.errors import EvaluationError, LanguageError
from bpmn.model import (
    Expression,
    FlowNode,
    Kind,
    Language,
    MultiInstance,
    Process,
    Script,
    TimerKind,
    VariableMapping,
    walk,
)
from bpmn.rules.expressions import Found, find_expressions
from tests.conformance import bpmn_corpus_standins as stand_in

Json = Any
Path = tuple[str, ...]
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
MOST_TRIES = 1500
_VARIED = 0.4  # of the variables, in a variation

_HOSTS = frozenset(
    (
        "execution",
        "variableContainer",
        "task",
        "S",
        "JSON",
        "XML",
        "now",
        "dateTime",
        "connector",
        "loopCounter",
        "response",
    )
)
_GET = re.compile(r"(?:get|has)Variable(?:Local|Typed)?\(\s*[\"'](\w+)[\"']\s*\)(?:\.prop\([\"'](\w+)[\"']\))?")
_MEMBER = r"(?:\s*\.\s*(?:get|prop)\(\s*[\"'](\w+)[\"']\s*\))"
_GETTER = r"\s*\.\s*(?:is|get)(?!Empty|Blank|Class|Present|Or|First|Last)([A-Z]\w*)\(\s*\)"
_KNOWN_METHODS = (
    "charAt|compareTo|concat|contains|containsKey|containsValue|endsWith|equals|equalsIgnoreCase|get(?!\\s*\\(\\s*\\))|getOrDefault|"
    "indexOf|isBlank|isEmpty|length|matches|replace|replaceAll|size|split|startsWith|strip|substring|toLowerCase|"
    "toString|toUpperCase|trim|prop|elements|hasProp|numberValue|stringValue|boolValue|value|isNull|intValue|"
    "longValue|doubleValue|booleanValue|hashCode|values|keySet|jsonPath|fieldNames|childElement|childElements|attr"
)
_BEAN = re.compile(rf"(?<![\w.\"'])([A-Za-z_]\w*)\s*\.\s*(?!(?:{_KNOWN_METHODS})\s*\()\w+\s*\(")
# In a decision table: an input with its type, and one whose type is not known.
_TYPED = re.compile(r"^(boolean|number|integer|long|double): ([A-Za-z_]\w*)$", re.MULTILINE)
_INPUT = re.compile(r"^([A-Za-z_]\w*)(?:\.\w+)*$", re.MULTILINE)
_DECLARED = re.compile(r"\b(?:var|let|const|function|catch\s*\(|for\s*\(\s*(?:var|let|const))\s+([A-Za-z_$][\w$]*)")
_WORD = re.compile(r"(?<![\w.$\"'])([A-Za-z_$][\w$]*)(?!\s*:(?!:))(?!\w)(\s*\()?")
_JAVASCRIPT = frozenset(
    """var let const function return if else for while do switch case break continue new typeof instanceof in of null
    true false undefined this try catch finally throw delete void default JSON Math Date String Number Boolean Array
    Object parseInt parseFloat isNaN console print execution task connector S XML Java java org com load importClass
    RegExp Error Infinity NaN BpmnError next environment println def assert import from as and or not print True False
    None""".split()
)
_TEXT = re.compile(r"\"([^\"\n]{0,80})\"|'([^'\n]{0,80})'")
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])")
_COMPARED = re.compile(r"[\"']?\s*(?:\)\s*)?(==|!=|=|<=|>=|<|>|\beq\b|\bne\b|\bgt\b|\blt\b|\bge\b|\ble\b)\s*")
_ARITHMETIC = re.compile(r"\s*[-*/%]|\s*\+\s*\d|\s*(?:[<>]=?|\b[gl][te]\b)\s*-?\d")
_LIST_USE = re.compile(r"(?:\b(?:count|sum|max|min|append|flatten|concatenate|list contains)\(\s*|\bin\s+)$")
_STARTS = re.compile(r"\}\s*/\s*P")  # a time, and how long after it
_TIMES = {TimerKind.DURATION: "PT1H", TimerKind.DATE: "2026-02-01T09:00:00Z", TimerKind.CYCLE: "R2/PT1H"}
_PURPOSES: Mapping[str, Json] = {
    "collection": ["one", "two"],
    "input_collection": ["one", "two"],
    "cardinality": 2,
    "correlation_key": "key",
    "process_id": stand_in.PROCESS,
    "decision_id": stand_in.DECISION,
    "assignee": "demo",
    "candidate_groups": "sales",
    "candidate_users": "demo",
    "due_date": "2026-03-01T09:00:00Z",
    "follow_up_date": "2026-02-01T09:00:00Z",
    "priority": 50,
    "retries": 3,
    "job_priority": 50,
    "version": 1,
    "retry_cycle": "R3/PT10S",
}


# Read by a connector when its work is done; the names in them are its own.
_OF_CONNECTORS = (("resultExpression",), ("errorExpression",))


class Values:
    """What is known of the variables that a process reads."""

    def __init__(
        self, process: Process, texts: Iterable[str] = (), tables: Sequence[Sequence[Mapping[Path, Json]]] = ()
    ) -> None:
        """`texts` may hold more literals worth trying; `tables` are inputs that decision tables have rules for."""
        self._tables = tables
        self.beans: set[str] = set()  # names whose methods are called: objects of the vendor's house, no variables
        self._uses: dict[Path, list[str]] = defaultdict(list)
        self._conditions: set[str] = set()
        self._plain: set[str] = set()  # names that some expression reads without calling them
        self._purposes: dict[Path, Json] = {}
        self._turns: dict[Path, Sequence[Json]] = {}  # one of them in each variation
        flows = [flow for level in (process, *_sub_processes(process)) for flow in level.flows]
        nodes = list(walk(process.nodes))
        for found in find_expressions((process, *nodes, *flows)):
            self._learn(found, nodes)
        self._learn_mappings(nodes)
        for type_, name in _TYPED.findall("\n".join(texts)):
            self._uses[name,].insert(0, f"not({name})" if type_ == "boolean" else f"{name} > 3")
        for name in _INPUT.findall("\n".join(texts)):
            self._uses[name,].append("")
        known = [text for texts in self._uses.values() for text in texts]
        self.pool = list(_distinct([*around(one for text in (*known, *texts) for one in literals(text))]))
        self.beans -= self._plain
        self.pool += [one.id for node in nodes for one in node.nodes if node.kind is Kind.AD_HOC_SUB_PROCESS]
        ad_hoc = [node for node in nodes if node.kind is Kind.AD_HOC_SUB_PROCESS]
        chosen = [one.id for node in ad_hoc for one in node.nodes if one.is_activity and not one.incoming]
        self._listed = chosen or ["one", "two"]  # what a list of names in a text may name
        self._items = {
            tuple(node.loop.collection.text.strip("${}# ").split(".")): node.loop.element_variable
            for node in nodes
            if isinstance(node.loop, MultiInstance) and node.loop.collection and node.loop.element_variable
        }

    def _learn_mappings(self, nodes: Sequence[FlowNode]) -> None:
        for name in (name for node in nodes for event in node.events for name in event.condition_variables):
            self._uses[name,].append("")
        for mapping in _mappings(nodes):
            # What an element gives a variable in so many words is what the others find in it.
            constant = evaluate(mapping.source, {}) if isinstance(mapping.source, Expression) else None
            if isinstance(constant, str) and constant and not any(paths_of(mapping.source)):
                self._purposes[tuple(mapping.target.split("."))] = constant
        for mapping in (one for one in _mappings(nodes) if one.type):
            for path in paths_of(mapping.source) if isinstance(mapping.source, Expression) else ():
                self._uses[path].append("")
                self._purposes[path] = of_type(mapping)

    def _learn(self, found: Found, nodes: Sequence[FlowNode]) -> None:
        value = found.value
        if value.language is Language.LITERAL or not value.text or found.path[-1:] in _OF_CONNECTORS:
            return
        if isinstance(value, Script) and value.language is Language.FEEL:
            value = Expression(value.text, Language.FEEL, value.line)
        is_script = value.language in (Language.JAVASCRIPT, Language.UNKNOWN)
        paths = list(_script_paths(value) if is_script else paths_of(value))
        if value.language is Language.JUEL:
            called = {match.group(1) for match in _BEAN.finditer(value.text)} - _HOSTS
            self.beans |= {name for name in called if not _is_written(name, nodes)}
            self._plain |= {path[0] for path in paths_of(value)} - called
        if found.path[-1:] == ("condition",) or "condition" in found.path[-1]:
            self._conditions.add(value.text)
        for path in paths:
            self._uses[path].append(value.text)
        is_alone = len(paths) == 1 and value.text.strip("${}# ").replace(" ", "") == ".".join(paths[0])
        if paths and (is_alone or found.path[-1:] == ("active_elements",) or _STARTS.search(value.text)):
            self._mean(paths[0], _purpose(found), is_item=not is_alone and value.text.lstrip().startswith("["))

    def _mean(self, path: Path, purpose: Json, *, is_item: bool) -> None:
        if purpose and is_item:
            self._turns[path] = purpose
        elif purpose is not None:
            self._purposes[path] = purpose

    def defaults(self, variation: int = 0) -> dict[str, Json]:
        """A value for every variable that is read anywhere; each variation has other ones.

        What a script or a decision does with them cannot be seen from here, so it is tried.
        """
        given: dict[str, Json] = {}
        dice = Random(variation)
        for path in sorted(self._uses, key=len):
            if path in self._turns:
                put(given, path, self._turns[path][variation % len(self._turns[path])])
            elif path[0] not in self.beans:
                is_varied = variation and path not in self._purposes and dice.random() < _VARIED
                put(given, path, dice.choice(self.pool) if is_varied and self.pool else self._default(path))
        for rows in self._tables:
            for path, value in rows[variation % len(rows)].items():
                put(given, path, value)
        for collection, element in self._items.items():
            if isinstance(read(given, collection), list) and isinstance(given.get(element), Mapping):
                put(given, collection, [given[element], given[element]])
        return given

    def _default(self, path: Path) -> Json:
        if path in self._purposes:
            return self._purposes[path]
        for text in self._uses[path]:
            if re.search(rf"\.\s*is{path[-1][:1].upper()}{re.escape(path[-1][1:])}\(", text):
                return True
            split = re.search(rf"\bsplit\(\s*{re.escape('.'.join(path))}\s*,\s*\"([^\"]*)\"", text)
            if split:
                return split.group(1).join(self._listed)
            for likely in _likely(path, text):
                if likely is not True or text in self._conditions or text.strip("${}# ") != ".".join(path):
                    return likely
        return "text"

    def solve(self, wanted: Sequence[tuple[Expression, bool]], given: Mapping[str, Json]) -> dict[Path, Json]:
        """Values that make each expression true or false as wanted, as far as can be found, changing little."""
        chosen: dict[Path, Json] = {}
        for expression, truth in wanted:
            if judge(expression, _with(given, chosen)) is truth:
                continue
            paths = [path for path in paths_of(expression) if path]
            fresh = [path for path in paths if path not in chosen]
            for free in ([fresh] if fresh and fresh != paths else []) + [paths]:
                better = self._search(expression, truth, free, _with(given, chosen))
                if better is not None:
                    chosen.update(better)
                    break
        return chosen

    def _search(
        self, expression: Expression, truth: bool, paths: Sequence[Path], given: Mapping[str, Json]
    ) -> dict[Path, Json] | None:
        pools = [list(_candidates(path, expression.text)) for path in paths]
        for combination in islice(product(*pools), MOST_TRIES):
            trial = dict(zip(paths, combination, strict=True))
            if judge(expression, _with(given, trial)) is truth:
                return trial
        return None


_OF_TYPES: Mapping[str, Json] = {
    **dict.fromkeys(("integer", "int", "long", "double"), 3),
    "boolean": True,
    "date": "2026-02-01T09:00:00Z",
    "localdate": "2026-02-01",
    "json": {"value": 1},
    "array": ["one", "two"],
}


def of_type(mapping: VariableMapping) -> Json:
    """A value that a mapping can convert to its type."""
    return _OF_TYPES.get(mapping.type.lower(), "text")


def _mappings(nodes: Sequence[FlowNode]) -> Iterator[VariableMapping]:
    for node in nodes:
        messages = [node.message, *(event.message for event in node.events)]
        places: list[Any] = [node, node.called, node.job]
        yield from (one for place in places if place is not None for one in (*place.inputs, *place.outputs))
        yield from (one for message in messages if message is not None for one in message.takes or ())


def source_for(source: Any, value: Json) -> dict[Path, Json]:
    """What a mapping's source must read so that it gives `value`; nothing when that cannot be found."""
    if not isinstance(source, Expression) or source.is_literal:
        return {}
    paths = list(paths_of(source))
    if len(paths) == 1 and source.text.strip("${}# ").replace(" ", "") == ".".join(paths[0]):
        return {paths[0]: value}
    pools = [[*around([value]), *_candidates(path, source.text)] for path in paths]
    for combination in islice(product(*pools), MOST_TRIES // 5):
        trial = dict(zip(paths, combination, strict=True))
        if evaluate(source, _with({}, trial)) == value:
            return trial
    return {}


def _sub_processes(process: Process) -> Iterator[FlowNode]:
    return (node for node in walk(process.nodes) if node.is_sub_process)


def _purpose(found: Found) -> Json:
    if "active_elements" in found.path and isinstance(found.owner, FlowNode):
        return [node.id for node in found.owner.nodes if node.is_activity and not node.incoming]
    if "timer" in found.path and _STARTS.search(found.value.text):
        return _TIMES[TimerKind.DATE]
    if "timer" in found.path:
        for kind, value in _TIMES.items():
            if any(event.timer and event.timer.kind is kind for event in getattr(found.owner, "events", ())):
                return value
        return _TIMES[TimerKind.DURATION]  # a listener's
    return next((_PURPOSES[name] for name in reversed(found.path) if name in _PURPOSES), None)


def paths_of(value: Expression | Script) -> Iterator[Path]:
    """The variables that an expression reads, down to the members it names: ("order", "total")."""
    if value.language is Language.LITERAL:
        return
    seen: dict[Path, None] = {}
    for match in _GET.finditer(value.text):
        seen[tuple(filter(None, match.groups()))] = None
    if isinstance(value, Expression):
        try:
            names = languages.compile(value).names - (frozenset() if value.language is Language.FEEL else _HOSTS)
        except LanguageError:
            names = frozenset()
        for name in sorted(names):
            seen.update(dict.fromkeys(_members(name, value.text)))
    yield from _leaves(seen)


def _script_paths(value: Expression | Script) -> Iterator[Path]:
    """The free names of a JavaScript, and what it asks `execution` for."""
    yield from _leaves(dict.fromkeys(tuple(filter(None, match.groups())) for match in _GET.finditer(value.text)))
    text = _TEXT.sub(" ", re.sub(r"//[^\n]*|/\*.*?\*/", " ", value.text, flags=re.DOTALL))
    declared = {match.group(1) for match in _DECLARED.finditer(text)}
    for match in _WORD.finditer(text):
        name, called = match.groups()
        assigned = re.search(rf"(?<![\w.$]){re.escape(name)}\s*=(?!=)", text)
        if not (called or assigned or name in _JAVASCRIPT or name in declared):
            declared.add(name)
            yield from _leaves(dict.fromkeys(_members(name, text)))


def _is_written(name: str, nodes: Sequence[FlowNode]) -> bool:
    """Whether an element gives the variable a value, so that it is no bean."""
    results = {node.result_variable for node in nodes} | {node.script.result_variable for node in nodes if node.script}
    targets = {mapping.target for node in nodes for mapping in (*node.inputs, *node.outputs)}
    return name in results | targets


def _members(name: str, text: str) -> Iterator[Path]:
    for match in re.finditer(rf"(?<![\w.\"'])(?:JSON|S)?\(?{re.escape(name)}\)?{_MEMBER}{_MEMBER}?", text):
        yield (name, *filter(None, match.groups()))
    dotted = re.compile(rf"(?<![\w.\"'])`?{re.escape(name)}`?((?:\s*\.\s*[A-Za-z_]\w*(?!\s*\()(?!\w))*)(?!\w)")
    found = False
    for match in dotted.finditer(text):
        found = True
        yield (name, *(part.strip() for part in match.group(1).split(".") if part.strip()))
    for match in re.finditer(rf"(?<![\w.\"']){re.escape(name)}{_GETTER}", text):
        yield name, match.group(1)[:1].lower() + match.group(1)[1:]
    if not found:
        yield (name,)


def _leaves(paths: Iterable[Path]) -> list[Path]:
    """Without those that others go deeper into."""
    listed = list(paths)
    return [path for path in listed if not any(other[: len(path)] == path != other for other in listed)]


def _likely(path: Path, text: str) -> Iterator[Json]:
    """What a use of the variable asks for, the most telling first."""
    name = re.escape(path[-1])
    for match in re.finditer(rf"(?<!\w){name}(?!\w)", text):
        before, after = text[: match.start()], text[match.end() :]
        compared = _COMPARED.match(after)
        if compared:
            yield from _compared(compared.group(1), after[compared.end() :])
        if re.match(r"\s*\.\s*(?:contains|startsWith|toLowerCase|equals|split|length|trim|substring)\b", after):
            yield "text"
        if re.search(r"(?:JSON\.parse|JSON|S)\(\s*$", before):
            yield '{"value": 1}'
        if _ARITHMETIC.match(after) or re.search(r"[-*/]\s*$", before):
            yield 3
        if _LIST_USE.search(before) or re.match(r"\s*(?:\[|\.\s*(?:size|get|iterator|isEmpty)\()", after):
            yield ["one", "two"]
    bare = text.strip("${}#!() ").replace("not(", "")
    if bare == ".".join(path) or re.search(rf"(?:not\(|!|\band\b|\bor\b|&&|\|\|)\s*{name}\b", text):
        yield True


def _compared(operator: str, rest: str) -> Iterator[Json]:
    for value in literals(rest[:90]):
        if operator in ("=", "==", "<=", ">=", "eq", "le", "ge"):
            yield value
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield value + 1 if operator in (">", "gt", "!=", "ne") else value - 1
        else:
            yield "text" if value != "text" else "other"
        return


def literals(text: str) -> Iterator[Json]:
    """The literals of a text in the order in which they stand."""
    found: list[tuple[int, Json]] = []
    for match in _TEXT.finditer(text):
        found.append((match.start(), match.group(1) if match.group(1) is not None else match.group(2)))
    outside = _TEXT.sub(lambda match: " " * len(match.group()), text)
    for match in _NUMBER.finditer(outside):
        number = float(match.group())
        found.append((match.start(), int(number) if number.is_integer() else number))
    for match in re.finditer(r"\b(true|false|null)\b", outside):
        found.append((match.start(), {"true": True, "false": False, "null": None}[match.group()]))
    yield from (value for _, value in sorted(found, key=lambda pair: pair[0]))


def _candidates(path: Path, text: str) -> Iterator[Json]:
    """What may be worth trying for one variable of an expression."""
    yield from _distinct((*_likely(path, text), True, False, *around(literals(text)), *_OTHERS))


def _distinct(values: Iterable[Json]) -> Iterator[Json]:
    seen: list[Json] = []
    for value in values:
        if not any(value is known or (type(value) is type(known) and value == known) for known in seen):
            seen.append(value)
            yield value


_OTHERS: tuple[Json, ...] = (None, "text", "", 0, 1, 1000, [], ["one", "two"], {}, "2026-01-01", "2027-01-01T00:00:00Z")


def around(literals: Iterable[Json]) -> Iterator[Json]:
    for value in literals:
        yield value
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield from (value + 1, value - 1, [0] * min(int(abs(value)) + 1, 20))
        elif isinstance(value, str):
            yield [value]


class _Execution:
    """Camunda 7's `execution`, as far as conditions read it."""

    def __init__(self, variables: Mapping[str, Json]) -> None:
        self._variables = variables

    def get(self, name: str) -> Any:
        return "1"

    def call(self, method: str, args: Sequence[Any]) -> Any:
        if method in ("getVariable", "getVariableLocal"):
            return self._variables.get(args[0])
        return args[0] in self._variables if method.startswith("hasVariable") else "1"

    def snapshot(self) -> dict[str, Any]:
        return {}


def evaluate(expression: Expression, variables: Mapping[str, Json]) -> Any:
    """The value, or None where it has none."""
    objects = {} if expression.language is Language.FEEL else {"execution": _Execution(variables)}
    try:
        return languages.as_json(languages.compile(expression).evaluate(variables, now=NOW, objects=objects))
    except (LanguageError, EvaluationError):
        return None


def judge(expression: Expression, variables: Mapping[str, Json]) -> bool | None:
    """True or false, or None when it is neither."""
    value = evaluate(expression, variables)
    return value if isinstance(value, bool) else None


def put(target: dict[str, Json], path: Path, value: Json) -> None:
    """Set a value at a path, making the contexts on the way."""
    for name in path[:-1]:
        inner = target.get(name)
        target[name] = inner = dict(inner) if isinstance(inner, Mapping) else {}
        target = inner
    target[path[-1]] = value


def read(variables: Mapping[str, Json], path: Path) -> Json:
    """The value at a path, null where there is none."""
    value: Json = variables
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _with(given: Mapping[str, Json], chosen: Mapping[Path, Json]) -> dict[str, Json]:
    changed = dict(given)
    for path, value in chosen.items():
        put(changed, path, value)
    return changed
