"""The master: every row of the sample to its unified symbol and back, the files and where they lie, "unchanged"."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openalgo_core import symbols
from openalgo_core.clock import IST
from openalgo_core.errors import BrokerUnavailable, ConfigurationError, UnreadableAnswer
from openalgo_core.models import Exchange, Known, Master, MasterRow
from openalgo_core.symbols import INDEX_NAMES
from openalgo_kotak.instruments import unified

DATA = Path(__file__).parent / "data"
EXPECTED = [line.split("\t") for line in (DATA / "expected-symbols.tsv").read_text(encoding="utf-8").splitlines()]
FILES = "https://lapi.kotaksecurities.com/wso2-scripmaster/v1/prod/2026-08-28"
#: What the files are found to be once the list is known, in the order in which they are read.
SEGMENTS = ("nse_cm-v1", "bse_cm-v1", "nse_fo", "bse_fo", "cde_fo", "mcx_fo")

#: The header of a file with the columns that say something, blanks and a semicolon in it as in the live ones.
HEADER = ",".join(f"{name} " for name in ("pSymbol", "pGroup", "pSymbolName", "pTrdSymbol", "pOptionType", "pISIN",
    "pDesc", "dTickSize", "lLotSize", "lExpiryDate", "lMultiplier", "dStrikePrice;", "dGenNum", "dGenDen",
    "dPriceNum  ", "dPriceDen", "lFreezeQty"))  # fmt: skip


class Fields(NamedTuple):
    """The cells of a row under it."""

    token: str
    group: str
    name: str
    trading_symbol: str
    right: str
    isin: str
    description: str
    tick: str
    lot: str
    expiry: str
    multiplier: str
    strike: str
    gen_num: str
    gen_den: str
    price_num: str
    price_den: str
    freeze: str


SHARE = Fields(
    "1", "EQ", "ACME", "ACME-EQ", "", "INE000000000", "ACME LTD", "5", "1", "-1", "-1", "-1", "1", "1", "1", "1", "900"
)
#: 29 September 2026, counted from 1980.
OPTION = SHARE._replace(
    group="XX", trading_symbol="ACME26SEP100CE", right="CE", isin="", lot="50", expiry="1475159400", strike="10000"
)


def _row(segment: str, fields: Fields) -> MasterRow:
    row = _read(segment, fields)
    assert not isinstance(row, str), row
    return MasterRow._make(row)


def _read(segment: str, fields: Fields) -> Any:
    (row,) = unified([_content(fields)], segment)
    return row


def _content(*rows: Fields, end: str = "\n") -> bytes:
    return end.join([HEADER, *(",".join(row) for row in rows), ""]).encode()


def _sync(world: Callable[..., Any], *answers: Mapping[str, Any], **options: Any) -> tuple[Any, list[MasterRow], Any]:
    use = world(*answers, **options)
    master = use.call("instruments", known=None)
    assert isinstance(master, Master)
    return master, list(map(MasterRow._make, master.rows)), use


# --- The sample ---


@pytest.mark.parametrize(
    ("segment", "token", "exchange", "symbol", "expiry", "strike", "lot", "tick"),
    EXPECTED,
    ids=[f"{segment}:{token}" for segment, token, *_ in EXPECTED],
)
def test_every_row_of_the_sample_both_ways(
    table: Any, sample: Mapping[str, bytes], segment: str, token: str, exchange: str, symbol: str, expiry: str,
    strike: str, lot: str, tick: str,
) -> None:  # fmt: skip
    (file,) = (content for name, content in sample.items() if name.startswith(segment))
    (line,) = (line for line in file.decode().splitlines() if line.startswith(f"{token},"))
    there = table.get(exchange, symbol)
    assert (there.broker_exchange, there.token, there.broker_symbol) == (segment, token, line.split(",")[5])
    assert table.by_token(segment, token) is there
    assert table.by_broker_symbol(segment, there.broker_symbol) is there
    assert (there.expiry.isoformat() if there.expiry else "-") == expiry
    assert there.strike == (None if strike == "-" else Decimal(strike))
    assert there.tick_size == (None if tick == "-" else Decimal(tick))
    assert there.lot_size == int(lot)


def test_every_row_is_listed_or_counted(
    world: Callable[..., Any], master_answers: list[dict[str, Any]], sample: Mapping[str, bytes]
) -> None:
    master, rows, use = _sync(world, *master_answers)
    listed = {(row.broker_exchange, row.token) for row in rows if row.token != row.broker_symbol}
    assert listed == {(segment, token) for segment, token, *_ in EXPECTED}
    assert master.skipped == {
        "spread or index row in bse_fo": 1,
        "spread or index row in mcx_fo": 1,
        "file nse_com.csv": 1,
    }
    assert sum(content.count(b"\n") - 1 for content in sample.values()) == len(EXPECTED) + 2
    assert use.http.open_downloads == 0


def test_unified_symbols_are_unique_and_fit_the_grammar(table: Any) -> None:
    for (exchange, symbol), one in table.by_name.items():
        parsed = symbols.parse(symbol, Exchange(exchange))
        assert (parsed.kind, parsed.expiry, parsed.strike) == (one.kind, one.expiry, one.strike)


@pytest.mark.parametrize(
    ("exchange", "symbol", "name"),
    [
        ("NSE_INDEX", "INDIAVIX", "INDIA VIX"),
        ("NSE_INDEX", "NIFTYNXT50", "Nifty Next 50"),
        ("NSE_INDEX", "NIFTYMIDCAP100", "NIFTY MIDCAP 100"),
        ("NSE_INDEX", "NIFTY100", "Nifty 100"),
        ("NSE_INDEX", "NIFTY200", "Nifty 200"),
        ("NSE_INDEX", "NIFTY500", "Nifty 500"),
        ("NSE_INDEX", "NIFTYAUTO", "Nifty Auto"),
        ("NSE_INDEX", "NIFTYCPSE", "Nifty CPSE"),
        ("NSE_INDEX", "NIFTYFMCG", "Nifty FMCG"),
        ("NSE_INDEX", "NIFTYIT", "Nifty IT"),
        ("NSE_INDEX", "NIFTYPSE", "Nifty PSE"),
        ("NSE_INDEX", "NIFTYPSUBANK", "Nifty PSU Bank"),
        ("NSE_INDEX", "NIFTYPHARMA", "Nifty Pharma"),
    ],
)
def test_indices_that_no_file_lists(table: Any, exchange: str, symbol: str, name: str) -> None:
    index = table.get(exchange, symbol)
    assert (index.name, index.kind, index.broker_exchange) == (name, "INDEX", "nse_cm")
    assert symbol in INDEX_NAMES[Exchange(exchange)]


def test_a_token_is_unique_within_its_segment_only(table: Any) -> None:
    assert (table.by_token("nse_cm", "1").symbol, table.by_token("bse_cm", "1").symbol) == ("GOLDSTAR-SM", "SENSEX")


# --- Rules that the sample does not show ---


@pytest.mark.parametrize(
    ("series", "symbol", "rank", "other"),
    [
        ("EQ", "ACME", 0, "ACME-EQ"),
        ("BE", "ACME", 1, "ACME-BE"),
        ("BZ", "ACME", 2, "ACME-BZ"),
        ("SM", "ACME-SM", 0, None),
        ("N0", "ACME-N0", 0, None),
    ],
)
def test_series(series: str, symbol: str, rank: int, other: str | None) -> None:
    row = _row("nse_cm", SHARE._replace(group=series))
    assert (row.symbol, row.rank, row.other_symbol, row.name) == (symbol, rank, other, "ACME LTD")


@pytest.mark.parametrize("group", ["A", "B", "T", "X", "XT", "Z", "F", "G", ""])
def test_a_group_of_bse_is_no_part_of_a_name(group: str) -> None:
    row = _row("bse_cm", SHARE._replace(group=group, trading_symbol="ACME"))
    assert (row.symbol, row.exchange, row.kind, row.expiry, row.strike) == ("ACME", "BSE", "EQ", None, None)


@pytest.mark.parametrize(
    ("segment", "changes", "reason"),
    [
        ("nse_cm", {"token": ""}, "row without a name in nse_cm"),
        ("nse_cm", {"name": ""}, "row without a name in nse_cm"),
        ("nse_cm", {"trading_symbol": ""}, "row without a name in nse_cm"),
        ("bse_fo", {"right": ""}, "spread or index row in bse_fo"),
        ("mcx_fo", {"right": ""}, "spread or index row in mcx_fo"),
        ("nse_fo", {"right": ""}, "spread or index row in nse_fo"),
        ("nse_fo", {"expiry": "-1"}, "no expiry in nse_fo"),
        ("nse_fo", {"expiry": "0"}, "no expiry in nse_fo"),
        ("nse_fo", {"expiry": ""}, "no expiry in nse_fo"),
        ("nse_fo", {"expiry": "1e+17"}, "no expiry in nse_fo"),
        ("nse_fo", {"strike": "-1"}, "option without strike in nse_fo"),
        ("nse_fo", {"strike": ""}, "option without strike in nse_fo"),
    ],
)
def test_rows_that_are_no_instrument(segment: str, changes: dict[str, str], reason: str) -> None:
    assert _read(segment, OPTION._replace(**changes)) == reason


@pytest.mark.parametrize(
    ("segment", "seconds", "day"),
    [
        ("nse_fo", "1474554600", "2026-09-22"),  # the page's worked example: from 1980
        ("cde_fo", "1475065800", "2026-09-28"),
        ("bse_fo", "1790244000", "2026-09-24"),  # from 1970
        ("mcx_fo", "1790380799", "2026-09-25"),  # 23:59:59 UTC; in IST it is the next day already
    ],
)
def test_the_clock_of_an_expiry(segment: str, seconds: str, day: str) -> None:
    assert _row(segment, OPTION._replace(expiry=seconds)).expiry == day


@given(day=st.dates(date(2026, 1, 1), date(2045, 12, 31)))
def test_an_expiry_is_never_a_day_off(day: date) -> None:
    """Also around leap days, which the older official clients miss."""
    afternoon = datetime(day.year, day.month, day.day, 14, 30, tzinfo=IST)
    since_1980 = int((afternoon - datetime(1980, 1, 1, tzinfo=IST)) / timedelta(seconds=1))
    evening = int(datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=UTC).timestamp())
    assert _row("nse_fo", OPTION._replace(expiry=str(since_1980))).expiry == day.isoformat()
    assert _row("mcx_fo", OPTION._replace(expiry=str(evening))).expiry == day.isoformat()


@pytest.mark.parametrize(
    ("written", "strike"), [("2.1e+06", "21000"), ("1.485e+07", "148500"), ("750", "7.5"), ("8725", "87.25")]
)
def test_strikes_in_paise_and_in_scientific_notation(written: str, strike: str) -> None:
    row = _row("nse_fo", OPTION._replace(strike=written))
    assert (row.strike, row.symbol) == (strike, f"ACME29SEP26{strike}CE")


@given(strike=st.decimals(min_value=Decimal("0.25"), max_value=Decimal(500000), places=2))
def test_strikes_keep_their_fraction(strike: Decimal) -> None:
    row = _row("nse_fo", OPTION._replace(strike=str(int(strike * 100))))
    assert symbols.parse(row.symbol, Exchange.NFO).strike == strike


@pytest.mark.parametrize(
    ("segment", "base", "lot", "multiplier", "expected"),
    [
        ("mcx_fo", "GOLD", "1", "1", "100"),  # both lots have been reported
        ("mcx_fo", "GOLD", "1000", "1", "0.1"),
        ("mcx_fo", "GOLDM", "100", "-1", "0.1"),
        ("mcx_fo", "CRUDEOIL", "100", "1", "1"),
        ("mcx_fo", "UNHEARDOF", "5", "3", "3"),
        ("cde_fo", "USDINR", "1", "1000", "1000"),
        ("nse_fo", "GOLD", "5", "-1", "1"),
        ("nse_fo", "GOLD", "5", "", "1"),
    ],
)
def test_rupees_per_point_per_unit(segment: str, base: str, lot: str, multiplier: str, expected: str) -> None:
    assert _row(segment, OPTION._replace(name=base, lot=lot, multiplier=multiplier)).multiplier == expected


def test_the_file_s_own_ratios_count_where_the_specification_is_not_known() -> None:
    row = _row("mcx_fo", OPTION._replace(name="NEW", gen_num="10", gen_den="4", price_num="1", price_den="5"))
    assert row.multiplier == "0.5"


@pytest.mark.parametrize(
    ("freeze", "expected"), [("1801", 1801), ("1e+07", 10_000_000), ("0", None), ("", None), ("-1", None)]
)
def test_freeze_quantity(freeze: str, expected: int | None) -> None:
    assert _row("nse_fo", OPTION._replace(freeze=freeze)).freeze_quantity == expected


def test_an_index_of_bse_that_openalgo_calls_otherwise() -> None:
    row = _row("bse_cm", SHARE._replace(name="SNSX50", trading_symbol="SNSX50", isin="", tick="-1", lot=""))
    assert (row.symbol, row.exchange, row.tick_size, row.lot_size) == ("SENSEX50", "BSE_INDEX", None, 1)


# --- The files ---


def _file(*rows: Fields, end: str = "\n") -> dict[str, Any]:
    return {"bytes": _content(*rows, end=end)}


def _listing(*names: str) -> dict[str, Any]:
    return {"body": {"data": {"filesPaths": [f"{FILES}/{name}" for name in names]}}}


def test_one_file_is_enough_and_the_others_are_counted(world: Callable[..., Any]) -> None:
    master, rows, _ = _sync(world, _listing("x/nse_fo.csv"), _file(OPTION))
    assert [row.symbol for row in rows] == ["ACME29SEP26100CE"]
    assert master.skipped == {f"no file of {name.removesuffix('-v1')}": 1 for name in SEGMENTS if name != "nse_fo"}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends(world: Callable[..., Any], end: str) -> None:
    _, rows, _ = _sync(world, _listing("x/nse_fo.csv"), _file(OPTION, end=end))
    assert rows[0].freeze_quantity == 900


def test_columns_are_found_by_name(world: Callable[..., Any]) -> None:
    head, cells = HEADER.split(","), list(OPTION)
    turned = [",".join(["new", *reversed(head)]), ",".join(["x", *reversed(cells)])]
    _, rows, _ = _sync(world, _listing("x/nse_fo.csv"), {"bytes": "\n".join(turned).encode()})
    assert rows == [_row("nse_fo", OPTION)]


def test_one_odd_row_does_not_cost_the_others(world: Callable[..., Any]) -> None:
    rows = [OPTION._replace(strike="many"), OPTION._replace(description='7" PIPES'), OPTION._replace(token="2")]
    content = _file(*rows)["bytes"] + b"1,2,3\n" + ",".join(OPTION._replace(description='"A, B"')).encode()
    master, found, _ = _sync(world, _listing("x/nse_fo.csv"), {"bytes": content})
    assert [row.token for row in found] == ["1", "2", "1"]
    assert master.skipped["unreadable number or date"] == 1
    assert master.skipped["row of another width"] == 1


def test_a_file_that_ends_in_the_middle_of_a_row_is_an_error(world: Callable[..., Any]) -> None:
    whole = _file(OPTION, OPTION._replace(token="2"))["bytes"]
    with pytest.raises(UnreadableAnswer, match="middle"):
        _sync(world, _listing("x/nse_fo.csv"), {"bytes": whole[:-30]})


@pytest.mark.parametrize("content", [b"", b"<html>maintenance</html>", b"pSymbol,pGroup\n1,EQ\n"])
def test_what_is_no_such_file_is_an_error(world: Callable[..., Any], content: bytes) -> None:
    with pytest.raises(UnreadableAnswer, match="columns"):
        _sync(world, _listing("x/nse_fo.csv"), {"bytes": content})


def test_the_list_is_asked_of_the_session_s_host_with_the_access_token_alone(
    world: Callable[..., Any], master_answers: list[dict[str, Any]]
) -> None:
    _, _, use = _sync(world, *master_answers)
    first, *files = use.http.requests
    assert first["url"] == "https://e43.kotaksecurities.com/script-details/1.0/masterscrip/file-paths"
    assert first["headers"] == {"Authorization": "ec6a746c-0000-4000-8000-000000000000"}
    assert [file["url"].rpartition("/")[2] for file in files] == [f"{name}.csv" for name in SEGMENTS]
    assert not any(file["headers"] for file in files)


def test_no_login_is_needed(world: Callable[..., Any]) -> None:
    _, rows, use = _sync(world, _listing("x/nse_fo.csv"), _file(OPTION), session=False)
    assert use.http.requests[0]["url"].startswith("https://mis.kotaksecurities.com/script-details/")
    assert len(rows) == 1


def test_without_an_access_token_nothing_is_asked(world: Callable[..., Any]) -> None:
    use = world(session=False, api_secret=None)
    with pytest.raises(ConfigurationError, match="BROKER_API_SECRET"):
        use.call("instruments", known=None)
    assert not use.http.requests


@pytest.mark.parametrize(
    ("session", "path"),
    [
        ("v1", "https://gw-napi.kotaksecurities.com/Files/1.0/masterscrip/v1/file-paths"),
        ("v2", "https://mnapi.kotaksecurities.com/apim/files/2.0/masterscrip/v1/file-paths"),
        ("v2-gateway", "https://gw-napi.kotaksecurities.com/Files/1.0/masterscrip/v2/file-paths"),
    ],
)
def test_where_the_retired_flows_have_the_list(
    world: Callable[..., Any], retired: Mapping[str, Mapping[str, str]], session: str, path: str
) -> None:
    _, _, use = _sync(world, _listing("x/nse_fo.csv"), _file(OPTION), session=retired[session])
    assert use.http.requests[0]["url"] == path
    assert use.http.requests[0]["headers"] == {"Authorization": "Bearer ec6a746c-0000-4000-8000-000000000000"}


NO = {"status": 503, "text": ""}


def test_other_hosts_have_the_list_too(world: Callable[..., Any]) -> None:
    html = {"text": "<html></html>"}
    _, rows, use = _sync(world, NO, html, _listing("x/nse_fo.csv"), _file(OPTION))
    hosts = [request["url"].split("/")[2] for request in use.http.requests]
    assert hosts == [
        "e43.kotaksecurities.com",
        "cis.kotaksecurities.com",
        "neo-gw.kotaksecurities.com",
        FILES.split("/")[2],
    ]
    assert len(rows) == 1


def test_without_any_list_the_files_are_found_by_the_rule_of_their_names(world: Callable[..., Any]) -> None:
    files = [_file(SHARE), _file(SHARE), *(_file(OPTION) for _ in range(4))]
    _, _, use = _sync(world, NO, {"body": {"data": {"filesPaths": []}}}, {"body": {"data": None}}, *files)
    assert [request["url"] for request in use.http.requests[3:]] == [
        f"{FILES}/transformed-v1/nse_cm-v1.csv",
        f"{FILES}/transformed-v1/bse_cm-v1.csv",
        f"{FILES}/transformed/nse_fo.csv",
        f"{FILES}/transformed/bse_fo.csv",
        f"{FILES}/transformed/cde_fo.csv",
        f"{FILES}/transformed/mcx_fo.csv",
    ]


def test_a_file_of_yesterday_is_refused_and_the_list_read_anew(world: Callable[..., Any]) -> None:
    old = {"body": {"data": {"filesPaths": ["https://lapi.kotaksecurities.com/2026-08-27/nse_fo.csv"]}}}
    _, rows, use = _sync(world, old, {"status": 403, "text": ""}, _listing("x/nse_fo.csv"), _file(OPTION))
    assert len(rows) == 1
    assert [request["url"] for request in use.http.requests[1::2]] == [
        "https://lapi.kotaksecurities.com/2026-08-27/nse_fo.csv",
        f"{FILES}/x/nse_fo.csv",
    ]


@pytest.mark.parametrize("statuses", [(403, 403), (404,), (503,)])
def test_a_file_that_does_not_come_is_an_error(world: Callable[..., Any], statuses: tuple[int, ...]) -> None:
    answers = [part for status in statuses for part in (_listing("x/nse_fo.csv"), {"status": status, "text": ""})]
    with pytest.raises(BrokerUnavailable, match=f"nse_fo.*HTTP {statuses[-1]}"):
        _sync(world, *answers)


def test_unchanged_is_told_by_the_list_alone(world: Callable[..., Any], master_answers: list[dict[str, Any]]) -> None:
    master = world(master_answers[0]).call("instruments", known=None)
    assert master.source_time == datetime(2026, 8, 28, tzinfo=IST)
    known = Known(master.stamp, datetime(2026, 8, 28, 9, tzinfo=IST))
    turned = {"body": {"data": {"filesPaths": master_answers[0]["body"]["data"]["filesPaths"][::-1]}}}
    assert world(turned).call("instruments", known=known) is False
    assert isinstance(world(_listing("2026-08-29/nse_fo.csv")).call("instruments", known=known), Master)


def test_leaving_in_the_middle_closes_the_download(
    world: Callable[..., Any], master_answers: list[dict[str, Any]]
) -> None:
    use = world(*master_answers)
    rows = iter(use.call("instruments", known=None).rows)
    next(rows)
    assert use.http.open_downloads == 1
    rows.close()
    assert use.http.open_downloads == 0
