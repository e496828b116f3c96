"""The master: every row of the sample to its unified symbol and back, the archive, and "unchanged"."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openalgo_core import symbols
from openalgo_core.clock import IST
from openalgo_core.errors import BrokerUnavailable, UnreadableAnswer
from openalgo_core.models import Exchange, Known, Master, MasterRow
from openalgo_core.symbols import INDEX_NAMES
from openalgo_definedge.instruments import unified
from openalgo_definedge.tables import INDEX_RENAMES

DATA = Path(__file__).parent / "data"
EXPECTED = [line.split("\t") for line in (DATA / "expected-symbols.tsv").read_text(encoding="utf-8").splitlines()]
SAMPLE = (DATA / "allmaster.csv").read_bytes()

#: Segment, token, symbol, trading symbol, type, expiry, tick, lot, option type, strike, precision, multiplier, ISIN, …
SHARE = "NSE,1,ACME,ACME-EQ,EQ,01011980,5,1,EQ,0,2,1,INE000000000,1.000000,ACME LIMITED"
OPTION = "NFO,1,ACME,ACME25AUG26C100,OPTSTK,25082026,5,50,CE,10000,2,1,,1.000000,"
_COLUMNS = (
    "segment", "token", "symbol", "trading", "kind", "expiry", "tick", "lot", "right", "strike", "precision",
    "multiplier", "isin", "factor", "company",
)  # fmt: skip


def _changed(line: str, **changes: str) -> MasterRow | str:
    fields = dict(zip(_COLUMNS, line.split(","), strict=True))
    assert changes.keys() <= fields.keys()
    row = unified(list((fields | changes).values()))
    return row if isinstance(row, str) else MasterRow._make(row)


def _row(line: str, **changes: str) -> MasterRow:
    row = _changed(line, **changes)
    assert isinstance(row, MasterRow), row
    return row


# --- The sample ---


@pytest.mark.parametrize(
    ("segment", "token", "exchange", "symbol", "expiry", "strike", "lot", "tick"),
    EXPECTED,
    ids=[f"{segment}:{token}" for segment, token, *_ in EXPECTED],
)
def test_every_row_of_the_sample_both_ways(
    table: Any, sample: list[list[str]], segment: str, token: str, exchange: str, symbol: str, expiry: str,
    strike: str, lot: str, tick: str,
) -> None:  # fmt: skip
    (row,) = (row for row in sample if (row[0], row[1]) == (segment, token))
    there = table.get(exchange, symbol)
    assert (there.broker_exchange, there.token, there.broker_symbol) == (segment, token, row[3])
    assert table.by_token(segment, token) is there
    assert table.by_broker_symbol(segment, row[3]) is there
    assert (there.expiry.isoformat() if there.expiry else "-") == expiry
    assert there.strike == (None if strike == "-" else Decimal(strike))
    assert there.tick_size == Decimal(tick)
    if lot != "-":
        assert there.lot_size == int(lot)


def test_every_row_is_listed_and_none_is_skipped(sample: list[list[str]]) -> None:
    rows = [MasterRow._make(row) for row in map(unified, sample) if not isinstance(row, str)]
    assert len(rows) == len(sample) == len(EXPECTED) == 322
    assert {(row.broker_exchange, row.token) for row in rows} == {(segment, token) for segment, token, *_ in EXPECTED}


def test_unified_symbols_are_unique_and_fit_the_grammar(sample: list[list[str]]) -> None:
    rows = [MasterRow._make(row) for row in map(unified, sample) if not isinstance(row, str)]
    assert len({(row.exchange, row.symbol) for row in rows}) == len(rows)
    for row in rows:
        parsed = symbols.parse(row.symbol, Exchange(row.exchange))
        assert (parsed.kind.value, parsed.expiry and parsed.expiry.isoformat()) == (row.kind, row.expiry)
        assert parsed.strike == (Decimal(row.strike) if row.strike else None)


def test_tokens_collide_across_segments(table: Any) -> None:
    assert (table.by_token("NSE", "3045").symbol, table.by_token("CDS", "3045").symbol) == ("SBIN", "USDINR27AUG26FUT")


@pytest.mark.parametrize(("symbol", "name"), [("SBIN", "STATE BANK OF INDIA"), ("8MN30-SG", "SDL MN 8% 2030")])
def test_a_share_is_called_by_its_company(table: Any, symbol: str, name: str) -> None:
    assert table.get("NSE", symbol).name == name


# --- Rules that the sample does not show ---


@pytest.mark.parametrize(
    ("series", "unified_symbol", "rank", "other"),
    [
        ("EQ", "ACME", 0, "ACME-EQ"),
        ("BE", "ACME", 1, "ACME-BE"),
        ("BZ", "ACME", 2, "ACME-BZ"),
        ("SM", "ACME-SM", 0, None),
        ("N0", "ACME-N0", 0, None),
    ],
)
def test_series(series: str, unified_symbol: str, rank: int, other: str | None) -> None:
    row = _row(SHARE, trading=f"ACME-{series}", kind=series, right=series)
    assert (row.symbol, row.rank, row.other_symbol) == (unified_symbol, rank, other)


@pytest.mark.parametrize("group", ["A", "B", "T", "X", "XT", "Z", "F", "G"])
def test_a_group_of_bse_is_no_part_of_a_name(group: str) -> None:
    row = _row(SHARE, segment="BSE", trading="ACME", kind=group, right=group)
    assert (row.symbol, row.exchange, row.kind, row.expiry) == ("ACME", "BSE", "EQ", None)


@pytest.mark.parametrize(
    ("line", "changes", "reason"),
    [
        (SHARE, {"segment": "NCDEX"}, "segment NCDEX"),
        (SHARE, {"token": ""}, "row without token or trading symbol"),
        (SHARE, {"trading": ""}, "row without token or trading symbol"),
        (SHARE, {"kind": ""}, "type missing in NSE"),
        (SHARE, {"segment": "NFO"}, "type EQ in NFO"),
        (OPTION, {"segment": "NSE"}, "type OPTSTK in NSE"),
        (SHARE, {"segment": "CDS", "kind": "IDX"}, "type IDX in CDS"),
        (OPTION, {"expiry": "01011980"}, "no expiry in NFO"),
        (OPTION, {"expiry": "31022026"}, "no expiry in NFO"),
        (OPTION, {"expiry": ""}, "no expiry in NFO"),
        (OPTION, {"strike": "0"}, "option without strike or type in NFO"),
        (OPTION, {"right": "XX"}, "option without strike or type in NFO"),
    ],
)
def test_rows_that_are_no_instrument(line: str, changes: dict[str, str], reason: str) -> None:
    assert _changed(line, **changes) == reason


def test_a_row_of_fewer_than_twelve_columns() -> None:
    assert unified(SHARE.split(",")[:11]) == "short row"
    assert isinstance(unified(SHARE.split(",")[:12]), MasterRow)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("03112026", "03NOV26"),
        ("3112026", "03NOV26"),  # never 31 January
        ("1112026", "01NOV26"),  # never 11 January
        ("1122026", "01DEC26"),  # never 11 February
        ("25082026", "25AUG26"),
    ],
)
def test_an_expiry_whose_zero_was_lost(written: str, day: str) -> None:
    assert _row(OPTION, expiry=written).symbol == f"ACME{day}100CE"


@pytest.mark.parametrize(
    ("trading", "strike", "precision", "multiplier", "expected"),
    [
        ("USDINR27AUG26C87.5", "875000000", "4", "1000", "87.5"),
        ("USDINR27AUG26C87.5", "875000", "4", "1000", "87.5"),  # scaled otherwise: the end of the symbol decides
        ("USDINR27AUG26P88", "1", "4", "1", "88"),
        ("USDINR26AUG8750CE", "8750000", "4", "10", "87.5"),  # no such end: the formula decides
    ],
)
def test_strikes_of_currency(trading: str, strike: str, precision: str, multiplier: str, expected: str) -> None:
    changes = {"strike": strike, "precision": precision, "multiplier": multiplier, "trading": trading}
    assert _row(OPTION, segment="CDS", symbol="USDINR", kind="OPTCUR", **changes).strike == expected


@given(strike=st.decimals(min_value=Decimal("0.25"), max_value=Decimal(500000), places=2))
def test_strikes_keep_their_fraction(strike: Decimal) -> None:
    row = _row(OPTION, strike=str(int(strike * 100)))
    assert symbols.parse(row.symbol, Exchange.NFO).strike == strike


@pytest.mark.parametrize(
    ("segment", "base", "kind", "lot", "multiplier"),
    [
        ("MCX", "GOLD", "FUTCOM", "1", "100"),  # a kilogram, quoted for ten grams
        ("MCX", "GOLD", "FUTCOM", "100", "1"),
        ("MCX", "GOLDM", "FUTCOM", "100", "0.1"),
        ("MCX", "CRUDEOIL", "OPTFUT", "1", "100"),  # a lot that counts lots
        ("MCX", "CRUDEOIL", "OPTFUT", "100", "1"),
        ("MCX", "UNHEARDOF", "FUTCOM", "5", "1"),
        ("CDS", "USDINR", "FUTCUR", "1", "1000"),
        ("CDS", "USDINR", "FUTCUR", "1000", "1"),
        ("CDS", "726GS2033", "FUTIRC", "1", "2000"),
        ("NFO", "GOLD", "FUTSTK", "5", "1"),
    ],
)
def test_rupees_per_point_per_unit(segment: str, base: str, kind: str, lot: str, multiplier: str) -> None:
    changes = {"segment": segment, "symbol": base, "trading": f"{base}25AUG26C100", "kind": kind, "lot": lot}
    assert _row(OPTION, **changes).multiplier == multiplier


@pytest.mark.parametrize(
    ("segment", "name", "symbol"),
    [
        ("NSE", "Nifty Financial Services", "FINNIFTY"),
        ("NSE", "India VIX", "INDIAVIX"),
        ("NSE", "Nifty Fin-Srv25 50", "NIFTYFINSRV2550"),
        ("BSE", "SNSX50", "SENSEX50"),
        ("BSE", "BSE SENSEX 50", "SENSEX50"),
        ("BSE", "FIN", "BSEFINANCIALSERVICES"),
        ("NSE", "FIN", "FIN"),  # BSE's short names mean nothing elsewhere
        ("MCX", "ENERGY", "ENERGY"),
    ],
)
def test_index_names(segment: str, name: str, symbol: str) -> None:
    for kind in ("IDX", "INDEX"):
        row = _row(SHARE, segment=segment, symbol=name, trading=name, kind=kind)
        assert (row.symbol, row.exchange, row.kind) == (symbol, f"{segment}_INDEX", "INDEX")


def test_every_rename_leads_to_an_index_that_openalgo_names() -> None:
    for segment, renames in INDEX_RENAMES.items():
        assert set(renames.values()) <= INDEX_NAMES[Exchange(f"{segment}_INDEX")]
        assert not renames.keys() & INDEX_NAMES[Exchange(f"{segment}_INDEX")]


@pytest.mark.parametrize(("tick", "precision", "rupees"), [("5", "2", "0.05"), ("25", "4", "0.0025"), ("0", "2", None)])
def test_ticks(tick: str, precision: str, rupees: str | None) -> None:
    assert _row(SHARE, tick=tick, precision=precision).tick_size == rupees


@pytest.mark.parametrize("lot", ["0", "-1"])
def test_a_lot_that_is_none_is_one(lot: str) -> None:
    assert _row(SHARE, lot=lot).lot_size == 1


# --- The download ---


def _zipped(content: bytes, member: str = "allmaster.csv") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, content)
    return file.getvalue()


def _master(use: Any, known: Known | None = None) -> Master | bool:
    answer: Master | bool = use.call("instruments", known=known)
    return answer


def test_the_archive_is_spooled_and_then_read_row_by_row(world: Callable[..., Any]) -> None:
    headers = {"ETag": '"abc"', "Last-Modified": "Fri, 21 Aug 2026 02:01:00 GMT"}
    use = world({"bytes": _zipped(SAMPLE), "headers": headers}, session=False)
    master = _master(use)
    assert isinstance(master, Master)
    assert (master.stamp, master.source_time) == ('"abc"', datetime(2026, 8, 21, 7, 31, tzinfo=IST))
    assert use.http.open_downloads == 0  # whoever reads the rows slowly keeps no connection
    rows = iter(master.rows)
    assert next(rows).symbol == "ZYDUSWELL"
    assert len(list(rows)) == 321
    assert master.skipped == {}
    (sent,) = use.http.requests
    assert sent["url"] == "https://app.definedgesecurities.com/public/allmaster.zip"
    assert sent["headers"] == {}


@pytest.mark.parametrize("member", ["allmaster.csv", "nsecash.CSV"])
def test_lines_of_any_ending_and_a_company_with_commas(world: Callable[..., Any], member: str) -> None:
    lines = f"{SHARE}\r\n\r\n{SHARE.replace('1,ACME,ACME-EQ', '2,OTHER,OTHER-EQ')}, SONS & CO\n".encode()
    master = _master(world({"bytes": _zipped(lines, member)}))
    assert isinstance(master, Master)
    assert [(row.symbol, row.name) for row in master.rows] == [
        ("ACME", "ACME LIMITED"),
        ("OTHER", "ACME LIMITED, SONS & CO"),
    ]


@pytest.mark.parametrize(
    ("stamp", "header"), [('"abc"', "If-None-Match"), ('W/"abc"', "If-None-Match"),
                          ("Fri, 21 Aug 2026 02:01:00 GMT", "If-Modified-Since")],
)  # fmt: skip
def test_an_unchanged_master_is_not_read_again(world: Callable[..., Any], stamp: str, header: str) -> None:
    use = world({"status": 304, "text": ""})
    assert _master(use, Known(stamp, datetime(2026, 8, 20, tzinfo=IST))) is False
    assert use.http.requests[0]["headers"] == {header: stamp}


def test_without_an_etag_the_date_is_the_stamp(world: Callable[..., Any]) -> None:
    date = "Fri, 21 Aug 2026 02:01:00 GMT"
    master = _master(world({"bytes": _zipped(SAMPLE), "headers": {"Last-Modified": date}}))
    assert isinstance(master, Master)
    assert master.stamp == date
    assert list(master.rows)


def test_a_master_without_any_stamp_is_always_read(world: Callable[..., Any]) -> None:
    use = world({"bytes": _zipped(SAMPLE), "headers": {"Last-Modified": "soon"}})
    master = _master(use, Known(None, datetime(2026, 8, 20, tzinfo=IST)))
    assert isinstance(master, Master)
    assert (master.stamp, master.source_time, use.http.requests[0]["headers"]) == ("soon", None, {})
    assert list(master.rows)


def test_a_master_that_is_not_there(world: Callable[..., Any]) -> None:
    use = world({"status": 503, "text": "<html></html>"})
    with pytest.raises(BrokerUnavailable, match="503"):
        _master(use)
    assert use.http.open_downloads == 0


@pytest.mark.parametrize(
    "content",
    [b"<html>maintenance</html>", b"", _zipped(SAMPLE)[:3000], _zipped(SAMPLE)[500:], _zipped(b"x", "readme.txt")],
    ids=["page", "empty", "cut at the end", "cut at the front", "without a csv"],
)
def test_a_broken_master_is_an_error(world: Callable[..., Any], content: bytes) -> None:
    master = _master(world({"bytes": content}))
    assert isinstance(master, Master)
    with pytest.raises(UnreadableAnswer):
        list(master.rows)


def test_a_damaged_archive_is_an_error(world: Callable[..., Any]) -> None:
    whole = bytearray(_zipped(SAMPLE))
    whole[2000] ^= 0xFF
    master = _master(world({"bytes": bytes(whole)}))
    assert isinstance(master, Master)
    with pytest.raises(UnreadableAnswer):
        list(master.rows)


def test_a_row_with_an_odd_number_costs_only_itself(world: Callable[..., Any]) -> None:
    odd, short = SHARE.replace("01011980,5,", "01011980,five,"), "NSE,9"
    master = _master(world({"bytes": _zipped(f"{odd}\n{SHARE}\n{short}\n{short}\n".encode())}))
    assert isinstance(master, Master)
    assert [row.symbol for row in master.rows] == ["ACME"]
    assert master.skipped == {"unreadable number": 1, "short row": 2}
