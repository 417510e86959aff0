"""The rooms of `tests/generator.py`: choices, kinds of values, methods, expressions, statements, programs.

Read in that order. `oracle.py` runs what was made on CPython and on interp, `shrinking.py` makes a program
that shows a difference small, and `coverage.py` counts what the programs consist of.
"""
