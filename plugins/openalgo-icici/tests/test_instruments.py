"""The master: every row of the sample to its unified symbol and back, the archive, and "unchanged"."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from openalgo_core import symbols
from openalgo_core.clock import IST
from openalgo_core.errors import BrokerUnavailable, UnreadableAnswer
from openalgo_core.models import Exchange, Known, Master, MasterRow
from openalgo_icici.contract import Contract, iso_day

DATA = Path(__file__).parent / "data"
SEGMENTS = {"NSE": "NSE", "BSE": "BSE", "FONSE": "NFO", "FOBSE": "BFO", "CDNSE": "NDX", "MCX": "MCX"}
EXPECTED = [line.split("\t") for line in (DATA / "expected-symbols.tsv").read_text().splitlines()]

HEADER = '"Token","ShortName","Series","ExpiryDate","StrikePrice","OptionType","LotSize","TickSize","ExchangeCode"'
FUTURE = ["1", "ACME", "FUTURE", "25-Aug-2026", "0", "XX", "50", "5", "ACMEIND"]
NSE_HEADER = '"Token", "ShortName", "Series", "CompanyName", "ExchangeCode"'


def _segment(file: str) -> str:
    return SEGMENTS[file.partition("Scrip")[0]]


def _line(cells: list[str]) -> str:
    return ",".join(f'"{cell}"' for cell in cells)


# --- The sample ---


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda expected: f"{_segment(expected[0])}:{expected[1]}")
def test_every_row_of_the_sample_both_ways(table: Any, expected: list[str]) -> None:
    file, token, code, exchange, symbol, kind, expiry, strike, lot, tick = expected
    segment = _segment(file)
    there = table.get(exchange, symbol)
    assert (there.broker_exchange, there.token, there.kind, there.lot_size) == (segment, token, kind, int(lot))
    assert there.tick_size == (Decimal(tick) if tick else None)
    assert (there.expiry and there.expiry.isoformat()) == (iso_day(expiry) if expiry else None)
    assert (there.strike or 0) == Decimal(strike or 0)
    assert Contract.of(there).stock_code == code
    assert table.by_token(segment, token) is there
    assert table.by_broker_symbol(segment, there.broker_symbol) is there


def test_nothing_else_is_listed_but_what_loses_its_name(rows: list[MasterRow], table: Any) -> None:
    listed = {(one.broker_exchange, one.token) for one in table.by_name.values()}
    assert listed == {(_segment(file), token) for file, token, *_ in EXPECTED}
    lost = {(row.broker_exchange, row.token) for row in rows} - listed
    assert lost == {("BSE", "532104"), ("BSE", "501469")}  # an older listing of the same BSE symbol each


def test_what_is_skipped_is_counted(world: Callable[..., Any], pack: Callable[..., bytes]) -> None:
    master = _master(world({"bytes": pack()}, session=False))
    assert isinstance(master, Master)
    assert len(list(master.rows)) == 388
    assert master.skipped == {
        "dead NSE row": 11, "NSE index that is dead or foreign": 7,
        "BSE row that is no share": 15, "BSE share without a symbol": 8, "CDS spot row": 4, "mutual fund": 5,
    }  # fmt: skip


def test_unified_symbols_fit_the_grammar_and_broker_symbols_are_unique(rows: list[MasterRow]) -> None:
    assert len({(row.broker_exchange, row.broker_symbol) for row in rows}) == len(rows)
    assert len({(row.broker_exchange, row.token) for row in rows}) == len(rows)
    for row in rows:
        parsed = symbols.parse(row.symbol, Exchange(row.exchange))
        assert (parsed.kind.value, parsed.expiry and parsed.expiry.isoformat()) == (row.kind, row.expiry)
        assert parsed.strike == (Decimal(row.strike) if row.strike else None)


@pytest.mark.parametrize(
    ("exchange", "symbol", "broker_symbol", "multiplier"),
    [
        pytest.param("NSE", "RELIANCE", "RELIND|cash", "1", id="own stock code"),
        pytest.param("BSE", "RELIANCE", "RELIND|cash", "1", id="the same on BSE"),
        pytest.param("NSE", "BSE", "BSE|cash", "1", id="the company BSE"),
        pytest.param("NSE", "SGBJUN30-GB", "SGBT60|cash", "1", id="series spelt out"),
        pytest.param("NSE_INDEX", "NIFTY", "NIFTY|cash", "1", id="index"),
        pytest.param("NFO", "NIFTY25AUG26FUT", "NIFTY|futures|2026-08-25|others|0", "1", id="the underlying NIFTY"),
        pytest.param("NFO", "JIOFIN25AUG26322.5PE", "JIOFIN|options|2026-08-25|put|322.5", "1", id="half a rupee"),
        pytest.param("CDS", "USDINR27AUG2695.75PE", "USDINR|options|2026-08-27|put|95.75", "1", id="currency"),
        pytest.param("MCX", "GOLD05OCT26FUT", "GOLD|futures|2026-10-05|others|0", "100", id="a kilogram for 10 g"),
        pytest.param("MCX", "GOLDM04SEP26FUT", "GOLDMI|futures|2026-09-04|others|0", "0.1", id="grams for 10 g"),
        pytest.param("MCX", "GOLDGUINEA31AUG26FUT", "GOLDGU|futures|2026-08-31|others|0", "0.125", id="for 8 g"),
        pytest.param("MCX", "ZINC31AUG26FUT", "ZINC|futures|2026-08-31|others|0", "1000", id="tonnes for a kilogram"),
        pytest.param("MCX", "CRUDEOIL17AUG266400CE", "CRUDE|options|2026-08-17|call|6400", "1", id="barrels"),
    ],
)
def test_contracts(table: Any, exchange: str, symbol: str, broker_symbol: str, multiplier: str) -> None:
    one = table.get(exchange, symbol)
    assert (one.broker_symbol, one.multiplier, one.freeze_quantity) == (broker_symbol, Decimal(multiplier), None)


# --- Rules that the sample does not show ---


@pytest.mark.parametrize(
    ("series", "symbol", "rank", "other"),
    [
        ("EQ", "ACME", 0, "ACME-EQ"), ("BE", "ACME", 1, "ACME-BE"), ("BZ", "ACME", 2, "ACME-BZ"),
        ("SM", "ACME-SM", 0, None), ("GB", "ACME-GB", 0, None), ("MF", "ACME-MF", 0, None),
    ],
)  # fmt: skip
def test_series(
    world: Callable[..., Any], pack: Callable[..., bytes], series: str, symbol: str, rank: int, other: str | None
) -> None:
    text = f"{NSE_HEADER}\r\n{_line(['7', 'ACMCOM', series, 'ACME LTD', 'Acme'])}"
    row = next(_rows(world, pack(NSE=text.encode())))
    assert (row.symbol, row.rank, row.other_symbol, row.name) == (symbol, rank, other, "ACME LTD")


@pytest.mark.parametrize("token", ["0", "00", "000", "NA", "nul", "X25889X", "00015", ""])
def test_dead_tokens(world: Callable[..., Any], pack: Callable[..., bytes], token: str) -> None:
    text = f"{NSE_HEADER}\r\n{_line([token, 'ACMCOM', 'EQ', 'ACME LTD', 'ACME'])}"
    assert all(row.symbol != "ACME" for row in _rows(world, pack(NSE=text.encode())))


def test_of_two_bse_listings_of_one_symbol_the_younger_keeps_it(world: Callable[..., Any], pack: Any) -> None:
    lines = ['"Token","ShortName","CompanyName","ExchangeCode"']
    lines += [_line([token, f"ACM{token[-1]}", "ACME", "ACME"]) for token in ("500001", "543002", "500003")]
    found = [row for row in _rows(world, pack(BSE="\r\n".join(lines).encode())) if row.symbol == "ACME"]
    assert min(found, key=lambda row: row.rank).token == "543002"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({2: "SPOT", 3: "01-Jan-1980"}, "NFO spot row"),
        ({2: "SWAP"}, "NFO row that is no future or option"),
        ({5: "ZZ"}, "NFO row that is no future or option"),
        ({8: ""}, "NFO row that is no future or option"),
        ({3: "soon"}, "unreadable number or date"),
        ({6: "many"}, "unreadable number or date"),
        ({7: "five"}, "unreadable number or date"),
        ({5: "CE", 2: "OPTION", 4: "high"}, "unreadable number or date"),
    ],
)
def test_rows_that_are_no_instrument(
    world: Callable[..., Any], pack: Callable[..., bytes], changes: dict[int, str], reason: str
) -> None:
    odd = [changes.get(place, cell) for place, cell in enumerate(FUTURE)]
    master = _master(world({"bytes": pack(FONSE=f"{HEADER}\r\n{_line(odd)}\r\n{_line(FUTURE)}\r\n".encode())}))
    assert isinstance(master, Master)
    assert [row.symbol for row in map(MasterRow._make, master.rows) if row.exchange == "NFO"] == ["ACMEIND25AUG26FUT"]
    assert master.skipped[reason] == 1


@pytest.mark.parametrize(
    "line",
    [
        _line(FUTURE),
        ", ".join(f'"{cell}"' for cell in FUTURE),
        ",".join(FUTURE),
        ",".join([FUTURE[0], *(f'"{cell}"' for cell in FUTURE[1:])]),
        ",".join(['"1"', "ACME", *(f'"{cell}"' for cell in FUTURE[2:])]),
        ",".join(['"1"', '"AC""ME"', "FUTURE", *(f'"{cell}"' for cell in FUTURE[3:])]),
        ",".join(['"1"', '"AC"",""ME"', *(f'"{cell}"' for cell in FUTURE[2:])]),
    ],
    ids=["quoted", "blanks", "bare", "first bare", "one bare", "an escaped mark", "escaped marks around a comma"],
)
def test_however_a_line_is_quoted(world: Callable[..., Any], pack: Callable[..., bytes], line: str) -> None:
    (row,) = (row for row in _rows(world, pack(FONSE=f"{HEADER}\r\n{line}".encode())) if row.exchange == "NFO")
    assert (row.symbol, row.lot_size, row.token) == ("ACMEIND25AUG26FUT", 50, "1")


def test_a_line_that_was_cut_off_is_no_instrument(world: Callable[..., Any], pack: Callable[..., bytes]) -> None:
    text = f"{HEADER}\r\n{_line(FUTURE)}\r\n{_line(FUTURE[:4])}"
    master = _master(world({"bytes": pack(FONSE=text.encode())}))
    assert isinstance(master, Master)
    assert [row.symbol for row in map(MasterRow._make, master.rows) if row.exchange == "NFO"] == ["ACMEIND25AUG26FUT"]
    assert master.skipped["row that was cut short"] == 1


def test_columns_are_found_by_their_names(world: Callable[..., Any], pack: Callable[..., bytes]) -> None:
    text = f"{_line(['Unknown', *HEADER.replace(chr(34), '').split(',')])}\r\n{_line(['x', *FUTURE])}"
    (row,) = (row for row in _rows(world, pack(FONSE=text.encode())) if row.exchange == "NFO")
    assert (row.symbol, row.lot_size, row.tick_size) == ("ACMEIND25AUG26FUT", 50, "0.05")


# --- The download ---


def _master(use: Any, known: Known | None = None) -> Master | bool:
    answer: Master | bool = use.call("instruments", known=known)
    return answer


def _rows(world: Callable[..., Any], archive: bytes) -> Any:
    master = _master(world({"bytes": archive}, session=False))
    assert isinstance(master, Master)
    return map(MasterRow._make, master.rows)


def test_the_archive_is_spooled_before_its_rows_are_read(world: Callable[..., Any], pack: Callable[..., bytes]) -> None:
    headers = {"ETag": '"abc"', "Last-Modified": "Fri, 20 Nov 2026 02:31:00 GMT"}
    use = world({"bytes": pack(), "headers": headers}, session=False)
    master = _master(use)
    assert isinstance(master, Master)
    assert (master.stamp, master.source_time) == ('"abc"', datetime(2026, 11, 20, 8, 1, tzinfo=IST))
    assert use.http.open_downloads == 0
    assert MasterRow._make(next(iter(master.rows))).exchange == "NSE"
    (sent,) = use.http.requests
    assert sent["url"] == "https://directlink.icicidirect.com/MotherAppMaster/SecurityMaster.zip"
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


def test_a_master_without_any_stamp_is_always_read(world: Callable[..., Any], pack: Callable[..., bytes]) -> None:
    use = world({"bytes": pack(), "headers": {"Last-Modified": "soon"}})
    master = _master(use, Known(None, datetime(2026, 11, 19, tzinfo=IST)))
    assert isinstance(master, Master)
    assert (master.stamp, master.source_time, use.http.requests[0]["headers"]) == ("soon", None, {})
    assert len(list(master.rows)) > 300


def test_a_master_that_is_not_there(world: Callable[..., Any]) -> None:
    use = world({"status": 503, "text": "<html></html>"})
    with pytest.raises(BrokerUnavailable, match="503"):
        _master(use)
    assert use.http.open_downloads == 0


@pytest.mark.parametrize("spoil", [lambda whole: b"<html></html>", lambda whole: b"", lambda whole: whole[:-500]],
                         ids=["html", "empty", "truncated"])  # fmt: skip
def test_a_broken_archive_is_an_error(
    world: Callable[..., Any], pack: Callable[..., bytes], spoil: Callable[[bytes], bytes]
) -> None:
    with pytest.raises(UnreadableAnswer, match="damaged"):
        list(_rows(world, spoil(pack())))


def test_a_damaged_member_is_an_error(world: Callable[..., Any], pack: Callable[..., bytes]) -> None:
    whole = bytearray(pack())
    place = whole.index(b"FONSEScripMaster.txt") + 200
    whole[place : place + 100] = bytes(100)
    with pytest.raises(UnreadableAnswer, match="damaged"):
        list(_rows(world, bytes(whole)))


@pytest.mark.parametrize("name", ["NSE", "FONSE", "MCX", "MF"])
def test_a_missing_member_is_an_error(world: Callable[..., Any], pack: Callable[..., bytes], name: str) -> None:
    with pytest.raises(UnreadableAnswer, match=f"lacks {name}ScripMaster"):
        list(_rows(world, pack(**{name: b""})))


def test_a_member_with_other_columns_is_an_error(world: Callable[..., Any], pack: Callable[..., bytes]) -> None:
    with pytest.raises(UnreadableAnswer, match="FOBSEScripMaster"):
        list(_rows(world, pack(FOBSE=b'"Token","Name"\r\n"1","x"')))
