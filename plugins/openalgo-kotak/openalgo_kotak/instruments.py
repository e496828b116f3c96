"""The instrument master: one CSV file for each segment, turned into rows while it is being downloaded.

Columns are found by name, for their number and order have changed. Symbols are rebuilt from underlying, expiry and
strike; the broker's trading symbol is opaque. Strikes and ticks are in paise, large numbers in scientific notation.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from openalgo_core.clock import IST
from openalgo_core.errors import BrokerUnavailable, OpenAlgoError, UnreadableAnswer
from openalgo_core.masters import TRY_AGAIN, counted
from openalgo_core.models import Master, MasterFields, MasterRow
from openalgo_core.numbers import decimal_text, money
from openalgo_core.streams import csv_columns, csv_rows, text_lines
from openalgo_core.symbols import PLAIN_SERIES, expiry_text, index_name

from . import wire
from .flows import DIALECTS, credentials, dialect_of
from .tables import CASH, EXCHANGE_OF, INDEX_NAMES, POINT_VALUES

if TYPE_CHECKING:
    from openalgo_core.models import Account, Known

__all__ = ["master", "unified"]

_LOGIN_HOST = "https://mis.kotaksecurities.com"
#: Asked for the list of files where the host of the session has none.
_OTHER_HOSTS = ("https://cis.kotaksecurities.com", "https://neo-gw.kotaksecurities.com")
_FILES = "https://lapi.kotaksecurities.com/wso2-scripmaster/v1/prod"

#: Where the seconds of an expiry are counted from: 1980-01-01 00:00 IST, elsewhere the Unix epoch.
_EPOCHS = {"nse_fo": 315_513_000, "cde_fo": 315_513_000}
_RIGHTS = ("CE", "PE", "XX")  # XX is a future
_DATE = re.compile(r"/(\d{4}-\d{2}-\d{2})/")

#: The columns of a share's or an index' row that say something, in the order of `_share`.
_OF_SHARE = (
    "pSymbol", "pGroup", "pSymbolName", "pTrdSymbol", "pISIN", "pDesc", "lLotSize", "dTickSize", "lFreezeQty",
)  # fmt: skip
#: Those of a contract's row, in the order of `_contract` and `_series`.
_OF_CONTRACT = (
    "pSymbol", "pTrdSymbol", "pOptionType", "dStrikePrice",
    "pSymbolName", "lExpiryDate", "lLotSize", "dTickSize", "lFreezeQty",
    "lMultiplier", "dGenNum", "dGenDen", "dPriceNum", "dPriceDen",
)  # fmt: skip


def master(account: Account, known: Known | None) -> Master | bool:
    """The master as it comes in, or `False` where the files are those that are known already."""
    urls = _urls(account)
    stamp = hashlib.sha256("\n".join(sorted(urls)).encode()).hexdigest()
    if known is not None and known.stamp == stamp:
        return False
    answer = Master((), stamp=stamp, source_time=_date_of(urls))
    answer.rows = counted(_rows(account, urls), answer.skipped)
    return answer


# --- The files ---


def _urls(account: Account) -> list[str]:
    """Where today's files lie: as the host of the session says, else another one, else by the rule of their names."""
    for url, headers in _lists(account):
        try:
            found = _listed(wire.judge(account.http.request("GET", url, headers=headers, limit="reads")))
        except OpenAlgoError:  # whatever the reason: the files themselves are there for everybody
            continue
        if found:
            return found
    today = f"{_FILES}/{account.clock.now():%Y-%m-%d}"
    return [
        f"{today}/transformed-v1/{segment}-v1.csv" if segment in CASH else f"{today}/transformed/{segment}.csv"
        for segment in EXCHANGE_OF
    ]


def _lists(account: Account) -> Iterator[tuple[str, dict[str, str]]]:
    """The addresses of the list of files, best first. Before a login the access token is enough."""
    session = account.session
    if session is not None:
        headers = wire.market_headers(session)
        yield wire.url_of(account, dialect_of(session).files), headers
    else:
        headers = {"Authorization": credentials(account)[1]}
        yield f"{_LOGIN_HOST}/{DIALECTS['live'].files}", headers
    if session is None or dialect_of(session).is_live:
        for host in _OTHER_HOSTS:
            yield f"{host}/{DIALECTS['live'].files}", headers


