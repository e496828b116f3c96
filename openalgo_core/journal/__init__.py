"""The journal of orders: every intent is written here before anything is sent, and its outcome after."""

from .database import Journal, JournalKey
from .intent import Draft, Intent
from .owner import Owner

__all__ = ["Draft", "Intent", "Journal", "JournalKey", "Owner"]
