"""How this project opens an SQLite file that many processes share."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from pathlib import Path
from typing import Literal

from .errors import ConfigurationError

__all__ = ["open_shared"]

#: How long a writer waits for another one.
_BUSY_SECONDS = 10.0
#: Pages that the log may grow to before somebody's commit copies them into the file and waits for the disk. With 4 MB,
#: SQLite's own setting, every hundredth order would wait; where each waits anyway, a short log that is written over and
#: over is better: a file that grows takes the disk half as long again.
_LOG_PAGES = {"NORMAL": 16_000, "FULL": 2_000}
#: Half of SQLite's own setting. A commit writes whole pages, of which an order changes a handful; where each commit
#: waits for the disk it waits a third less for smaller ones. Still smaller ones gain nothing more.
_PAGE = 2048
#: Held while a file is made, so that no other thread has a connection to it before its descriptor is closed.
_creating = threading.Lock()


def open_shared(
    path: Path | None, *, schema: str, version: int, synchronous: Literal["NORMAL", "FULL"] = "NORMAL"
) -> sqlite3.Connection:
    """A connection in autocommit mode, rows by name, usable from any thread; `None` is a database in memory.

    The file is made with mode 0600 in a directory of mode 0700, with a write-ahead log and the tables of `schema`.
    With `NORMAL` what is committed survives the death of a process, with `FULL` that of the machine.

    Raises `sqlite3.Error` or `OSError`, and `ConfigurationError` for a file of another `version`.
    """
    if path is not None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _create(path)
    connection = sqlite3.connect(
        path or ":memory:", timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        connection.row_factory = sqlite3.Row
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES[synchronous]}")
        _prepare(connection, path, schema, version)
    except BaseException:  # whatever it is, it is raised again; the file must not stay open behind it
        connection.close()
        raise
    return connection


def _create(path: Path) -> None:
    """Make the file if it is not there: SQLite would with the umask's mode; what is in it is nobody else's business.

    A file that is there already must not even be opened: POSIX takes all locks of a process off a file as soon as the
    process closes any descriptor of it. The other connections of this process would then stand without theirs, and the
    next process that leaves would take the log away from under them (sqlite.org/howtocorrupt.html, 2.2).
    """
    with _creating:
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _prepare(connection: sqlite3.Connection, path: Path | None, schema: str, version: int) -> None:
    if _version_of(connection) == version:
        return
    connection.execute(f"PRAGMA page_size = {_PAGE}")  # of an empty file, and before there is a log
    _use_write_ahead_log(connection)
    connection.execute("BEGIN IMMEDIATE")
    found = _version_of(connection)
    if found == 0:
        for statement in schema.split(";\n"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {version}")
    connection.execute("COMMIT")
    if found not in (0, version):
        raise ConfigurationError(
            f"{path} was written by another version of openalgo-core (format {found}, not {version}).",
            hint="Upgrade openalgo-core, or move the file away to begin anew.",
        )


def _version_of(connection: sqlite3.Connection) -> int:
    found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return found


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Switching needs the file alone and, unlike all else, does not wait for it: several first users may collide."""
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return
