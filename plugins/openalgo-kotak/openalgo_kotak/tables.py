"""Every word that Kotak spells differently; each reverse table is derived from its forward one."""

from __future__ import annotations

from openalgo_core import errors
from openalgo_core.models import Action, Exchange, Interval, OrderStatus, PriceType, Product, Validity
from openalgo_core.symbols import index_name

__all__ = [
    "ACTIONS", "ACTION_OF", "CASH", "ERRORS", "EXCHANGES", "EXCHANGE_OF", "HINTS", "INDEX_NAMES", "INDEX_SYMBOLS",
    "INTERVALS", "NOT_OPEN_TEXTS", "NO_DATA", "POINT_VALUES", "PRICE_TYPES", "PRICE_TYPE_OF", "PRODUCTS",
    "PRODUCT_OF", "STATUSES", "VALIDITIES", "VALIDITY_OF",
]  # fmt: skip

# --- Exchanges, products, orders ---

EXCHANGES = {
    Exchange.NSE: "nse_cm",
    Exchange.BSE: "bse_cm",
    Exchange.NFO: "nse_fo",
    Exchange.BFO: "bse_fo",
    Exchange.CDS: "cde_fo",
    Exchange.MCX: "mcx_fo",
    Exchange.NSE_INDEX: "nse_cm",
    Exchange.BSE_INDEX: "bse_cm",
}
EXCHANGE_OF = {segment: exchange for exchange, segment in EXCHANGES.items() if not exchange.is_index}

#: The segments of shares, with the exchange of their indices.
CASH = {"nse_cm": Exchange.NSE_INDEX, "bse_cm": Exchange.BSE_INDEX}

ACTIONS = {Action.BUY: "B", Action.SELL: "S"}
ACTION_OF = {word: action for action, word in ACTIONS.items()}

PRODUCTS = {product: product.value for product in Product}
PRODUCT_OF = {word: product for product, word in PRODUCTS.items()}

PRICE_TYPES = {PriceType.MARKET: "MKT", PriceType.LIMIT: "L", PriceType.SL: "SL", PriceType.SL_M: "SL-M"}
PRICE_TYPE_OF = {word: price_type for price_type, word in PRICE_TYPES.items()} | {"LMT": PriceType.LIMIT}

VALIDITIES = {validity: validity.value for validity in Validity}
VALIDITY_OF = {word: validity for validity, word in VALIDITIES.items()}

_STATUS_WORDS = {
    OrderStatus.PENDING: (  # ours for "in flight, not yet confirmed by the exchange"
        "put order req received", "validation pending", "open pending", "modify validation pending", "modify pending",
        "cancel pending", "after market order req received", "modify after market order req received",
    ),
    OrderStatus.OPEN: ("open", "modified"),
    OrderStatus.TRIGGER_PENDING: ("trigger pending",),
    OrderStatus.COMPLETE: ("complete", "traded"),
    OrderStatus.CANCELLED: ("cancelled", "canceled", "cancelled after market order"),
    OrderStatus.REJECTED: ("rejected",),
}  # fmt: skip
#: Words of `ordSt`, lower-case and trimmed.
STATUSES = {word: status for status, words in _STATUS_WORDS.items() for word in words}

# --- History: the wire's word, and the days that one request may span ---

INTERVALS = {
    Interval.M1: ("1min", 30),
    Interval.M3: ("3min", 30),
    Interval.M5: ("5min", 30),
    Interval.M10: ("10min", 60),
    Interval.M15: ("15min", 60),
    Interval.M30: ("30min", 90),
    Interval.H1: ("60min", 90),
    Interval.DAY: ("D", 180),
    Interval.WEEK: ("W", 180),
}

# --- Instruments ---

