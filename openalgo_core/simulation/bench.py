"""What a broker's simulator is given to work with."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar, Final

from ..clock import Clock
from ..models.settings import Settings
from ..secrets import Secret
from .faults import FaultScript, Stage

if TYPE_CHECKING:
    from ..exchange import SimulatedExchange

__all__ = ["SEED_API_KEY", "SEED_API_SECRET", "TEST_ACCOUNT", "SimulatorSetup", "TestAccount"]

#: What the set-up pages of all brokers have in their sample `.env`: whoever follows one to the letter can try it.
SEED_API_KEY: Final = "your_api_key_here"
SEED_API_SECRET: Final = "your_api_secret_here"  # noqa: S105  # a placeholder that everybody may read


@dataclass(frozen=True, slots=True)
class TestAccount:
    """The one customer of a simulated broker; each simulator uses what its broker asks for.

    `redirect_url` is the one registered with the broker, `None` for that broker's seed value.
    """

    __test__: ClassVar[bool] = False  # no pytest class, whatever its name looks like

    user_id: str
    name: str
    mobile: str
    api_key: Secret
    api_secret: Secret
    pin: Secret
    password: Secret
    totp_secret: Secret
    redirect_url: str | None = None

    @staticmethod
    def of(settings: Settings) -> TestAccount:
        """The account that somebody's own settings describe; what they leave open is as in the fixed one."""
        given = {name: getattr(settings, name) for name in _SHARED}
        given["user_id"] = settings.client_id
        return replace(TEST_ACCOUNT, **{name: value for name, value in given.items() if value})

    @property
    def settings(self) -> Settings:
        """What a client must be configured with to log in."""
        return Settings(client_id=self.user_id, **{name: getattr(self, name) for name in _SHARED})

    def secret_of(self, api_key: str) -> Secret | None:
        """The API secret that belongs to a key, `None` for a key that nobody has."""
        if Secret(api_key) == self.api_key:
            return self.api_secret
        return Secret(SEED_API_SECRET) if api_key == SEED_API_KEY else None


#: Who is there unless somebody else is wanted. Nothing of it opens anything outside this machine. The TOTP secret has
#: 32 base32 characters, because pyotp refuses fewer than 112 bits; the PIN has six digits, the most any broker wants.
TEST_ACCOUNT: Final = TestAccount(
    user_id="A123456",
    name="ASHA RAO",
    mobile="9876543210",
    api_key=Secret("TESTKEY1"),
    api_secret=Secret("test-api-secret"),
    pin=Secret("246810"),
    password=Secret("Test@1234"),
    totp_secret=Secret("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"),
)

#: What a TestAccount and Settings have in common, under the same names.
_SHARED: Final = ("api_key", "api_secret", "pin", "password", "mobile", "totp_secret", "redirect_url")


@dataclass(slots=True)
class SimulatorSetup:
    """Everything a simulator needs beside its own wire.

    `surprises` collects what the simulator did not expect (a path, a field, a missing header), one sentence each:
    a test fails on any. `rate_scale` 10 makes a second of the broker's rate limits last a tenth. Where
    `registered_ip` is set, orders from elsewhere are refused as that broker does. `public_url` is where clients
    reach the simulator; it is filled when the server has its port. `script` holds the faults that the application
    plays itself.
    """

    exchange: SimulatedExchange
    clock: Clock
    account: TestAccount = TEST_ACCOUNT
    surprises: list[str] = field(default_factory=list)
    enforce_rate_limits: bool = True
    rate_scale: float = 1.0
    registered_ip: str | None = None
    public_url: str = ""
    script: FaultScript = field(default_factory=FaultScript)

    def scripted(self, path: str, stage: Stage = Stage.BEFORE) -> str | None:
        """The name of the broker-level fault due for a request to `path`, if any; it counts as played.

        An application asks at the start of a request, and once more with `Stage.AFTER` when the request has done
        its work.
        """
        fault = self.script.take(path, stage)
        return fault.name if fault else None

    def close(self) -> None:
        """Close the exchange."""
        self.exchange.close()
