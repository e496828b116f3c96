"""One account's books within one transaction."""

from __future__ import annotations

import sqlite3
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from ..clock import IST
from ..models.vocabulary import Action, Exchange, Product
from .codec import contract_of, contract_text, fill_of, holding_of, order_of, order_values, position_of
from .contracts import Contract
from .entries import HoldingEntry, OrderEntry, PositionEntry
from .money import from_paise
from .records import Fill
from .rules import ExchangeRules

__all__ = ["Book", "trading_day"]

#: Order and trade books begin anew at 03:00.
_DAY_BEGINS = timedelta(hours=3)


def trading_day(at: datetime) -> date:
    return (at.astimezone(IST) - _DAY_BEGINS).date()


class Book:
    """Reads and writes rows; knows no prices and decides nothing. Lives as long as the transaction it was made in."""

    def __init__(self, connection: sqlite3.Connection, user_id: str, rules: ExchangeRules) -> None:
        self._db = connection
        self._user = user_id
        self.rules = rules

    # -- the account -----------------------------------------------------------------------------------------------

    def open_account(self, now: datetime) -> None:
        """Make it with the starting capital, unless it is there."""
        self._db.execute(
            "INSERT INTO accounts VALUES (?, ?, ?, NULL) ON CONFLICT DO NOTHING",
            (self._user, str(self.rules.starting_capital), now.isoformat()),
        )

    @property
    def due_at(self) -> int | None:
        """The second before which nothing can happen by itself; `None` if nothing will."""
        found: int | None = self._account("due_at")
        return found

    @property
    def settled_at(self) -> datetime:
        return datetime.fromisoformat(self._account("settled_at"))

    def settled(self, at: datetime, due_at: int | None) -> None:
        """Never backwards: another thread or process may have looked later and written earlier."""
        self._db.execute(
            "UPDATE accounts SET settled_at = ?, due_at = ? WHERE user_id = ?",
            (max(at, self.settled_at).isoformat(), due_at, self._user),
        )

    @property
    def cash(self) -> Decimal:
        """What there would be if nothing were blocked."""
        return Decimal(self._account("cash"))

    def pay(self, rupees: Decimal) -> None:
        """Into the account, or out of it."""
        self._db.execute("UPDATE accounts SET cash = ? WHERE user_id = ?", (str(self.cash + rupees), self._user))

    @property
    def blocked(self) -> Decimal:
        """Margin of open orders and positions together."""
        row = self._db.execute(
            "SELECT (SELECT coalesce(sum(blocked), 0)"
            " FROM orders INDEXED BY open_orders WHERE user_id = :user AND is_open = 1)"
            " + (SELECT coalesce(sum(margin), 0) FROM positions WHERE user_id = :user)",
            {"user": self._user},
        ).fetchone()
        return from_paise(row[0])

    # -- orders ----------------------------------------------------------------------------------------------------

    def next_order_id(self, now: datetime) -> str:
        """YYMMDD and a number that counts from 1 each day, over all accounts of the exchange."""
        day = f"{now:%y%m%d}"
        row = self._db.execute(
            "INSERT INTO counters VALUES (?, 1) ON CONFLICT (day) DO UPDATE SET last = last + 1 RETURNING last", (day,)
        ).fetchone()
        return f"{day}{row[0]:0{self.rules.order_id_digits}d}"

    def add(self, order: OrderEntry) -> None:
        values = order_values(order) | {
            "user_id": self._user,
            "day": trading_day(order.placed_at).isoformat(),
            "blocked": order.blocked(self.rules),
        }
        names, slots = ", ".join(values), ", ".join(f":{name}" for name in values)
        cursor = self._db.execute(f"INSERT INTO orders ({names}) VALUES ({slots})", values)  # noqa: S608 - our columns
        order.number = cursor.lastrowid or 0

    def save(self, order: OrderEntry) -> None:
        values = order_values(order) | {"blocked": order.blocked(self.rules), "number": order.number}
        changes = ", ".join(f"{name} = :{name}" for name in values)
        self._db.execute(f"UPDATE orders SET {changes} WHERE number = :number", values)  # noqa: S608 - our columns

    def order(self, order_id: str) -> OrderEntry | None:
        row = self._db.execute(
            "SELECT * FROM orders WHERE order_id = ? AND user_id = ?", (order_id, self._user)
        ).fetchone()
        return None if row is None else order_of(row)

    def orders(self, day: date) -> list[OrderEntry]:
        rows = self._db.execute(
            "SELECT * FROM orders WHERE user_id = ? AND day = ? ORDER BY number", (self._user, day.isoformat())
        )
        return [order_of(row) for row in rows]

    def live_orders(self, look_by: datetime | None = None) -> list[OrderEntry]:
        """Resting orders, oldest first; with `look_by` only those to which something may have happened by then."""
        rows = self._db.execute(
            "SELECT * FROM orders WHERE user_id = :user AND is_open = 1 AND status <> 'pending'"
            " AND (:look_by IS NULL OR look_at IS NULL OR look_at <= :look_by) ORDER BY number",
            {"user": self._user, "look_by": look_by and int(look_by.timestamp())},
        )
        return [order_of(row) for row in rows]

    def open_orders(self) -> list[OrderEntry]:
        """Every order that is not final, oldest first."""
        rows = self._db.execute(
            "SELECT * FROM orders WHERE user_id = ? AND is_open = 1 ORDER BY number",
            (self._user,),
        )
        return [order_of(row) for row in rows]

    def next_look(self) -> int | None:
        """The earliest second at which something may happen to a resting order: 0 if nobody can tell."""
        row = self._db.execute(
            "SELECT coalesce(look_at, 0) FROM orders"
            " WHERE user_id = ? AND is_open = 1 AND status <> 'pending' ORDER BY look_at LIMIT 1",
            (self._user,),
        ).fetchone()
        return None if row is None else row[0]

    def committed(self, contract: Contract, product: Product, action: Action, *, besides: int = 0) -> int:
        """Units that open orders of that side may still trade, leaving out order number `besides`."""
        row = self._db.execute(
            "SELECT coalesce(sum(quantity - filled_quantity), 0) FROM orders WHERE user_id = ? AND is_open = 1"
            " AND exchange = ? AND symbol = ? AND product = ? AND action = ? AND number <> ?",
            (self._user, contract.exchange.value, contract.symbol, product.value, action.value, besides),
        ).fetchone()
        units: int = row[0]
        return units

    # -- trades ----------------------------------------------------------------------------------------------------

    def add_fill(self, order: OrderEntry, quantity: int, price: Decimal, at: datetime) -> None:
        self._db.execute(
            "INSERT INTO fills (user_id, day, order_id, contract, action, product, quantity, price, at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                self._user,
                trading_day(at).isoformat(),
                order.order_id,
                contract_text(order.contract),
                order.action.value,
                order.product.value,
                quantity,
                str(price),
                at.isoformat(),
            ),
        )

    def fills(self, day: date) -> list[Fill]:
        rows = self._db.execute(
            "SELECT * FROM fills WHERE user_id = ? AND day = ? ORDER BY trade_id", (self._user, day.isoformat())
        )
        return [fill_of(row) for row in rows]

    # -- positions and holdings ------------------------------------------------------------------------------------

    def position(self, contract: Contract, product: Product) -> PositionEntry:
        row = self._db.execute(
            "SELECT * FROM positions WHERE user_id = ? AND exchange = ? AND symbol = ? AND product = ?",
            (self._user, contract.exchange.value, contract.symbol, product.value),
        ).fetchone()
        return PositionEntry(contract, product) if row is None else position_of(row)

    def positions(self) -> list[PositionEntry]:
        rows = self._db.execute("SELECT * FROM positions WHERE user_id = ?", (self._user,))
        return [position_of(row) for row in rows]

    def save_position(self, entry: PositionEntry) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO positions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                self._user,
                entry.contract.exchange.value,
                entry.contract.symbol,
                entry.product.value,
                contract_text(entry.contract),
                entry.quantity,
                str(entry.open_value),
                entry.margin,
                str(entry.realised),
                entry.buy_quantity,
                entry.sell_quantity,
                str(entry.buy_value),
                str(entry.sell_value),
            ),
        )

    def drop_closed_positions(self) -> None:
        self._db.execute("DELETE FROM positions WHERE user_id = ? AND quantity = 0", (self._user,))

    def holding(self, contract: Contract) -> HoldingEntry:
        row = self._db.execute(
            "SELECT * FROM holdings WHERE user_id = ? AND exchange = ? AND symbol = ?",
            (self._user, contract.exchange.value, contract.symbol),
        ).fetchone()
        return HoldingEntry(contract) if row is None else holding_of(row)

    def holdings(self) -> list[HoldingEntry]:
        rows = self._db.execute("SELECT * FROM holdings WHERE user_id = ? AND quantity <> 0", (self._user,))
        return [holding_of(row) for row in rows]

    def save_holding(self, entry: HoldingEntry) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO holdings VALUES (?, ?, ?, ?, ?, ?)",
            (
                self._user,
                entry.contract.exchange.value,
                entry.contract.symbol,
                contract_text(entry.contract),
                entry.quantity,
                str(entry.cost),
            ),
        )

    def exchanges_in_play(self) -> set[Exchange]:
        """Exchanges on which something is open."""
        rows = self._db.execute(
            "SELECT exchange FROM orders INDEXED BY open_orders WHERE user_id = :user AND is_open = 1"
            " UNION SELECT exchange FROM positions WHERE user_id = :user",
            {"user": self._user},
        )
        return {Exchange(row[0]) for row in rows}

    def contracts_in_play(self) -> list[Contract]:
        """Contracts of resting orders and open positions, each once."""
        rows = self._db.execute(
            "SELECT contract FROM orders WHERE user_id = :user AND is_open = 1 AND status <> 'pending'"
            " UNION SELECT contract FROM positions WHERE user_id = :user AND quantity <> 0",
            {"user": self._user},
        )
        return [contract_of(row[0]) for row in rows]

    def _account(self, column: str) -> Any:
        row = self._db.execute(f"SELECT {column} FROM accounts WHERE user_id = ?", (self._user,)).fetchone()  # noqa: S608 - our columns
        return row[0]
