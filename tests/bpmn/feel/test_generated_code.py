"""Generated code says exactly what the closures say: the value, every warning with its column, and the limits passed.

The trees below are drawn so that most of them have values, over names that the variables have, lack, or hold oddly.
"""

from __future__ import annotations

import ast
import dis
import sys
import threading
from collections.abc import Callable, Mapping
from decimal import Decimal
from types import CodeType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bpmn import feel
from bpmn.feel import syntax
from bpmn.feel.compiling import Compiler
from bpmn.feel.generating import entries, generated
from bpmn.feel.library import function_names, library
from bpmn.feel.parser import parse
from bpmn.feel.printer import printed
from bpmn.feel.run import Run

Dialect = feel.Dialect
_PATHS = ["n", "m", "t", "u", "flag", "d", "c.n", "c.t", "c.deep.n", "none", "absent", "c.absent", "f", "day", "item.n"]
_LISTS = ["rows", "numbers", "texts", "mixed", "c.list", "none", "absent", "n", "c", "empty"]
_FACTS: dict[str, Any] = {
    "n": 7,
    "m": Decimal("2.5"),
    "t": "abc",
    "u": "x" * 990,
    "flag": True,
    "d": 10**33,
    "f": 1.25,
    "none": None,
    "empty": [],
    "day": "2024-01-31",
    "c": {"n": 3, "t": "q", "deep": {"n": -4}, "list": [1, 2.5, "3"]},
    "rows": [{"n": 1, "t": "a"}, {"n": Decimal(2)}, {"t": "b", "item": 5}, {"n": 4.5, "m": "own"}],
    "numbers": [3, -1, 10**20, 12],
    "texts": ["abc", "q", ""],
    "mixed": [1, "a", None, 2.5, {"n": 1}, [1]],
}


def _node(text: str) -> syntax.Node:
    return parse(text, functions=function_names("dmn"))


_SCALARS = st.one_of(
    st.sampled_from(_PATHS).map(_node),
    (st.integers(-3, 12) | st.sampled_from([10**33, 2**30])).map(lambda number: _node(str(number))),
    st.sampled_from(["abc", "a", "", "x" * 20]).map(syntax.Literal),
    (st.booleans() | st.none() | st.just(Decimal("1.5"))).map(syntax.Literal),
    st.sampled_from(['date("2024-02-01")', 'duration("P1D")', "date(day)", "i", "j", "i.n", "item", "partial"]).map(
        _node
    ),
)
_SOURCES = st.sampled_from(_LISTS).map(_node)


def _more(part: st.SearchStrategy[syntax.Node]) -> st.SearchStrategy[syntax.Node]:
    lists = _SOURCES | part
    domains = st.builds(syntax.Iterator, st.sampled_from("ij"), lists) | st.builds(
        syntax.Iterator, st.sampled_from("ij"), part, part
    )
    iterators = st.lists(domains, min_size=1, max_size=2).map(tuple)
    pairs = st.tuples(part, part)
    tests = st.one_of(
        part,
        st.builds(syntax.Test, st.sampled_from(["<", ">=", "="]), part),
        st.just(syntax.RangeLiteral(syntax.Literal(1), syntax.Literal(7), True, False)),
    )
    return st.one_of(
        st.builds(syntax.Arithmetic, st.sampled_from(["+", "-", "*", "/", "**"]), part, part),
        st.builds(syntax.Comparison, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), part, part),
        st.builds(syntax.Logic, st.sampled_from(["and", "or"]), st.lists(part, min_size=2, max_size=3).map(tuple)),
        st.builds(syntax.Negation, part),
        st.builds(syntax.If, part, part, part),
        st.builds(syntax.Between, part, part, part),
        st.builds(syntax.In, part, st.lists(tests, min_size=1, max_size=2).map(tuple)),
        st.builds(syntax.For, iterators, part),
        st.builds(syntax.Quantified, st.sampled_from(["some", "every"]), iterators, part),
        st.builds(syntax.Filter, lists, part),
        st.builds(syntax.Path, part, st.sampled_from(["n", "t", "deep"])),
        st.lists(part, max_size=3).map(lambda items: syntax.ListLiteral(tuple(items))),
        st.lists(st.tuples(st.sampled_from(["n", "k", "t"]), part), max_size=3).map(
            lambda entries: syntax.ContextLiteral(tuple(entries))
        ),
        part.map(lambda one: _call("not", one)),
        part.map(lambda one: _call("string", one)),
        lists.map(lambda one: _call("count", one)),
        lists.map(lambda one: _call("sum", one)),
        lists.map(lambda one: _call("reverse", one)),
        pairs.map(lambda both: _call("contains", *both)),
        st.tuples(lists, part).map(lambda both: _call("list contains", *both)),
        pairs.map(lambda both: _call("substring", *both)),
    )


