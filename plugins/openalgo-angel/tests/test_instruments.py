"""The master: every row of the sample to its unified symbol and back, streaming, and "unchanged"."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openalgo_angel.instruments import unified
from openalgo_angel.rows import ScripRow
from openalgo_core import symbols
from openalgo_core.clock import IST
from openalgo_core.errors import BrokerUnavailable, UnreadableAnswer
from openalgo_core.models import Exchange, Known, Master, MasterRow

DATA = Path(__file__).parent / "data"
EXPECTED = [line.split("\t") for line in (DATA / "expected-symbols.tsv").read_text(encoding="utf-8").splitlines()]
SAMPLE = (DATA / "instruments-sample.json").read_text(encoding="utf-8")

ROW = {
    "token": "1", "symbol": "ACME-EQ", "name": "ACME", "expiry": "", "strike": "-1.000000", "lotsize": "1",
    "instrumenttype": "", "exch_seg": "NSE", "tick_size": "5.000000", "freeze_qty": "0", "is_cas_enabled": False,
}  # fmt: skip
OPTION = {
    **ROW, "symbol": "ACME23NOV26100CE", "expiry": "23NOV2026", "strike": "10000.000000", "instrumenttype": "OPTSTK",
    "exch_seg": "NFO", "lotsize": "50",
}  # fmt: skip


def _row(**changes: Any) -> MasterRow:
    row = unified(ScripRow.of({**ROW, **changes}))
    assert not isinstance(row, str), row
    return MasterRow._make(row)


# --- The sample ---


@pytest.mark.parametrize(
    ("segment", "token", "exchange", "symbol"), EXPECTED, ids=[f"{s}:{t}" for s, t, *_ in EXPECTED]
)
def test_every_row_of_the_sample_both_ways(
    table: Any, sample: list[dict[str, Any]], segment: str, token: str, exchange: str, symbol: str
) -> None:
    (row,) = (row for row in sample if (row["exch_seg"], row["token"]) == (segment, token))
    there = table.get(exchange, symbol)
    assert (there.broker_exchange, there.token, there.broker_symbol) == (segment, token, row["symbol"])
    assert table.by_token(segment, token) is there
    assert table.by_broker_symbol(segment, row["symbol"]) is there


def test_nothing_else_is_listed_and_what_is_skipped_is_counted(sample: list[dict[str, Any]]) -> None:
    rows = [unified(ScripRow.of(row)) for row in sample]
    assert Counter(row for row in rows if isinstance(row, str)) == {"legacy index row": 2, "type COMDTY in MCX": 1}
    tuples = [row for row in rows if not isinstance(row, str)]
    listed = {(one.broker_exchange, one.token) for one in map(MasterRow._make, tuples)}
    assert listed == {(segment, token) for segment, token, *_ in EXPECTED}


def test_unified_symbols_are_unique_and_fit_the_grammar(sample: list[dict[str, Any]]) -> None:
    found = [unified(ScripRow.of(row)) for row in sample]
    rows = [MasterRow._make(row) for row in found if not isinstance(row, str)]
    assert len({(row.exchange, row.symbol) for row in rows}) == len(rows) == 140
    for row in rows:
        parsed = symbols.parse(row.symbol, Exchange(row.exchange))
        assert (parsed.kind.value, parsed.expiry and parsed.expiry.isoformat()) == (row.kind, row.expiry)
        assert parsed.strike == (Decimal(row.strike) if row.strike else None)


@pytest.mark.parametrize(
    ("segment", "token", "lot", "tick", "freeze", "multiplier", "strike", "expiry"),
    [
        pytest.param("NSE", "99926000", 1, None, None, "1", None, None, id="index: no tick, no freeze"),
        pytest.param("NSE", "4668", 1, "0.01", 408537, "1", None, None, id="share: tick in paise"),
        pytest.param("NSE", "10710", 500, "0.05", 192136, "1", None, None, id="small-company share: a lot"),
        pytest.param("BSE", "500325", 1, "0.05", None, "1", None, None, id="BSE share: freeze 0 is none"),
        pytest.param("NFO", "35001", 30, "0.2", 600, "1", None, "2026-11-23", id="index future"),
        pytest.param("NFO", "102595", 4350, "0.05", 174000, "1", "117.5", "2026-10-27", id="strike with a fraction"),
        pytest.param("BFO", "1100200", 500, "0.05", 20000, "1", "1260", "2026-11-26", id="row without a name"),
        pytest.param("MCX", "580373", 100, "0.1", 10000, "1", "7750", "2026-10-15", id="MCX: freeze counts lots"),
        pytest.param("MCX", "483079", 1, "1", 10, "100", None, "2026-10-05", id="gold: a kilogram, quoted for 10 g"),
        pytest.param("MCX", "575067", 100, "0.5", 10000, "0.1", "157000", "2026-08-28", id="gold mini: grams"),
        pytest.param("CDS", "1152", 1, "0.0025", 10000, "1000", "84.5", "2026-11-26", id="CDS: ten-millionths"),
        pytest.param("CDS", "1155", 1, "0.0025", 1250, "2000", "97", "2026-11-26", id="CDS: bonds"),
        pytest.param("NCDEX", "DHANIYA18DEC26", 5, "2", 500, "1", None, "2026-12-18", id="NCDEX: a textual token"),
    ],
)
def test_sizes(
    table: Any, segment: str, token: str, lot: int, tick: str | None, freeze: int | None, multiplier: str,
    strike: str | None, expiry: str | None,
) -> None:  # fmt: skip
    one = table.by_token(segment, token)
    assert (one.lot_size, one.freeze_quantity) == (lot, freeze)
    assert one.tick_size == (Decimal(tick) if tick else None)
    assert one.multiplier == Decimal(multiplier)
    assert one.strike == (Decimal(strike) if strike else None)
    assert (one.expiry and one.expiry.isoformat()) == expiry


# --- Rules that the sample does not show ---


@pytest.mark.parametrize(
    ("symbol", "unified_symbol", "rank", "other"),
    [
        ("ACME-EQ", "ACME", 0, "ACME-EQ"),
        ("ACME-BE", "ACME", 1, "ACME-BE"),
        ("ACME-BZ", "ACME", 2, "ACME-BZ"),
        ("ACME-MF", "ACME-MF", 0, None),
        ("ACME-SG", "ACME-SG", 0, None),
        ("ACME-SM", "ACME-SM", 0, None),
        ("BAJAJ-AUTO-BE", "BAJAJ-AUTO", 1, "BAJAJ-AUTO-BE"),
        ("EQ-EQ", "EQ", 0, "EQ-EQ"),
    ],
)
def test_series(symbol: str, unified_symbol: str, rank: int, other: str | None) -> None:
    row = _row(symbol=symbol)
    assert (row.symbol, row.rank, row.other_symbol) == (unified_symbol, rank, other)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"symbol": "Nifty 50"}, "legacy index row"),
        ({"symbol": "HangSeng BeES-NAV"}, "legacy index row"),
        ({"symbol": "SENSEX", "exch_seg": "BSE"}, "legacy index row"),
        ({"symbol": "GOLD", "exch_seg": "MCX", "instrumenttype": "COMDTY"}, "type COMDTY in MCX"),
        ({"symbol": "USDINR", "exch_seg": "CDS", "instrumenttype": "UNDCUR"}, "type UNDCUR in CDS"),
        ({"symbol": "AGRIDEX", "exch_seg": "NCDEX", "instrumenttype": "AMXIDX"}, "type AMXIDX in NCDEX"),
        ({"exch_seg": "NFO"}, "type missing in NFO"),
        ({"exch_seg": "NCO", "instrumenttype": "FUTCOM"}, "segment NCO"),
        ({**OPTION, "expiry": ""}, "no expiry in NFO"),
        ({**OPTION, "expiry": "31FEB2026"}, "no expiry in NFO"),
        ({**OPTION, "strike": "0.000000"}, "option without strike or type in NFO"),
        ({**OPTION, "symbol": "ACME23NOV26100"}, "option without strike or type in NFO"),
    ],
)
def test_rows_that_are_no_instrument(changes: dict[str, Any], reason: str) -> None:
    assert unified(ScripRow.of({**ROW, **changes})) == reason


@pytest.mark.parametrize(
    ("name", "symbol"),
    [("S&P BSE 100", "BSE100"), ("BSE Oil & Gas", "BSEOIL&GAS"), ("Nifty Mid Select", "MIDCPNIFTY"), ("X-1", "X1")],
)
def test_index_names(name: str, symbol: str) -> None:
    assert _row(name=name, symbol=name, instrumenttype="AMXIDX").symbol == symbol


@pytest.mark.parametrize(
    ("broker_symbol", "expiry"),
    [
        ("360ONE26NOV1260CE", "26NOV2026"),  # monthly
        ("360ONE26NOV261260CE", "26NOV2026"),  # full date
        ("360ONE26O081260CE", "08OCT2026"),  # weekly, October to December with a letter
        ("360ONE269081260CE", "08SEP2026"),  # weekly, with a digit
    ],
)
def test_a_row_without_a_name_gets_it_from_the_symbol(broker_symbol: str, expiry: str) -> None:
    row = _row(**{**OPTION, "symbol": broker_symbol, "name": "", "expiry": expiry, "strike": "126000.000000"})
    assert row.name == "360ONE"
    assert symbols.parse(row.symbol, Exchange.BFO).base == "360ONE"


def test_a_row_whose_underlying_cannot_be_told_keeps_the_broker_s_symbol() -> None:
    assert _row(**{**OPTION, "symbol": "STRANGE-100CE", "name": ""}).symbol == "STRANGE-100CE"


@pytest.mark.parametrize("lot", ["0", "-1"])
def test_a_lot_that_is_none_is_one(lot: str) -> None:
    row = _row(**{**OPTION, "lotsize": lot, "exch_seg": "CDS", "name": "USDINR"})
    assert (row.lot_size, row.multiplier) == (1, "1000")


def test_a_lot_in_dollars_needs_no_multiplier() -> None:
    assert _row(**{**OPTION, "lotsize": "1000", "exch_seg": "CDS", "name": "USDINR"}).multiplier == "1"


def test_an_older_file_without_the_new_columns() -> None:
    older = {key: text for key, text in ROW.items() if key not in ("freeze_qty", "is_cas_enabled")}
    row = unified(ScripRow.of(older))
    assert isinstance(row, MasterRow)
    assert row.freeze_quantity is None


@given(
    strike=st.decimals(min_value=Decimal("0.25"), max_value=Decimal(500000), places=2),
    segment=st.sampled_from(["NFO", "BFO", "MCX", "CDS"]),
)
def test_strikes_survive_the_scale_of_their_segment(strike: Decimal, segment: str) -> None:
    scaled = strike * (10**7 if segment == "CDS" else 100)
    row = _row(**{**OPTION, "exch_seg": segment, "strike": f"{scaled:f}"})
    assert symbols.parse(row.symbol, Exchange(segment)).strike == strike


# --- The download ---


def _master(use: Any, known: Known | None = None) -> Master | bool:
    answer: Master | bool = use.call("instruments", known=known)
    return answer


def test_the_master_is_read_while_it_comes_in(world: Callable[..., Any]) -> None:
    headers = {"ETag": '"abc"', "Last-Modified": "Fri, 20 Nov 2026 02:31:00 GMT"}
    use = world({"text": SAMPLE, "headers": headers}, session=False)
    master = _master(use)
    assert isinstance(master, Master)
    assert (master.stamp, master.source_time) == ('"abc"', datetime(2026, 11, 20, 8, 1, tzinfo=IST))
    rows = iter(master.rows)
    assert MasterRow._make(next(rows)).symbol == "NIFTY"
    assert use.http.open_downloads == 1
    assert len(list(rows)) == 139
    assert use.http.open_downloads == 0
    assert master.skipped == {"legacy index row": 2, "type COMDTY in MCX": 1}
    (sent,) = use.http.requests
    assert sent["url"] == "https://margincalculator.angelbroking.com/OpenAPI_File/files/OpenAPIScripMaster.json"
    assert sent["headers"] == {}


@pytest.mark.parametrize(
    ("stamp", "header"), [('"abc"', "If-None-Match"), ('W/"abc"', "If-None-Match"),
                          ("Fri, 20 Nov 2026 02:31:00 GMT", "If-Modified-Since")],
)  # fmt: skip
def test_an_unchanged_master_is_not_read_again(world: Callable[..., Any], stamp: str, header: str) -> None:
    use = world({"status": 304, "text": ""})
    assert _master(use, Known(stamp, datetime(2026, 11, 19, tzinfo=IST))) is False
    assert use.http.requests[0]["headers"] == {header: stamp}
    assert use.http.open_downloads == 0


def test_without_an_etag_the_date_is_the_stamp(world: Callable[..., Any]) -> None:
    date = "Fri, 20 Nov 2026 02:31:00 GMT"
    master = _master(world({"text": "[]", "headers": {"Last-Modified": date}}))
    assert isinstance(master, Master)
    assert master.stamp == date


def test_a_master_without_any_stamp_is_always_read(world: Callable[..., Any]) -> None:
    use = world({"text": SAMPLE, "headers": {"Last-Modified": "soon"}})
    master = _master(use, Known(None, datetime(2026, 11, 19, tzinfo=IST)))
    assert isinstance(master, Master)
    assert (master.source_time, use.http.requests[0]["headers"]) == (None, {})


def test_a_master_that_is_not_there(world: Callable[..., Any]) -> None:
    use = world({"status": 503, "text": "<html></html>"})
    with pytest.raises(BrokerUnavailable, match="503"):
        _master(use)
    assert use.http.open_downloads == 0


@pytest.mark.parametrize("text", ["<html>maintenance</html>", "", SAMPLE[: len(SAMPLE) // 2]])
def test_a_broken_master_is_an_error_and_closes_the_connection(world: Callable[..., Any], text: str) -> None:
    use = world({"text": text})
    master = _master(use)
    assert isinstance(master, Master)
    with pytest.raises(UnreadableAnswer):
        list(master.rows)
    assert use.http.open_downloads == 0


def test_a_row_with_an_odd_number_costs_only_itself(world: Callable[..., Any]) -> None:
    rows = [ROW, {**ROW, "tick_size": "five"}, {**ROW, "symbol": "OTHER-EQ", "tick_size": ""}]
    master = _master(world({"body": rows}))
    assert isinstance(master, Master)
    read = map(MasterRow._make, master.rows)
    assert [(row.symbol, row.tick_size) for row in read] == [("ACME", "0.05"), ("OTHER", None)]
    assert master.skipped == {"unreadable number": 1}


def test_every_key_of_the_sample_is_a_string_or_the_one_flag() -> None:
    kinds = {key: {type(row[key]) for row in json.loads(SAMPLE)} for key in ROW}
    assert kinds == {key: {bool} if key == "is_cas_enabled" else {str} for key in ROW}
