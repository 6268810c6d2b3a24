"""A printed syntax tree reads back as the same tree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bpmn import juel
from bpmn.juel import syntax
from bpmn.juel.parser import POWER

_NAMES = st.sampled_from(["a", "amount", "größe", "$x", "execution", "_1", "trueish"])
_TEXTS = st.text(max_size=6)
_LITERALS = st.one_of(
    st.integers(0, 2**63 - 1),
    st.floats(0, allow_nan=False, allow_infinity=False),
    _TEXTS,
    st.booleans(),
    st.none(),
).map(syntax.Literal)


def _extended(inner: st.SearchStrategy[syntax.Node]) -> st.SearchStrategy[syntax.Node]:
    arguments = st.lists(inner, max_size=3).map(tuple)
    functions = st.sampled_from(["now", "S", "task:get"])  # vars:equals(a) reads as vars:equals("a")
    return st.one_of(
        st.builds(syntax.Member, inner, st.sampled_from(["name", "and", "empty", "items"])),
        st.builds(syntax.Index, inner, inner),
        st.builds(syntax.MethodCall, inner, st.sampled_from(["size", "eq", "get"]), arguments),
        st.builds(syntax.FunctionCall, functions, arguments),
        st.builds(syntax.Unary, st.sampled_from(["!", "-", "empty"]), inner),
        st.builds(syntax.Binary, st.sampled_from(sorted(POWER)), inner, inner),
        st.builds(syntax.Choice, inner, inner, inner),
    )


_NODES = st.recursive(st.one_of(_LITERALS, _NAMES.map(syntax.Name)), _extended, max_leaves=12)
# A backslash cannot end the text before an expression: it would take the meaning from it.
_LITERAL_TEXTS = st.text("ab $#{}\\'\"", min_size=1, max_size=8).filter(lambda text: not text.endswith("\\"))


@given(_NODES)
def test_an_expression_survives_printing(node: syntax.Node) -> None:
    tree = syntax.Template((node,))
    assert juel.parse(juel.print_template(tree)) == tree


@given(_LITERAL_TEXTS, _NODES, _LITERAL_TEXTS)
def test_a_text_with_expressions_survives_printing(before: str, node: syntax.Node, after: str) -> None:
    tree = syntax.Template((before, node, after))
    assert juel.parse(juel.print_template(tree)) == tree


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("#{a and not (b or c)}", "${a && !(b || c)}"),
        ("${a - (b - c) - d}", "${a - (b - c) - d}"),
        ("${a ? b:c}", "${a ? b : c}"),
        ("${f:g(1) ? x.y['z'] : 'it\\'s'}", '${(f:g(1)) ? x.y["z"] : "it\'s"}'),
        ("Dear ${name}, \\${no}", "Dear ${name}, \\${no}"),
    ],
)
def test_it_is_printed_with_no_more_parentheses_than_it_needs(text: str, printed: str) -> None:
    assert juel.print_template(juel.parse(text)) == printed
