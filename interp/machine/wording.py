"""The words of Python 3.11 for errors that the host may word differently, so that a run is the same on
every host.

A Toy program is a Python 3.11 program; the errors of builtin operations come from the host, which may be
newer. What is here was found by running the same expressions on 3.11.7, 3.12.1 and 3.13.0 and comparing what
they raised.
"""

from __future__ import annotations

import re

REWORDED = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        # 3.12 and newer
        (r"(min|max)\(\) iterable argument is empty", r"\1() arg is an empty sequence"),
        # 3.13
        (r"float modulo by zero", "float modulo"),
        (r"(?:r?find|r?index|count)\(\) argument 1 must be str, not None", "must be str, not NoneType"),
        (r"(?:r?find|r?index|count)\(\) argument 1 must be str, not (\w+)", r"must be str, not \1"),
        (
            r"(r?find|r?index|count|startswith|endswith) expected at least 1 argument, got 0",
            r"\1() takes at least 1 argument (0 given)",
        ),
        (
            r"replace\(\) takes at least 2 positional arguments \((\d+) given\)",
            r"replace expected at least 2 arguments, got \1",
        ),
        (r"(int|str) expected at most (\d) arguments, got (\d+)", r"\1() takes at most \2 arguments (\3 given)"),
    )
)


def reword(message: str) -> str:
    """Return an error message of any host version as Python 3.11 words it."""
    for pattern, replacement in REWORDED:
        if pattern.fullmatch(message):
            return pattern.sub(replacement, message)
    return message


def reword_error(error: BaseException) -> None:
    """Give an error that the host has raised the words of Python 3.11."""
    if len(error.args) == 1 and isinstance(error.args[0], str):
        error.args = (reword(error.args[0]),)
