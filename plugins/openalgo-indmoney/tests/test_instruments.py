"""The master: every row of the five sample files to its unified symbol and back, and what the files may do."""

from __future__ import annotations

import io
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openalgo_core import symbols
from openalgo_core.errors import LoginRequired, OpenAlgoError, UnreadableAnswer
from openalgo_core.models import Exchange, Master, MasterRow
from openalgo_core.numbers import optional_money
from openalgo_core.symbols import INDEX_NAMES
from openalgo_core.testing import Table, World
from openalgo_indmoney.instruments import unified
from openalgo_indmoney.tables import INDEX_RENAMES

DATA = Path(__file__).parent / "data"
EXPECTED = [line.split("\t") for line in (DATA / "expected-symbols.tsv").read_text(encoding="utf-8").splitlines()]
BY_TOKEN = {(exchange, token): rest for exchange, token, *rest in EXPECTED}
FILES = {
    "equity.csv": ("equity", 27), "fno.csv": ("fno", 39), "index.csv": ("index", 19),
    "equity-extended-2026-09.csv": ("equity", 19), "fno-extended-2026-09.csv": ("fno", 15),
}  # fmt: skip

HEADER = (
    "EXCH,SEGMENT,SECURITY_ID,INSTRUMENT_NAME,EXPIRY_CODE,TRADING_SYMBOL,LOT_UNITS,CUSTOM_SYMBOL,EXPIRY_DATE,"
    "STRIKE_PRICE,OPTION_TYPE,TICK_SIZE,EXPIRY_FLAG,SEM_EXCH_INSTRUMENT_TYPE,SERIES,SYMBOL_NAME"
)
SHARE = "NSE,E,1,EQUITY,0,ACME,1,Acme,,,,10,NA,ES,EQ,Acme Ltd"
OPTION = "NSE,D,1,OPTSTK,0,ACME-Aug2026-100-CE,50,ACME 25 AUG 100 CALL,08/25/2026 14:00,100,CE,5,M,OP,,ACME"


def _read(content: str | bytes, source: str) -> list[MasterRow | str]:
    data = content if isinstance(content, bytes) else content.encode()
    found = unified(io.BytesIO(data), source)
    return [row if isinstance(row, str) else MasterRow._make(row) for row in found]


def _changed(line: str, **changes: str) -> MasterRow | str:
    """What one row becomes in a file of its own, with some of its columns changed."""
    cells = dict(zip(HEADER.lower().split(","), line.split(","), strict=True))
    assert changes.keys() <= cells.keys()
    (found,) = _read(f"{HEADER}\n{','.join((cells | changes).values())}\n", "equity" if line == SHARE else "fno")
    return found


def _row(line: str, **changes: str) -> MasterRow:
    row = _changed(line, **changes)
    assert isinstance(row, MasterRow), row
    return row


def _sample(name: str) -> list[MasterRow]:
    found = _read((DATA / name).read_bytes(), FILES[name][0])
    assert all(isinstance(row, MasterRow) for row in found)
    return [row for row in found if isinstance(row, MasterRow)]


# --- The samples ---


@pytest.mark.parametrize(
    ("prefix", "token", "exchange", "symbol", "expiry", "strike", "lot", "tick"),
    EXPECTED,
    ids=[f"{prefix}_{token}" for prefix, token, *_ in EXPECTED],
)
def test_every_row_of_the_samples_both_ways(
    table: Table, prefix: str, token: str, exchange: str, symbol: str, expiry: str, strike: str, lot: str, tick: str
) -> None:
    there = table.get(exchange, symbol)
    assert (there.broker_exchange, there.token) == (prefix, token)
    assert table.by_token(prefix, token) is there
    assert table.by_broker_symbol(prefix, there.broker_symbol) is there
    assert (there.expiry.isoformat() if there.expiry else "-") == expiry
    assert there.strike == (None if strike == "-" else Decimal(strike))
    assert there.tick_size == (None if tick == "-" else Decimal(tick))
    assert there.lot_size == int(lot)


