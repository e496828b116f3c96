"""What a sync of the instruments begins with, and what it did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

__all__ = ["Known", "SyncResult"]


@dataclass(frozen=True, slots=True)
class Known:
    """What the core already holds of a broker's instruments, so that a plugin can answer "unchanged"."""

    stamp: str | None
    synced_at: datetime


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What a sync did. `rows` are in the table now; `skipped` counts the rows left out, by reason."""

    broker: str
    rows: int
    seconds: float
    unchanged: bool
    source_time: datetime | None
    skipped: Mapping[str, int]
