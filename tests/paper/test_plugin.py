"""The plugin as the core sees it."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

from openalgo_core import paper
from openalgo_core.capabilities import HOOK_OF, Capability, Support
from openalgo_core.models import Account
from openalgo_core.plugins.loading import load_named_broker


def test_the_core_loads_it_like_any_other() -> None:
    loaded = load_named_broker("paper")
    assert loaded.module is paper
    assert loaded.info.hosts == ()
    assert (loaded.info.tag.max_length, loaded.info.tag.comes_back) == (20, True)


def test_every_capability_is_stated_and_every_available_one_is_there() -> None:
    info = paper.describe()
    for capability in Capability:
        support = info.support(capability)
        assert support in (Support.FULL, Support.IMPOSSIBLE)
        if capability in HOOK_OF:
            assert hasattr(paper, HOOK_OF[capability]) is (support is Support.FULL)


def test_nobody_needs_to_log_in_and_whoever_does_gets_a_session(account: Account) -> None:
    assert paper.login_fields() == ()
    session = paper.authenticate(account)
    assert session.user_id == "PAPER"
    assert session.tokens == {}
    assert session.expires_at - account.clock.now() > timedelta(days=3650)
    assert paper.logout() is True


def test_a_quote_needs_no_pydantic_and_no_database() -> None:
    """`openalgo quote` must start fast."""
    program = """
import sys
from types import SimpleNamespace
from openalgo_core import paper
from openalgo_core.clock import SystemClock
from openalgo_core.models import Exchange, Instrument, InstrumentKind
from decimal import Decimal
account = SimpleNamespace(profile="default", prices=None, clock=SystemClock())
facts = ("SBIN", Exchange.NSE, "SBIN", InstrumentKind.EQ, None, None, 1, Decimal("0.05"), None, Decimal(1), "", "", "")
share = Instrument(*facts)
assert paper.quotes(account, [share])[0].ltp > 0
print([name for name in ("pydantic", "requests", "sqlite3", "rich", "cryptography") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
