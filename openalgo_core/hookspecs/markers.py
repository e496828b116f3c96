"""The two pluggy markers. `hookimpl` is the one a plugin uses; it is also `openalgo_core.hookimpl`."""

import pluggy

__all__ = ["PROJECT", "hookimpl", "hookspec"]

PROJECT = "openalgo"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