@pytest.mark.parametrize("name", FILES)
def test_no_row_of_a_sample_is_skipped(name: str) -> None:
    rows = _sample(name)
    assert len(rows) == FILES[name][1]
    for row in rows:
        shown = [
            row.exchange,
            row.symbol,
            row.expiry or "-",
            row.strike or "-",
            str(row.lot_size),
            row.tick_size or "-",
        ]
        assert shown == BY_TOKEN[row.broker_exchange, row.token]


def test_the_expected_mapping_has_nothing_else() -> None:
    rows = [row for name in FILES for row in _sample(name)]
    assert {(row.broker_exchange, row.token) for row in rows} == BY_TOKEN.keys()


def test_unified_symbols_are_unique_and_fit_the_grammar() -> None:
    rows = [row for name in ("equity.csv", "fno.csv", "index.csv") for row in _sample(name)]
    for key in ("symbol", "token", "broker_symbol"):
        where = "exchange" if key == "symbol" else "broker_exchange"
        assert len({(getattr(row, where), getattr(row, key)) for row in rows}) == len(rows), key
    for row in rows:
        parsed = symbols.parse(row.symbol, Exchange(row.exchange))
        assert (parsed.kind.value, parsed.expiry and parsed.expiry.isoformat()) == (row.kind, row.expiry)
        assert parsed.strike == (Decimal(row.strike) if row.strike else None)


def test_three_contracts_may_share_a_trading_symbol(table: Table) -> None:
    found = [one for token in ("44001", "45108", "45202") if (one := table.by_token("NFO", token))]
    assert [one.symbol for one in found] == ["NIFTY11AUG2624450CE", "NIFTY18AUG2624450CE", "NIFTY25AUG2624450CE"]
    assert len({one.broker_symbol for one in found}) == 3


def test_the_newer_columns_give_the_freeze_quantity() -> None:
    assert {row.freeze_quantity for row in _sample("fno-extended-2026-09.csv")} == {1800}
    assert {row.freeze_quantity for row in _sample("fno.csv")} == {None}


def test_a_name_with_a_comma(table: Table) -> None:
    assert table.get("NSE", "SAMPLESME-SM").name == "Sample SME, Platform Ltd"


# --- Rules that the samples do not show ---


@pytest.mark.parametrize(
    ("series", "symbol", "rank", "other"),
    [
        ("EQ", "ACME", 0, "ACME-EQ"), ("BE", "ACME", 1, "ACME-BE"), ("BZ", "ACME", 2, "ACME-BZ"),
        ("SM", "ACME-SM", 0, None), ("ST", "ACME-ST", 0, None), ("SZ", "ACME-SZ", 0, None),
        ("N0", "ACME-N0", 0, None), ("RR", "ACME-RR", 0, None), ("", "ACME", 0, None),
    ],
)  # fmt: skip
def test_series(series: str, symbol: str, rank: int, other: str | None) -> None:
    row = _row(SHARE, series=series)
    assert (row.symbol, row.rank, row.other_symbol) == (symbol, rank, other)


def test_rows_of_one_name_in_several_series_are_told_apart() -> None:
    lines = [SHARE.replace(",1,E", f",{number},E").replace("ES,EQ", f"ES,{series}")
             for number, series in enumerate(["EQ", "BE", "GB"], start=1)]  # fmt: skip
    rows = _read("\n".join([HEADER, *lines]), "equity")
    assert [row.broker_symbol for row in rows if isinstance(row, MasterRow)] == ["ACME", "ACME-BE", "ACME-GB"]


@pytest.mark.parametrize("group", ["A", "B", "T", "X", "XT", "Z", "F", "G"])
def test_a_group_of_bse_is_no_part_of_a_name(group: str) -> None:
    assert _row(SHARE, exch="BSE", series=group).symbol == "ACME"


def test_a_series_in_the_trading_symbol_is_taken_off() -> None:
    assert _row(SHARE, trading_symbol="ACME-EQ").symbol == "ACME"