def _call(name: str, *arguments: syntax.Node) -> syntax.Node:
    return syntax.Call(syntax.Name(name), arguments)


_TREES = st.recursive(_SCALARS, _more, max_leaves=10)


def _said(evaluate: Callable[..., Any], context: Mapping[str, Any] | None) -> tuple[str, list[feel.Warning]]:
    run = Run()
    try:
        return repr(evaluate(context, run)), list(run.warnings)
    except feel.EvaluationError as error:
        return f"error: {error}", list(run.warnings)


def _both(text: str, dialect: Dialect) -> tuple[Callable[..., Any], Callable[..., Any]] | None:
    """The closures of a text, and its generated code, if it has any."""
    compiled = feel._compile(text, dialect, frozenset(), {})
    code = generated(compiled.tree, Compiler(library(dialect), dialect, {}), ("context", "run"))
    if code is None:
        return None
    names = {**code[1], "again": compiled._evaluate, "__builtins__": {}}
    return compiled._evaluate, type(_both)(code[0], names)


@given(
    _TREES,
    st.sampled_from(["dmn", "camunda"]),
    st.dictionaries(
        st.sampled_from(["n", "t", "c", "rows"]),
        st.sampled_from([None, 1, "s", 2.5, [], {}, [{"n": 1}], True]),
        max_size=2,
    ),
)
@settings(max_examples=600, deadline=None)
def test_generated_code_says_what_closures_say(tree: syntax.Node, dialect: Dialect, other: dict[str, Any]) -> None:
    both = _both(printed(tree), dialect)
    if both is not None:
        closures, code = both
        for context in (_FACTS, _FACTS | other, {}, None):
            assert _said(code, context) == _said(closures, context)


@pytest.mark.parametrize(
    "text",
    [
        "for i in rows return for j in numbers return i.n + j + absent",
        "[for i in rows return {a: i.n, b: [a, absent], c: count(partial)}]",
        "rows[some i in numbers satisfies i > n]",
        "rows[n > 1 and count(rows[n < 3]) > 0].t",
        "numbers[n]",
        "rows[item.n > 1][1].t",
        "for i in numbers, j in rows return j.n < i",
        "for i in numbers, j in 1..i return j",
        "for i in 1..2000 return i * n",
        "not(some i in rows, j in numbers satisfies i.n = j)",
        "{n: 1, f: function(x) if x < 1 then 0 else f(x - 1), v: f(n)}.v",
        'if t = "abc" then sum(for i in rows return i.n) else absent',
        "for i in numbers return numbers[item > i][1]",
        "d * d * d",
        "d + 9 * d",
        "u + u",
        'u + "twelve letter"',
        "count + 1",
    ],
)
@pytest.mark.parametrize("dialect", ["dmn", "camunda"])
def test_loops_within_loops_and_numbers_beyond_34_digits_are_the_same(text: str, dialect: Dialect) -> None:
    both = _both(text, dialect)
    assert both is not None
    for context in (_FACTS, _FACTS | {"count": 4, "sum": "hidden"}, {"rows": [1], "numbers": [None]}):
        assert _said(both[1], context) == _said(both[0], context)


