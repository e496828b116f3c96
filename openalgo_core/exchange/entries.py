"""The rows of the exchange's books as they are worked on, and their arithmetic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from ..models.vocabulary import Action, OrderStatus, PriceType, Product, Validity
from .contracts import Contract
from .money import price_of, share, to_paise
from .records import BookHolding, BookOrder, BookPosition
from .rules import ExchangeRules

__all__ = ["HoldingEntry", "OrderEntry", "PositionEntry"]

_ZERO = Decimal(0)


@dataclass(slots=True)
class OrderEntry:
    """An order. `charged` are the units that no opposite position covered when it was placed: they block margin at
    `reference`. An order closes first and opens last, so of what remains it is the last units that are charged."""

    order_id: str
    contract: Contract
    action: Action
    product: Product
    quantity: int
    price_type: PriceType
    price: Decimal | None
    trigger_price: Decimal | None
    validity: Validity
    disclosed_quantity: int
    status: OrderStatus
    reason: str | None
    tag: str | None
    wire: Mapping[str, str]
    placed_at: datetime
    updated_at: datetime
    watched: datetime
    reference: Decimal = _ZERO
    charged: int = 0
    filled_quantity: int = 0
    filled_value: Decimal = _ZERO
    look_at: int | None = None
    number: int = 0

    @property
    def remaining(self) -> int:
        return self.quantity - self.filled_quantity

    @property
    def is_live(self) -> bool:
        """Whether prices can still move it; a pending one waits for somebody to decide."""
        return self.status in (OrderStatus.OPEN, OrderStatus.TRIGGER_PENDING)

    def unit_margin(self, rules: ExchangeRules) -> Decimal:
        """What one charged unit blocks, not rounded. Shares that are sold for delivery block nothing."""
        if self.product is Product.CNC and self.action is Action.SELL:
            return _ZERO
        leverage = rules.leverage(self.contract, self.product, self.action)
        return self.reference * self.contract.multiplier / leverage

    def blocked(self, rules: ExchangeRules) -> int:
        """Paise that the order holds back now."""
        if self.status.is_final:
            return 0
        return to_paise(min(self.charged, self.remaining) * self.unit_margin(rules))

    def record(self) -> BookOrder:
        return BookOrder(
            order_id=self.order_id,
            contract=self.contract,
            action=self.action,
            quantity=self.quantity,
            filled_quantity=self.filled_quantity,
            price=self.price,
            trigger_price=self.trigger_price,
            average_price=price_of(self.filled_value, self.filled_quantity) if self.filled_quantity else None,
            product=self.product,
            price_type=self.price_type,
            validity=self.validity,
            disclosed_quantity=self.disclosed_quantity,
            status=self.status,
            reason=self.reason,
            tag=self.tag,
            wire=self.wire,
            placed_at=self.placed_at,
            updated_at=self.updated_at,
            exchange_order_id=f"11{self.order_id}",
        )


@dataclass(slots=True)
class PositionEntry:
    """A net position. `open_value` is the price of the open units, always positive; `margin` is in paise."""

    contract: Contract
    product: Product
    quantity: int = 0
    open_value: Decimal = _ZERO
    margin: int = 0
    realised: Decimal = _ZERO
    buy_quantity: int = 0
    sell_quantity: int = 0
    buy_value: Decimal = _ZERO
    sell_value: Decimal = _ZERO

    def trade(self, action: Action, quantity: int, price: Decimal, unit_margin: Decimal) -> Decimal:
        """Book a fill: close what is open on the other side, open the rest. Returns the profit realised."""
        value = quantity * price * self.contract.multiplier
        if action is Action.BUY:
            self.buy_quantity += quantity
            self.buy_value += value
        else:
            self.sell_quantity += quantity
            self.sell_value += value
        closed = min(quantity, abs(self.quantity)) if self.quantity * action.sign < 0 else 0
        profit = self._close(closed, price)
        opened = quantity - closed
        self.quantity += opened * action.sign
        self.open_value += opened * price
        self.margin += to_paise(opened * unit_margin)
        self.realised += profit
        return profit

    def _close(self, closed: int, price: Decimal) -> Decimal:
        if not closed:
            return _ZERO
        size, side = abs(self.quantity), 1 if self.quantity > 0 else -1
        cost = share(self.open_value, closed, size)
        self.open_value -= cost
        self.margin -= self.margin * closed // size
        self.quantity -= side * closed
        return side * (closed * price - cost) * self.contract.multiplier

    def new_day(self) -> None:
        self.realised = self.buy_value = self.sell_value = _ZERO
        self.buy_quantity = self.sell_quantity = 0

    def record(self, ltp: Decimal | None) -> BookPosition:
        unrealised = self._unrealised(ltp)
        return BookPosition(
            contract=self.contract,
            product=self.product,
            quantity=self.quantity,
            average_price=price_of(self.open_value, abs(self.quantity)),
            ltp=ltp,
            realised_pnl=self.realised,
            unrealised_pnl=unrealised,
            pnl=None if unrealised is None else self.realised + unrealised,
            buy_quantity=self.buy_quantity,
            sell_quantity=self.sell_quantity,
            buy_value=self.buy_value,
            sell_value=self.sell_value,
        )

    def _unrealised(self, ltp: Decimal | None) -> Decimal | None:
        if not self.quantity:
            return _ZERO
        if ltp is None:
            return None
        side = 1 if self.quantity > 0 else -1
        return (self.quantity * ltp - side * self.open_value) * self.contract.multiplier


@dataclass(slots=True)
class HoldingEntry:
    """Delivered shares and what was paid for them."""

    contract: Contract
    quantity: int = 0
    cost: Decimal = _ZERO

    def deliver(self, quantity: int, value: Decimal) -> None:
        """Shares in (`quantity` positive, `value` is what they cost) or out (the cost falls in proportion)."""
        self.cost += value if quantity > 0 else -share(self.cost, -quantity, self.quantity)
        self.quantity += quantity

    def record(self, ltp: Decimal | None) -> BookHolding:
        return BookHolding(
            contract=self.contract,
            quantity=self.quantity,
            average_price=price_of(self.cost, self.quantity),
            ltp=ltp,
            pnl=None if ltp is None else self.quantity * ltp - self.cost,
        )
