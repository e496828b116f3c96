"""Every word that Definedge spells differently; each reverse table is derived from its forward one."""

from __future__ import annotations

from openalgo_core import errors
from openalgo_core.models import Action, Exchange, Interval, OrderStatus, PriceType, Product, Validity

__all__ = [
    "ACTION_OF", "ALGO_IDS", "EMPTY_BOOKS", "ERROR_TEXTS", "EXCHANGES", "EXCHANGE_OF",
    "INDEX_EXCHANGE_OF", "INDEX_RENAMES", "INTERVALS", "MESSAGE_KEYS", "NOT_OPEN_TEXTS", "POINT_VALUES",
    "PRICE_TYPES", "PRICE_TYPE_OF", "PRODUCTS", "PRODUCT_OF", "SESSION_STARTS", "STATUSES", "VALIDITIES",
    "VALIDITY_OF", "VERDICTS",
]  # fmt: skip

# --- Exchanges, products, orders ---

EXCHANGES = {
    Exchange.NSE: "NSE",
    Exchange.BSE: "BSE",
    Exchange.NFO: "NFO",
    Exchange.BFO: "BFO",
    Exchange.CDS: "CDS",
    Exchange.MCX: "MCX",
    Exchange.NSE_INDEX: "NSE",
    Exchange.BSE_INDEX: "BSE",
    Exchange.MCX_INDEX: "MCX",
}
EXCHANGE_OF = {segment: exchange for exchange, segment in EXCHANGES.items() if not exchange.is_index}
INDEX_EXCHANGE_OF = {segment: exchange for exchange, segment in EXCHANGES.items() if exchange.is_index}

#: Who has no algo of his own registered says so with the generic id of the exchange's family.
_GENERIC, _GENERIC_BSE = "99999", "9999999999999999"
ALGO_IDS = {
    Exchange.NSE: _GENERIC,
    Exchange.NFO: _GENERIC,
    Exchange.CDS: _GENERIC,
    Exchange.MCX: _GENERIC,
    Exchange.BSE: _GENERIC_BSE,
    Exchange.BFO: _GENERIC_BSE,
}

ACTION_OF = {action.value: action for action in Action}

PRODUCTS = {Product.CNC: "CNC", Product.NRML: "NORMAL", Product.MIS: "INTRADAY"}
PRODUCT_OF = {word: product for product, word in PRODUCTS.items()}

PRICE_TYPES = {
    PriceType.MARKET: "MARKET",
    PriceType.LIMIT: "LIMIT",
    PriceType.SL: "SL-LIMIT",
    PriceType.SL_M: "SL-MARKET",
}
PRICE_TYPE_OF = {word: price_type for price_type, word in PRICE_TYPES.items()}

VALIDITIES = {Validity.DAY: "DAY", Validity.IOC: "IOC"}
VALIDITY_OF = {word: validity for validity, word in VALIDITIES.items()}

#: Words of `order_status`, upper-cased and with blanks for underscores. Six are documented, the others were seen live
#: or are those of the Noren system behind it.
STATUSES = {
    "NEW": OrderStatus.OPEN,
    "OPEN": OrderStatus.OPEN,
    "REPLACED": OrderStatus.OPEN,
    "PARTIALLY FILLED": OrderStatus.OPEN,
    "TRIGGER PENDING": OrderStatus.TRIGGER_PENDING,
    "PENDING": OrderStatus.PENDING,
    "OPEN PENDING": OrderStatus.PENDING,
    "PENDINGNEW": OrderStatus.PENDING,
    "AMO RECEIVED": OrderStatus.PENDING,
    "AFTER MARKET ORDER REQ RECEIVED": OrderStatus.PENDING,
    "COMPLETE": OrderStatus.COMPLETE,
    "EXECUTED": OrderStatus.COMPLETE,
    "CANCELED": OrderStatus.CANCELLED,
    "CANCELLED": OrderStatus.CANCELLED,
    "REJECTED": OrderStatus.REJECTED,
    "INVALID STATUS TYPE": OrderStatus.REJECTED,
}

# --- History: the wire's word, the minutes of a candle, and the days that one request may span ---

#: The broker documents no longest span; these are the ones that OpenAlgo uses. All that is longer than a minute and
#: shorter than a day is put together here.
INTERVALS = {
    Interval.M1: ("minute", 1, 30),
    Interval.M3: ("minute", 3, 30),
    Interval.M5: ("minute", 5, 90),
    Interval.M10: ("minute", 10, 90),
    Interval.M15: ("minute", 15, 150),
    Interval.M30: ("minute", 30, 180),
    Interval.H1: ("minute", 60, 180),
    Interval.DAY: ("day", 0, 365),
}

#: The minute of the day from which longer candles are counted: 09:15, and 09:00 where trading begins earlier.
SESSION_STARTS = {"NSE": 555, "BSE": 555, "NFO": 555, "BFO": 555, "CDS": 540, "MCX": 540}

# --- Instruments ---

