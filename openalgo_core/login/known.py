"""What the configuration answers by itself: variables of the environment, and codes made from a stored secret."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self

from ..errors import ConfigurationError
from ..models import LoginField
from ..secrets import Secret
from .totp import TotpCodes

if TYPE_CHECKING:
    from ..clock import Clock
    from ..config import Environment
    from ..store import SessionStore

__all__ = ["TOTP_SECRET", "Configured", "Known", "expectation", "fits"]

TOTP_SECRET = "BROKER_TOTP_SECRET"  # noqa: S105  # a name, not a password


class Configured(Protocol):
    """What is known of an account without asking anybody."""

    @property
    def environment(self) -> Environment: ...
    @property
    def sessions(self) -> SessionStore: ...
    @property
    def clock(self) -> Clock: ...


@dataclass(frozen=True, slots=True)
class Known:
    """`variable` looks one up by name. `code` makes the next authenticator code, where its secret is stored."""

    variable: Callable[[str], Secret | None]
    code: Callable[[], Secret] | None = None

    @classmethod
    def of(cls, account: Configured) -> Self:
        """Raises `ConfigurationError` for a stored secret that cannot make codes."""
        environment = account.environment
        secret = environment.settings.totp_secret
        if not secret:
            return cls(environment.variables.get)
        state = account.sessions.totp_state(environment.broker, environment.profile)
        return cls(environment.variables.get, TotpCodes(secret, state, account.clock).next)

    def covers(self, field: LoginField) -> bool:
        """Whether there is an answer; no code is made to find out. Raises as `answer` does."""
        return self._set(field) is not None or (field.totp and self.code is not None)

    def answer(self, field: LoginField) -> Secret | None:
        """The answer, `None` where the configuration has none. A code serves once: ask only to use it.

        Raises `ConfigurationError` for a variable that does not fit.
        """
        answer = self._set(field)
        if answer is None and field.totp and self.code is not None:
            return self.code()
        return answer

    def _set(self, field: LoginField) -> Secret | None:
        if field.environment is None or field.environment == TOTP_SECRET:  # what makes a code is not the code
            return None
        answer = self.variable(field.environment)
        if answer and not fits(field, answer):
            raise ConfigurationError(
                f"{field.environment}: {expectation(field)}.", hint=f"Correct {field.environment} in the .env file."
            )
        return answer or None


def fits(field: LoginField, answer: Secret) -> bool:
    """Whether an answer has the form that the field asks for."""
    text = answer.reveal()
    return bool(text) and (field.pattern is None or re.fullmatch(field.pattern, text) is not None)


def expectation(field: LoginField) -> str:
    """What the field asks for, in words, without a full stop."""
    return f"{field.label} is {field.pattern_hint}" if field.pattern_hint else f"{field.label} has another form"
