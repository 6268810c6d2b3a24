"""Tokens into a syntax tree: a Pratt parser by hand, for expressions and for unary tests.

In the dmn dialect two words that stand side by side are one name even if nobody declared it, since nothing else could
be meant.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from bpmn.errors import LanguageError
from bpmn.feel import syntax
from bpmn.feel.scanner import (
    END,
    JUNK,
    KEYWORD,
    NAME,
    NUMBER,
    QUOTED,
    SIGN,
    STRING,
    Token,
    number_value,
    string_value,
)
from bpmn.feel.temporal import parse_any
from bpmn.feel.tokens import MAXIMUM_DEPTH, Names, Tokens

MAXIMUM_CHAIN = 300
_POWER = {
    "or": 10,
    "and": 20,
    "=": 30,
    "!=": 30,
    "<": 30,
    "<=": 30,
    ">": 30,
    ">=": 30,
    "between": 30,
    "in": 30,
    "instance": 35,
    "+": 40,
    "-": 40,
    "*": 50,
    "/": 50,
    "**": 60,
    ".": 90,
    "[": 90,
    "(": 90,
}
_COMPARISONS = frozenset(("=", "!=", "<", "<=", ">", ">="))
_CLOSES_RANGE = frozenset((")", "]", "}", ",", ".", "+", "*", "/", "**", "..", "")) | _COMPARISONS


def parse(text: str, *, names: Iterable[str] = (), functions: Names | None = None, lenient: bool = True) -> syntax.Node:
    """The tree of an expression. `names` are in scope; `lenient` joins unknown neighbouring words into one name.

    Raises `LanguageError` with the column where it stops making sense.
    """
    parser = Parser(text, names, functions, lenient)
    node = parser.expression()
    parser.expect_end()
    return node


def parse_unary(
    text: str, *, names: Iterable[str] = (), functions: Names | None = None, lenient: bool = True
) -> syntax.Tests:
    """The tree of a decision table's input entry (DMN 1.5, grammar rule 15)."""
    parser = Parser(text, names, functions, lenient)
    node = parser.unary_tests()
    parser.expect_end()
    return node


