"""Rows 3a to 3d: the instrument table, filled, looked up and searched."""

from __future__ import annotations

import json
import sqlite3
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

from openalgo_core import Broker

from .measure import calls
from .rows import Row
from .stand import Stand

__all__ = ["BROKERS", "fill", "ours", "rows"]

#: Fills a table once; what it says of itself.
Sync = Callable[[], Mapping[str, float]]

BROKERS = ("angel", "definedge", "icici", "indmoney", "kotak")

#: Imports come before the clock, as the floor's and the peers' do; rows 1d and 3e count them.
_SYNC = """
import json, sys, time
from importlib import import_module
from benchmarks.measure import peak_megabytes
from openalgo_core import connect
for module in (f"openalgo_{sys.argv[1]}.instruments", "openalgo_core.store.writing", "openalgo_core.transport.wire"):
    import_module(module)
with connect() as broker:
    begun = time.perf_counter()
    done = broker.sync_instruments()
    seconds = time.perf_counter() - begun
print(json.dumps({"rows": done.rows, "seconds": seconds, "peak": peak_megabytes()}))
"""

#: The least honest work with the same result: typed decode, conversion, one transaction, three indexes.
_FLOOR = """
import json, sqlite3, sys, time
from benchmarks.measure import peak_megabytes
from http.client import HTTPConnection
import msgspec
class Row(msgspec.Struct):
    token: str; symbol: str; name: str; expiry: str; strike: str; lotsize: str
    instrumenttype: str; exch_seg: str; tick_size: str
begun = time.perf_counter()
connection = HTTPConnection(sys.argv[1])
connection.request("GET", "/OpenAPI_File/files/OpenAPIScripMaster.json")
found = msgspec.json.decode(connection.getresponse().read(), type=list[Row])
db = sqlite3.connect(sys.argv[2])
db.execute("create table t (symbol, exchange, name, kind, expiry, strike, lot, tick, broker_symbol, token)")
db.executemany("insert into t values (?,?,?,?,?,?,?,?,?,?)", (
    (r.symbol, r.exch_seg, r.name, r.instrumenttype, r.expiry, float(r.strike) / 100, int(r.lotsize),
     float(r.tick_size) / 100, r.symbol, r.token) for r in found))
for columns in ("symbol, exchange", "token, exchange", "name, expiry, strike"):
    db.execute(f"create index i_{columns.split(',')[0]} on t ({columns})")
db.commit()
seconds = time.perf_counter() - begun
print(json.dumps({"rows": len(found), "seconds": seconds, "peak": peak_megabytes()}))
"""

#: What a look-up cannot do without, and what a search would be without a grammar and indexes.
_BY_INDEX = "SELECT * FROM instrument JOIN terms ON terms.id = terms WHERE exchange = ? AND symbol = ?"
_SCAN = "SELECT symbol FROM instrument WHERE symbol LIKE '%SHARE1234%'"


def rows(stand: Stand, *, rounds: int) -> list[Row]:
    filled = fill(stand, rounds, {broker: partial(ours, stand, broker) for broker in BROKERS})
    table = [
        Row("3a", f"sync as {_named(broker)}", "msgspec to sqlite", figures["ratio"], 1.6, 1.2)
        for broker, figures in filled.items()
    ]
    table += [
        Row("3b", f"its peak memory as {_named(broker)}", "none", figures["peak"], 120, 70, unit="MB")
        for broker, figures in filled.items()
    ]
    with stand.connect() as broker:
        return table + _looked_up(stand, broker)


def _named(broker: str) -> str:
    return f"{broker} writes it"


def fill(stand: Stand, rounds: int, syncs: Mapping[str, Sync]) -> dict[str, dict[str, float]]:
    """Medians of each sync: seconds, megabytes, rows, and the ratio to the floor, each in a process of its own.

    A floor is measured right before and right after each sync, because a shared machine changes its speed meanwhile.
    """
    found: dict[str, list[Mapping[str, float]]] = {name: [] for name in syncs}
    before = _floor(stand)["seconds"]
    for _ in range(rounds + 1):
        for name, sync in syncs.items():
            told = sync()
            after = _floor(stand)["seconds"]
            found[name].append({**told, "ratio": 2 * told["seconds"] / (before + after)})
            before = after
    return {name: _medians(turns[1:]) for name, turns in found.items()}  # in the first the stub makes the files