def _listed(body: object) -> list[str]:
    data = body.get("data") if isinstance(body, Mapping) else None
    paths = data.get("filesPaths") if isinstance(data, Mapping) else None
    return [path for path in paths if isinstance(path, str)] if isinstance(paths, list) else []


def _date_of(urls: Iterable[str]) -> datetime | None:
    found = next(filter(None, map(_DATE.search, urls)), None)
    return datetime.fromisoformat(found[1]).replace(tzinfo=IST) if found else None


def _rows(account: Account, urls: Sequence[str]) -> Iterator[MasterFields | str]:
    """The rows of all files; in place of one that is none, and of a file that there is not, the reason."""
    names = {url: url.rpartition("/")[2] for url in urls}
    for segment in EXCHANGE_OF:
        url = next((url for url, name in names.items() if segment in name), None)
        if url is None:
            yield f"no file of {segment}"
        else:
            names.pop(url)
            yield from _of_segment(account, segment, url)
    yield from (f"file {name}" for name in names.values())


def _of_segment(account: Account, segment: str, url: str) -> Iterator[MasterFields | str]:
    found = unified(_pieces(account, segment, url), segment)
    return _with_indices(found, segment) if segment in CASH else found


def _with_indices(found: Iterable[MasterFields | str], segment: str) -> Iterator[MasterFields | str]:
    """The rows of a file, then the indices that can be quoted and that it does not list."""
    indices = {index_name(names[0]): names[0] for names in INDEX_NAMES.get(segment, ())}
    for row in found:
        if isinstance(row, MasterRow) and row.kind == "INDEX":
            indices.pop(row.symbol, None)
        yield row
    for symbol, name in indices.items():
        yield MasterRow(symbol, CASH[segment].value, name, "INDEX", None, None, 1, None, None, "1", name, segment, name)


def _pieces(account: Account, segment: str, url: str, *, again: bool = True) -> Iterator[bytes]:
    """A file as it comes in. One of another day is refused with 403: then the list is read anew, once."""
    with account.http.download(url) as download:
        if download.status == 200:
            yield from download.pieces()
            return
        status = download.status
    if status == 403 and again:
        newer = next((url for url in _urls(account) if segment in url.rpartition("/")[2]), None)
        if newer is not None:
            yield from _pieces(account, segment, newer, again=False)
            return
    message = f"Kotak's instrument file of {segment} could not be read (HTTP {status})."
    raise BrokerUnavailable(message, hint=TRY_AGAIN, broker="kotak", http_status=status)


def unified(pieces: Iterable[bytes], segment: str) -> Iterator[MasterFields | str]:
    """The rows of a segment's file in unified words; for what is no tradable instrument the reason instead.

    Names of columns carry blanks, one a semicolon. Raises `UnreadableAnswer` for a file that ends in the middle of a
    row.
    """
    columns, read = (_OF_SHARE, _share) if segment in CASH else (_OF_CONTRACT, _contract)
    lines = text_lines(pieces)
    header = [name.strip(" ;") for name in next(csv_rows(lines), [])]
    if not {*_OF_SHARE, *_OF_CONTRACT} <= set(header):
        raise UnreadableAnswer("Kotak's instrument file has other columns than it used to have.", broker="kotak")
    fields: tuple[str, ...] | None = ()
    for fields in csv_columns(lines, list(map(header.index, columns)), len(header)):
        try:
            yield "row of another width" if fields is None else read(segment, *fields)
        except UnreadableAnswer:  # one odd number must not cost all the other rows
            yield "unreadable number or date"
    if fields is None:
        raise UnreadableAnswer("Kotak's instrument file ends in the middle of a row.", hint=TRY_AGAIN, broker="kotak")


# --- Rows ---


