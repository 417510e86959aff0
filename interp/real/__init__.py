"""The same toy program on real CPython: the prelude that makes it run there, and the oracle that asks.

`prelude.py` gives Toy's concurrency builtins to any Python from 2.7 on; `oracle.py` starts a Python with it
and hands back what the program printed and how it failed. Nothing in the simulation depends on this package.
"""
