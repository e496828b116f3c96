"""Orders never lost, never doubled, by force: `python -m chaos` in `tests`, or `tox -e chaos`.

Processes are killed while they place, modify and cancel; networks fail in every way there is; afterwards the journal is
compared with the book of the simulated exchange, order by order.
"""
