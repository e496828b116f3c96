"""The instrument table: what goes in, what comes out, what happens to it meanwhile."""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from openalgo_core.clock import IST
from openalgo_core.errors import (
    BrokerUnavailable,
    ConfigurationError,
    InstrumentNotFound,
    PluginBroken,
    UnreadableAnswer,
)
from openalgo_core.models import Exchange, Instrument, InstrumentKind, Known, MasterRow
from openalgo_core.store.instruments import InstrumentStore

from .conftest import NOW, Hand, MakeRow, Sync


def test_a_row_comes_back_as_an_instrument_by_every_key(store: InstrumentStore, sync: Sync, row: MakeRow) -> None:
    option = MasterRow(
        "VEDL25AUG26292.5CE",
        "NFO",
        "VEDL",
        "CE",
        "2026-08-25",
        "292.5",
        1150,
        "0.05",
        45000,
        "1",
        "VEDL26AUG292.5CE",
        "nse_fo",
        "52175",
    )
    stored = sync(row(), option)
    assert (stored.rows, stored.skipped) == (2, {})
    expected = Instrument(
        symbol="VEDL25AUG26292.5CE",
        exchange=Exchange.NFO,
        name="VEDL",
        kind=InstrumentKind.CE,
        expiry=date(2026, 8, 25),
        strike=Decimal("292.5"),
        lot_size=1150,
        tick_size=Decimal("0.05"),
        freeze_quantity=45000,
        multiplier=Decimal(1),
        broker_symbol="VEDL26AUG292.5CE",
        broker_exchange="nse_fo",
        token="52175",
    )
    assert store.get("NFO", "VEDL25AUG26292.5CE") == expected
    assert store.find(Exchange.NFO, "VEDL25AUG26292.5CE") == expected
    assert store.by_token("nse_fo", "52175") == expected
    assert store.by_broker_symbol("nse_fo", "VEDL26AUG292.5CE") == expected


def test_a_plain_tuple_of_the_fields_is_as_good_a_row(store: InstrumentStore, row: MakeRow) -> None:
    stored = store.replace([row("ACME"), tuple(row("OTHER"))], stamp=None, source_time=None, now=NOW)
    assert (stored.rows, store.get("NSE", "OTHER").token) == (2, "OTHER")


