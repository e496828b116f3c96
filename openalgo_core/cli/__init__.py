"""The command line: `openalgo`.

`main` is the whole command, a click group. Importing it imports click and nothing heavier; the module of a
command is imported when that command runs. The author of a third-party command (entry-point group
`openalgo.commands`) builds it with `openalgo_core.cli.command.command` and gets a broker from
`openalgo_core.cli.session.broker_of`.
"""

from .root import main

__all__ = ["main"]
