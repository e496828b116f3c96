"""Logging in: what to ask, what comes back, what a user is told of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ..secrets import Secret

__all__ = ["CallbackAnswer", "Challenge", "LoginField", "Status"]


@dataclass(frozen=True, slots=True)
class LoginField:
    """One thing to ask the user at login.

    `name` is the word of `--field NAME=VALUE`. `environment` names the variable that answers the question without
    asking, `None` if there is none. `after_request` marks a code that exists only once `request_otp` was called.
    `totp` marks a code that the core may make itself from `BROKER_TOTP_SECRET`.
    """

    name: str
    label: str
    secret: bool = True
    environment: str | None = None
    after_request: bool = False
    totp: bool = False
    optional: bool = False
    #: A regular expression the whole answer must match, with `pattern_hint` to say what is expected in words.
    pattern: str | None = None
    pattern_hint: str = ""


@dataclass(frozen=True, slots=True)
class Challenge:
    """What `request_otp` was answered; opaque to the core, which keeps it encrypted for ten minutes.

    `message` is shown to the user ("OTP sent to ******1234").
    """

    data: Mapping[str, Secret]
    message: str = ""


@dataclass(frozen=True, slots=True)
class CallbackAnswer:
    """What arrived at the redirect. Each parameter has all its values, because a repeated one is suspicious."""

    method: str
    parameters: Mapping[str, Sequence[str]] = field(repr=False)

    def one(self, name: str) -> str | None:
        """The single value of a parameter, `None` if it is absent or given more than once."""
        values = self.parameters.get(name, ())
        return values[0] if len(values) == 1 else None


@dataclass(frozen=True, slots=True)
class Status:
    """Who is logged in where."""

    broker: str
    profile: str
    user_id: str | None
    logged_in: bool
    expires_at: datetime | None
