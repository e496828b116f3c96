"""Every way in which a network fails, on the way to a broker and back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

from openalgo_core.simulation import Simulation
from openalgo_core.testing.clocks import TRADING_DAY, HurriedClock
from openalgo_core.testing.wire import Wire, learn_wire

from .deeds import Answer, Attempt, Operation, perform, place_all
from .kills import collect
from .stage import Stage, set_up
from .verdict import Tally, judge
from .zygote import Zygote

__all__ = ["FAULTS", "THREADS", "spoil_network"]

#: As in `openalgo_core.simulation.faults`. The first two strike a new connection, which every process needs. No 429
#: after booking: pages that speak of it promise that there is none.
FAULTS = (
    "refuse", "tls", "reset:before", "reset:after", "half:after", "never:before", "never:after", "drip:after",
    "slow=0.1:after", "slow=1:after", "wrong-length:after", "429:before", "429=2:before", "html:before",
    "html:after", "status=503:before", "status=503:after", "empty:after", "truncate:after",
)  # fmt: skip
_OF_CONNECTION = ("refuse", "tls")
THREADS = (1, 8)
#: Seconds that an answer is waited for: some faults last as long.
_READ = 0.5
#: Seconds: connect, read and reconcile of the stage's settings, the look at the order before it is changed, and as much
#: again for a busy machine.
_PATIENCE = 10.0


@dataclass(slots=True)
class _Storm:
    """One operation of one broker, under every fault."""

    stage: Stage
    simulation: Simulation
    wire: Wire
    zygote: Zygote
    operation: Operation
    numbers: Iterator[int] = field(default_factory=count)
    told: list[tuple[str, Attempt, Answer]] = field(default_factory=list)

    def strike(self, fault: str, threads: int) -> None:
        """So many attempts at once, each of which meets the fault."""
        attempts = [self._attempt() for _ in range(threads)]
        changes = self.operation != "place"
        orders = self.zygote.run(place_all, self.stage.seat, attempts).result if changes else {}
        self._arm(fault, threads)
        answers = self.zygote.run(perform, self.stage.seat, attempts, orders, fault == "tls").result
        self._disarm()
        self.told += [(fault, *pair) for pair in zip(attempts, answers, strict=True)]

    def result(self) -> dict[str, Tally]:
        evidence = collect(self.stage, self.zygote)
        tallies = {fault: Tally() for fault in FAULTS}
        for fault, attempt, answer in self.told:
            tallies[fault] += judge(attempt, evidence, answer)
            if answer.seconds > _PATIENCE:
                tallies[fault].lost += 1
                tallies[fault].faults.append(f"{attempt.id}: no answer for {answer.seconds:.1f} s")
        return tallies

    def _attempt(self) -> Attempt:
        number = next(self.numbers)
        before = None if self.operation == "place" else self.stage.price(next(self.numbers))
        return Attempt(f"{self.operation}-{number}", self.operation, self.stage.price(number), before)

    def _arm(self, fault: str, threads: int) -> None:
        kind, _, stage = fault.partition(":")
        if fault in _OF_CONNECTION:
            self.simulation.fault(f"{kind}*{threads}")
        else:
            self.simulation.fault(f"{kind}@{getattr(self.wire, self.operation)}:{stage}*{threads}")

    def _disarm(self) -> None:
        """What an attempt never came to meet must not strike the next one."""
        assert self.simulation.proxy is not None
        script = self.simulation.proxy.script
        while script.take_connection() or script.take(getattr(self.wire, self.operation)):
            pass


def spoil_network(
    broker: str,
    operation: Operation,
    zygote: Zygote,
    *,
    faults: Sequence[str] = FAULTS,
    threads: Sequence[int] = THREADS,
) -> dict[str, Tally]:
    """Every fault, met by one thread and by several."""
    with set_up(broker, HurriedClock(start=TRADING_DAY), proxied=True, read=_READ) as stage:
        assert stage.simulation is not None
        with stage.seat.open() as trader:
            wire = learn_wire(trader, stage.simulation)
        storm = _Storm(stage, stage.simulation, wire, zygote, operation)
        for fault in faults:
            for number in threads:
                storm.strike(fault, number)
        return storm.result()
