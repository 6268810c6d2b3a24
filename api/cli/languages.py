"""`baton feel` and `baton dmn`: try an expression or a decision before it stands in a diagram."""

from __future__ import annotations

from pathlib import Path

import click

from api.cli.console import Command, Exit, Failure, Json, parse_object, parse_pairs, show


@click.command(cls=Command)
@click.argument("expression")
@click.option("--context", metavar="JSON", help="The variables, as a JSON object, @FILE or - for standard input.")
@click.option("-v", "--var", "pairs", multiple=True, metavar="NAME=VALUE", help="One variable; may be repeated.")
def feel(expression: str, context: str | None, pairs: tuple[str, ...]) -> None:
    """Evaluate a FEEL expression, as a diagram would (a leading = is allowed).

    \b
    baton feel 'amount > 250 and currency = "EUR"' --context '{"amount": 300, "currency": "EUR"}'
    """
    import bpmn.feel
    from bpmn.languages import as_json

    variables = {**(parse_object(context, what="--context") if context else {}), **parse_pairs(pairs)}
    text = expression.strip().removeprefix("=")
    value = as_json(bpmn.feel.evaluate(text, variables, dialect="camunda"))
    show({"result": value}, lambda: _text(value))


@click.command(cls=Command)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--decision", metavar="ID", help="The decision's id or name; not needed when there is only one.")
@click.option("--inputs", metavar="JSON", help="The inputs, as a JSON object, @FILE or - for standard input.")
@click.option("-v", "--var", "pairs", multiple=True, metavar="NAME=VALUE", help="One input; may be repeated.")
def dmn(file: Path, decision: str | None, inputs: str | None, pairs: tuple[str, ...]) -> None:
    """Evaluate a decision of a DMN file and say which rules matched.

    \b
    baton dmn approval-level.dmn --inputs '{"amount": 300, "currency": "EUR", "totalsAgree": true}'
    """
    import bpmn.dmn
    from bpmn.languages import as_json

    definitions = bpmn.dmn.read(file.read_bytes())
    wanted = _decision(definitions.decisions, decision, file)
    variables = {**(parse_object(inputs, what="--inputs") if inputs else {}), **parse_pairs(pairs)}
    result = definitions.decide(wanted, variables)
    value = as_json(result.value)
    show({"decision": wanted, "result": value, "matched": as_json(result.matched)}, lambda: _text(value))


def _decision(decisions: Json, wanted: str | None, file: Path) -> str:
    ids = [str(decision.id) for decision in decisions]
    names = {str(decision.name): str(decision.id) for decision in decisions}
    if wanted is None and len(ids) == 1:
        return ids[0]
    if wanted is None:
        raise click.UsageError(f"{file} has {len(ids)} decisions; say which with --decision: {', '.join(ids)}.")
    if wanted not in ids and wanted not in names:
        known = ", ".join(ids) or "none"
        raise Failure(f"{file} has no decision '{wanted}'. It has: {known}.", Exit.NOT_FOUND, code="not-found")
    return names.get(wanted, wanted) if wanted not in ids else wanted


def _text(value: Json) -> str:
    import json

    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
