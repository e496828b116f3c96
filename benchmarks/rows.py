"""What is measured, and the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["Row", "markdown", "peers_markdown", "table"]


@dataclass(frozen=True, slots=True)
class Row:
    """One goal and what this run says of it. Smaller is better throughout.

    `we` is in `unit`: a ratio to `baseline`, or a plain figure where the goal is one. `bar` must hold, `aim` is where
    we want to be. `peers` are others, measured in the same run against the same baseline; `also` is what else was
    measured of us in it, and did not count.
    """

    number: str
    what: str
    baseline: str
    we: float
    bar: float
    aim: float
    unit: str = "x"
    peers: Mapping[str, float] = field(default_factory=dict)
    also: tuple[float, ...] = ()

    @property
    def verdict(self) -> str:
        if self.we > self.bar:
            return "above the bar"
        return "aim" if self.we <= self.aim else "bar"

    def holds(self, slack: float = 1.0) -> bool:
        """Whether the figure is within `slack` times the bar."""
        return self.we <= self.bar * slack

    @property
    def is_time(self) -> bool:
        """Whether it is no ratio and no count, so that it says as much of the machine as of us."""
        return self.unit in ("s", "ms", "µs")

    @property
    def cells(self) -> tuple[str, ...]:
        best = min(self.peers, key=self.peers.__getitem__, default=None)
        peer = "none" if best is None else f"{best} {_text(self.peers[best], self.unit)}"
        we, bar, aim = (_text(figure, self.unit) for figure in (self.we, self.bar, self.aim))
        if self.also:
            we += f" (also {', '.join(_text(figure, self.unit) for figure in self.also)})"
        return (self.number, self.what, self.baseline, peer, we, bar, aim, self.verdict)


_HEAD = ("row", "what", "baseline", "best peer", "we", "bar", "aim", "reached")


def table(rows: Sequence[Row]) -> Table:
    """For people."""
    from rich.table import Table

    shown = Table(*_HEAD, title="Smaller is better; x is a multiple of the baseline in the same run")
    for row in rows:
        shown.add_row(*row.cells, style="red" if not row.holds() else None)
    return shown


def markdown(rows: Sequence[Row]) -> str:
    """For the documentation."""
    return _lines(_HEAD, [row.cells for row in rows])


def peers_markdown(rows: Sequence[Row]) -> str:
    """Each peer's figure, for the rows that any has one for; an empty cell is something that the peer cannot do."""
    compared = [row for row in rows if row.peers]
    names = list(dict.fromkeys(name for row in compared for name in row.peers))
    cells = [
        (f"{row.number} {row.what}", *(_text(row.peers[name], row.unit) if name in row.peers else "" for name in names))
        for row in compared
    ]
    return _lines(("row", *names), cells)


def _lines(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _text(figure: float, unit: str) -> str:
    digits = 0 if figure >= 100 or figure == int(figure) else 2
    return f"{figure:.{digits}f} {unit}"
