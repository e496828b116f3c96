"""Every word that INDmoney spells differently; each reverse table is derived from its forward one."""

from __future__ import annotations

from openalgo_core import errors
from openalgo_core.models import Action, Exchange, Interval, OrderStatus, PriceType, Product, Validity

__all__ = [
    "ACTION_OF", "ALGO_IDS", "DAILY", "ERRORS", "EXCHANGE_OF", "HINTS", "INDEX_EXCHANGES", "INDEX_PREFIXES",
    "INDEX_RENAMES", "INTERVALS", "NOT_OPEN_TEXTS", "ORDER_TYPES", "PARENTS", "POSITION_QUERIES", "PREFIXES",
    "PRICE_TYPE_OF", "PRODUCTS", "PRODUCT_OF", "PROVES_NOTHING_TEXTS", "SEGMENTS", "SESSION_TEXTS", "SMART_ORDER_TYPES",
    "STATUSES", "VALIDITY_OF",
]  # fmt: skip

# --- Exchanges. Orders name a parent exchange and a segment, prices a prefix, positions a lower-case segment ---

PARENTS = {Exchange.NSE: "NSE", Exchange.BSE: "BSE", Exchange.NFO: "NSE", Exchange.BFO: "BSE"}
SEGMENTS = {Exchange.NSE: "EQUITY", Exchange.BSE: "EQUITY", Exchange.NFO: "DERIVATIVE", Exchange.BFO: "DERIVATIVE"}

#: (parent exchange, segment) of a row; older answers have both in one word.
EXCHANGE_OF = {(PARENTS[exchange], segment): exchange for exchange, segment in SEGMENTS.items()} | {
    (f"{parent}_{word}", ""): exchange
    for exchange, parent in PARENTS.items()
    for word in (("EQ",) if exchange.is_cash else ("FNO", "FO"))
}

#: What stands before a token in quotes and candles; our `broker_exchange`. Derivatives by their own exchange: the
#: parent's prefix is accepted and answers nothing.
PREFIXES = {
    Exchange.NSE: "NSE",
    Exchange.BSE: "BSE",
    Exchange.NFO: "NFO",
    Exchange.BFO: "BFO",
    Exchange.NSE_INDEX: "NIDX",
    Exchange.BSE_INDEX: "BIDX",
}

#: The prefix that some indices answer to where they do not answer to their own.
INDEX_PREFIXES = {Exchange.NSE_INDEX: "NSE", Exchange.BSE_INDEX: "BSE"}
INDEX_EXCHANGES = {parent: exchange for exchange, parent in INDEX_PREFIXES.items()}

# --- Orders ---

#: The generic algo id, by the exchange that the order reaches; the documentation's own BSE example has NSE's.
_BSE_ALGO_ID = "9" * 16
ALGO_IDS = {Exchange.NSE: "99999", Exchange.NFO: "99999", Exchange.BSE: _BSE_ALGO_ID, Exchange.BFO: _BSE_ALGO_ID}

PRODUCTS = {Product.CNC: "CNC", Product.MIS: "INTRADAY", Product.NRML: "MARGIN"}
PRODUCT_OF = {word: product for product, word in PRODUCTS.items()} | {"DELIVERY": Product.CNC}

#: What goes to `/order`; a stop order goes to `/smart/order` as TRIGGER.
ORDER_TYPES = {PriceType.MARKET: "MARKET", PriceType.LIMIT: "LIMIT", PriceType.SL: "TRIGGER"}
PRICE_TYPE_OF = {word: price_type for price_type, word in ORDER_TYPES.items()} | {
    "GTT_LIMIT": PriceType.SL,
    "GTT_MARKET": PriceType.SL_M,
    "STOP_LOSS": PriceType.SL,
    "STOP_LOSS_MARKET": PriceType.SL_M,
    "OCO": PriceType.SL,
}
#: The order types of the book that are changed and withdrawn at `/smart/order`, beside all that begin with GTT_.
SMART_ORDER_TYPES = frozenset({"TRIGGER", "OCO"})

VALIDITY_OF = {validity.value: validity for validity in Validity}
ACTION_OF = {action.value: action for action in Action}

_STATUS_WORDS = {
    OrderStatus.PENDING: ("QUEUED", "PROCESSING", "INITIATED", "CREATED"),
    OrderStatus.OPEN: ("O-PENDING", "PENDING", "MODIFIED", "PARTIALLY FILLED", "PARTIALLY EXECUTED"),
    OrderStatus.TRIGGER_PENDING: ("SL-PENDING",),
    OrderStatus.COMPLETE: ("SUCCESS", "TRADED", "COMPLETE", "EXECUTED"),
    OrderStatus.CANCELLED: ("CANCELLED", "EXPIRED", "PARTIALLY FILLED - CANCELLED", "PARTIALLY FILLED - EXPIRED"),
    OrderStatus.REJECTED: ("FAILED", "ABORTED", "REJECTED"),
}
#: Upper-cased, with blanks for underscores. Two words depend on more than themselves: see `order`.
STATUSES = {word: status for status, words in _STATUS_WORDS.items() for word in words}

