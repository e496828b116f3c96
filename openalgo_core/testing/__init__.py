"""What the author of a broker plugin tests it with. Needs the extra `testing`.

* `ScriptedBroker`, `World`: the plugin's hooks over a wire that is a script.
* `GoldenCases`, `RecordedRequests`: the folder `golden/` of a plugin, run in both directions.
* `BrokerConformance`: the conformance suite, numbered cases that every plugin passes.
* `simulating`, `trader`, `learn_wire`: a plugin on a bench, and what its requests look like.
* `simulated`, `SimulatorCaller`: the plugin's simulator on loopback, and a careful client of it.
"""

from typing import TYPE_CHECKING

from .._lazy import lazy_exports

if TYPE_CHECKING:
    from .bench import log_in, simulating, trader
    from .clocks import TRADING_DAY, HurriedClock, StandingClock
    from .conformance import BrokerConformance
    from .golden import GoldenCases, RecordedRequests, load_table, meaning, plain
    from .inputs import CaseInputs
    from .scripted import ScriptedBroker, ScriptedHttp, ScriptedReply, StoppedClock, Table, World, hooks_of
    from .simulators import SimulatorCaller, simulated, taken, totp
    from .wire import Wire, learn_wire, requests_of

__all__ = [
    "TRADING_DAY",
    "BrokerConformance",
    "CaseInputs",
    "GoldenCases",
    "HurriedClock",
    "RecordedRequests",
    "ScriptedBroker",
    "ScriptedHttp",
    "ScriptedReply",
    "SimulatorCaller",
    "StandingClock",
    "StoppedClock",
    "Table",
    "Wire",
    "World",
    "hooks_of",
    "learn_wire",
    "load_table",
    "log_in",
    "meaning",
    "plain",
    "requests_of",
    "simulated",
    "simulating",
    "taken",
    "totp",
    "trader",
]

__getattr__ = lazy_exports(
    __name__,
    {
        "HurriedClock": ".clocks",
        "StandingClock": ".clocks",
        "TRADING_DAY": ".clocks",
        "BrokerConformance": ".conformance.suite",
        "Wire": ".wire",
        "learn_wire": ".wire",
        "log_in": ".bench",
        "requests_of": ".wire",
        "simulating": ".bench",
        "trader": ".bench",
        "CaseInputs": ".inputs",
        "GoldenCases": ".golden",
        "RecordedRequests": ".golden",
        "load_table": ".golden",
        "meaning": ".golden",
        "plain": ".golden",
        "ScriptedBroker": ".scripted",
        "ScriptedHttp": ".scripted",
        "ScriptedReply": ".scripted",
        "StoppedClock": ".scripted",
        "Table": ".scripted",
        "World": ".scripted",
        "hooks_of": ".scripted",
        "SimulatorCaller": ".simulators",
        "simulated": ".simulators",
        "taken": ".simulators",
        "totp": ".simulators",
    },
)