class Parser(Tokens):
    """Expressions, from left to right, by the binding power of their operators."""

    # -- expressions ---------------------------------------------------------------------------------------------

    def expression(self, power: int = 0) -> syntax.Node:
        """An expression whose operators bind tighter than `power`."""
        self.depth += 1
        if self.depth > MAXIMUM_DEPTH:
            raise self.error(f"The expression is nested more than {MAXIMUM_DEPTH} levels deep. Split it up.")
        left = self.operators(self.primary(), power)
        self.depth -= 1
        return left

    def operators(self, left: syntax.Node, power: int) -> syntax.Node:
        """`left` with everything that follows and binds tighter than `power`."""
        count = 0
        while True:
            kind, text, start = self.tokens[self.position]
            binding = _POWER.get(text, 0) if kind in (SIGN, KEYWORD) else 0
            if binding <= power or (text == "[" and self.in_range_end and self.bracket_closes()):
                return left
            self.position += 1
            left = self.operation(text, left, start + 1)
            count += 1
            if count > MAXIMUM_CHAIN:
                raise self.error(
                    f"More than {MAXIMUM_CHAIN} operators in a row. Use a list and a function such as sum()."
                )

    def operation(self, text: str, left: syntax.Node, column: int) -> syntax.Node:
        """What an operator makes of `left` and of what follows it."""
        if text in _COMPARISONS:
            return syntax.Comparison(text, left, self.expression(30), column=column)
        if text in ("and", "or"):
            return self.logic(text, left, column)
        if text in ("+", "-", "*", "/", "**"):
            return syntax.Arithmetic(text, left, self.expression(_POWER[text]), column=column)
        return self.postfix(text, left, column)

    def postfix(self, text: str, left: syntax.Node, column: int) -> syntax.Node:
        if text == ".":
            return syntax.Path(left, self.property_name(), column=column)
        if text == "[":
            return self.filter(left, column)
        if text == "(":
            return self.call(left, column)
        if text == "in":
            return self.membership(left, column)
        if text == "between":
            low = self.expression(30)
            self.expect("and", "between the two bounds of 'between'")
            return syntax.Between(left, low, self.expression(30), column=column)
        self.expect("of", "after 'instance'")
        return syntax.InstanceOf(left, self.type(), column=column)

    def logic(self, text: str, left: syntax.Node, column: int) -> syntax.Node:
        operands = [left, self.expression(_POWER[text])]
        while self.take(text):
            operands.append(self.expression(_POWER[text]))
        return syntax.Logic(text, tuple(operands), column=column)

    def filter(self, base: syntax.Node, column: int) -> syntax.Node:
        saved, self.in_range_end = self.in_range_end, False
        condition = self.expression()
        self.in_range_end = saved
        self.expect("]", "to close the filter")
        return syntax.Filter(base, condition, column=column)

    def bracket_closes(self) -> bool:
        """Whether the `[` at hand is the open end of a range such as `[1..5[`, not the start of a filter."""
        kind, text, _ = self.tokens[self.position + 1]
        return kind in (END, KEYWORD) or (kind == SIGN and text in _CLOSES_RANGE)

    def membership(self, value: syntax.Node, column: int) -> syntax.Node:
        if not self.at("("):
            # `5 in ? < 10`: a test of its own, about the value on the left.
            return syntax.In(value, (self.test(20 if self.token[1] == "?" else 30),), column=column)
        opening = self.token
        self.position += 1
        saved, self.in_range_end = self.in_range_end, False
        tests = [self.test()]
        if self.at(".."):
            self.in_range_end = saved
            operand = self.operators(self.range_after(tests[0], False, opening), 30)
            return syntax.In(value, (operand,), column=column)
        while self.take(","):
            tests.append(self.test())
        self.in_range_end = saved
        self.expect(")", "to close the tests after 'in'")
        if len(tests) == 1:
            only = tests[0]
            if isinstance(only, syntax.Test):
                return self.after_lone_test(value, only, column)
            return syntax.In(value, (self.operators(only, 30),), column=column)
        return syntax.In(value, tuple(tests), column=column)

    def after_lone_test(self, value: syntax.Node, test: syntax.Test, column: int) -> syntax.Node:
        """`x in (< 5)`: the test itself, unless something like `.start` makes it a range value."""
        if self.at(".", "["):
            left = self.operators(operator_range(test.operator, test.operand, test.column), 30)
            return syntax.In(value, (left,), column=column)
        return syntax.In(value, (test,), column=column)

    # -- primaries -----------------------------------------------------------------------------------------------

    def primary(self) -> syntax.Node:
        """A literal, name, bracketed or keyword expression."""
        kind, text, start = self.token
        column = start + 1
        if kind == NAME:
            return self.name()
        self.position += 1
        if kind == NUMBER:
            return self.number(text, start)
        if kind == STRING:
            return syntax.Literal(self.string(text, start), column=column)
        if kind == QUOTED:
            return syntax.Name(text[1:-1], column=column)
        if kind == SIGN:
            return self.sign(text, start)
        if kind == KEYWORD:
            return self.keyword(text, start)
        self.position -= 1
        raise self.no_operand(kind, text)

    def no_operand(self, kind: str, text: str) -> LanguageError:
        if kind == JUNK and text == '"':
            return self.error('This text is not closed: the quotation mark (") at its end is missing.')
        if kind == JUNK and text in "'’‘“”":
            return self.error(f'{text} cannot be used here. Texts stand in straight double quotes, like "text".')
        if kind == JUNK and text in "&|!":
            return self.error(f"FEEL does not know '{text}'. Use 'and', 'or' and not(...).")
        if kind == JUNK and text in "$#":
            return self.error(f"'{text}{{...}}' is not FEEL. Write the expression without it, such as: amount > 5.")
        return self.error(f"Expected a value, but found {self.found()}.")

    def number(self, text: str, start: int) -> syntax.Node:
        value = number_value(text)
        if isinstance(value, Decimal) and not value.is_finite():
            raise self.error("This number is too large.", start)
        if self.token[0] == NAME and self.token[2] == start + len(text):
            raise self.error(f"A name cannot start with a digit: '{text}{self.token[1]}'.", start)
        return syntax.Literal(value, column=start + 1)

    def string(self, text: str, start: int) -> str:
        try:
            value = string_value(text)
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise self.error("The text holds half of a character (a lone surrogate).", start) from None
        return value

    def sign(self, text: str, start: int) -> syntax.Node:
        if text == "-":
            return syntax.Negation(self.expression(70), column=start + 1)
        if text == "(":
            return self.parenthesis(start)
        if text == "[":
            return self.bracket(start)
        if text == "{":
            return self.context(start)
        if text == "@":
            return self.at_literal(start)
        if text == "]":
            low = self.operand_of_range()
            return self.range_after(low, False, (SIGN, "]", start))
        self.position -= 1
        if text == "=" and self.position and self.tokens[self.position - 1][1] == "=":
            raise self.error("FEEL compares with a single '='.")
        raise self.error(f"Expected a value, but found {self.found()}.")

    def keyword(self, text: str, start: int) -> syntax.Node:
        column = start + 1
        if text in ("true", "false", "null"):
            return syntax.Literal({"true": True, "false": False, "null": None}[text], column=column)
        if text == "if":
            return self.if_(column)
        if text == "for":
            return self.for_(column)
        if text in ("some", "every"):
            return self.quantified(text, column)
        if text == "function":
            return self.function(column)
        if text in ("and", "or") and not self.lenient and self.at("("):
            return syntax.Name(text, column=column)  # Camunda's older functions and(list), or(list)
        self.position -= 1
        raise self.error(f"Expected a value, but found the keyword '{text}'.")

    def name(self) -> syntax.Node:
        _, text, start = self.token
        joined = self.known_name(self.known) or self.function_name()
        if joined is None:
            self.position += 1
            joined = self.join_words(text) if self.lenient else text
            if text == "not" and not self.at("("):
                raise self.error("'not' needs parentheses: not(...).", start)
        return syntax.Name(joined, column=start + 1)

    def at_literal(self, start: int) -> syntax.Node:
        kind, text, where = self.token
        if kind != STRING:
            raise self.error(f"Expected a text after '@', like @\"2024-12-31\", but found {self.found()}.")
        self.position += 1
        value = parse_any(string_value(text))
        if value is None and not self.lenient:
            raise self.error(f"{text} is not a date, time, date and time, or duration.", where)
        return syntax.Literal(value, column=start + 1)

    # -- brackets ------------------------------------------------------------------------------------------------

    def parenthesis(self, start: int) -> syntax.Node:
        saved, self.in_range_end = self.in_range_end, False
        inner = self.test()
        self.in_range_end = saved
        if self.at(".."):
            return self.range_after(inner, False, (SIGN, "(", start))
        self.expect(")", "to close the parenthesis")
        if isinstance(inner, syntax.Test):
            return operator_range(inner.operator, inner.operand, start + 1)
        return inner

    def bracket(self, start: int) -> syntax.Node:
        if self.take("]"):
            return syntax.ListLiteral((), column=start + 1)
        saved, self.in_range_end = self.in_range_end, False
        items = [self.list_item()]
        if self.at(".."):
            self.in_range_end = saved
            return self.range_after(items[0], True, (SIGN, "[", start))
        while self.take(","):
            items.append(self.list_item())
        self.in_range_end = saved
        self.expect("]", "to close the list")
        return syntax.ListLiteral(tuple(items), column=start + 1)

    def list_item(self) -> syntax.Node:
        inner = self.test()
        if isinstance(inner, syntax.Test):
            return operator_range(inner.operator, inner.operand, inner.column)
        return inner

    def operand_of_range(self) -> syntax.Node:
        saved, self.in_range_end = self.in_range_end, True
        node = self.expression()
        self.in_range_end = saved
        return node

    def range_after(self, low: syntax.Node, included: bool, opening: Token) -> syntax.Node:
        self.expect("..", "between the ends of the range")
        high = self.operand_of_range()
        if not self.at(")", "]", "["):
            raise self.error(f"Expected ']' or ')' to close the range, but found {self.found()}.")
        end_included = self.at("]")
        self.position += 1
        return syntax.RangeLiteral(low, high, included, end_included, column=opening[2] + 1)

    def context(self, start: int) -> syntax.Node:
        before = dict(self.known)
        saved, self.in_range_end = self.in_range_end, False
        entries: list[tuple[str, syntax.Node]] = []
        while not self.at("}"):
            key = self.key("of a context entry")
            value = self.expression()
            entries.append((key, value))
            self.declare(key)
            if not self.take(","):
                break
            if self.at("}"):
                raise self.error("A comma stands before the closing brace of the context.")
        self.known, self.in_range_end = before, saved
        self.expect("}", "to close the context")
        return syntax.ContextLiteral(tuple(entries), column=start + 1)

    # -- calls and functions -------------------------------------------------------------------------------------

    def call(self, function: syntax.Node, column: int) -> syntax.Node:
        saved, self.in_range_end = self.in_range_end, False
        arguments: list[syntax.Node] = []
        names: list[str] = []
        while not self.at(")"):
            if self.argument_is_named():
                names.append(self.key("of a parameter"))
            arguments.append(self.expression())
            if not self.take(","):
                break
        self.in_range_end = saved
        self.expect(")", "to close the arguments")
        if names and len(names) != len(arguments):
            raise self.error("Either all arguments have a name or none has.")
        return syntax.Call(function, tuple(arguments), tuple(names) if names else None, column=column)

    def argument_is_named(self) -> bool:
        position = self.position
        while self.tokens[position][0] in (NAME, KEYWORD, QUOTED):
            position += 1
        return position > self.position and self.tokens[position][1] == ":"

    def function(self, column: int) -> syntax.Node:
        before = dict(self.known)
        self.expect("(", "after 'function'")
        parameters: list[tuple[str, syntax.Type | None]] = []
        while not self.at(")"):
            parameters.append(self.parameter())
            if not self.take(","):
                break
        self.expect(")", "to close the parameters")
        external = self.token[1] == "external" and self.tokens[self.position + 1][1] == "{"
        self.position += external
        body = self.expression()
        self.known = before
        return syntax.FunctionLiteral(tuple(parameters), body, external, column=column)

    def parameter(self) -> tuple[str, syntax.Type | None]:
        name = self.declared_name((",", ")", ":"), "of a parameter")
        return name, self.type() if self.take(":") else None

    # -- keyword expressions -------------------------------------------------------------------------------------

    def if_(self, column: int) -> syntax.Node:
        condition = self.expression()
        self.expect("then", "after the condition of 'if'")
        yes = self.expression()
        self.expect("else", "because every 'if' needs one")
        return syntax.If(condition, yes, self.expression(), column=column)

    def for_(self, column: int) -> syntax.Node:
        before = dict(self.known)
        iterators = self.iterators()
        self.expect("return", "after the lists of 'for'")
        result = self.expression()
        self.known = before
        return syntax.For(iterators, result, column=column)

    def quantified(self, quantifier: str, column: int) -> syntax.Node:
        before = dict(self.known)
        iterators = self.iterators()
        self.expect("satisfies", f"after the lists of '{quantifier}'")
        condition = self.expression()
        self.known = before
        return syntax.Quantified(quantifier, iterators, condition, column=column)

    def iterators(self) -> tuple[syntax.Iterator, ...]:
        result = []
        while True:
            column = self.token[2] + 1
            name = self.declared_name(("in",), "to iterate with")
            self.expect("in", "after the name")
            domain = self.expression()
            end = self.expression() if self.take("..") else None
            result.append(syntax.Iterator(name, domain, end, column=column))
            if not self.take(","):
                return tuple(result)

    # -- unary tests ---------------------------------------------------------------------------------------------

    def test(self, power: int = 0) -> syntax.Node:
        """A test such as `< 5`, or any expression."""
        _, text, start = self.token
        if self.at(*_COMPARISONS):
            self.position += 1
            return syntax.Test(text, self.expression(30), column=start + 1)
        return self.expression(power)

    def unary_tests(self) -> syntax.Tests:
        """`-`, `not(tests)` or tests with commas between them."""
        if self.token[0] == END or (self.at("-") and self.tokens[1][0] == END):
            self.position = len(self.tokens) - 1
            return syntax.Tests((), column=1)
        if self.token[1] == "not" and self.tokens[1][1] == "(" and self.negation_spans_all():
            self.position += 2
            tests = self.test_list()
            self.expect(")", "to close 'not'")
            return syntax.Tests(tests, negated=True, column=1)
        return syntax.Tests(self.test_list(), column=1)

    def test_list(self) -> tuple[syntax.Node, ...]:
        tests = [self.test()]
        while self.take(","):
            tests.append(self.test())
        return tuple(tests)

    def negation_spans_all(self) -> bool:
        """Whether the parenthesis after `not` closes at the very end of the text."""
        depth = 0
        for index in range(1, len(self.tokens)):
            kind, text, _ = self.tokens[index]
            if kind == SIGN and text in "([{":
                depth += 1
            elif kind == SIGN and text in ")]}":
                depth -= 1
            if depth == 0:
                return self.tokens[index + 1][0] == END
        return False


def operator_range(operator: str, operand: syntax.Node, column: int) -> syntax.RangeLiteral:
    """`(< 5)` as a range value (DMN 1.5, 10.3.2.7)."""
    if operator in ("<", "<="):
        return syntax.RangeLiteral(None, operand, False, operator == "<=", operator, column=column)
    if operator in (">", ">="):
        return syntax.RangeLiteral(operand, None, operator == ">=", False, operator, column=column)
    return syntax.RangeLiteral(operand, operand, True, True, operator, column=column)
