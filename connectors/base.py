"""The contract between the engine and the ways out: plain data in, one of five endings out.

A connector is a function of a `Request`. It keeps no state, touches no database and knows no process; what it must
remember while it works it tells the `Journal` that comes with the request. Outside packages depend on this module alone
and register under the entry-point group `baton.connectors`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, Protocol

Json = Any  # None, bool, int, float, str, list or dict thereof


#: How far an agent's answer may go: a person decides without seeing it, a person decides on it, it passes but for a
#: share of samples, it passes.
Level = Literal["", "shadow", "suggest", "sampled", "auto"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call of a model, as the engine's books have it.

    `state` is "started" (the row written before the call), "answered", "failed" or "lost" (the worker died in the
    call: what it cost is unknown, and `cost` holds what was reserved). `faults` say why an answer was not taken.
    Costs are in US dollars.
    """

    number: int  # from 1, per job
    model: str
    state: str
    started_at: datetime
    ended_at: datetime | None = None
    prompt: Json = None  # the messages sent
    answer: str | None = None  # the text that came back
    output: Json = None  # the parsed answer
    faults: tuple[str, ...] = ()
    confidence: float | None = None
    cost: Decimal | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    fingerprint: str = ""  # of prompt, schema and examples: what a confidence is calibrated for
    ai_kind: str = ""  # "rules" (not AI), "embedded-classifier", "local-llm", "llm", "scripted"
    agent: str = ""  # who asked
    level: Level = ""  # how far its answer may go by itself; "" for what no gate judged
    evidence: Json = None  # method, features, probability, calibrator and threshold of the confidence
    least_confidence: float | None = None  # with which it may, where people's verdicts are why it may
    rulings: tuple[Mapping[str, Json], ...] = ()  # what policies said about its messages and its answer, but for yes


@dataclass(frozen=True, slots=True)
class ModelCall:
    """A call of a model, as policies hear of it.

    `agent` is who asks ("": the agent that is called like the process), `residency` where the model's data stay, `cost`
    what the job has spent so far, in US dollars.
    """

    model: str
    agent: str = ""
    residency: str = ""
    cost: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Ruled:
    """What the policies say about messages or an answer: "allow", "deny", or "ask" (a person, of `group` if not "").

    `value` is what to go on with: another one where a policy changed it. `verdicts` are one record for each policy that
    was asked; the journal writes them down with the call.
    """

    verdict: str
    value: Json
    reason: str = ""
    group: str = ""
    verdicts: tuple[Mapping[str, Json], ...] = ()

    @property
    def is_changed(self) -> bool:
        """Whether a policy changed the value."""
        return any(one.get("verdict") == "change" for one in self.verdicts)


@dataclass(frozen=True, slots=True)
class Worth:
    """What a confidence is worth by people's verdicts: the `probability` of being right, None while they are too few.

    `calibrator` names what said so: its method, the number of verdicts it was made from, and a digest of them.
    """

    probability: float | None
    calibrator: str = ""


@dataclass(frozen=True, slots=True)
class Approval:
    """What a person said to a review that lets its job go on: `subject` is the review's, `output` what was approved.

    `key` is the review task's: who reads the audit trail finds the decision by it.
    """

    key: int
    subject: str
    decision: str  # approve, edit, reject; respond, whose output is {"attempts": made so far}
    by: str
    reason: str
    output: Json


@dataclass(frozen=True, slots=True)
class Bar:
    """How sure an answer must be to pass without a person: `confidence`, None while the evidence is too thin.

    `judged` verdicts of people were counted; `needed` flawless ones would be the least.
    """

    confidence: float | None
    judged: int
    needed: int


