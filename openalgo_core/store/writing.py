"""Writing a broker's instrument rows into a table file of their own, whole or not at all.

A reader sees yesterday's table or today's, and a sync that dies leaves yesterday's. Rows stay tuples on their way,
and there is little that one row costs: a master has some 180 000.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

from ..errors import ConfigurationError, PluginBroken, UnreadableAnswer
from ..models.master import MasterFields, MasterRow
from ..models.vocabulary import Exchange, InstrumentKind
from .files import make_directory
from .table import VERSION, Stored, connect_to_read

__all__ = ["restamp_table", "write_table"]

#: Rows of one INSERT: a statement for each row would take half as long again. Its values are fewer than the 999 that
#: every build of sqlite takes.
_BATCH: Final = 140
#: Bytes of a page of the file, twice the usual: fewer are written. Still larger ones would slow down a first look-up.
_PAGE: Final = 8_192
#: Seconds after which an unfinished file belongs to no running sync any more.
_ABANDONED: Final = 3_600

#: What a row says for itself, and the row of `terms` with the rest: half as many values to hand over.
_TABLE: Final = """
    CREATE TABLE instrument(
        symbol TEXT NOT NULL, exchange TEXT NOT NULL, strike TEXT, broker_symbol TEXT NOT NULL,
        broker_exchange TEXT NOT NULL, token TEXT NOT NULL, terms INTEGER NOT NULL
    )"""
#: What all options of one underlying, expiry and side say alike.
_TERMS: Final = """
    CREATE TABLE terms(
        id INTEGER PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL, expiry TEXT, lot_size INTEGER NOT NULL,
        tick_size TEXT, freeze_quantity INTEGER, multiplier TEXT NOT NULL
    )"""
#: What a symbol begins with. Taken from the symbol, because names differ from broker to broker, and when asked,
#: because a column of it would cost a tenth of a sync. DDMMMYY has seven characters, FUT three, CE and PE two.
#: The join is a CROSS one, because there sqlite takes the tables in this order.
_VIEW: Final = """
    CREATE VIEW listed AS SELECT *, CASE kind
        WHEN 'FUT' THEN substr(symbol, 1, length(symbol) - 10)
        WHEN 'CE' THEN substr(symbol, 1, length(symbol) - 9 - length(strike))
        WHEN 'PE' THEN substr(symbol, 1, length(symbol) - 9 - length(strike))
        ELSE symbol END AS base FROM instrument CROSS JOIN terms ON terms.id = terms"""
#: What is no option, by its symbol: few, and all that is looked at for a name.
_NAMED: Final = "CREATE INDEX by_name ON instrument(symbol) WHERE strike IS NULL"
#: The few rows that have a rank or another symbol, by rowid.
_CLAIMS: Final = "CREATE TEMP TABLE claim(id INTEGER PRIMARY KEY, rank INTEGER NOT NULL, other_symbol TEXT)"
#: The rows that may not keep what these columns say, because an earlier or better row says the same.
_LOSERS: Final = """
    CREATE TEMP VIEW loser AS
    WITH contested AS (SELECT {columns} FROM instrument GROUP BY {columns} HAVING count(*) > 1)
    SELECT id FROM (
        SELECT instrument.rowid AS id, row_number() OVER (
            PARTITION BY {columns} ORDER BY coalesce(rank, 0), instrument.rowid) AS place
        FROM contested JOIN instrument USING ({columns}) LEFT JOIN claim ON claim.id = instrument.rowid
    ) WHERE place > 1"""
#: What a row moved to its other symbol adds to its rank, so that it takes no symbol from a row listed under it.
_MOVED: Final = 1_000_000

_EXCHANGES: Final = frozenset(Exchange.__members__)
_KINDS: Final = frozenset(InstrumentKind.__members__)
_EXCHANGE: Final = MasterRow._fields.index("exchange")
#: The first of the fields that are no part of the table.
_RANK: Final = MasterRow._fields.index("rank")
_OWN: Final = itemgetter(
    *map(MasterRow._fields.index, ("symbol", "exchange", "strike", "broker_symbol", "broker_exchange", "token"))
)
_SHARED: Final = itemgetter(
    *map(
        MasterRow._fields.index,
        ("name", "kind", "expiry", "lot_size", "tick_size", "freeze_quantity", "multiplier"),
    )
)
_INSERT: Final = "INSERT INTO instrument VALUES "
_VALUES: Final = "(?, ?, ?, ?, ?, ?, ?)"
#: Terms remembered, so that a file without any two alike does not fill the memory; forgotten all at once.
_REMEMBERED: Final = 4_096
#: What sqlite says of rows that are none; too few or too many fields; one that is no value at all.
_UNFIT: Final = (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.InterfaceError, ValueError, TypeError)


def write_table(
    path: Path,
    rows: Iterable[MasterFields],
    *,
    stamp: str | None,
    source_time: datetime | None,
    now: datetime,
    progress: Callable[[int], None] | None = None,
) -> Stored:
    """Put a table of these rows in place of the file. `progress` is told the number of rows so far.

    Raises `UnreadableAnswer` for no rows, `PluginBroken` for rows that are none, `ConfigurationError` where the disk
    refuses, and whatever `rows` raises; the old file stays in each case.
    """
    with _replacement(path) as db:
        db.execute("BEGIN")
        for statement in (_TABLE, _TERMS, _VIEW, _CLAIMS):
            db.execute(statement)
        _insert(db, rows, progress or (lambda count: None))
        duplicates = _make_unique(db)
        db.execute(_NAMED)
        count: int = db.execute("SELECT count(*) FROM instrument").fetchone()[0]
        stored = Stored(count, stamp, source_time, now, {"duplicate": duplicates} if duplicates else {})
        _write_facts(db, stored)
        db.execute("COMMIT")
    return stored


def restamp_table(path: Path, now: datetime) -> None:
    """Record that the table was found to be up to date at `now`; by a copy, because files in place never change."""
    with closing(connect_to_read(path)) as old, _replacement(path) as new:
        old.backup(new)
        new.execute("UPDATE facts SET synced_at = ?", (now.isoformat(),))


class _Terms(dict[tuple[Any, ...], int]):
    """The id of what rows share with others; what is new is noted, to be inserted."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.new: list[tuple[Any, ...]] = []

    def __missing__(self, terms: tuple[Any, ...]) -> int:
        if len(self) >= _REMEMBERED:
            self.clear()
        self.count += 1
        self.new.append((self.count, *terms))
        self[terms] = self.count
        return self.count


