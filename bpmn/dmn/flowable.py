"""Cells of Flowable's decision tables: what stands there goes on with the input, in JUEL.

`== "gold"`, `!= 3`, `.startsWith("A")` and `== fn_date("2026-01-01")` are `#{input == "gold"}` and so on there
(ELInputEntryExpressionPreParser); an output may be any JUEL (ELOutputEntryExpressionPreParser). What FEEL reads the
same way stays FEEL.
"""

from __future__ import annotations

import re
from dataclasses import replace

from bpmn import feel, juel
from bpmn.dmn.model import Input, LiteralExpression, Rule
from bpmn.errors import LanguageError
from bpmn.model import Language

_NAMESPACE = re.compile(r"https?://(www\.)?(flowable|activiti)\.(org|com)/dmn")
_GOES_ON = re.compile(r"\s*(==|!=|\.[A-Za-z]|(?:<=?|>=?)?\s*(?:fn_\w+|date:\w+)\s*\()")
_COMPARES = re.compile(r"\s*(==|!=|<|>|\.)")
_FUNCTIONS = {
    "fn_date": "date:toDate",
    "fn_subtractDate": "date:subtractDate",
    "fn_addDate": "date:addDate",
    "fn_now": "date:now",
}


def is_flowable(namespace: str) -> bool:
    """Whether a DMN file's namespace is the one that Flowable's modelers write."""
    return _NAMESPACE.match(namespace) is not None


def in_juel(rule: Rule, inputs: tuple[Input, ...]) -> Rule:
    """The rule with its cells in JUEL where they are no FEEL."""
    columns = zip(rule.tests, inputs, strict=False)
    tests = (*(_test(cell, input) for cell, input in columns), *rule.tests[len(inputs) :])
    return replace(rule, tests=tests, outputs=tuple(_output(cell) for cell in rule.outputs))


def _test(cell: LiteralExpression, input: Input) -> LiteralExpression:
    if cell.language is Language.JUEL or not _GOES_ON.match(cell.text):
        return cell
    goes_on = cell.text if _COMPARES.match(cell.text) else f" == {cell.text}"
    return _if_juel(cell, f"{input.expression.text}{goes_on}")


def _output(cell: LiteralExpression) -> LiteralExpression:
    if not cell.text.strip() or "{" in cell.text:
        return cell
    try:
        feel.compile(cell.text, dialect="camunda")
    except LanguageError:
        return _if_juel(cell, cell.text)
    return cell


def _if_juel(cell: LiteralExpression, text: str) -> LiteralExpression:
    for name, meant in _FUNCTIONS.items():
        text = text.replace(name, meant)
    written = f"#{{{text.strip()}}}"
    try:
        juel.compile(written)
    except LanguageError:
        return cell
    return replace(cell, text=written, language=Language.JUEL)