#: The four queries that together are all positions, lower case; a row only echoes its product, so the query tells.
POSITION_QUERIES = (
    ("derivative", "margin", Product.NRML),
    ("derivative", "intraday", Product.MIS),
    ("equity", "cnc", Product.CNC),
    ("equity", "intraday", Product.MIS),
)

# --- History: the wire's word, and the longest span of one request in days ---

#: One day less than the seven for minutes: a span that is too long is cut down to its newest part without a word.
_MINUTES, _HOURS, _YEAR = 6, 14, 365
INTERVALS = {
    Interval.M1: ("1minute", _MINUTES), Interval.M2: ("2minute", _MINUTES), Interval.M3: ("3minute", _MINUTES),
    Interval.M5: ("5minute", _MINUTES), Interval.M10: ("10minute", _MINUTES), Interval.M15: ("15minute", _MINUTES),
    Interval.M30: ("30minute", _MINUTES),
    Interval.H1: ("60minute", _HOURS), Interval.H2: ("120minute", _HOURS), Interval.H3: ("180minute", _HOURS),
    Interval.H4: ("240minute", _HOURS),
    Interval.DAY: ("1day", _YEAR), Interval.WEEK: ("1week", _YEAR), Interval.MONTH: ("1month", _YEAR),
}  # fmt: skip
DAILY = frozenset({Interval.DAY, Interval.WEEK, Interval.MONTH})

# --- Instruments ---

#: Index names of the file, cleaned as `openalgo_core.symbols.index_name` does, that OpenAlgo calls otherwise, beside
#: those that every broker has.
INDEX_RENAMES = {
    "NSE": {
        "NIFTYFINANCIAL": "FINNIFTY",
        "NIFTYMIDCAPSEL": "MIDCPNIFTY",
        "NIFTYPRIVATEBANK": "NIFTYPVTBANK",
        "NIFTYDIVOPP50": "NIFTYDIVOPPS50",
        "NIFTYGROWSEC15": "NIFTYGROWSECT15",
        "NIFTYINDIACONSUMPTION": "NIFTYCONSUMPTION",
        "NIFTYMIDCAPLIQUID15": "NIFTYMIDLIQ15",
        "NIFTYSMALL100": "NIFTYSMLCAP100",
        "NIFTYSERVICESSECTOR": "NIFTYSERVSECTOR",
        "NIFTY50EQWGHT": "NIFTY50EQLWGT",
        "NIFTY100EQWEIG": "NIFTY100EQLWGT",
        "NIFTY100LIQUID15": "NIFTY100LIQ15",
        "NIFTY100QUALITY": "NIFTY100QUALTY30",
        "NIFTY200QUAL30": "NIFTY200QUALTY30",
        "NIFTY813GSEC": "NIFTYGS813YR",
        "NIFTYGS15YRPLU": "NIFTYGS15YRPLUS",
        "NIFTYGSCOMPSIT": "NIFTYGSCOMPSITE",
    },
    "BSE": {
        "BSESENSEX50": "SENSEX50",
        "BSESENN50": "BSESENSEXNEXT50",
        "BSEFMCGSECTOR": "BSEFASTMOVINGCONSUMERGOODS",
        "BSEITSECTOR": "BSEINFORMATIONTECHNOLOGY",
        "BSETECH": "BSETECK",
        "BSEFINSER": "BSEFINANCIALSERVICES",
        "BSEINDUS": "BSEINDUSTRIALS",
        "BSEINFRA": "BSEINDIAINFRASTRUCTUREINDEX",
    },
}

# --- Refusals ---

#: What `error_type` (or `error_code`) means.
ERRORS: dict[str, type[errors.OpenAlgoError]] = {
    "TokenException": errors.SessionExpired,
    "UserException": errors.InvalidRequest,  # the segment is not activated
    "OrderException": errors.OrderRejected,
    "InputException": errors.InvalidRequest,
    "RequestValidationException": errors.InvalidRequest,
    "INVALID_INPUT": errors.InvalidRequest,
    "DataException": errors.InstrumentNotFound,
    "NotFoundException": errors.InvalidRequest,
    "MethodNotAllowedException": errors.InvalidRequest,
    "Not Supported": errors.NotSupported,  # no type, but the message of one envelope
    "GeneralException": errors.BrokerUnavailable,
    "NetworkException": errors.BrokerUnavailable,
    "ServiceUnavailableException": errors.BrokerUnavailable,
    "GatewayTimeoutException": errors.BrokerUnavailable,
}

HINTS = {
    "UserException": "Have the segment activated in the INDmoney app.",
    "blocked for this instrument": "Give it a limit price: --type LIMIT --price P.",
    "exceeds the freeze limit": "Cut it into several orders.",
    "already pending": "The exchange is busy with this order. Try again shortly.",
}

#: What a refusal without an `error_type` says where the token is missing or bad.
SESSION_TEXTS = ("access_token", "access token", "unauthor", "authorization")
#: What a refused order says although it was probably placed (seen live).
PROVES_NOTHING_TEXTS = ("no order number in rs response",)
#: What a refused modify or cancel says of an order that is final or not there. "Already pending" is not of them.
NOT_OPEN_TEXTS = ("position could not be found", "ordercannotbemodified", "ordercannotbecancelled")
