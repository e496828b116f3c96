"""Rows 1a to 1d and 3e: whole processes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from .bare import QUOTE
from .measure import processes
from .rows import Row
from .stand import Stand

__all__ = ["rows"]

_LOOK_UP = """
import sqlite3
print(sqlite3.connect(%r).execute("select count(*) from sqlite_master").fetchall())
"""


def rows(stand: Stand, rounds: int) -> list[Row]:
    python = sys.executable
    openalgo = str(Path(python).with_name("openalgo"))
    (table,) = (stand.home / "instruments").glob("*.sqlite")
    commands: dict[str, Sequence[str]] = {
        "python": (python, "-c", ""),
        "click": (python, "-c", "import click"),
        "bare quote": (python, "-c", QUOTE % stand.url),
        "bare table": (python, "-c", _LOOK_UP % str(table)),
        "--help": (openalgo, "--help"),
        "brokers": (openalgo, "brokers"),
        "import": (python, "-c", "import openalgo_core"),
        "quote": (openalgo, "quote", "NSE:SBIN"),
        "show": (openalgo, "instruments", "show", "NSE:SBIN"),
    }
    timed = processes(commands, rounds=rounds, environment=stand.environment)
    ratio = {name: {base: figures.ratio(timed[base]) for base in commands} for name, figures in timed.items()}
    return [
        Row("1a", "openalgo --help", "import click", ratio["--help"]["click"], 1.6, 1.2),
        Row("1b", "openalgo brokers", "import click", ratio["brokers"]["click"], 2.0, 1.4),
        Row("1c", "import openalgo_core", "bare python", ratio["import"]["python"], 3.0, 1.5),
        Row("1d", "openalgo quote, session on disk", "bare requests script", ratio["quote"]["bare quote"], 2.1, 1.6),
        Row("3e", "instruments show, table on disk", "bare sqlite process", ratio["show"]["bare table"], 6.0, 4.0),
    ]
