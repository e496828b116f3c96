"""What tests run in processes of their own: a module, because a spawned process imports it by name."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

from makers import draft

from openalgo_core import connect
from openalgo_core.clock import SystemClock
from openalgo_core.journal import Journal, JournalKey

KEY = JournalKey("toy", "default", "me", None)


def race(directory: str, start: Any, found: Any) -> None:
    """Begin the same intent as everybody else, at the same moment."""
    journal = Journal(Path(directory), SystemClock())
    start.wait(60)
    intent, is_new = journal.begin(KEY, draft(tag=str(os.getpid())))
    found.put((is_new, intent.id, intent.draft.tag))
    journal.close()


def begin_and_wait(directory: str, sent: bool, ready: Any) -> None:
    """Begin an intent, perhaps send it, and wait to be killed."""
    journal = Journal(Path(directory), SystemClock())
    intent, _ = journal.begin(KEY, draft())
    if sent:
        journal.mark_sent(intent)
    ready.set()
    signal.pause()


def die_after_booking(home: str) -> None:
    """Place a paper order and end like a killed process, when it is booked and its outcome is not yet journalled."""
    os.environ["OPENALGO_HOME"] = home
    os.chdir(home)
    broker = connect("paper")
    broker.office.journal.settle = lambda *_, **__: os._exit(9)  # type: ignore[method-assign]
    broker.place_order("NSE:SBIN", "BUY", 1)
