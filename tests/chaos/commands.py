"""The installed `openalgo` command, killed; and the `openalgo` command that comes after it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from itertools import count, pairwise
from pathlib import Path
from random import Random
from typing import Any

from openalgo_core.clock import SystemClock
from openalgo_core.journal import Journal
from openalgo_core.models import IntentState

from .deeds import OPERATIONS, STEPS, Attempt, Operation
from .kills import Rhythm, collect
from .stage import SYMBOL, Stage, set_up
from .verdict import Tally, judge, stretch_of
from .zygote import Kill, Zygote

__all__ = ["kill_commands"]

_COMMAND = str(Path(sys.executable).with_name("openalgo"))
_LIMIT = 60


@dataclass(slots=True)
class _Terminal:
    """A shell in the home of a stage."""

    stage: Stage
    journal: Journal
    numbers: Iterator[int] = field(default_factory=count)
    rhythms: dict[Operation, Rhythm] = field(default_factory=dict)

    def trial(self, operation: Operation, chance: Random, tallies: dict[Operation, Tally]) -> Attempt:
        """One kill, and the command that comes after it."""
        if operation not in self.rhythms:
            self.rhythms[operation] = Rhythm.of([self.stretches(operation)])
        attempt, words = self.attempt(operation)
        self.kill(attempt, words, self.rhythms[operation].kill(chance))
        self.stage.quiet()
        where = stretch_of(attempt, self.journal.entries(), self.stage.truth())
        tallies[operation].stretches[where] += 1
        self.run(["journal", "reconcile"] if chance.random() < 0.5 else self.attempt("place")[1])
        return attempt

    def words(self, attempt: Attempt, order_id: str | None) -> list[str]:
        match attempt.operation:
            case "place":
                return _placing(attempt.id, str(attempt.price))
            case "modify":
                return ["order", "modify", str(order_id), "--price", str(attempt.price)]
            case "cancel":
                return ["order", "cancel", str(order_id)]

    def attempt(self, operation: Operation) -> tuple[Attempt, list[str]]:
        """A new one, and the words that ask for it; what it changes is placed first."""
        number = next(self.numbers)
        before = None if operation == "place" else self.stage.price(next(self.numbers))
        attempt = Attempt(f"{operation}-{number}", operation, self.stage.price(number), before)
        order_id = None if before is None else self.run(_placing(attempt.id, str(before)))["order_id"]
        return attempt, self.words(attempt, order_id)

    def run(self, words: Sequence[str]) -> Any:
        """What the command prints."""
        process = self.start(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        out, err = process.communicate(timeout=_LIMIT)
        if process.returncode not in (0, 6):  # 6: an outcome is unknown
            raise RuntimeError(f"openalgo {' '.join(words)}: {process.returncode}\n{err.decode()}")
        return json.loads(out)

    def kill(self, attempt: Attempt, words: Sequence[str], kill: Kill) -> None:
        """The journal is watched from outside to see how far the command has come."""
        process = self.start(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None and self._step(attempt) < STEPS.index(kill.step):
            time.sleep(0.0005)
        with suppress(subprocess.TimeoutExpired):
            process.wait(kill.seconds)
        process.kill()
        process.wait()

    def _step(self, attempt: Attempt) -> int:
        found = [
            intent
            for intent in self.journal.entries(client_order_id=attempt.id)
            if intent.draft.kind.value == attempt.operation
        ]
        if not found:
            return 0
        if found[-1].state is not IntentState.INTENDED:
            return 3
        return 1 if found[-1].sent_at is None else 2

    def start(self, words: Sequence[str], **streams: Any) -> subprocess.Popen[bytes]:
        seat = self.stage.seat
        # Nothing of the developer's own settings may get in.
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("BROKER_", "OPENALGO_"))}
        return subprocess.Popen([_COMMAND, *words, "--json"], cwd=seat.home, env=kept | dict(seat.variables), **streams)

    def stretches(self, operation: Operation) -> list[float]:
        """Seconds to the intent, from there to the sending, the outcome and the end, of an undisturbed command."""
        _, words = self.attempt(operation)
        begun = self.stage.seat.clock.now()
        self.run(words)
        intent = self.journal.entries()[-1]
        assert intent.sent_at is not None and intent.settled_at is not None, intent
        moments = (begun, intent.created_at, intent.sent_at, intent.settled_at, self.stage.seat.clock.now())
        return [(end - begin).total_seconds() for begin, end in pairwise(moments)]


def kill_commands(broker: str, trials: int, chance: Random, zygote: Zygote) -> dict[Operation, Tally]:
    """So many kills of commands, on the machine's own clock."""
    tallies = {operation: Tally() for operation in OPERATIONS}
    with set_up(broker, SystemClock()) as stage, closing(stage.open_journal()) as journal:
        terminal = _Terminal(stage, journal)
        attempts = [terminal.trial(OPERATIONS[trial % len(OPERATIONS)], chance, tallies) for trial in range(trials)]
        evidence = collect(stage, zygote)
    for attempt in attempts:
        tallies[attempt.operation] += judge(attempt, evidence)
    return tallies


def _placing(name: str, price: str) -> list[str]:
    return ["order", "place", SYMBOL, "BUY", "1", "--price", price, "--product", "CNC", "--id", name]
