"""Uploaded files, read and judged. No database: what is wrong can be known from the texts alone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import PurePath
from typing import Any

import bpmn
from bpmn import agents, companions, dmn, forms, policies
from bpmn.errors import Finding, ModelError
from bpmn.model import Binding, FlowNode, FormReference, Model, Process, walk
from engine.deployments.agents import Registered, needed, unregistered
from engine.deployments.job_types import unserved
from engine.deployments.policies import JudgePolicy, out_of_place, unjudged
from engine.deployments.starts import NamedStart, TimerStart, named_starts, timer_starts
from engine.errors import InvalidInput, ModelRejected, TooLarge
from engine.runtime import Definition, NotExecutable, compile
from engine.variables import MOST_NAME, checked_text

MOST_BYTES = 4 * 1024 * 1024  # Camunda 8's limit for a deployment
MOST_FILES = 100
_AGENT = agents.SUFFIXES[0]
_POLICY = policies.SUFFIXES[0]
ACCEPTED = (".bpmn", ".dmn", ".form", ".rpa", _AGENT, _POLICY)
# Files that are only kept, for workers whose elements link them (zeebe:linkedResource).
_KEPT = (".rpa",)
_NOBODY = Registered(is_complete=False)
ALSO = companions.SUFFIXES  # scripts and HTML forms that a diagram names


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file to deploy: the name it was uploaded under, whose extension says what it is, and its bytes."""

    name: str
    content: bytes

    @property
    def extension(self) -> str:
        if self.name.lower().endswith(agents.SUFFIXES):
            return _AGENT
        if self.name.lower().endswith(policies.SUFFIXES):
            return _POLICY
        return PurePath(self.name).suffix.lower()

    @property
    def digest(self) -> str:
        return sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class ReadProcess:
    """An executable process of a file, compiled."""

    process: Process
    dialect: str
    definition: Definition
    named_starts: tuple[NamedStart, ...]
    timer_starts: tuple[TimerStart, ...]

    @property
    def is_startable(self) -> bool:
        """Whether a person may start it: it has a start for that, and its author did not forbid it."""
        return self.process.startable and self.definition.start_event(None) is not None

    @property
    def binds_by_deployment(self) -> bool:
        """Whether it refers to something of the same deployment."""
        nodes = list(walk(self.process.nodes))
        return any(_names_a_file(node) or any(one.type == "deployment" for one in _bindings(node)) for node in nodes)


@dataclass(slots=True)
class ReadFile:
    """A file and what is in it; one of the five is filled, or the file is only kept, or it is a script or HTML form.

    `companions` are the files that a diagram names or a decision file may import: a change in one makes a new version.
    """

    file: NamedFile
    is_only_kept: bool = False
    processes: list[ReadProcess] = field(default_factory=list)
    decisions: dmn.Definitions | None = None
    form: forms.Form | None = None
    agent: agents.AgentCard | None = None
    agents_needed: tuple[agents.AgentCard, ...] = ()
    policy: policies.PolicyDocument | None = None
    companions: tuple[NamedFile, ...] = ()

    @property
    def digest(self) -> str:
        """What tells versions apart: the SHA-256 of the file, and of the files that it names."""
        if not self.companions:
            return self.file.digest
        parts = [self.file.digest, *(f"{file.name} {file.digest}" for file in self.companions)]
        return sha256("\n".join(parts).encode()).hexdigest()


def read_all(
    files: Sequence[NamedFile],
    known: Collection[tuple[str, str]],
    now: datetime,
    served: Collection[str] = (),
    registered: Registered = _NOBODY,
    judge_policy: JudgePolicy = unjudged,
) -> tuple[list[ReadFile], dict[str, tuple[Finding, ...]]]:
    """Read, check and compile. Returns the files with all remarks that are no errors, by file name.

    `known` names what was deployed before, as pairs of kind (process, decision, form) and id. Timers that start
    processes count from `now`. `served` are the job
    types that have a connector; with none, nothing is said about job types. `registered` are the agents of AI tasks,
    `judge_policy` says what keeps a policy from being evaluated.

    Raises `InvalidInput` for what is no set of such files, `TooLarge`, or `ModelRejected` with every error of every
    file.
    """
    _check_set(files)
    remarks: dict[str, list[Finding]] = {file.name: [] for file in files}
    needs: dict[str, tuple[agents.AgentCard, ...]] = {}
    kept = [ReadFile(file, is_only_kept=True) for file in files if file.extension in _KEPT]
    extra = [file for file in files if file.extension in ALSO]
    parsed = [
        (file, _parsed(file, _beside(file, files, extra), remarks[file.name]))
        for file in files
        if file.extension not in _KEPT and file not in extra
    ]
    if served:
        for file, content in parsed:
            remarks[file.name] += unserved(content, served) if isinstance(content, Model) else []
    cards = [content.card for _, content in parsed if isinstance(content, agents.Reading) and content.card]
    around_agents = registered.beside(cards)
    for file, content in parsed:
        if isinstance(content, Model):
            new = needed(content, around_agents)
            around_agents = around_agents.beside(new)
            needs[file.name] = tuple(new)
            remarks[file.name] += unregistered(content, around_agents)
    _check_policies(parsed, known, judge_policy, remarks)
    others = [*known, *(pair for _, content in parsed for pair in _named(content))]
    found = [
        _judged(file, content, _Around(others, now), remarks[file.name])
        for file, content in parsed
        if content is not None
    ]
    for (file, content), read in zip([pair for pair in parsed if pair[1] is not None], found, strict=True):
        read.companions = _companions(content, _beside(file, files, extra))
        read.agents_needed = needs.get(file.name, ())
    _check_used(extra, found, remarks)
    _check_twins(found, remarks)
    findings = {name: tuple(listed) for name, listed in remarks.items() if listed}
    errors = sum(finding.severity == "error" for listed in findings.values() for finding in listed)
    if errors:
        raise ModelRejected(_rejection(errors, findings), findings)
    return [*found, *kept], findings


