"""Protected attributes never reach a hiring prompt, and no rationale rests on them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.errors import InvalidInput
from engine.policies.base import Allow, Ask, Change, Deny, Facts
from engine.policies.guards import GUARDS

FACTS = Facts("hiring", "rank", 1)
CV = {
    "name": "A. Kim",
    "dateOfBirth": "1985-03-12",
    "GENDER": "f",
    "marital_status": "married",
    "Staatsangehörigkeit": "deutsch",
    "fecha de nacimiento": "12/03/1985",
    "situation familiale": {"enfants": 2},
    "religion": ["none"],
    "Photo": "data:image/png;base64,AAAA",
    "出生日期": "1985",
    "skills": ["Python", "accounting"],
    "experience": [{"title": "Ms", "employer": "Acme", "years": 7, "birthPlace": "Rome", "place of birth": "Rome"}],
}
TEXT = """Curriculum vitae
Date of birth: 12.03.1985
Geschlecht: weiblich
Nationality: Italian
Familienstand: verheiratet, zwei Kinder
Skills: Python, seven years of accounting
Mrs Kim, 41 years old, born on 12 March 1985, is a German citizen. She leads her team well; he said so.
She is a severely disabled member of IG Metall and was on maternity leave. Muslim. Works council member since 2020."""
GONE = (
    "1985 weiblich Italian verheiratet Kinder Mrs 41 German She her he disabled Metall maternity Muslim council".split()
)


def guard(**settings: Any) -> Any:
    return GUARDS["protected"](settings)


def sent(content: str, **settings: Any) -> str:
    messages = [{"role": "system", "content": "Do not consider gender."}, {"role": "user", "content": content}]
    ruled = guard(**settings).input(FACTS, messages)
    assert isinstance(ruled, Change)
    assert ruled.value[0] == messages[0], "the house's own words stay"
    return str(ruled.value[1]["content"])


def test_fields_are_removed_by_name_in_any_notation_and_language() -> None:
    quoted = sent(f"<document-9a>\n{json.dumps(CV, indent=1)}\n</document-9a>\n\nRank the man's gender-neutral CV.")
    document = json.loads(quoted.partition("\n")[2].partition("\n</document-9a>")[0])
    assert set(document) == {"name", "skills", "experience"}
    assert document["experience"] == [{"employer": "Acme", "years": 7}]
    assert "Rank the man's gender-neutral CV." in quoted, "the task is the house's"


def test_free_text_is_freed_of_them() -> None:
    text = sent(TEXT)
    words = text.replace(",", " ").replace(".", " ").replace(";", " ").split()
    assert not [word for word in GONE if word in words]
    assert "Skills: Python, seven years of accounting" in text
    assert "leads" in text


def test_settings_name_which_attributes_and_which_more_fields() -> None:
    text = sent('{"age": 41, "religion": "x", "school": "y"}', attributes=["religion"], fields=["School"])
    assert json.loads(text) == {"age": 41}


@pytest.mark.parametrize(
    "rationale",
    [
        *(
            "She is too old for the team.",
            "A young candidate with energy.",
            "As a mother she may be absent.",
            "Zu alt.",
        ),
        *(
            "Her nationality is a risk.",
            "The German candidate background fits.",
            "Not a native speaker.",
            "May start a family.",
        ),
        *(
            "Gender was not considered.",
            "His religion",
            "married",
            "gaps due to illness",
            "close to retirement",
            "Gewerkschaft",
        ),
        *("The photo looks friendly.", "Trop jeune pour ce poste.", "works council member", "the name sounds foreign"),
    ],
)
def test_a_rationale_that_names_one_or_what_stands_for_it_is_denied(rationale: str) -> None:
    ruled = guard().output(FACTS, {"score": 1, "reasons": [rationale]})
    assert isinstance(ruled, Deny)
    assert "must not count" in ruled.reason


@pytest.mark.parametrize(
    "rationale",
    [
        *("Seven years of accounting and a certificate in Python.", "Manages a team of 12 and a large budget."),
        *(
            "Lacks experience with SAP.",
            "Averages 40 tickets a day; engaged and organised.",
            "Led the merger of two sites.",
        ),
    ],
)
def test_a_rationale_that_rests_on_skills_is_taken(rationale: str) -> None:
    assert isinstance(guard().output(FACTS, {"reasons": rationale}), Allow)


def test_words_of_the_house_and_proxies_can_be_set() -> None:
    assert isinstance(guard(words=["postcode"], then="ask").output(FACTS, "The postcode is far."), Ask)
    assert isinstance(guard(proxies=False).output(FACTS, "Not a native speaker."), Allow)


def test_an_unknown_attribute_is_named() -> None:
    with pytest.raises(InvalidInput, match="attributes"):
        guard(attributes=["shoe size"])
