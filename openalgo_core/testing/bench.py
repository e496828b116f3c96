"""A broker's plugin on a test bench: its simulator behind a fault proxy, and a trader who is logged in to it.

Nothing here reads or changes the environment of the process, so benches of several brokers stand side by side.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

from ..capabilities import Capability
from ..clock import Clock
from ..config import Paths, load, load_settings
from ..demo.bench import account_lines, simulator_of
from ..demo.browser import visit
from ..exchange import SimulatedExchange
from ..login import unattended
from ..models import Instrument, Quote, Status
from ..numbers import share_tick
from ..plugins.broker import Broker
from ..plugins.loading import load_named_broker
from ..plugins.office import Office
from ..simulation import TEST_ACCOUNT, Simulation, SimulatorSetup, TestAccount, serve

__all__ = ["log_in", "new_broker", "resting_price", "simulating", "trader"]

#: Short enough for a suite of faults, long enough for a slow machine; a rate token is waited for as long as it takes,
#: because the clocks of a bench hurry.
_SETTINGS = """
[guards.order_rate]
per_second = 10

[timeouts]
connect = 1
read = {read}
reconcile = 4
rate_wait = 600
"""


@contextmanager
def simulating(
    name: str,
    clock: Clock,
    *,
    account: TestAccount = TEST_ACCOUNT,
    registered_ip: str | None = None,
    enforce_rate_limits: bool = True,
) -> Iterator[Simulation]:
    """The simulator of an installed broker plugin, serving behind a fault proxy while the `with` block lasts.

    Leaving raises `AssertionError` for what the simulator did not expect of its client (`setup.surprises`), unless
    the block ends with another exception. Raises what `openalgo_core.demo.simulator_of` raises.
    """
    setup = SimulatorSetup(
        SimulatedExchange(clock=clock),
        clock,
        account,
        registered_ip=registered_ip,
        enforce_rate_limits=enforce_rate_limits,
    )
    try:
        with serve(simulator_of(name), setup, proxied=True) as running:
            yield running
        if setup.surprises:
            raise AssertionError(f"The simulator of {name} did not expect this:\n" + "\n".join(setup.surprises))
    finally:
        setup.close()


def new_broker(
    name: str,
    simulation: Simulation | None,
    home: Path,
    *,
    clock: Clock | None = None,
    profile: str = "default",
    variables: Mapping[str, str] | None = None,
    read_timeout: float = 1.5,  # what a silent broker costs each case; less, and a busy machine is taken for one
) -> Broker:
    """Like `openalgo_core.connect`, configured by arguments alone: state in `home`, the simulation's test account.

    Without a simulation (a broker that books on this machine) a `clock` is needed. `variables` go before those of the
    test account.
    """
    if simulation is not None:
        clock = clock or simulation.setup.clock
    if clock is None:
        raise ValueError("a bench without a simulation needs a clock")
    home.mkdir(parents=True, exist_ok=True)
    (home / "openalgo.toml").write_text(_SETTINGS.format(read=read_timeout), encoding="utf-8")
    known = {} if simulation is None else account_lines(name, simulation.setup.account, simulation.url)
    env = {**known, "OPENALGO_HOME": str(home), **(variables or {})}
    paths = Paths.from_environment(env)
    environment = load(env, broker=name, profile=profile, cwd=home)
    return Broker(Office(load_named_broker(name), environment, paths, load_settings(paths, env), clock))


def trader(
    name: str, simulation: Simulation | None, home: Path, *, clock: Clock | None = None, profile: str = "default"
) -> Broker:
    """A broker that is logged in, its instruments fetched: a fault meets what the test does, and nothing before it."""
    broker = new_broker(name, simulation, home, clock=clock, profile=profile)
    log_in(broker)
    broker.sync_instruments()
    return broker


def log_in(broker: Broker) -> Status:
    """Log in as the settings say: with stored secrets, with a code that is asked for first, or on the broker's page.

    Raises `AuthenticationError` with the broker's text, `AssertionError` where the settings do not answer every
    question.
    """
    fields = broker.login_fields()
    if not fields:
        if not broker.info.support(Capability.WEB_LOGIN).available:
            return broker.status()
        state = "state-of-the-bench"
        return broker.complete_web_login(visit(broker.login_url(state), broker.settings, broker.office.clock), state)
    answers = unattended(broker.office, fields)
    if answers is None:
        raise AssertionError(f"The test account does not answer every question of the login of {broker.name}.")
    late = {field.name for field in fields if field.after_request}
    if late:
        broker.request_otp({name: answer for name, answer in answers.items() if name not in late})
    return broker.login(answers)


def resting_price(broker: Broker, instrument: Instrument, share: Decimal = Decimal("0.95")) -> Decimal:
    """A price on a tick at that share of the last one: a BUY there rests and is inside every price band."""
    (quote,) = broker.quotes([str(instrument)])
    if not isinstance(quote, Quote) or not quote.ltp:
        raise AssertionError(f"{broker.name} gives no last price of {instrument}: {quote}")
    wanted = quote.ltp * share
    tick = instrument.tick_size or share_tick(wanted)
    return max(tick, wanted // tick * tick)
