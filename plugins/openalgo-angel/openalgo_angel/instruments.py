"""The instrument master: one JSON array of every segment, turned into rows while it is being downloaded.

Symbols are rebuilt from name, expiry and strike, never read out of the broker's symbol: that one is spelt differently
from segment to segment and from year to year. Strikes and ticks are in paise, on CDS in ten-millionths of a rupee.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from openalgo_core.errors import UnreadableAnswer
from openalgo_core.masters import begun, conditions, counted, has_changed
from openalgo_core.models import Master, MasterRow
from openalgo_core.numbers import decimal_text, optional_money, optional_units, units
from openalgo_core.streams import json_rows
from openalgo_core.symbols import MONTHS, PLAIN_SERIES, expiry_text, index_name

from .tables import EXCHANGE_OF, INDEX_EXCHANGE_OF, LEGACY_BSE_INDICES, POINT_VALUES

if TYPE_CHECKING:
    from openalgo_core.models import Account, Download, Known

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


def _rows(download: Download, connection: ExitStack) -> Iterator[MasterRow | str]:
    with connection:
        for row in json_rows(download.pieces()):
            try:
                yield unified(row)
            except UnreadableAnswer:  # one odd number must not cost all the other rows
                yield "unreadable number"


# --- Rows ---


def unified(row: Mapping[str, Any]) -> MasterRow | str:
    """A row of the master in unified words, or the reason why it is no tradable instrument."""
    segment, kind = row["exch_seg"], row["instrumenttype"]
    if segment not in EXCHANGE_OF:
        return f"segment {segment}"
    if kind[:3] in ("FUT", "OPT"):
        return _derivative(row, segment, kind)
    if kind == "AMXIDX" and segment in INDEX_EXCHANGE_OF:
        symbol = index_name(row["name"].upper().removeprefix("S&P "))
        return _row(row, segment, symbol, INDEX_EXCHANGE_OF[segment].value, row["name"], "INDEX")
    if kind == "" and segment in ("NSE", "BSE"):
        return _share(row, segment)
    return f"type {kind or 'missing'} in {segment}"


def _share(row: Mapping[str, Any], segment: str) -> MasterRow | str:
    symbol = row["symbol"]
    share = _row(row, segment, symbol, segment, row["name"], "EQ")
    if segment == "BSE":
        return "legacy index row" if symbol in LEGACY_BSE_INDICES else share
    base, _, series = symbol.rpartition("-")
    if not base or not 1 <= len(series) <= 2:
        return "legacy index row"
    if series not in PLAIN_SERIES:
        return share
    return share._replace(symbol=base, rank=PLAIN_SERIES[series], other_symbol=symbol)


def _derivative(row: Mapping[str, Any], segment: str, kind: str) -> MasterRow | str:
    expiry = _expiry(row["expiry"])
    if expiry is None:
        return f"no expiry in {segment}"
    day, date_text, spellings = expiry
    broker_symbol, lotsize = row["symbol"], row["lotsize"]
    strike, right = None, "FUT"
    if kind.startswith("OPT"):
        strike, right = _rupees(row["strike"], segment), _right(broker_symbol)
        if not strike or not right:
            return f"option without strike or type in {segment}"
    root = row["name"] or _root(broker_symbol, spellings, f"{strike or ''}{right}")
    lot, tick, freeze = _sizes(segment, lotsize, row["tick_size"], row.get("freeze_qty"))
    return MasterRow(
        f"{root}{date_text}{strike or ''}{right}" if root else broker_symbol, segment, root, right, day, strike,
        lot, tick, freeze, _multiplier(segment, root, kind, lotsize) if segment in POINT_VALUES else "1",
        broker_symbol, segment, row["token"],
    )  # fmt: skip


def _row(row: Mapping[str, Any], segment: str, symbol: str, exchange: str, name: str, kind: str) -> MasterRow:
    """A row that does not expire."""
    lot, tick, freeze = _sizes(segment, row["lotsize"], row["tick_size"], row.get("freeze_qty"))
    return MasterRow(
        symbol, exchange, name, kind, None, None, lot, tick, freeze, "1", row["symbol"], segment, row["token"]
    )


def _right(symbol: str) -> str:
    """CE or PE: at the end of the symbol, or, on NCDEX, before the strike; empty where there is neither."""
    end = symbol[-2:]
    if end in ("CE", "PE"):
        return end
    found = _RIGHT_BEFORE_STRIKE.search(symbol)
    return found[1] if found else ""


def _root(symbol: str, dates: tuple[str, ...], tail: str) -> str:
    """The underlying of a symbol whose row leaves the name empty, by taking off date, strike and type; else empty."""
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


@lru_cache(maxsize=4096)
def _multiplier(segment: str, name: str, kind: str, lotsize: str) -> str:
    """Rupees per point per unit."""
    values = POINT_VALUES[segment]
    value = values.get(name) or values.get(kind)
    return "1" if value is None else decimal_text(Decimal(value) / _lot(lotsize))


def _lot(text: str) -> int:
    return max(1, units(text))
