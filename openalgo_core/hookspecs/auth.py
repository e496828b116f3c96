"""Logging in and out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from .markers import hookspec

if TYPE_CHECKING:
    from ..models.account import Account
    from ..models.login import Challenge, LoginField
    from ..models.session import Session
    from ..secrets import Secret


@hookspec(firstresult=True)
def login_fields(account: Account) -> Sequence[LoginField]:
    """What to ask the user, in the order to ask it. No request is made here.

    A field whose environment variable is set is not asked for.
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def request_otp(account: Account, fields: Mapping[str, Secret]) -> Challenge:
    """Make the broker send a code. `fields` holds the answers that need no code.

    The challenge comes back in `authenticate`, perhaps in another process and up to ten minutes later.
    Raises `AuthenticationError` with the broker's own text.
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def authenticate(account: Account, fields: Mapping[str, Secret], challenge: Challenge | None) -> Session:
    """Turn the answers into a session.

    `fields` is keyed by `LoginField.name`. `challenge` is what `request_otp` returned, if it was called.
    Raises `AuthenticationError` with the broker's code and text when it says no.
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def refresh_session(account: Account) -> Session:
    """A new session from the one in `account`, without asking anybody. Raises `SessionExpired` if it is too late."""
    raise NotImplementedError


@hookspec(firstresult=True)
def logout(account: Account) -> bool:
    """Make the broker forget the session; true when it said so. The core erases its copy whatever happens here."""
    raise NotImplementedError
