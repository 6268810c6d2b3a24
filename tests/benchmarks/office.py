"""The standard cases as Baton runs them: A straight, B approval, C fan-out, D loop, and people who do the work.

BJ is B with its service tasks left to a worker: two jobs more, each claimed and completed in a transaction of its own.
"""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy import bindparam, insert, select

from engine.actors import Actor, Role
from engine.clock import SystemClock
from engine.deployments import NamedFile
from engine.engine import Engine
from engine.store import Store, open_store
from engine.store.instances import Instance
from engine.store.prepared import Prepared
from engine.store.tables import sequences, user_tasks
from tests.support.diagrams import chain, diagram, service

ANALYST = Actor("ada", roles=frozenset({Role.ANALYST}))
APPROVER = Actor("anna", groups=frozenset({"accounting"}), roles=frozenset({Role.APPROVER}))
_ONE_ROW = Prepared(insert(sequences), ["name", "value"])
_TASK_OF = Prepared(select(user_tasks.c.key).where(user_tasks.c.instance_key == bindparam("instance_key")))
AMOUNT = {"i": 0, "amount": 200, "customer": "ACME"}

_ENDS = '<bpmn:startEvent id="s"/><bpmn:endEvent id="e"/>'
_SCRIPT = (
    '<bpmn:scriptTask id="{0}" name="{0}"><bpmn:extensionElements><zeebe:script expression="=i + 1" '
    'resultVariable="i"/></bpmn:extensionElements></bpmn:scriptTask>'
)
_APPROVE = (
    '<bpmn:userTask id="approve" name="Approve"><bpmn:extensionElements><zeebe:userTask/>'
    '<zeebe:assignmentDefinition candidateGroups="accounting"/></bpmn:extensionElements></bpmn:userTask>'
)


def straight() -> bytes:
    """Case A: ten script tasks in a row."""
    ids = [f"t{index}" for index in range(10)]
    return diagram(_ENDS + "".join(_SCRIPT.format(id) for id in ids), chain("s", *ids, "e"), process_id="A")


def approval(process_id: str, first: str, second: str) -> bytes:
    """Case B: a step, a gateway on the amount, a person, a step."""
    body = _ENDS + first + second + _APPROVE + '<bpmn:exclusiveGateway id="g" default="f2"/>'
    flows = [("s", "a"), ("a", "g"), ("g", "approve"), ("g", "b", "=amount < 100"), ("approve", "b"), ("b", "e")]
    return diagram(body, flows, process_id=process_id)


def fan_out() -> bytes:
    """Case C: a hundred parallel instances of a script task, their results collected."""
    loop = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>"
        '<zeebe:loopCharacteristics inputCollection="=items" inputElement="item" outputCollection="results" '
        'outputElement="=r"/></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>'
    )
    script = (
        '<bpmn:extensionElements><zeebe:script expression="=item + 1" resultVariable="r"/></bpmn:extensionElements>'
    )
    return diagram(
        f'{_ENDS}<bpmn:scriptTask id="t">{script}{loop}</bpmn:scriptTask>', chain("s", "t", "e"), process_id="C"
    )


def loop() -> bytes:
    """Case D: a thousand rounds through a gateway."""
    body = _ENDS + _SCRIPT.format("t") + '<bpmn:exclusiveGateway id="g" default="f3"/>'
    return diagram(body, [("s", "t"), ("t", "g"), ("g", "e", "=i >= 1000"), ("g", "t")], process_id="D")


def soaked() -> bytes:
    """Case B with a timer of a second behind the approval."""
    pause = (
        '<bpmn:intermediateCatchEvent id="pause"><bpmn:timerEventDefinition id="d">'
        '<bpmn:timeDuration xsi:type="bpmn:tFormalExpression">PT1S</bpmn:timeDuration></bpmn:timerEventDefinition>'
        "</bpmn:intermediateCatchEvent>"
    )
    body = _ENDS + _SCRIPT.format("a") + _APPROVE + pause + _SCRIPT.format("b")
    return diagram(body, chain("s", "a", "approve", "pause", "b", "e"), process_id="soak")


def commit_one_row(store: Store) -> None:
    """The least that a verb can be: one row through the engine's way to the database, and its commit."""
    with store.transaction() as tx:
        tx.write(_ONE_ROW, [(str(uuid4()), 1)])


class Office:
    """An engine over a database of its own, and one method for each case."""

    def __init__(self, url: str) -> None:
        self.store = open_store(url)
        self.store.upgrade()
        self.engine = Engine(self.store, SystemClock())

    def deploy_cases(self) -> None:
        """Put all cases into service."""
        files = {
            "A": straight(),
            "B": approval("B", _SCRIPT.format("a"), _SCRIPT.format("b")),
            "BJ": approval("BJ", service("a", "score"), service("b", "pay")),
            "C": fan_out(),
            "D": loop(),
        }
        self.engine.deploy([NamedFile(f"{name}.bpmn", xml) for name, xml in files.items()], by=ANALYST)

    def a(self) -> None:
        self._start("A", {"i": 0})

    def b(self) -> None:
        self.complete(self.start_b().key)

    def bj(self) -> None:
        instance = self._start("BJ", AMOUNT)
        self.work("score")
        self.complete(instance.key)
        self.work("pay")

    def c(self) -> None:
        self._start("C", {"items": list(range(100))})

    def d(self) -> None:
        self._start("D", {"i": 0})

    def start_b(self) -> Instance:
        """Leave an instance of B waiting for the approver."""
        return self._start("B", AMOUNT)

    def work(self, job_type: str) -> None:
        """Claim a job and complete it."""
        [job] = self.engine.claim_jobs(worker="bench", types=[job_type])
        self.engine.complete_job(job.key, {"done": True}, worker="bench")

    def complete(self, instance_key: int) -> None:
        """Approve the one task of an instance."""
        self.engine.complete_task(self.task_of(instance_key), {"approved": True}, by=APPROVER)

    def task_of(self, instance_key: int) -> int:
        """The key of an instance's task."""
        with self.store.reading() as tx:
            key: int = tx.execute(_TASK_OF, {"instance_key": instance_key}).scalar()
        return key

    def close(self) -> None:
        self.store.close()

    def _start(self, process_id: str, variables: dict[str, object]) -> Instance:
        return self.engine.start(process_id=process_id, variables=variables, by=ANALYST)
