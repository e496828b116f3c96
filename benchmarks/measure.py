"""Timing that a shared machine cannot bend much: the cases take turns, and are compared round by round."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

__all__ = ["Figures", "calls", "peak_megabytes", "processes"]


@dataclass(slots=True)
class Figures:
    """Seconds of one case: in each round one figure (`processes`), or one for each call (`calls`)."""

    rounds: list[list[float]] = field(default_factory=list)

    @property
    def seconds(self) -> list[float]:
        return list(chain.from_iterable(self.rounds))

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def tail(self) -> float:
        """The 99th percentile of all calls, each as a multiple of the median of its round."""
        multiples = [second / statistics.median(seconds) for seconds in self.rounds for second in seconds]
        return statistics.quantiles(multiples, n=100)[98]

    def ratio(self, *parts: Figures) -> float:
        """To a baseline, or to the sum of its parts: the median of what each round says.

        Within a round a shared machine keeps its speed, mostly. Over all rounds it may have two, and then the median
        of one case may be of the one, and that of the other case of the other.
        """
        pairs = zip(self.rounds, *(part.rounds for part in parts), strict=True)
        told: list[float] = [statistics.median(ours) / sum(map(statistics.median, theirs)) for ours, *theirs in pairs]
        return statistics.median(told)


def calls(cases: Mapping[str, Callable[[], object]], *, rounds: int, each: int) -> dict[str, Figures]:
    """Time single calls: in every round each case has its turn of `each` calls. One untimed call comes first."""
    figures = {name: Figures() for name in cases}
    for case in cases.values():
        case()
    for _ in range(rounds):
        for name, case in cases.items():
            seconds: list[float] = []
            figures[name].rounds.append(seconds)
            for _ in range(each):
                begun = time.perf_counter()
                case()
                seconds.append(time.perf_counter() - begun)
    return figures


def processes(
    commands: Mapping[str, Sequence[str]],
    *,
    rounds: int,
    environment: Mapping[str, str],
    cwd: Path | None = None,
) -> dict[str, Figures]:
    """Time whole processes, from their start to their end. A round before the first fills the caches of the disk.

    Raises `RuntimeError` with what a command said where it fails.
    """
    figures = {name: Figures() for name in commands}
    for turn in range(-1, rounds):
        for name, command in commands.items():
            begun = time.perf_counter()
            done = subprocess.run(  # noqa: S603  # our own commands
                command, env=dict(environment), cwd=cwd, capture_output=True, text=True, check=False
            )
            seconds = time.perf_counter() - begun
            if done.returncode:
                raise RuntimeError(f"{name} ended with {done.returncode}: {done.stderr[-2000:]}")
            if turn >= 0:
                figures[name].rounds.append([seconds])
    return figures


def peak_megabytes() -> float:
    """The largest size of this process so far. `getrusage` would tell that of its parent, where that was larger."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