def _share(
    segment: str, token: str, group: str, name: str, trading_symbol: str, isin: str, description: str, *sizes: str
) -> MasterRow | str:
    if not token or not name or not trading_symbol:
        return f"row without a name in {segment}"
    lot, tick, freeze = _sizes(*sizes)
    symbol = name.upper()
    row = MasterRow(
        symbol, EXCHANGE_OF[segment].value, description or symbol, "EQ", None, None, lot, tick, freeze, "1",
        trading_symbol, segment, token,
    )  # fmt: skip
    if not isin:
        return row._replace(symbol=index_name(name), exchange=CASH[segment].value, name=trading_symbol, kind="INDEX")
    if segment == "bse_cm":  # a group is no part of a name there
        return row
    full = f"{symbol}-{group}" if group else symbol
    if group not in PLAIN_SERIES:
        return row._replace(symbol=full)
    return row._replace(rank=PLAIN_SERIES[group], other_symbol=full)


def _contract(
    segment: str, token: str, trading_symbol: str, right: str, strike_text: str, name: str, expiry: str, lot: str,
    tick: str, most: str, multiplier: str, gen_num: str, gen_den: str, price_num: str, price_den: str,
) -> MasterFields | str:  # fmt: skip
    """A plain tuple, and what its series has in common at one stroke: nearly every row is one of these.

    Of bse_fo the type column is often empty; the right says as much. Spreads and index rows have none.
    """
    if not token or not name or not trading_symbol:
        return f"row without a name in {segment}"
    if right not in _RIGHTS:
        return f"spread or index row in {segment}"
    series = _series(segment, name, expiry, lot, tick, most, multiplier, gen_num, gen_den, price_num, price_den)
    if series is None:
        return f"no expiry in {segment}"
    start, exchange, base, day, lot_size, tick_size, freeze, points = series
    if right == "XX":
        symbol, kind, strike = f"{start}FUT", "FUT", None
    else:
        kind, strike = right, _rupees(strike_text)
        if strike is None:
            return f"option without strike in {segment}"
        symbol = f"{start}{strike}{kind}"
    return (
        symbol, exchange, base, kind, day, strike, lot_size, tick_size, freeze, points, trading_symbol, segment, token,
        0, None,
    )  # fmt: skip


# --- Values; a master repeats few of them many times ---


def _number(text: str) -> Decimal | None:
    """A positive number; an empty cell, 0 and -1 stand for none."""
    value = money(text) if text else None
    return value if value is not None and value > 0 else None


@lru_cache(maxsize=16384)
def _rupees(paise: str) -> str | None:
    value = _number(paise)
    return decimal_text(value / 100) if value else None


@lru_cache(maxsize=16384)
def _sizes(lot: str, tick: str, freeze: str) -> tuple[int, str | None, int | None]:
    """Lot, tick in rupees and freeze quantity."""
    return _units(lot) or 1, _rupees(tick), _units(freeze)


def _units(text: str) -> int | None:
    value = _number(text)
    return int(value) if value else None


@lru_cache(maxsize=4096)
def _expiry(text: str, segment: str) -> tuple[str, str] | None:
    """The day, and how a symbol writes it. It is the calendar day in UTC: MCX contracts end at 23:59:59 of it."""
    seconds = _number(text)
    if seconds is None:
        return None
    try:
        day = datetime.fromtimestamp(int(seconds) + _EPOCHS.get(segment, 0), UTC).date()
    except (OverflowError, ValueError, OSError):
        return None
    return day.isoformat(), expiry_text(day)


@lru_cache(maxsize=4096)
def _series(
    segment: str, name: str, seconds: str, lot: str, tick: str, freeze: str, *ratios: str
) -> tuple[str, str, str, str, int, str | None, int | None, str] | None:
    """What the contracts of one expiry share: the start of the symbol, exchange, base, day, sizes and multiplier."""
    expiry = _expiry(seconds, segment)
    if expiry is None:
        return None
    day, text = expiry
    base = name.upper()
    points = _multiplier(segment, base, lot, ratios)
    return f"{base}{text}", EXCHANGE_OF[segment].value, base, day, *_sizes(lot, tick, freeze), points


def _multiplier(segment: str, base: str, lot: str, ratios: Iterable[str]) -> str:
    """Rupees per point per unit: by the contract specifications, else as the file says."""
    value = POINT_VALUES.get(segment, {}).get(base)
    if value is not None:
        return decimal_text(Decimal(value) / (_units(lot) or 1))
    whole, gen_num, gen_den, price_num, price_den = (_number(text) or Decimal(1) for text in ratios)
    return decimal_text(whole * gen_num / gen_den * price_num / price_den)
