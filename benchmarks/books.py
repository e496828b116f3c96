"""An order book of any length as each broker writes it: every field that its page documents, over 400 instruments.

Four fifths of them are shares, the rest options of NIFTY. Half of the orders are complete, every price, time and id is
another one, and all instruments are in the stub's masters.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from openalgo_core.clock import IST

from . import universe

__all__ = ["REQUESTS", "Asked", "answers"]

_SHARES, _OPTIONS = 320, 80
_OPENING = datetime(2026, 11, 20, 9, 15, tzinfo=IST)
_MICROSECOND = timedelta(microseconds=1)
_STATES = ("complete", "complete", "open", "cancelled", "complete", "rejected", "complete", "trigger pending")
_REJECTED = "RMS:Margin Exceeds, Required:1,00,000.00"


class Asked(NamedTuple):
    """A request for a book, or for that part of it which is kept by one exchange."""

    path: str
    exchange: str = ""


#: What a broker is asked for its whole book.
REQUESTS: Mapping[str, tuple[Asked, ...]] = {
    "angel": (Asked("/rest/secure/angelbroking/order/v1/getOrderBook"),),
    "definedge": (Asked("/dart/v1/orders"),),
    "icici": tuple(Asked("/breezeapi/api/v1/order", exchange) for exchange in ("NSE", "BSE", "NFO", "BFO")),
    "indmoney": (Asked("/order-book"),),
    "kotak": (Asked("/quick/user/orders"),),
}


def answers(orders: int, rows: int) -> Mapping[Asked, bytes]:
    """What each of them is answered, for a book of so many orders and a master of so many rows."""
    booked = list(_booked(orders, rows))
    said = {
        "angel": {"status": True, "message": "SUCCESS", "errorcode": "", "data": [*map(_angel, booked)]},
        "definedge": {"status": "SUCCESS", "orders": [*map(_definedge, booked)]},
        "indmoney": {"status": "success", "data": [*map(_indmoney, booked)]},
        "kotak": {"stat": "Ok", "stCode": 200, "data": [*map(_kotak, booked)]},
    }
    found = {REQUESTS[broker][0]: answer for broker, answer in said.items()}
    found |= {asked: _icici_book(asked.exchange, booked) for asked in REQUESTS["icici"]}
    return {asked: json.dumps(answer, separators=(",", ":")).encode() for asked, answer in found.items()}


class _Booked(NamedTuple):
    """One order before any broker has written it down. Prices are rupees, quantities units."""

    number: int
    contract: universe.Contract
    is_buy: bool
    quantity: int
    price: float
    time: datetime
    state: str

    @property
    def is_stop(self) -> bool:
        return self.state == "trigger pending"

    @property
    def filled(self) -> int:
        return self.quantity if self.state == "complete" else 0

    @property
    def cancelled(self) -> int:
        return self.quantity if self.state == "cancelled" else 0

    @property
    def waiting(self) -> int:
        return self.quantity - self.filled - self.cancelled

    @property
    def trigger(self) -> float:
        return round(self.price - 0.5, 2) if self.is_stop else 0.0

    @property
    def average(self) -> float:
        return round(self.price - 0.05, 2) if self.filled else 0.0

    @property
    def reason(self) -> str:
        return _REJECTED if self.state == "rejected" else ""

    @property
    def side(self) -> str:
        return "BUY" if self.is_buy else "SELL"

    @property
    def tag(self) -> str:
        return f"tag{self.number:013}"


def _booked(orders: int, rows: int) -> Iterator[_Booked]:
    contracts = list(universe.contracts(rows))
    shares = [one for one in contracts if one.expiry is None][:_SHARES]
    options = [one for one in contracts if one.expiry is not None][:_OPTIONS]
    chosen = [*shares, *options]
    for number in range(orders):
        contract = chosen[number % len(chosen)]
        yield _Booked(
            number,
            contract,
            is_buy=number % 3 != 0,
            quantity=(1 + number % 50) * (65 if contract.expiry else 1),
            price=(10_000 + number * 37 % 100_000) / 100,
            time=_OPENING + timedelta(seconds=number * 4 % 22_000),
            state=_STATES[number % len(_STATES)],
        )


# --- Angel One ---


def _angel(order: _Booked) -> dict[str, Any]:
    contract = order.contract
    clock = f"{order.time:%d-%b-%Y %H:%M:%S}"
    return {
        "variety": "STOPLOSS" if order.is_stop else "NORMAL",
        "ordertype": "STOPLOSS_LIMIT" if order.is_stop else "LIMIT",
        "producttype": "CARRYFORWARD" if contract.expiry else "INTRADAY", "duration": "DAY",
        "price": order.price, "triggerprice": order.trigger, "quantity": str(order.quantity), "disclosedquantity": "0",
        "squareoff": 0.0, "stoploss": 0.0, "trailingstoploss": 0.0, "tradingsymbol": universe.angel_symbol(contract),
        "transactiontype": order.side, "exchange": _exchange(contract), "symboltoken": str(contract.token),
        "ordertag": order.tag, "instrumenttype": "OPTIDX" if contract.expiry else "",
        "strikeprice": float(contract.strike) if contract.expiry else -1.0, "optiontype": contract.side,
        "expirydate": f"{contract.expiry:%d%b%Y}".upper() if contract.expiry else "",
        "lotsize": "65" if contract.expiry else "1", "cancelsize": str(order.cancelled), "averageprice": order.average,
        "filledshares": str(order.filled), "unfilledshares": str(order.waiting),
        "orderid": str(261120000000000 + order.number), "text": order.reason, "status": order.state,
        "orderstatus": order.state, "updatetime": clock, "exchtime": clock, "exchorderupdatetime": clock,
        "fillid": "", "filltime": "", "parentorderid": "",
        "uniqueorderid": f"5d0c8a52-6f0b-4b0e-9a6a-{order.number:012}", "exchangeorderid": f"12{order.number:014}",
    }  # fmt: skip


def _exchange(contract: universe.Contract) -> str:
    return "NFO" if contract.expiry else "NSE"


# --- Definedge: numbers are texts; what is empty is missing ---


def _definedge(order: _Booked) -> dict[str, Any]:
    contract = order.contract
    row = {
        "order_id": str(26112000000000 + order.number), "tradingsymbol": universe.definedge_symbol(contract),
        "token": str(contract.token), "exchange": _exchange(contract), "order_type": order.side,
        "price_type": "SL-LIMIT" if order.is_stop else "LIMIT",
        "product_type": "NORMAL" if contract.expiry else "INTRADAY", "validity": "DAY", "variety": "REGULAR",
        "quantity": str(order.quantity), "filled_qty": str(order.filled), "pending_qty": str(order.waiting),
        "cancel_qty": str(order.cancelled), "disclosed_quantity": "0", "rqty": str(order.quantity),
        "price": f"{order.price:.2f}", "trigger_price": f"{order.trigger:.2f}", "required_price": f"{order.price:.2f}",
        "order_status": {"cancelled": "CANCELED", "trigger pending": "TRIGGER_PENDING"}.get(
            order.state, order.state.upper()
        ),
        "order_entry_time": f"{order.time.timestamp():.0f}", "exchange_time": f"{order.time:%d-%m-%Y %H:%M:%S}",
        "exchange_orderid": f"11{order.number:014}", "remarks": order.tag, "lotsize": "65" if contract.expiry else "1",
        "ticksize": "0.05", "price_precision": "2", "price_factor": "1.000000", "multiplier": "1",
    }  # fmt: skip
    if order.filled:
        row |= {"average_traded_price": f"{order.average:.2f}", "last_fill_qty": str(order.filled)}
    if order.reason:
        row["message"] = order.reason
    if contract.expiry:
        row |= {"expiry": f"{contract.expiry:%d-%m-%Y}", "instrument_type": "OPTIDX"}
    return row


# --- ICICI Direct: a book for each exchange ---


def _icici_book(exchange: str, booked: Iterable[_Booked]) -> dict[str, Any]:
    rows = [_icici(order) for order in booked if _exchange(order.contract) == exchange]
    return {"Success": rows or None, "Status": 200, "Error": None if rows else "No Data Found"}


def _icici(order: _Booked) -> dict[str, Any]:
    contract = order.contract
    words = {"complete": "Executed", "open": "Ordered", "trigger pending": "Ordered"}
    return {
        "order_id": f"20261120{'38' if contract.expiry else 'N3'}{order.number:08}",
        "exchange_order_id": f"11{order.number:014}", "exchange_code": _exchange(contract),
        "stock_code": contract.name, "product_type": "Options" if contract.expiry else "Cash",
        "action": order.side.capitalize(), "order_type": "StopLoss" if order.is_stop else "Limit",
        "stoploss": f"{order.trigger:.2f}", "quantity": str(order.quantity), "price": f"{order.price:.2f}",
        "validity": "Day", "disclosed_quantity": "0",
        "expiry_date": f"{contract.expiry:%d-%b-%Y}" if contract.expiry else None,
        "right": {"CE": "Call", "PE": "Put"}.get(contract.side), "strike_price": float(contract.strike),
        "average_price": f"{order.average:.2f}" if order.filled else "0", "cancelled_quantity": str(order.cancelled),
        "pending_quantity": str(order.waiting), "status": words.get(order.state, order.state.capitalize()),
        "user_remark": None if contract.expiry else "",
        "order_datetime": f"{order.time:%d-%b-%Y %H:%M:%S}" if contract.expiry else f"{order.time:%d-%b-%Y %H:%M}",
        "parent_order_id": "" if contract.expiry else None, "modification_number": None,
        "exchange_acknowledgement_date": None, "SLTP_price": None, "exchange_acknowledge_number": None,
        "initial_limit": None, "intial_sltp": None, "LTP": None, "limit_offset": None, "mbc_flag": None,
        "cutoff_price": None, "validity_date": None if contract.expiry else "",
    }  # fmt: skip


# --- INDmoney: quantities are numbers, prices texts; a stop order is a smart order ---


def _indmoney(order: _Booked) -> dict[str, Any]:
    contract = order.contract
    words = {"complete": "SUCCESS", "open": "O-PENDING", "rejected": "FAILED", "trigger pending": "SL-PENDING"}
    return {
        "created_at": (order.time + order.number * _MICROSECOND).isoformat(timespec="microseconds"),
        "updated_at": (order.time + timedelta(seconds=1)).isoformat(timespec="microseconds"), "user_id": "1234567",
        "security_id": str(contract.token), "isin": "" if contract.expiry else "INE062A01020",
        "name": f"{contract.name} {contract.expiry:%d %b} {contract.strike} {contract.side}".upper()
        if contract.expiry
        else contract.name,
        "id": f"{'DRV' if contract.expiry else 'EQ'}-{90000000 + order.number}",
        "exch_order_id": "" if order.is_stop else f"13{order.number:014}", "txn_type": order.side, "exchange": "NSE",
        "segment": "DERIVATIVE" if contract.expiry else "EQUITY",
        "product": "MARGIN" if contract.expiry else "INTRADAY",
        "order_type": "TRIGGER" if order.is_stop else "LIMIT", "validity": "DAY", "mkt_type": "NL",
        "off_mkt_flag": "false", "traded_qty": order.filled, "requested_qty": order.quantity,
        "requested_price": "" if order.is_stop else str(order.price),
        "traded_price": str(order.average) if order.filled else "", "sl_trigger_price": "", "sl_limit_price": "",
        "tgt_trigger_price": str(order.trigger) if order.is_stop else "",
        "tgt_limit_price": str(order.price) if order.is_stop else "",
        "status": words.get(order.state, order.state.upper()), "extra_info": order.reason, "remarks": order.tag,
    }  # fmt: skip


# --- Kotak Neo: quantities are numbers, prices texts, and there are 73 fields ---


def _kotak(order: _Booked) -> dict[str, Any]:
    contract, seconds = order.contract, int(order.time.timestamp())
    clock = f"{order.time:%d-%b-%Y %H:%M:%S}"
    is_option = contract.expiry is not None
    return _KOTAK_USUAL | {
        "nOrdNo": str(261120000000000 + order.number), "exOrdId": f"11{order.number:014}", "ordSt": order.state,
        "stat": order.state, "rejRsn": order.reason or "--", "exSeg": "nse_fo" if is_option else "nse_cm",
        "tok": str(contract.token), "trdSym": universe.kotak_symbol(contract), "sym": contract.name,
        "series": "XX" if is_option else "EQ", "it": "OPTIDX" if is_option else "EQ",
        "optTp": contract.side if is_option else "- ", "stkPrc": f"{contract.strike:.2f}",
        "expDt": f"{contract.expiry:%d %b, %Y}" if is_option else "NA",
        "expDtSsb": f"{contract.expiry:%d%b%y}" if is_option else "-", "trnsTp": order.side[0],
        "prcTp": "SL" if order.is_stop else "L", "prod": "NRML" if is_option else "MIS", "qty": order.quantity,
        "fldQty": order.filled, "unFldSz": order.waiting, "cnlQty": order.cancelled, "prc": f"{order.price:.2f}",
        "trgPrc": f"{order.trigger:.2f}", "avgPrc": f"{order.average:.2f}", "ordDtTm": clock, "ordEntTm": clock,
        "exCfmTm": clock, "hsUpTm": f"{order.time:%Y/%m/%d %H:%M:%S}", "boeSec": seconds, "uSec": str(seconds),
        "updRecvTm": seconds * 1_000_000_000 + order.number, "GuiOrdId": order.tag,
        "brdLtQty": "65" if is_option else "1", "lotSz": "65" if is_option else "1",
    }  # fmt: skip


_KOTAK_USUAL = {
    "vldt": "DAY", "dscQty": 0, "dscQtyPct": "0", "minQty": 0, "refLmtPrc": 0, "ordSrc": "", "ordModNo": "",
    "reqId": "1", "rmk": "--", "actId": "AB123", "usrId": "AB123", "brkClnt": "08081", "multiplier": "1",
    "precision": "2", "tckSz": "0.0500", "genNum": "1", "genDen": "1", "prcNum": "1", "prcDen": "1", "coPct": 0,
    "mktPro": "0", "mktProPct": "--", "mktProFlg": "0", "noMktProFlg": "0", "defMktProV": "0", "vendorCode": "",
    "classification": "0", "locId": "111111111111100",
} | dict.fromkeys(
    (
        "ordGenTp", "ordValDt", "ordAutSt", "odCrt", "rptTp", "algId", "algCat", "algSeqNo", "mfdBy", "sipInd",
        "symOrdId", "strategyCode", "appInstlId", "exUsrInfo",
    ),
    "NA",
)  # fmt: skip