def test_rows_keep_their_own_terms_even_where_not_all_are_remembered(
    store: InstrumentStore, sync: Sync, row: MakeRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("openalgo_core.store.writing._REMEMBERED", 3)
    sizes = [1, 2, 3, 4, 1, 4, 5, 2] * 100
    sync(*[row(f"S{number}", lot_size=size) for number, size in enumerate(sizes)])
    assert [store.get("NSE", f"S{number}").lot_size for number in range(len(sizes))] == sizes


def test_what_the_broker_does_not_give_is_none(store: InstrumentStore, sync: Sync, row: MakeRow) -> None:
    sync(row("NIFTY", "NSE_INDEX", kind="INDEX", tick_size=None))
    index = store.get("NSE_INDEX", "NIFTY")
    assert (index.tick_size, index.freeze_quantity, index.expiry, index.strike) == (None, None, None, None)


def test_decimals_stay_exact(store: InstrumentStore, sync: Sync, row: MakeRow) -> None:
    sync(row(tick_size="0.0025", multiplier="0.1"))
    assert (str(store.get("NSE", "SBIN").tick_size), str(store.get("NSE", "SBIN").multiplier)) == ("0.0025", "0.1")


def test_keys_belong_to_their_exchange(store: InstrumentStore, sync: Sync, row: MakeRow) -> None:
    sync(row("SBIN", "NSE", token="1"), row("SBIN", "BSE", token="1"))
    assert store.get("BSE", "SBIN").exchange is Exchange.BSE
    assert store.by_token("NSE", "1") == store.get("NSE", "SBIN")
    assert store.find("NFO", "SBIN") is store.by_token("NFO", "1") is store.by_broker_symbol("NFO", "SBIN") is None


def test_the_lowest_rank_keeps_a_symbol_and_the_others_move(store: InstrumentStore, sync: Sync, row: MakeRow) -> None:
    bond = {"broker_symbol": "NHAI-N1", "token": "3", "rank": 2, "other_symbol": "NHAI-N1"}
    sync(
        row("NHAI", broker_symbol="NHAI-BE", token="2", rank=1, other_symbol="NHAI-BE"),
        row("NHAI", broker_symbol="NHAI-EQ", token="1"),
        row("NHAI", **bond),
    )
    assert store.get("NSE", "NHAI").token == "1"
    assert store.get("NSE", "NHAI-BE").token == "2"
    assert store.get("NSE", "NHAI-N1").token == "3"


def test_the_first_of_equals_keeps_a_symbol_and_the_rest_is_counted(
    store: InstrumentStore, sync: Sync, row: MakeRow
) -> None:
    rows = [row("NHAI", broker_symbol=f"NHAI-{number}", token=str(number)) for number in range(4)]
    stored = sync(*rows)
    assert (stored.rows, stored.skipped) == (1, {"duplicate": 3})
    assert store.get("NSE", "NHAI").token == "0"


def test_a_moved_row_takes_no_symbol_from_one_listed_under_it(store: InstrumentStore, sync: Sync, row: MakeRow) -> None:
    stored = sync(
        row("NHAI", token="1", broker_symbol="a"),
        row("NHAI", token="2", broker_symbol="b", rank=1, other_symbol="NHAI-BE"),
        row("NHAI-BE", token="3", broker_symbol="c", rank=9),
    )
    assert store.get("NSE", "NHAI-BE").token == "3"
    assert (stored.rows, stored.skipped) == (2, {"duplicate": 1})


@pytest.mark.parametrize("key", ["token", "broker_symbol"])
def test_the_broker_s_own_keys_are_unique_too(store: InstrumentStore, sync: Sync, row: MakeRow, key: str) -> None:
    stored = sync(row("OLD", rank=1, **{key: "x"}), row("NEW", **{key: "x"}), row("NEW", "BSE", **{key: "x"}))
    assert stored.skipped == {"duplicate": 1}
    assert store.find("NSE", "OLD") is None
    assert {store.get(exchange, "NEW").exchange for exchange in ("NSE", "BSE")} == {"NSE", "BSE"}


def test_an_instrument_listed_twice_is_one_and_not_two_of_one_name(
    store: InstrumentStore, sync: Sync, row: MakeRow
) -> None:
    stored = sync(row("SBIN", other_symbol="SBIN-EQ"), row("SBIN", other_symbol="SBIN-EQ"))
    assert (stored.rows, store.find("NSE", "SBIN-EQ")) == (1, None)


def test_progress_is_told_while_rows_are_still_to_come(store: InstrumentStore, row: MakeRow) -> None:
    produced: list[int] = []
    told: list[tuple[int, int]] = []

    def rows() -> Iterator[MasterRow]:
        for number in range(25_000):
            produced.append(number)
            yield row(f"S{number}")

    store.replace(
        rows(), stamp=None, source_time=None, now=NOW, progress=lambda count: told.append((count, len(produced)))
    )
    assert told[0][1] < 10_000
    assert told[-1] == (25_000, 25_000)


def test_a_sync_is_remembered(store: InstrumentStore, row: MakeRow) -> None:
    made = datetime(2026, 8, 20, 7, 30, tzinfo=IST)
    store.replace([row()], stamp='W/"7f"', source_time=made, now=NOW)
    stored = store.stored()
    assert stored is not None
    assert (stored.rows, stored.source_time, stored.synced_at) == (1, made, NOW)
    assert store.known() == Known('W/"7f"', NOW)


def test_unchanged_renews_the_time_and_nothing_else(store: InstrumentStore, sync: Sync, row: MakeRow) -> None:
    sync(row())
    confirmed = store.confirm(NOW + timedelta(days=1))
    assert (confirmed.rows, confirmed.stamp, confirmed.synced_at) == (1, "etag", NOW + timedelta(days=1))
    assert store.known() == Known("etag", NOW + timedelta(days=1))
    assert store.get("NSE", "SBIN").token == "SBIN"


class TestWithoutTable:
    def test_nothing_is_found(self, store: InstrumentStore) -> None:
        assert not store.exists
        assert (store.known(), store.stored()) == (None, None)
        assert store.find("NSE", "SBIN") is store.by_token("NSE", "1") is store.by_broker_symbol("NSE", "X") is None
        assert store.close_to("NSE", "SBIN") == []

    def test_whoever_needs_it_is_told_to_sync(self, store: InstrumentStore) -> None:
        for needs in (
            lambda: store.get("NSE", "SBIN"),
            lambda: store.search("sbin"),
            lambda: store.confirm(NOW),
        ):
            with pytest.raises(InstrumentNotFound) as missing:
                needs()
            assert "openalgo instruments sync" in missing.value.hint

    @pytest.mark.parametrize("content", [b"", b"<html>no table</html>" * 100])
    def test_a_file_that_is_no_table_counts_as_none(
        self, path: Path, store: InstrumentStore, sync: Sync, row: MakeRow, content: bytes
    ) -> None:
        path.parent.mkdir()
        path.write_bytes(content)
        assert not store.exists
        sync(row())
        assert store.exists

    def test_a_table_of_another_version_counts_as_none(
        self, path: Path, store: InstrumentStore, sync: Sync, row: MakeRow, hand: Hand
    ) -> None:
        sync(row())
        with sqlite3.connect(path) as db:
            db.execute("PRAGMA user_version = 99")
        db.close()
        hand.seconds += 60
        assert not store.exists


class TestWhatFails:
    """Whatever fails, yesterday's table stays and nothing is left lying about."""

    @pytest.fixture(autouse=True)
    def _yesterday(self, sync: Sync, row: MakeRow, path: Path, store: InstrumentStore) -> Iterator[None]:
        sync(row("OLD"))
        yield
        assert store.get("NSE", "OLD").token == "OLD"
        assert [file.name for file in path.parent.iterdir()] == [path.name]

    def test_no_rows(self, sync: Sync) -> None:
        with pytest.raises(UnreadableAnswer):
            sync()

    def test_a_download_that_breaks_off(self, store: InstrumentStore, row: MakeRow) -> None:
        def rows() -> Iterator[MasterRow]:
            yield from (row(f"S{number}") for number in range(5_000))
            raise BrokerUnavailable("The answer ended early.")

        with pytest.raises(BrokerUnavailable, match="ended early"):
            store.replace(rows(), stamp=None, source_time=None, now=NOW)

    def test_an_operating_system_error_of_the_download_stays_what_it_is(self, store: InstrumentStore) -> None:
        def fail(number: int) -> MasterRow:
            raise ConnectionResetError(number)

        with pytest.raises(ConnectionResetError):
            store.replace(map(fail, [1]), stamp=None, source_time=None, now=NOW)

    @pytest.mark.parametrize(
        "wrong", [{"exchange": "NSE_FO"}, {"kind": "OPTIDX"}, {"token": None}, {"strike": Decimal(100)}]
    )
    def test_a_row_that_is_no_instrument(self, sync: Sync, row: MakeRow, wrong: dict[str, object]) -> None:
        with pytest.raises(PluginBroken):
            sync(row(**wrong))

    def test_the_error_tells_of_the_row_and_not_of_all_that_were_inserted_with_it(
        self, sync: Sync, row: MakeRow
    ) -> None:
        with pytest.raises(PluginBroken, match=r"instrument\.token"):
            sync(row("S1"), row("S2", token=None))
        with pytest.raises(PluginBroken, match=r"parameter [23]\b"):  # counted from 0 or from 1
            sync(row("S1"), row("S2", strike=Decimal(100)))

    @pytest.mark.parametrize("change", [lambda row: row[:9], lambda row: (*row, "more"), lambda row: None])
    @pytest.mark.parametrize("before", [0, 1])
    def test_a_row_of_another_shape(
        self, store: InstrumentStore, row: MakeRow, change: Callable[[MasterRow], Any], before: int
    ) -> None:
        rows = [row("FIRST")] * before + [change(row())]
        with pytest.raises(PluginBroken):
            store.replace(rows, stamp=None, source_time=None, now=NOW)

    @pytest.mark.skipif(sys.platform != "linux", reason="needs a limit on file sizes that ends in an error")
    def test_a_full_disk(self, sync: Sync, row: MakeRow) -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
        try:
            with pytest.raises(ConfigurationError) as full:
                sync(*[row(f"S{number}") for number in range(10_000)])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert "OPENALGO_HOME" in full.value.hint

    def test_a_killed_sync_and_what_it_leaves(self, path: Path, sync: Sync, row: MakeRow) -> None:
        script = f"""
import os, signal
from datetime import datetime
from pathlib import Path
from openalgo_core.models import MasterRow
from openalgo_core.store.instruments import InstrumentStore
def rows():
    for n in range(20_000):
        yield MasterRow(f"S{{n}}", "NSE", "", "EQ", None, None, 1, None, None, "1", f"S{{n}}", "NSE", str(n))
    os.kill(os.getpid(), signal.SIGKILL)
InstrumentStore(Path({str(path)!r})).replace(rows(), stamp=None, source_time=None, now=datetime.now())
"""
        killed = subprocess.run([sys.executable, "-c", script], check=False)
        assert killed.returncode == -signal.SIGKILL
        (leftover,) = [file for file in path.parent.iterdir() if file != path]
        sync(row("OLD"))
        assert leftover.exists(), "it could still be another sync at work"
        os.utime(leftover, (0, 0))
        sync(row("OLD"))


def test_a_directory_that_cannot_be_made(tmp_path: Path, row: MakeRow) -> None:
    (tmp_path / "file").touch()
    store = InstrumentStore(tmp_path / "file" / "table.sqlite")
    with pytest.raises(ConfigurationError):
        store.replace([row()], stamp=None, source_time=None, now=NOW)


class TestReplacement:
    def test_one_s_own_is_seen_at_once(self, store: InstrumentStore, sync: Sync, row: MakeRow) -> None:
        sync(row(token="1"))
        assert store.get("NSE", "SBIN").token == "1"
        sync(row(token="2"))
        assert store.get("NSE", "SBIN").token == "2"
        assert store.by_token("NSE", "1") is None

    def test_another_process_s_is_seen_within_a_second(
        self, path: Path, store: InstrumentStore, sync: Sync, row: MakeRow, hand: Hand
    ) -> None:
        sync(row(token="1"))
        assert store.get("NSE", "SBIN").token == "1"
        InstrumentStore(path).replace([row(token="2")], stamp=None, source_time=None, now=NOW)
        hand.seconds += 1
        assert store.get("NSE", "SBIN").token == "2"

    def test_a_first_table_of_another_process_is_seen_within_a_second(
        self, path: Path, store: InstrumentStore, row: MakeRow, hand: Hand
    ) -> None:
        assert not store.exists
        InstrumentStore(path).replace([row()], stamp=None, source_time=None, now=NOW)
        hand.seconds += 1
        assert store.exists

    def test_readers_in_other_threads_are_not_disturbed(self, path: Path, row: MakeRow) -> None:
        """Real time here: the threads must meet."""
        symbols = [f"S{number}" for number in range(300)]
        store = InstrumentStore(path)
        store.replace([row(symbol) for symbol in symbols], stamp=None, source_time=None, now=NOW)
        finished = threading.Event()

        def read() -> None:
            while not finished.is_set():
                for symbol in symbols:
                    assert store.get("NSE", symbol).symbol == symbol
                    assert store.by_token("NSE", symbol) is not None
                assert store.search("S29")[0].symbol == "S29"

        with ThreadPoolExecutor(4) as pool:
            readers = [pool.submit(read) for _ in range(4)]
            try:
                for _ in range(15):
                    store.replace([row(symbol) for symbol in symbols], stamp=None, source_time=None, now=NOW)
            finally:
                finished.set()
            for reader in readers:
                reader.result()


def test_a_repeated_look_up_is_the_same_object(store: InstrumentStore, sync: Sync, row: MakeRow) -> None:
    sync(row())
    assert store.get("NSE", "SBIN") is store.get("NSE", "SBIN")
    assert store.by_token("NSE", "SBIN") is store.by_token("NSE", "SBIN")


def test_after_close_the_file_is_opened_again(store: InstrumentStore, sync: Sync, row: MakeRow) -> None:
    sync(row())
    store.close()
    assert store.get("NSE", "SBIN").token == "SBIN"


def test_looking_up_imports_nothing_heavy() -> None:
    script = """
import sys
import openalgo_core.store.instruments
print([name for name in ("pydantic", "requests", "tempfile", "logging") if name in sys.modules])
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
