"""Known vulnerabilities of what is installed here, by `pip-audit`; skipped, aloud, where no advisories can be had.

    python tests/audit.py

Exit code 1 for a finding. Offline, and behind an index without advisories, pip-audit skips packages one by one and
reports success all the same; what it really looked at is counted here.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

#: Ours are on no index, or on one that knows nothing of them.
OWN = "openalgo-"


def main() -> int:
    done = subprocess.run(
        [sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off"],
        capture_output=True,
        text=True,
        check=False,
    )
    found = _dependencies(done.stdout)
    audited = [one for one in found if "vulns" in one]
    if not audited:
        print(f"Skipped: no advisories can be had from here ({_reason(found, done.stderr)}).")
        return 0
    print(f"{len(audited)} of {len(found)} packages audited.")
    for one in audited:
        for known in one["vulns"]:
            fixed = ", ".join(known["fix_versions"]) or "no version yet"
            print(f"{one['name']} {one['version']}: {known['id']}, mended in {fixed}")
    return 1 if any(one["vulns"] for one in audited) else 0


def _dependencies(output: str) -> list[dict[str, Any]]:
    """What pip-audit listed, without our own; nothing where it ended before that."""
    listed = json.loads(output)["dependencies"] if output.strip() else []
    return [one for one in listed if not one["name"].startswith(OWN)]


def _reason(found: list[dict[str, Any]], said: str) -> str:
    reasons = [one["skip_reason"] for one in found] or said.strip().splitlines()[-1:] or ["pip-audit said nothing"]
    return str(reasons[0])[:200]


if __name__ == "__main__":
    sys.exit(main())
