"""Decision files in few words, for the tests beside."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from bpmn import dmn

CAMUNDA = "https://www.omg.org/spec/DMN/20191111/MODEL/"
SPECIFICATION = "https://www.omg.org/spec/DMN/20230324/MODEL/"


def file(*parts: str, namespace: str = CAMUNDA, more: str = "", place: str = "here") -> bytes:
    start = f'<definitions xmlns="{namespace}" id="defs" name="Defs" namespace="{place}" {more}>'
    return "\n".join([start, *parts, "</definitions>"]).encode()


def read(*parts: str, namespace: str = CAMUNDA, more: str = "") -> dmn.Definitions:
    return dmn.read(file(*parts, namespace=namespace, more=more))


def text(content: str, tag: str = "text") -> str:
    return f"<{tag}>{escape(content)}</{tag}>"


def decision(id: str, logic: str, *, requires: Sequence[str] = (), more: str = "", name: str = "") -> str:
    needed = "".join(
        f'<informationRequirement><requiredDecision href="#{one}"/></informationRequirement>' for one in requires
    )
    return f"<decision id={quoteattr(id)} name={quoteattr(name or id)}>{more}{needed}{logic}</decision>"


def literal(expression: str, more: str = "") -> str:
    return f"<literalExpression {more}>{text(expression)}</literalExpression>"


def table(
    inputs: Sequence[str],
    outputs: Sequence[str],
    *rules: Sequence[str],
    policy: str = "UNIQUE",
    values: Sequence[str] = (),
    defaults: Sequence[str] = (),
) -> str:
    """A table; `inputs` are expressions (`name:type` for a typed one), `outputs` names."""
    columns = "".join(_input(one) for one in inputs)
    columns += "".join(_output(name, number, values, defaults) for number, name in enumerate(outputs))
    hit_policy, _, aggregation = policy.partition("+")
    rows = "".join(_rule(number, cells, len(inputs)) for number, cells in enumerate(rules, 1))
    more = f' aggregation="{aggregation}"' if aggregation else ""
    return f'<decisionTable hitPolicy="{hit_policy}"{more}>{columns}{rows}</decisionTable>'


def _input(expression: str) -> str:
    written, _, type = expression.partition(":")
    return (
        f'<input label="{escape(written)}"><inputExpression typeRef="{type}">{text(written)}</inputExpression></input>'
    )


def _output(name: str, number: int, values: Sequence[str], defaults: Sequence[str]) -> str:
    inside = f"<outputValues>{text(values[number])}</outputValues>" if values else ""
    inside += f"<defaultOutputEntry>{text(defaults[number])}</defaultOutputEntry>" if defaults else ""
    return f'<output id="out{number}" name="{name}">{inside}</output>'


def _rule(number: int, cells: Sequence[str], inputs: int) -> str:
    tags = ["inputEntry"] * inputs + ["outputEntry"] * (len(cells) - inputs)
    inside = "".join(f"<{tag}>{text(cell)}</{tag}>" for tag, cell in zip(tags, cells, strict=True))
    return f'<rule id="r{number}">{inside}</rule>'
