"""The logic of a DMN file into Python closures, once, when the file is read.

Each kind of boxed expression has one function here; decision tables have `bpmn.dmn.table`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from bpmn import feel, juel, languages
from bpmn.dmn.cells import constant
from bpmn.dmn.item_types import Conform
from bpmn.dmn.model import (
    Conditional,
    ContextBox,
    DecisionTable,
    FilterBox,
    FunctionBox,
    Invocation,
    Iteration,
    ListBox,
    LiteralExpression,
    Logic,
    Parameter,
    Relation,
)
from bpmn.dmn.place import Place
from bpmn.dmn.turn import Evaluate, Turn, Variables
from bpmn.errors import LanguageError, ModelError
from bpmn.feel import external, shapes, syntax
from bpmn.feel.shapes import Shape
from bpmn.feel.values import Function, Value, take_in
from bpmn.model import Expression, Language

_ITEMS = feel.compile("for item in source return item", dialect="dmn")
_COPIED_PER_STEP = 100  # items of a `partial` result
SCALARS = frozenset({str, int, bool, Decimal})
_NO_CHECKS: Mapping[str, Any] = MappingProxyType({})


def compile_logic(logic: Logic, place: Place) -> Evaluate:
    """The closure of any boxed expression. Raises `ModelError` with the line of what is no expression."""
    evaluate = _COMPILERS[type(logic)](logic, place)
    return evaluate if isinstance(logic, FunctionBox) else conforming(evaluate, logic.type, place)


def conforming(evaluate: Evaluate, type: str, place: Place) -> Evaluate:
    """The closure with its result made to fit a type, where the specification is followed."""
    conform = place.types.conform(type) if place.follows_the_specification else None
    if conform is None:
        return evaluate
    return lambda variables, turn: conform(evaluate(variables, turn))


def compile_literal(logic: LiteralExpression, place: Place) -> Evaluate:
    """The closure of a text; an empty one is null."""
    if not logic.text:
        return lambda variables, turn: None
    if logic.language in (Language.FEEL, None):
        written = constant(logic.text)
        if written is not None:
            value = written[0]
            return lambda variables, turn: value
    try:
        place.budget.spend(logic, place.owner)
        return _compile_text(logic, place)
    except ModelError as error:
        return place.put_off(error)


def compile_tests(cell: LiteralExpression, place: Place) -> feel.UnaryTests | Evaluate:
    """The unary tests of an input cell; in JUEL and JavaScript, a condition."""
    try:
        place.budget.spend(cell, place.owner)
        if cell.language in (Language.FEEL, None):
            tests = _tests_or_none(cell, place)
            if tests is not None:
                return tests
        return _compile_foreign(cell, place)
    except ModelError as error:
        return place.put_off(error)


def read_tests(cell: LiteralExpression, place: Place) -> feel.UnaryTests:
    """The unary tests of a cell that is FEEL. Raises `LanguageError`."""
    return feel.compile_unary(cell.text, dialect=place.dialect, names=place.names, types=checks(cell.text, place))


def shape_of(logic: LiteralExpression, place: Place) -> tuple[shapes.Key, tuple[Value, ...]] | None:
    """The shape of a FEEL text, and its constants; None where that cannot be told at a glance."""
    if logic.language not in (Language.FEEL, None) or place.has_odd_names:
        return None
    return shapes.split(logic.text)


def _tests_or_none(cell: LiteralExpression, place: Place) -> feel.UnaryTests | None:
    try:
        return read_tests(cell, place)
    except LanguageError as error:
        if _may_be_juel(cell, place):
            return None
        raise refused(error, cell, place) from None


def _may_be_juel(logic: LiteralExpression, place: Place) -> bool:
    """Whether a text whose language is not said wears the braces of the JUEL that older Camunda 7 assumed."""
    return logic.language is None and place.dialect == "camunda" and is_juel(logic.text)


def _compile_text(logic: LiteralExpression, place: Place) -> Evaluate:
    divided = shape_of(logic, place)
    if divided is None:
        return _compile_now(logic, place)
    shape, constants = (divided[0], place.dialect, place.names), divided[1]
    if shape in place.budget.shapes:
        return _later(logic, place)
    compiled = _feel_or_none(logic, place)
    if compiled is None:
        return _compile_foreign(logic, place)
    if Shape.of(compiled.tree, constants) is not None:
        place.budget.shapes.add(shape)
    return _formula(compiled)


def _compile_now(logic: LiteralExpression, place: Place) -> Evaluate:
    if logic.language in (Language.FEEL, None):
        compiled = _feel_or_none(logic, place)
        if compiled is not None:
            return _variable(compiled) if isinstance(compiled.tree, syntax.Name) else _formula(compiled)
    return _compile_foreign(logic, place)


def _later(logic: LiteralExpression, place: Place) -> Evaluate:
    """A text that differs from one that was read in nothing but its constants: it can be read when it is asked for."""
    read: Evaluate | None = None

    def evaluate(variables: Variables, turn: Turn) -> Value:
        nonlocal read
        if read is None:
            read = _compile_now(logic, place)
        return read(variables, turn)

    return evaluate


def _formula(compiled: feel.Expression) -> Evaluate:
    evaluate = compiled.evaluate_in
    return lambda variables, turn: evaluate(variables, turn.run)


def _variable(compiled: feel.Expression) -> Evaluate:
    """Most inputs of tables are a variable's name: the short way for one that is there."""
    name, otherwise = str(getattr(compiled.tree, "name", "")), _formula(compiled)

    def variable(variables: Variables, turn: Turn) -> Value:
        value = variables.get(name)
        return value if type(value) in SCALARS else otherwise(variables, turn)

    return variable


