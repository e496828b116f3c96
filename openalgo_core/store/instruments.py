"""The instruments of one broker: the unified ↔ broker dictionary, from a local table, without a network.

Nothing here imports pydantic: showing an instrument costs little more than starting sqlite.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..errors import ConfigurationError, InstrumentNotFound
from ..models.instrument import Instrument
from ..models.vocabulary import Exchange, InstrumentKind
from .table import LOOK_UP, VERSION, Stored, connect_to_read, read_facts

if TYPE_CHECKING:
    from ..models.master import MasterFields
    from ..models.sync import Known

__all__ = ["InstrumentStore", "Stored"]

#: Seconds for which an opened table is used without looking whether another process has put a new one in place.
_TRUSTED: Final = 1.0
#: Instruments remembered per opened table and kind of key; forgotten all at once, which is rare and cheap.
_REMEMBERED: Final = 50_000
_SYNC: Final = "Run: openalgo instruments sync"
_EXCHANGES: Final = Exchange.__members__
_KINDS: Final = InstrumentKind.__members__

_Identity = tuple[int, int, int]


class InstrumentStore:
    """The instrument table in one file. Safe to share between threads; other processes may replace the file.

    A table put in place by another process is noticed within a second, one put in place through this object at
    once. A file that is no table of this version counts as absent. `monotonic` tells seconds, for tests.
    """

    def __init__(self, path: Path, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._table: _Table | None = None
        self._trusted_until = -1.0

    @property
    def exists(self) -> bool:
        """Whether there is a table to look into."""
        return self._current() is not None

    def replace(
        self,
        rows: Iterable[MasterFields],
        *,
        stamp: str | None,
        source_time: datetime | None,
        now: datetime,
        progress: Callable[[int], None] | None = None,
    ) -> Stored:
        """Put a table of these rows in place; whatever fails, the table of before stays.

        Among rows of one (exchange, symbol) the lowest rank, then the first, keeps it; a loser goes under its
        `other_symbol` if that is free, else it is counted in `Stored.skipped` as "duplicate", and so is a row whose
        (broker_exchange, token) or (broker_exchange, broker_symbol) an earlier or better row has. `progress` is told
        the number of rows so far. Raises `UnreadableAnswer` for no rows, `ConfigurationError` where the disk
        refuses, `PluginBroken` for what is no row.
        """
        from .writing import write_table  # only a sync pays for it

        stored = write_table(self._path, rows, stamp=stamp, source_time=source_time, now=now, progress=progress)
        self._distrust()
        return stored

    def confirm(self, now: datetime) -> Stored:
        """Record that the broker has nothing newer at `now`. Raises `InstrumentNotFound` if there is no table."""
        from .writing import restamp_table

        self._opened()
        restamp_table(self._path, now)
        self._distrust()
        return self._opened().facts

    def stored(self) -> Stored | None:
        """What the table holds, `None` if there is none."""
        table = self._current()
        return table.facts if table else None

    def known(self) -> Known | None:
        """What a plugin is told about the last sync."""
        from ..models.sync import Known

        stored = self.stored()
        return Known(stored.stamp, stored.synced_at) if stored else None

    def find(self, exchange: str, symbol: str) -> Instrument | None:
        """The instrument of a unified symbol, or `None`."""
        table = self._current()
        return table.by_symbol[symbol, exchange] if table else None

    def get(self, exchange: str, symbol: str) -> Instrument:
        """Like `find`. Raises `InstrumentNotFound`, naming what may have been meant."""
        instrument = self.find(exchange, symbol)
        if instrument is None:
            raise self._not_found(exchange, symbol)
        return instrument

    def by_token(self, broker_exchange: str, token: str) -> Instrument | None:
        """The instrument behind a broker's (segment, token), or `None`."""
        table = self._current()
        return table.by_token[token, broker_exchange] if table else None

    def by_broker_symbol(self, broker_exchange: str, broker_symbol: str) -> Instrument | None:
        """The instrument behind a broker's (segment, trading symbol), or `None`."""
        table = self._current()
        return table.by_broker_symbol[broker_symbol, broker_exchange] if table else None

    def search(self, text: str, limit: int = 20) -> list[Instrument]:
        """What a text means, the best first: "NIFTY 24500 CE", "banknifty fut dec", "reliance", "NSE:SBIN".

        Raises `InstrumentNotFound` if there is no table.
        """
        from . import search  # a look-up by name needs none of it

        return [_instrument(row) for row in search.matches(self._opened().reader.select, text, limit)]

    def close_to(self, exchange: str, symbol: str) -> list[str]:
        """At most three full names (`NFO:NIFTY25AUG26FUT`) that may be meant by one that does not exist."""
        from . import search

        table = self._current()
        return search.close_to(table.reader.select, exchange, symbol) if table else []

    def close(self) -> None:
        """Let go of the file; the next look-up opens it again."""
        with self._lock:
            self._table = None
            self._trusted_until = -1.0

    def _distrust(self) -> None:
        with self._lock:  # not between another thread's look at the old file and its word for it
            self._trusted_until = -1.0

    def _current(self) -> _Table | None:
        if self._monotonic() < self._trusted_until:
            return self._table
        with self._lock:
            identity = _identity(self._path)
            if self._table is None or self._table.identity != identity:
                self._table = _open(self._path, identity) if identity else None
            self._trusted_until = self._monotonic() + _TRUSTED
            return self._table

    def _opened(self) -> _Table:
        table = self._current()
        if table is None:
            raise InstrumentNotFound("This broker's instruments are not on this machine yet.", hint=_SYNC)
        return table

    def _not_found(self, exchange: str, symbol: str) -> InstrumentNotFound:
        self._opened()
        close = self.close_to(exchange, symbol)
        meant = f"Did you mean {' or '.join(close)}? Else search: " if close else "Search: "
        return InstrumentNotFound(
            f"{exchange} has no instrument {symbol}.", hint=f"{meant}openalgo instruments search TEXT"
        )


