"""What can be set: one documented field per setting, read from `baton.toml` and then from BATON_* in the environment.

The reference is generated from the field descriptions. Unknown keys and bad values are refused with a message that
names the key; nothing is guessed. The console's own settings (where a server is) are in `CLIENT_KEYS`.
"""

from __future__ import annotations

import base64
import difflib
import ipaddress
import json
import re
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

PREFIX = "BATON_"
SECRET_PREFIX = "BATON_SECRET_"
FILE_NAME = "baton.toml"

#: Read by the console to find a server and log in there; a server ignores them.
CLIENT_KEYS = frozenset({"BATON_URL", "BATON_TOKEN", "BATON_USER", "BATON_PASSWORD"})

#: Belongs to the test suite, never to a running server.
TEST_PREFIX = "BATON_TEST_"

MEGABYTE = 1024 * 1024


class SettingsError(Exception):
    """A setting that is unknown or cannot be used. The message names each key and says what would be right."""

    code = "settings-invalid"


_Dollars = Annotated[Decimal | None, Field(ge=0)]


class ModelSettings(BaseModel):
    """What a model name in a diagram stands for; the AI connector reads rows of exactly these fields."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())

    model: str = Field(
        default="",
        max_length=255,
        description="The model's name for LiteLLM, such as `openai/gpt-5-mini`; empty: the alias.",
    )
    api_base: str = Field(
        default="", max_length=2000, description="Address of the endpoint, when not the vendor's own."
    )
    api_key_secret: str = Field(
        default="",
        pattern=r"^[A-Za-z0-9_]*$",
        description="Name of the secret that holds the key: `OPENAI` is BATON_SECRET_OPENAI. Empty: the vendor's own "
        "environment variable.",
    )
    input_per_million: _Dollars = Field(default=None, description="Price in US dollars per million tokens sent.")
    output_per_million: _Dollars = Field(default=None, description="Price in US dollars per million tokens received.")
    free: bool = Field(default=False, description="Whether calls cost nothing.")
    max_tokens: int = Field(default=1024, ge=1, description="Longest answer, in tokens.")
    timeout_seconds: float | None = Field(default=None, gt=0, description="How long one call may take.")
    temperature: float | None = Field(default=0.0, description="Sampling temperature; null sends none.")
    structured: bool | None = Field(default=None, description="Ask for JSON by schema; null: when the model can.")
    logprobs: bool | None = Field(default=None, description="Ask for token probabilities; null: when the model can.")
    residency: str = Field(
        default="",
        max_length=255,
        description="Where its data stay, in a word of yours such as `eu`; agents' cards name those that they allow. "
        "Models on this machine are `local`.",
    )
    script: tuple[Any, ...] = Field(default=(), description="For `scripted/` models of tests: the replies to give.")


class McpServerSettings(BaseModel):
    """An MCP server that agents may use; the MCP connector reads rows of exactly these fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(default="", max_length=2000, description="Its address; empty for a command.")
    transport: Literal["http", "sse"] = Field(default="http", description="Streamable HTTP, or the older SSE.")
    command: tuple[str, ...] = Field(default=(), description="A program that speaks MCP over its standard streams.")
    headers: dict[str, str] = Field(
        default_factory=dict, repr=False, description="Sent with each request; may quote `{{secrets.NAME}}`."
    )
    environment: dict[str, str] = Field(
        default_factory=dict, repr=False, description="Of the command; may quote `{{secrets.NAME}}`."
    )
    tools: tuple[str, ...] = Field(default=(), description="Tools that may be used, `*` for any part; empty: all.")
    processes: tuple[str, ...] = Field(
        default=(), description="Ids of the processes that may use it, `*` for any part; empty: all."
    )
    timeout_seconds: float = Field(default=30.0, gt=0, description="How long one call may take.")


