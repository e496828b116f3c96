"""A trading day in a few seconds: every step of the command line, checked, on paper or over a broker's real wire."""

from typing import TYPE_CHECKING

from .._lazy import lazy_exports

if TYPE_CHECKING:
    from .bench import account_lines, new_setup, simulator_of
    from .play import Step, run_demo
    from .recorder import Exchange, Recorder

__all__ = ["Exchange", "Recorder", "Step", "account_lines", "new_setup", "run_demo", "simulator_of"]

__getattr__ = lazy_exports(
    __name__,
    {
        "Exchange": ".recorder",
        "Recorder": ".recorder",
        "Step": ".play",
        "account_lines": ".bench",
        "new_setup": ".bench",
        "run_demo": ".play",
        "simulator_of": ".bench",
    },
)
