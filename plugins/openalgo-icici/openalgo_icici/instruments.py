"""The instrument master: a zip of seven text files, spooled to disk and then turned into rows as it is unpacked.

Columns are found by name. What stands under a name is not always what it says: tick sizes of futures and options are in
paise, that of NSE shares is constant, that of BSE shares is a circuit price; shares have none to tell.
"""

from __future__ import annotations

import csv
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache, partial
from operator import itemgetter
from typing import IO, TYPE_CHECKING

from openalgo_core.errors import UnreadableAnswer
from openalgo_core.masters import begun, conditions, counted, has_changed, pieces_of, spooled
from openalgo_core.models import Master, MasterFields, MasterRow
from openalgo_core.numbers import decimal_text, money, units
from openalgo_core.streams import text_lines
from openalgo_core.symbols import PLAIN_SERIES

from .contract import Contract, iso_day
from .tables import BSE_INDICES, DERIVATIVE_BASES, EXCHANGES, GRAMS, NSE_INDICES, RIGHT_OF

if TYPE_CHECKING:
    from openalgo_core.models import Account, Known

__all__ = ["MASTER_URL", "master"]

MASTER_URL = "https://directlink.icicidirect.com/MotherAppMaster/SecurityMaster.zip"

_CELL = '[^"]*+'
_LIVE_TOKEN = re.compile(r"[1-9][0-9]*")
_BSE_SHARE = re.compile(r"5[0-9]{5}")
_PRICE_UNIT = re.compile(r"RS/([0-9]+)([A-Za-z]+)")


def master(account: Account, known: Known | None) -> Master | bool:
    """The master, or `False` where it is the one that is known already."""
    with account.http.download(MASTER_URL, headers=conditions(known)) as download:
        if not has_changed(download):
            return False
        answer = begun(download)
        # A zip is read from its end, so nothing of it can be read while it comes in.
        answer.rows = counted(_rows(spooled(download)), answer.skipped)
    return answer


# --- The archive ---


