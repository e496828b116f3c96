"""Quotes: one request for up to fifty instruments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from openalgo_core.models import Quote, QuoteFailure
from openalgo_core.numbers import optional_units

from . import wire
from .wire import moment, price

if TYPE_CHECKING:
    from openalgo_core.models import Account, Instrument

__all__ = ["quotes"]


def quotes(account: Account, instruments: Sequence[Instrument]) -> list[Quote | QuoteFailure]:
    """What Acme leaves out of its answer has no quote; the others still come."""
    body = wire.read(account, "quotes", {"ids": ",".join(instrument.token for instrument in instruments)})
    found = {str(row.get("id")): row for row in wire.rows(body, "quotes")}
    return [_quote(instrument, found.get(instrument.token)) for instrument in instruments]


def _quote(instrument: Instrument, row: Mapping[str, Any] | None) -> Quote | QuoteFailure:
    if row is None:
        return QuoteFailure(instrument.symbol, instrument.exchange, "Acme has no quote of it.")
    return Quote(
        symbol=instrument.symbol,
        exchange=instrument.exchange,
        ltp=price(row.get("ltp")),
        open=price(row.get("open")),
        high=price(row.get("high")),
        low=price(row.get("low")),
        prev_close=price(row.get("close")),
        volume=optional_units(row.get("volume")),
        bid=price(row.get("bid")),
        ask=price(row.get("ask")),
        oi=optional_units(row.get("oi")),
        time=moment(row.get("time")),
    )
