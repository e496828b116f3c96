"""The exchange's state on disk: one SQLite file, any number of processes and threads.

Each command is one transaction. Write-ahead logging with `synchronous=NORMAL` leaves the file consistent and complete
when a process dies at any instant.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..database import open_shared
from ..errors import ConfigurationError

__all__ = ["Database"]

_VERSION = 1

#: Money is exact: decimal text, or whole paise where SQL has to add it up (`blocked`, `margin`). Moments are ISO 8601
#: text, except `look_at` and `due_at`, which are compared by SQL: Unix seconds.
_SCHEMA = """
CREATE TABLE accounts (
    user_id TEXT PRIMARY KEY,
    cash TEXT NOT NULL,          -- starting capital + profits - paid for holdings + got for them
    settled_at TEXT NOT NULL,    -- everything up to here has happened
    due_at INTEGER               -- nothing can happen before; NULL: nothing will
) WITHOUT ROWID;
CREATE TABLE orders (
    number INTEGER PRIMARY KEY,
    order_id TEXT NOT NULL UNIQUE,
    user_id TEXT NOT NULL,
    day TEXT NOT NULL,           -- trading day, which begins at 03:00
    exchange TEXT NOT NULL,
    symbol TEXT NOT NULL,
    contract TEXT NOT NULL,
    action TEXT NOT NULL,
    product TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    filled_quantity INTEGER NOT NULL,
    filled_value TEXT NOT NULL,  -- sum of quantity times price
    price_type TEXT NOT NULL,
    price TEXT,
    trigger_price TEXT,
    validity TEXT NOT NULL,
    disclosed_quantity INTEGER NOT NULL,
    status TEXT NOT NULL,
    is_open INTEGER NOT NULL,    -- whether the status is not final
    reason TEXT,
    tag TEXT,
    wire TEXT NOT NULL,
    placed_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    reference TEXT NOT NULL,     -- the price that margin is reckoned at
    charged INTEGER NOT NULL,    -- units that no opposite position covered
    blocked INTEGER NOT NULL,    -- paise
    watched TEXT NOT NULL,       -- matched against prices up to here
    look_at INTEGER              -- nothing can happen to it before; NULL: nobody can tell
);
CREATE INDEX orders_of_day ON orders (user_id, day);
CREATE INDEX open_orders ON orders
    (user_id, exchange, symbol, product, action, quantity, filled_quantity, blocked) WHERE is_open = 1;
CREATE INDEX orders_to_look_at ON orders (user_id, look_at) WHERE is_open = 1;
CREATE TABLE fills (
    trade_id INTEGER PRIMARY KEY,
    user_id TEXT NOT NULL,
    day TEXT NOT NULL,
    order_id TEXT NOT NULL,
    contract TEXT NOT NULL,
    action TEXT NOT NULL,
    product TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    price TEXT NOT NULL,
    at TEXT NOT NULL
);
CREATE INDEX fills_of_day ON fills (user_id, day);
CREATE TABLE positions (
    user_id TEXT NOT NULL,
    exchange TEXT NOT NULL,
    symbol TEXT NOT NULL,
    product TEXT NOT NULL,
    contract TEXT NOT NULL,
    quantity INTEGER NOT NULL,   -- signed
    open_value TEXT NOT NULL,    -- units open times their price
    margin INTEGER NOT NULL,     -- paise
    realised TEXT NOT NULL,      -- today
    buy_quantity INTEGER NOT NULL,
    sell_quantity INTEGER NOT NULL,
    buy_value TEXT NOT NULL,
    sell_value TEXT NOT NULL,
    PRIMARY KEY (user_id, exchange, symbol, product)
) WITHOUT ROWID;
CREATE TABLE holdings (
    user_id TEXT NOT NULL,
    exchange TEXT NOT NULL,
    symbol TEXT NOT NULL,
    contract TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    cost TEXT NOT NULL,
    PRIMARY KEY (user_id, exchange, symbol)
) WITHOUT ROWID;
CREATE TABLE counters (day TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;
"""


class Database:
    """One connection behind a lock. `path` `None`: in memory, for this object only.

    Raises `ConfigurationError` if the file cannot be opened or used.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = threading.RLock()
        with self._errors():
            self._connection = self._open()

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A consistent view of everything, as of one moment."""
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """All or nothing; an exception undoes what was written. Nobody else writes between what is read and written."""
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with self._lock, self._errors():
            connection = self._connection
            connection.execute(begin)
            try:
                yield connection
            except BaseException:  # the transaction must not outlive whatever went wrong; it is raised again
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def _open(self) -> sqlite3.Connection:
        return open_shared(self._path, schema=_SCHEMA, version=_VERSION)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise ConfigurationError(
                f"The simulated exchange's file {self._path or '(memory)'} cannot be used: {error}.",
                hint="Free the disk or mend the permissions, or set OPENALGO_HOME.",
            ) from error