@pytest.mark.parametrize(
    "text", ["a" + " + a" * 250, "a" + "[b]" * 200, "for i in a return " * 40 + "i", "a[b = " * 40 + "1" + "]" * 40]
)
def test_code_is_made_of_moderate_expressions_only(text: str) -> None:
    """Making it takes longer than evaluating by closures; what is longer than anybody writes is left to them."""
    both = _both(text, "camunda")
    if both is not None:
        assert len(both[1].__code__.co_code) < 20_000
        assert _said(both[1], {"a": [1]}) == _said(both[0], {"a": [1]})


def test_work_without_end_is_stopped_in_generated_code_too() -> None:
    both = _both("for i in list return for j in list return for k in list return i * j * k", "camunda")
    assert both is not None
    with pytest.raises(feel.EvaluationError, match="was stopped after"):
        both[1]({"list": list(range(900))}, Run())


def test_who_holds_an_expression_gets_its_generated_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "HOT", 3)
    evaluate = feel._compile("a + b", "camunda", frozenset(), {}).evaluate
    before = evaluate.__code__  # type: ignore[attr-defined]
    assert [evaluate({"a": 1, "b": number}) for number in range(5)] == [1, 2, 3, 4, 5]
    assert evaluate.__code__ is not before  # type: ignore[attr-defined]


def test_values_that_it_was_not_written_for_bring_the_closures_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "HOT", 3)
    evaluate = feel._compile("a > 1", "camunda", frozenset(), {}).evaluate
    before = evaluate.__code__  # type: ignore[attr-defined]
    codes = set()
    for _ in range(200):
        assert evaluate({}) is None
        codes.add(evaluate.__code__)  # type: ignore[attr-defined]
    assert len(codes) == 2
    assert before in codes


def test_threads_may_share_an_expression_that_becomes_hot() -> None:
    compiled = feel._compile("sum(for i in list return i * factor)", "camunda", frozenset(), {})
    wrong: list[Any] = []

    def work(factor: int) -> None:
        for _ in range(2 * entries.HOT):
            found = compiled.evaluate({"list": [1, 2, 3], "factor": factor})
            if found != 6 * factor:
                wrong.append(found)

    threads = [threading.Thread(target=work, args=(factor,)) for factor in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


_TEXT = "context.__class__ + \"__import__('os')\" + open"


def test_no_text_of_a_person_becomes_part_of_the_code() -> None:
    """Names, keys and texts stand in the namespace; the code knows only our own words, counted through."""
    tree = parse(f'if {_TEXT} = "run" then [evil, {{"import": self.x}}] else for take_in in type return take_in')
    found = generated(tree, Compiler(library("camunda"), "camunda", {}), ("context", "run"))
    assert found is not None
    code, namespace = found
    words = {*code.co_varnames, *code.co_names} - {"context", "run", "noted", "frame", "append", "tick", "warnings"}
    assert all(word in namespace or word == "again" or word[1:].isdigit() for word in words)
    assert not [one for one in code.co_consts if isinstance(one, str | CodeType)]
    assert not [one for one in dis.get_instructions(code) if one.opname == "IMPORT_NAME"]


_heard: list[tuple[str, Any]] = []
_listening = False


def _listen(event: str, arguments: tuple[Any, ...]) -> None:
    if _listening and event in {"exec", "compile"}:
        _heard.append((event, arguments[0]))


sys.addaudithook(_listen)


def test_only_syntax_trees_are_compiled_and_nothing_is_executed(monkeypatch: pytest.MonkeyPatch) -> None:
    global _listening  # noqa: PLW0603 - a hook cannot be taken away, only told to be quiet
    monkeypatch.setattr(entries, "HOT", 1)
    _listening = True
    try:
        assert feel._compile("a.b + 1", "camunda", frozenset(), {}).evaluate({"a": {"b": 1}}) == 2
    finally:
        _listening = False
    assert [event for event, _ in _heard] == ["compile"] * len(_heard)
    assert _heard
    assert all(isinstance(source, ast.Module) for _, source in _heard)
