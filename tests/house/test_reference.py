"""The reference says all there is: it equals what the code would write, and the code uses nothing that it lacks."""

from __future__ import annotations

import importlib
from collections import Counter

import pytest

from api import problems, reference_pages, settings
from bpmn import rules
from tests.support import source

SETTING = r"\bBATON_[A-Z0-9_]+\b"


@pytest.mark.parametrize("page", sorted(reference_pages.pages()))
def test_a_page_is_what_the_code_would_write(page: str) -> None:
    written = (reference_pages.FOLDER / page).read_text()
    assert written == reference_pages.pages()[page], "Run: make reference"


def test_there_are_no_other_generated_pages() -> None:
    assert {file.name for file in reference_pages.FOLDER.glob("*.*") if file.suffix in (".md", ".json")} == set(
        reference_pages.pages()
    )


def test_every_setting_that_the_code_reads_is_documented() -> None:
    page = reference_pages.settings_page()
    allowed = (settings.SECRET_PREFIX, settings.TEST_PREFIX)
    unknown = {name: files for name, files in source.mentioned(SETTING).items() if f"`{name}`" not in page}
    assert not {name: files for name, files in unknown.items() if not name.startswith(allowed) and name != "BATON_"}


def test_every_setting_says_what_it_does() -> None:
    silent = [name for name, field in settings.Settings.model_fields.items() if not field.description]
    assert not silent
    assert set(reference_pages.CLIENT) == settings.CLIENT_KEYS


def test_every_code_belongs_to_one_error() -> None:
    codes = Counter(vars(kind)["code"] for kind in reference_pages.error_classes())
    assert not {code for code, count in codes.items() if count > 1}


def test_every_error_says_what_it_means() -> None:
    assert not [kind.__name__ for kind in reference_pages.error_classes() if not kind.__doc__]


def test_every_error_of_the_engine_has_an_http_status() -> None:
    engine = [kind for kind in reference_pages.error_classes() if kind.__module__ == "engine.errors"]
    without = [kind.__name__ for kind in engine if not set(kind.__mro__) & set(problems.STATUS)]
    assert without in ([], ["EngineError"])  # the base itself is never raised


def test_the_catalogue_holds_the_codes_of_all_floors() -> None:
    page = reference_pages.errors_page()
    assert all(f"`{code}`" in page for code in ("model-unreadable", "illegal-move", "unauthorized"))


def test_every_rule_says_what_it_reports_and_how_grave_it_is() -> None:
    modules = {code: importlib.import_module(check.__module__) for code, check in rules.RULES.items()}
    assert not [code for code, check in rules.RULES.items() if not (check.__doc__ and modules[code].__doc__)]
    assert not [code for code, module in modules.items() if not reference_pages.severities(module)]
    assert all(f"| `{code}` |" in reference_pages.rules_page() for code in rules.RULES)
