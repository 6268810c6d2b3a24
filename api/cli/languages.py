"""`baton feel` and `baton dmn`: try an expression or a decision before it stands in a diagram."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.console import Command, Exit, Failure, Json, parse_object, parse_pairs, say, show, wants_json

if TYPE_CHECKING:
    from bpmn import dmn as decisions
    from bpmn import feel as language
    from bpmn.errors import LanguageError


@click.command(cls=Command)
@click.argument("expression")
@click.option("--context", metavar="JSON", help="The variables, as a JSON object, @FILE or - for standard input.")
@click.option("-v", "--var", "pairs", multiple=True, metavar="NAME=VALUE", help="One variable; may be repeated.")
@click.option(
    "--dialect",
    type=click.Choice(["camunda", "dmn"]),
    default="camunda",
    show_default=True,
    help="FEEL as diagrams have it, or as the DMN specification has it.",
)
def feel(expression: str, context: str | None, pairs: tuple[str, ...], dialect: language.Dialect) -> None:
    """Evaluate a FEEL expression, as a diagram would (a leading = is allowed).

    Why a part is null is said on standard error, and as "warnings" with --json.

    \b
    baton feel 'amount > 250 and currency = "EUR"' --context '{"amount": 300, "currency": "EUR"}'
    """
    import bpmn.feel
    from bpmn.errors import LanguageError
    from bpmn.languages import as_json

    variables = {**(parse_object(context, what="--context") if context else {}), **parse_pairs(pairs)}
    text = expression.strip().removeprefix("=").lstrip()
    try:
        compiled = bpmn.feel.compile(text, dialect=dialect, names=bpmn.feel.names_in(variables))
    except LanguageError as error:
        raise _not_feel(error, text) from error
    outcome = compiled.run(variables)
    value, warnings = as_json(outcome.value), [warning.message for warning in outcome.warnings]
    if not wants_json():
        for warning in warnings:
            say(f"null: {warning}")
    show({"result": value, **({"warnings": warnings} if warnings else {})}, lambda: _text(value))


def _not_feel(error: LanguageError, text: str) -> Failure:
    """The failure, with a mark under the place for people."""
    shown, place = "", ""
    if error.column:
        place = f" at column {error.column}"
        shown = f"\n  {text}\n  {' ' * (error.column - 1)}^" if len(text) <= 100 and "\n" not in text else ""
    details = {"column": error.column, "expression": text}
    message = str(error) if wants_json() else f"{str(error).rstrip('.')}{place}.{shown}"
    return Failure(message, code=error.code, details=details)


@click.command(cls=Command)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--decision", metavar="ID", help="The id or name of a decision or decision service.")
@click.option("--inputs", metavar="JSON", help="The inputs, as a JSON object, @FILE or - for standard input.")
@click.option("-v", "--var", "pairs", multiple=True, metavar="NAME=VALUE", help="One input; may be repeated.")
def dmn(file: Path, decision: str | None, inputs: str | None, pairs: tuple[str, ...]) -> None:
    """Evaluate a decision of a DMN file and say which rules matched.

    --decision is not needed when the file has only one. Files that it imports are looked for in its folder. The
    result is printed; what was decided on the way, on standard error (as "matched" with --json).

    \b
    baton dmn approval-level.dmn --inputs '{"amount": 300, "currency": "EUR", "totalsAgree": true}'
    """
    from bpmn.languages import as_json

    definitions = _read(file)
    wanted = _wanted(definitions, decision, file)
    variables = {**(parse_object(inputs, what="--inputs") if inputs else {}), **parse_pairs(pairs)}
    result = definitions.decide(wanted, variables)
    value, matched = as_json(result.value), as_json(result.matched)
    if not wants_json():
        for entry in matched:
            say(_told(entry))
    show({"decision": wanted, "result": value, "matched": matched}, lambda: _text(value))


def _read(file: Path) -> decisions.Definitions:
    import bpmn.dmn

    try:
        content = file.read_bytes()
        others = [other.read_bytes() for other in file.parent.glob("*.dmn") if other != file]
        imported = [other for other in others if bpmn.dmn.is_readable(other)] if bpmn.dmn.imports(content) else []
        return bpmn.dmn.read(content, source=file.name, imports=imported)
    except bpmn.dmn.ModelError as error:
        place = f"{file}:{error.line}" if error.line else str(file)
        details = {"file": str(file), "line": error.line, "element": error.element, "hint": error.hint}
        text = str(error) if wants_json() else f"{place}: {error} {error.hint}".rstrip()
        raise Failure(text, code=error.code, details=details) from error


def _wanted(definitions: decisions.Definitions, wanted: str | None, file: Path) -> str:
    services = definitions.file.services
    ids = [decision.id for decision in definitions.decisions] + [service.id for service in services]
    by_name = {service.variable.name: service.id for service in services}
    by_name |= {decision.name: decision.id for decision in definitions.decisions}
    if wanted is None and len(definitions.decisions) == 1:
        return ids[0]
    if wanted is None:
        raise click.UsageError(f"{file} has {len(ids)} decisions; say which with --decision: {_listed(ids)}.")
    if wanted not in ids and wanted not in by_name:
        text = f"{file} has no decision '{wanted}'. It has: {_listed(ids)}."
        raise Failure(text, Exit.NOT_FOUND, code="not-found")
    return wanted if wanted in ids else by_name[wanted]


def _listed(ids: Sequence[str]) -> str:
    return ", ".join(ids) or "none"


def _told(entry: Json) -> str:
    """One decision on the way, in a line: its inputs, the rules that matched, what came out."""
    if entry["type"] != "decision table":
        return f"{entry['decision_id']} ({entry['type']}): {_line(entry['output'])}"
    inputs = ", ".join(f"{given['name']} = {_line(given['value'])}" for given in entry["inputs"])
    rules = ", ".join(f"{rule['index']}{' (' + rule['id'] + ')' if rule['id'] else ''}" for rule in entry["rules"])
    what = f"rule {rules} matched" if len(entry["rules"]) == 1 else f"rules {rules} matched"
    outcome = what if rules else "no rule matched"
    return (
        f"{entry['decision_id']} ({entry['hit_policy']}): {inputs or 'no inputs'}: {outcome}: {_line(entry['output'])}"
    )


def _line(value: Json) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)


def _text(value: Json) -> str:
    import json

    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