@pytest.mark.parametrize(
    ("line", "changes", "reason"),
    [
        (SHARE, {"segment": "M"}, "segment M on NSE in the equity file"),
        (SHARE, {"exch": "MCX"}, "segment E on MCX in the equity file"),
        (SHARE, {"trading_symbol": ""}, "row without symbol or token"),
        (SHARE, {"security_id": ""}, "row without symbol or token"),
        (SHARE, {"tick_size": "much"}, "unreadable number"),
        (SHARE, {"lot_units": "1.5"}, "unreadable number"),
        (OPTION, {"segment": "C"}, "segment C on NSE in the fno file"),
        (OPTION, {"exch": "MCX"}, "segment D on MCX in the fno file"),
        (OPTION, {"expiry_date": ""}, "contract without kind, root, expiry or token in NFO"),
        (OPTION, {"expiry_date": "25/08/2026 14:00"}, "contract without kind, root, expiry or token in NFO"),
        (OPTION, {"trading_symbol": "ACME"}, "contract without kind, root, expiry or token in NFO"),
        (OPTION, {"security_id": ""}, "contract without kind, root, expiry or token in NFO"),
        (OPTION, {"option_type": "XX"}, "contract without kind, root, expiry or token in NFO"),
        (OPTION, {"strike_price": ""}, "option without strike in NFO"),
        (OPTION, {"strike_price": "-0.01"}, "option without strike in NFO"),
        (OPTION, {"strike_price": "NaN"}, "unreadable number"),
    ],
)
def test_rows_that_are_no_instrument(line: str, changes: dict[str, str], reason: str) -> None:
    assert _changed(line, **changes) == reason


@pytest.mark.parametrize("segment", ["D", "FNO"])
@pytest.mark.parametrize(("exch", "exchange"), [("NSE", "NFO"), ("BSE", "BFO")])
def test_both_words_for_the_segment(segment: str, exch: str, exchange: str) -> None:
    row = _row(OPTION, segment=segment, exch=exch)
    assert (row.exchange, row.broker_exchange) == (exchange, exchange)


@pytest.mark.parametrize(
    "changes",
    [
        {"instrument_name": "FUTSTK"},
        {"instrument_name": "", "sem_exch_instrument_type": "FUTIDX"},
        {"instrument_name": "", "sem_exch_instrument_type": ""},
    ],
)
@pytest.mark.parametrize("right", ["XX", ""])
def test_a_future_by_any_of_its_marks(changes: dict[str, str], right: str) -> None:
    row = _row(OPTION, trading_symbol="BAJAJ-AUTO-Aug2026-FUT", option_type=right, strike_price="-0.01", **changes)
    assert (row.symbol, row.name, row.kind, row.strike) == ("BAJAJ-AUTO25AUG26FUT", "BAJAJ-AUTO", "FUT", None)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("08/25/2026 14:00", "2026-08-25"), ("08/25/2026", "2026-08-25"), ("2026-08-25", "2026-08-25"),
        ("2026-08-25 14:00:00", "2026-08-25"), ("25-Aug-2026", "2026-08-25"),
        ("08/09/2026 14:00", "2026-08-09"),  # month first, always
    ],
)  # fmt: skip
def test_dates(text: str, day: str) -> None:
    assert _row(OPTION, expiry_date=text).expiry == day


@pytest.mark.parametrize(
    ("trading", "root"),
    [
        ("ACME-Aug2026-100-CE", "ACME"), ("BAJAJ-AUTO-Aug2026-100-CE", "BAJAJ-AUTO"), ("M&M-Aug2026-100-CE", "M&M"),
        ("SENSEX-24Sep2026-82000-CE", "SENSEX"), ("360ONE-Aug2026-292.5-CE", "360ONE"),
        ("A-B-C-24Sep2026-100-CE", "A-B-C"),
    ],
)  # fmt: skip
def test_a_root_is_read_from_the_right(trading: str, root: str) -> None:
    assert _row(OPTION, trading_symbol=trading).name == root


@given(strike=st.decimals(min_value=Decimal("0.05"), max_value=Decimal(500000), places=2))
def test_strikes_are_rupees_and_keep_their_fraction(strike: Decimal) -> None:
    row = _row(OPTION, strike_price=str(strike))
    assert symbols.parse(row.symbol, Exchange.NFO).strike == strike