#: Names by which the indices of a segment are quoted, case and blanks included, with the spellings that other sources
#: give. The instrument files list few of them, and under tokens that cannot be quoted.
INDEX_NAMES: dict[str, tuple[tuple[str, ...], ...]] = {
    "nse_cm": (
        ("NIFTY MID SELECT", "Nifty Mid Select", "Nifty Midcap Sel", "Nifty Midcap Select"),
        ("INDIA VIX", "India VIX"),
        ("NIFTY MIDCAP 100",),
        *((f"Nifty {name}",) for name in (
            "50", "Bank", "Fin Service", "Next 50", "100", "200", "500", "Auto", "CPSE", "FMCG", "IT", "PSE",
            "PSU Bank", "Pharma",
        )),
    ),
    "bse_cm": (("SENSEX",), ("BANKEX",), ("SNSX50",)),
}  # fmt: skip
#: The same by segment and unified symbol.
INDEX_SYMBOLS = {segment: {index_name(names[0]): names for names in all_} for segment, all_ in INDEX_NAMES.items()}

#: Rupees that one lot gains when its price rises by one rupee, by segment and underlying, from the contract
#: specifications of MCX. Divided by the file's lot size they are right whatever unit a lot is counted in: GOLD has been
#: seen with lots of 1 and of 1000.
POINT_VALUES = {
    "mcx_fo": {
        "GOLD": 100, "GOLDM": 10, "GOLDTEN": 1, "GOLDGUINEA": 1, "GOLDPETAL": 1,
        "SILVER": 30, "SILVERM": 5, "SILVERMIC": 1,
        "CRUDEOIL": 100, "CRUDEOILM": 10, "NATURALGAS": 1250, "NATGASMINI": 250,
        "COPPER": 2500, "ZINC": 5000, "ZINCMINI": 1000, "LEAD": 5000, "LEADMINI": 1000,
        "ALUMINIUM": 5000, "ALUMINI": 1000,
    },
}  # fmt: skip

# --- Errors, as they are meant on anything but an order write or a login; see `wire` for those ---

#: An empty book.
NO_DATA = "5203"

ERRORS: dict[str, type[errors.OpenAlgoError]] = {
    "14": errors.InvalidRequest,  # "error from core": an after-market order handled as a normal one
    "32": errors.OutcomeUnknown,  # "error from core": a tag that an order of today has already
    "400": errors.InvalidRequest,
    "401": errors.SessionExpired,  # at login: wrong TOTP or MPIN
    "403": errors.SessionExpired,
    "422": errors.InvalidRequest,
    "424": errors.BrokerUnavailable,
    "429": errors.RateLimited,
    "500": errors.BrokerUnavailable,
    "502": errors.BrokerUnavailable,
    "503": errors.BrokerUnavailable,
    "504": errors.BrokerUnavailable,
    "1003": errors.SessionExpired,
    "1004": errors.OrderRejected,  # insufficient balance
    "1005": errors.BrokerUnavailable,  # internal error
    "1006": errors.InvalidRequest,  # invalid exchange; an order that is not there
    "1007": errors.InstrumentNotFound,
    "1009": errors.InvalidRequest,  # quantity or price; of quotes: the instrument
    "1017": errors.OrderRejected,  # algo order not allowed
    "1021": errors.InvalidRequest,  # order is completed
    "1037": errors.SessionExpired,  # the session comes from another address
    "5204": errors.OrderRejected,
    "10300": errors.InvalidRequest,
    "10522": errors.AuthenticationError,  # OTP
    "100008": errors.AuthenticationError,  # "unauthorized": at login a wrong key, of orders a foreign address
    "100021": errors.SessionExpired,  # a view token
    "100022": errors.SessionExpired,
    "900901": errors.SessionExpired,  # of the retired flows' gateway, as is the next
    "900902": errors.SessionExpired,
}

HINTS = {
    "14": "It is an after-market order, or Kotak's order system failed: see openalgo order list.",
    "32": "Look into the order book before you send the order again.",
    "1009": "Kotak says this of a wrong quantity and of a missing price alike.",
    "1037": "Log in again from the registered address: openalgo login --broker kotak",
    "100022": "Run: openalgo login --broker kotak. Outside market hours Kotak has said this of good sessions too.",
}

#: What a refused modify or cancel may say of an order that is final or not there.
NOT_OPEN_TEXTS = (
    "order is completed", "valid order number", "already", "not found", "not open", "no longer", "does not exist",
    "is complete", "is executed", "is cancelled", "is canceled", "is rejected",
)  # fmt: skip
