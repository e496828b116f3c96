"""What came of it, for people."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

from .verdict import STRETCHES, Tally

__all__ = ["Table"]

_HEAD = ("broker", "fault", "trials", "booked once", "doubled", "lost", "unknown")
#: Faults that are told in words, of each table.
_TOLD = 20


class Table:
    """Broker × fault, and where the kills hit."""

    def __init__(self) -> None:
        self._rows: defaultdict[tuple[str, str], Tally] = defaultdict(Tally)

    def add(self, rows: Mapping[tuple[str, str], Tally]) -> None:
        for key, tally in rows.items():
            self._rows[key] += tally

    @property
    def total(self) -> Tally:
        total = Tally()
        for tally in self._rows.values():
            total += tally
        return total

    @property
    def is_honest(self) -> bool:
        """Nothing doubled, nothing lost, and something tried."""
        return self.total.trials > 0 and self.total.is_honest

    def text(self) -> str:
        return "\n".join((*self._lines(), "", *self._histogram(), *self._faults(), ""))

    def _lines(self) -> list[str]:
        rows = [(*key, tally) for key, tally in sorted(self._rows.items()) if tally.trials]
        cells = [_HEAD, *(_cells(*row) for row in rows), _cells("all", "", self.total)]
        widths = [max(len(row[column]) for row in cells) for column in range(len(_HEAD))]
        lines = ["  ".join(_justified(row, widths)).rstrip() for row in cells]
        return [lines[0], "-" * len(lines[0]), *lines[1:-1], "-" * len(lines[0]), lines[-1]]

    def _histogram(self) -> list[str]:
        hits: Counter[str] = self.total.stretches
        kills = sum(hits.values())
        return [f"{name:22}{hits[name]:6}  {'#' * round(50 * hits[name] / kills)}" for name in STRETCHES if kills]

    def _faults(self) -> list[str]:
        faults = [f"{broker}: {fault}" for (broker, _), tally in self._rows.items() for fault in tally.faults]
        more = [f"and {len(faults) - _TOLD} more"] if len(faults) > _TOLD else []
        return [*([""] if faults else []), *faults[:_TOLD], *more]


def _cells(broker: str, fault: str, tally: Tally) -> tuple[str, ...]:
    counts = (tally.trials, tally.done, tally.doubled, tally.lost, tally.unknown)
    return broker, fault, *(str(count) for count in counts)


def _justified(row: tuple[str, ...], widths: list[int]) -> list[str]:
    return [
        text.ljust(width) if column < 2 else text.rjust(width)
        for column, (text, width) in enumerate(zip(row, widths, strict=True))
    ]