def _check_policies(
    parsed: Sequence[tuple[NamedFile, Any]],
    known: Collection[tuple[str, str]],
    judge_policy: JudgePolicy,
    remarks: Mapping[str, list[Finding]],
) -> None:
    contents = [content for _, content in parsed]
    files = [content for content in contents if isinstance(content, dmn.Definitions)]
    beside = {decision.id: file for file in files for decision in file.decisions}
    for file, content in parsed:
        if isinstance(content, policies.PolicyReading) and content.document is not None:
            remarks[file.name] += out_of_place(content, contents, known)
            remarks[file.name] += judge_policy(content.document, beside, content.line)


def _check_set(files: Sequence[NamedFile]) -> None:
    if not files:
        raise InvalidInput(
            f"Nothing to deploy. Send at least one file ({', '.join(ACCEPTED)}).", {"files": "none given"}
        )
    if len(files) > MOST_FILES:
        raise TooLarge(f"{len(files)} files at once; at most {MOST_FILES}.", {"files": f"at most {MOST_FILES}"})
    names: set[str] = set()
    for file in files:
        checked_text(file.name, "file name", is_required=True)
        if file.extension not in (*ACCEPTED, *ALSO):
            text = (
                f"'{file.name}' is no file that can be deployed. Baton takes {', '.join(ACCEPTED)}, and with a diagram "
                f"{', '.join(ALSO)}; the name decides."
            )
            raise InvalidInput(text, {file.name: f"expected {', '.join(ACCEPTED)}"})
        if len(file.content) > MOST_BYTES:
            text = f"'{file.name}' has {len(file.content):,} bytes; at most {MOST_BYTES:,} are taken."
            raise TooLarge(text, {file.name: f"at most {MOST_BYTES} bytes"})
        if file.name in names:
            raise InvalidInput(f"Two files are named '{file.name}'. Rename one.", {file.name: "given twice"})
        names.add(file.name)


def _beside(file: NamedFile, files: Sequence[NamedFile], extra: Sequence[NamedFile]) -> list[NamedFile]:
    """What a file may refer to of those deployed with it: other decision files, or scripts and HTML forms."""
    if file.extension != ".dmn":
        return list(extra)
    return [other for other in files if other.extension == ".dmn" and other is not file]


def _parsed(file: NamedFile, beside: Sequence[NamedFile], remarks: list[Finding]) -> Any:
    try:
        content = _READERS[file.extension](file, beside)
        if isinstance(content, Model):
            return companions.resolved(content, {other.name: other.content for other in beside})
        return content
    except ModelError as error:
        remarks.append(Finding("error", error.code, str(error), error.element, error.line, error.hint))
    return None


def _read_decisions(file: NamedFile, beside: Sequence[NamedFile]) -> dmn.Definitions:
    """Every expression that cannot be read is a finding of its own, so one upload shows all of them."""
    return dmn.read(file.content, source=file.name, imports=_well_formed(beside), strict=False)


def _well_formed(beside: Sequence[NamedFile]) -> list[bytes]:
    """Those that can be read; the others have findings of their own."""
    return [other.content for other in beside if dmn.is_readable(other.content)]


_READERS: Mapping[str, Callable[[NamedFile, Sequence[NamedFile]], Any]] = {
    ".bpmn": lambda file, _: bpmn.read(file.content, source=file.name),
    ".dmn": _read_decisions,
    ".form": lambda file, _: forms.read(file.content),
    _AGENT: lambda file, _: agents.read(file.content),
    _POLICY: lambda file, _: policies.read(file.content),
}


def _companions(content: Any, extra: Sequence[NamedFile]) -> tuple[NamedFile, ...]:
    """The files that a diagram names, or that a decision file with imports may mean, by name."""
    if isinstance(content, dmn.Definitions):
        return tuple(sorted(extra, key=lambda file: file.name)) if content.imported else ()
    files = {file.name: file for file in extra}
    contents = {file.name: file.content for file in extra}
    wanted = content.companions if isinstance(content, Model) else frozenset()
    found = {companions.find(name, contents) for name in wanted}
    return tuple(files[name] for name in sorted(name for name in found if name is not None))


