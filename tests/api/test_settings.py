"""Settings: what is read from where, and that nothing wrong or unknown passes in silence."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal
from pathlib import Path

import pytest

from api.settings import ModelSettings, Settings, SettingsError, is_loopback
from connectors.llm import settings as connector


def test_an_empty_folder_gives_the_documented_defaults(tmp_path: Path) -> None:
    settings = Settings.load({}, tmp_path)
    assert settings == Settings()
    assert (settings.host, settings.port, settings.auth) == ("127.0.0.1", 8080, "none")
    assert settings.database_url == "sqlite:///baton.db"


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "baton.toml").write_text('port = 9000\nauth = "basic"\n', encoding="utf-8")
    settings = Settings.load({"BATON_PORT": "9001", "HOME": "/"}, tmp_path)
    assert (settings.port, settings.auth) == (9001, "basic")


def test_secrets_come_from_both_places_and_are_not_printed(tmp_path: Path) -> None:
    (tmp_path / "baton.toml").write_text('[secrets]\nCRM = "from the file"\nERP = "kept"\n', encoding="utf-8")
    settings = Settings.load({"BATON_SECRET_CRM": "from the environment"}, tmp_path)
    assert settings.secrets == {"CRM": "from the environment", "ERP": "kept"}
    assert "from the environment" not in repr(settings)


def test_a_database_password_is_not_printed() -> None:
    assert "hunter2" not in repr(Settings(database_url="postgresql+psycopg://baton:hunter2@db/baton"))


@pytest.mark.parametrize(
    "text",
    [
        '{"small": {"model": "openai/x", "api_key_secret": "OPENAI", "input_per_million": "0.25"}}',
        '[small]\nmodel = "openai/x"\napi_key_secret = "OPENAI"\ninput_per_million = 0.25\n',
    ],
)
def test_models_may_be_json_or_toml(tmp_path: Path, text: str) -> None:
    small = Settings.load({"BATON_MODELS": text}, tmp_path).models["small"]
    assert (small.model, small.api_key_secret) == ("openai/x", "OPENAI")
    assert small.input_per_million == Decimal("0.25")


def test_a_model_row_has_the_fields_that_the_connector_reads() -> None:
    assert set(ModelSettings.model_fields) == {field.name for field in fields(connector.ModelSettings)}


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"BATON_PROT": "1"}, "Unknown setting BATON_PROT in the environment. Did you mean BATON_PORT?"),
        ({"BATON_PORT": "many"}, "BATON_PORT: Input should be a valid integer"),
        ({"BATON_PORT": "0"}, "BATON_PORT: Input should be greater than or equal to 1"),
        ({"BATON_AUTH": "oidc"}, "auth 'oidc' is not available in this version"),
        ({"BATON_AUTH": "maybe"}, "BATON_AUTH: Input should be 'none' or 'basic'"),
        ({"BATON_HOST": "0.0.0.0"}, "auth 'none' lets everybody in"),
        ({"BATON_MODELS": "{oops"}, "BATON_MODELS is neither a JSON object nor a TOML table"),
        ({"BATON_MODELS": '{"a": {"modell": "x"}}'}, "BATON_MODELS.a.modell"),
        ({"BATON_SECRET_A-B": "x"}, "a secret's name has letters, digits and _ only"),
        ({"BATON_LEASE_SECONDS": "-1"}, "BATON_LEASE_SECONDS"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, environ: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.load(environ, tmp_path)
    assert said in str(caught.value)


def test_a_value_is_never_part_of_the_message(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.load({"BATON_PORT": "hunter2"}, tmp_path)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("prot = 1\n", "unknown setting 'prot'. Did you mean port?"),
        ("port = \n", "is not valid TOML"),
        ('secrets = "x"\n', "'secrets' must be a table"),
        ('[secrets]\nA = ["x"]\n', "BATON_SECRETS.A"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "baton.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        Settings.load({}, tmp_path)
    assert said in str(caught.value)


def test_the_consoles_and_the_test_suites_variables_are_left_alone(tmp_path: Path) -> None:
    environ = {"BATON_URL": "http://x", "BATON_TOKEN": "t", "BATON_TEST_DATABASE": "y"}
    assert Settings.load(environ, tmp_path) == Settings()


@pytest.mark.parametrize(
    ("host", "answer"), [("::1", True), ("[::1]", True), ("127.9.9.9", True), ("example.org", False)]
)
def test_loopback_is_told_from_the_rest(host: str, answer: bool) -> None:
    assert is_loopback(host) is answer


def test_every_setting_is_documented() -> None:
    for model in (Settings, ModelSettings):
        assert all(field.description for field in model.model_fields.values())


@pytest.mark.parametrize("keys", ["short", "x" * 44, "aaaa,", f"{'A' * 43}=,nokey"])
def test_a_key_of_the_wrong_form_is_refused_when_the_settings_are_read(keys: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="baton notify key"):
        Settings.load({"BATON_ENCRYPTION_KEYS": keys}, tmp_path)


def test_keys_are_taken_and_not_shown(tmp_path: Path) -> None:
    key = "A" * 43 + "="
    settings = Settings.load({"BATON_ENCRYPTION_KEYS": f"{key}, {key}"}, tmp_path)
    assert key not in repr(settings)
