"""Every word that ICICI Direct spells differently; each reverse table is derived from its forward one where it can be.

Words go out in small letters and come back capitalised, so everything that is looked up here is lowered first.
"""

from __future__ import annotations

from decimal import Decimal

from openalgo_core.models import Action, Exchange, Interval, OrderStatus, PriceType, Product, Validity

__all__ = [
    "ACTIONS", "ACTION_OF", "BSE_INDICES", "DERIVATIVE_BASES", "EXCHANGES", "EXCHANGE_OF", "GRAMS", "INTERVALS",
    "NSE_INDICES", "ORDER_EXCHANGES", "ORDER_TYPES", "PRICE_TYPE_OF", "PRODUCT_OF", "REASONED_STATUSES", "RIGHT_OF",
    "SEGMENTS", "STATUSES", "VALIDITIES", "VALIDITY_OF",
]  # fmt: skip

# --- Exchanges, products, orders ---

EXCHANGES = {
    Exchange.NSE: "NSE",
    Exchange.BSE: "BSE",
    Exchange.NFO: "NFO",
    Exchange.BFO: "BFO",
    Exchange.CDS: "NDX",
    Exchange.MCX: "MCX",
    Exchange.NSE_INDEX: "NSE",
    Exchange.BSE_INDEX: "BSE",
}
EXCHANGE_OF = {code: exchange for exchange, code in EXCHANGES.items() if not exchange.is_index}

#: Where orders are taken. Currency is disabled ("NDX as Exchange-Code not allowed"), MCX has data only.
ORDER_EXCHANGES = (Exchange.NSE, Exchange.BSE, Exchange.NFO, Exchange.BFO)
#: The exchanges that a word of `segments_allowed` opens.
SEGMENTS = {"Equity": ("NSE", "BSE"), "Derivatives": ("NFO", "BFO")}

ACTIONS = {action: action.value.lower() for action in Action}
ACTION_OF = {"buy": Action.BUY, "b": Action.BUY, "sell": Action.SELL, "s": Action.SELL}

#: `product` of an answer. What goes out is `cash`, `futures` or `options`, which follows from the instrument.
PRODUCT_OF = {
    **dict.fromkeys(("cash", "btst", "eatm", "mtf"), Product.CNC),
    **dict.fromkeys(("futures", "future", "options", "option"), Product.NRML),
    **dict.fromkeys(("margin", "futureplus", "optionplus"), Product.MIS),  # opened elsewhere; not to be had here
}

ORDER_TYPES = {PriceType.LIMIT: "limit", PriceType.SL: "stoploss"}
PRICE_TYPE_OF = {word: price_type for price_type, word in ORDER_TYPES.items()} | {"market": PriceType.MARKET}

VALIDITIES = {Validity.DAY: "day", Validity.IOC: "ioc"}
VALIDITY_OF = {word: validity for validity, word in VALIDITIES.items()}

#: The right of a contract, as it is written in orders, books, quotes and candles.
RIGHT_OF = {
    **dict.fromkeys(("call", "ce"), "call"),
    **dict.fromkeys(("put", "pe"), "put"),
    **dict.fromkeys(("others", "*", "xx", ""), "others"),
}

#: "trigger pending" is no word of ICICI Direct's; `order` derives it.
STATUSES = {
    "requested": OrderStatus.PENDING,
    "queued": OrderStatus.PENDING,
    "freezed": OrderStatus.PENDING,
    "ordered": OrderStatus.OPEN,
    "partially executed": OrderStatus.OPEN,
    "executed": OrderStatus.COMPLETE,
    "rejected": OrderStatus.REJECTED,
    "cancelled": OrderStatus.CANCELLED,
    "partially executed and cancelled": OrderStatus.CANCELLED,
    "expired": OrderStatus.CANCELLED,
    "partially executed and expired": OrderStatus.CANCELLED,
}
#: Words that say more than the unified status; they are shown as its reason.
REASONED_STATUSES = frozenset(("queued", "freezed", "expired", "partially executed and expired"))

# --- History: the wire's word, and the days of NSE and of MCX that fit into 1000 candles ---

#: MCX trades for up to fifteen hours a day, the currency market for eight; both are cut as MCX.
INTERVALS = {
    Interval.M1: ("1minute", 2, 1),
    Interval.M5: ("5minute", 13, 5),
    Interval.M30: ("30minute", 75, 33),
    Interval.DAY: ("1day", 900, 900),
}

# --- Instruments ---

#: Names of underlyings in `ExchangeCode` that the exchanges' own symbols spell otherwise.
DERIVATIVE_BASES = {
    "NIFTY 50": "NIFTY",
    "NIFTY BANK": "BANKNIFTY",
    "NIFTY FINANCIAL": "FINNIFTY",
    "NIFTY MIDCAP": "MIDCPNIFTY",
    "NIFTY NEXT 50": "NIFTYNXT50",
}

#: Index rows by ShortName. Every other index row is dead, foreign or without an OpenAlgo name.
NSE_INDICES = {
    "NIFTY": "NIFTY",
    "CNXBAN": "BANKNIFTY",
    "NIFFIN": "FINNIFTY",
    "NIFSEL": "MIDCPNIFTY",
    "NIFNEX": "NIFTYNXT50",
    "INDVIX": "INDIAVIX",
    "CNXIT": "NIFTYIT",
    "CNXINF": "NIFTYINFRA",
    "CNXPSE": "NIFTYPSE",
    "NIFCPS": "NIFTYCPSE",
    "NIFMID": "NIFTYMIDCAP50",
    "NIFTOM": "NIFTYTOTALMKT",
}
BSE_INDICES = {
    "BSESEN": "SENSEX",
    "BANKEX": "BANKEX",
    "BSE100": "BSE100",
    "BSE200": "BSE200",
    "BSE500": "BSE500",
    "BSE150": "BSE150MIDCAPINDEX",
    "BSLAR": "BSE250LARGEMIDCAPINDEX",
    "BSEMI": "BSE400MIDSMALLCAPINDEX",
    "BSEFMC": "BSEFASTMOVINGCONSUMERGOODS",
    "BSEHEA": "BSEHEALTHCARE",
    "BSEI": "BSEINFORMATIONTECHNOLOGY",
    "BSEIN": "BSEINDUSTRIALS",
    "BSEIP": "BSEIPO",
    "BSEOIL": "BSEOIL&GAS",
    "BSEMET": "BSEMETAL",
    "BSEMID": "BSEMIDCAP",
}

#: Weights in grams, to bring MCX's unit of quantity and its unit of price together.
GRAMS = {"GRMS": Decimal(1), "KGS": Decimal(1000), "MT": Decimal(1_000_000)}
