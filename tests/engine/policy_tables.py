"""Decision tables as policies, as an analyst draws them: what the tests of policy documents share."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from bpmn.policies import PolicyDocument, read


def table(
    id: str, inputs: Sequence[str], outputs: Sequence[str], *rows: Sequence[str], hit_policy: str = "COLLECT"
) -> bytes:
    """A DMN file of one table; of each row the input cells, then the output cells, then perhaps a note beside it."""
    columns = "".join(
        f'<input id="i{at}"><inputExpression id="e{at}" typeRef="Any"><text>{escape(text)}</text></inputExpression>'
        "</input>"
        for at, text in enumerate(inputs)
    ) + "".join(f'<output id="o{at}" name="{name}" typeRef="Any"/>' for at, name in enumerate(outputs))
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="file-{id}" name="{id}"
  namespace="http://camunda.org/schema/1.0/dmn">
  <decision id="{id}" name="{id}"><decisionTable id="t-{id}" hitPolicy="{hit_policy}">
    {columns}{"".join(_row(at, row, len(inputs), len(outputs)) for at, row in enumerate(rows, 1))}
  </decisionTable></decision></definitions>""".encode()


def _row(at: int, cells: Sequence[str], inputs: int, outputs: int) -> str:
    note = f"<description>{escape(cells[inputs + outputs])}</description>" if len(cells) > inputs + outputs else ""
    said = "".join(
        f'<{kind} id="{kind}-{at}-{number}"><text>{escape(cell)}</text></{kind}>'
        for number, (kind, cell) in enumerate(
            [("inputEntry", cell) for cell in cells[:inputs]]
            + [("outputEntry", cell) for cell in cells[inputs : inputs + outputs]]
        )
    )
    return f'<rule id="row-{at}">{note}{said}</rule>'


def document(text: str) -> PolicyDocument:
    """A policy document, of which the usual parts need not be written."""
    usual = {"owner": "ada", "version": "'1'", "purpose": "Keeps the peace."}
    given = "".join(f"{name}: {value}\n" for name, value in usual.items() if f"{name}:" not in text)
    reading = read(f"{given}{text}\n".encode())
    assert reading.document is not None, reading.findings
    return reading.document
