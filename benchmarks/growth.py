"""How the costs grow: with plugins, threads, processes, entries of the journal, rows of a master."""

from __future__ import annotations

import shutil
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from . import instruments
from .measure import calls, processes
from .orders import trading
from .stand import Stand, standing

__all__ = ["Curve", "curves"]


@dataclass(frozen=True, slots=True)
class Curve:
    """A figure (`unit`) against how much there is of something."""

    what: str
    against: str
    unit: str
    points: Mapping[int, float]


def curves(stand: Stand) -> list[Curve]:
    return [
        _plugins(stand, rounds=9),
        _threads(stand, orders=640),
        _processes(stand, orders=200),
        *_journals(stand, (0, 10_000, 10_000_000)),
        Curve("sync", "rows of the master", "s", {rows: _sync(rows) for rows in (50_000, 200_000, 1_000_000)}),
    ]


def _plugins(stand: Stand, rounds: int) -> Curve:
    """`openalgo --help`, with distributions beside ours that each say they have a broker plugin."""
    openalgo = str(Path(sys.executable).with_name("openalgo"))
    found = {}
    for count in (0, 50, 200):
        with TemporaryDirectory() as site:
            for number in range(count):
                _install(Path(site), f"acme{number}")
            timed = processes(
                {"help": (openalgo, "--help")}, rounds=rounds, environment={**stand.environment, "PYTHONPATH": site}
            )
        found[count] = timed["help"].median * 1000
    return Curve("openalgo --help", "other plugins installed", "ms", found)


def _install(site: Path, name: str) -> None:
    info = site / f"openalgo_{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: openalgo-{name}\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[openalgo.brokers]\n{name} = openalgo_{name}\n", encoding="utf-8")


def _threads(stand: Stand, orders: int) -> Curve:
    found = {}
    with trading(stand) as place:
        for threads in (1, 8, 64):
            with ThreadPoolExecutor(threads) as pool:
                found[threads] = _per_order(partial(_all_at_once, pool, place, orders), orders)
    return Curve("an order, throughput of one process", "threads", "µs", found)


_ORDERS = """
import sys, time
from benchmarks.stand import Paced
from openalgo_core import connect
clock = Paced()
with connect(profile=sys.argv[1], clock=clock) as broker:
    place = lambda: (clock.step(5), broker.place_order("NSE:SBIN", "BUY", 1, product="MIS", price="812.35"))
    place()
    print("ready", flush=True)
    sys.stdin.readline()
    begun = time.perf_counter()
    for _ in range(int(sys.argv[2])):
        place()
    print((time.perf_counter() - begun) / int(sys.argv[2]))
"""


def _processes(stand: Stand, orders: int) -> Curve:
    """Each process is an account of its own, because one account's limits would be what is measured; one journal."""
    found = {}
    for count in (1, 8):
        for number in range(count):
            (stand.home / f".env.p{number}").touch()
        command = [sys.executable, "-c", _ORDERS]
        environment = {**stand.environment, "PYTHONPATH": str(Path(__file__).parent.parent)}
        running = [
            subprocess.Popen(  # noqa: S603  # our own script
                [*command, f"p{number}", str(orders)],
                cwd=stand.home,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for number in range(count)
        ]
        found[count] = statistics.median(_told(running)) * 1e6
    return Curve("an order, latency, one journal", "processes on one core", "µs", found)


def _told(running: Sequence[subprocess.Popen[str]]) -> list[float]:
    """What each process measured, after all of them were ready."""
    for process in running:
        assert process.stdout is not None
        if process.stdout.readline() != "ready\n":
            raise RuntimeError("a process could not place an order")
    for process in running:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    return [float(process.communicate(timeout=600)[0]) for process in running]


def _journals(stand: Stand, sizes: Sequence[int]) -> list[Curve]:
    """One home for each size; orders take turns, so that what the machine does besides happens to all alike."""
    against = "entries of the journal"
    with TemporaryDirectory() as homes, ExitStack() as stack:
        stands = {str(size): _seasoned(stand, Path(homes), size) for size in sizes}
        first = calls({size: partial(_first_order, one) for size, one in stands.items()}, rounds=5, each=1)
        cases = {size: stack.enter_context(trading(one)) for size, one in stands.items()}
        later = calls(cases, rounds=9, each=50)
    return [
        Curve("an order", against, "µs", {size: later[str(size)].median * 1e6 for size in sizes}),
        Curve(
            "the first order after connecting", against, "ms", {size: first[str(size)].median * 1e3 for size in sizes}
        ),
    ]


def _first_order(stand: Stand) -> None:
    with trading(stand) as place:
        place()


def _seasoned(stand: Stand, homes: Path, entries: int) -> Stand:
    """The same trader with a journal of so many entries.

    They are copies of one that was really made, each of another order; of today, so that none is archived.
    """
    home = homes / str(entries)
    shutil.copytree(stand.home, home, ignore=shutil.ignore_patterns("journal", "peers"))
    other = replace(stand, home=home, environment={**stand.environment, "OPENALGO_HOME": str(home), "HOME": str(home)})
    with trading(other) as place:
        place()
    if entries:
        _fill(home / "journal" / "journal.sqlite", entries)
    return other


def _fill(journal: Path, entries: int) -> None:
    """Ids are random, as real ones are, so that no part of an index is likelier to be in the cache than another.

    Indexes are made anew afterwards: ten million rows then take a minute or two, and the file is the same.
    """
    with closing(sqlite3.connect(journal, isolation_level=None)) as database:
        database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -200000")
        (last,) = database.execute("SELECT max(id) FROM intents").fetchone()
        columns = [row[1] for row in database.execute("PRAGMA table_info(intents)")]
        new = {"id": f"{last} + value", "client_order_id": "hex(randomblob(8))", "order_id": "hex(randomblob(8))"}
        values = ", ".join(new.get(column, f"old.{column}") for column in columns)
        indexes = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index'").fetchall()
        for name, _ in indexes:
            database.execute(f"DROP INDEX {name}")
        database.execute(  # the names are the table's own
            f"""WITH RECURSIVE counted(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM counted LIMIT {entries})
                INSERT INTO intents ({", ".join(columns)}) SELECT {values} FROM counted, intents AS old
                WHERE old.id = {last}"""  # noqa: S608
        )
        for _, definition in indexes:
            database.execute(definition)
        database.execute("PRAGMA journal_mode = WAL")


def _sync(rows: int) -> float:
    with TemporaryDirectory() as home, standing(Path(home), rows) as stand:
        return instruments.fill(stand, 1, {"angel": partial(instruments.ours, stand, "angel")})["angel"]["seconds"]


def _all_at_once(pool: ThreadPoolExecutor, place: Callable[[], None], orders: int) -> None:
    for done in [pool.submit(place) for _ in range(orders)]:
        done.result()


def _per_order(act: Callable[[], object], orders: int) -> float:
    begun = time.perf_counter()
    act()
    return (time.perf_counter() - begun) / orders * 1e6