@pytest.mark.parametrize(
    ("ticks", "rupees"),
    [
        (["10", "5", "1", "500"], ["0.1", "0.05", "0.01", "5"]),  # paise
        (["0.1", "0.05", "1", "5"], ["0.1", "0.05", "1", "5"]),  # any below 1: rupees
        (["10", "", "0", "-1"], ["0.1", None, None, None]),
        (["5.0", "10.00"], ["0.05", "0.1"]),
        (["5", ".05"], ["5", "0.05"]),
        (["5", '"0.05"'], ["5", "0.05"]),
        (["", ""], [None, None]),
    ],
)
def test_the_whole_file_tells_the_unit_of_its_ticks(ticks: list[str], rupees: list[str | None]) -> None:
    lines = [SHARE.replace(",10,NA", f",{tick},NA") for tick in ticks]
    assert [
        row.tick_size for row in _read("\n".join([HEADER, *lines]), "equity") if isinstance(row, MasterRow)
    ] == rupees


@given(text=st.text("0123456789.eE+-_ ", max_size=6))
def test_however_a_tick_below_1_is_written_its_file_is_in_rupees(text: str) -> None:
    try:
        below = 0 < (optional_money(text) or 0) < 1
    except UnreadableAnswer:
        below = False
    lines = [SHARE.replace(",10,NA", f",{tick},NA") for tick in ("5", text)]
    first, _ = _read("\n".join([HEADER, *lines]), "equity")
    assert isinstance(first, MasterRow)
    assert first.tick_size == ("5" if below else "0.05")


@pytest.mark.parametrize("trading", ["ACME-Aug2026-soon-CE", "ACME-Aug2026-100-XX", "ACME-Aug2026-CE"])
def test_a_contract_whose_symbol_is_written_otherwise_is_left_out(trading: str) -> None:
    assert isinstance(_changed(OPTION, trading_symbol=trading), str)


@pytest.mark.parametrize(("lot", "units"), [("65", 65), ("65.0", 65), ("", 1), ("0", 1)])
def test_lots(lot: str, units: int) -> None:
    assert _row(OPTION, lot_units=lot).lot_size == units


