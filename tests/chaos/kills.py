"""Processes that are killed while they place, modify or cancel, and whoever comes after them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from random import Random

from openalgo_core.testing.clocks import TRADING_DAY, HurriedClock

from .deeds import OPERATIONS, STEPS, Attempt, Operation, perform, place_all, settle, shown, stretches
from .stage import Stage, set_up
from .verdict import Evidence, Tally, judge, stretch_of
from .zygote import Kill, Zygote

__all__ = ["Rhythm", "collect", "kill_in_api"]

#: Undisturbed attempts that are timed before the first kill, of each operation.
_TIMED = 3
#: How often a kill is aimed at what follows each step.
_AIM = (1, 2, 4, 1)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How long an undisturbed attempt takes from each of `STEPS` to the next one, or to its end, in seconds."""

    stretches: tuple[float, ...]

    @classmethod
    def of(cls, timed: Sequence[Sequence[float]]) -> Rhythm:
        return cls(tuple(min(lengths) for lengths in zip(*timed, strict=True)))

    def kill(self, chance: Random) -> Kill:
        """When to kill. How short a stretch is does not matter: those after the intent are aimed at most."""
        (aim,) = chance.choices(range(len(STEPS)), _AIM)
        return Kill(STEPS[aim], chance.uniform(0, self.stretches[aim]))


@dataclass(slots=True)
class _Round:
    """Kills in one home. `numbers` makes every order look different from every other."""

    stage: Stage
    zygote: Zygote
    chance: Random
    numbers: Iterator[int] = field(default_factory=count)
    attempts: list[Attempt] = field(default_factory=list)
    tallies: dict[Operation, Tally] = field(default_factory=dict)

    def run(self, trials: int) -> dict[Operation, Tally]:
        self.tallies = {operation: Tally() for operation in OPERATIONS}
        rhythms = {operation: Rhythm.of([self._timed(operation) for _ in range(_TIMED)]) for operation in OPERATIONS}
        for trial in range(trials):
            operation = OPERATIONS[trial % len(OPERATIONS)]
            self._kill(operation, rhythms[operation].kill(self.chance))
        evidence = collect(self.stage, self.zygote)
        for attempt in self.attempts:
            self.tallies[attempt.operation] += judge(attempt, evidence)
        return self.tallies

    def _attempt(self, operation: Operation) -> tuple[Attempt, dict[str, str]]:
        """A new one, and the order that it changes."""
        number = next(self.numbers)
        before = None if operation == "place" else self.stage.price(next(self.numbers))
        attempt = Attempt(f"{operation}-{number}", operation, self.stage.price(number), before)
        orders = {} if before is None else self.zygote.run(place_all, self.stage.seat, [attempt]).result
        return attempt, orders

    def _timed(self, operation: Operation) -> list[float]:
        attempt, orders = self._attempt(operation)
        timed: list[float] = self.zygote.run(stretches, self.stage.seat, attempt, orders).result
        return timed

    def _kill(self, operation: Operation, kill: Kill) -> None:
        attempt, orders = self._attempt(operation)
        self.attempts.append(attempt)
        self.zygote.run(perform, self.stage.seat, [attempt], orders, kill=kill)
        # Half the time the survivors look while the exchange may still be working on what the dead one sent.
        if self.chance.random() < 0.5:
            self.stage.quiet()
        self.tallies[operation].stretches[stretch_of(attempt, self.stage.journal(), self.stage.truth())] += 1
        self._go_on()

    def _go_on(self) -> None:
        """Somebody reconciles, or simply places the next order."""
        if self.chance.random() < 0.5:
            self.zygote.run(settle, self.stage.seat, None)
            return
        attempt, _ = self._attempt("place")
        status = self.zygote.run(settle, self.stage.seat, attempt).result
        if status != "acknowledged":
            self.tallies["place"].lost += 1
            self.tallies["place"].faults.append(f"the order after a crash was {status}")


def collect(stage: Stage, zygote: Zygote) -> Evidence:
    """Settle what can be settled, and take down what there is then."""
    stage.quiet()
    zygote.run(settle, stage.seat, None)
    return Evidence(stage.journal(), stage.truth(), zygote.run(shown, stage.seat).result)


def kill_in_api(broker: str, trials: int, chance: Random, zygote: Zygote) -> dict[Operation, Tally]:
    """So many kills of processes that use the Python API of that broker."""
    with set_up(broker, HurriedClock(40, start=TRADING_DAY)) as stage:
        return _Round(stage, zygote, chance).run(trials)
