"""One vocabulary, one command line and one Python API for every Indian broker; each broker a plugin.

>>> from openalgo_core import connect
>>> with connect("paper") as broker:
...     broker.quotes(["NSE:SBIN"])

Names are imported when they are first used, so that importing this package costs next to nothing.
"""

from ._lazy import lazy_exports

TYPE_CHECKING = False  # type checkers know the name; importing `typing` would take as long as starting Python does
if TYPE_CHECKING:
    from .hookspecs.markers import hookimpl
    from .plugins.broker import Broker
    from .plugins.connect import connect

__all__ = ["Broker", "__version__", "connect", "hookimpl"]

__version__ = "0.1.0"

__getattr__ = lazy_exports(
    __name__, {"Broker": ".plugins.broker", "connect": ".plugins.connect", "hookimpl": ".hookspecs.markers"}
)