@pytest.mark.parametrize(
    ("exch", "name", "symbol"),
    [
        ("NSE", "Nifty Bank", "BANKNIFTY"), ("NSE", "Nifty Div Opp 50", "NIFTYDIVOPPS50"),
        ("NSE", "Nifty GrowSec 15", "NIFTYGROWSECT15"), ("NSE", "Nifty India Consumption", "NIFTYCONSUMPTION"),
        ("NSE", "Nifty Midcap 50", "NIFTYMIDCAP50"), ("NSE", "Nifty Midcap 100", "NIFTYMIDCAP100"),
        ("NSE", "Nifty Midcap Liquid 15", "NIFTYMIDLIQ15"), ("NSE", "Nifty Small 100", "NIFTYSMLCAP100"),
        ("NSE", "Nifty Services Sector", "NIFTYSERVSECTOR"), ("NSE", "Nifty 50 Eq Wght", "NIFTY50EQLWGT"),
        ("NSE", "Nifty 100 Eq Weig", "NIFTY100EQLWGT"), ("NSE", "Nifty 100 Liquid 15", "NIFTY100LIQ15"),
        ("NSE", "Nifty 100 Quality", "NIFTY100QUALTY30"), ("NSE", "Nifty 200 Qual 30", "NIFTY200QUALTY30"),
        ("NSE", "Nifty 8-13 G-Sec", "NIFTYGS813YR"), ("NSE", "Nifty GS 11 15Yr", "NIFTYGS1115YR"),
        ("NSE", "Nifty GS 15YrPlu", "NIFTYGS15YRPLUS"), ("NSE", "Nifty GS Compsit", "NIFTYGSCOMPSITE"),
        ("NSE", "NIFTY PRIVATE BANK", "NIFTYPVTBANK"),  # the case of a name may differ
        ("BSE", "S&P BSE SEN. N50", "BSESENSEXNEXT50"), ("BSE", "BSE 200", "BSE200"), ("BSE", "BSE 500", "BSE500"),
        ("BSE", "BSE FMCG Sector", "BSEFASTMOVINGCONSUMERGOODS"), ("BSE", "BSE IT Sector", "BSEINFORMATIONTECHNOLOGY"),
        ("BSE", "BSE Healthcare", "BSEHEALTHCARE"), ("BSE", "BSE Mid-Cap", "BSEMIDCAP"),
        ("BSE", "BSE Small-Cap", "BSESMALLCAP"), ("BSE", "BSE Tech", "BSETECK"), ("BSE", "BSE IPO", "BSEIPO"),
        ("BSE", "BSE SME IPO", "BSESMEIPO"), ("BSE", "BSE Greenex", "BSEGREENEX"),
        ("BSE", "BSE Dollex 30", "BSEDOLLEX30"), ("BSE", "BSE Dollex 100", "BSEDOLLEX100"),
        ("BSE", "BSE Dollex 200", "BSEDOLLEX200"), ("BSE", "S&P BSE Capital Goods", "BSECAPITALGOODS"),
        ("BSE", "S&P BSE CARBONEX", "BSECARBONEX"), ("BSE", "S&P BSE CPSE", "BSECPSE"),
        ("BSE", "S&P BSE Consumer Durables", "BSECONSUMERDURABLES"), ("BSE", "S&P BSE Energy", "BSEENERGY"),
        ("BSE", "S&P BSE Fin. Ser", "BSEFINANCIALSERVICES"), ("BSE", "S&P BSE Indus.", "BSEINDUSTRIALS"),
        ("BSE", "S&P BSE Infra.", "BSEINDIAINFRASTRUCTUREINDEX"), ("BSE", "S&P BSE OIL & GAS", "BSEOIL&GAS"),
        ("BSE", "S&P BSE POWER", "BSEPOWER"), ("BSE", "S&P BSE PSU", "BSEPSU"), ("BSE", "S&P BSE Realty", "BSEREALTY"),
        ("BSE", "S&P BSE Telecom.", "BSETELECOM"), ("BSE", "Some-New (Index)", "SOMENEWINDEX"),
    ],
)  # fmt: skip
def test_index_names(exch: str, name: str, symbol: str) -> None:
    (row,) = _read(f'EXCH,SEGMENT,SECURITY_ID\n{exch},"{name}",40000999\n', "index")
    assert isinstance(row, MasterRow)
    assert (row.symbol, row.exchange, row.kind, row.lot_size) == (symbol, f"{exch}_INDEX", "INDEX", 1)


def test_an_index_of_elsewhere_is_skipped() -> None:
    assert _read("EXCH,SEGMENT,SECURITY_ID\nMCX,MCXBULLDEX,1\n", "index") == ["exchange MCX in the index file"]


def test_every_rename_leads_to_an_index_that_openalgo_names() -> None:
    for exchange, renames in INDEX_RENAMES.items():
        known = INDEX_NAMES[Exchange(f"{exchange}_INDEX")]
        assert set(renames.values()) <= known
        assert not renames.keys() & known


# --- Files ---


def test_columns_in_another_order_and_unknown_ones() -> None:
    names = ["NEW", *reversed(HEADER.split(","))]
    cells = ["x", *reversed(SHARE.split(","))]
    (row,) = _read("\n".join([",".join(names), ",".join(cells)]), "equity")
    assert row == _row(SHARE)


@pytest.mark.parametrize("missing", ["LOT_UNITS", "TICK_SIZE", "SERIES", "SYMBOL_NAME", "CUSTOM_SYMBOL"])
def test_a_column_that_is_missing(missing: str) -> None:
    place = HEADER.split(",").index(missing)
    lines = [",".join(cells[:place] + cells[place + 1 :]) for cells in (HEADER.split(","), SHARE.split(","))]
    (row,) = _read("\n".join(lines), "equity")
    assert isinstance(row, MasterRow)
    assert (row.symbol, row.lot_size) == ("ACME", 1)


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_line_endings_byte_order_marks_and_quotes(ending: str) -> None:
    quoted = ",".join(f'"{cell}"' for cell in SHARE.split(","))
    content = ending.join(["﻿" + HEADER, quoted, "", SHARE.replace(",1,E", ",2,E")])
    rows = _read(content, "equity")
    assert [row.token for row in rows if isinstance(row, MasterRow)] == ["1", "2"]


