"""Logging in to an account that has no key."""

from __future__ import annotations

from datetime import timedelta

from openalgo_core.models import Account, Session

__all__ = ["USER", "log_in"]

#: The one customer of the paper exchange; profiles keep their accounts in files of their own.
USER = "PAPER"
_TEN_YEARS = timedelta(days=3652)


def log_in(account: Account) -> Session:
    """A session that never gets in the way; every hook works without one too."""
    return Session(user_id=USER, tokens={}, expires_at=account.clock.now() + _TEN_YEARS)
