"""What people type, and what they may have meant."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest

from openalgo_core.clock import IST
from openalgo_core.errors import InstrumentNotFound
from openalgo_core.models import Exchange, InstrumentKind, MasterRow
from openalgo_core.numbers import decimal_text
from openalgo_core.store.instruments import InstrumentStore
from openalgo_core.symbols import parse

LISTED = """
NSE_INDEX:NIFTY=Nifty 50
NSE_INDEX:BANKNIFTY=Nifty Bank
NSE_INDEX:NIFTYNXT50=Nifty Next 50
NSE:SBIN=State Bank of India
BSE:SBIN=State Bank of India
NSE:SBICARD=SBI Cards
NSE:RELIANCE=Reliance Industries
BSE:RELIANCE=Reliance Industries
NSE:RPOWER=Reliance Power
NSE:M&M=Mahindra & Mahindra
NSE:BAJAJ-AUTO=Bajaj Auto
NSE:360ONE=360 ONE WAM
NSE:63MOONS=63 Moons Technologies
NSE:MAYUR=100%_off
NFO:NIFTY25AUG26FUT
NFO:NIFTY29DEC26FUT
NFO:BANKNIFTY25AUG26FUT
NFO:BANKNIFTY29DEC26FUT
NFO:NIFTYNXT5025AUG26FUT
NFO:RELIANCE25AUG26FUT
NFO:NIFTY18AUG2624500CE
NFO:NIFTY25AUG2624500CE
NFO:NIFTY25AUG2624500PE
NFO:NIFTY25AUG2624550CE
NFO:NIFTY29DEC269000CE
NFO:NIFTY29DEC2624500CE
NFO:BANKNIFTY25AUG2648000PE
NFO:NIFTYNXT5025AUG2624500CE
NFO:VEDL25AUG26292.5CE
NFO:M&M25AUG263000CE
CDS:USDINR27AUG2687.25CE
MCX:GOLD05OCT26FUT
MCX:GOLDM05OCT26FUT
"""


def master() -> Iterator[MasterRow]:
    for token, line in zip(count(), LISTED.split("\n")[1:-1], strict=False):
        exchange, symbol = line.partition("=")[0].split(":")
        parts = parse(symbol, Exchange(exchange))
        yield MasterRow(
            symbol,
            exchange,
            line.partition("=")[2] or parts.base,
            parts.kind,
            parts.expiry.isoformat() if parts.expiry else None,
            decimal_text(parts.strike) if parts.strike else None,
            1,
            "0.05",
            None,
            "1",
            symbol,
            exchange,
            str(token),
        )


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InstrumentStore]:
    path: Path = tmp_path_factory.mktemp("search") / "table.sqlite"
    store = InstrumentStore(path)
    store.replace(master(), stamp=None, source_time=None, now=datetime(2026, 8, 14, tzinfo=IST))
    yield store
    store.close()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("NIFTY 24500 CE", "NIFTY18AUG2624500CE NIFTY25AUG2624500CE NIFTY29DEC2624500CE"),
        ("nifty 24500ce", "NIFTY18AUG2624500CE NIFTY25AUG2624500CE NIFTY29DEC2624500CE"),
        ("nifty 24,500.00 call dec", "NIFTY29DEC2624500CE"),
        ("NIFTY 24500", "NIFTY18AUG2624500CE NIFTY25AUG2624500CE NIFTY25AUG2624500PE NIFTY29DEC2624500CE"),
        ("nifty 25 aug 24500 put", "NIFTY25AUG2624500PE"),
        ("nifty 25-aug-2026 24500 pe", "NIFTY25AUG2624500PE"),
        ("nifty aug26 24500 pe", "NIFTY25AUG2624500PE"),
        ("NIFTY 18 August 2026 CE", "NIFTY18AUG2624500CE"),
        ("nifty dec opt", "NIFTY29DEC269000CE NIFTY29DEC2624500CE"),
        ("banknifty fut dec", "BANKNIFTY29DEC26FUT"),
        ("bank nifty december futures", "BANKNIFTY29DEC26FUT"),
        ("bank 48000 pe", "BANKNIFTY25AUG2648000PE"),
        ("vedl 292.50", "VEDL25AUG26292.5CE"),
        ("m&m 3000 ce", "M&M25AUG263000CE"),
        ("usdinr 87.25", "USDINR27AUG2687.25CE"),
        ("NIFTY25AUG2624500CE", "NIFTY25AUG2624500CE"),
        ("NFO:NIFTY25AUG26FUT", "NIFTY25AUG26FUT"),
        ("NIFTY25AUG26", "NIFTY25AUG26FUT NIFTY25AUG2624500CE NIFTY25AUG2624500PE NIFTY25AUG2624550CE"),
        ("NIFTY25AUG26245", "NIFTY25AUG2624500CE NIFTY25AUG2624500PE NIFTY25AUG2624550CE"),
        ("NFO:NIFTY25AUG26245", "NIFTY25AUG2624500CE NIFTY25AUG2624500PE NIFTY25AUG2624550CE"),
        ("BFO:NIFTY25AUG26245", ""),
        ("BFO:nifty 24500 ce", ""),
        ("3000 ce", "M&M25AUG263000CE"),
        ("gold fut", "GOLD05OCT26FUT"),
        ("360one", "360ONE"),
        ("63 moons", "63MOONS"),
        ("bajaj auto", "BAJAJ-AUTO"),
        ("mayur", "MAYUR"),
        ("%_off", "MAYUR"),
        ("xyzzy", ""),
        ("nifty 99999 ce", ""),
        ("mayru", "MAYUR"),
        ("mayr", "MAYUR"),
        ("mayuur", "MAYUR"),
        ("mayor", "MAYUR"),
        ("maayru", "MAYUR"),
        ("bnaknifty fut dec", "BANKNIFTY29DEC26FUT"),
        ("   ", ""),
    ],
)
def test_a_text_finds_just_what_it_says(store: InstrumentStore, text: str, found: str) -> None:
    assert [instrument.symbol for instrument in store.search(text)] == found.split()


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("reliance", ["NSE:RELIANCE", "BSE:RELIANCE", "NFO:RELIANCE25AUG26FUT", "NSE:RPOWER"]),
        ("nifty", ["NSE_INDEX:NIFTY", "NFO:NIFTY25AUG26FUT", "NFO:NIFTY29DEC26FUT", "NSE_INDEX:NIFTYNXT50"]),
        ("gold", ["MCX:GOLD05OCT26FUT", "MCX:GOLDM05OCT26FUT"]),
        ("sbi", ["NSE:SBIN", "BSE:SBIN", "NSE:SBICARD"]),
        ("state bank", ["NSE:SBIN", "BSE:SBIN"]),
        ("NSE:SBIN", ["NSE:SBIN"]),
        ("nifty 50", ["NSE_INDEX:NIFTY", "NSE_INDEX:NIFTYNXT50"]),
    ],
)
def test_the_exact_comes_first_then_the_beginning_then_the_inside(
    store: InstrumentStore, text: str, first: list[str]
) -> None:
    assert [str(instrument) for instrument in store.search(text)][: len(first)] == first


def test_the_limit_keeps_the_best(store: InstrumentStore) -> None:
    assert [str(instrument) for instrument in store.search("reliance", limit=2)] == ["NSE:RELIANCE", "BSE:RELIANCE"]


def test_what_is_found_is_whole(store: InstrumentStore) -> None:
    (option,) = store.search("vedl 292.5 ce")
    assert (option.kind, option.strike, option.expiry) == (InstrumentKind.CE, Decimal("292.5"), date(2026, 8, 25))
    assert option == store.get("NFO", option.symbol)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("NSE:NIFTY", "NSE_INDEX:NIFTY"),
        ("NSE:NIFTY50", "NSE_INDEX:NIFTY"),
        ("NSE:sbin", "NSE:SBIN"),
        ("NSE:RELIANCE-EQ", "NSE:RELIANCE"),
        ("NSE:RELAINCE", "NSE:RELIANCE"),
        ("NFO:RELIANCE", "NSE:RELIANCE"),
        ("NFO:NIFTY25AUG2624510CE", "NFO:NIFTY25AUG2624500CE"),
        ("NFO:NIFTY24AUG2624500CE", "NFO:NIFTY25AUG2624500CE"),
        ("NFO:NIFTY28AUG26FUT", "NFO:NIFTY25AUG26FUT"),
        ("NFO:NFITY25AUG26FUT", "NFO:NIFTY25AUG26FUT"),
        ("NFO:NIFTY31FEB26FUT", "NFO:NIFTY25AUG26FUT"),
        ("MCX:GOLDD05OCT26FUT", "MCX:GOLD05OCT26FUT"),
    ],
)
def test_a_symbol_that_does_not_exist_names_what_may_be_meant(store: InstrumentStore, name: str, meant: str) -> None:
    exchange, symbol = name.split(":")
    assert store.close_to(exchange, symbol)[0] == meant
    assert len(store.close_to(exchange, symbol)) <= 3
    with pytest.raises(InstrumentNotFound) as missing:
        store.get(exchange, symbol)
    assert name.partition(":")[2] in missing.value.message
    assert meant in missing.value.hint


def test_where_nothing_is_like_it_the_search_is_named(store: InstrumentStore) -> None:
    with pytest.raises(InstrumentNotFound) as missing:
        store.get("NSE", "QQQQQQ")
    assert "openalgo instruments search" in missing.value.hint