def _feel_or_none(logic: LiteralExpression, place: Place) -> feel.Expression | None:
    try:
        return feel.compile(logic.text, dialect=place.dialect, names=place.names, types=checks(logic.text, place))
    except LanguageError as error:
        if _may_be_juel(logic, place):
            return None
        raise refused(error, logic, place) from None


def is_juel(text: str) -> bool:
    """Whether a text wears the braces of JUEL."""
    return "${" in text or "#{" in text


def checks(text: str, place: Place) -> Mapping[str, Any]:
    """The types by name, which only these words look at; without them, equal texts share one compiled expression."""
    return place.types.named if "instance of" in text or "function" in text else _NO_CHECKS


def _compile_foreign(logic: LiteralExpression, place: Place) -> Evaluate:
    language = Language.JUEL if logic.language is None else logic.language
    text = logic.text
    if language is Language.JUEL and not is_juel(text):
        text = f"${{{text}}}"  # Camunda 7 adds the braces that a table leaves out
    expression = Expression(text, language, logic.line)
    reason = languages.supported(expression)
    if reason:
        raise ModelError(f"'{place.owner}' cannot run here: {reason}", line=logic.line, element=place.owner)
    try:
        compiled = languages.compile(expression)
    except LanguageError as error:
        raise refused(error, logic, place) from None
    return lambda variables, turn: take_in(compiled.evaluate(variables, now=turn.now))


def refused(error: LanguageError, logic: LiteralExpression, place: Place) -> ModelError:
    """The refusal of a text that its language does not know."""
    shown = logic.text if len(logic.text) <= 80 else f"{logic.text[:77]}..."
    return ModelError(
        f"'{place.owner}' holds `{shown}`, which cannot be read: {error}",
        line=logic.line,
        element=place.owner,
        hint=_hint(logic, place),
        code="expression-syntax",
    )


def _hint(logic: LiteralExpression, place: Place) -> str:
    if logic.language is None and place.dialect == "camunda":
        try:
            juel.compile(logic.text if is_juel(logic.text) else f"${{{logic.text}}}")
        except LanguageError:
            return "Correct the expression."
        return 'Write it in FEEL; or, as it reads like JUEL, say so: expressionLanguage="juel".'
    return "Correct the expression."


