"""What a user configured for an account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..errors import ConfigurationError
from ..secrets import Secret

__all__ = ["Settings"]


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user configured for this broker and profile. Every secret is a `Secret`; absent is `None`.

    `options` are the variables of a plugin's own, those that begin with the broker's name: `KOTAK_FLOW` is `flow`.
    """

    api_key: Secret | None = None
    api_secret: Secret | None = None
    redirect_url: str | None = None
    client_id: str | None = None
    pin: Secret | None = None
    password: Secret | None = None
    mobile: str | None = None
    totp_secret: Secret | None = None
    base_url: str | None = None
    options: Mapping[str, Secret] = field(default_factory=dict)

    def require(self, name: str) -> Secret:
        """The secret of that attribute name (`api_key` …). Raises `ConfigurationError` if it is absent or empty."""
        value = getattr(self, name)
        if not value:
            variable = f"BROKER_{name.upper()}"
            raise ConfigurationError(
                f"{variable} is not set.", hint=f"Put {variable} into the .env file, or set it in the environment."
            )
        assert isinstance(value, Secret)
        return value
