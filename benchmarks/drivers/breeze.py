"""breeze-connect, ICICI Direct's own client, which fetches the instrument file of its broker when it is imported."""

from __future__ import annotations

import sys
from importlib.util import find_spec

__all__ = ["point_at"]


def point_at(url: str) -> None:
    """To be called before the import: its module of constants stands alone and is imported under its bare name."""
    found = find_spec("breeze_connect")
    assert found is not None and found.submodule_search_locations
    sys.path.append(found.submodule_search_locations[0])
    import config

    config.SECURITY_MASTER_URL = f"{url}/SecurityMaster.zip"
