"""The unified symbol grammar, over OpenAlgo's documented examples and the traps in it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openalgo_core import symbols
from openalgo_core.errors import InvalidRequest, UsageError
from openalgo_core.models import Exchange, InstrumentKind
from openalgo_core.symbols import INDEX_NAMES, Symbol, index_name, parse, split_name

FUT, CE, PE, EQ = InstrumentKind.FUT, InstrumentKind.CE, InstrumentKind.PE, InstrumentKind.EQ


@pytest.mark.parametrize(
    ("exchange", "text", "base", "expiry", "strike", "kind"),
    [
        # OpenAlgo: docs/prompt/symbol-format.md
        ("NFO", "BANKNIFTY25AUG26FUT", "BANKNIFTY", date(2026, 8, 25), None, FUT),
        ("NFO", "NIFTY25AUG2625000CE", "NIFTY", date(2026, 8, 25), "25000", CE),
        ("BFO", "SENSEX27AUG2682000PE", "SENSEX", date(2026, 8, 27), "82000", PE),
        ("NFO", "VEDL25APR24292.5CE", "VEDL", date(2024, 4, 25), "292.5", CE),
        ("CDS", "USDINR10MAY24FUT", "USDINR", date(2024, 5, 10), None, FUT),
        ("CDS", "USDINR19APR2482CE", "USDINR", date(2024, 4, 19), "82", CE),
        ("MCX", "CRUDEOILM20MAY24FUT", "CRUDEOILM", date(2024, 5, 20), None, FUT),
        ("MCX", "CRUDEOIL17APR246750CE", "CRUDEOIL", date(2024, 4, 17), "6750", CE),
        ("MCX", "MCXBULLDEX27MAY26FUT", "MCXBULLDEX", date(2026, 5, 27), None, FUT),
        # bases that end in digits, or have more than letters
        ("CDS", "726GS203325APR24FUT", "726GS2033", date(2024, 4, 25), None, FUT),
        ("CDS", "726GS203225APR2497PE", "726GS2032", date(2024, 4, 25), "97", PE),
        ("BFO", "SENSEX5027AUG26FUT", "SENSEX50", date(2026, 8, 27), None, FUT),
        ("NFO", "NIFTYNXT5025AUG2668000CE", "NIFTYNXT50", date(2026, 8, 25), "68000", CE),
        ("NFO", "M&M25AUG26FUT", "M&M", date(2026, 8, 25), None, FUT),
        ("NFO", "360ONE25AUG261060CE", "360ONE", date(2026, 8, 25), "1060", CE),
        ("NFO", "BAJAJ-AUTO25AUG269000PE", "BAJAJ-AUTO", date(2026, 8, 25), "9000", PE),
        ("NFO", "RELIANCE25AUG26FUT", "RELIANCE", date(2026, 8, 25), None, FUT),
        ("NCO", "COPPER26MAY261195CE", "COPPER", date(2026, 5, 26), "1195", CE),
        ("CDS", "USDINR27AUG2687.25CE", "USDINR", date(2026, 8, 27), "87.25", CE),
        ("NFO", "IDEA29SEP267.5PE", "IDEA", date(2026, 9, 29), "7.5", PE),
        ("NFO", "NIFTY29FEB28FUT", "NIFTY", date(2028, 2, 29), None, FUT),
    ],
)
def test_contracts_parse_and_print_back(
    exchange: str, text: str, base: str, expiry: date, strike: str | None, kind: InstrumentKind
) -> None:
    symbol = parse(text, Exchange(exchange))
    assert symbol == Symbol(base, expiry, Decimal(strike) if strike else None, kind)
    assert symbols.format(symbol) == str(symbol) == text


@pytest.mark.parametrize(
    "text",
    [
        "INFY",
        "RELIANCE",
        "BAJFINANCE",
        "M&M",
        "BAJAJ-AUTO",
        "360ONE",
        "TATAPE",
        "SUPERFUT",
        "SGBJUN30-GB",
        "VEEKAYEM-SM",
    ],
)
@pytest.mark.parametrize("exchange", [Exchange.NSE, Exchange.BSE])
def test_a_share_is_its_whole_text_whatever_it_ends_in(text: str, exchange: Exchange) -> None:
    assert parse(text, exchange) == Symbol(text, None, None, EQ)
    assert symbols.format(parse(text, exchange)) == text


@pytest.mark.parametrize(("exchange", "count"), [("NSE", 57), ("BSE", 40), ("MCX", 11), ("GLOBAL", 13)])
def test_every_index_that_openalgo_names_parses(exchange: str, count: int) -> None:
    code = Exchange(f"{exchange}_INDEX")
    assert len(INDEX_NAMES[code]) == count
    for name in INDEX_NAMES[code]:
        assert parse(name, code) == Symbol(name, None, None, InstrumentKind.INDEX)
        assert index_name(name) == name


@pytest.mark.parametrize(
    ("text", "exchange", "hint"),
    [
        ("nifty25aug26fut", "NFO", "Write NFO:NIFTY25AUG26FUT."),
        ("NIFTY 25 AUG 26 FUT", "NFO", "Write NFO:NIFTY25AUG26FUT."),
        ("VEDL25APR24292.50CE", "NFO", "Write NFO:VEDL25APR24292.5CE."),
        ("NIFTY25AUG2625000.0CE", "NFO", "Write NFO:NIFTY25AUG2625000CE."),
        ("NIFTY25AUG26025000CE", "NFO", "Write NFO:NIFTY25AUG2625000CE."),
        ("RELIANCE", "NFO", "base, day, month, year"),
        ("NIFTY5AUG26FUT", "NFO", "base, day, month, year"),
        ("NIFTY25AUG26.5CE", "NFO", "base, day, month, year"),
        ("NIFTY٢٥AUG26FUT", "NFO", "base, day, month, year"),
        ("25AUG26FUT", "NFO", "base, day, month, year"),
        ("NIFTY31FEB26FUT", "NFO", "day, month, year"),
        ("SENSEX27AUG26FUT", "NSE", "NFO:SENSEX27AUG26FUT"),
        ("SENSEX27AUG26FUT", "BSE", "BFO:SENSEX27AUG26FUT"),
        ("SBIN.NS", "NSE", "NSE:SBIN"),
        ("", "NSE", "NSE:SBIN"),
        ("Nifty 50", "NSE_INDEX", "Write NSE_INDEX:NIFTY."),
        ("NIFTY-50", "NSE_INDEX", "Write NSE_INDEX:NIFTY."),
        ("", "NSE_INDEX", "INDIAVIX"),
        # OpenAlgo's page spells NCO contracts without the day; the second would read as 26 May 2011, strike 95.
        ("ALUMINI26MAYFUT", "NCO", "COPPER25AUG26FUT"),
        ("COPPER26MAY1195CE", "NCO", "COPPER25AUG26FUT"),
    ],
)
def test_anything_else_is_refused_with_what_would_be_right(text: str, exchange: str, hint: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse(text, Exchange(exchange))
    assert hint in refused.value.hint


@pytest.mark.parametrize(
    "parts",
    [
        ("nifty", date(2026, 8, 25), None, FUT),
        ("", None, None, EQ),
        ("BAJAJ-AUTO", None, None, InstrumentKind.INDEX),
        ("NIFTY", None, None, FUT),
        ("NIFTY", date(2026, 8, 25), None, CE),
        ("NIFTY", date(2026, 8, 25), Decimal(100), FUT),
        ("SBIN", date(2026, 8, 25), None, EQ),
        ("NIFTY", date(2100, 1, 1), None, FUT),
        ("NIFTY", date(2026, 8, 25), Decimal(0), PE),
        ("NIFTY", date(2026, 8, 25), Decimal("NaN"), PE),
    ],
)
def test_parts_that_make_no_symbol_are_refused(parts: tuple[Any, ...]) -> None:
    with pytest.raises(InvalidRequest):
        Symbol(*parts)


bases = st.text("ABCXYZ0123456789&-", min_size=1, max_size=14)
expiries = st.dates(date(2018, 1, 1), date(2099, 12, 31))
strikes = st.decimals("0.0001", "999999", places=4)
contracts = st.one_of(
    st.builds(Symbol, bases, expiries, st.none(), st.just(FUT)),
    st.builds(Symbol, bases, expiries, strikes, st.sampled_from([CE, PE])),
)
derivatives = st.sampled_from([exchange for exchange in Exchange if not (exchange.is_cash or exchange.is_index)])


@given(contracts, derivatives)
def test_every_contract_survives_the_round_trip(symbol: Symbol, exchange: Exchange) -> None:
    assert parse(symbols.format(symbol), exchange) == symbol


@given(st.text("NIFTY0129AUGMCEP.&- ", max_size=24), st.sampled_from(Exchange))
def test_what_parses_prints_back_exactly(text: str, exchange: Exchange) -> None:
    try:
        symbol = parse(text, exchange)
    except InvalidRequest:
        return
    assert symbols.format(symbol) == text


def test_builders_for_masters_agree_with_format() -> None:
    expiry = date(2026, 8, 5)
    assert symbols.future("M&M", expiry) == "M&M05AUG26FUT"
    assert symbols.option("NIFTY", expiry, Decimal("25000.00"), CE) == "NIFTY05AUG2625000CE"
    assert symbols.option("USDINR", expiry, Decimal("0.0025"), PE) == "USDINR05AUG260.0025PE"


@pytest.mark.parametrize(
    ("broker_name", "name"),
    [
        ("Nifty 50", "NIFTY"),
        ("NIFTY MID SELECT", "MIDCPNIFTY"),
        ("Nifty Next 50", "NIFTYNXT50"),
        ("HangSeng BeES-NAV", "HANGSENGBEESNAV"),
        ("SNSX50", "SENSEX50"),
        ("BSE Oil & Gas", "BSEOIL&GAS"),
        ("Nifty Total Mkt.", "NIFTYTOTALMKT"),
        ("Nifty Private Bank", "NIFTYPVTBANK"),
    ],
)
def test_index_names_of_brokers(broker_name: str, name: str) -> None:
    assert index_name(broker_name, {"NIFTYPRIVATEBANK": "NIFTYPVTBANK"}) == name


def test_a_plugin_s_rename_goes_before_the_common_one() -> None:
    assert index_name("Nifty 50", {"NIFTY50": "NIFTYFIFTY"}) == "NIFTYFIFTY"


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("NSE:SBIN", (Exchange.NSE, "SBIN")),
        ("nse:sbin", (Exchange.NSE, "SBIN")),
        (" NSE_INDEX : NIFTY ", (Exchange.NSE_INDEX, "NIFTY")),
        ("NFO:M&M25AUG26FUT", (Exchange.NFO, "M&M25AUG26FUT")),
    ],
)
def test_full_names_split(name: str, parts: tuple[Exchange, str]) -> None:
    assert split_name(name) == parts


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("SBIN", "NSE:SBIN"),
        ("NIFTY25AUG26FUT", "NFO:NIFTY25AUG26FUT"),
        ("NSEE:SBIN", "Did you mean NSE:SBIN?"),
        ("NSE-INDEX:NIFTY", "Did you mean NSE_INDEX:NIFTY?"),
        ("SBIN:NSE", "Write NSE:SBIN."),
        ("NSE:", "NSE:SBIN"),
        ("XYZ:SBIN", "NFO, BFO"),
        ("", "NSE:SBIN"),
    ],
)
def test_a_name_that_does_not_split_says_how_to_write_it(name: str, hint: str) -> None:
    with pytest.raises(UsageError) as refused:
        split_name(name)
    assert hint in refused.value.hint
