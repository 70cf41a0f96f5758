"""Speed and memory: this model, a floor set by the machine, and other programs beside it.

``python -m benchmarks`` prints a table, ``--json`` the same rows for programs. A row that
has limits is checked; the others are there to be read beside it. Figures of one run belong
together: machines differ, and so does one machine from hour to hour.
"""
