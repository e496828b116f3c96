"""The instrument master: three CSV files, each spooled to disk and then turned into rows.

Columns are found by name; others come and go unannounced. A file is looked through before it is read, because only
the whole of it tells whether its ticks are in rupees or in paise. Symbols are rebuilt from root, expiry and strike:
the broker's trading symbol is shared by all contracts of a month.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from operator import itemgetter
from typing import IO, TYPE_CHECKING

from openalgo_core.errors import UnreadableAnswer
from openalgo_core.masters import TRY_AGAIN, counted, pieces_of, spooled
from openalgo_core.models import Master, MasterFields, MasterRow
from openalgo_core.numbers import decimal_text, optional_money, optional_units
from openalgo_core.streams import csv_rows, text_lines
from openalgo_core.symbols import PLAIN_SERIES, expiry_text, index_name

from . import tables, wire

if TYPE_CHECKING:
    from openalgo_core.models import Account

__all__ = ["master"]

SOURCES = ("equity", "fno", "index")

_OPTIONS = ("CE", "PE")
#: What a contract's symbol begins with; a root may hold hyphens.
_ROOT_AND_MONTH = re.compile(r"(.+)-(?:\d{2})?[A-Za-z]{3}\d{4}")
#: What may stand before the point of a number below 1; a line's end may not.
_LEADING = bytes(code for code in range(128) if chr(code).isspace() and code != ord("\n")) + b'0+_"'
_ALIKE = bytes.maketrans(b"23456789E", b"11111111e")
#: How a cell below 1 begins, or goes on, without these and with all other digits alike.
_BELOW_ONE = (b",.", b"\n.", b"1e-", b".e-")
_PIECE = 1 << 17
#: Month first; never day first, which could not be told apart.
_DATES = ((10, "%m/%d/%Y"), (10, "%Y-%m-%d"), (11, "%d-%b-%Y"))


def master(account: Account) -> Master:
    """All three files, each downloaded when the one before it has been read. They carry no date."""
    answer = Master(())
    answer.rows = counted(_rows(account, wire.bearer(account)), answer.skipped)
    return answer


def _rows(account: Account, headers: dict[str, str]) -> Iterator[MasterFields | str]:
    for source in SOURCES:
        url = f"{wire.ROOT}/market/instruments?source={source}"
        with account.http.download(url, headers=headers, limit="data") as download:
            if download.status != 200:
                raise wire.failed_download(download)
            file = spooled(download)
        with file:
            yield from unified(file, source)


# --- Files ---


def unified(file: IO[bytes], source: str) -> Iterator[MasterFields | str]:
    """The rows of a file in unified words; for what is no tradable instrument the reason instead.

    Raises `UnreadableAnswer` for what is not the file of that source.
    """
    needed, columns, read = _SOURCES[source]
    scale = _scale(file)
    for cells in _columns(file, source, needed, columns):
        try:
            yield read(scale, *cells)
        except UnreadableAnswer:  # one odd number must not cost all the other rows
            yield "unreadable number"


def _scale(file: IO[bytes]) -> int:
    """What ticks are to be divided by: a file with any tick below 1 is in rupees, any other in paise."""
    file.seek(0)
    whole_lines = iter(lambda: file.read(_PIECE) + file.readline(), b"")
    return 1 if any(map(_may_be_below_one, whole_lines)) and any(0 < tick < 1 for tick in _ticks(file)) else 100


def _may_be_below_one(lines: bytes) -> bool:
    """Whether any cell may be. In most files none is, and that takes half of the time of splitting each row."""
    plain = b"\n" + lines.translate(_ALIKE, _LEADING)
    return not lines.isascii() or any(mark in plain for mark in _BELOW_ONE)


def _ticks(file: IO[bytes]) -> Iterator[Decimal]:
    header, rows = _opened(file)
    place = header.index("tick_size") if "tick_size" in header else len(header)
    return map(_number, (cells[place] for cells in rows if len(cells) > place))


def _opened(file: IO[bytes]) -> tuple[list[str], Iterator[list[str]]]:
    """The names of the columns, in lower case, and the rows after them."""
    file.seek(0)
    rows = csv_rows(text_lines(pieces_of(file)))
    return [name.strip().lower() for name in next(rows, [])], rows


def _columns(file: IO[bytes], source: str, needed: set[str], columns: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Those columns of every row, from the start of the file; what the file or a short row lacks is empty.

    A file that ends within a short row was cut off. One that was cut at the end of a row looks whole.
    """
    header, rows = _opened(file)
    if not needed <= set(header):
        raise wire.unreadable(f"INDmoney's {source} file has other columns than it used to have.")
    length = width = len(header)
    pick = itemgetter(*(header.index(name) if name in header else width for name in columns))
    for cells in rows:
        length = len(cells)
        if length != width:
            cells[width:] = [""] * (width - length)
        cells.append("")
        yield pick(cells)
    file.seek(-1, io.SEEK_END)
    if length < width and file.read() != b"\n":
        raise wire.unreadable(f"INDmoney's {source} file ends in the middle of a row.", hint=TRY_AGAIN)


