"""Every error this project raises, one tree.

OpenAlgoError                    1   a fault of ours, unless a subclass says otherwise
├── UsageError                   2   the words of the call are off
├── ConfigurationError           3   a setting is missing, broken or unwritable
├── AuthenticationError          4   the broker refused the login
│   └── LoginRequired            4   no session, or a dead one
│       └── SessionExpired       4   the broker says the session is over
├── Refused                      5   somebody said no; surely not placed
│   ├── OrderRejected            5   the broker said no to this order
│   ├── GuardRefused             5   a guard said no, or could not be asked
│   └── OrderNotOpen             5   modify or cancel of an order that is final or not there
├── OutcomeUnknown               6   sent, and nobody can tell yet what became of it
├── InvalidRequest               7   refused by us before any request
│   └── InstrumentNotFound       7   no such symbol
├── RateLimited                  8   too many requests; surely not executed
├── BrokerUnavailable            9   the network or the broker failed us
│   ├── NotSent                  9   provably nothing left this machine
│   └── UnreadableAnswer         9   an answer came that is not what the wire promises
├── PluginError                 10   a plugin is missing or broken
│   ├── PluginNotInstalled      10
│   └── PluginBroken            10
└── NotSupported                11   this broker cannot do that, or its plugin does not yet

What an error means for an order that was being sent is decided in `openalgo_core.orders`; in short,
`OrderRejected`, `AuthenticationError`, `RateLimited` and `NotSent` are proof that nothing was booked, and
every other class, including exceptions that are not ours, leaves the outcome unknown once bytes have left.
"""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar

__all__ = [
    "AuthenticationError",
    "BrokerUnavailable",
    "ConfigurationError",
    "ExitCode",
    "GuardRefused",
    "InstrumentNotFound",
    "InvalidRequest",
    "LoginRequired",
    "NotSent",
    "NotSupported",
    "OpenAlgoError",
    "OrderNotOpen",
    "OrderRejected",
    "OutcomeUnknown",
    "PluginBroken",
    "PluginError",
    "PluginNotInstalled",
    "RateLimited",
    "Refused",
    "SessionExpired",
    "UnreadableAnswer",
    "UsageError",
]


class ExitCode(IntEnum):
    """Exit codes of the `openalgo` command; part of the contract."""

    DONE = 0
    INTERNAL = 1  # a fault of ours
    USAGE = 2  # unknown option, a word that is no interval
    CONFIGURATION = 3  # no API key, broken .env line, unwritable state directory
    LOGIN = 4  # login needed or refused
    REFUSED = 5  # the broker or a guard said no, surely not placed
    UNKNOWN = 6  # outcome unknown after reconciliation was tried
    INVALID = 7  # invalid request, refused by us before any request
    RATE_LIMITED = 8  # refused by us, or by a broker that then executes nothing
    UNAVAILABLE = 9  # broker unavailable; for orders, provably nothing sent
    PLUGIN = 10  # plugin missing or broken
    NOT_SUPPORTED = 11  # product, type, interval or hook


class OpenAlgoError(Exception):
    """What went wrong, why, and what to do.

    `message` says what and why in one or two sentences; `hint` says what to do and may be empty. `broker`, `code`
    (the broker's own error code, as text) and `http_status` are kept when the error came from a broker. No secret
    ever enters any of them.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.INTERNAL
    #: Whether the same read may succeed if it is tried again at once. Never consulted for order writes.
    retryable: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        broker: str | None = None,
        code: str | None = None,
        http_status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.broker = broker
        self.code = code
        self.http_status = http_status

    @property
    def kind(self) -> str:
        """The class name; the `kind` of the error object that `--json` prints."""
        return type(self).__name__


class UsageError(OpenAlgoError):
    """The words of the call are off: an unknown option value, a word that is no interval."""

    exit_code = ExitCode.USAGE


class ConfigurationError(OpenAlgoError):
    """A setting is missing, broken or unwritable."""

    exit_code = ExitCode.CONFIGURATION


class AuthenticationError(OpenAlgoError):
    """The broker refused the login: wrong PIN, wrong code, unknown key."""

    exit_code = ExitCode.LOGIN


class LoginRequired(AuthenticationError):
    """There is no session, or it is known to be dead; nothing was sent."""


class SessionExpired(LoginRequired):
    """The broker says that the session is over. An order answered so was surely not placed."""


class Refused(OpenAlgoError):
    """Somebody with the right to do so said no; surely not placed."""

    exit_code = ExitCode.REFUSED


class OrderRejected(Refused):
    """The broker said no to this order, in an answer that proves it did not book it."""


class GuardRefused(Refused):
    """A guard said no, is missing although it is enabled, or failed."""


class OrderNotOpen(Refused):
    """Modify or cancel of an order that is final, or that the broker does not know."""


class OutcomeUnknown(OpenAlgoError):
    """Something was sent and nobody can tell yet what became of it."""

    exit_code = ExitCode.UNKNOWN


class InvalidRequest(OpenAlgoError, ValueError):
    """The request cannot be right; refused by us before any request."""

    exit_code = ExitCode.INVALID


class InstrumentNotFound(InvalidRequest):
    """No instrument has that symbol on that exchange."""


class RateLimited(OpenAlgoError):
    """Too many requests: refused by us, or by a broker whose page says that it then executes nothing."""

    exit_code = ExitCode.RATE_LIMITED
    retryable = True

    def __init__(
        self,
        message: str,
        *,
        retry_after: float | None = None,
        hint: str = "",
        broker: str | None = None,
        code: str | None = None,
        http_status: int | None = None,
    ) -> None:
        super().__init__(message, hint=hint, broker=broker, code=code, http_status=http_status)
        #: Seconds after which the broker, or our own limiter, says that a new try has a chance.
        self.retry_after = retry_after


class BrokerUnavailable(OpenAlgoError):
    """The network or the broker failed us."""

    exit_code = ExitCode.UNAVAILABLE
    retryable = True


class NotSent(BrokerUnavailable):
    """Provably nothing of this request left the machine: name resolution, refused or timed-out connection, TLS."""


class UnreadableAnswer(BrokerUnavailable):
    """An answer came that is not what the wire promises: HTML, empty, truncated, a missing field."""


class PluginError(OpenAlgoError):
    """A plugin is missing or broken."""

    exit_code = ExitCode.PLUGIN


class PluginNotInstalled(PluginError):
    """No installed distribution offers a plugin of that name."""


class PluginBroken(PluginError):
    """The plugin is installed but cannot be used: it does not import, or it breaks the contract."""


class NotSupported(OpenAlgoError):
    """This broker cannot do that, or its plugin does not yet."""

    exit_code = ExitCode.NOT_SUPPORTED
