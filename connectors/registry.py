"""Which connector serves which job type: the built-in ones, those of installed packages, and what the wiring adds.

Knowing a type costs nothing: a connector's module is imported when its first job comes, so that a process which only
asks what is served never loads litellm or an HTTP client.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from threading import Lock
from typing import Any

from connectors.base import Connector, Permanent

GROUP = "baton.connectors"
AI_TASK = "baton:ai-task:1"
AGENT_TASKS = ("io.camunda.agenticai:aiagent:1", "io.camunda.agenticai:aiagent:task:2")
AGENT_SUB_PROCESSES = ("io.camunda.agenticai:aiagent-job-worker:1", "io.camunda.agenticai:aiagent:subprocess:2")
MCP_CLIENTS = ("io.camunda.agenticai:mcpclient:1", "io.camunda.agenticai:mcpclient:0")
MCP_REMOTE_CLIENTS = ("io.camunda.agenticai:mcpremoteclient:1", "io.camunda.agenticai:mcpremoteclient:0")
#: Types whose jobs wait for a model.
AI_TYPES = (AI_TASK, *AGENT_TASKS, *AGENT_SUB_PROCESSES)
MAIL_TYPES = ("mail", "mail-send")

_BUILT_IN: Mapping[str, str] = {
    "io.camunda:http-json:1": "connectors.web_request:http_json",
    "http": "connectors.flowable_http:http_task",
    "http-connector": "connectors.web_request:http_connector",
    "soap-http-connector": "connectors.web_request:soap_connector",
    "io.camunda.agenticai:adhoctoolsschema:1": "connectors.llm.agent.connector:tools_schema",
    "baton:webhook:1": "connectors.webhook:webhook",
    "baton:probe:1": "connectors.probe:look",
    "baton:stub-payment:1": "connectors.stub_payment:pay",
}

ModelTable = Mapping[str, Mapping[str, Any]]


class Registry:
    """Connectors by job type.

    `additions` come from the wiring (and win over everything, for tests); `models` is the table of model settings that
    AI tasks use (see `connectors.llm.settings`), `mcp_servers` that of MCP servers (`connectors.mcp_client.servers`),
    `mail` the mail server's address and the usual sender. Packages add theirs through the entry-point group
    `baton.connectors`, the entry point's name being the job type.
    """

    def __init__(
        self,
        additions: Mapping[str, Connector] | None = None,
        *,
        models: ModelTable | None = None,
        mail: tuple[str, str] = ("", ""),
        mcp_servers: ModelTable | None = None,
        use_entry_points: bool = True,
    ) -> None:
        self._loaded: dict[str, Connector] = dict(additions or {})
        self._models = models
        self._mail = mail
        self._mcp_servers = mcp_servers or {}
        self._lock = Lock()
        self._makers: dict[str, Callable[[], Connector]] = {AI_TASK: self._ai_task}
        self._makers |= dict.fromkeys(AGENT_TASKS, self._task_agent)
        self._makers |= dict.fromkeys(AGENT_SUB_PROCESSES, self._sub_process_agent)
        self._makers |= dict.fromkeys(MCP_CLIENTS, lambda: self._mcp_client(is_remote=False))
        self._makers |= dict.fromkeys(MCP_REMOTE_CLIENTS, lambda: self._mcp_client(is_remote=True))
        self._makers |= dict.fromkeys(MAIL_TYPES, self._mailer)
        self._makers |= {type_: _importer(place) for type_, place in _BUILT_IN.items()}
        if use_entry_points:
            self._add_installed()

    def get(self, type: str) -> Connector | None:
        """The connector of a job type; None when there is none. Raises Permanent when its package cannot be loaded."""
        with self._lock:
            if type not in self._loaded and type in self._makers:
                self._loaded[type] = self._makers[type]()
            return self._loaded.get(type)

    def types(self) -> frozenset[str]:
        """Every job type that is served, loaded or not."""
        return frozenset(self._makers) | frozenset(self._loaded)

    def load(self) -> Registry:
        """Import every connector now, so that a worker fails at its start and not at its first job; returns itself."""
        for type_ in sorted(self.types()):
            self.get(type_)
        return self

    def _ai_task(self) -> Connector:
        from connectors.llm.task import AiTask

        return AiTask.of(self._models)

    def _task_agent(self) -> Connector:
        from connectors.llm.agent.connector import TaskAgent

        return TaskAgent.of(self._models)

    def _sub_process_agent(self) -> Connector:
        from connectors.llm.agent.connector import SubProcessAgent

        return SubProcessAgent.of(self._models)

    def _mcp_client(self, *, is_remote: bool) -> Connector:
        from connectors.mcp_client.connector import McpClient

        return McpClient(self._mcp_servers, is_remote=is_remote)

    def _mailer(self) -> Connector:
        from connectors.mail import Mailer

        return Mailer(*self._mail)

    def _add_installed(self) -> None:
        for point in entry_points(group=GROUP):
            if point.name in self._makers:
                raise Permanent(
                    f"Entry point '{point.name}' ({point.value}) wants a job type that Baton serves itself. "
                    "Give the connector a type of its own.",
                )
            self._makers[point.name] = _installed(point)


def _importer(place: str) -> Callable[[], Connector]:
    def load() -> Connector:
        module, _, name = place.partition(":")
        connector: Connector = getattr(import_module(module), name)
        return connector

    return load


def _installed(point: EntryPoint) -> Callable[[], Connector]:
    def load() -> Connector:
        try:
            connector: Connector = point.load()
        except Exception as problem:  # a foreign package may fail in any way while it is imported
            raise Permanent(
                f"The connector for '{point.name}' ({point.value}) cannot be loaded: "
                f"{type(problem).__name__}: {problem}. Repair or remove the package that brings it.",
            ) from problem
        if not callable(connector):
            raise Permanent(f"The entry point '{point.name}' ({point.value}) is not a function of a Request.")
        return connector

    return load
