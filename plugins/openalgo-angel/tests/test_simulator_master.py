"""The instrument file that the simulator serves, and what its exchange makes of the rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openalgo_angel.simulator.master import InstrumentMaster
from openalgo_core.simulation import Simulation
from openalgo_core.symbols import MONTHS

from .simulator_fixtures import Caller, contract_of, simulated


@pytest.fixture
def simulation() -> Iterator[Simulation]:
    with simulated() as running:
        yield running


@pytest.fixture
def caller(simulation: Simulation) -> Iterator[Caller]:
    with Caller(simulation) as logged_in:
        yield logged_in


class TestMaster:
    URL = "/OpenAPI_File/files/OpenAPIScripMaster.json"

    def test_it_is_public_and_unchanged_is_304(self, simulation: Simulation, caller: Caller) -> None:
        caller.headers.clear()
        answer = caller.get(self.URL)
        assert len(answer.json()) == 143
        assert list(answer.json()[0]) == [
            "token", "symbol", "name", "expiry", "strike", "lotsize", "instrumenttype", "exch_seg", "tick_size",
            "freeze_qty", "is_cas_enabled",
        ]  # fmt: skip
        caller.headers["If-None-Match"] = answer.headers["ETag"]
        again = caller.get(self.URL)
        assert (again.status_code, again.content) == (304, b"")
        caller.headers["If-None-Match"] = '"other"'
        assert caller.get(self.URL).status_code == 200

    @settings(max_examples=40)
    @given(st.dates(date(2023, 1, 1), date(2031, 12, 31)))
    def test_nothing_is_expired_and_nothing_doubled(self, today: date) -> None:
        rows = json.loads(InstrumentMaster(today).content)
        expiries = [_day(row["expiry"]) for row in rows if row["expiry"]]
        assert len(expiries) == 41
        assert min(expiries) >= today
        assert len({(row["exch_seg"], row["symbol"]) for row in rows if row["expiry"]}) == 41
        assert len({(row["exch_seg"], row["token"]) for row in rows}) == 143

    @pytest.mark.parametrize(
        ("today", "token", "symbol", "expiry"),
        [
            ("2026-10-06", "40637", "NIFTY06OCT2621400PE", "06OCT2026"),  # today is not past
            ("2026-10-07", "40637", "NIFTY13OCT2621400PE", "13OCT2026"),
            ("2026-10-28", "102595", "IEX03NOV26117.5CE", "03NOV2026"),
            ("2026-09-25", "1100100", "SENSEX26O0185000CE", "01OCT2026"),  # monthly becomes weekly
            ("2026-10-23", "1100042", "SENSEX26OCT84600PE", "29OCT2026"),  # weekly becomes monthly
            ("2026-12-01", "1100200", "360ONE26DEC1260CE", "03DEC2026"),
            ("2026-11-20", "246083", "CRUDEOIL26NOVFUT", "27NOV2026"),
            ("2026-11-20", "DHANIYA27NOV26CE11300FNOV26", "DHANIYA27NOV26CE11300FNOV26", "27NOV2026"),
            ("2027-01-02", "1154", "726GS203327JANFUT", "07JAN2027"),
        ],
    )
    def test_a_moved_symbol_is_spelt_as_its_segment_spells(
        self, today: str, token: str, symbol: str, expiry: str
    ) -> None:
        rows = json.loads(InstrumentMaster(date.fromisoformat(today)).content)
        (row,) = [row for row in rows if row["token"] == token]
        assert (row["symbol"], row["expiry"]) == (symbol, expiry)

    @pytest.mark.parametrize(
        ("segment", "token", "facts"),
        [
            ("NSE", "3045", ("SBIN", "NSE", 1, "0.05", 100000, "1")),
            ("NSE", "10710", ("VEEKAYEM-SM", "NSE", 500, "0.05", 192136, "1")),
            ("NSE", "99926000", ("NIFTY", "NSE_INDEX", 1, None, None, "1")),
            ("BSE", "99919047", ("SENSEX50", "BSE_INDEX", 1, None, None, "1")),
            ("NFO", "102595", ("IEX24NOV26117.5CE", "NFO", 4350, "0.05", 174000, "1")),
            ("BFO", "1100200", ("360ONE26NOV261260CE", "BFO", 500, "0.05", 20000, "1")),
            ("MCX", "575067", ("GOLDM27NOV26157000CE", "MCX", 100, "0.5", 10000, "0.1")),
            ("CDS", "1152", ("USDINR26NOV2684.5CE", "CDS", 1, "0.0025", 10000, "1000")),
            ("NCDEX", "DHANIYA27NOV26CE11300FNOV26", ("DHANIYA27NOV2611300CE", "NCDEX", 5, "1", 500, "1")),
        ],
    )
    def test_what_the_exchange_makes_of_a_row(
        self, segment: str, token: str, facts: tuple[Any, ...], simulation: Simulation
    ) -> None:
        contract = contract_of(simulation, segment, token)
        tick = contract.tick_size
        assert (contract.symbol, contract.exchange, contract.lot_size) == facts[:3]
        assert (tick, contract.freeze_quantity, contract.multiplier) == (
            facts[3] and Decimal(facts[3]), facts[4], Decimal(facts[5]),
        )  # fmt: skip


def _day(text: str) -> date:
    return date(int(text[5:]), MONTHS.index(text[2:5]) + 1, int(text[:2]))
