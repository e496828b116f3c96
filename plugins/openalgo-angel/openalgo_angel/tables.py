"""Every word that Angel One spells differently; each reverse table is derived from its forward one."""

from __future__ import annotations

from openalgo_core import errors
from openalgo_core.models import Action, Exchange, Interval, OrderStatus, PriceType, Product, Validity

__all__ = [
    "ACTION_OF", "EMPTY_BOOK_CODES", "ERRORS", "EXCHANGES", "EXCHANGE_OF", "HINTS", "INDEX_EXCHANGE_OF",
    "INTERVALS", "LEGACY_BSE_INDICES", "ORDER_TYPES", "POINT_VALUES", "PRICE_TYPE_OF", "PRODUCTS", "PRODUCT_OF",
    "STATUSES", "VALIDITIES", "VALIDITY_OF", "VARIETIES",
]  # fmt: skip

# --- Exchanges, products, orders ---

EXCHANGES = {
    Exchange.NSE: "NSE",
    Exchange.BSE: "BSE",
    Exchange.NFO: "NFO",
    Exchange.BFO: "BFO",
    Exchange.CDS: "CDS",
    Exchange.MCX: "MCX",
    Exchange.NCDEX: "NCDEX",
    Exchange.NSE_INDEX: "NSE",
    Exchange.BSE_INDEX: "BSE",
    Exchange.MCX_INDEX: "MCX",
}
EXCHANGE_OF = {segment: exchange for exchange, segment in EXCHANGES.items() if not exchange.is_index}
INDEX_EXCHANGE_OF = {segment: exchange for exchange, segment in EXCHANGES.items() if exchange.is_index}

ACTION_OF = {action.value: action for action in Action}

PRODUCTS = {Product.CNC: "DELIVERY", Product.NRML: "CARRYFORWARD", Product.MIS: "INTRADAY"}
PRODUCT_OF = {word: product for product, word in PRODUCTS.items()}

ORDER_TYPES = {
    PriceType.MARKET: "MARKET",
    PriceType.LIMIT: "LIMIT",
    PriceType.SL: "STOPLOSS_LIMIT",
    PriceType.SL_M: "STOPLOSS_MARKET",
}
PRICE_TYPE_OF = {word: price_type for price_type, word in ORDER_TYPES.items()}

VARIETIES = {price_type: "STOPLOSS" if price_type.needs_trigger else "NORMAL" for price_type in ORDER_TYPES}

VALIDITIES = {Validity.DAY: "DAY", Validity.IOC: "IOC"}
VALIDITY_OF = {word: validity for validity, word in VALIDITIES.items()}

#: Lower-case words of `orderstatus` and `status`. `pending` is ours for "in flight, not yet confirmed
#: by the exchange", so the states in which the exchange has not answered a new order yet are pending, not open.
STATUSES = {
    "open": OrderStatus.OPEN,
    "modified": OrderStatus.OPEN,
    "modify pending": OrderStatus.OPEN,
    "modify order req received": OrderStatus.OPEN,
    "modify validation pending": OrderStatus.OPEN,
    "not modified": OrderStatus.OPEN,
    "cancel pending": OrderStatus.OPEN,
    "cancel order req received": OrderStatus.OPEN,
    "not cancelled": OrderStatus.OPEN,
    "trigger pending": OrderStatus.TRIGGER_PENDING,
    "complete": OrderStatus.COMPLETE,
    "executed": OrderStatus.COMPLETE,
    "cancelled": OrderStatus.CANCELLED,
    "cancelled after market order": OrderStatus.CANCELLED,
    "rejected": OrderStatus.REJECTED,
    "pending": OrderStatus.PENDING,
    "open pending": OrderStatus.PENDING,
    "put order req received": OrderStatus.PENDING,
    "validation pending": OrderStatus.PENDING,
    "after market order req received": OrderStatus.PENDING,
    "modify after market order req received": OrderStatus.PENDING,
}

# --- History: the wire's word, and the days that one request may span ---

INTERVALS = {
    Interval.M1: ("ONE_MINUTE", 30),
    Interval.M3: ("THREE_MINUTE", 60),
    Interval.M5: ("FIVE_MINUTE", 100),
    Interval.M10: ("TEN_MINUTE", 100),
    Interval.M15: ("FIFTEEN_MINUTE", 200),
    Interval.M30: ("THIRTY_MINUTE", 200),
    Interval.H1: ("ONE_HOUR", 400),
    Interval.DAY: ("ONE_DAY", 2000),
}

