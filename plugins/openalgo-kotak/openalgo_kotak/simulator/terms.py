"""What may stand in an order, and what the exchange makes of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple

from openalgo_core.models import Action, Exchange, PriceType, Product, Validity

from .desk import Desk
from .envelopes import coded
from .fields import Body, Field, Fields, choice, number, optional, price, text
from .protection import protected
from .scrips import Listing

__all__ = [
    "ACTIONS", "CANCEL", "MODIFY", "PLACE", "PRICE_TYPES", "PRODUCTS", "SEGMENTS", "Prices", "check_validity",
    "listing", "prices",
]  # fmt: skip

SEGMENTS: Final = ("nse_cm", "bse_cm", "nse_fo", "bse_fo", "mcx_fo", "cde_fo")
ACTIONS: Final = {"B": Action.BUY, "S": Action.SELL}
PRICE_TYPES: Final = {"L": PriceType.LIMIT, "MKT": PriceType.MARKET, "SL": PriceType.SL, "SL-M": PriceType.SL_M}
#: Margin trading is a product of the broker's own; here it is delivery, and refused.
PRODUCTS: Final = {"CNC": Product.CNC, "NRML": Product.NRML, "MIS": Product.MIS, "MTF": Product.CNC}

_SEGMENT: Final = choice(*SEGMENTS, code=1006)
_SYMBOL: Final = text(code=1007)
_ACTION: Final = choice(*ACTIONS, message="please provide valid transaction type")
_PRODUCT: Final = choice(*PRODUCTS, message="please provide valid product")
_PRICE_TYPE: Final = choice(*PRICE_TYPES, message="please provide valid price type")
_VALIDITY: Final = choice(*Validity, message="please provide valid validity")
_AFTER_MARKET: Final = choice("NO", "YES", message="please provide valid amo flag")
_PROTECTION: Final = choice("0", message="please provide valid market protection")
_SOURCE: Final = optional(choice("NEOTRADEAPI", "NEOFINTECH001", message="please provide valid order source"))
_ORDER_NUMBER: Final = text("please provide valid order number", 1006)
#: Sent by an older client and null unless an order is a bracket, which the API has no more.
_BRACKET: Final = ("sot", "slt", "slv", "sov", "lat", "tlt", "tsv")
_TOKEN: Final = optional(text(code=1007))

PLACE: Final[Fields] = {
    "am": _AFTER_MARKET,
    "dq": number(),
    "es": _SEGMENT,
    "mp": _PROTECTION,
    "pc": _PRODUCT,
    "pf": optional(choice("N")),
    "pr": price(),
    "pt": _PRICE_TYPE,
    "qt": number(),
    "rt": _VALIDITY,
    "tp": price(),
    "ts": _SYMBOL,
    "tt": _ACTION,
    "ig": optional(text("please provide valid tag")),
    "os": _SOURCE,
    "tk": _TOKEN,
    **dict.fromkeys(_BRACKET, Field(required=False, choices=frozenset({"none"}), code=1017)),
}
#: Everything but the number may be left out and then stays.
MODIFY: Final[Fields] = {
    "no": _ORDER_NUMBER,
    "os": _SOURCE,
    "tk": _TOKEN,
    "fq": optional(number()),
    "dd": optional(choice("NA")),
    **{
        name: optional(given)
        for name, given in {
            "es": _SEGMENT, "ts": _SYMBOL, "tt": _ACTION, "pc": _PRODUCT, "pr": price(), "tp": price(), "qt": number(),
            "pt": _PRICE_TYPE, "vd": _VALIDITY, "dq": number(), "mp": _PROTECTION, "am": _AFTER_MARKET,
        }.items()
    },
}  # fmt: skip
CANCEL: Final[Fields] = {"on": _ORDER_NUMBER, "am": optional(_AFTER_MARKET), "ts": optional(_SYMBOL)}


class Prices(NamedTuple):
    """As the exchange gets them: a market order arrives as a protected limit."""

    kind: PriceType
    price: Decimal | None
    trigger: Decimal | None


def listing(desk: Desk, body: Body) -> Listing:
    """What an order is about. Raises `Refusal` 1007."""
    found = desk.master.named(body.text("es"), body.text("ts"))
    if found is None or body.text("tk") not in ("", found.token):
        raise coded(1007)
    return found


def prices(desk: Desk, found: Listing, action: Action, word: str, body: Body) -> Prices:
    """Raises `Refusal` for a price that is missing or superfluous. A trigger that no type needs is not looked at."""
    kind, price, trigger = PRICE_TYPES[word], body.amount("pr"), body.amount("tp")
    if (price is not None) is not kind.needs_price:
        raise coded(1009, f"please provide valid price for {word}")
    if kind.needs_trigger and trigger is None:
        raise coded(1009, f"please provide valid trigger price for {word}")
    if kind is PriceType.MARKET:
        return Prices(PriceType.LIMIT, protected(desk.exchange.snapshot(found.contract), action), None)
    return Prices(kind, price, trigger if kind.needs_trigger else None)


def check_validity(found: Listing, validity: str) -> None:
    """Raises `Refusal` for IOC on commodities."""
    if validity == Validity.IOC and found.contract.exchange is Exchange.MCX:
        raise _VALIDITY.refusal()