#: Rupees that one lot gains when its price rises by one rupee, by segment and underlying (or instrument type), from
#: the contract specifications of MCX and NSE. Divided by the master's lot size they are right whatever unit a lot is
#: counted in, which for MCX nobody has confirmed.
POINT_VALUES = {
    "MCX": {
        "GOLD": 100, "GOLDM": 10, "GOLDTEN": 1, "GOLDGUINEA": 1, "GOLDPETAL": 1,
        "SILVER": 30, "SILVERM": 5, "SILVERMIC": 1,
        "CRUDEOIL": 100, "CRUDEOILM": 10, "NATURALGAS": 1250, "NATGASMINI": 250,
        "COPPER": 2500, "ZINC": 5000, "ZINCMINI": 1000, "LEAD": 5000, "LEADMINI": 1000,
        "ALUMINIUM": 5000, "ALUMINI": 1000,
    },
    "CDS": {"USDINR": 1000, "EURINR": 1000, "GBPINR": 1000, "JPYINR": 1000, "FUTIRC": 2000, "OPTIRC": 2000},
}  # fmt: skip

#: Index names of the master, cleaned as `openalgo_core.symbols.index_name` does, that OpenAlgo calls otherwise, beside
#: those that every broker has.
INDEX_RENAMES = {
    "NSE": {
        "NIFTYFINANCIALSERVICES": "FINNIFTY",
        "NIFTYFIN": "FINNIFTY",
        "NIFTYMCAP50": "NIFTYMIDCAP50",
        "NIFTYMIDSMALLCAP400": "NIFTYMIDSML400",
        "NIFTYSMALLCAP50": "NIFTYSMLCAP50",
        "NIFTYSMALLCAP100": "NIFTYSMLCAP100",
        "NIFTYSMALLCAP250": "NIFTYSMLCAP250",
        "NIFTY100EQUALWEIGHT": "NIFTY100EQLWGT",
        "NIFTY100LOWVOLATILITY30": "NIFTY100LOWVOL30",
        "NIFTYMID100FREE": "NIFTYMIDCAP100",
    },
    "BSE": {
        "BSESENSEX50": "SENSEX50",
        "SNXT50": "BSESENSEXNEXT50",
        "BSEBANKEX": "BANKEX",
        "MID150": "BSE150MIDCAPINDEX",
        "BSEINDIA150": "BSE150MIDCAPINDEX",
        "LMI250": "BSE250LARGEMIDCAPINDEX",
        "MSL400": "BSE400MIDSMALLCAPINDEX",
        "ENERGY": "BSEENERGY",
        "FIN": "BSEFINANCIALSERVICES",
        "FINSER": "BSEFINANCIALSERVICES",
        "INDSTR": "BSEINDUSTRIALS",
        "LRGCAP": "BSELARGECAP",
        "MIDSEL": "BSEMIDCAPSELECTINDEX",
        "SMLSEL": "BSESMALLCAPSELECTINDEX",
        "TELCOM": "BSETELECOM",
        "BSECAPGOOD": "BSECAPITALGOODS",
        "BSECG": "BSECAPITALGOODS",
        "BSECARBON": "BSECARBONEX",
        "BSECONSDUR": "BSECONSUMERDURABLES",
        "BSECD": "BSECONSUMERDURABLES",
        "BSEDOL30": "BSEDOLLEX30",
        "BSEDOL100": "BSEDOLLEX100",
        "BSEDOL200": "BSEDOLLEX200",
        "BSEFMCG": "BSEFASTMOVINGCONSUMERGOODS",
        "BSEFMC": "BSEFASTMOVINGCONSUMERGOODS",
        "BSEGREENX": "BSEGREENEX",
        "BSEHEALTHC": "BSEHEALTHCARE",
        "BSEHC": "BSEHEALTHCARE",
        "BSEINFRA": "BSEINDIAINFRASTRUCTUREINDEX",
        "BSEIT": "BSEINFORMATIONTECHNOLOGY",
        "BSESMLCAP": "BSESMALLCAP",
        "BSEPBI": "BSEPSU",
        "BSEPSUBANK": "BSEPSU",
    },
    "MCX": {},
}

# --- Answers. There are no error codes: texts are all that a refusal has ---

#: What `status` or `stat` says, upper-cased; the limits say 200.
VERDICTS = {"SUCCESS": True, "OK": True, "200": True, "ERROR": False, "FAILURE": False, "NOT_OK": False}

#: Where the text of a refusal may stand, the most telling first.
MESSAGE_KEYS = ("message", "errorMessage", "emsg", "error_description", "error")

#: How each book says that it is empty, in lower case.
EMPTY_BOOKS = {
    "orders": "no orders found",
    "trades": "no trades found",
    "positions": "no positions found",
    "holdings": "no holdings found",
}

#: What a refused modify or cancel may say of an order that is final or not there (the docs promise a text only).
NOT_OPEN_TEXTS = (
    "already", "not found", "no orders found", "not open", "no longer", "does not exist", "invalid order id",
    "is complete", "is executed", "is cancelled", "is canceled", "is rejected",
)  # fmt: skip

#: What a text means, by the first entry of which all words stand in it, in lower case. After those that blame the rate
#: or the server nobody can tell whether an order was booked; see `wire`.
ERROR_TEXTS: tuple[tuple[tuple[str, ...], type[errors.OpenAlgoError]], ...] = (
    (("session", "expired"), errors.SessionExpired),
    (("session", "invalid"), errors.SessionExpired),
    (("too many requests",), errors.RateLimited),
    (("rate limit",), errors.RateLimited),
    (("something went wrong",), errors.BrokerUnavailable),
    (("internal", "error"), errors.BrokerUnavailable),
    (("timed out",), errors.BrokerUnavailable),
    (("timeout",), errors.BrokerUnavailable),
    (("service", "unavailable"), errors.BrokerUnavailable),
    (("symbol", "not found"), errors.InstrumentNotFound),
    (("token", "not found"), errors.InstrumentNotFound),
)