def test_a_row_that_is_cut_short_or_too_long() -> None:
    short, long = ",".join(SHARE.split(",")[:6]), SHARE + ",more,and more"
    rows = _read("\n".join([HEADER, short, long]), "equity")
    assert [row.symbol for row in rows if isinstance(row, MasterRow)] == ["ACME", "ACME"]


@pytest.mark.parametrize("content", ["", "<html></html>", '{"status": "error"}', "EXCH,SEGMENT,SECURITY_ID\n"])
def test_what_is_not_the_file(content: str) -> None:
    with pytest.raises(UnreadableAnswer):
        _read(content, "equity")


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_file_that_ends_within_a_row_was_cut(ending: str) -> None:
    whole = ending.join([HEADER, SHARE, SHARE])
    assert len(_read(whole, "equity")) == 2
    assert len(_read(whole[: whole.rindex(",")] + ending, "equity")) == 2  # a short row is none
    with pytest.raises(UnreadableAnswer, match="in the middle of a row"):
        _read(whole[: whole.rindex(",")], "equity")


# --- The downloads ---

SAMPLES = [{"text": (DATA / f"{source}.csv").read_text(encoding="utf-8")} for source in ("equity", "fno", "index")]


def _master(use: World) -> Master:
    answer = use.call("instruments", known=None)
    assert isinstance(answer, Master)
    return answer


def test_three_files_one_after_the_other(world: Callable[..., World]) -> None:
    use = world(*SAMPLES)
    master = _master(use)
    rows = iter(master.rows)
    assert next(rows).symbol == "RELIANCE"
    assert (len(use.http.requests), use.http.open_downloads) == (1, 0)
    assert len(list(rows)) == 84
    assert (master.stamp, master.skipped) == (None, {})
    base = "https://api.indstocks.com/market/instruments?source="
    assert [sent["url"].removeprefix(base) for sent in use.http.requests] == ["equity", "fno", "index"]
    assert all(sent["headers"]["Authorization"] == "FAKE.ACCESS.TOKEN" for sent in use.http.requests)


def test_what_is_skipped_is_counted(world: Callable[..., World]) -> None:
    odd = {"text": f"{HEADER}\n{SHARE.replace('NSE', 'MCX')}\n{SHARE.replace('NSE', 'MCX')}\n"}
    master = _master(world(odd, *SAMPLES[1:]))
    assert len(list(master.rows)) == 58
    assert master.skipped == {"segment E on MCX in the equity file": 2}


def test_without_a_login_there_are_no_instruments(world: Callable[..., World]) -> None:
    use = world(session=False)
    with pytest.raises(LoginRequired):
        use.call("instruments", known=None)
    assert use.http.requests == []


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (
            {"status": 403, "body": {"status": "error", "message": "x", "error_type": "TokenException"}},
            "SessionExpired",
        ),
        ({"status": 401, "text": ""}, "SessionExpired"),
        ({"status": 400, "body": {"message": "Authorization was not sent", "success": False}}, "SessionExpired"),
        ({"status": 429, "body": {"error": "Rate limit exceeded", "success": False}}, "RateLimited"),
        ({"status": 503, "text": ""}, "BrokerUnavailable"),
        ({"status": 403, "text": "<html>cloudflare</html>"}, "BrokerUnavailable"),
        ({"status": 400, "body": {"message": "bad source", "success": False}}, "BrokerUnavailable"),
        ({"status": 404, "body": []}, "BrokerUnavailable"),
    ],
)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_file_that_does_not_come(world: Callable[..., World], answer: Any, kind: str, place: int) -> None:
    use = world(*SAMPLES[:place], answer)
    with pytest.raises(OpenAlgoError) as caught:
        list(_master(use).rows)
    assert caught.value.kind == kind
    assert use.http.open_downloads == 0
