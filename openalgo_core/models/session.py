"""A login that is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ..secrets import Secret

__all__ = ["Session"]


@dataclass(frozen=True, slots=True)
class Session:
    """A login that lasts until `expires_at` (IST). `tokens` are secret; `data` is what else the plugin must keep."""

    user_id: str
    tokens: Mapping[str, Secret]
    expires_at: datetime
    data: Mapping[str, str] = field(default_factory=dict)
