"""How every command speaks: data on standard output, talk on standard error, failures as exit codes.

`Command` adds `--json` to a command and turns every expected error into a `Failure`. With `--json` a command prints one
JSON object (or JSON lines, for streams), also when it fails.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import IntEnum
from typing import Any

import click

Json = Any
JSON_KEY = "baton.json"


class Exit(IntEnum):
    """The exit codes, which scripts build on."""

    OK = 0
    FAILED = 1
    USAGE = 2
    LINT = 3
    NOT_FOUND = 4
    AUTH = 5
    CANNOT_CONNECT = 6
    TIMEOUT = 124


class Failure(click.ClickException):
    """A command that could not do what it was asked: one sentence for people, `code` and `details` for programs."""

    def __init__(
        self,
        message: str,
        exit_code: Exit = Exit.FAILED,
        *,
        code: str = "failed",
        details: Mapping[str, Json] | None = None,
    ) -> None:
        super().__init__(message)
        self.exit_code = int(exit_code)  # type: ignore[misc] # click reads it from the instance
        self.code = code
        self.details = dict(details or {})

    def as_json(self) -> dict[str, Json]:
        return {"error": {"code": self.code, "message": self.message, **self.details}}


class Command(click.Command):
    """A command with `--json`, whose errors are all `Failure`s."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.append(_json_option())

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Exception as error:
            failure = _failure_of(error)
            if failure is None:
                raise
            if wants_json():
                click.echo(json.dumps(failure.as_json(), ensure_ascii=False))
            raise failure from error


class Group(click.Group):
    """A noun; its verbs are `Command`s."""

    command_class = Command


def _json_option() -> click.Option:
    def remember(ctx: click.Context, _: click.Parameter, value: bool) -> None:
        ctx.meta[JSON_KEY] = value

    return click.Option(
        ["--json"], is_flag=True, expose_value=False, callback=remember, help="Print JSON instead of text."
    )


_OURS = frozenset({"api", "bpmn", "connectors", "engine"})


def _failure_of(error: Exception) -> Failure | None:
    """The failure that an expected error is; None for a click exception or a defect, which shows its traceback."""
    if isinstance(error, Failure):
        return error
    if isinstance(error, click.exceptions.Exit | click.ClickException | click.Abort):
        return None
    code = getattr(error, "code", None)
    if not isinstance(code, str) or type(error).__module__.partition(".")[0] not in _OURS:
        return None
    exits = {"not-found": Exit.NOT_FOUND, "store-unavailable": Exit.CANNOT_CONNECT, "settings-invalid": Exit.USAGE}
    return Failure(str(error), exits.get(code, Exit.FAILED), code=code)


def wants_json() -> bool:
    """Whether the running command was called with `--json`."""
    ctx = click.get_current_context(silent=True)
    return bool(ctx and ctx.meta.get(JSON_KEY))


def say(text: str = "") -> None:
    """Talk: to standard error, so that it never mixes with data."""
    click.echo(text, err=True)


def show(data: Mapping[str, Json], text: Callable[[], str] | str) -> None:
    """Data: one JSON object with `--json`, else the text."""
    if wants_json():
        click.echo(json.dumps(data, ensure_ascii=False, default=str))
        return
    shown = text if isinstance(text, str) else text()
    if shown:
        click.echo(shown)


def stream(items: Iterable[Mapping[str, Json]], text: Callable[[Mapping[str, Json]], str]) -> int:
    """Data without an end in sight: JSON lines with `--json`, else a line of text each. Returns how many."""
    count = 0
    for count, item in enumerate(items, 1):  # noqa: B007 - the last number is the answer
        click.echo(json.dumps(item, ensure_ascii=False, default=str) if wants_json() else text(item))
    return count


def table(rows: Sequence[Mapping[str, Json]], columns: Sequence[str], *, empty: str = "") -> str:
    """A table as text. No cell is ever cut: what is copied from it works."""
    if not rows:
        return empty
    cells = [[_cell(row.get(name)) for name in columns] for row in rows]
    widths = [max(len(line[i]) for line in [list(columns), *cells]) for i in range(len(columns))]
    lines = [[name.upper() for name in columns], *cells]
    return "\n".join("  ".join(cell.ljust(widths[i]) for i, cell in enumerate(line)).rstrip() for line in lines)


def record(data: Mapping[str, Json]) -> str:
    """One thing as text: a line per field, empty fields left out."""
    filled = {name: _cell(value) for name, value in data.items() if value not in (None, "", [], {})}
    width = max((len(name) for name in filled), default=0)
    return "\n".join(f"{name.ljust(width)}  {value}" for name, value in filled.items())


def _cell(value: Json) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return (
        " ".join(str(value).split()) if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    )


def parse_object(text: str, *, what: str) -> dict[str, Json]:
    """A JSON object from an option; `@FILE` reads a file and `-` standard input. A usage error says what is wrong."""
    source = text
    if text == "-" or text.startswith("@"):
        try:
            with click.open_file(text if text == "-" else text[1:], encoding="utf-8") as file:
                source = file.read()
        except OSError as error:
            raise click.UsageError(f"{what}: cannot read {text[1:]}: {error.strerror}") from error
    try:
        value = json.loads(source)
    except ValueError as error:
        raise click.UsageError(f"{what} is not valid JSON: {error}. Example: '{{\"amount\": 100}}'") from error
    if not isinstance(value, dict):
        raise click.UsageError(
            f"{what} must be a JSON object such as '{{\"amount\": 100}}', not {type(value).__name__}."
        )
    return value


def parse_pairs(pairs: Sequence[str], *, what: str = "-v") -> dict[str, Json]:
    """Variables from `name=value`: a value that is JSON (12, true, [1]) counts as such, anything else is text.

    `name=@FILE` is the text of a file.
    """
    values: dict[str, Json] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not name or not equals:
            raise click.UsageError(f"{what} {pair!r} is not of the form name=value.")
        values[name] = _value(name, text)
    return values


def _value(name: str, text: str) -> Json:
    if text.startswith("@") and len(text) > 1:
        try:
            with open(text[1:], encoding="utf-8") as file:
                return file.read()
        except (OSError, UnicodeDecodeError) as error:
            raise click.UsageError(f"-v {name}: cannot read {text[1:]}: {error}") from error
    try:
        return json.loads(text, parse_constant=str)  # NaN and Infinity are no JSON: they stay text
    except ValueError:
        return text