class _Reader:
    """A connection to one table file, one thread at a time."""

    def __init__(self, path: Path, db: sqlite3.Connection) -> None:
        self._path = path
        self._db = db
        self._lock = threading.Lock()

    def __del__(self) -> None:
        self._db.close()  # not earlier: another thread may still be reading a table that was replaced meanwhile

    def select(self, statement: str, parameters: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        try:
            with self._lock:
                return self._db.execute(statement, parameters).fetchall()
        except sqlite3.DatabaseError as error:
            raise _unreadable(self._path, error) from error

    def version(self) -> int | None:
        """The number of the layout; `None` for a file that sqlite never wrote."""
        try:
            with self._lock:
                number: int = self._db.execute("PRAGMA user_version").fetchone()[0]
        except sqlite3.OperationalError as error:
            raise _unreadable(self._path, error) from error
        except sqlite3.DatabaseError:
            return None
        return number

    def facts(self) -> Stored:
        with self._lock:
            return read_facts(self._db)


class _Lookup(dict[tuple[str, str], Instrument | None]):
    """Instruments by one unique key; what was found is remembered."""

    def __init__(self, reader: _Reader, *columns: str) -> None:
        super().__init__()
        self._reader = reader
        self._statement = LOOK_UP.format(*columns)

    def __missing__(self, key: tuple[str, str]) -> Instrument | None:
        rows = self._reader.select(self._statement, key)
        if not rows:
            return None
        if len(self) >= _REMEMBERED:
            self.clear()
        found = self[key] = _instrument(rows[0])
        return found


class _Table:
    """One table file and what was looked up in it."""

    def __init__(self, identity: _Identity, reader: _Reader) -> None:
        self.identity = identity
        self.reader = reader
        self.facts = reader.facts()
        self.by_symbol = _Lookup(reader, "symbol", "exchange")
        self.by_token = _Lookup(reader, "token", "broker_exchange")
        self.by_broker_symbol = _Lookup(reader, "broker_symbol", "broker_exchange")


def _identity(path: Path) -> _Identity | None:
    """What tells one file in place from the next; `None` where there is none."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unreadable(path, error) from error
    return status.st_ino, status.st_mtime_ns, status.st_size


def _open(path: Path, identity: _Identity) -> _Table | None:
    """The table in the file, `None` if it is of another version or no table at all."""
    try:
        reader = _Reader(path, connect_to_read(path))
    except sqlite3.OperationalError as error:
        raise _unreadable(path, error) from error
    return _Table(identity, reader) if reader.version() == VERSION else None


def _unreadable(path: Path, error: Exception) -> ConfigurationError:
    return ConfigurationError(f"The instrument table {path} cannot be read: {error}.", hint=_SYNC)


def _instrument(row: tuple[Any, ...]) -> Instrument:
    symbol, exchange, name, kind, expiry, strike, lot, tick, freeze, multiplier, broker_symbol, segment, token = row
    return Instrument(
        symbol,
        _EXCHANGES[exchange],
        name,
        _KINDS[kind],
        _day(expiry) if expiry else None,
        Decimal(strike) if strike else None,
        lot,
        _number(tick) if tick else None,
        freeze,
        _number(multiplier),
        broker_symbol,
        segment,
        token,
    )


#: Of ticks, multipliers and expiries a table has few.
_number = lru_cache(maxsize=256)(Decimal)
_day = lru_cache(maxsize=256)(date.fromisoformat)
