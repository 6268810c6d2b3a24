"""How every command speaks, whatever it does."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import click
import pytest
from click.testing import CliRunner

from api.cli import COMMANDS, main
from api.cli.console import Command, Exit, Failure, Group, parse_object, parse_pairs, record, show, stream, table


def commands(group: click.Group = main, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """Every command that can be called, with its name."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield " ".join([*path, name]), command


@pytest.mark.parametrize(("name", "command"), list(commands()))
def test_every_command_has_json_and_says_what_it_does(name: str, command: click.Command) -> None:
    assert isinstance(command, Command)
    options = [option for parameter in command.params for option in parameter.opts]
    assert options.count("--json") == 1
    assert command.help


@pytest.mark.parametrize("name", list(COMMANDS))
def test_the_list_of_commands_names_real_ones(name: str) -> None:
    assert main.get_command(click.Context(main), name) is not None


def test_an_unknown_command_is_a_usage_error() -> None:
    assert CliRunner().invoke(main, ["dance"]).exit_code == Exit.USAGE


def test_help_loads_none_of_the_heavy_parts() -> None:
    program = (
        "import sys; from click.testing import CliRunner; from api.cli import main; "
        "assert CliRunner().invoke(main, ['--help']).exit_code == 0; "
        "heavy = {'flask', 'sqlalchemy', 'lxml', 'litellm', 'httpx', 'pydantic'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


@contextmanager
def answering() -> Iterator[str]:
    """A server that knows no process; the address of it."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b'{"items": []}'
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answers)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_who_asks_a_server_loads_nothing_of_the_server() -> None:
    program = (
        "import sys; from click.testing import CliRunner; from api.cli import main; "
        "done = CliRunner().invoke(main, ['process', 'list', '--url', sys.argv[1], '--json']); "
        "assert (done.exit_code, done.stdout) == (0, '{\"items\": []}\\n'), done.output;"
        "heavy = {'engine', 'bpmn', 'connectors', 'api.app', 'flask', 'sqlalchemy', 'lxml', 'pydantic', 'rich'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    with answering() as url:
        loaded = subprocess.run([sys.executable, "-c", program, url], capture_output=True, text=True, check=False)
    assert (loaded.returncode, loaded.stdout.strip()) == (0, "[]"), loaded.stderr[-2000:]


@click.command(cls=Command)
@click.option("--how")
def broken(how: str) -> None:
    """Fail."""
    if how == "expected":
        raise Failure("The key 7 is nowhere.", Exit.NOT_FOUND, code="not-found", details={"key": "7"})
    if how == "refused":
        from engine.errors import StoreUnavailable

        raise StoreUnavailable("The database sleeps.")
    raise ZeroDivisionError("a defect")


def test_a_failure_is_one_sentence_and_an_exit_code() -> None:
    result = CliRunner().invoke(broken, ["--how", "expected"])
    assert (result.exit_code, result.stdout, result.stderr) == (4, "", "Error: The key 7 is nowhere.\n")


def test_a_failure_is_an_object_with_json() -> None:
    result = CliRunner().invoke(broken, ["--how", "expected", "--json"])
    expected = {"error": {"code": "not-found", "message": "The key 7 is nowhere.", "key": "7"}}
    assert (result.exit_code, json.loads(result.stdout)) == (4, expected)


def test_an_error_of_the_layers_below_is_a_failure_too() -> None:
    result = CliRunner().invoke(broken, ["--how", "refused"])
    assert (result.exit_code, result.stderr) == (Exit.CANNOT_CONNECT, "Error: The database sleeps.\n")


def test_a_defect_shows_itself() -> None:
    assert isinstance(CliRunner().invoke(broken, ["--how", "badly"]).exception, ZeroDivisionError)


def test_data_goes_out_as_text_or_as_one_object() -> None:
    @click.command(cls=Command)
    def answer() -> None:
        """Answer."""
        show({"key": "12345678901234567890", "word": "grün"}, lambda: "the text")

    runner = CliRunner()
    assert runner.invoke(answer).stdout == "the text\n"
    assert runner.invoke(answer, ["--json"]).stdout == '{"key": "12345678901234567890", "word": "grün"}\n'


def test_streams_are_json_lines() -> None:
    @click.command(cls=Command)
    def count() -> None:
        """Count."""
        stream(({"n": number} for number in range(2)), lambda item: f"number {item['n']}")

    runner = CliRunner()
    assert runner.invoke(count, ["--json"]).stdout == '{"n": 0}\n{"n": 1}\n'
    assert runner.invoke(count).stdout == "number 0\nnumber 1\n"


def test_a_table_never_cuts_a_cell() -> None:
    long = "9" * 300
    lines = table([{"key": long, "groups": ["a", "b"]}, {"key": "1", "groups": None}], ("key", "groups")).splitlines()
    assert lines[0].split() == ["KEY", "GROUPS"]
    assert lines[1] == f"{long}  a, b"
    assert lines[2] == "1"


def test_an_empty_table_says_what_to_do() -> None:
    assert table([], ("key",), empty="Nothing. Try: this") == "Nothing. Try: this"


def test_a_record_leaves_empty_fields_out_and_keeps_zero_and_false() -> None:
    assert record({"a": None, "b": 0, "cc": False, "d": ""}) == "b   0\ncc  no"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a=1", 1),
        ("a=1.5", 1.5),
        ("a=true", True),
        ("a=[1]", [1]),
        ("a=x y", "x y"),
        ("a=", ""),
        ("a=b=c", "b=c"),
        ("a=NaN", "NaN"),
    ],
)
def test_a_variable_is_json_or_text(text: str, value: object) -> None:
    assert parse_pairs([text]) == {"a": value}


def test_a_variable_may_come_from_a_file(tmp_path) -> None:
    (tmp_path / "invoice.txt").write_text("Total 12", encoding="utf-8")
    assert parse_pairs([f"invoice=@{tmp_path / 'invoice.txt'}"]) == {"invoice": "Total 12"}


@pytest.mark.parametrize("text", ["a", "=1"])
def test_a_variable_without_name_or_value_is_a_usage_error(text: str) -> None:
    with pytest.raises(click.UsageError, match="name=value"):
        parse_pairs([text])


@pytest.mark.parametrize(("text", "what"), [("[1]", "not list"), ("{", "not valid JSON"), ("@/nowhere", "cannot read")])
def test_an_option_that_is_no_object_says_so(text: str, what: str) -> None:
    with pytest.raises(click.UsageError, match=what):
        parse_object(text, what="--vars")


def test_groups_make_commands_with_json() -> None:
    assert Group.command_class is Command
