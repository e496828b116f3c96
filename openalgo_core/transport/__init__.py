"""The way to a broker: one HTTP client with time-outs, rate limits and one retry rule.

Importing this package imports neither requests nor pyrate-limiter; the first request does.
"""

from typing import TYPE_CHECKING

from .._lazy import lazy_exports

if TYPE_CHECKING:
    from .client import HttpClient, WriteOnce
    from .limits import Limiter
    from .retry import read_with_retry

__all__ = ["HttpClient", "Limiter", "WriteOnce", "read_with_retry"]

__getattr__ = lazy_exports(
    __name__,
    {"HttpClient": ".client", "Limiter": ".limits", "WriteOnce": ".client", "read_with_retry": ".retry"},
)
