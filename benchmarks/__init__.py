"""How fast we are, as ratios to what a careful trader would write by hand, measured in the same run.

    python -m benchmarks            everything that this machine has the peers for
    python -m benchmarks --short    fewer rounds; fails only where a ratio or a count is more than twice its bar,
                                    and a ratio only if it is so three times

- `measure`: rounds that take turns, medians, whole processes
- `rows`: what is measured, its bar and aim, and the table
- `settled`: what is beyond its limit is measured again before it counts
- `bare`: what a careful trader's script does, which is the baseline
- `stub`: Angel One's wire from canned answers, in a process of its own, so that the client alone is timed
- `universe`: instrument masters of any size, the same on every machine
- one module for each group of rows: `startup`, `orders`, `instruments`, `reads`, `faults`
- `peers`: other libraries in environments of their own, where `drivers` drive them
- `growth`: how the costs grow; `report`: the page in the documentation

Absolute times on shared machines drift by a factor of two; ratios of one run mostly by less than a tenth.
"""