def ours(stand: Stand, broker: str) -> dict[str, float]:
    """One sync of our own."""
    for table in (stand.home / "instruments").glob(f"{broker}-*.sqlite"):
        table.unlink()  # or the plugin may find that nothing has changed
    return _run(_SYNC, stand.of(broker), broker)


def _floor(stand: Stand) -> dict[str, float]:
    database = stand.home / "floor.sqlite"
    database.unlink(missing_ok=True)
    return _run(_FLOOR, stand.environment, stand.url.removeprefix("http://"), str(database))


def _run(script: str, environment: Mapping[str, str], *arguments: str) -> dict[str, float]:
    command = [sys.executable, "-c", script, *arguments]
    root = str(Path(__file__).parent.parent)
    done = subprocess.run(command, cwd=root, env=dict(environment), capture_output=True, text=True, check=False)  # noqa: S603  # our own scripts
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    told: dict[str, float] = json.loads(done.stdout)
    return told


def _medians(turns: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {key: statistics.median(turn[key] for turn in turns) for key in turns[0]}


def _looked_up(stand: Stand, broker: Broker) -> list[Row]:
    """Look-ups take turns with bare ones, and searches with bare ones, which read all of the table each time.

    The goals were set in µs and ms where bare ones took 6.7 µs and 13 ms, and are kept as multiples of these. A bare
    look-up reads the same row again and again, as fast as sqlite can; a first look-up reads a page never read before.
    """
    names = _names(stand)
    fresh = iter(names)
    each = (len(names) - 1) // 9
    with _database(stand) as database:
        looked = calls(
            {
                "bare": lambda: database.execute(_BY_INDEX, ("NSE", "SBIN")).fetchone(),
                "first": lambda: broker.instrument(next(fresh)),
                "again": lambda: broker.instrument("NSE:SBIN"),
            },
            rounds=9,
            each=each,
        )
        searched = calls(
            {
                "bare": lambda: database.execute(_SCAN).fetchall(),
                "option": lambda: broker.search_instruments("NIFTY 24500 CE", 20),
                "word": lambda: broker.search_instruments("share1234", 20),
                "typing mistake": lambda: broker.search_instruments("shrae1234", 20),
            },
            rounds=9,
            each=each,
        )
    index, scan = looked["bare"], searched["bare"]
    by_index = f"sqlite by index, {index.median * 1e6:.1f} µs"
    by_scan = f"sqlite with LIKE, {scan.median * 1e3:.1f} ms"
    ratio = {case: searched[case].ratio(scan) for case in searched}
    return [
        Row("3c", "look-up by symbol, first time", by_index, looked["first"].ratio(index), 30 / 6.7, 12 / 6.7),
        Row("3c", "the same, again", by_index, looked["again"].ratio(index), 2 / 6.7, 0.5 / 6.7),
        Row("3d", "search NIFTY 24500 CE", by_scan, ratio["option"], 1 / 13, 0.2 / 13),
        Row("3d", "search a name", by_scan, ratio["word"], 25 / 13, 15 / 13),
        Row("3d", "search a name with a typing mistake", by_scan, ratio["typing mistake"], 25 / 13, 15 / 13),
    ]


def _database(stand: Stand) -> closing[sqlite3.Connection]:
    (table,) = (stand.home / "instruments").glob("angel-*.sqlite")
    return closing(sqlite3.connect(f"file:{table}?mode=ro", uri=True))


def _names(stand: Stand, wanted: int = 200) -> list[str]:
    """Names of instruments from all over the table, each once."""
    with _database(stand) as database:
        found = database.execute("SELECT exchange || ':' || symbol FROM listed ORDER BY token").fetchall()
    return [name for (name,) in found[:: len(found) // wanted]][:wanted]
