"""What victims do to a journal, without a broker."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

from desks import Bench
from makers import draft

from openalgo_core.clock import SystemClock
from openalgo_core.errors import ConfigurationError
from openalgo_core.journal import Journal, JournalKey
from openalgo_core.models import IntentState, Placed

__all__ = ["KEY", "send_until_refused", "send_where_nothing_can_be_written", "write_on_and_on"]

KEY = JournalKey("toy", "default", "me", None)
_NOBODY = 65534


def write_on_and_on(reached: Callable[[str], None], directory: Path, said: Path) -> None:
    """Intents and outcomes until it is killed; each is said to `said` when the journal has confirmed it."""
    journal = Journal(directory, SystemClock())
    report = os.open(said, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    reached("begun")
    while True:
        name = os.urandom(8).hex()
        intent, _ = journal.begin(KEY, draft(name, tag=name))
        os.write(report, f"begun {name}\n".encode())
        journal.mark_sent(intent)
        journal.settle(intent, IntentState.ACKNOWLEDGED, order_id=name)
        os.write(report, f"settled {name}\n".encode())


def send_until_refused(reached: Callable[[str], None], directory: Path, room: int) -> tuple[int, int]:
    """Orders from a process whose files may grow to `room` bytes. Returns how many were sent, and how many of these
    the journal knows of."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    bench = Bench(directory, SystemClock())
    number, refused = 0, 0
    while refused < 5:
        number += 1
        try:
            bench.desk.send(draft(f"o{number}", tag=f"t{number}"), _book(number))
        except ConfigurationError:
            refused += 1
    return bench.sent, sum(intent.sent_at is not None for intent in bench.journal.entries())


def send_where_nothing_can_be_written(reached: Callable[[str], None], directory: Path) -> tuple[str, int]:
    """One order from a process that may not write there. Returns what it was told, and how many were sent."""
    if os.geteuid() == 0:  # whom no file mode stops
        os.seteuid(_NOBODY)
    bench = Bench(directory, SystemClock())
    try:
        bench.desk.send(draft(), _book(1))
    except ConfigurationError as error:
        return error.message, bench.sent
    return "sent", bench.sent


def _book(number: int) -> Callable[[Any], Placed]:
    def write(account: Any) -> Placed:
        account.send()
        return Placed(str(number))

    return write
