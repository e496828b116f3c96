"""The command: kills, network faults, the table. Ends with 1 if anything was doubled or lost."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from queue import SimpleQueue
from random import Random

from .commands import kill_commands
from .deeds import OPERATIONS, Operation
from .kills import kill_in_api
from .network import FAULTS, THREADS, spoil_network
from .sins import SINS
from .stage import has_wire, installed
from .table import Table
from .verdict import Tally
from .zygote import Zygote

__all__ = ["main"]

#: Kills in one home, so that journals and books stay small, and stages can be shared out among the processors.
_ROUND = 30
#: One kill in so many is one of a command; a command takes ten times as long as a call.
_COMMANDS = 6

Work = Callable[[Zygote], dict[tuple[str, str], Tally]]


def main(words: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(words)
    seed = options.seed if options.seed is not None else time.time_ns() % 1_000_000
    begun = time.monotonic()
    work = _kills(options.brokers, options.trials, Random(seed))
    if not options.kills_only:
        work += _storms(options.brokers, options.faults, options.threads)
    table = Table()
    for rows in _done(work, options.jobs, options.sin):
        table.add(rows)
    print(table.text())
    print(f"{len(options.brokers)} brokers, {options.trials} kills, seed {seed}, {time.monotonic() - begun:.0f} s")
    return 0 if table.is_honest else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="chaos", description="Orders never lost, never doubled, by force.")
    parser.add_argument("--trials", type=int, default=240, help="processes to kill (default: %(default)s)")
    parser.add_argument("--brokers", nargs="+", default=installed(), metavar="NAME", help="default: all installed")
    parser.add_argument("--faults", nargs="+", default=FAULTS, choices=FAULTS, metavar="FAULT", help="default: all")
    parser.add_argument("--threads", nargs="+", type=int, default=THREADS, help="that meet a fault at once")
    parser.add_argument("--kills-only", action="store_true", help="leave the network alone")
    parser.add_argument("--seed", type=int, help="of the chance that aims the kills")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="stages at a time (default: processors)")
    parser.add_argument("--sin", choices=SINS, help="break that rule, to see that it is noticed")
    return parser


def _kills(brokers: Sequence[str], trials: int, chance: Random) -> list[Work]:
    """Rounds of kills, shared out evenly among the brokers."""
    work: list[Work] = []
    for place, broker in enumerate(brokers):
        share = trials // len(brokers) + (place < trials % len(brokers))
        commands = share // _COMMANDS
        work += [_killing_commands(broker, size, Random(chance.random())) for size in _rounds(commands)]
        work += [_killing_calls(broker, size, Random(chance.random())) for size in _rounds(share - commands)]
    return work


def _rounds(trials: int) -> list[int]:
    return [min(_ROUND, trials - done) for done in range(0, trials, _ROUND)]


def _killing_calls(broker: str, trials: int, chance: Random) -> Work:
    return lambda zygote: {
        (broker, f"killed in {operation}"): tally
        for operation, tally in kill_in_api(broker, trials, chance, zygote).items()
    }


def _killing_commands(broker: str, trials: int, chance: Random) -> Work:
    return lambda zygote: {
        (broker, f"killed in {operation}, command"): tally
        for operation, tally in kill_commands(broker, trials, chance, zygote).items()
    }


def _storms(brokers: Sequence[str], faults: Sequence[str], threads: Sequence[int]) -> list[Work]:
    def storm(broker: str, operation: Operation) -> Work:
        return lambda zygote: {
            (broker, fault): tally
            for fault, tally in spoil_network(broker, operation, zygote, faults=faults, threads=threads).items()
        }

    return [storm(broker, operation) for broker in brokers if has_wire(broker) for operation in OPERATIONS]


def _done(work: Sequence[Work], jobs: int, sin: str | None) -> list[dict[tuple[str, str], Tally]]:
    """All of it, on so many stages at a time; each has a zygote to itself."""
    with ExitStack() as stack:
        free: SimpleQueue[Zygote] = SimpleQueue()
        for _ in range(jobs):
            free.put(stack.enter_context(Zygote(sin)))

        def do(task: Work) -> dict[tuple[str, str], Tally]:
            zygote = free.get()
            try:
                return task(zygote)
            finally:
                free.put(zygote)

        with ThreadPoolExecutor(jobs) as pool:
            return list(pool.map(do, work))


if __name__ == "__main__":
    sys.exit(main())