def _insert(db: sqlite3.Connection, rows: Iterable[MasterFields], progress: Callable[[int], None]) -> None:
    every = iter(rows)
    terms = _Terms()
    count = 0
    while batch := list(islice(every, _BATCH)):
        try:
            _insert_batch(db, batch, count, terms)
        except _UNFIT as error:
            raise PluginBroken(
                f"The plugin gave a row that is no instrument: {error}.", hint="Report it to the plugin's author."
            ) from error
        count += len(batch)
        progress(count)
    if not count:
        raise UnreadableAnswer(
            "The broker's instrument file holds no instrument.", hint="The table of before is kept. Try again later."
        )


def _insert_batch(db: sqlite3.Connection, batch: list[MasterFields], before: int, terms: _Terms) -> None:
    """By columns, because so everything that is done to each row is done by the loops of the interpreter's own."""
    columns = list(zip(*batch, strict=True))
    if len(columns) != len(MasterRow._fields):
        raise ValueError(f"it has {len(columns)} fields instead of {len(MasterRow._fields)}")
    ids = tuple(map(terms.__getitem__, zip(*_SHARED(columns), strict=True)))
    _check_words(columns[_EXCHANGE], [kind for _, _, kind, *_ in terms.new])
    db.executemany("INSERT INTO terms VALUES (?, ?, ?, ?, ?, ?, ?, ?)", terms.new)
    terms.new.clear()
    _insert_at_once(db, (*_OWN(columns), ids))
    ranks, others = columns[_RANK:]
    if any(ranks) or any(others):
        claims = zip(range(before + 1, before + 1 + len(batch)), ranks, others, strict=True)
        db.executemany("INSERT INTO claim VALUES (?, ?, ?)", (claim for claim in claims if claim[1:] != (0, None)))


def _insert_at_once(db: sqlite3.Connection, columns: tuple[tuple[Any, ...], ...]) -> None:
    width, count = len(columns), len(columns[0])
    values: list[Any] = [None] * (width * count)
    for place, column in enumerate(columns):
        values[place::width] = column
    try:
        db.execute(_INSERT + ", ".join([_VALUES] * count), values)
    except sqlite3.Error:
        db.executemany(_INSERT + _VALUES, zip(*columns, strict=True))  # fails as well, and tells of the row at fault


def _check_words(exchanges: Collection[Any], kinds: Collection[Any]) -> None:
    """Here and not by a CHECK of the table, which would double the time of a sync."""
    if _EXCHANGES.issuperset(exchanges) and _KINDS.issuperset(kinds):
        return
    unknown = ({*exchanges} - _EXCHANGES) | ({*kinds} - _KINDS)
    raise PluginBroken(
        f"The plugin gave rows of unknown exchanges or kinds: {', '.join(map(str, unknown))}.",
        hint="Report it to the plugin's author.",
    )


