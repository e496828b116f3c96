"""Instrument masters of any size in each broker's own format, the same on every machine.

The mix is that of the live files in November 2026: some 4 % shares, the rest options of a few hundred underlyings.
Nothing here is a real contract but SBIN. Columns that our plugins do not read are there too, filled with what a live
file repeats: reading past them is part of the work.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from importlib.resources import files
from itertools import count, islice, product
from typing import NamedTuple

__all__ = [
    "Contract", "angel", "angel_symbol", "contracts", "definedge", "definedge_symbol", "icici", "indmoney", "kotak",
    "kotak_symbol",
]  # fmt: skip

_EXPIRIES = (date(2026, 11, 24), date(2026, 12, 1), date(2026, 12, 29), date(2027, 1, 26), date(2027, 3, 30))
_STRIKES = range(20)
_LOT = "65"
#: Kotak counts the seconds of some expiries from 1980 on.
_KOTAK_EPOCH = 315_513_000


class Contract(NamedTuple):
    """A share (`expiry` is `None`), or an option with its strike in rupees and its side, CE or PE."""

    token: int
    name: str
    expiry: date | None = None
    strike: int = 0
    side: str = ""


def contracts(rows: int) -> Iterator[Contract]:
    """SBIN first, then other shares, then options, those of NIFTY first."""
    shares = max(2, rows // 25)
    yield Contract(3045, "SBIN")
    yield from (Contract(100_000 + number, f"SHARE{number}") for number in range(1, shares))
    yield from islice(_options(), rows - shares)


def _options() -> Iterator[Contract]:
    tokens = count(1_000_000)
    for number in count():
        name, base = ("NIFTY", 24_000) if number == 0 else (f"SHARE{number}", 1_000)
        for expiry, step, side in product(_EXPIRIES, _STRIKES, ("CE", "PE")):
            yield Contract(next(tokens), name, expiry, base + step * 50, side)


# --- Angel One: one JSON array ---


def angel(rows: int) -> bytes:
    """`OpenAPIScripMaster.json`."""
    return json.dumps([_angel_row(contract) for contract in contracts(rows)], separators=(",", ":")).encode()


def angel_symbol(contract: Contract) -> str:
    tail = f"{contract.expiry:%d%b%y}{contract.strike}{contract.side}".upper() if contract.expiry else "-EQ"
    return f"{contract.name}{tail}"


def _angel_row(contract: Contract) -> dict[str, str | bool]:
    expiry = "" if contract.expiry is None else f"{contract.expiry:%d%b%Y}".upper()
    return {
        "token": str(contract.token),
        "symbol": angel_symbol(contract),
        "name": contract.name,
        "expiry": expiry,
        "strike": f"{contract.strike * 100}.000000" if expiry else "-1.000000",
        "lotsize": _LOT if expiry else "1",
        "instrumenttype": _kind(contract),
        "exch_seg": "NFO" if expiry else "NSE",
        "tick_size": "5.000000",
        "freeze_qty": "1800" if expiry else "0",
        "is_cas_enabled": False,
    }


def _kind(contract: Contract) -> str:
    if contract.expiry is None:
        return ""
    return "OPTIDX" if contract.name == "NIFTY" else "OPTSTK"


# --- Definedge: a zip of one CSV without a header ---


def definedge(rows: int) -> bytes:
    """`allmaster.zip`."""
    lines = "\n".join(map(_definedge_line, contracts(rows)))
    return _zipped({"allmaster.csv": lines})


def definedge_symbol(contract: Contract) -> str:
    tail = f"{contract.expiry:%d%b%y}{contract.side[0]}{contract.strike}".upper() if contract.expiry else "-EQ"
    return f"{contract.name}{tail}"


def _definedge_line(contract: Contract) -> str:
    token, name, expiry, strike, side = contract
    symbol = definedge_symbol(contract)
    if expiry is None:
        return f"NSE,{token},{name},{symbol},EQ,01011980,5,1,EQ,0,2,1,INE062A01020,1.000000,{name} LIMITED"
    start = f"NFO,{token},{name},{symbol},{_kind(contract)}"
    return f"{start},{expiry:%d%m%Y},5,{_LOT},{side},{strike * 100},2,1,,1.000000,"


# --- ICICI Direct: a zip of seven text files ---


def icici(rows: int) -> bytes:
    """`SecurityMaster.zip`, with the columns that the live files have."""
    wanted = list(contracts(rows))
    found = {
        "NSEScripMaster.txt": (_icici_share(one) for one in wanted if one.expiry is None),
        "FONSEScripMaster.txt": (_icici_option(one) for one in wanted if one.expiry is not None),
    }
    samples = files("openalgo_icici") / "simulator" / "files"
    members = {
        sample.name: _table(sample.read_text("ascii").partition("\n")[0], found.get(sample.name, ()), quoted=True)
        for sample in samples.iterdir()
        if sample.name.endswith("ScripMaster.txt")
    }
    return _zipped(members)


def _icici_share(contract: Contract) -> dict[str, str]:
    return {
        "Token": str(contract.token),
        "ShortName": contract.name,
        "Series": "EQ",
        "CompanyName": f"{contract.name} LIMITED",
        "ExchangeCode": contract.name,
    }


def _icici_option(contract: Contract) -> dict[str, str]:
    return {
        "Token": str(contract.token),
        "InstrumentName": _kind(contract),
        "ShortName": contract.name,
        "Series": "OPTION",
        "ExpiryDate": f"{contract.expiry:%d-%b-%Y}",
        "StrikePrice": str(contract.strike),
        "OptionType": contract.side,
        "LotSize": _LOT,
        "TickSize": "5",
        "CompanyName": contract.name,
        "ExchangeCode": contract.name,
    }


# --- Kotak Neo and INDmoney: CSV files, one for each segment or kind ---


def kotak(rows: int) -> Mapping[str, bytes]:
    """The files by segment."""
    wanted = list(contracts(rows))
    found = {
        "nse_cm-v1.csv": (_kotak_share(one) for one in wanted if one.expiry is None),
        "nse_fo.csv": (_kotak_option(one, one.expiry) for one in wanted if one.expiry is not None),
    }
    samples = files("openalgo_kotak") / "simulator" / "scripmaster"
    return {
        sample.name: _table(sample.read_text("utf-8").partition("\n")[0], found.get(sample.name, ())).encode()
        for sample in samples.iterdir()
        if sample.name.endswith(".csv")
    }


def kotak_symbol(contract: Contract) -> str:
    tail = f"{contract.expiry:%y%b%d}{contract.strike}{contract.side}".upper() if contract.expiry else "-EQ"
    return f"{contract.name}{tail}"


def _kotak_share(contract: Contract) -> dict[str, str]:
    return _KOTAK_UNITS | {
        "pSymbol": str(contract.token),
        "pGroup": "EQ",
        "pExchSeg": "nse_cm",
        "pSymbolName": contract.name,
        "pTrdSymbol": kotak_symbol(contract),
        "pDesc": f"{contract.name} LIMITED",
        "lLotSize": "1",
        "lExpiryDate": "-1",
        "dStrikePrice": "-1",
    }


def _kotak_option(contract: Contract, expiry: date) -> dict[str, str]:
    closing = datetime.combine(expiry, time(10, 0), UTC).timestamp() - _KOTAK_EPOCH
    return _KOTAK_UNITS | {
        "pSymbol": str(contract.token),
        "pGroup": "XX",
        "pExchSeg": "nse_fo",
        "pInstType": _kind(contract),
        "pSymbolName": contract.name,
        "pTrdSymbol": kotak_symbol(contract),
        "pOptionType": contract.side,
        "lLotSize": _LOT,
        "lExpiryDate": f"{closing:.0f}",
        "dStrikePrice": f"{contract.strike * 100:.4e}",
    }


_KOTAK_UNITS = {"dTickSize": "5", "lMultiplier": "-1", "lFreezeQty": "1801"} | dict.fromkeys(
    ("dPriceNum", "dGenDen", "dGenNum", "dPriceDen"), "1"
)


def indmoney(rows: int) -> Mapping[str, bytes]:
    """The files by source."""
    wanted = list(contracts(rows))
    found = {
        "equity": (_indmoney_share(one) for one in wanted if one.expiry is None),
        "fno": (_indmoney_option(one, one.expiry) for one in wanted if one.expiry is not None),
        "index": (),
    }
    samples = files("openalgo_indmoney") / "simulator" / "files"
    return {
        source: _table((samples / f"{source}.csv").read_text("utf-8").partition("\n")[0], rows_of).encode()
        for source, rows_of in found.items()
    }


def _indmoney_share(contract: Contract) -> dict[str, str]:
    return {
        "EXCH": "NSE",
        "SEGMENT": "E",
        "SECURITY_ID": str(contract.token),
        "INSTRUMENT_NAME": "EQUITY",
        "TRADING_SYMBOL": contract.name,
        "LOT_UNITS": "1",
        "TICK_SIZE": "5",
        "SERIES": "EQ",
        "SYMBOL_NAME": f"{contract.name} Ltd",
    }


def _indmoney_option(contract: Contract, expiry: date) -> dict[str, str]:
    return {
        "EXCH": "NSE",
        "SEGMENT": "D",
        "SECURITY_ID": str(contract.token),
        "INSTRUMENT_NAME": _kind(contract),
        "TRADING_SYMBOL": f"{contract.name}-{expiry:%b%Y}-{contract.strike}-{contract.side}",
        "LOT_UNITS": _LOT,
        "CUSTOM_SYMBOL": f"{contract.name} {expiry:%d %b} {contract.strike} {contract.side}".upper(),
        "EXPIRY_DATE": f"{expiry:%m/%d/%Y} 15:30",
        "STRIKE_PRICE": f"{contract.strike}.0",
        "OPTION_TYPE": contract.side,
        "TICK_SIZE": "5",
        "SEM_EXCH_INSTRUMENT_TYPE": "OP",
    }


# --- Files ---


def _table(header: str, rows: Iterable[Mapping[str, str]], *, quoted: bool = False) -> str:
    """A CSV file with that header; a column that a row does not name holds what most rows of a live file hold."""
    columns = next(csv.reader([header.lstrip("\ufeff")], skipinitialspace=True))
    places = {column.strip().rstrip(";"): place for place, column in enumerate(columns)}
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL, lineterminator="\n")
    writer.writerow(columns)
    usual = ["0" if quoted else "" for _ in columns]
    for row in rows:
        line = usual.copy()
        for column, value in row.items():
            line[places[column]] = value
        writer.writerow(line)
    return text.getvalue()


def _zipped(members: Mapping[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return packed.getvalue()
