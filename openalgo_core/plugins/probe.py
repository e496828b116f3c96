"""Loads one plugin and says on standard output, as one JSON object, what came of it.

`states` runs this in a process of its own, so that whatever a plugin does while it is loaded, from `sys.exit` to a
crash of the interpreter, hurts nobody else.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from ..capabilities import Capability
from ..errors import PluginError
from .discovery import GUARDS
from .loading import load_guard, load_named_broker

__all__ = ["verdict"]


def verdict(group: str, name: str) -> dict[str, Any]:
    """The fields of `states.Verdict` for the installed plugin of that entry-point group and name."""
    try:
        if group == GUARDS:
            load_guard(name)
            return {"state": "ok"}
        info = load_named_broker(name).info
    except PluginError as error:
        return {"state": "broken", "cause": error.message, "remedy": error.hint or None}
    capabilities = {capability.value: info.support(capability).value for capability in Capability}
    return {"state": "ok", "api": info.api, "capabilities": capabilities}


if __name__ == "__main__":
    print(json.dumps(verdict(*sys.argv[1:])), flush=True)
    os._exit(0)  # a thread that the plugin started must not keep the answer waiting