def _context(logic: ContextBox, place: Place) -> Evaluate:
    place = place.knowing(variable.name for variable, _ in logic.entries)
    entries = [
        (variable.name, conforming(compile_logic(value, place), variable.type, place))
        for variable, value in logic.entries
    ]
    result = compile_logic(logic.result, place) if logic.result is not None else None

    def evaluate(variables: Variables, turn: Turn) -> Value:
        scope, found = dict(variables), {}
        for name, entry in entries:
            found[name] = scope[name] = entry(scope, turn)
        return found if result is None else result(scope, turn)

    return evaluate


def _list(logic: ListBox, place: Place) -> Evaluate:
    items = [compile_logic(item, place) for item in logic.items]
    return lambda variables, turn: [item(variables, turn) for item in items]


def _relation(logic: Relation, place: Place) -> Evaluate:
    rows = [
        [
            (column.name, conforming(compile_logic(cell, place), column.type, place))
            for column, cell in zip(logic.columns, row, strict=True)
        ]
        for row in logic.rows
    ]
    return lambda variables, turn: [{name: cell(variables, turn) for name, cell in row} for row in rows]


def _invocation(logic: Invocation, place: Place) -> Evaluate:
    function = compile_logic(logic.function, place)
    arguments = [(name, compile_logic(value, place)) for name, value in logic.arguments]
    by_name = _call_by_name(logic, place)

    def evaluate(variables: Variables, turn: Turn) -> Value:
        called = function(variables, turn)
        given = {name: value(variables, turn) for name, value in arguments}
        if type(called) is Function and called.builtin is not None and by_name is not None:
            return by_name.evaluate_in(dict(zip(_places(logic), given.values(), strict=False)), turn.run)
        if type(called) is not Function or set(called.parameters) != set(given):
            turn.run.warn(f"{place.owner}: what is invoked is no function with the parameters {', '.join(given)}.")
            return None
        turn.run.tick()
        return called.call([given[name] for name in called.parameters])

    return evaluate


def _places(logic: Invocation) -> list[str]:
    return [f"argument_{number}" for number in range(len(logic.arguments))]


def _call_by_name(logic: Invocation, place: Place) -> feel.Expression | None:
    """The invocation as a call, for built-in functions: which of their signatures is meant, their names decide."""
    if not isinstance(logic.function, LiteralExpression):
        return None
    pairs = (f"{name}: {spot}" for (name, _), spot in zip(logic.arguments, _places(logic), strict=True))
    try:
        return feel.compile(f"{logic.function.text}({', '.join(pairs)})", dialect=place.dialect, names=place.names)
    except LanguageError:
        return None


def _function(logic: FunctionBox, place: Place) -> Evaluate:
    return compile_function(logic, "", place)


def compile_function(logic: FunctionBox, type: str, place: Place) -> Evaluate:
    """A closure that makes the function. `type` is what its result must conform to."""
    names = tuple(parameter.name for parameter in logic.parameters)
    place = place.knowing(names)
    body: Evaluate = compile_logic(logic.body, place) if logic.body is not None else lambda variables, turn: None
    if logic.kind.upper() == "JAVA":
        return _java(names, body)
    conforms = [_conform(parameter, place) for parameter in logic.parameters]
    types = tuple(place.types.structure(parameter.type) for parameter in logic.parameters)
    result = conforming(body, type, place)

    def make(variables: Variables, turn: Turn) -> Function:
        def call(arguments: Sequence[Value]) -> Value:
            scope = dict(variables)
            for name, conform, value in zip(names, conforms, arguments, strict=True):
                scope[name] = fitted = value if conform is None else conform(value)
                if fitted is None and value is not None:
                    turn.run.warn(f"{place.owner}: the argument for '{name}' is not of its type.")
                    return None
            return result(scope, turn)

        return Function(names, call, types)

    return make


