"""The verdicts of `bpmn.forms` beside those of form-js itself, field by field, over forms and answers made by chance.

form-js is fetched by npm into a cache folder outside of this tree; without node, npm or a registry the test is skipped.
On loading, form-js drops values that do not fit their field (a text for a number, what is not among the options);
Baton, which is sent answers by programs, refuses those. Everything else must be judged alike.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bpmn import forms
from bpmn.forms import templates
from tests.conformance.form_cases import Forms
from tests.support.offline import environment_of_an_installer

PACKAGES = ("@bpmn-io/form-js-viewer@2.0.0", "jsdom@24.1.3")
PEER = Path(__file__).with_name("form_js_peer.cjs")
CASES = 400
Json = Any

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def peer_folder() -> Path:
    """The folder in which form-js is installed."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("needs node and npm")
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = base / "baton" / "form-js-2.0.0"
    if not (folder / "node_modules" / "jsdom").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"private": true}')
        command = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", *PACKAGES]
        try:
            subprocess.run(command, cwd=folder, env=environment_of_an_installer(), timeout=90, check=True)
        except subprocess.SubprocessError as error:
            shutil.rmtree(folder / "node_modules", ignore_errors=True)
            pytest.skip(f"npm could not install form-js: {error}")
    return folder


def _verdicts(folder: Path, cases: list[tuple[Json, Json]]) -> list[Json]:
    return _asked(folder, [{"schema": schema, "data": data} for schema, data in cases])


def _asked(folder: Path, cases: list[dict[str, Json]]) -> list[Json]:
    asked = json.dumps(cases)
    done = subprocess.run(
        ["node", str(PEER)], cwd=folder, input=asked, capture_output=True, text=True, timeout=110, check=True
    )
    return list(json.loads(done.stdout))


def _form_js_places(errors: Json, schema: Json) -> set[str]:
    """form-js tells its errors by id, then by the index of each list around."""
    found: set[str] = set()

    def dig(id_: str, value: Json, indexes: tuple[int, ...]) -> None:
        if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
            found.add("/".join([id_, *map(str, indexes)]))
        elif isinstance(value, list):
            for index, inner in enumerate(value):
                dig(id_, inner, (*indexes, index))

    for id_, value in errors.items():
        dig(id_, value, ())
    return found


def _baton_place(path: str) -> str:
    """`f1[0].f2[1].f3` as `f3/0/1`; ids equal keys in the cases."""
    indexes = [part.split("]")[0] for part in path.split("[")[1:]]
    return "/".join([path.rpartition(".")[2].split("[")[0], *indexes])


_STRICTER = ("must be a", "must be one of", "has no options", "must be true or false", "must be an object")


def _differences(case: tuple[Json, Json], answer: Json) -> Iterator[str]:
    schema, data = case
    form = forms.read(json.dumps(schema).encode())
    faults = {_baton_place(f.path): f.message for f in form.validate({**data, **form.defaults(data)})}
    theirs = _form_js_places(answer["errors"], schema)
    for place in sorted(theirs - faults.keys()):
        yield f"form-js refuses {place}, Baton does not: {json.dumps(answer['errors'])}"
    for place in sorted(faults.keys() - theirs):
        if not faults[place].startswith(_STRICTER):
            yield f"Baton refuses {place} ({faults[place]}), form-js does not"


