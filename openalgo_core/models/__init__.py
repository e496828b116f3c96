"""The nouns of the contract. Importing a name imports its module and no other."""

from typing import TYPE_CHECKING

from .._lazy import lazy_exports

if TYPE_CHECKING:
    from .account import Account, Download, Http, MarketData, Reply
    from .broker import API_VERSION, BrokerInfo, RateLimit, SessionRule, TagRule
    from .candle import Candle
    from .depth import Depth, DepthLevel
    from .instrument import Instrument, InstrumentLookup
    from .journal import IntentKind, IntentState, JournalEntry, Settlement
    from .login import CallbackAnswer, Challenge, LoginField, Status
    from .master import Master, MasterFields, MasterRow
    from .order import CancelResult, Order, OrderResult, Placed, Trade
    from .portfolio import Funds, Holding, Margin, Position
    from .quote import Quote, QuoteFailure
    from .request import OrderChange, OrderRequest
    from .session import Session
    from .settings import Settings
    from .sync import Known, SyncResult
    from .vocabulary import Action, Exchange, InstrumentKind, Interval, OrderStatus, PriceType, Product, Validity

__all__ = [
    "API_VERSION",
    "Account",
    "Action",
    "BrokerInfo",
    "CallbackAnswer",
    "CancelResult",
    "Candle",
    "Challenge",
    "Depth",
    "DepthLevel",
    "Download",
    "Exchange",
    "Funds",
    "Holding",
    "Http",
    "Instrument",
    "InstrumentKind",
    "InstrumentLookup",
    "IntentKind",
    "IntentState",
    "Interval",
    "JournalEntry",
    "Known",
    "LoginField",
    "Margin",
    "MarketData",
    "Master",
    "MasterFields",
    "MasterRow",
    "Order",
    "OrderChange",
    "OrderRequest",
    "OrderResult",
    "OrderStatus",
    "Placed",
    "Position",
    "PriceType",
    "Product",
    "Quote",
    "QuoteFailure",
    "RateLimit",
    "Reply",
    "Session",
    "SessionRule",
    "Settings",
    "Settlement",
    "Status",
    "SyncResult",
    "TagRule",
    "Trade",
    "Validity",
]

__getattr__ = lazy_exports(
    __name__,
    {
        "API_VERSION": ".broker",
        "Account": ".account",
        "Action": ".vocabulary",
        "BrokerInfo": ".broker",
        "CallbackAnswer": ".login",
        "CancelResult": ".order",
        "Candle": ".candle",
        "Challenge": ".login",
        "Depth": ".depth",
        "DepthLevel": ".depth",
        "Download": ".account",
        "Exchange": ".vocabulary",
        "Funds": ".portfolio",
        "Holding": ".portfolio",
        "Http": ".account",
        "Instrument": ".instrument",
        "InstrumentKind": ".vocabulary",
        "InstrumentLookup": ".instrument",
        "IntentKind": ".journal",
        "IntentState": ".journal",
        "Interval": ".vocabulary",
        "JournalEntry": ".journal",
        "Known": ".sync",
        "LoginField": ".login",
        "Margin": ".portfolio",
        "MarketData": ".account",
        "Master": ".master",
        "MasterFields": ".master",
        "MasterRow": ".master",
        "Order": ".order",
        "OrderChange": ".request",
        "OrderRequest": ".request",
        "OrderResult": ".order",
        "OrderStatus": ".vocabulary",
        "Placed": ".order",
        "Position": ".portfolio",
        "PriceType": ".vocabulary",
        "Product": ".vocabulary",
        "Quote": ".quote",
        "QuoteFailure": ".quote",
        "RateLimit": ".broker",
        "Reply": ".account",
        "Session": ".session",
        "SessionRule": ".broker",
        "Settings": ".settings",
        "Settlement": ".journal",
        "Status": ".login",
        "SyncResult": ".sync",
        "TagRule": ".broker",
        "Trade": ".order",
        "Validity": ".vocabulary",
    },
)