def _make_unique(db: sqlite3.Connection) -> int:
    """Index the three keys and settle who keeps a key that several rows claim; the number of rows left out.

    The broker's own keys come first: rows that share one are the same instrument twice, not two of one name.
    """
    return (
        _index(db, "token, broker_exchange", _drop)
        + _index(db, "broker_symbol, broker_exchange", _drop)
        + _index(db, "symbol, exchange", _rename_or_drop)
    )


def _index(db: sqlite3.Connection, columns: str, settle: Callable[[sqlite3.Connection], int]) -> int:
    name = f"by_{columns.partition(',')[0]}"
    try:
        db.execute(f"CREATE UNIQUE INDEX {name} ON instrument({columns})")
    except sqlite3.IntegrityError:  # an index all the same: it finds who contests, and is as good once they do not
        db.execute(f"CREATE INDEX {name} ON instrument({columns})")
        db.execute(_LOSERS.format(columns=columns))
        dropped = settle(db)
        db.execute("DROP VIEW loser")
        return dropped
    return 0


def _drop(db: sqlite3.Connection) -> int:
    return db.execute("DELETE FROM instrument WHERE rowid IN (SELECT id FROM loser)").rowcount


def _rename_or_drop(db: sqlite3.Connection) -> int:
    db.execute(
        "UPDATE claim SET rank = rank + ? WHERE other_symbol IS NOT NULL AND id IN (SELECT id FROM loser)", (_MOVED,)
    )
    db.execute(
        """UPDATE instrument SET symbol = (SELECT other_symbol FROM claim WHERE id = instrument.rowid)
           WHERE rowid IN (SELECT id FROM claim WHERE rank >= ?)""",
        (_MOVED,),
    )
    return _drop(db)


def _write_facts(db: sqlite3.Connection, stored: Stored) -> None:
    source_time = stored.source_time.isoformat() if stored.source_time else None
    db.execute("CREATE TABLE facts(rows INTEGER, stamp TEXT, source_time TEXT, synced_at TEXT)")
    db.execute(
        "INSERT INTO facts VALUES (?, ?, ?, ?)", (stored.rows, stored.stamp, source_time, stored.synced_at.isoformat())
    )
    db.execute(f"PRAGMA user_version = {VERSION}")


@contextmanager
def _replacement(path: Path) -> Iterator[sqlite3.Connection]:
    """A new database that takes the place of the file when the block ends well, and vanishes when it does not."""
    new = _new_file(path)
    try:
        with closing(_connect_for_bulk(new)) as db:
            yield db
        _publish(new, path)
    except sqlite3.OperationalError as error:
        raise _refused(path, error) from error
    finally:
        new.unlink(missing_ok=True)


def _new_file(path: Path) -> Path:
    """An empty file beside the table; what syncs that were killed left there is cleared away first."""
    directory = make_directory(path.parent)
    prefix = f".{path.name}."
    for leftover in directory.glob(f"{prefix}*.new"):
        with suppress(OSError):  # tidying up is a courtesy; another sync may be at it too
            if time.time() - leftover.stat().st_mtime > _ABANDONED:
                leftover.unlink()
    try:
        descriptor, name = tempfile.mkstemp(dir=directory, prefix=prefix, suffix=".new")
    except OSError as error:
        raise _refused(path, error) from error
    os.close(descriptor)
    return Path(name)


def _connect_for_bulk(new: Path) -> sqlite3.Connection:
    """Nothing waits for the disk before `_publish` does: until then nobody misses the file."""
    db = sqlite3.connect(new, isolation_level=None)
    db.execute(f"PRAGMA page_size = {_PAGE}")
    for setting in ("journal_mode = MEMORY", "synchronous = OFF", "locking_mode = EXCLUSIVE", "temp_store = MEMORY"):
        db.execute(f"PRAGMA {setting}")
    return db


def _publish(new: Path, path: Path) -> None:
    try:
        with new.open("rb+") as file:
            os.fsync(file.fileno())
        new.replace(path)
    except OSError as error:
        raise _refused(path, error) from error


def _refused(path: Path, error: Exception) -> ConfigurationError:
    return ConfigurationError(
        f"The instrument table {path} cannot be written: {error}.",
        hint="Free some space or give yourself the right to write there, or set OPENALGO_HOME to another directory.",
    )
