"""The instrument files that the simulator serves, and what its exchange makes of their rows."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from openalgo_core.simulation import Simulation
from openalgo_kotak.simulator.master import InstrumentMaster

from .simulator_fixtures import contract_of, simulated

FO = ("nse_fo", "bse_fo", "cde_fo", "mcx_fo")


@pytest.fixture
def simulation() -> Iterator[Simulation]:
    with simulated() as running:
        yield running


def rows_of(master: InstrumentMaster, segment: str) -> list[dict[str, str]]:
    """A file's rows by the names of its columns, as the file has them."""
    (path,) = [path for path in master.paths if segment in path]
    content = master.file(path)
    assert content is not None
    return list(csv.DictReader(content.splitlines()))


def day(row: dict[str, str]) -> date:
    offset = 315513000 if row["pExchSeg"] in ("nse_fo", "cde_fo") else 0
    return datetime.fromtimestamp(int(row["lExpiryDate "]) + offset, UTC).date()


class TestFiles:
    def test_they_are_public_and_of_today_only(self, simulation: Simulation) -> None:
        root = f"{simulation.url}/wso2-scripmaster/v1/prod"
        path = "transformed-v1/nse_cm-v1.csv"
        answer = requests.get(f"{root}/2026-11-20/{path}", timeout=5)
        lines = answer.text.splitlines()
        assert (answer.status_code, len(lines), len(lines[0].split(","))) == (200, 32, 78)
        assert "dTickSize ,lLotSize,lExpiryDate ,lMultiplier ,lPrecision,dStrikePrice;," in lines[0]
        assert requests.head(f"{root}/2026-11-20/{path}", timeout=5).status_code == 200
        assert requests.get(f"{root}/2026-11-19/{path}", timeout=5).status_code == 403

    def test_a_file_that_is_not_there_is_a_surprise(self, simulation: Simulation) -> None:
        url = f"{simulation.url}/wso2-scripmaster/v1/prod/2026-11-20/transformed/ncx_fo.csv"
        assert requests.get(url, timeout=5).status_code == 404
        assert simulation.setup.surprises.pop()

    @pytest.mark.parametrize(
        ("segment", "count"),
        [("nse_cm", 31), ("nse_fo", 14), ("bse_cm", 8), ("bse_fo", 7), ("cde_fo", 4), ("mcx_fo", 9), ("nse_com", 0)],
    )
    def test_each_segment_has_a_file(self, segment: str, count: int) -> None:
        assert len(rows_of(InstrumentMaster(date(2026, 8, 28)), segment)) == count

    def test_a_row_of_today_is_left_as_it_was(self) -> None:
        (row,) = [row for row in rows_of(InstrumentMaster(date(2026, 9, 22)), "nse_fo") if row["pSymbol"] == "56526"]
        assert (row["pTrdSymbol"], row["pScripRefKey"], row["dStrikePrice;"], row["lExpiryDate "]) == (
            "NIFTY2692221000PE", "NIFTY22SEP2621000.00PE", "2.1e+06", "1474554600",
        )  # fmt: skip

    @settings(max_examples=30)
    @given(st.dates(date(2026, 8, 1), date(2031, 12, 31)))
    def test_nothing_is_expired_and_nothing_doubled(self, today: date) -> None:
        master = InstrumentMaster(today)
        for segment in FO:
            rows = rows_of(master, segment)
            assert len({row["pTrdSymbol"] for row in rows}) == len(rows)
            assert min(day(row) for row in rows if row["pOptionType"]) >= today
            assert all(row["lExpiryDate "] == row["pExpiryDate"] for row in rows)

    @pytest.mark.parametrize(
        ("today", "segment", "token", "symbol", "key"),
        [
            ("2026-09-23", "nse_fo", "56630", "NIFTY26SEP24500CE", "NIFTY29SEP2624500.00CE"),
            ("2026-09-30", "nse_fo", "57110", "NIFTY26O0624800CE", "NIFTY06OCT2624800.00CE"),
            ("2026-11-20", "nse_fo", "57402", "BANKNIFTY26NOV55100CE", "BANKNIFTY24NOV2655100.00CE"),
            ("2026-12-02", "nse_fo", "57402", "BANKNIFTY26D0855100CE", "BANKNIFTY08DEC2655100.00CE"),
            ("2026-12-02", "nse_fo", "91388", "IDEA26DEC7.5PE", "IDEA08DEC267.50PE"),
            ("2026-11-20", "nse_fo", "68407", "NIFTY26NOVFUT", "NIFTY24NOV26FUT"),
            ("2026-11-20", "nse_fo", "48704", "NIFTY26DECFUT", "NIFTY01DEC26FUT"),
            ("2026-09-05", "bse_fo", "861110", "SENSEX2691077000CE", "SENSEX10SEP2677000.00CE"),
            ("2026-11-20", "mcx_fo", "569999", "CRUDEOILM27NOV266100CE", "CRUDEOILM27NOV266100.00CE"),
            ("2026-11-20", "cde_fo", "1351", "USDINR26NOV87.25PE", "USDINR23NOV2687.25PE"),
            ("2026-11-20", "bse_fo", "1199999", "SENSEX26SEP26OCT", "SENSEX24SEP2629OCT26"),
        ],
    )
    def test_a_moved_symbol_is_spelt_as_its_row_spells(
        self, today: str, segment: str, token: str, symbol: str, key: str
    ) -> None:
        rows = rows_of(InstrumentMaster(date.fromisoformat(today)), segment)
        (row,) = [row for row in rows if row["pSymbol"] == token]
        assert (row["pTrdSymbol"], row["pScripRefKey"]) == (symbol, key)


