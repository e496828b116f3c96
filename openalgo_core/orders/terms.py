"""An order in a user's words, and the request that it becomes."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, TypedDict

from ..models.vocabulary import Action, Exchange, PriceType, Product, Validity
from ..symbols import split_name

if TYPE_CHECKING:
    from ..models.request import OrderRequest

__all__ = ["Number", "OrderTerms", "order_request"]

#: A price in rupees; a float is taken for the decimal that it prints as.
Number = Decimal | int | float | str


class OrderTerms(TypedDict, total=False):
    """What may be said of an order beside instrument, side and quantity."""

    #: Defaults to CNC on NSE and BSE, to NRML elsewhere.
    product: Product | str | None
    #: Defaults to what the prices mean: LIMIT with `price`, SL with both, SL-M with `trigger_price`, else MARKET.
    price_type: PriceType | str | None
    price: Number | None
    trigger_price: Number | None
    validity: Validity | str
    #: Units; 0 shows all.
    disclosed_quantity: int
    #: 1 to 64 printable characters; a repeated call with the same one returns the first outcome.
    client_order_id: str | None


def order_request(name: str, action: Action | str, quantity: int, terms: OrderTerms) -> OrderRequest:
    """The validated request. Raises `InvalidRequest`, naming the field and what would be right."""
    from ..models.request import OrderRequest  # here, because it imports pydantic
    from .checks import default_price_type, default_product, request_of

    exchange, symbol = split_name(name)
    price, trigger_price = terms.get("price"), terms.get("trigger_price")
    given = {field: value for field, value in terms.items() if value is not None}
    request: OrderRequest = request_of(
        OrderRequest,
        {
            "product": default_product(Exchange(exchange)),
            "price_type": default_price_type(price, trigger_price),
            **given,
            "symbol": symbol,
            "exchange": exchange,
            "action": str(action).upper(),
            "quantity": quantity,
        },
    )
    return request
