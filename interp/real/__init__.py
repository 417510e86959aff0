"""The real thing, beside the simulation. Nothing in the simulation depends on this package.

The same program on real CPython: `prelude.py` gives Toy's concurrency builtins to any Python from 2.7 on; `oracle.py`
starts a Python with it and hands back what the program printed and how it failed. `interp confirm` compares that with
the simulation: `confirm.py` runs both, `judging.py` gives the verdicts, `interpreters.py` finds Pythons, `endings.py`
says when two runs ended alike, `allowed.py` what the simulation allows and what it excludes, with `print_apart.py` for
what it does not do by itself.

Our machine on real processes (`--on os`): `processes.py` is the coordinator, with `broker.py`, where synchronisation
objects live, and `crew.py`, which starts processes and gets rid of them; `worker.py` is what runs in each process.
Between them are `channel.py`, `messages.py` and `parcels.py`: bytes, what is said, and values as bytes.
"""
