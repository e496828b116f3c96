"""A desk over a broker that is a list, for tests of the life of an order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openalgo_core.clock import Clock
from openalgo_core.config import Timeouts
from openalgo_core.errors import OpenAlgoError
from openalgo_core.guards.panel import GuardPanel
from openalgo_core.journal import Journal, JournalKey
from openalgo_core.models import Exchange, JournalEntry, Order, TagRule
from openalgo_core.orders.desk import Desk
from openalgo_core.orders.reconcile import Reconciler

KEY = JournalKey("toy", "default", "me", None)


class Line:
    """Counts what leaves; `account.send()` is what a hook would do through its transport."""

    def __init__(self, bench: Bench, on_send: Callable[[], None]) -> None:
        self._bench = bench
        self._on_send = on_send
        self.sent = False
        self.account: Any = self

    def send(self) -> None:
        self._on_send()
        self.sent = True
        self._bench.sent += 1


class Observed(GuardPanel):
    def __init__(self) -> None:
        super().__init__((), {})
        self.told: list[JournalEntry] = []

    def tell(self, outcome: Callable[[], JournalEntry]) -> None:
        self.told.append(outcome())


@dataclass
class Bench:
    """`book` is what the broker shows, or the error that reading it raises."""

    directory: Path
    clock: Clock
    rule: TagRule = field(default_factory=lambda: TagRule(20, comes_back=True))
    book: list[Order] | OpenAlgoError = field(default_factory=list)
    pace: Callable[[Exchange], None] = lambda exchange: None
    sent: int = 0
    looks: int = 0

    def __post_init__(self) -> None:
        self.journal = Journal(self.directory, self.clock)
        self.panel = Observed()
        self.reconciler = Reconciler(
            self.journal, KEY, self.rule, self.clock, self._read, lambda exchange, at: None, self.panel.tell
        )
        self.desk = Desk(
            broker="toy",
            journal=self.journal,
            key=KEY,
            clock=self.clock,
            timeouts=Timeouts(connect=1, read=1, reconcile=5, rate_wait=1),
            panel=self.panel,
            reconciler=self.reconciler,
            open_line=self._open_line,
        )

    def _open_line(self, exchange: Exchange, on_send: Callable[[], None]) -> Line:
        self.pace(exchange)
        return Line(self, on_send)

    def _read(self, within: float | None) -> list[Order]:
        self.looks += 1
        assert within is None or within > 0
        if isinstance(self.book, OpenAlgoError):
            raise self.book
        return self.book
