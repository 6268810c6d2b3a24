"""Writes the reference under `api/reference/` from the code: every setting, every error and rule with its stable code.

`make reference` writes the pages; a house test compares them with what this module would write, so that no setting, no
error and no rule can appear without its line.
"""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from types import ModuleType, NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from api import evidence, problems, settings
from bpmn import rules
from bpmn.check import WAIVER
from bpmn.dialects.stand_ins import STAND_INS

FOLDER = Path(__file__).parent / "reference"
PACKAGES = ("bpmn", "engine", "connectors", "api")

#: What the console reads to find a server. The keys are those of `settings.CLIENT_KEYS`.
CLIENT = {
    "BATON_URL": "Address of the server. Without it the console opens the database of the working directory itself.",
    "BATON_TOKEN": "API token to show to the server, as `baton token create` printed it.",
    "BATON_USER": "User name, when there is no token.",
    "BATON_PASSWORD": "Password of `BATON_USER`.",
}

_BOUNDS = {"ge": "at least {}", "gt": "more than {}", "le": "at most {}", "lt": "less than {}"}
_PLAIN = {bool: "yes or no", int: "whole number", float: "number", Decimal: "number", str: "text", Path: "path"}


def pages() -> dict[str, str]:
    """The text of every page by file name."""
    schema = json.dumps(evidence.schema(), indent=1, sort_keys=True) + "\n"
    return {
        "settings.md": settings_page(),
        "errors.md": errors_page(),
        "rules.md": rules_page(),
        "reports.schema.json": schema,
        "stand_ins.md": stand_ins_page(),
    }


def settings_page() -> str:
    """Every setting: how it is called in the environment and in baton.toml, what it takes, what it does."""
    tables = [_settings_table(settings.Settings, settings.PREFIX)]
    for model in _nested(settings.Settings):
        tables += [f"\n## {model.__name__}\n\n{_meaning(model)}\n", _settings_table(model, "")]
    console = [[f"`{key}`", CLIENT[key]] for key in sorted(settings.CLIENT_KEYS)]
    return _page(
        "Settings",
        f"Set in the environment under the name given here, or in `{settings.FILE_NAME}` in lower case and without "
        f"`{settings.PREFIX}`; the environment wins. What is unknown or cannot be used is refused at the start.",
        *tables,
        f"\n## Secrets\n\n`{settings.SECRET_PREFIX}<NAME>` is what `{{{{secrets.NAME}}}}` in a diagram resolves to, "
        "inside connectors only. A secret is in no log, no variable and no audit record.\n",
        "\n## Console\n\nRead by the `baton` command; a server ignores them.\n",
        _table(["Name", "Meaning"], console),
    )


def errors_page() -> str:
    """Every stable code: the HTTP status it comes with, what it means, and the class that carries it."""
    statuses = _raised()
    rows = {code: [statuses.get(code, ""), meaning, ""] for code, meaning in problems.CODES.items()}
    for kind in error_classes():
        status = next((str(problems.STATUS[base]) for base in kind.__mro__ if base in problems.STATUS), "")
        rows[vars(kind)["code"]] = [status, _meaning(kind), f"`{kind.__module__}.{kind.__name__}`"]
    return _page(
        "Errors",
        "Every refusal has a code that does not change, for programs; its text names the thing and says what to do. "
        "Over HTTP it is the `code` of an `application/problem+json` document.",
        _table(["Code", "HTTP", "Meaning", "Class"], [[f"`{code}`", *row] for code, row in sorted(rows.items())]),
    )


def rules_page() -> str:
    """Every rule a diagram is checked by: its code, how grave its findings are, what it says and why."""
    rows = []
    for code, check in sorted(rules.RULES.items()):
        module = importlib.import_module(check.__module__)
        rows.append([f"`{code}`", ", ".join(severities(module)), _first(module), _first(check)])
    return _page(
        "Rules",
        "What `baton check` and every deployment look at. A diagram with an error is not deployed; warnings and "
        "remarks say where it may not do what is meant. Findings name the element, the line and the way out.",
        _table(["Code", "Severity", "Rule", "Reports"], rows),
        f"\n## Waiving a rule\n\nThe property `{WAIVER}` of an element or of its process (`zeebe:property`, "
        "`camunda:property`) lists the codes that are not reported there, with commas between them. Errors cannot be "
        "waived.\n",
    )


