"""What a plugin may implement: one module per family of hooks.

A broker plugin is a module that defines some of these functions, marked with `@hookimpl`, under the same names and
with the same parameter names (a parameter that is not needed may be left out). Hooks are stateless: everything they
need comes in through `account`, so one plugin serves many accounts and threads. They are called from any thread, and
never from two threads with the same order.

A hook answers with a value or raises one of `openalgo_core.errors`. `None` means "I have nothing to say" and is an
error wherever the signature does not allow it. Any exception that is not of our tree is a fault of the plugin; for an
order that may have left the machine it makes the outcome unknown.
"""

from . import auth, callback, guard, host, order, quote
from .markers import PROJECT, hookimpl, hookspec

__all__ = [
    "BROKER_FAMILIES",
    "PROJECT",
    "REQUIRED",
    "auth",
    "callback",
    "guard",
    "hookimpl",
    "hookspec",
    "host",
    "order",
    "quote",
]

#: The families that a broker plugin may implement.
BROKER_FAMILIES = (host, auth, callback, order, quote)

#: The hooks without which a broker plugin is refused.
REQUIRED = frozenset({"describe"})