@dataclass(frozen=True, slots=True)
class NewCall:
    """A call of a model that is about to be made: `prompt` is what will be sent, to be paid with `reserved` US dollars.

    `agent` is who asks ("": the agent that is called like the process), `residency` where the model's data stay,
    `tools` what it may call, `level` the autonomy that the diagram gives it, and `ruled` what `ModelGate.input` said
    about the prompt.
    """

    model: str
    prompt: Json
    reserved: Decimal | None
    ai_kind: str
    fingerprint: str = ""
    agent: str = ""
    residency: str = ""
    tools: Sequence[str] = ()
    level: Level = "auto"
    ruled: Ruled | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """What an answer says about itself, in its vendor's words: the `model` that gave it, its `id`, why it ended there.

    A name such as "gpt-4o" stands for a model that changes; what answers tells which of its versions it is.
    """

    model: str = ""
    id: str = ""
    finish: str = ""


@dataclass(frozen=True, slots=True)
class CallEnd:
    """How a call of a model ended. `cost` is US dollars; `evidence` is what the confidence is made of, and worth.

    `checks` are the checks of the answer and what each said, in order; `ruled` is what `ModelGate.output` said.
    """

    answer: str | None
    output: Json = None
    faults: Sequence[str] = ()
    confidence: float | None = None
    evidence: Json = None
    cost: Decimal | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    failed: bool = False
    checks: Mapping[str, str] | None = None
    ruled: Ruled | None = None
    origin: Origin = Origin()


class Journal(Protocol):
    """Where a connector accounts for its calls. Each method is one transaction and returns when it is durable."""

    def attempts(self) -> Sequence[Attempt]:
        """All attempts of this job so far, oldest first; those of a dead worker are already "lost"."""

    def begin(self, call: NewCall) -> int:
        """Ask the gates for a call and write down that it is about to be made; returns its number.

        Raises `LeaseLost` when the job was taken over, `Busy` when a limit on the model is reached, `Refused` when a
        gate does not let it pass.
        """

    def settle(self, number: int, end: CallEnd) -> None:
        """Write down how the call ended; once per number.

        Raises `Refused`, after it was written down, when AI was stopped meanwhile: the answer must not be used.
        """

    def bar(self, *, model: str, fingerprint: str, target_error: float) -> Bar:
        """What people's verdicts on this model at this element, under this fingerprint, say about an error rate."""

    def worth(self, *, model: str, fingerprint: str, confidence: float | None) -> Worth:
        """What a confidence of this model at this element, under this fingerprint, is worth."""

    def approvals(self) -> Sequence[Approval]:
        """What people decided on this job's reviews that let it go on, oldest first."""


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A tool that a model wants to use: `tool` is the model's word for it, `element_id` the activity behind it."""

    call_id: str
    tool: str
    element_id: str
    arguments: Mapping[str, Json]
    is_irreversible: bool = False


@dataclass(frozen=True, slots=True)
class Permission:
    """What the policies say about a use: "allow", "deny", or "ask" (a person, of `group` when they name one)."""

    verdict: str
    arguments: Mapping[str, Json]
    reason: str = ""
    group: str = ""
    verdicts: tuple[Mapping[str, Json], ...] = ()  # one record for each policy that was asked


@dataclass(frozen=True, slots=True)
class ToolNote:
    """What became of a call of a tool, for the audit trail: allowed, asked, denied or refused.

    Refused are calls that no policy was asked about: unknown tools, wrong arguments, loops. `approval` is the key of
    the review that a person approved, `verdicts` what policies said.
    """

    use: ToolUse
    verdict: str
    reason: str = ""
    approval: int | None = None
    verdicts: tuple[Mapping[str, Json], ...] = ()


class ModelGate(Protocol):
    """Stands around the calls of models: the policies are asked here, and nothing in a prompt can reach them.

    Nothing has happened when they are asked, and nothing happens by it.
    """

    def input(self, call: ModelCall, messages: Sequence[Mapping[str, Json]]) -> Ruled:
        """Ask about the messages that are to be sent; the value is what to send. `Journal.begin` obeys and tells."""

    def output(self, call: ModelCall, output: Json, confidence: float | None = None) -> Ruled:
        """Ask about an answer that passed every check, before it is settled with what they say."""

    def judge(self, use: ToolUse, call: ModelCall | None = None) -> Permission:
        """Ask about a tool that the model of `call` wants to use."""

    def note(self, notes: Sequence[ToolNote]) -> None:
        """Write down what became of the calls of one answer, before any of them runs."""