@lru_cache(maxsize=1024)
def _number(text: str) -> Decimal:
    try:
        return optional_money(text) or Decimal(0)
    except UnreadableAnswer:
        return Decimal(0)


# --- Rows ---


def _share(
    scale: int, exch: str, segment: str, token: str, trading_symbol: str, lot: str, custom_symbol: str, tick: str,
    series: str, name: str, freeze: str,
) -> MasterRow | str:  # fmt: skip
    if segment != "E" or exch not in ("NSE", "BSE"):
        return f"segment {segment} on {exch} in the equity file"
    symbol = trading_symbol.removesuffix("-EQ")
    if not symbol or not token:
        return "row without symbol or token"
    plain = MasterRow(
        symbol, exch, name or custom_symbol, "EQ", None, None, *_sizes(lot, tick, freeze, scale), "1",
        symbol, exch, token,
    )  # fmt: skip
    if exch == "BSE" or not series:  # a group of BSE is no part of a name
        return plain
    full = f"{symbol}-{series}"
    if series not in PLAIN_SERIES:
        return plain._replace(symbol=full, broker_symbol=full)
    return plain._replace(
        broker_symbol=symbol if series == "EQ" else full, rank=PLAIN_SERIES[series], other_symbol=full
    )


def _contract(
    scale: int, exch: str, segment: str, token: str, instrument: str, trading_symbol: str, lot: str, expiry: str,
    strike: str, right: str, tick: str, type_word: str, freeze: str,
) -> MasterFields | str:  # fmt: skip
    """A plain tuple, and what its series has in common at one stroke: nearly every row is one of these."""
    market = _MARKETS.get((exch, segment))
    if market is None:
        return f"segment {segment} on {exch} in the fno file"
    exchange, prefix = market
    kind = (
        right
        if right in _OPTIONS
        else _kind(instrument, type_word) or ("FUT" if trading_symbol.endswith("-FUT") else "")
    )
    series = _series(_root_and_month(trading_symbol), expiry, lot, tick, freeze, scale)
    if series is None or not kind or not token:
        return f"contract without kind, root, expiry or token in {exchange}"
    level = None if kind == "FUT" else _strike(strike)
    if level is None and kind != "FUT":
        return f"option without strike in {exchange}"
    start, root, day, lot_size, tick_size, most = series
    return (
        f"{start}{level or ''}{kind}", exchange, root, kind, day, level, lot_size, tick_size, most, "1",
        f"{trading_symbol} {day}", prefix, token, 0, None,
    )  # fmt: skip


