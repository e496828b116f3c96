"""The instrument master: a zip of one file without a header, spooled to disk, then turned into rows as it is unpacked.

Symbols are rebuilt from base, series, expiry and strike; the broker's trading symbol is spelt differently from segment
to segment and is opaque.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import IO, TYPE_CHECKING, NamedTuple

from openalgo_core.errors import UnreadableAnswer
from openalgo_core.masters import begun, conditions, counted, has_changed, pieces_of, spooled
from openalgo_core.models import Master, MasterFields, MasterRow
from openalgo_core.numbers import decimal_text, money, units
from openalgo_core.streams import text_lines
from openalgo_core.symbols import PLAIN_SERIES, expiry_text, index_name

from .tables import EXCHANGE_OF, INDEX_EXCHANGE_OF, INDEX_RENAMES, POINT_VALUES

if TYPE_CHECKING:
    from openalgo_core.models import Account, Known

__all__ = ["MASTER_URL", "master", "unified"]

MASTER_URL = "https://app.definedgesecurities.com/public/allmaster.zip"

#: Columns up to the company, which may hold commas: nothing is quoted.
_COLUMNS = 15
#: Columns that a row must have, up to the multiplier.
_NEEDED = 12

_CASH = ("NSE", "BSE")

_WRITTEN_STRIKE = re.compile(r"[CP]([0-9]+(?:\.[0-9]+)?)$")


def master(account: Account, known: Known | None) -> Master | bool:
    """The master, or `False` where it is the one that is known already."""
    with account.http.download(MASTER_URL, headers=conditions(known)) as download:
        if not has_changed(download):
            return False
        answer = begun(download)
        # A zip is read from its end, so nothing of it can be read while it comes in.
        answer.rows = counted(_rows(spooled(download)), answer.skipped)
    return answer


def _rows(file: IO[bytes]) -> Iterator[MasterFields | str]:
    try:
        with file, zipfile.ZipFile(file) as archive:
            for line in _lines(archive):
                try:
                    # All of it text: a number would lose the zero that an expiry begins with.
                    yield unified(line.split(",", _COLUMNS - 1))
                except UnreadableAnswer:  # one odd number must not cost all the other rows
                    yield "unreadable number"
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OSError) as error:  # the last two: wrong offsets
        raise UnreadableAnswer(
            "Definedge's instrument file is damaged.", hint="Try again.", broker="definedge"
        ) from error


def _lines(archive: zipfile.ZipFile) -> Iterator[str]:
    members = [name for name in archive.namelist() if name.lower().endswith(".csv")]
    if not members:
        raise UnreadableAnswer("Definedge's instrument archive holds no CSV file.", broker="definedge")
    with archive.open(members[0]) as file:
        yield from text_lines(pieces_of(file))


# --- Rows ---


def unified(fields: Sequence[str]) -> MasterFields | str:
    """A row of the master in unified words, or the reason why it is no tradable instrument."""
    if len(fields) < _NEEDED:
        return "short row"
    segment, token, base, trading_symbol, kind = fields[:5]
    if segment not in EXCHANGE_OF:
        return f"segment {segment}"
    if not token or not trading_symbol:
        return "row without token or trading symbol"
    if kind[:3] in ("FUT", "OPT"):
        return _derivative(fields) if segment not in _CASH else f"type {kind} in {segment}"
    if kind in ("IDX", "INDEX") and segment in INDEX_EXCHANGE_OF:
        name = index_name(trading_symbol, INDEX_RENAMES[segment])
        return _plain(fields, name, INDEX_EXCHANGE_OF[segment].value, trading_symbol, "INDEX")
    if kind and segment in _CASH:
        company = fields[14].strip() if len(fields) >= _COLUMNS else ""
        return _share(fields, company or base)
    return f"type {kind or 'missing'} in {segment}"


def _share(fields: Sequence[str], name: str) -> MasterRow:
    """The type is the series on NSE; on BSE it is a trading group, which is no part of a name."""
    segment, _, base, trading_symbol, series = fields[:5]
    if segment == "BSE":
        return _plain(fields, trading_symbol, segment, name, "EQ")
    full = f"{base}-{series}"
    if series not in PLAIN_SERIES:
        return _plain(fields, full, segment, name, "EQ")
    return _plain(fields, base, segment, name, "EQ")._replace(rank=PLAIN_SERIES[series], other_symbol=full)


def _plain(fields: Sequence[str], symbol: str, exchange: str, name: str, kind: str) -> MasterRow:
    """A row without an expiry: what stands in that column is 1980."""
    segment, token, _, trading_symbol, _, _, tick, lot, _, _, precision, _ = fields[:_NEEDED]
    return MasterRow(
        symbol, exchange, name, kind, None, None, *_sizes(lot, tick, precision), None, "1",
        trading_symbol, segment, token,
    )  # fmt: skip


def _derivative(fields: Sequence[str]) -> MasterFields | str:
    """A plain tuple, and what its series has in common at one stroke: nearly every row is one of these."""
    segment, token, base, trading_symbol, kind, day, tick, lot, right, strike, precision, multiplier = fields[:_NEEDED]
    series = _series(segment, base, kind, day, tick, lot, precision)
    if series is None:
        return f"no expiry in {segment}"
    start, expiry, lot_size, tick_size, points = series
    level = None
    if kind[:3] == "FUT":
        right = "FUT"
    else:
        level = _scaled(strike, precision, multiplier)
        if segment == "CDS":
            level = _written_strike(trading_symbol) or level
        if not level or right not in ("CE", "PE"):
            return f"option without strike or type in {segment}"
    return (
        f"{start}{level or ''}{right}", segment, base, right, expiry, level, lot_size, tick_size, None, points,
        trading_symbol, segment, token, 0, None,
    )  # fmt: skip


def _written_strike(trading_symbol: str) -> str | None:
    """What stands at the end of the symbol: how the strikes of currency rows are scaled is not confirmed."""
    written = _WRITTEN_STRIKE.search(trading_symbol)
    return decimal_text(Decimal(written[1])) if written else None


# --- Values; a master repeats few of them many times ---


class _Expiry(NamedTuple):
    day: str  # 2026-11-03
    unified: str  # 03NOV26


@lru_cache(maxsize=1024)
def _expiry(text: str) -> _Expiry | None:
    """The day that `03112026` names, also where its first zero was lost."""
    digits = text.zfill(8)
    try:
        day = date(int(digits[4:]), int(digits[2:4]), int(digits[:2]))
    except ValueError:
        return None
    return _Expiry(day.isoformat(), expiry_text(day)) if day.year > 1980 else None


@lru_cache(maxsize=4096)
def _series(
    segment: str, base: str, kind: str, day: str, tick: str, lot: str, precision: str
) -> tuple[str, str, int, str | None, str] | None:
    """What the contracts of one expiry share: the start of the symbol, day, lot, tick and multiplier."""
    expiry = _expiry(day)
    if expiry is None:
        return None
    points = _multiplier(segment, base, kind, lot) if segment in POINT_VALUES else "1"
    return f"{base}{expiry.unified}", expiry.day, *_sizes(lot, tick, precision), points


@lru_cache(maxsize=16384)
def _scaled(text: str, precision: str, multiplier: str) -> str | None:
    """A strike or tick in rupees; 0 stands for none."""
    value = money(text) / (max(1, units(multiplier)) * Decimal(10) ** units(precision))
    return decimal_text(value) if value > 0 else None


@lru_cache(maxsize=16384)
def _sizes(lot: str, tick: str, precision: str) -> tuple[int, str | None]:
    """Lot and tick."""
    return _lot(lot), _scaled(tick, precision, "1")


def _lot(text: str) -> int:
    return max(1, units(text))


def _multiplier(segment: str, base: str, kind: str, lot: str) -> str:
    """Rupees per point per unit."""
    values = POINT_VALUES[segment]
    value = values.get(base) or values.get(kind)
    return "1" if value is None else decimal_text(Decimal(value) / _lot(lot))
