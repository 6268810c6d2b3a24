"""Messages and signals: who gets one, now or when somebody begins to wait for what was kept."""

from __future__ import annotations

from collections.abc import Sequence

from engine import commands, events
from engine.moves.moving import Moving
from engine.moves.parts import Held, Start
from engine.states import Awaited
from engine.step import SignalThrown
from engine.store import messages, settle, signals, subscriptions
from engine.store.instances import InstanceRow
from engine.store.messages import Message
from engine.store.signals import Signal
from engine.store.subscriptions import StartSubscription, Subscription


class Hearing(Moving):
    """The moves that a message or signal leads to."""

    def send(self, signal: Signal, *, sender: int = 0, deaf: Sequence[int] = (), only: int = 0) -> int:
        """Address a signal to everybody who waits for it now, but for the subscriptions `deaf`; how many they are.

        `only` is the instance that alone may hear it, 0 for all.
        """
        receivers = signals.send(self.tx, signal, deaf, only)
        if receivers:
            self.sent.append(signal.key)
        self.tell(
            sender,
            events.SIGNAL_SENT,
            signal_key=str(signal.key),
            name=signal.name,
            receivers=receivers,
            variables=dict(signal.variables),
        )
        return receivers

    def _throw(self, row: InstanceRow, thrown: SignalThrown, settled: settle.Settled) -> None:
        signal = Signal(
            self.tx.next_key(),
            thrown.name,
            thrown.variables,
            thrown.business_key,
            self.now,
            f"instance {row.key}",
            row.tenant_id,
        )
        # Who began to wait in this step, but after the throw, has not heard it.
        opened = (one for one in settled.subscriptions if one.name == thrown.name)
        late = [one.key for one in opened if one.element_key not in thrown.heard_by]
        self.send(signal, sender=row.key, deaf=late, only=row.key if thrown.only_here else 0)

    def correlate(self, row: InstanceRow, subscription: Subscription, message: Message) -> bool:
        """Give a message to who waits for it; False when nobody waits any more."""
        if not row.is_active or subscriptions.find(self.tx, subscription.key) is None:
            return False
        self.tell(
            row,
            events.MESSAGE_CORRELATED,
            element=(subscription.element_id, subscription.element_key),
            name=message.name,
            message_key=str(message.key),
            variables=dict(message.variables),
        )
        self._resume(self.hold(row), commands.Correlate(subscription.element_key, message.variables))
        self._follow()
        return True

    def catch_up(self, row: InstanceRow) -> None:
        """The instance goes on after a pause: messages that were kept meanwhile arrive."""
        found = subscriptions.of_instance(self.tx, row.key)
        keyed = [one for one in found if one.kind is Awaited.MESSAGE and one.correlation_key is not None]
        if keyed:
            self._deliver_kept(self.hold(row), keyed)

    def _deliver_kept(self, held: Held, subscriptions: Sequence[Subscription]) -> None:
        wanted = {(one.name, one.correlation_key or "") for one in subscriptions}
        for message in messages.kept_for(self.tx, held.row, sorted(wanted), self.now):
            for one in subscriptions:
                matches = (one.name, one.correlation_key) == (message.name, message.correlation_key)
                if matches and self.correlate(held.row, one, message):
                    messages.delivered(self.tx, message.key, {held.row.process_id: held.row.key})
                    break

    def _start_kept(self, row: InstanceRow, correlation_key: str) -> None:
        """The instance that held the key has ended: the next kept message starts the next one (zeebe-extensions §8)."""
        starts = {one.name: one for one in self._starts_of(row)}
        wanted = [(name, correlation_key) for name in starts]
        if not wanted:
            return
        for message in messages.kept_for(self.tx, row, wanted, self.now)[:1]:
            started = self._start_by(message, starts[message.name])
            messages.delivered(self.tx, message.key, {row.process_id: started.key})

    def _starts_of(self, row: InstanceRow) -> list[StartSubscription]:
        return subscriptions.starts_of(self.tx, row.tenant_id, Awaited.MESSAGE, row.process_id)

    def start_by(self, message: Message, subscription: StartSubscription) -> InstanceRow:
        """Start a process by a message."""
        row = self._start_by(message, subscription)
        self._follow()
        return row

    def _start_by(self, message: Message, subscription: StartSubscription) -> InstanceRow:
        compiled = self.library.process(self.tx, subscription.definition_key)
        return self._start(
            Start(
                compiled,
                message.variables,
                message.business_key,
                start_element=subscription.element_id,
                correlation_key=message.correlation_key or None,
            )
        )