class OpenGate:
    """Allows everything and writes nothing down: for connectors that are called outside of a worker."""

    def input(self, call: ModelCall, messages: Sequence[Mapping[str, Json]]) -> Ruled:
        """Always yes."""
        return Ruled("allow", messages)

    def output(self, call: ModelCall, output: Json, confidence: float | None = None) -> Ruled:
        """Always yes."""
        return Ruled("allow", output)

    def judge(self, use: ToolUse, call: ModelCall | None = None) -> Permission:
        """Always yes."""
        return Permission("allow", use.arguments)

    def note(self, notes: Sequence[ToolNote]) -> None:
        """Nothing to write to."""


@dataclass(frozen=True, slots=True)
class Routed:
    """What a deployed decision said about a job. `output` has Camunda 8's shape: null when no rule matched.

    `matched` is one entry for each decision on the way, with its inputs and the rules that applied.
    """

    decision_id: str
    version: int
    output: Json
    matched: Sequence[Mapping[str, Json]] = ()


def _no_decisions(decision_id: str, facts: Mapping[str, Json]) -> Routed:
    raise Permanent(f"Nothing here knows the decision '{decision_id}'.", code="ROUTING_FAILED")


def _no_tools(element_id: str) -> Json:
    raise Permanent(f"Nothing here knows the ad-hoc sub-process '{element_id}'.", code="TOOLS_UNKNOWN")


@dataclass(frozen=True, slots=True)
class Request:
    """One job, as a connector sees it.

    `variables` are what the element sees (its input mappings first). `headers` are the diagram's static ones.
    `idempotency_key` is for effects outside: the same for every try of the job until one ends in a refusal (see
    `Permanent`). `secret` resolves a name that a text quoted as `{{secrets.NAME}}`; it raises `Permanent` for an
    unknown one.
    """

    job_key: int
    type: str
    instance_key: int
    process_id: str
    element_id: str
    variables: Mapping[str, Json]
    headers: Mapping[str, str]
    retries: int
    idempotency_key: str
    journal: Journal
    secret: Callable[[str], str]
    timeout_seconds: float = 60.0
    traceparent: str = ""  # the trace that the job belongs to (W3C Trace Context), empty for none
    gate: ModelGate = field(default_factory=OpenGate)
    #: What `adHocSubProcessElements` says of an ad-hoc sub-process of the same diagram, by its id.
    tools_of: Callable[[str], Json] = _no_tools
    #: What a deployed decision, by its id, says about this job's variables and some facts; it is put into the trail.
    route: Callable[[str, Mapping[str, Json]], Routed] = _no_decisions


@dataclass(frozen=True, slots=True)
class Begin:
    """An element of an ad-hoc sub-process that is to be begun, with variables of its own."""

    element_id: str
    variables: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class ChoiceInside:
    """What is to happen in the ad-hoc sub-process whose job this was; by itself nothing."""

    begin: tuple[Begin, ...] = ()
    is_enough: bool = False
    cancels_remaining: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """It worked. The worker applies the headers resultVariable and resultExpression to `response`.

    `variables` are set as they are, whatever the headers say: for connectors whose diagram maps by name (Camunda 7).
    """

    response: Json = None
    variables: Mapping[str, Json] = field(default_factory=dict)
    choice: ChoiceInside | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """A person must decide. The engine makes a task for `group`; its verdict completes the job.

    With `resumes` it does not: the job is done once more, and finds the verdict among `Journal.approvals` by `subject`.
    `proposal` is the output proposed (None when there is none), `schema` what an edited output must satisfy, `faults`
    why it was not taken, `source` what the model was given, `recommendation` a sentence for the reviewer. `share` is
    how many of the cases like this one people see: 1 for all of them, less where it was drawn by lot.
    """

    group: str
    proposal: Json
    schema: Json
    faults: tuple[str, ...]
    confidence: float | None
    cost: Decimal
    recommendation: str
    source: Json
    response: Mapping[str, Json] = field(default_factory=dict)  # what the result holds beside the verdict
    resumes: bool = False
    subject: str = ""
    share: float = 1.0
    may_respond: bool = False  # a person may answer with words, and the job is tried once more with them