def _conform(parameter: Parameter, place: Place) -> Conform | None:
    return place.types.conform(parameter.type) if place.follows_the_specification else None


def _java(names: tuple[str, ...], body: Evaluate) -> Evaluate:
    def make(variables: Variables, turn: Turn) -> Function | None:
        call = external.function({"java": body(variables, turn)})
        if call is None:
            turn.run.warn("This external function is not available here.")
        return None if call is None else Function(names, call)

    return make


def _conditional(logic: Conditional, place: Place) -> Evaluate:
    condition, yes, no = (compile_logic(part, place) for part in (logic.condition, logic.yes, logic.no))

    def evaluate(variables: Variables, turn: Turn) -> Value:
        decided = condition(variables, turn)
        if decided is not None and type(decided) is not bool:
            turn.run.warn(f"{place.owner}: the condition is neither true nor false.")
            return None
        return (yes if decided else no)(variables, turn)

    return evaluate


def _filter(logic: FilterBox, place: Place) -> Evaluate:
    source, condition = compile_logic(logic.source, place), compile_logic(logic.condition, place.knowing(("item",)))

    def evaluate(variables: Variables, turn: Turn) -> Value:
        found = source(variables, turn)
        if found is None:
            return None
        kept = []
        for item in found if type(found) is list else [found]:
            turn.run.tick()
            matches = condition({**variables, **(item if type(item) is dict else {}), "item": item}, turn)
            if matches is not None and type(matches) is not bool:
                turn.run.warn(f"{place.owner}: the match is neither true nor false.")
                return None
            if matches:
                kept.append(item)
        return kept

    return evaluate


def _iteration(logic: Iteration, place: Place) -> Evaluate:
    source = _iterated(logic.source, place)
    body = compile_logic(logic.body, place.knowing((logic.variable,)))
    variable, gather = logic.variable, _GATHERERS[logic.kind]

    def evaluate(variables: Variables, turn: Turn) -> Value:
        items = _ITEMS.evaluate_in({"source": source(variables, turn)}, turn.run)
        if items is None:
            return None
        found: list[Value] = []
        scope = dict(variables)
        for item in items:
            turn.run.tick(1 + len(found) // _COPIED_PER_STEP)
            scope[variable], scope["partial"] = item, found[:]
            found.append(body(dict(scope), turn))
        return gather(found)

    return evaluate


def _iterated(source: Logic, place: Place) -> Evaluate:
    """What is iterated over. A text may be a range without brackets, as after `for x in`."""
    if isinstance(source, LiteralExpression) and ".." in source.text and source.text[:1] not in "[(]":
        source = replace(source, text=f"for item in {source.text} return item")
    return compile_logic(source, place)


def _some(found: list[Value]) -> bool | None:
    if any(one is True for one in found):
        return True
    return False if all(one is False for one in found) else None


def _every(found: list[Value]) -> bool | None:
    if any(one is False for one in found):
        return False
    return True if all(one is True for one in found) else None


_GATHERERS: Mapping[str, Callable[[list[Value]], Value]] = MappingProxyType(
    {"for": lambda found: found, "some": _some, "every": _every}
)


def _table(logic: DecisionTable, place: Place) -> Evaluate:
    from bpmn.dmn.table import Table  # noqa: PLC0415 - tables hold expressions, and expressions may be tables

    table = Table(logic, place)
    return lambda variables, turn: table.decide(variables, turn).value


_COMPILERS: Mapping[type, Callable[[Any, Place], Evaluate]] = MappingProxyType(
    {
        LiteralExpression: compile_literal,
        DecisionTable: _table,
        ContextBox: _context,
        ListBox: _list,
        Relation: _relation,
        Invocation: _invocation,
        FunctionBox: _function,
        Conditional: _conditional,
        FilterBox: _filter,
        Iteration: _iteration,
    }
)
