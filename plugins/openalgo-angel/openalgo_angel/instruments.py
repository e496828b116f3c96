"""The instrument master: one JSON array of every segment, turned into rows while it is being downloaded.

Symbols are rebuilt from name, expiry and strike, never read out of the broker's symbol: that one is spelt differently
from segment to segment and from year to year. Strikes and ticks are in paise, on CDS in ten-millionths of a rupee.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from openalgo_core.errors import UnreadableAnswer
from openalgo_core.masters import begun, conditions, counted, has_changed
from openalgo_core.models import Master, MasterFields, MasterRow
from openalgo_core.numbers import decimal_text, optional_money, optional_units, units
from openalgo_core.streams import json_rows
from openalgo_core.symbols import MONTHS, PLAIN_SERIES, expiry_text, index_name

from .tables import EXCHANGE_OF, INDEX_EXCHANGE_OF, LEGACY_BSE_INDICES, POINT_VALUES

if TYPE_CHECKING:
    from openalgo_core.models import Account, Download, Known

    from .rows import ScripRow

__all__ = ["MASTER_URL", "master", "unified"]

MASTER_URL = "https://margincalculator.angelbroking.com/OpenAPI_File/files/OpenAPIScripMaster.json"

_RIGHT_BEFORE_STRIKE = re.compile(r"\d(CE|PE)\d")


def master(account: Account, known: Known | None) -> Master | bool:
    """The master as it comes in, or `False` where it is the one that is known already."""
    with ExitStack() as connection:
        download = connection.enter_context(account.http.download(MASTER_URL, headers=conditions(known)))
        if not has_changed(download):
            return False
        answer = begun(download)
        # From here on the connection belongs to the rows, and closes with them.
        answer.rows = counted(_rows(download, connection.pop_all()), answer.skipped)
    return answer


def _rows(download: Download, connection: ExitStack) -> Iterator[MasterFields | str]:
    from .rows import ScripRow  # here, because every command imports the plugin, and few fetch its file

    with connection:
        for row in json_rows(download.pieces(), ScripRow):
            try:
                yield unified(row)
            except UnreadableAnswer:  # one odd number must not cost all the other rows
                yield "unreadable number"


# --- Rows ---


def unified(row: ScripRow) -> MasterFields | str:
    """A row of the master in unified words, or the reason why it is no tradable instrument."""
    segment, kind = row.exch_seg, row.instrumenttype
    if segment not in EXCHANGE_OF:
        return f"segment {segment}"
    if kind[:3] in ("FUT", "OPT"):
        return _derivative(row, segment, kind)
    if kind == "AMXIDX" and segment in INDEX_EXCHANGE_OF:
        symbol = index_name(row.name.upper().removeprefix("S&P "))
        return _row(row, segment, symbol, INDEX_EXCHANGE_OF[segment].value, row.name, "INDEX")
    if kind == "" and segment in ("NSE", "BSE"):
        return _share(row, segment)
    return f"type {kind or 'missing'} in {segment}"


def _share(row: ScripRow, segment: str) -> MasterRow | str:
    symbol = row.symbol
    share = _row(row, segment, symbol, segment, row.name, "EQ")
    if segment == "BSE":
        return "legacy index row" if symbol in LEGACY_BSE_INDICES else share
    base, _, series = symbol.rpartition("-")
    if not base or not 1 <= len(series) <= 2:
        return "legacy index row"
    if series not in PLAIN_SERIES:
        return share
    return share._replace(symbol=base, rank=PLAIN_SERIES[series], other_symbol=symbol)


def _derivative(row: ScripRow, segment: str, kind: str) -> MasterFields | str:
    """A plain tuple, and what its series has in common at one stroke: nearly every row is one of these."""
    sizes = (row.lotsize, row.tick_size, row.freeze_qty)
    name, broker_symbol = row.name, row.symbol
    series = _series(segment, name, kind, row.expiry, *sizes)
    if series is None:
        return f"no expiry in {segment}"
    strike, right = None, "FUT"
    if kind.startswith("OPT"):
        strike, right = _rupees(row.strike, segment), broker_symbol[-2:]
        if right not in ("CE", "PE"):
            right = _right_inside(broker_symbol)
        if not strike or not right:
            return f"option without strike or type in {segment}"
    end = f"{strike or ''}{right}"
    if not name and (name := _root(broker_symbol, row.expiry, end)):
        series = _series(segment, name, kind, row.expiry, *sizes) or series
    start, day, lot, tick, freeze, multiplier = series
    return (
        f"{start}{end}" if name else broker_symbol, segment, name, right, day, strike, lot, tick, freeze, multiplier,
        broker_symbol, segment, row.token, 0, None,
    )  # fmt: skip


def _row(row: ScripRow, segment: str, symbol: str, exchange: str, name: str, kind: str) -> MasterRow:
    """A row that does not expire."""
    lot, tick, freeze = _sizes(segment, row.lotsize, row.tick_size, row.freeze_qty)
    return MasterRow(symbol, exchange, name, kind, None, None, lot, tick, freeze, "1", row.symbol, segment, row.token)


def _right_inside(symbol: str) -> str:
    """CE or PE before the strike, as NCDEX writes it; empty where there is neither."""
    found = _RIGHT_BEFORE_STRIKE.search(symbol)
    return found[1] if found else ""


def _root(symbol: str, day: str, tail: str) -> str:
    """The underlying of a symbol whose row leaves the name empty, by taking off date, strike and type; else empty."""
    expiry = _expiry(day)
    dates = expiry.spellings if expiry else ()
    return next((symbol.removesuffix(date + tail) for date in dates if symbol.endswith(date + tail)), "")


# --- Values; a master repeats few of them many times ---


class _Expiry(NamedTuple):
    day: str  # 2026-11-23
    unified: str  # 23NOV26
    spellings: tuple[str, ...]  # as brokers' symbols carry it, the weekly BFO symbols with one letter for the month


@lru_cache(maxsize=1024)
def _expiry(text: str) -> _Expiry | None:
    """The day that `23NOV2026` names."""
    try:
        day = date(int(text[5:]), MONTHS.index(text[2:5].upper()) + 1, int(text[:2]))
    except ValueError:
        return None
    weekly = f"{day:%y}{'123456789OND'[day.month - 1]}{day:%d}"
    return _Expiry(day.isoformat(), expiry_text(day), (expiry_text(day), f"{day:%y}{MONTHS[day.month - 1]}", weekly))


@lru_cache(maxsize=4096)
def _series(
    segment: str, name: str, kind: str, day: str, lotsize: str, tick_size: str, freeze: str | None
) -> tuple[str, str, int, str | None, int | None, str] | None:
    """What the contracts of one expiry share: the start of the symbol, day, lot, tick, freeze quantity, multiplier."""
    expiry = _expiry(day)
    if expiry is None:
        return None
    multiplier = _multiplier(segment, name, kind, lotsize) if segment in POINT_VALUES else "1"
    return f"{name}{expiry.unified}", expiry.day, *_sizes(segment, lotsize, tick_size, freeze), multiplier


@lru_cache(maxsize=16384)
def _rupees(text: str, segment: str) -> str | None:
    """A strike or tick in rupees; 0 and -1 stand for none."""
    value = optional_money(text)
    if value is None or value <= 0:
        return None
    return decimal_text(value / (10_000_000 if segment == "CDS" else 100))


@lru_cache(maxsize=16384)
def _sizes(segment: str, lotsize: str, tick: str, freeze: str | None) -> tuple[int, str | None, int | None]:
    """Lot, tick and freeze quantity; 0, and the column that older files lack, stand for none."""
    lot, most = _lot(lotsize), optional_units(freeze) or None
    if most and segment == "MCX":  # the one segment whose freeze quantity counts lots
        most *= lot
    return lot, _rupees(tick, segment), most


def _multiplier(segment: str, name: str, kind: str, lotsize: str) -> str:
    """Rupees per point per unit."""
    values = POINT_VALUES[segment]
    value = values.get(name) or values.get(kind)
    return "1" if value is None else decimal_text(Decimal(value) / _lot(lotsize))


def _lot(text: str) -> int:
    return max(1, units(text))
