"""What a user asks for, checked as far as it can be checked without knowing the instrument or the broker."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from .vocabulary import Action, Exchange, PriceType, Product, Validity

__all__ = ["OrderChange", "OrderRequest"]

Price = Annotated[Decimal, Field(gt=0, max_digits=14, allow_inf_nan=False)]
#: 1 to 64 printable ASCII characters; it stays with us and never goes onto a wire.
ClientOrderId = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[\x20-\x7e]+$")]


class _Input(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    @field_validator("price", "trigger_price", mode="before", check_fields=False)
    @classmethod
    def _exact(cls, value: Any) -> Any:
        # A float is taken for the decimal it prints as: 812.35 is meant, not 812.35000000000002273.
        return repr(value) if isinstance(value, float) else value


class OrderRequest(_Input):
    """One order as a user wants it. Prices in rupees, quantities in units (never lots)."""

    symbol: Annotated[str, Field(min_length=1)]
    exchange: Exchange
    action: Action
    quantity: Annotated[int, Field(gt=0, strict=True)]
    product: Product
    price_type: PriceType
    price: Price | None = None
    trigger_price: Price | None = None
    validity: Validity = Validity.DAY
    disclosed_quantity: Annotated[int, Field(ge=0, strict=True)] = 0
    client_order_id: ClientOrderId | None = None
    #: The exchange's algo id for this order; filled in by the core from the configuration or the broker's default.
    algo_id: str | None = None

    @model_validator(mode="after")
    def _prices_fit_the_type(self) -> OrderRequest:
        _check_prices(self.price_type, self.price, self.trigger_price)
        if self.price_type is PriceType.SL and self.price is not None and self.trigger_price is not None:
            wrong_way = (
                self.trigger_price > self.price if self.action is Action.BUY else self.trigger_price < self.price
            )
            if wrong_way:
                side = "at or below" if self.action is Action.BUY else "at or above"
                raise ValueError(f"the trigger price of a {self.action} SL order must be {side} its price")
        if self.disclosed_quantity > self.quantity:
            raise ValueError("disclosed quantity must not exceed quantity")
        return self


class OrderChange(_Input):
    """What to change of an open order; `None` leaves a field as it is."""

    quantity: Annotated[int, Field(gt=0, strict=True)] | None = None
    price: Price | None = None
    trigger_price: Price | None = None
    price_type: PriceType | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> OrderChange:
        if all(value is None for value in (self.quantity, self.price, self.trigger_price, self.price_type)):
            raise ValueError("nothing to change: give a quantity, a price, a trigger price or a type")
        return self


def _check_prices(price_type: PriceType, price: Decimal | None, trigger: Decimal | None) -> None:
    """Raises `ValueError` where a price is missing or superfluous for the type (domain rules, section 1.3)."""
    if price_type.needs_price and price is None:
        raise ValueError(f"a {price_type} order needs a price")
    if not price_type.needs_price and price is not None:
        raise ValueError(f"a {price_type} order takes no price")
    if price_type.needs_trigger and trigger is None:
        raise ValueError(f"a {price_type} order needs a trigger price")
    if not price_type.needs_trigger and trigger is not None:
        raise ValueError(f"a {price_type} order takes no trigger price")
