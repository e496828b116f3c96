"""The instrument files that the simulator serves, and what its exchange makes of their rows."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from openalgo_core.simulation import Simulation
from openalgo_definedge.simulator.master import InstrumentMaster

from .simulator_fixtures import contract_of, simulated


@pytest.fixture
def simulation() -> Iterator[Simulation]:
    with simulated() as running:
        yield running


def rows_of(content: bytes | None, member: str = "allmaster.csv") -> list[list[str]]:
    assert content is not None
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == [member]
        return list(csv.reader(archive.read(member).decode().splitlines()))


def day(text: str) -> date:
    return datetime.strptime(text, "%d%m%Y").date()


class TestFiles:
    def test_they_are_public_zips_without_a_header_line(self, simulation: Simulation) -> None:
        answer = requests.get(f"{simulation.url}/public/allmaster.zip", timeout=5)
        assert answer.headers["content-type"] == "application/zip"
        rows = rows_of(answer.content)
        assert rows[0][:6] == ["NSE", "17635", "ZYDUSWELL", "ZYDUSWELL-EQ", "EQ", "01011980"]
        assert (len(rows), {len(row) for row in rows}) == (322, {15})

    @pytest.mark.parametrize(
        ("name", "segment", "count"),
        [("nsecash", "NSE", 218), ("nsefno", "NFO", 46), ("cdsfno", "CDS", 7), ("bsecash", "BSE", 23),
         ("bsefno", "BFO", 10), ("mcxfno", "MCX", 18)],
    )  # fmt: skip
    def test_each_segment_has_a_file(self, name: str, segment: str, count: int, simulation: Simulation) -> None:
        content = requests.get(f"{simulation.url}/public/{name}.zip", timeout=5).content
        rows = rows_of(content, f"{name}.csv")
        assert ({row[0] for row in rows}, len(rows)) == ({segment}, count)

    @settings(max_examples=40)
    @given(st.dates(date(2023, 1, 1), date(2031, 12, 31)))
    def test_nothing_is_expired_and_nothing_doubled(self, today: date) -> None:
        rows = rows_of(InstrumentMaster(today).zipped("allmaster"))
        dated = [row for row in rows if row[4].startswith(("FUT", "OPT"))]
        assert len(dated) == 78
        assert min(day(row[5]) for row in dated) >= today
        assert len({(row[0], row[3]) for row in rows}) == len({(row[0], row[1]) for row in rows}) == 322
        assert {row[5] for row in rows if row not in dated} == {"01011980"}

    @pytest.mark.parametrize(
        ("today", "token", "symbol", "expiry"),
        [
            ("2026-08-25", "58901", "NIFTY25AUG26F", "25082026"),  # today is not past
            ("2026-08-26", "58913", "NIFTY01SEP26C24800", "01092026"),
            ("2026-08-26", "58921", "NIFTY08SEP26C25000", "08092026"),  # the first of September is taken
            ("2026-11-20", "144537", "ZYDUSLIFE24NOV26P1360", "24112026"),
            ("2026-11-20", "58938", "BAJAJ-AUTO24NOV26F", "24112026"),
            ("2026-11-20", "58944", "VEDL24NOV26C442.5", "24112026"),
            ("2026-11-20", "1145301", "SENSEX26NOVFUT", "26112026"),
            ("2026-11-20", "1145302", "SENSEX26DECFUT", "03122026"),  # one of November is enough
            ("2026-11-20", "1145304", "SENSEX26NOV81000CE", "26112026"),
            ("2026-11-20", "1145308", "SENSEX26D0381000CE", "03122026"),
            ("2026-10-20", "1145306", "SENSEX26O2281100CE", "22102026"),  # monthly becomes weekly
            ("2026-11-20", "441301", "CRUDEOIL23NOV26", "23112026"),  # no F on MCX
            ("2026-11-20", "441310", "CRUDEOIL26NOV26C5600", "26112026"),
            ("2026-11-20", "58946", "USDINR26NOV26C87.5", "26112026"),
        ],
    )
    def test_a_moved_symbol_is_spelt_as_its_segment_spells(
        self, today: str, token: str, symbol: str, expiry: str
    ) -> None:
        rows = rows_of(InstrumentMaster(date.fromisoformat(today)).zipped("allmaster"))
        (row,) = [row for row in rows if row[1] == token]
        assert (row[3], row[5]) == (symbol, expiry)

    @pytest.mark.parametrize(
        ("segment", "token", "facts"),
        [
            ("NSE", "3045", ("SBIN", "NSE", 1, "0.05", "1")),
            ("NSE", "8802", ("ZENITHEXPO", "NSE", 1, "0.05", "1")),
            ("NSE", "17766", ("ZEAL-SM", "NSE", 600, "0.05", "1")),
            ("NSE", "26000", ("NIFTY", "NSE_INDEX", 1, None, "1")),
            ("BSE", "500520", ("M&M", "BSE", 1, "0.05", "1")),
            ("BSE", "47", ("SENSEX50", "BSE_INDEX", 1, None, "1")),
            ("NFO", "58944", ("VEDL24NOV26442.5CE", "NFO", 1150, "0.05", "1")),
            ("BFO", "1145308", ("SENSEX03DEC2681000CE", "BFO", 20, "0.05", "1")),
            ("CDS", "58946", ("USDINR26NOV2687.5CE", "CDS", 1, "0.0025", "1000")),
            ("MCX", "441301", ("CRUDEOIL23NOV26FUT", "MCX", 100, "1", "1")),
            ("MCX", "441316", ("MCXBULLDEX", "MCX_INDEX", 1, None, "1")),
        ],
    )
    def test_what_the_exchange_makes_of_a_row(
        self, segment: str, token: str, facts: tuple[Any, ...], simulation: Simulation
    ) -> None:
        contract = contract_of(simulation, segment, token)
        assert (contract.symbol, contract.exchange, contract.lot_size) == facts[:3]
        assert (contract.tick_size, contract.multiplier) == (facts[3] and Decimal(facts[3]), Decimal(facts[4]))
