"""Positions, holdings and funds."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from openalgo_core.exchange import BookHolding, BookPosition
from openalgo_core.models import Product

from .books import facts_of
from .desk import Call, Desk, number

__all__ = ["all_holdings", "funds", "holdings", "positions"]

#: How the three products are called in the books.
_PRODUCTS: Final = {Product.CNC: "DELIVERY", Product.MIS: "INTRADAY", Product.NRML: "CARRYFORWARD"}


def positions(desk: Desk, call: Call) -> list[dict[str, str]] | None:
    """Net positions, those closed today included; every value is text, none is null."""
    return [_position_row(desk, position) for position in desk.books(call).positions()] or None


def holdings(desk: Desk, call: Call) -> list[dict[str, Any]] | None:
    """The plain list."""
    return [_holding_row(desk, holding) for holding in desk.books(call).holdings()] or None


def all_holdings(desk: Desk, call: Call) -> dict[str, Any] | None:
    """The list and its totals."""
    held = desk.books(call).holdings()
    if not held:
        return None
    invested = sum((holding.quantity * holding.average_price for holding in held), Decimal(0))
    value = sum((holding.quantity * (holding.ltp or Decimal(0)) for holding in held), Decimal(0))
    return {
        "holdings": [_holding_row(desk, holding) for holding in held],
        "totalholding": {
            "totalholdingvalue": number(value),
            "totalinvvalue": number(invested),
            "totalprofitandloss": number(value - invested),
            "totalpnlpercentage": _percentage(value - invested, invested),
        },
    }


def funds(desk: Desk, call: Call) -> dict[str, str | None]:
    """Figures from which the formulas verified on a live account give back what the exchange knows.

    Collateral is `availablecash` less `utilisedpayout`; free cash is `utilisedpayout` plus `utiliseddebits`. The two
    m2m fields read 0.00 whatever happens.
    """
    money = desk.books(call).funds()
    payout = money.available_cash - money.used_margin
    net = f"{payout + money.collateral:.2f}"
    return {
        "net": net,
        "availablecash": net,
        "availableintradaypayin": "0.00",
        "availablelimitmargin": "0.00",
        "collateral": f"{money.collateral:.2f}",
        "m2munrealized": "0.00",
        "m2mrealized": "0.00",
        "utiliseddebits": f"{money.used_margin:.2f}",
        "utilisedspan": None,
        "utilisedoptionpremium": None,
        "utilisedholdingsales": None,
        "utilisedexposure": None,
        "utilisedturnover": None,
        "utilisedpayout": f"{payout:.2f}",
    }


def _position_row(desk: Desk, position: BookPosition) -> dict[str, str]:
    listing = desk.master.of(position.contract)
    carried = position.quantity - position.buy_quantity + position.sell_quantity
    carried_value = abs(carried) * position.average_price * position.contract.multiplier
    bought, sold = position.buy_value, position.sell_value
    lot, average = str(listing.row["lotsize"]), f"{position.average_price:.2f}"
    close = desk.exchange.snapshot(position.contract).prev_close
    return {
        "exchange": listing.segment,
        "symboltoken": listing.token,
        "producttype": _PRODUCTS[position.product],
        "tradingsymbol": listing.symbol,
        "symbolname": position.contract.name,
        "priceden": "1",
        "pricenum": "1",
        "genden": "1",
        "gennum": "1",
        **facts_of(listing),
        "boardlotsize": lot,
        "lotsize": lot,
        "buyqty": str(position.buy_quantity),
        "sellqty": str(position.sell_quantity),
        "buyamount": f"{bought:.2f}",
        "sellamount": f"{sold:.2f}",
        "cfbuyqty": str(max(0, carried)),
        "cfsellqty": str(max(0, -carried)),
        "cfbuyamount": f"{carried_value if carried > 0 else 0:.2f}",
        "cfsellamount": f"{carried_value if carried < 0 else 0:.2f}",
        "buyavgprice": _average(bought, position.buy_quantity, position),
        "sellavgprice": _average(sold, position.sell_quantity, position),
        "avgnetprice": average,
        "netprice": average,
        "netvalue": f"{sold - bought:.2f}",
        "netqty": str(position.quantity),
        "totalbuyvalue": f"{bought:.2f}",
        "totalsellvalue": f"{sold:.2f}",
        "cfbuyavgprice": average if carried > 0 else "0.00",
        "cfsellavgprice": average if carried < 0 else "0.00",
        "totalbuyavgprice": _average(bought, position.buy_quantity, position),
        "totalsellavgprice": _average(sold, position.sell_quantity, position),
        "unrealised": f"{position.unrealised_pnl or 0:.2f}",
        "realised": f"{position.realised_pnl:.2f}",
        "ltp": f"{position.ltp or 0:.2f}",
        "close": f"{close:.2f}",
        "pnl": f"{position.pnl or 0:.2f}",
    }


def _average(value: Decimal, quantity: int, position: BookPosition) -> str:
    return f"{value / quantity / position.contract.multiplier if quantity else 0:.2f}"


def _holding_row(desk: Desk, holding: BookHolding) -> dict[str, Any]:
    listing = desk.master.of(holding.contract)
    profit, paid = holding.pnl or Decimal(0), holding.quantity * holding.average_price
    return {
        "tradingsymbol": listing.symbol,
        "exchange": listing.segment,
        "isin": f"INE{int(listing.token):09d}",  # of the right shape; the master has no real one
        "t1quantity": 0,
        "realisedquantity": holding.quantity,
        "quantity": holding.quantity,
        "authorisedquantity": 0,
        "product": "DELIVERY",
        "collateralquantity": None,
        "collateraltype": None,
        "haircut": 0,
        "averageprice": number(holding.average_price),
        "ltp": number(holding.ltp),
        "symboltoken": listing.token,
        "close": number(desk.exchange.snapshot(holding.contract).prev_close),
        "profitandloss": number(profit),
        "pnlpercentage": _percentage(profit, paid),
    }


def _percentage(part: Decimal, whole: Decimal) -> float:
    return round(float(part / whole * 100), 2) if whole else 0.0
