"""What a broker can do, cannot do, or not yet.

The declaration of a plugin decides which commands are refused with exit code 11, which conformance cases run, and
what the table of brokers in the documentation says.
"""

from __future__ import annotations

from enum import StrEnum

__all__ = ["HOOK_OF", "Capability", "Support"]


class Support(StrEnum):
    """Five degrees; the difference between "the broker cannot" and "we have not yet" tells where help is wanted."""

    FULL = "full"
    PARTIAL = "partial"  # some exchanges, some kinds; the plugin's README says which
    NOT_IMPLEMENTED = "not implemented"  # the broker can, the plugin does not yet
    IMPOSSIBLE = "impossible"  # the broker cannot
    UNSTATED = "unstated"  # nobody has looked

    @property
    def available(self) -> bool:
        return self in (Support.FULL, Support.PARTIAL)


class Capability(StrEnum):
    """Each thing that brokers differ in. The value is the key that `openalgo brokers --json` prints."""

    LOGIN = "login"  # by credentials and codes typed, or made from stored secrets
    REQUEST_OTP = "request_otp"  # the broker sends a code when asked to
    WEB_LOGIN = "web_login"  # on the broker's own page, coming back to REDIRECT_URL
    REFRESH_SESSION = "refresh_session"
    LOGOUT = "logout"
    PLACE_ORDER = "place_order"
    MODIFY_ORDER = "modify_order"
    CANCEL_ORDER = "cancel_order"
    ORDER_BOOK = "order_book"
    ORDER_STATUS = "order_status"  # one order, without reading the whole book
    TRADE_BOOK = "trade_book"
    POSITIONS = "positions"
    HOLDINGS = "holdings"
    FUNDS = "funds"
    MARGIN = "margin"
    INSTRUMENTS = "instruments"
    QUOTES = "quotes"
    DEPTH = "depth"
    HISTORY = "history"
    SIMULATOR = "simulator"
    CNC = "CNC"
    MIS = "MIS"
    NRML = "NRML"
    MARKET = "MARKET"
    LIMIT = "LIMIT"
    SL = "SL"
    SL_M = "SL-M"
    DAY = "DAY"
    IOC = "IOC"
    DISCLOSED_QUANTITY = "disclosed_quantity"


#: The hook that a capability stands for, where it stands for one. A plugin that declares the capability available
#: must implement the hook, and one that implements the hook must not declare it impossible.
HOOK_OF: dict[Capability, str] = {
    Capability.LOGIN: "authenticate",
    Capability.REQUEST_OTP: "request_otp",
    Capability.WEB_LOGIN: "handle_callback",
    Capability.REFRESH_SESSION: "refresh_session",
    Capability.LOGOUT: "logout",
    Capability.PLACE_ORDER: "place_order",
    Capability.MODIFY_ORDER: "modify_order",
    Capability.CANCEL_ORDER: "cancel_order",
    Capability.ORDER_BOOK: "order_book",
    Capability.ORDER_STATUS: "order_status",
    Capability.TRADE_BOOK: "trade_book",
    Capability.POSITIONS: "positions",
    Capability.HOLDINGS: "holdings",
    Capability.FUNDS: "funds",
    Capability.MARGIN: "margin",
    Capability.INSTRUMENTS: "instruments",
    Capability.QUOTES: "quotes",
    Capability.DEPTH: "depth",
    Capability.HISTORY: "history",
    Capability.SIMULATOR: "simulator",
}