def _root_and_month(trading_symbol: str) -> str:
    """`ACME-Aug2026` of `ACME-Aug2026-100-CE` and `ACME-Aug2026-FUT`; empty for what is written otherwise."""
    begin, _, last = trading_symbol.rpartition("-")
    if last == "FUT":
        return begin
    begin, _, strike = begin.rpartition("-")
    return begin if last in _OPTIONS and strike.replace(".", "").isdecimal() else ""


def _index(_: int, exch: str, name: str, token: str) -> MasterRow | str:
    exchange = tables.INDEX_EXCHANGES.get(exch)
    if exchange is None or not name or not token:
        return f"exchange {exch} in the index file"
    symbol = index_name(name.upper().removeprefix("S&P "), tables.INDEX_RENAMES[exch])
    return MasterRow(
        symbol, exchange.value, name, "INDEX", None, None, 1, None, None, "1",
        name, tables.PREFIXES[exchange], token,
    )  # fmt: skip


#: Exchange and prefix of futures and options, by two columns of their file.
_MARKETS = {
    (parent, word): (exchange.value, tables.PREFIXES[exchange])
    for exchange, parent in tables.PARENTS.items()
    if not exchange.is_cash
    for word in ("D", "FNO")
}
_Reader = Callable[..., MasterFields | str]
#: The column called SEGMENT of the index file holds the name.
_INDEX = ("exch", "segment", "security_id")
#: Each file: the columns without which it is not what it should be, those that say something, what makes a row of them.
_SOURCES: dict[str, tuple[set[str], tuple[str, ...], _Reader]] = {
    "equity": (
        {*_INDEX, "trading_symbol"},
        (*_INDEX, "trading_symbol", "lot_units", "custom_symbol", "tick_size", "series", "symbol_name", "freeze_qty"),
        _share,
    ),
    "fno": (
        {*_INDEX, "trading_symbol", "expiry_date"},
        (
            *_INDEX, "instrument_name", "trading_symbol", "lot_units", "expiry_date", "strike_price", "option_type",
            "tick_size", "sem_exch_instrument_type", "freeze_qty",
        ),
        _contract,
    ),
    "index": ({*_INDEX}, _INDEX, _index),
}  # fmt: skip


# --- Values; a file repeats few of them many times ---


@lru_cache(maxsize=4096)
def _series(
    root_and_month: str, expiry: str, lot: str, tick: str, freeze: str, scale: int
) -> tuple[str, str, str, int, str | None, int | None] | None:
    """What the contracts of one expiry share: the start of the symbol, root, day, lot, tick and freeze quantity."""
    shape, day = _ROOT_AND_MONTH.fullmatch(root_and_month), _expiry(expiry)
    if shape is None or day is None:
        return None
    return f"{shape[1]}{day[1]}", shape[1], day[0], *_sizes(lot, tick, freeze, scale)


@lru_cache(maxsize=1024)
def _expiry(text: str) -> tuple[str, str] | None:
    """The day that `08/25/2026 14:00` names, as `2026-08-25` and as `25AUG26`."""
    for length, pattern in _DATES:
        try:
            day = datetime.strptime(text[:length], pattern).date()
        except ValueError:
            continue
        return day.isoformat(), expiry_text(day)
    return None


@lru_cache(maxsize=1024)
def _kind(*type_words: str) -> str:
    """FUT, as far as the columns tell."""
    return "FUT" if any(word.startswith("FUT") for word in type_words) else ""


@lru_cache(maxsize=16384)
def _strike(text: str) -> str | None:
    value = optional_money(text)
    return decimal_text(value) if value is not None and value > 0 else None


@lru_cache(maxsize=16384)
def _sizes(lot: str, tick: str, freeze: str, scale: int) -> tuple[int, str | None, int | None]:
    """Lot, tick in rupees and freeze quantity; blanks and 0 stand for none."""
    step = optional_money(tick)
    return (
        max(1, optional_units(lot) or 1),
        decimal_text(step / scale) if step is not None and step > 0 else None,
        optional_units(freeze) or None,
    )