class TestContracts:
    @pytest.mark.parametrize(
        ("segment", "token", "facts"),
        [
            ("nse_cm", "3045", ("SBIN", "NSE", 1, "0.05", 187416, "1")),
            ("nse_cm", "12740", ("SBIN-BL", "NSE", 1, "0.05", 99999999, "1")),
            ("nse_cm", "6549", ("GRPLTD", "NSE", 1, "0.05", 36353, "1")),
            ("nse_cm", "13420", ("JETAIRWAYS", "NSE", 1, "0.05", 1610242, "1")),
            ("nse_cm", "1", ("GOLDSTAR-SM", "NSE", 18000, "0.05", 6296842, "1")),
            ("nse_cm", "Nifty Fin Service", ("FINNIFTY", "NSE_INDEX", 1, None, None, "1")),
            ("bse_cm", "500520", ("M&M", "BSE", 1, "0.05", 1000000, "1")),
            ("bse_cm", "SNSX50", ("SENSEX50", "BSE_INDEX", 1, None, None, "1")),
            ("nse_fo", "91388", ("IDEA24NOV267.5PE", "NFO", 71475, "0.01", 1072126, "1")),
            ("bse_fo", "843001", ("SENSEX26NOV2676800CE", "BFO", 20, "0.05", 1000, "1")),
            ("cde_fo", "1351", ("USDINR23NOV2687.25PE", "CDS", 1, "0.0025", 10001, "1000")),
            ("mcx_fo", "578787", ("GOLDM27NOV26148500CE", "MCX", 100, "0.5", 10000, "1")),
        ],
    )
    def test_what_the_exchange_makes_of_a_row(
        self, segment: str, token: str, facts: tuple[Any, ...], simulation: Simulation
    ) -> None:
        contract = contract_of(simulation, segment, token)
        tick = facts[3] and Decimal(facts[3])
        assert (contract.symbol, contract.exchange, contract.lot_size, contract.tick_size) == (*facts[:3], tick)
        assert (contract.freeze_quantity, contract.multiplier) == (facts[4], Decimal(facts[5]))

    @pytest.mark.parametrize(("segment", "token"), [("bse_fo", "1199999"), ("mcx_fo", "999101"), ("nse_cm", "26000")])
    def test_what_cannot_be_traded_is_not_listed(self, segment: str, token: str) -> None:
        assert InstrumentMaster(date(2026, 11, 20)).find(segment, token) is None
