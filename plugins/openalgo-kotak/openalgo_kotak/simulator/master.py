"""The instrument files that the simulator serves, and their rows by token and by symbol.

`scripmaster/*.csv` holds 73 rows in Kotak's own format, header blanks and all. The rows of NSE's cash market are those
that Kotak's first SDK shipped (2023), NIFTY2692221000PE is one of 28 August 2026, the tokens, lots and ticks of the
NSE futures are real ones of that month; the others were built after the format. Expiries are moved past today when the
simulator starts.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import date
from importlib.resources import files
from typing import Final

from openalgo_core.exchange import Contract

from .scrips import INDICES, Listing, index_listing, listing_of
from .shifting import Row, shifted

__all__ = ["InstrumentMaster"]

#: In the order in which the broker was seen to list them.
_FILES: Final = (
    "transformed/cde_fo.csv",
    "transformed/mcx_fo.csv",
    "transformed/nse_fo.csv",
    "transformed/bse_fo.csv",
    "transformed/nse_com.csv",
    "transformed-v1/bse_cm-v1.csv",
    "transformed-v1/nse_cm-v1.csv",
)


class InstrumentMaster:
    """The files of one day, and what they list."""

    def __init__(self, today: date) -> None:
        self.day = today
        self._files: dict[str, str] = {}
        self._by_token: dict[tuple[str, str], Listing] = {}
        self._by_symbol: dict[tuple[str, str], Listing] = {}
        self._by_contract: dict[object, Listing] = {}
        tokens: dict[tuple[str, str], str] = {}
        for path in _FILES:
            header, rows = _read(path.rpartition("/")[2])
            moved = shifted(rows, today)
            self._files[path] = _written(header, moved)
            self._list(listing for row in moved if (listing := listing_of(row)))
            tokens |= {(row["pExchSeg"], row["pSymbolName"]): row["pSymbol"] for row in moved if not row["pISIN"]}
        for segment, names in INDICES.items():
            for name, symbol in names.items():
                token = tokens.get((segment, symbol)) or tokens.get((segment, name)) or name
                self._list([index_listing(segment, name, symbol, token)])

    @property
    def paths(self) -> tuple[str, ...]:
        """Of the files, below the folder of the day."""
        return tuple(self._files)

    def file(self, path: str) -> str | None:
        """The content of a file, `None` if there is none of that name."""
        return self._files.get(path)

    def find(self, segment: str, token: str) -> Listing | None:
        """By token; an index by its name, to the letter."""
        return self._by_token.get((segment, token))

    def named(self, segment: str, trading_symbol: str) -> Listing | None:
        """What can be ordered, by its trading symbol."""
        found = self._by_symbol.get((segment, trading_symbol))
        return None if found is None or found.contract.exchange.is_index else found

    def of(self, contract: Contract) -> Listing:
        """The row of a contract that came from here."""
        return self._by_contract[contract.key]

    def derivatives(self, segment: str, underlying: str) -> list[Listing]:
        """All futures and options of an underlying."""
        return [
            listing
            for (where, _), listing in self._by_token.items()
            if where == segment and listing.contract.expiry and listing.contract.name == underlying
        ]

    def _list(self, listings: Iterable[Listing]) -> None:
        for listing in listings:
            self._by_token[listing.segment, listing.token] = listing
            self._by_symbol[listing.segment, listing.symbol] = listing
            self._by_contract[listing.contract.key] = listing


def _read(name: str) -> tuple[list[str], list[Row]]:
    """The header as it stands in the file, and the rows by its tidied names."""
    text = files(__package__).joinpath("scripmaster", name).read_text("utf-8")
    header, *lines = csv.reader(text.splitlines())
    names = [column.strip(" ;") for column in header]
    return header, [dict(zip(names, line, strict=True)) for line in lines]


def _written(header: list[str], rows: list[Row]) -> str:
    return "".join(f"{','.join(line)}\n" for line in (header, *(row.values() for row in rows)))