# --- Instruments ---

#: BSE shares carry no series suffix, so the old index rows among them are known by their names.
LEGACY_BSE_INDICES = frozenset(
    ("SENSEX", "BANKEX", "SNSX50", "BSE100", "BSE200", "BSE500", "BSEIT", "BSEMIDCAP", "BSESMALLCAP")
)

#: Rupees that one lot gains when its price rises by one rupee, by segment and underlying (or instrument type), where
#: that is not the master's lot size because price and lot count in different units. From the contract specifications
#: of MCX (gold is quoted for 10 grams, GOLDGUINEA for 8, GOLDPETAL for 1) and of NSE (lots of 1,000 dollars, euros or
#: pounds; 100,000 yen quoted per 100; 2,000 bonds).
POINT_VALUES = {
    "MCX": {"GOLD": 100, "GOLDM": 10, "GOLDTEN": 1, "GOLDGUINEA": 1, "GOLDPETAL": 1},
    "CDS": {"USDINR": 1000, "EURINR": 1000, "GBPINR": 1000, "JPYINR": 1000, "FUTIRC": 2000, "OPTIRC": 2000},
}

# --- Errors, as they are meant on anything but an order write; see `wire` for those ---

EMPTY_BOOK_CODES = frozenset(("AB1013", "AB1014", "AB1015", "AB1016"))

ERRORS: dict[str, type[errors.OpenAlgoError]] = {
    "AG8001": errors.SessionExpired,  # invalid token
    "AG8002": errors.SessionExpired,  # token expired
    "AG8003": errors.SessionExpired,  # token missing
    "AG8004": errors.AuthenticationError,  # API key invalid or missing
    "AG7002": errors.AuthenticationError,  # source IP not registered for this API key
    "AB8050": errors.SessionExpired,  # invalid refresh token
    "AB8051": errors.SessionExpired,  # refresh token expired
    "AB1000": errors.AuthenticationError,
    "AB1001": errors.AuthenticationError,
    "AB1002": errors.AuthenticationError,
    "AB1003": errors.InvalidRequest,  # client already exists
    "AB1004": errors.BrokerUnavailable,  # "something went wrong"; also a bad range of candle dates
    "AB1005": errors.InvalidRequest,
    "AB1006": errors.OrderRejected,  # client blocked for trading
    "AB1007": errors.InvalidRequest,  # at login: wrong client id or PIN
    "AB1008": errors.InvalidRequest,  # order variety
    "AB1009": errors.InstrumentNotFound,
    "AB1010": errors.SessionExpired,
    "AB1011": errors.SessionExpired,
    "AB1012": errors.InvalidRequest,  # product type
    "AB1013": errors.InvalidRequest,  # order not found
    "AB1014": errors.InvalidRequest,  # trade not found
    "AB1015": errors.InvalidRequest,  # holding not found
    "AB1016": errors.InvalidRequest,  # position not found
    "AB1017": errors.OrderRejected,  # position conversion failed
    "AB1018": errors.InstrumentNotFound,
    "AB1031": errors.AuthenticationError,
    "AB1032": errors.AuthenticationError,
    "AB1050": errors.AuthenticationError,  # invalid TOTP
    "AB2000": errors.BrokerUnavailable,  # "error not specified"
    "AB2001": errors.BrokerUnavailable,  # "internal error"
    "AB2002": errors.NotSupported,  # bracket orders blocked
    "AB4008": errors.InvalidRequest,  # tag too long
    "AB4018": errors.InstrumentNotFound,  # empty token
    "AB4036": errors.OrderRejected,  # cautionary listing
    "AB9000": errors.BrokerUnavailable,  # GTT orders from here on
    **{f"AB90{number:02}": errors.InvalidRequest for number in range(1, 19)},
    "AB9005": errors.SessionExpired,
    "AB9011": errors.InstrumentNotFound,
    "AB9012": errors.InstrumentNotFound,
    "E1001": errors.InvalidRequest,  # the stream's two
    "E1002": errors.RateLimited,
}

HINTS = {
    "AG7002": "Orders are taken only from the static IP registered for this API key: register this machine's way out "
    "at https://smartapi.angelone.in. The session is still good.",
    "AG8004": "Check BROKER_API_KEY against the app at https://smartapi.angelone.in.",
    "AB1050": "A code lives 30 seconds: wait for the next one, and check this machine's clock.",
    "AB4036": "The exchange lists this share as cautionary; such orders are placed in the Angel One app.",
}