class Retryable(Exception):
    """It may work later: the engine retries with back-off while retries are left, then raises an incident.

    `uses_retry` False: the connector counts its own tries (in the journal), so this one leaves the job's retries alone.
    `code` and `variables` are what a diagram's errorExpression sees as `error.code` and `error.variables`.
    """

    def __init__(
        self,
        message: str,
        *,
        after_seconds: float | None = None,
        uses_retry: bool = True,
        code: str = "",
        variables: Mapping[str, Json] | None = None,
    ) -> None:
        super().__init__(message)
        self.after_seconds = after_seconds
        self.uses_retry = uses_retry
        self.code = code
        self.variables = dict(variables or {})


class Permanent(Exception):
    """It will never work like this: an incident at once. `code` and `variables` as in `Retryable`.

    `is_refusal`: the other side has answered, and did nothing. Whoever tries again asks anew, under a new idempotency
    key, unless an earlier try ended without an answer: then its effect may be there already, and the key stays.
    """

    def __init__(
        self, message: str, *, code: str = "", variables: Mapping[str, Json] | None = None, is_refusal: bool = False
    ) -> None:
        super().__init__(message)
        self.is_refusal = is_refusal
        self.code = code
        self.variables = dict(variables or {})


class BpmnError(Exception):
    """A business error that the diagram may catch by `code`."""

    def __init__(self, code: str, message: str = "", variables: Mapping[str, Json] | None = None) -> None:
        super().__init__(message or code)
        self.code = code
        self.variables = dict(variables or {})


class Busy(Exception):
    """Not now: a limit is reached. No failure: the job is given back and done later, its retries untouched."""

    def __init__(self, message: str, *, after_seconds: float) -> None:
        super().__init__(message)
        self.after_seconds = after_seconds


#: What becomes of a job whose call of a model is refused, see `Refused`.
Then = Literal["wait", "next", "another", "person", "fail"]


class Refused(Exception):
    """A gate does not let a call of a model pass, or takes its answer away. Nothing was sent, or nothing may be used.

    `then` says what becomes of the job: "wait" (put back, no retry used, for `after_seconds`), "next" (this model alone
    may not be asked; where no other is left, wait), "another" (this model must not be asked this; where no other is
    left, somebody decides instead), "person" (somebody decides instead, of `group` if it is named), "fail" (nobody can
    go on before something is corrected).
    """

    code = "AI_CALL_REFUSED"

    def __init__(self, message: str, *, gate: str, then: Then, after_seconds: float = 0.0, group: str = "") -> None:
        super().__init__(message)
        self.gate = gate
        self.then = then
        self.after_seconds = after_seconds
        self.group = group


class LeaseLost(Exception):
    """The job was given to another worker, cancelled or completed meanwhile: stop, and say nothing more."""


class Connector(Protocol):
    """Work of one job type.

    A connector may also have an attribute `secret_inputs`, a set of names of input variables, or of parts of them
    (`data.transport`): the worker replaces `{{secrets.NAME}}` in their texts (and in the headers) before the call.
    Inputs not named there arrive as they are, because they may hold words of outsiders, who must not be able to quote
    a secret.
    """

    def __call__(self, request: Request) -> Result | Review:
        """Do the work, or raise Retryable, Permanent or BpmnError."""
