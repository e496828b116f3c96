"""State on disk: sessions and instruments."""

from typing import TYPE_CHECKING

from .._lazy import lazy_exports

if TYPE_CHECKING:
    from .crypto import Vault
    from .sessions import SessionStore

__all__ = ["SessionStore", "Vault"]

__getattr__ = lazy_exports(__name__, {"SessionStore": ".sessions", "Vault": ".crypto"})