def stand_ins_page() -> str:
    """What files of other engines ask of other products: the job it becomes, and what its worker has to do."""
    rows = [[one.written, one.job or "none", one.to_do] for one in STAND_INS]
    return _page(
        "Stand-ins",
        "What is Java code or another product in the engine that a file was drawn for is a job here: a worker of that "
        "type, in any language, does it. Until one does, the job waits; nothing is skipped.",
        _table(["In the file", "Type of the job", "What is to be done"], rows),
    )


def severities(module: ModuleType) -> list[str]:
    """How grave the findings of a rule can be, gravest first, as its source says."""
    said = re.findall(r'RULE\.(error|warning|info)\b|"(error|warning|info)"', inspect.getsource(module))
    found = {one for pair in said for one in pair}
    return [severity for severity in ("error", "warning", "info") if severity in found]


def error_classes() -> list[type[Exception]]:
    """The exceptions of the four packages that carry a `code` of their own, by name."""
    found = {
        kind
        for module in _modules()
        for kind in vars(module).values()
        if inspect.isclass(kind)
        and issubclass(kind, Exception)
        and kind.__module__ == module.__name__
        and isinstance(vars(kind).get("code"), str)
    }
    return sorted(found, key=lambda kind: (kind.__module__, kind.__name__))


def write(folder: Path = FOLDER) -> None:
    """Write all pages."""
    folder.mkdir(exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


def _modules() -> Iterator[ModuleType]:
    for package in map(importlib.import_module, PACKAGES):
        yield package
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            # Migrations run when they are imported; a __main__ does, too.
            if "migrations" not in found.name and not found.name.endswith("__main__"):
                yield importlib.import_module(found.name)


def _raised() -> dict[str, str]:
    """The HTTP statuses that the API raises its own codes with, read from its source."""
    found = {(code, status) for status, code in problems._HTTP_CODES.items()}
    for file in Path(__file__).parent.rglob("*.py"):
        raised = re.findall(r'\bProblem\(\s*(\d{3}),\s*"([a-z-]+)"', file.read_text(encoding="utf-8"))
        found |= {(code, int(status)) for status, code in raised}
    return {code: ", ".join(str(s) for c, s in sorted(found) if c == code) for code, _ in found}


def _settings_table(model: type[BaseModel], prefix: str) -> str:
    rows = [
        [f"`{prefix}{name.upper() if prefix else name}`", _takes(field), _default(field), field.description or ""]
        for name, field in model.model_fields.items()
        if not (prefix and name == "secrets")  # these have names of their own, and a section
    ]
    return _table(["Name", "Takes", "Default", "Meaning"], rows)


def _nested(model: type[BaseModel]) -> list[type[BaseModel]]:
    """The models that a model's fields are made of, outermost first, each once."""
    found: list[type[BaseModel]] = []
    for field in model.model_fields.values():
        for part in _parts(field.annotation):
            if inspect.isclass(part) and issubclass(part, BaseModel) and part not in found:
                found += [part, *(inner for inner in _nested(part) if inner not in found)]
    return found


def _parts(annotation: Any) -> Iterator[Any]:
    yield annotation
    for argument in get_args(annotation):
        yield from _parts(argument)


def _takes(field: FieldInfo) -> str:
    bounds = [
        text.format(value)
        for rule in field.metadata
        for bound, text in _BOUNDS.items()
        if (value := getattr(rule, bound, None)) is not None
    ]
    return ", ".join([_kind(field.annotation), *bounds])


def _kind(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in arguments)
    if origin in (Union, UnionType):
        return " or ".join(_kind(part) for part in arguments if part is not NoneType)
    if origin is not None and issubclass(origin, Mapping):
        return f"table of {_kind(arguments[1])}"
    if origin is not None and issubclass(origin, Iterable):
        return f"list of {_kind(arguments[0])}"
    return _PLAIN.get(annotation, str(getattr(annotation, "__name__", annotation)))


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is PydanticUndefined:
        return "required"
    return f"`{value}`" if value not in (None, "", {}, (), []) else ""


def _first(thing: object) -> str:
    return " ".join((inspect.getdoc(thing) or "").split("\n\n")[0].split())


def _meaning(kind: type) -> str:
    """The first paragraph of a docstring on one line."""
    return " ".join(inspect.cleandoc(kind.__doc__ or "").split("\n\n")[0].split())


def _page(title: str, opening: str, *parts: str) -> str:
    note = "<!-- Generated by `make reference`; edit the code instead. -->"
    return "\n".join([f"# {title}", "", note, "", opening, "", *parts]).rstrip() + "\n"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


if __name__ == "__main__":
    write()
