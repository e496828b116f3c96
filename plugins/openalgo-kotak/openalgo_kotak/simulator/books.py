"""The order book, one order, its history and the trade book, in the types and with the gaps that they have live."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from openalgo_core.exchange import BookOrder, ExchangeAccount, Fill
from openalgo_core.models import Exchange, OrderStatus, PriceType, Validity

from .desk import Call, Desk, moment_text, slashed
from .envelopes import rows, told
from .fields import Fields, text
from .scrips import Listing
from .stages import stages, state_of

__all__ = [
    "HISTORY", "expiry_text", "find", "history", "instrument_type", "one_order", "order_book", "order_id_of",
    "trade_book",
]  # fmt: skip

HISTORY: Final[Fields] = {"nOrdNo": text("please provide valid order number", 1006)}

_PRICE_TYPES: Final = {PriceType.LIMIT: "L", PriceType.SL: "SL", PriceType.SL_M: "SL-M", PriceType.MARKET: "MKT"}
_EXCHANGES: Final = {Exchange.NFO: "NSE", Exchange.BFO: "BSE", Exchange.CDS: "NSE"}
#: What no order of the simulated exchange ever has, as the documentation shows it.
_NOTHING: Final = {
    "dscQtyPct": "0", "minQty": 0, "refLmtPrc": 0, "ordSrc": "", "ordModNo": "", "ordValDt": "NA", "ordAutSt": "NA",
    "odCrt": "NA", "rmk": "--", "rptTp": "NA", "brkClnt": "08081", "genNum": "1", "genDen": "1", "prcNum": "1",
    "prcDen": "1", "algId": "NA", "algCat": "NA", "algSeqNo": "NA", "mfdBy": "NA", "coPct": 0, "mktPro": "0",
    "mktProPct": "--", "mktProFlg": "0", "noMktProFlg": "0", "defMktProV": "0", "sipInd": "NA", "symOrdId": "NA",
    "vendorCode": "", "strategyCode": "NA", "classification": "0", "locId": "111111111111100", "appInstlId": "NA",
    "exUsrInfo": "NA", "expDtSsb": "-",
}  # fmt: skip


def order_id_of(order: BookOrder | Fill) -> str:
    """YYMMDD and nine digits, however many the exchange counts with."""
    return order.order_id[:6] + order.order_id[6:].zfill(9)


def find(books: ExchangeAccount, order_id: str) -> BookOrder:
    """One of today's orders. Raises `Refusal` 1006, in the odd form."""
    for order in books.orders():
        if order_id_of(order) == order_id:
            return order
    raise told(1006, "please provide valid order number")


def order_book(desk: Desk, call: Call) -> dict[str, Any]:
    """Today's orders; none is an answer of its own."""
    return rows([_book_row(desk, call, order) for order in desk.books.orders()])


def one_order(desk: Desk, call: Call) -> dict[str, Any]:
    """A book of one row."""
    return rows([_book_row(desk, call, find(desk.books, call.path["order_id"]))])


def history(desk: Desk, call: Call) -> dict[str, Any]:
    """One row for each state of an order, the newest first."""
    order = find(desk.books, call.body.text("nOrdNo"))
    return rows([_history_row(desk, call, order, *stage) for stage in stages(order)])


def trade_book(desk: Desk, call: Call) -> dict[str, Any]:
    """Today's fills, a row each."""
    orders = {order.order_id: order for order in desk.books.orders()}
    fills = desk.books.trades()
    return rows([_trade_row(desk, call, fill, orders[fill.order_id]) for fill in fills], "ok")


def instrument_type(listing: Listing) -> str:
    """What the master says of a derivative; BSE's rows leave it empty."""
    contract = listing.contract
    return listing.row["pInstType"] or ("OPTIDX" if contract.kind.is_option else "FUTIDX" if contract.expiry else "EQ")


def expiry_text(listing: Listing) -> str:
    """`29 Sep, 2026`; shares have none."""
    expiry = listing.contract.expiry
    if expiry is None:
        return "NA"
    return f"{expiry.day:02d} {moment_text(datetime.combine(expiry, datetime.min.time()))[3:6]}, {expiry.year}"


def _row(desk: Desk, call: Call, order: BookOrder, state: str, at: datetime) -> dict[str, Any]:
    """What the book and the history have in common."""
    listing, contract = desk.master.of(order.contract), order.contract
    left, over = order.quantity - order.filled_quantity, order.status.is_final
    return _NOTHING | {
        "nOrdNo": order_id_of(order),
        "ordSt": state,
        "stat": state,
        "rejRsn": order.reason or "--",
        "exSeg": listing.segment,
        "tok": listing.token,
        "trdSym": listing.symbol,
        "sym": contract.name,
        "series": listing.row["pGroup"] or "XX",
        "it": instrument_type(listing),
        "stkPrc": f"{contract.strike or 0:.2f}",
        "expDt": expiry_text(listing),
        "trnsTp": order.action.value[0],
        "prcTp": _PRICE_TYPES[order.price_type],
        "prod": order.wire["product"],
        "qty": order.quantity,
        "fldQty": order.filled_quantity,
        "unFldSz": 0 if over else left,
        "cnlQty": left if order.status is OrderStatus.CANCELLED else 0,
        "prc": listing.price(order.price),
        "trgPrc": listing.price(order.trigger_price),
        "avgPrc": listing.price(order.average_price),
        "ordDtTm": moment_text(order.placed_at),
        "ordEntTm": moment_text(order.placed_at),
        "hsUpTm": slashed(at),
        "boeSec": int(at.timestamp()),
        "updRecvTm": int(at.timestamp()) * 1_000_000_000 + 933_015_920,
        "GuiOrdId": _gui_order_id(order),
        "ordGenTp": "AMO" if "after market" in order.wire.get("state", "") else "NA",
        **_facts(listing),
        "actId": call.session.ucc,
        "usrId": call.session.ucc,
    }