def _check_used(extra: Sequence[NamedFile], found: Sequence[ReadFile], remarks: Mapping[str, list[Finding]]) -> None:
    used = {file.name for read in found for file in read.companions}
    for file in extra:
        if file.name not in used:
            text = f"No diagram here names '{file.name}', so it is not kept."
            hint = f"Name it deployment://{file.name} (a script) or embedded:deployment:{file.name} (a form)."
            remarks[file.name].append(Finding("warning", "file-unused", text, "", 0, hint))


def _named(content: Any) -> list[tuple[str, str]]:
    """What a file brings that others may refer to."""
    if isinstance(content, Model):
        return [("process", process.id) for process in content.executable]
    if isinstance(content, dmn.Definitions):
        return [("decision", decision.id) for decision in content.decisions]
    return [("form", content.id)] if isinstance(content, forms.Form) else []


@dataclass(frozen=True, slots=True)
class _Around:
    """What a file is judged among: the other things by kind and id, and the time."""

    companions: list[tuple[str, str]]
    now: datetime


def _judged(file: NamedFile, content: Any, around: _Around, remarks: list[Finding]) -> ReadFile:
    found = ReadFile(file)
    if isinstance(content, Model):
        remarks += bpmn.check(content, companions=around.companions)
        if not any(finding.severity == "error" for finding in remarks):
            found.processes = _compiled(content, around.now, remarks)
    elif isinstance(content, dmn.Definitions):
        remarks += dmn.check(content)
        found.decisions = content
    elif isinstance(content, agents.Reading):
        remarks += content.findings
        found.agent = content.card
    elif isinstance(content, policies.PolicyReading):
        remarks += content.findings
        found.policy = content.document
    else:
        found.form = content
        if not content.id:
            hint = 'Give the form an "id"; processes name it by that.'
            remarks.append(Finding("error", "form-without-id", "The form has no id.", hint=hint))
    return found


def _compiled(model: Model, now: datetime, remarks: list[Finding]) -> list[ReadProcess]:
    if not model.executable:
        hint = 'Set "Executable" in the process\'s properties (isExecutable="true").'
        remarks.append(Finding("error", "no-executable-process", "The file has no executable process.", hint=hint))
    found = []
    for process in model.executable:
        if len(process.id) > MOST_NAME:
            text = f"The process id has {len(process.id)} characters; at most {MOST_NAME} can be asked for."
            remarks.append(Finding("error", "id-too-long", text, process.id[:80], process.line, "Shorten the id."))
            continue
        try:
            definition = compile(model, process.id)
            starts = named_starts(process, remarks), timer_starts(process, now, remarks)
            found.append(ReadProcess(process, model.dialect.value, definition, *starts))
        except NotExecutable as refused:
            remarks += refused.findings
    return found


def _form_of(node: FlowNode) -> FormReference | None:
    return node.form or (node.user_task.form if node.user_task else None)


def _names_a_file(node: FlowNode) -> bool:
    """Whether its form is a .form file of the same deployment."""
    form = _form_of(node)
    return form is not None and form.key is not None and form.key.text.startswith("camunda-forms:deployment:")


def _bindings(node: FlowNode) -> list[Binding]:
    form = _form_of(node)
    candidates = (
        node.called.binding if node.called else None,
        node.decision.binding if node.decision else None,
        form.binding if form else None,
    )
    return [binding for binding in candidates if binding is not None]


def _check_twins(found: Sequence[ReadFile], remarks: Mapping[str, list[Finding]]) -> None:
    """The same id twice in one deployment: nobody could say which one is meant."""
    seen: dict[tuple[str, str], str] = {}
    for read in found:
        for kind, id, line in _identities(read):
            other = seen.setdefault((kind, id), read.file.name)
            if other is not read.file.name:
                text = f"The {kind} '{id}' is in '{other}' too."
                remarks[read.file.name].append(Finding("error", "duplicate-id", text, id, line, "Rename one of them."))


def _identities(read: ReadFile) -> list[tuple[str, str, int]]:
    if read.decisions is not None:
        return [("decision", decision.id, 0) for decision in read.decisions.decisions]
    if read.form is not None:
        return [("form", read.form.id, 0)]
    if read.agent is not None:
        return [("agent", read.agent.id, 0)]
    if read.policy is not None:
        return [("policy", read.policy.id, 0)]
    return [("process", one.process.id, one.process.line) for one in read.processes]


def _rejection(errors: int, findings: Mapping[str, Sequence[Finding]]) -> str:
    name, finding = next(
        (name, finding) for name, listed in findings.items() for finding in listed if finding.severity == "error"
    )
    where = f"{name}, line {finding.line}" if finding.line else name
    more = f" {errors - 1} more errors." if errors > 1 else ""
    return f"{where}: {finding.message}{' ' + finding.hint if finding.hint else ''}{more} Nothing was deployed."