class Settings(BaseModel):
    """Everything a server or worker can be told. Immutable; `load` is the usual way to get one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    database_url: str = Field(
        default="sqlite:///baton.db",
        min_length=1,
        repr=False,
        description="Where everything is stored: `sqlite:///FILE` or `postgresql+psycopg://USER:PASSWORD@HOST/NAME`.",
    )
    host: str = Field(
        default="127.0.0.1", min_length=1, description="Address that the server listens on; 0.0.0.0 is every network."
    )
    port: int = Field(default=8080, ge=1, le=65535, description="Port that the server listens on.")
    auth: Literal["none", "basic"] = Field(
        default="none",
        description="How callers say who they are: `basic` (user and password, or an API token), or `none`, which "
        "makes every caller an administrator and is refused unless `host` is a loopback address.",
    )
    mail_url: str = Field(
        default="",
        max_length=2000,
        repr=False,
        description="Mail server for the mail connectors: `smtp+starttls://USER:PASSWORD@HOST:587`, `smtps://` or "
        "`smtp://`; when empty, mail tasks fail and say so.",
    )
    mail_from: str = Field(default="", max_length=255, description="Sender of mails that name none.")
    models_dir: Path | None = Field(
        default=None,
        description="Folder in which `baton models install` keeps local models; ~/.cache/baton/models if not set.",
    )
    local_model_url: str = Field(
        default="",
        max_length=2000,
        description="Address of a local model's OpenAI-compatible endpoint; when empty, a worker starts one on demand.",
    )
    models: dict[str, ModelSettings] = Field(
        default_factory=dict,
        description="What model names in diagrams stand for, as `[models.NAME]` tables or as JSON: "
        '`{"small": {"model": "openai/gpt-5-mini", "api_key_secret": "OPENAI"}}`.',
    )
    mcp_servers: dict[str, McpServerSettings] = Field(
        default_factory=dict,
        description="MCP servers by the name that diagrams have for them (client id), as `[mcp_servers.NAME]` tables "
        'or as JSON: `{"crm": {"url": "https://crm.example/mcp", "tools": ["find_*"], "processes": ["support"]}}`. '
        "Takes the extra [mcp].",
    )
    secrets: dict[str, str] = Field(
        default_factory=dict,
        repr=False,
        description="Secrets by name, from BATON_SECRET_<NAME>; connectors get them where a diagram says "
        "`{{secrets.NAME}}`, and nobody else does.",
    )
    encryption_keys: str = Field(
        default="",
        max_length=2000,
        repr=False,
        description="Keys that secrets of webhooks are encrypted with in the database, separated by commas: the first "
        "encrypts, all decrypt, so that a new one is put before the old one. `baton notify key` makes one.",
    )
    upload_limit_bytes: int = Field(
        default=20 * MEGABYTE, ge=1024, description="Largest request the server reads, in bytes."
    )
    file_limit_bytes: int = Field(
        default=16 * MEGABYTE, ge=1024, description="Largest single file of a deployment, in bytes."
    )
    poll_interval_seconds: float = Field(
        default=1.0, gt=0, le=60, description="How long a worker or scheduler waits before it looks for work again."
    )
    lease_seconds: float = Field(
        default=60.0, ge=1, le=3600, description="How long a worker owns a job before another one may take it over."
    )
    log_format: Literal["console", "json"] = Field(
        default="console", description="How servers and workers log: lines for people, or one JSON object per line."
    )
    traces: bool = Field(
        default=False,
        description="Send traces by OpenTelemetry (extra `otel`) to where its own OTEL_EXPORTER_OTLP_* variables say.",
    )
    agents: Literal["required", "declared"] = Field(
        default="required",
        description="Which agents may call models: only registered ones (`required`), or also those that no diagram "
        "names (`declared`), which the audit trail calls undeclared.",
    )
    metrics_host: str = Field(
        default="127.0.0.1",
        min_length=1,
        description="Address of `metrics_port`. Whoever reaches it reads the metrics without a login.",
    )
    metrics_port: int = Field(
        default=0,
        ge=0,
        le=65535,
        description="Port on which a server or worker offers its metrics to Prometheus; 0 is none. Servers offer "
        "them at `/metrics`, too, to whoever may read instances.",
    )
    worker_threads: int = Field(
        default=4, ge=1, le=256, description="How many jobs one worker process works on at once, AI tasks aside."
    )
    max_llm_calls: int = Field(
        default=16, ge=1, le=5000, description="How many AI tasks one worker process works on at once."
    )
    drain_seconds: float = Field(
        default=20.0,
        ge=0,
        le=3600,
        description="How long a server or worker that is told to end waits for its jobs; then it gives them back.",
    )

    history_days: int | None = Field(
        default=None,
        ge=0,
        description="For how many days ended instances are kept, where neither `baton history keep` nor the diagram's "
        "historyTimeToLive says it; not set: for ever.",
    )

    audit_seal_key: Path | None = Field(
        default=None,
        description="File with the private key (Ed25519, PEM) that seals the audit trail; `baton audit key` makes one. "
        "Not set: no seals. Keep it where whoever administers the database cannot read it.",
    )
    audit_seal_file: Path | None = Field(
        default=None,
        description="File to which each seal is added as a line of JSON: on another machine's disk, or one that can "
        "only be written once. Webhooks and mails on `audit-sealed` carry seals away, too.",
    )
    audit_seal_minutes: float = Field(
        default=10.0, gt=0, le=1440, description="How often the trail is sealed, when there is something new in it."
    )

    @field_validator("encryption_keys")
    @classmethod
    def _are_keys(cls, text: str) -> str:
        for key in filter(None, map(str.strip, text.split(","))):
            try:
                is_key = len(base64.urlsafe_b64decode(key)) == 32
            except ValueError:
                is_key = False
            if not is_key:
                raise ValueError("a key is the urlsafe base64 of 32 bytes; `baton notify key` makes one")
        return text

    @model_validator(mode="after")
    def _without_auth_only_on_loopback(self) -> Settings:
        if self.auth == "none" and not is_loopback(self.host):
            raise ValueError(
                f"auth 'none' lets everybody in, so it works on a loopback address only, and host is '{self.host}'. "
                "Set BATON_AUTH=basic, or BATON_HOST=127.0.0.1."
            )
        return self

    @classmethod
    def load(cls, environ: Mapping[str, str], directory: Path) -> Settings:
        """The settings of `directory`'s baton.toml, overridden by BATON_* of `environ`. Raises SettingsError."""
        values = _from_file(directory / FILE_NAME)
        secrets = {**values.pop("secrets", {}), **_secrets(environ)}
        values.update(_from_environment(environ))
        _refuse_oidc(values)
        try:
            return cls(**values, secrets=secrets)
        except ValidationError as error:
            raise SettingsError(_explain(error)) from None


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens on `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _from_file(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not valid TOML: {error}") from None
    for key in values:
        if key not in Settings.model_fields:
            raise SettingsError(f"{path}: unknown setting '{key}'.{_meant(key, Settings.model_fields)}")
    if not isinstance(values.get("secrets", {}), dict):
        raise SettingsError(f"{path}: 'secrets' must be a table of NAME = \"value\".")
    return values


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    known = {PREFIX + name.upper(): name for name in Settings.model_fields if name != "secrets"}
    for key, text in environ.items():
        if not key.startswith(PREFIX) or key.startswith((SECRET_PREFIX, TEST_PREFIX)) or key in CLIENT_KEYS:
            continue
        if key not in known:
            raise SettingsError(f"Unknown setting {key} in the environment.{_meant(key, known)}")
        values[known[key]] = _table(key, text) if known[key] == "models" else text
    return values


def _secrets(environ: Mapping[str, str]) -> dict[str, str]:
    secrets = {}
    for key, value in environ.items():
        if key.startswith(SECRET_PREFIX):
            name = key.removeprefix(SECRET_PREFIX)
            if not re.fullmatch(r"[A-Za-z0-9_]+", name):
                raise SettingsError(f"{key}: a secret's name has letters, digits and _ only.")
            secrets[name] = value
    return secrets


def _table(key: str, text: str) -> Any:
    """A table given as one text: JSON when it opens with a brace, TOML otherwise."""
    try:
        return json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except ValueError as error:
        raise SettingsError(f"{key} is neither a JSON object nor a TOML table: {error}") from None


def _refuse_oidc(values: Mapping[str, Any]) -> None:
    if values.get("auth") == "oidc":
        raise SettingsError(
            "auth 'oidc' is not available in this version. Use BATON_AUTH=basic (passwords and tokens)."
        )


def _meant(key: str, known: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    return f" Did you mean {near[0]}?" if near else f" Known: {', '.join(sorted(known))}."


def _explain(error: ValidationError) -> str:
    """Each fault with the setting's name; values are left out, since one of them may be a password."""
    lines = []
    for fault in error.errors(include_url=False, include_context=False, include_input=False):
        path = [str(part) for part in fault["loc"]]
        name = PREFIX + ".".join([path[0].upper(), *path[1:]]) if path else "Settings"
        lines.append(f"{name}: {fault['msg'].removeprefix('Value error, ')}")
    return "\n".join(lines)
