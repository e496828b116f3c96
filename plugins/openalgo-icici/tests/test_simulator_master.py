"""The instrument files that the simulator serves, and what its exchange makes of the rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from zipfile import ZipFile

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from openalgo_core.models import InstrumentKind
from openalgo_core.simulation import Simulation
from openalgo_icici.simulator.dates import read_day
from openalgo_icici.simulator.master import InstrumentMaster

from .simulator_fixtures import contract_of, simulated

URL = "/MotherAppMaster/SecurityMaster.zip"
ROWS = {
    "NSEScripMaster.txt": 76, "BSEScripMaster.txt": 71, "FONSEScripMaster.txt": 152, "FOBSEScripMaster.txt": 49,
    "CDNSEScripMaster.txt": 4, "MCXScripMaster.txt": 81, "MFScripMaster.txt": 5,
}  # fmt: skip
DERIVATIVES = ("FONSEScripMaster.txt", "FOBSEScripMaster.txt", "MCXScripMaster.txt")
CE, PE, FUT = InstrumentKind.CE, InstrumentKind.PE, InstrumentKind.FUT


@pytest.fixture
def simulation() -> Iterator[Simulation]:
    with simulated() as running:
        yield running


def texts(archive: bytes) -> dict[str, str]:
    with ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name).decode("ascii") for name in opened.namelist()}


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), skipinitialspace=True))


class TestTheArchive:
    def test_it_is_public_and_unchanged_is_304(self, simulation: Simulation) -> None:
        answer = requests.get(simulation.url + URL, timeout=5)
        assert {name: len(rows(text)) for name, text in texts(answer.content).items()} == ROWS
        assert answer.headers["Last-Modified"] == "Fri, 20 Nov 2026 02:00:00 GMT", "half past seven in India"
        known = [
            {"If-None-Match": answer.headers["ETag"]},
            {"If-Modified-Since": answer.headers["Last-Modified"]},
        ]
        for headers in known:
            again = requests.get(simulation.url + URL, headers=headers, timeout=5)
            assert (again.status_code, again.content) == (304, b"")
        other = {"If-None-Match": '"other"', "If-Modified-Since": answer.headers["Last-Modified"]}
        assert requests.get(simulation.url + URL, headers=other, timeout=5).status_code == 200

    def test_the_older_address_has_neither_commodities_nor_funds(self, simulation: Simulation) -> None:
        answer = requests.get(f"{simulation.url}/NewSecurityMaster/SecurityMaster.zip", timeout=5)
        assert set(texts(answer.content)) == set(ROWS) - {"MCXScripMaster.txt", "MFScripMaster.txt"}

    def test_only_dates_differ_from_the_files_that_were_found(self) -> None:
        old, new = (texts(InstrumentMaster(day).archive().content) for day in (date(2026, 7, 30), date(2026, 11, 20)))
        for name in ROWS:
            assert old[name].startswith('"')
            assert not old[name].endswith("\n")
            assert len(old[name]) == len(new[name])
            differing = {
                column
                for before, after in zip(rows(old[name]), rows(new[name]), strict=True)
                for column in before
                if before[column] != after[column]
            }
            assert differing == ({"ExpiryDate"} if name in DERIVATIVES else set())

    @settings(max_examples=25, deadline=None)
    @given(st.dates(date(2026, 7, 1), date(2031, 12, 31)))
    def test_nothing_is_expired_and_nothing_doubled(self, today: date) -> None:
        served = texts(InstrumentMaster(today).archive().content)
        original = texts(InstrumentMaster(date(2026, 7, 1)).archive().content)
        for name in DERIVATIVES:
            found, before = rows(served[name]), rows(original[name])
            expiries = [read_day(row["ExpiryDate"]) for row in found]
            assert min(expiries) >= today
            terms = {(row["ShortName"], row["ExpiryDate"], row["StrikePrice"], row["OptionType"]) for row in found}
            assert len(terms) == len(found)
            for row, old in zip(found, before, strict=True):
                moved = read_day(row["ExpiryDate"]) - read_day(old["ExpiryDate"])
                assert moved.days % 7 == 0, "the weekday stays"

    @pytest.mark.parametrize(
        ("today", "expiries"),
        [
            ("2026-08-04", ["04-Aug-2026", "25-Aug-2026", "29-Sep-2026", "29-Dec-2026", "30-Mar-2027"]),
            ("2026-08-05", ["11-Aug-2026", "25-Aug-2026", "29-Sep-2026", "29-Dec-2026", "30-Mar-2027"]),
            ("2026-08-19", ["01-Sep-2026", "25-Aug-2026", "29-Sep-2026", "29-Dec-2026", "30-Mar-2027"]),
            ("2026-11-20", ["24-Nov-2026", "01-Dec-2026", "08-Dec-2026", "29-Dec-2026", "30-Mar-2027"]),
        ],
    )
    def test_a_chain_moves_as_one(self, today: str, expiries: list[str]) -> None:
        """The five expiries that the sample has NIFTY options of, in their own order."""
        served = texts(InstrumentMaster(date.fromisoformat(today)).archive().content)["FONSEScripMaster.txt"]
        options = [row for row in rows(served) if (row["ShortName"], row["Series"]) == ("NIFTY", "OPTION")]
        counted = {expiry: sum(row["ExpiryDate"] == expiry for row in options) for expiry in expiries}
        assert list(counted.values()) == [22, 22, 4, 2, 2]


class TestContracts:
    @pytest.mark.parametrize(
        ("segment", "code", "symbol"),
        [
            ("NSE", "RELIND", "NSE:RELIANCE"),
            ("NSE", "MAHMAH", "NSE:M&M"),
            ("NSE", "SGBT60", "NSE:SGBJUN30-GB"),
            ("NSE", "GTCIND", "NSE:GOLDENTOBC"),
            ("NSE", "NIFTY", "NSE_INDEX:NIFTY"),
            ("NSE", "CNXBAN", "NSE_INDEX:BANKNIFTY"),
            ("NSE", "NIFFIN", "NSE_INDEX:FINNIFTY"),
            ("NSE", "NIFSEL", "NSE_INDEX:MIDCPNIFTY"),
            ("NSE", "BSE", "NSE:BSE"),
            ("BSE", "BSESEN", "BSE_INDEX:SENSEX"),
            ("BSE", "RELIND", "BSE:RELIANCE"),
            ("BSE", "CMSIN", "BSE:CMSINFO"),
        ],
    )
    def test_a_stock_code_stands_for_a_symbol(
        self, segment: str, code: str, symbol: str, simulation: Simulation
    ) -> None:
        assert str(contract_of(simulation, segment, code)) == symbol

    @pytest.mark.parametrize(
        ("segment", "code"),
        [
            ("NSE", "ACRTEC"), ("NSE", "CHECEM"), ("NSE", "SGBT15"), ("NSE", "ALPHOU"), ("NSE", "TELMAR"),
            ("NSE", "DJIA"), ("BSE", "CMSINF"), ("BSE", "WIPOFS"), ("BSE", "03D001"), ("BSE", "AANGRA"),
            ("BSE", "BSESEQ"), ("NSE", "RELIANCE"), ("NFO", "NIFTY"),
        ],
    )  # fmt: skip
    def test_dead_rows_debt_and_rights_are_in_the_file_only(self, segment: str, code: str) -> None:
        assert InstrumentMaster(date(2026, 11, 20)).share(segment, code) is None

    @pytest.mark.parametrize(
        ("segment", "code", "terms", "facts"),
        [
            ("NFO", "NIFTY", (CE, "2026-11-24", "24300"), ("NIFTY24NOV2624300CE", 65, "0.05")),
            ("NFO", "CNXBAN", (FUT, "2026-11-24", None), ("BANKNIFTY24NOV26FUT", 30, "0.2")),
            ("NFO", "JIOFIN", (PE, "2026-11-24", "322.5"), ("JIOFIN24NOV26322.5PE", 2350, "0.01")),
            ("BFO", "BSESEN", (CE, "2026-12-03", "77800"), ("SENSEX03DEC2677800CE", 20, "0.05")),
            ("MCX", "CRUDE", (FUT, "2026-11-25", None), ("CRUDEOIL25NOV26FUT", 100, "1")),
        ],
    )
    def test_what_the_exchange_makes_of_a_row(
        self, segment: str, code: str, terms: tuple[Any, ...], facts: tuple[Any, ...], simulation: Simulation
    ) -> None:
        kind, expiry, strike = terms
        contract = contract_of(simulation, segment, code, kind=kind, expiry=expiry, strike=strike and Decimal(strike))
        assert (contract.symbol, contract.lot_size, contract.tick_size) == (facts[0], facts[1], Decimal(facts[2]))
