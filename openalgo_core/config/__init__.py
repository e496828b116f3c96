"""What the user configured: where state lives, the `.env` of an account, and `openalgo.toml`."""

from typing import TYPE_CHECKING

from .._lazy import lazy_exports

if TYPE_CHECKING:
    from .environment import Environment, load
    from .paths import Paths
    from .settings import CoreSettings, GuardSettings, Timeouts, load_settings

__all__ = [
    "CoreSettings",
    "Environment",
    "GuardSettings",
    "Paths",
    "Timeouts",
    "load",
    "load_settings",
]

__getattr__ = lazy_exports(
    __name__,
    {
        "CoreSettings": ".settings",
        "Environment": ".environment",
        "GuardSettings": ".settings",
        "Paths": ".paths",
        "Timeouts": ".settings",
        "load": ".environment",
        "load_settings": ".settings",
    },
)
