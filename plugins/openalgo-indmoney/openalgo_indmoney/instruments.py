"""The instrument master: three CSV files, each spooled to disk and then turned into rows.

Columns are found by name; others come and go unannounced. A file is read twice, because only the whole of it tells
whether its ticks are in rupees or in paise. Symbols are rebuilt from root, expiry and strike: the broker's trading
symbol is shared by all contracts of a month.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import IO, TYPE_CHECKING, NamedTuple

from openalgo_core.errors import UnreadableAnswer
from openalgo_core.masters import TRY_AGAIN, counted, spooled
from openalgo_core.models import Master, MasterRow
from openalgo_core.numbers import decimal_text, optional_money, optional_units
from openalgo_core.symbols import PLAIN_SERIES, expiry_text, index_name

from . import tables, wire

if TYPE_CHECKING:
    from openalgo_core.models import Account

__all__ = ["master"]

SOURCES = ("equity", "fno", "index")

#: Columns without which a file is not what it should be.
_INDEX_COLUMNS = {"exch", "segment", "security_id"}
_NEEDED = {
    "equity": _INDEX_COLUMNS | {"trading_symbol"},
    "fno": _INDEX_COLUMNS | {"trading_symbol", "expiry_date"},
    "index": _INDEX_COLUMNS,
}

#: Read from the right: a root may hold hyphens.
_CONTRACT = re.compile(r"(?P<root>.+)-(?:\d{2})?[A-Za-z]{3}\d{4}-(?:FUT|[\d.]+-(?:CE|PE))")
#: Month first; never day first, which could not be told apart.
_DATES = ((10, "%m/%d/%Y"), (10, "%Y-%m-%d"), (11, "%d-%b-%Y"))


class _Row(NamedTuple):
    """The columns that are used, in lower case; a column that a file lacks is empty."""

    exch: str
    segment: str
    security_id: str
    instrument_name: str = ""
    trading_symbol: str = ""
    lot_units: str = ""
    custom_symbol: str = ""
    expiry_date: str = ""
    strike_price: str = ""
    option_type: str = ""
    tick_size: str = ""
    sem_exch_instrument_type: str = ""
    series: str = ""
    symbol_name: str = ""
    freeze_qty: str = ""


_Reader = Callable[[_Row, Decimal], MasterRow | str]


def master(account: Account) -> Master:
    """All three files, each downloaded when the one before it has been read. They carry no date."""
    answer = Master(())
    answer.rows = counted(_rows(account, wire.bearer(account)), answer.skipped)
    return answer


def _rows(account: Account, headers: dict[str, str]) -> Iterator[MasterRow | str]:
    for source in SOURCES:
        url = f"{wire.ROOT}/market/instruments?source={source}"
        with account.http.download(url, headers=headers, limit="data") as download:
            if download.status != 200:
                raise wire.failed_download(download)
            file = spooled(download)
        with file:
            yield from unified(file, source)


# --- Files ---


def unified(file: IO[bytes], source: str) -> Iterator[MasterRow | str]:
    """The rows of a file in unified words; for what is no tradable instrument the reason instead.

    Raises `UnreadableAnswer` for what is not the file of that source.
    """
    read = _READERS[source]
    ticks = {tick for (tick,) in _columns(file, source, ("tick_size",))}
    # A file with any tick below 1 is in rupees, any other in paise.
    scale = Decimal(1) if any(0 < tick < 1 for tick in map(_number, ticks)) else Decimal(100)
    for cells in _columns(file, source, _Row._fields):
        try:
            yield read(_Row._make(cells), scale)
        except UnreadableAnswer:  # one odd number must not cost all the other rows
            yield "unreadable number"


def _columns(file: IO[bytes], source: str, names: Sequence[str]) -> Iterator[list[str]]:
    """Those columns of every row, from the start of the file; what the file or a short row lacks is empty.

    A file that ends within a short row was cut off. One that was cut at the end of a row looks whole.
    """
    file.seek(0)
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline="")
    try:
        lines = csv.reader(text)
        header = [name.strip().lower() for name in next(lines, [])]
        if not _NEEDED[source] <= set(header):
            raise wire.unreadable(f"INDmoney's {source} file has other columns than it used to have.")
        width, short = len(header), False
        places = [header.index(name) if name in header else width for name in names]
        for line in filter(None, lines):
            short = len(line) < width
            cells = line[:width]
            cells += [""] * (width + 1 - len(cells))
            yield [cells[place].strip() for place in places]
        file.seek(-1, io.SEEK_END)
        if short and file.read() != b"\n":
            raise wire.unreadable(f"INDmoney's {source} file ends in the middle of a row.", hint=TRY_AGAIN)
    except csv.Error as error:
        raise wire.unreadable(f"INDmoney's {source} file is damaged.") from error
    finally:
        text.detach()  # the file is read once more, and closed by whoever opened it


def _number(text: str) -> Decimal:
    try:
        return optional_money(text) or Decimal(0)
    except UnreadableAnswer:
        return Decimal(0)


# --- Rows ---


def _share(row: _Row, scale: Decimal) -> MasterRow | str:
    if row.segment != "E" or row.exch not in ("NSE", "BSE"):
        return f"segment {row.segment} on {row.exch} in the equity file"
    symbol = row.trading_symbol.removesuffix("-EQ")
    if not symbol or not row.security_id:
        return "row without symbol or token"
    plain = MasterRow(
        symbol, row.exch, row.symbol_name or row.custom_symbol, "EQ", None, None, *_sizes(row, scale), "1",
        symbol, row.exch, row.security_id,
    )  # fmt: skip
    if row.exch == "BSE" or not row.series:  # a group of BSE is no part of a name
        return plain
    full = f"{symbol}-{row.series}"
    if row.series not in PLAIN_SERIES:
        return plain._replace(symbol=full, broker_symbol=full)
    return plain._replace(
        broker_symbol=symbol if row.series == "EQ" else full, rank=PLAIN_SERIES[row.series], other_symbol=full
    )


def _contract(row: _Row, scale: Decimal) -> MasterRow | str:
    exchange = tables.EXCHANGE_OF.get((row.exch, "DERIVATIVE"))
    if row.segment not in ("D", "FNO") or exchange is None:
        return f"segment {row.segment} on {row.exch} in the fno file"
    shape, day = _CONTRACT.fullmatch(row.trading_symbol), _expiry(row.expiry_date)
    kind = _kind(row)
    if shape is None or day is None or not kind or not row.security_id:
        return f"contract without kind, root, expiry or token in {exchange}"
    strike = None
    if kind != "FUT":
        strike = _strike(row.strike_price)
        if strike is None:
            return f"option without strike in {exchange}"
    root = shape["root"]
    return MasterRow(
        f"{root}{day[1]}{strike or ''}{kind}", exchange.value, root, kind, day[0], strike, *_sizes(row, scale), "1",
        f"{row.trading_symbol} {day[0]}", tables.PREFIXES[exchange], row.security_id,
    )  # fmt: skip


def _index(row: _Row, scale: Decimal) -> MasterRow | str:
    """The column called SEGMENT holds the name."""
    exchange = tables.INDEX_EXCHANGES.get(row.exch)
    name = row.segment
    if exchange is None or not name or not row.security_id:
        return f"exchange {row.exch} in the index file"
    symbol = index_name(name.upper().removeprefix("S&P "), tables.INDEX_RENAMES[row.exch])
    return MasterRow(
        symbol, exchange.value, name, "INDEX", None, None, 1, None, None, "1",
        name, tables.PREFIXES[exchange], row.security_id,
    )  # fmt: skip


_READERS: dict[str, _Reader] = {"equity": _share, "fno": _contract, "index": _index}


def _kind(row: _Row) -> str:
    if row.option_type in ("CE", "PE"):
        return row.option_type
    names = (row.instrument_name, row.sem_exch_instrument_type)
    is_future = any(name.startswith("FUT") for name in names) or row.trading_symbol.endswith("-FUT")
    return "FUT" if is_future else ""


# --- Values; a file repeats few of them many times ---


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


@lru_cache(maxsize=16384)
def _strike(text: str) -> str | None:
    value = optional_money(text)
    return decimal_text(value) if value is not None and value > 0 else None


def _sizes(row: _Row, scale: Decimal) -> tuple[int, str | None, int | None]:
    return _sizes_of(row.lot_units, row.tick_size, row.freeze_qty, scale)


@lru_cache(maxsize=16384)
def _sizes_of(lot: str, tick: str, freeze: str, scale: Decimal) -> tuple[int, str | None, int | None]:
    """Lot, tick in rupees and freeze quantity; blanks and 0 stand for none."""
    step = optional_money(tick)
    return (
        max(1, optional_units(lot) or 1),
        decimal_text(step / scale) if step is not None and step > 0 else None,
        optional_units(freeze) or None,
    )
