"""The three generations of Kotak's API: which one is wanted, what its credentials mean, where its paths lie.

| flow | `BROKER_API_KEY` | `BROKER_API_SECRET` | login |
|---|---|---|---|
| live | UCC (client code) | access token | TOTP, then MPIN |
| v2 | consumer key | consumer secret, or a ready access token | TOTP, then MPIN |
| v1 | consumer key | consumer secret | password, then OTP or MPIN |

The two old ones are being retired. They are used only where `KOTAK_FLOW`, in the `.env` file or the environment, names
one. Above the paths and headers they are all alike.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from openalgo_core.errors import ConfigurationError

if TYPE_CHECKING:
    from openalgo_core.models import Account, Session

__all__ = ["DIALECTS", "Dialect", "Flow", "chosen", "credentials", "dialect_of", "is_access_token"]

_VARIABLE = "KOTAK_FLOW"
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
#: A UCC is shorter, and has letters and digits only.
_LONGEST_UCC = 10

_BOTH_MEANINGS = (
    "BROKER_API_KEY and BROKER_API_SECRET look like the consumer key and the consumer secret of Kotak's old developer "
    "portal. Kotak's live API means other things by them: BROKER_API_KEY is your UCC (client code, such as AB123), "
    "BROKER_API_SECRET is the access token of your Trade API application (a UUID)."
)
_NEW_TOKEN = (
    "In Neo: More (or Invest) > Trade API > API dashboard > Create Application, copy the token, register TOTP there. "
    f"The retired login with consumer key and secret is asked for by {_VARIABLE}=v1 or {_VARIABLE}=v2 in the .env."
)


class Flow(StrEnum):
    """The value is the word of `KOTAK_FLOW`."""

    LIVE = "live"
    V2 = "v2"
    V1 = "v1"


@dataclass(frozen=True, slots=True)
class Dialect:
    """Where things lie below the base URL, and what stands before the access token."""

    orders: str
    portfolio: str
    quotes: str
    files: str
    scheme: str
    fin_key: str

    @property
    def is_live(self) -> bool:
        return not self.scheme


#: The key that every copy of the old clients carries; a constant of the wire, nobody's secret.
_OLD_FIN_KEY = "X6Nk8cQhUgGmJ2vBdWw4sfzrz4L5En"
_OLD = "Bearer "
_GATEWAY = ("Orders/2.0/", "Portfolio/1.0/", "apim/quotes/1.0/")

#: By the name that a session keeps. v2 on the host of v1 speaks nearly as v1 does.
DIALECTS = {
    "live": Dialect("", "", "script-details/1.0/", "script-details/1.0/masterscrip/file-paths", "", "neotradeapi"),
    "v2": Dialect(
        "apim/orders/2.0/", "apim/portfolio/2.0/", "apim/quotes/2.0/", "apim/files/2.0/masterscrip/v1/file-paths",
        _OLD, _OLD_FIN_KEY,
    ),
    "v2-gateway": Dialect(*_GATEWAY, "Files/1.0/masterscrip/v2/file-paths", _OLD, _OLD_FIN_KEY),
    "v1": Dialect(*_GATEWAY, "Files/1.0/masterscrip/v1/file-paths", _OLD, _OLD_FIN_KEY),
}  # fmt: skip


def chosen(account: Account) -> Flow:
    """The flow to log in by. Raises `ConfigurationError` for a word that is none, and, with both meanings, for
    credentials of the old kind where none of the old flows was asked for."""
    option = account.settings.options.get("flow")
    word = option.reveal().strip().lower() if option else Flow.LIVE
    if word not in list(Flow):
        raise ConfigurationError(
            f"{_VARIABLE} is {word!r}, which names no way of logging in to Kotak.",
            hint=f"Leave it out, or set it to {Flow.V1} or {Flow.V2} for a retired one.",
        )
    flow = Flow(word)
    if flow is Flow.LIVE and _are_of_the_old_kind(account):
        raise ConfigurationError(_BOTH_MEANINGS, hint=_NEW_TOKEN)
    return flow


def credentials(account: Account) -> tuple[str, str]:
    """`BROKER_API_KEY` and `BROKER_API_SECRET`. Raises `ConfigurationError` where one is missing."""
    settings = account.settings
    return settings.require("api_key").reveal().strip(), settings.require("api_secret").reveal().strip()


def dialect_of(session: Session) -> Dialect:
    """How to speak in a session."""
    return DIALECTS[session.data["dialect"]]


def is_access_token(text: str) -> bool:
    """Whether a secret is a ready token (a UUID, or a JWT of the old gateway) rather than a consumer secret."""
    return bool(_UUID.fullmatch(text)) or text.startswith("eyJ")


def _are_of_the_old_kind(account: Account) -> bool:
    settings = account.settings
    if not settings.api_key or not settings.api_secret:
        return False
    key, secret = credentials(account)
    return not _UUID.fullmatch(secret) and (len(key) > _LONGEST_UCC or "_" in key)