def _book_row(desk: Desk, call: Call, order: BookOrder) -> dict[str, Any]:
    listing, reached = desk.master.of(order.contract), _reached(order)
    row = _row(desk, call, order, state_of(order), order.updated_at)
    return row | {
        "exOrdId": order.exchange_order_id if reached else "NA",
        "optTp": listing.row["pOptionType"] or "- ",
        "vldt": order.validity.value,
        "dscQty": order.disclosed_quantity,
        "exCfmTm": moment_text(order.placed_at) if reached else "--",
        "uSec": str(row["boeSec"]),
        "reqId": "1",
    }


def _history_row(desk: Desk, call: Call, order: BookOrder, state: str, at: datetime) -> dict[str, Any]:
    """The same facts under other names, and stray blanks in a time."""
    listing = desk.master.of(order.contract)
    row = _row(desk, call, order, state, at)
    exchange = order.contract.exchange
    return row | {
        "exch": _EXCHANGES.get(exchange, exchange.value),
        "exchTmstp": moment_text(at),
        "flDtTm": moment_text(at).replace(":", ": "),
        "exchOrdId": order.exchange_order_id if _reached(order) else "NA",
        "ordDur": order.validity.value,
        "dclQty": order.disclosed_quantity,
        "nReqId": "1",
        "optTp": listing.row["pOptionType"] or "XX",
        "scripName": listing.symbol,
        "legOrdInd": "NA",
        "ordUsrMsg": "NA",
        "cstFrm": "C",
        "uSec": str(int(at.timestamp()) * 1000),
    }


def _trade_row(desk: Desk, call: Call, fill: Fill, order: BookOrder) -> dict[str, Any]:
    """Token and price are empty here, and the quantity is 0: what was traded stands in other fields."""
    listing = desk.master.of(fill.contract)
    facts = _facts(listing)
    return {
        "nOrdNo": order_id_of(fill),
        "exOrdId": order.exchange_order_id,
        "flId": str(fill.trade_id),
        "flLeg": 1,
        "flDt": moment_text(fill.at)[:11],
        "flTm": moment_text(fill.at)[12:],
        "exTm": moment_text(order.placed_at),
        "fldQty": fill.quantity,
        "avgPrc": listing.price(fill.price),
        "trnsTp": fill.action.value[0],
        "prcTp": _PRICE_TYPES[order.price_type],
        "prod": order.wire["product"],
        "exSeg": listing.segment,
        "trdSym": listing.symbol,
        "sym": fill.contract.name,
        "series": listing.row["pGroup"] or "XX",
        "it": instrument_type(listing),
        "tok": "",
        "qty": 0,
        "prc": "",
        "tm": "",
        "posFlg": "",
        "ordDur": "NA",
        "rptTp": "fill",
        "GuiOrdId": _gui_order_id(order),
        "hsUpTm": slashed(fill.at),
        "boeSec": int(fill.at.timestamp()),
        "updRecvTm": int(fill.at.timestamp()) * 1_000_000_000 + 355_319_176,
        **facts,
        "brdLtQty": int(facts["brdLtQty"]),
        "genNum": "1", "genDen": "1", "prcNum": "1", "prcDen": "1",
        "nReqId": "1",
        "cstFrm": "C",
        "actId": call.session.ucc,
        "usrId": call.session.ucc,
    }  # fmt: skip


def _facts(listing: Listing) -> dict[str, str]:
    lot = listing.row["lLotSize"]
    return {
        "brdLtQty": lot,
        "lotSz": lot,
        "multiplier": str(listing.contract.multiplier),
        "precision": str(listing.precision),
        "tckSz": f"{listing.contract.tick_size or 0:.4f}",
    }


def _reached(order: BookOrder) -> bool:
    """Whether the exchange has heard of it."""
    return order.status not in (OrderStatus.REJECTED, OrderStatus.PENDING)


def _gui_order_id(order: BookOrder) -> str:
    """The tag, as long as nothing has happened to the order; withdrawing adds the moment."""
    gui = order.wire["gui"]
    withdrawn = order.status is OrderStatus.CANCELLED and order.validity is Validity.DAY
    return f"{gui}-{int(order.updated_at.timestamp())}" if withdrawn else gui