@pytest.mark.parametrize("seed", range(4))
def test_every_field_is_judged_as_form_js_judges_it(peer_folder: Path, seed: int) -> None:
    source = Forms(seed)
    cases = [source.case() for _ in range(CASES // 4)]
    answers = _verdicts(peer_folder, cases)
    assert [answer["failed"] for answer in answers if "failed" in answer] == []
    different = {
        json.dumps(case): list(found)
        for case, answer in zip(cases, answers, strict=True)
        if (found := list(_differences(case, answer)))
    }
    assert different == {}
    judged = sum(len(_form_js_places(answer["errors"], case[0])) for case, answer in zip(cases, answers, strict=True))
    assert judged > CASES / 8  # the cases do break rules


_PARTS = [
    "Hello ",
    "{{name}}",
    "{{= amount * 2 }}",
    "{{missing}}",
    "{{}}",
    "{{1 +}}",
    '{{if amount > 3 then "many" else "few"}}',
    "{{#if amount > 3}}many{{/if}}",
    "{{#if missing}}never{{/if}}\n",
    "{{#if list}}\nsome\n{{/if}}\n",
    '{{#if ""}}never{{/if}}',
    "{{#loop list}}\n- {{this}}\n{{/loop}}\n",
    "{{#loop people}}{{name}} of {{parent.name}}: {{#loop pets}}{{this}}, {{_parent_.name}};{{/loop}}{{/loop}}",
    "{{#loop missing}}never{{/loop}}\n",
    "{{#loop name}}<{{this}}>{{/loop}}",
    "{{#loop list}}{{this}}{{/loop}}\nlast",
    "{{list}}",
    "{{people[1]}}",
    "{{0.10}} {{1/3 > 0.3}} {{null}}",
    "{ {{ name }} }",
    "{{#if true}}{{#if false}}a{{/if}}b{{/if}}",
]
_DATA = {
    "name": "Ann",
    "amount": 4,
    "list": ["a", "b"],
    "people": [{"name": "Bo", "pets": ["cat", "dog"]}, {"name": "Cy"}],
}


def test_templates_read_as_form_js_shows_them(peer_folder: Path) -> None:
    chance = random.Random(4)
    texts = [*_PARTS, "=name", '="Dear " + name', "=missing", "=1 +", "=list", " =name", "no template", "{{open"]
    texts += ["".join(chance.choices(_PARTS, k=chance.randint(2, 5))) for _ in range(200)]
    cases = [{"template": text, "data": _DATA, "strict": strict} for text in texts for strict in (False, True)]
    answers = _asked(peer_folder, cases)
    assert len(answers) == len(cases)
    different = {}
    for case, theirs in zip(cases, answers, strict=True):
        template = templates.read(case["template"], is_one_line=False, is_strict=case["strict"])
        ours = case["template"] if template is None else template.shown(_DATA)
        if ours != theirs:
            different[case["template"], case["strict"]] = (ours, theirs)
    assert different == {}


def test_labels_read_as_form_js_shows_them(peer_folder: Path) -> None:
    inner = {"type": "textfield", "id": "in", "key": "in", "label": "{{this.title}} of {{parent.name}}, {{i}}"}
    components = [
        {"type": "textfield", "id": "a", "key": "a", "label": '="For " + name'},
        {"type": "number", "id": "b", "key": "b", "label": "{{name}}\nhas {{amount}}"},
        {"type": "group", "id": "g", "path": "deep", "label": "{{a}}: {{deep.c}}", "components": [
            {"type": "textfield", "id": "c", "key": "c", "label": "{{deep.c}} {{this.name}}"}]},
        {"type": "dynamiclist", "id": "l", "path": "rows", "label": "{{count(rows)}} rows", "components": [inner]},
        {"type": "checkbox", "id": "h", "key": "h", "label": "{{name}}", "conditional": {"hide": "=amount = 4"}},
    ]  # fmt: skip
    schema = {"type": "default", "id": "f", "schemaVersion": 16, "components": components}
    data = {"name": "Ann", "amount": 4, "a": "A", "deep": {"c": "C"}, "rows": [{"title": "x"}, {"title": "y"}]}
    (answer,) = _asked(peer_folder, [{"schema": schema, "data": data}])
    texts = forms.read(json.dumps(schema).encode()).texts(data)
    assert "h" not in texts
    ours = [texts["a"], texts["b"], texts["g"], texts["c"], texts["l"], *({"label": x} for x in texts["in"]["label"])]
    assert [one["label"] for one in ours] == answer["labels"]
