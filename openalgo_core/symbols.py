"""The unified symbol grammar: one spelling for every instrument of every broker.

    equity   NSE, BSE     base                                   SBIN  M&M  BAJAJ-AUTO  SGBJUN30-GB
    index    *_INDEX      name                                   NIFTY  BSEOIL&GAS
    future   elsewhere    base, DDMMMYY, FUT                     NIFTY25AUG26FUT
    option   elsewhere    base, DDMMMYY, strike, CE or PE        VEDL25APR24292.5CE

A base has `A-Z 0-9 & -`, an index name `A-Z 0-9 &`. The month anchors the expiry, so that a base may end in
digits (726GS2033); a strike has no trailing zeros. The grammar and the index names are OpenAlgo's
(docs/prompt/symbol-format.md there). A symbol says nothing about whether such an instrument exists: that is
for the instrument table to know.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from .errors import InvalidRequest, UsageError
from .models.vocabulary import Exchange, InstrumentKind
from .numbers import decimal_text

__all__ = [
    "INDEX_NAMES",
    "INDEX_RENAMES",
    "MONTHS",
    "PLAIN_SERIES",
    "Symbol",
    "expiry_text",
    "format",
    "future",
    "index_name",
    "option",
    "parse",
    "split_name",
]

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
#: Series whose shares are called by their bare name, the one that keeps it first; every other series is spelt out.
PLAIN_SERIES = {"EQ": 0, "BE": 1, "BZ": 2}

#: [0-9], never \d: that one takes the digits of every script.
_BASE = re.compile(r"[A-Z0-9&-]+")
_INDEX = re.compile(r"[A-Z0-9&]+")
_NOT_INDEX = re.compile(r"[^A-Z0-9&]")
_CONTRACT = re.compile(
    rf"([A-Z0-9&-]+?)([0-9]{{2}})({'|'.join(MONTHS)})([0-9]{{2}})(?:(FUT)|([0-9]+(?:\.[0-9]+)?)(CE|PE))"
)

#: The first year of an exchange whose contracts are often written without the day: COPPER26MAY1195CE would
#: read as 26 May 2011, strike 95. NSE opened its commodity segment in October 2018.
_FIRST_YEAR = {Exchange.NCO: 2018}
_DERIVATIVES_OF = {Exchange.NSE: Exchange.NFO, Exchange.BSE: Exchange.BFO}
_EXAMPLE_BASE = {
    Exchange.BFO: "SENSEX",
    Exchange.CDS: "USDINR",
    Exchange.BCD: "USDINR",
    Exchange.MCX: "CRUDEOIL",
    Exchange.NCDEX: "DHANIYA",
    Exchange.NCO: "COPPER",
}


@dataclass(frozen=True, slots=True)
class Symbol:
    """The parts of a unified symbol. `expiry` is a day of 2000 to 2099, `strike` is in rupees and positive.

    Raises `InvalidRequest` where the parts do not fit the kind or the grammar.
    """

    base: str
    expiry: date | None
    strike: Decimal | None
    kind: InstrumentKind

    def __post_init__(self) -> None:
        grammar = _INDEX if self.kind is InstrumentKind.INDEX else _BASE
        if not grammar.fullmatch(self.base):
            raise InvalidRequest(f"{self.base!r} cannot be the base of a symbol.", hint=_BASE_HINT)
        dated = self.kind is InstrumentKind.FUT or self.kind.is_option
        if dated is (self.expiry is None) or self.kind.is_option is (self.strike is None):
            raise InvalidRequest(
                f"{self.base} as {self.kind}: only futures and options have an expiry, only options a strike."
            )
        if self.expiry is not None and not 2000 <= self.expiry.year <= 2099:
            raise InvalidRequest(f"{self.base}: no symbol can carry an expiry in {self.expiry.year}.")
        if self.strike is not None and not (self.strike.is_finite() and self.strike > 0):
            raise InvalidRequest(f"{self.base}: a strike is a positive price, not {self.strike}.")

    def __str__(self) -> str:
        return format(self)


_BASE_HINT = "Use capital letters, digits, & and - (indices: no -), as in M&M, BAJAJ-AUTO or 360ONE."


def parse(text: str, exchange: Exchange) -> Symbol:
    """The parts of a unified symbol as that exchange writes them.

    Exact: `format(parse(text, exchange)) == text`. Raises `InvalidRequest` saying what would be right.
    """
    symbol = _read(text, exchange)
    if symbol is not None and format(symbol) == text:
        return symbol
    tidied = index_name(text) if exchange.is_index else "".join(text.upper().split())
    meant = symbol or _read(tidied, exchange)
    hint = f"Write {exchange}:{meant}." if meant else _spelling(tidied, exchange)
    raise InvalidRequest(f"{text!r} is no symbol of {exchange}.", hint=hint)


def format(symbol: Symbol) -> str:  # noqa: A001 - read as symbols.format, the other half of symbols.parse
    """The unified symbol of its parts."""
    if symbol.expiry is None:
        return symbol.base
    if symbol.strike is None:
        return future(symbol.base, symbol.expiry)
    return option(symbol.base, symbol.expiry, symbol.strike, symbol.kind)


def future(base: str, expiry: date) -> str:
    """The symbol of a future: `NIFTY25AUG26FUT`. Like `option` quick and unchecked, for rows of a master."""
    return f"{base}{expiry_text(expiry)}FUT"


def option(base: str, expiry: date, strike: Decimal, kind: InstrumentKind) -> str:
    """The symbol of an option: `VEDL25APR24292.5CE`; `kind` is CE or PE.

    The parts are taken as they are, so that one odd row of a master does not cost all the others.
    """
    return f"{base}{expiry_text(expiry)}{decimal_text(strike)}{kind}"


@lru_cache(maxsize=1024)
def expiry_text(expiry: date) -> str:
    """`DDMMMYY`, as symbols carry it: `25AUG26`."""
    return f"{expiry.day:02d}{MONTHS[expiry.month - 1]}{expiry.year % 100:02d}"


def index_name(broker_name: str, renames: Mapping[str, str] | None = None) -> str:
    """The unified name of an index that a broker calls `broker_name`.

    Upper-cased, with only `A-Z 0-9 &` left, then renamed: `renames`, whose keys are such cleaned names, goes
    before `INDEX_RENAMES`. `Nifty 50` is NIFTY, `BSE Oil & Gas` is BSEOIL&GAS, `Nifty Total` is NIFTYTOTAL.
    """
    cleaned = _NOT_INDEX.sub("", broker_name.upper())
    return (renames or {}).get(cleaned) or INDEX_RENAMES.get(cleaned, cleaned)


#: By name: every look-up asks, and the class itself takes twice as long to find one.
_EXCHANGES = dict(Exchange.__members__)


@lru_cache(maxsize=4096)
def split_name(name: str) -> tuple[Exchange, str]:
    """`NSE:SBIN` as exchange and symbol; the case does not matter. Only the exchange is checked.

    Raises `UsageError` saying how to write it.
    """
    exchange, colon, symbol = name.upper().partition(":")
    exchange, symbol = exchange.strip(), symbol.strip()
    found = _EXCHANGES.get(exchange)
    if found is not None and symbol:
        return found, symbol
    if not colon:
        raise UsageError(f"{name!r} names no exchange.", hint=f"Write EXCHANGE:SYMBOL, for instance {_full(exchange)}.")
    if symbol in _EXCHANGES and exchange:
        raise UsageError(f"{name!r} is the wrong way round.", hint=f"Write {symbol}:{exchange}.")
    if not symbol:
        raise UsageError(f"{name!r} names no symbol.", hint="Write EXCHANGE:SYMBOL, for instance NSE:SBIN.")
    raise UsageError(f"{exchange!r} is no exchange.", hint=_exchange_hint(exchange, symbol))


def _read(text: str, exchange: Exchange) -> Symbol | None:
    """The parts of a text that need not be spelt exactly so; `None` where it does not fit the exchange."""
    if exchange.is_index:
        return Symbol(text, None, None, InstrumentKind.INDEX) if _INDEX.fullmatch(text) else None
    contract = _CONTRACT.fullmatch(text)
    if exchange.is_cash:
        plain = _BASE.fullmatch(text) and not contract
        return Symbol(text, None, None, InstrumentKind.EQ) if plain else None
    return _contract(contract, exchange) if contract else None


def _contract(match: re.Match[str], exchange: Exchange) -> Symbol:
    base, day, month, year, future_word, strike, right = match.groups()
    try:
        expiry = date(2000 + int(year), MONTHS.index(month) + 1, int(day))
    except ValueError:
        raise InvalidRequest(
            f"{match.string!r} expires on {day} {month} 20{year}, which is no day.",
            hint="The expiry is day, month, year: 25AUG26.",
        ) from None
    if expiry.year < _FIRST_YEAR.get(exchange, 0):
        raise InvalidRequest(
            f"{match.string!r} would have expired on {expiry}, before {exchange} opened.",
            hint=_spelling("", exchange),
        )
    kind = InstrumentKind(future_word or right)
    return Symbol(base, expiry, Decimal(strike) if strike else None, kind)


def _spelling(text: str, exchange: Exchange) -> str:
    """How symbols of that exchange are written."""
    if exchange.is_index:
        return "Index names have only A-Z, 0-9 and &, as in NIFTY, INDIAVIX or BSEOIL&GAS."
    if exchange.is_cash:
        if _CONTRACT.fullmatch(text):
            return f"Futures and options are listed elsewhere: {_DERIVATIVES_OF[exchange]}:{text}."
        return f"{_BASE_HINT} For instance {exchange}:SBIN."
    base = _EXAMPLE_BASE.get(exchange, "NIFTY")
    shape = "base, day, month, year, then FUT or strike and CE or PE"
    return f"Write {shape}: {base}25AUG26FUT, {base}25AUG26100CE."


def _full(symbol: str) -> str:
    """A full name that this symbol may be meant for."""
    exchange = Exchange.NFO if _CONTRACT.fullmatch(symbol) else Exchange.NSE
    return f"{exchange}:{symbol}" if _BASE.fullmatch(symbol) or exchange is Exchange.NFO else "NSE:SBIN"


def _exchange_hint(word: str, symbol: str) -> str:
    from difflib import get_close_matches  # only who mistypes pays for it

    close = get_close_matches(word, list(Exchange), n=1)
    return f"Did you mean {close[0]}:{symbol}?" if close else f"Exchanges are {', '.join(Exchange)}."


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


#: NSE's and BSE's own names of indices that OpenAlgo calls otherwise, cleaned as `index_name` does.
INDEX_RENAMES: Mapping[str, str] = {
    "NIFTY50": "NIFTY",
    "NIFTYBANK": "BANKNIFTY",
    "NIFTYFINSERVICE": "FINNIFTY",
    "NIFTYMIDCAPSELECT": "MIDCPNIFTY",
    "NIFTYMIDSELECT": "MIDCPNIFTY",
    "NIFTYNEXT50": "NIFTYNXT50",
    "SNSX50": "SENSEX50",
}

#: The indices that OpenAlgo names. Brokers list more; those are called as `index_name` says.
INDEX_NAMES: Mapping[Exchange, frozenset[str]] = {
    Exchange.NSE_INDEX: _names(
        """
        NIFTY NIFTYNXT50 FINNIFTY BANKNIFTY MIDCPNIFTY INDIAVIX HANGSENGBEESNAV NIFTY100 NIFTY200 NIFTY500
        NIFTYALPHA50 NIFTYAUTO NIFTYCOMMODITIES NIFTYCONSUMPTION NIFTYCPSE NIFTYDIVOPPS50 NIFTYENERGY
        NIFTYFMCG NIFTYGROWSECT15 NIFTYGS10YR NIFTYGS10YRCLN NIFTYGS1115YR NIFTYGS15YRPLUS NIFTYGS48YR
        NIFTYGS813YR NIFTYGSCOMPSITE NIFTYINFRA NIFTYIT NIFTYMEDIA NIFTYMETAL NIFTYMIDLIQ15 NIFTYMIDCAP100
        NIFTYMIDCAP150 NIFTYMIDCAP50 NIFTYMIDSML400 NIFTYMNC NIFTYPHARMA NIFTYPSE NIFTYPSUBANK NIFTYPVTBANK
        NIFTYREALTY NIFTYSERVSECTOR NIFTYSMLCAP100 NIFTYSMLCAP250 NIFTYSMLCAP50 NIFTY100EQLWGT NIFTY100LIQ15
        NIFTY100LOWVOL30 NIFTY100QUALTY30 NIFTY200QUALTY30 NIFTY50DIVPOINT NIFTY50EQLWGT NIFTY50PR1XINV
        NIFTY50PR2XLEV NIFTY50TR1XINV NIFTY50TR2XLEV NIFTY50VALUE20
        """
    ),
    Exchange.BSE_INDEX: _names(
        """
        SENSEX BANKEX SENSEX50 BSE100 BSE150MIDCAPINDEX BSE200 BSE250LARGEMIDCAPINDEX BSE400MIDSMALLCAPINDEX
        BSE500 BSEAUTO BSECAPITALGOODS BSECARBONEX BSECONSUMERDURABLES BSECPSE BSEDOLLEX100 BSEDOLLEX200
        BSEDOLLEX30 BSEENERGY BSEFASTMOVINGCONSUMERGOODS BSEFINANCIALSERVICES BSEGREENEX BSEHEALTHCARE
        BSEINDIAINFRASTRUCTUREINDEX BSEINDUSTRIALS BSEINFORMATIONTECHNOLOGY BSEIPO BSELARGECAP BSEMETAL
        BSEMIDCAP BSEMIDCAPSELECTINDEX BSEOIL&GAS BSEPOWER BSEPSU BSEREALTY BSESENSEXNEXT50 BSESMALLCAP
        BSESMALLCAPSELECTINDEX BSESMEIPO BSETECK BSETELECOM
        """
    ),
    Exchange.MCX_INDEX: _names(
        """
        MCXAGRI MCXBULLDEX MCXCOMDEX MCXCOMPDEX MCXCOPRDEX MCXCRUDEX MCXENERGY MCXGOLDEX MCXMETAL MCXMETLDEX
        MCXSILVDEX
        """
    ),
    Exchange.GLOBAL_INDEX: _names(
        """
        AUS200 FRANCE40 GERMANY40 GIFTNIFTY HANGSENG JAPAN225 SHANGHAICHINA UK100 US100 US10YRYIELD US30
        US500 USCOMPOSITE
        """
    ),
}