def _rows(file: IO[bytes]) -> Iterator[MasterFields | str]:
    try:
        with file, zipfile.ZipFile(file) as archive:
            for member, (columns, read) in _MEMBERS.items():
                for fields in _records(archive, member, columns):
                    try:
                        yield read(*fields) if fields else "row that was cut short"
                    except UnreadableAnswer:  # one odd number must not cost all the other rows
                        yield "unreadable number or date"
    except (zipfile.BadZipFile, zlib.error, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableAnswer(
            "ICICI Direct's instrument file is damaged.", hint="Try again.", broker="icici"
        ) from error


def _records(archive: zipfile.ZipFile, member: str, columns: Sequence[str]) -> Iterator[Sequence[str] | None]:
    """Those columns of every row, `None` for one too short.

    The headers of some files have a space after each comma, which is not meant.
    """
    if member not in archive.namelist():
        raise UnreadableAnswer(f"ICICI Direct's instrument file lacks {member}.", broker="icici")
    with archive.open(member) as file:
        lines = text_lines(pieces_of(file), encoding="ascii", errors="strict")
        header = next(csv.reader(lines, skipinitialspace=True), [])
        if not set(columns) <= set(header):
            raise UnreadableAnswer(f"{member} of ICICI Direct has other columns than it used to have.", broker="icici")
        yield from _cells(lines, [header.index(column) for column in columns], len(header) - 1)


def _cells(lines: Iterable[str], places: Sequence[int], last: int) -> Iterator[Sequence[str] | None]:
    """The cells at those places of every line, `None` for one too short; `last` is the place of a line's last cell.

    Lines have some seventy cells, all of them quoted: what is wanted is at the front, but for the last. To look no
    further takes a third of the time of `csv`, which gets the lines that are written otherwise.
    """
    in_file = sorted(places)
    match = re.compile(_line(in_file, last)).fullmatch
    of_line = itemgetter(*places)
    # `None` where the columns still stand in the order wanted: picking costs as much again as the groups themselves.
    of_match = None if in_file == places else itemgetter(*map(in_file.index, places))
    for line in lines:
        if found := match(line):
            yield of_match(found.groups()) if of_match else found.groups()
        else:
            cells = next(csv.reader([line], skipinitialspace=True))
            yield of_line(cells) if len(cells) > last else None


def _line(places: Sequence[int], last: int) -> str:
    """The pattern of a line of which each cell is quoted and none has a quotation mark in it, with a group a place."""
    front = 1 + max(place for place in places if place != last)
    cells = [f'"({_CELL})"' if place in places else f'"{_CELL}"' for place in range(front)]
    if last > front:
        cells.append(".*")
    return ",".join([*cells, f'"({_CELL})"' if last in places else f'"{_CELL}"'])


# --- Rows ---

_RowReader = Callable[..., MasterFields | str]


def _nse(token: str, code: str, series: str, company: str, symbol: str) -> MasterRow | str:
    if series == "0":
        return _index(token, code, company, NSE_INDICES, "NSE")
    if not _LIVE_TOKEN.fullmatch(token):
        return "dead NSE row"
    if not symbol:
        return "NSE row without a symbol"
    share = _share(token, code, company, symbol.upper(), "NSE")
    full = f"{share.symbol}-{series}"
    if series not in PLAIN_SERIES:
        return share._replace(symbol=full)
    return share._replace(rank=PLAIN_SERIES[series], other_symbol=full)


def _bse(token: str, code: str, company: str, symbol: str) -> MasterRow | str:
    if code in BSE_INDICES:
        return _index(token, code, company, BSE_INDICES, "BSE")
    if not _BSE_SHARE.fullmatch(token):
        return "BSE row that is no share"
    if not symbol:
        return "BSE share without a symbol"
    # Of shares that claim one symbol the highest token keeps it: the younger listing.
    return _share(token, code, company, symbol.upper(), "BSE")._replace(rank=1_000_000 - int(token))


def _index(token: str, code: str, company: str, names: Mapping[str, str], exchange: str) -> MasterRow | str:
    if code not in names:
        return f"{exchange} index that is dead or foreign"
    name = names[code]
    contract = Contract(code).text
    return MasterRow(
        name, f"{exchange}_INDEX", company, "INDEX", None, None, 1, None, None, "1", contract, exchange, token
    )


def _share(token: str, code: str, company: str, symbol: str, exchange: str) -> MasterRow:
    contract = Contract(code).text
    return MasterRow(symbol, exchange, company, "EQ", None, None, 1, None, None, "1", contract, exchange, token)


def _derivative(
    exchange: str, token: str, code: str, series: str, expiry: str, strike: str, right: str, lot: str, tick: str,
    base: str, unit: str = "", price_unit: str = "",
) -> MasterFields | str:  # fmt: skip
    """A plain tuple, and what its series has in common at one stroke: nearly every row is one of these."""
    found = _series(exchange, code, series, expiry, right, lot, tick, base, unit, price_unit)
    if isinstance(found, str):
        return found
    start, name, kind, day, lot_size, tick_size, multiplier, contract = found
    level = None
    if kind != "FUT":
        level = _decimal(strike)
        contract = f"{contract}{level}"
    return (
        f"{start}{level or ''}{kind}", exchange, name, kind, day, level, lot_size, tick_size, None, multiplier,
        contract, _BROKER_EXCHANGE[exchange], token, 0, None,
    )  # fmt: skip


def _fund(scheme: str, name: str) -> str:
    return "mutual fund"


_CONTRACT = (
    "Token", "ShortName", "Series", "ExpiryDate", "StrikePrice", "OptionType", "LotSize", "TickSize", "ExchangeCode",
)  # fmt: skip
_BROKER_EXCHANGE = {exchange.value: code for exchange, code in EXCHANGES.items()}
#: Each file of the archive: the columns that say something, and what makes a row of them.
_MEMBERS: dict[str, tuple[tuple[str, ...], _RowReader]] = {
    "NSEScripMaster.txt": (("Token", "ShortName", "Series", "CompanyName", "ExchangeCode"), _nse),
    "BSEScripMaster.txt": (("Token", "ShortName", "CompanyName", "ExchangeCode"), _bse),
    "FONSEScripMaster.txt": (_CONTRACT, partial(_derivative, "NFO")),
    "FOBSEScripMaster.txt": (_CONTRACT, partial(_derivative, "BFO")),
    "CDNSEScripMaster.txt": (_CONTRACT, partial(_derivative, "CDS")),
    "MCXScripMaster.txt": ((*_CONTRACT, "QuantityUnit", "PriceUnit"), partial(_derivative, "MCX")),
    "MFScripMaster.txt": (("SchemeCode", "SchemeName"), _fund),
}


# --- Values; a master repeats few of them many times ---


@lru_cache(maxsize=4096)
def _series(
    exchange: str, code: str, series: str, expiry: str, right: str, lot: str, tick: str, base: str, unit: str,
    price_unit: str,
) -> tuple[str, str, str, str, int, str | None, str, str] | str:  # fmt: skip
    """What the contracts of one expiry and side share, or why they are none.

    That is the start of the symbol, name, kind, day, lot, tick and multiplier, and the contract as the wire has it, an
    option's but for its strike.
    """
    if series == "SPOT":
        return f"{exchange} spot row"
    wire_right = RIGHT_OF.get(right.lower())
    if series not in ("FUTURE", "OPTION") or wire_right is None or not base:
        return f"{exchange} row that is no future or option"
    day, tail = _expiry(expiry)
    name = DERIVATIVE_BASES.get(base, base).upper()
    if wire_right == "others":
        kind, contract = "FUT", Contract.future(code, day).text
    else:
        kind, contract = right, f"{code}|options|{day}|{wire_right}|"  # with a strike, what Contract.option tells
    return f"{name}{tail}", name, kind, day, *_sizes(exchange, lot, tick, unit, price_unit), contract


@lru_cache(maxsize=1024)
def _expiry(text: str) -> tuple[str, str]:
    """The day, and how a unified symbol writes it."""
    day = iso_day(text)
    return day, f"{day[8:]}{text[3:6].upper()}{day[2:4]}"


@lru_cache(maxsize=16384)
def _decimal(text: str) -> str:
    return decimal_text(money(text))


def _sizes(exchange: str, lot: str, tick: str, unit: str, price_unit: str) -> tuple[int, str | None, str]:
    """Lot, tick in rupees, multiplier."""
    return max(1, units(lot)), _tick(tick, exchange), _multiplier(unit, price_unit)


def _tick(text: str, exchange: str) -> str | None:
    """The files have paise, but for currency."""
    value = money(text)
    return decimal_text(value if exchange == "CDS" else value / 100) if value else None


def _multiplier(unit: str, price_unit: str) -> str:
    """Rupees per point per unit: a kilogram of gold, quoted for ten grams, moves a hundredfold."""
    found = _PRICE_UNIT.fullmatch(price_unit)
    if found is None:
        return "1"
    per, priced = Decimal(found[1]), found[2]
    ratio = GRAMS[unit] / GRAMS[priced] if unit in GRAMS and priced in GRAMS else Decimal(1)
    return decimal_text(ratio / per)
