"""The instrument files that the simulator serves, and what its exchange makes of their rows."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openalgo_core.exchange import market_hours
from openalgo_core.models import Exchange
from openalgo_core.simulation import Simulation
from openalgo_core.symbols import parse
from openalgo_indmoney.simulator.master import InstrumentMaster
from openalgo_indmoney.simulator.shifting import Row, expiry_of, respelt, root_of

from .simulator_fixtures import Caller, contract_of, simulated

DOCUMENTED = 16
EXTENDED = 26
TODAY = date(2026, 11, 20)


@pytest.fixture
def simulation() -> Iterator[Simulation]:
    with simulated() as running:
        yield running


@pytest.fixture
def caller(simulation: Simulation) -> Iterator[Caller]:
    with Caller(simulation) as given_token:
        yield given_token


def rows_of(text: str | None) -> list[Row]:
    assert text is not None
    return list(csv.DictReader(text.splitlines()))


def sample(name: str) -> list[Row]:
    return rows_of(files("openalgo_indmoney.simulator").joinpath("files", f"{name}.csv").read_text("utf-8"))


class TestFiles:
    @pytest.mark.parametrize(("source", "count", "columns"), [("equity", 27, 26), ("fno", 39, 26), ("index", 19, 3)])
    def test_each_source_is_csv_with_a_header_line(self, source: str, count: int, columns: int, caller: Caller) -> None:
        answer = caller.get("/market/instruments", source=source)
        assert answer.headers["content-type"].startswith("text/csv")
        rows = rows_of(answer.text)
        assert (len(rows), {len(row) for row in rows}) == (count, {columns})

    def test_the_newer_columns_are_filled_where_the_newer_sample_has_them(self, caller: Caller) -> None:
        rows = {row["SECURITY_ID"]: row for row in rows_of(caller.get("/market/instruments", source="equity").text)}
        assert (rows["3045"]["FREEZE_QTY"], rows["3045"]["ISIN"]) == ("100000", "INE062A01020")
        assert (rows["10576"]["FREEZE_QTY"], rows["10576"]["ISIN"]) == ("", "")
        assert rows["19902"]["SYMBOL_NAME"] == "Sample SME, Platform Ltd", "a comma inside quotes"

    @pytest.mark.parametrize("source", ["equity", "fno"])
    def test_the_older_columns_are_to_be_had(self, source: str, caller: Caller, simulation: Simulation) -> None:
        simulation.fault("broker=documented-columns@/market/instruments")
        old = caller.get("/market/instruments", source=source).text
        assert list(rows_of(old)[0]) == list(sample(source)[0])
        new = caller.get("/market/instruments", source=source).text
        assert [list(row.values())[:DOCUMENTED] for row in rows_of(new)] == [list(row.values()) for row in rows_of(old)]

    def test_shares_and_indices_are_served_as_they_are(self, caller: Caller, simulation: Simulation) -> None:
        assert rows_of(caller.get("/market/instruments", source="index").text) == sample("index")
        simulation.fault("broker=documented-columns")
        assert rows_of(caller.get("/market/instruments", source="equity").text) == sample("equity")

    @pytest.mark.parametrize("source", ["", "mcx", "EQUITY"])
    def test_there_is_no_other_source(self, source: str, caller: Caller) -> None:
        answer = caller.get("/market/instruments", source=source)
        assert (answer.status_code, answer.json()) == (400, {"message": "Invalid source", "success": False})

    @pytest.mark.parametrize("name", ["equity", "fno"])
    def test_both_samples_of_a_file_say_the_same(self, name: str) -> None:
        older = {(row["EXCH"], row["SECURITY_ID"]): row for row in sample(name)}
        for row in sample(f"{name}-extended-2026-09"):
            assert len(row) == EXTENDED
            assert dict(list(row.items())[:DOCUMENTED]) == older[row["EXCH"], row["SECURITY_ID"]]


class TestExpiries:
    @pytest.mark.parametrize("name", ["fno", "fno-extended-2026-09"])
    def test_a_row_that_does_not_move_is_spelt_as_it_is(self, name: str) -> None:
        for row in sample(name):
            assert respelt(row, _expiry(row)) == row

    @settings(max_examples=40)
    @given(st.dates(date(2024, 1, 1), date(2031, 12, 31)))
    def test_nothing_is_expired_and_nothing_doubled(self, today: date) -> None:
        master = InstrumentMaster(today)
        rows = rows_of(master.file("fno"))
        assert min(_expiry(row) for row in rows) >= today
        contracts = {one.contract.key for one in master.listings}
        assert len(contracts) == len(master.listings) == 85
        for one in master.listings:
            assert str(parse(one.contract.symbol, one.contract.exchange)) == one.contract.symbol

    @settings(max_examples=40)
    @given(st.dates(date(2027, 1, 4), date(2031, 12, 31)))
    def test_weekdays_are_those_of_the_exchanges(self, today: date) -> None:
        for row in rows_of(InstrumentMaster(today).file("fno")):
            day, exchange = _expiry(row), Exchange.NFO if row["EXCH"] == "NSE" else Exchange.BFO
            assert day.weekday() == {"NSE": 1, "BSE": 3}[row["EXCH"]]
            assert market_hours(exchange, day) is not None
            is_last = date.fromordinal(day.toordinal() + 7).month != day.month
            assert is_last is (row["EXPIRY_FLAG"] == "M")

    @pytest.mark.parametrize(
        ("token", "symbol", "expiry"),
        [
            ("NFO_58072", "NIFTY23NOV26FUT", date(2026, 11, 23)),  # Tuesday is Guru Nanak's birthday
            ("NFO_61801", "NIFTY29DEC26FUT", date(2026, 12, 29)),  # did not move
            ("NFO_58073", "NIFTY26JAN27FUT", date(2027, 1, 26)),  # December was taken
            ("NFO_44001", "NIFTY01DEC2624450CE", date(2026, 12, 1)),
            ("NFO_45108", "NIFTY08DEC2624450CE", date(2026, 12, 8)),
            ("NFO_45202", "NIFTY23NOV2624450CE", date(2026, 11, 23)),
            ("NFO_49401", "VEDL23NOV26292.5CE", date(2026, 11, 23)),
            ("NFO_58104", "BAJAJ-AUTO23NOV26FUT", date(2026, 11, 23)),
            ("BFO_823590", "SENSEX26NOV2682000CE", date(2026, 11, 26)),
            ("BFO_823580", "SENSEX03DEC2676400PE", date(2026, 12, 3)),
        ],
    )
    def test_contracts_of_the_sample(self, token: str, symbol: str, expiry: date, simulation: Simulation) -> None:
        contract = contract_of(simulation, token)
        assert (contract.symbol, contract.expiry) == (symbol, expiry)

    def test_what_expired_together_still_does(self) -> None:
        before = _groups(sample("fno"))
        assert _groups(rows_of(InstrumentMaster(TODAY).file("fno"))) == before

    def test_names_share_their_symbol_as_live(self) -> None:
        rows = {row["SECURITY_ID"]: row for row in rows_of(InstrumentMaster(TODAY).file("fno"))}
        assert rows["44001"]["TRADING_SYMBOL"] == rows["45108"]["TRADING_SYMBOL"] == "NIFTY-Dec2026-24450-CE"
        assert rows["44001"]["SYMBOL_NAME"] == "NIFTY-Dec2026-24450-CE"
        assert rows["44001"]["CUSTOM_SYMBOL"] == "NIFTY 01 DEC 24450 CALL"
        assert rows["823580"]["TRADING_SYMBOL"] == "SENSEX-03Dec2026-76400-PE"
        assert (rows["823580"]["SYMBOL_NAME"], rows["823580"]["EXPIRY_DATE"]) == ("BITFUT", "12/03/2026 14:00")


class TestContracts:
    @pytest.mark.parametrize(
        ("code", "symbol", "exchange", "tick", "lot"),
        [
            ("NSE_3045", "SBIN", Exchange.NSE, "0.05", 1),
            ("NSE_2277", "MRF", Exchange.NSE, "5", 1),
            ("NSE_19901", "SAMPLEBE", Exchange.NSE, "0.01", 1),
            ("NSE_19902", "SAMPLESME-SM", Exchange.NSE, "0.05", 1),
            ("NSE_21951", "SGBAUG28V-GB", Exchange.NSE, "0.01", 1),
            ("BSE_500112", "SBIN", Exchange.BSE, "0.05", 1),
            ("NFO_58102", "SBIN23NOV26FUT", Exchange.NFO, "0.05", 750),
            ("NIDX_40000002", "BANKNIFTY", Exchange.NSE_INDEX, None, 1),
            ("NIDX_40000003", "FINNIFTY", Exchange.NSE_INDEX, None, 1),
            ("NSE_40000001", "NIFTY", Exchange.NSE_INDEX, None, 1),
            ("BIDX_40000102", "SENSEX50", Exchange.BSE_INDEX, None, 1),
        ],
    )
    def test_what_the_exchange_knows(
        self, code: str, symbol: str, exchange: Exchange, tick: str | None, lot: int, simulation: Simulation
    ) -> None:
        contract = contract_of(simulation, code)
        assert (contract.symbol, contract.exchange, contract.lot_size) == (symbol, exchange, lot)
        assert contract.tick_size == (None if tick is None else Decimal(tick))

    def test_the_freeze_quantity_is_that_of_the_newer_column(self, simulation: Simulation) -> None:
        assert contract_of(simulation, "NFO_45108").freeze_quantity == 1800
        assert contract_of(simulation, "NFO_49401").freeze_quantity is None


def _expiry(row: Row) -> date:
    expiry = expiry_of(row)
    assert expiry is not None
    return expiry


def _groups(rows: list[Row]) -> set[frozenset[str]]:
    """The tokens of the options of each underlying that expire on one day."""
    groups: dict[tuple[str, date], set[str]] = {}
    for row in rows:
        if row["OPTION_TYPE"] in ("CE", "PE"):
            groups.setdefault((root_of(row), _expiry(row)), set()).add(row["SECURITY_ID"])
    return {frozenset(group) for group in groups.values()}
