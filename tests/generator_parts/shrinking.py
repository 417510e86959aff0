"""Making a program that shows a difference small.

Each step leaves something out: a run of statements, a statement's frame (`if x: a` becomes `a`), or part of
an expression. A step is kept if the difference is still there. The work is done on Python's own syntax
tree, because what we shrink may be what our parser misreads.
"""

from __future__ import annotations

import ast
import contextlib
import os
import resource
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any


def apart(judge: Callable[[str], str], text: str, seconds: int = 2) -> str:
    """Return `judge(text)`, found in a process of its own: a program with a part left out may never end."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        # The default action of the alarm ends the process, whatever the program catches.
        signal.alarm(seconds)
        resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31))
        with contextlib.suppress(BaseException):
            os.write(writing, judge(text).encode("utf-8", "replace")[:4000])
        os._exit(0)
    os.close(writing)
    with open(reading, "rb") as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    return told.decode("utf-8", "replace")


def shrink(text: str, still_differs: Callable[[str], bool], seconds: float = 20.0) -> str:
    """Return a program as small as was found in time for which `still_differs` holds."""
    best, end = text, time.perf_counter() + seconds
    progress = True
    while progress:
        progress = False
        for candidate in smaller(best):
            if time.perf_counter() > end:
                return best
            if candidate is not None and len(candidate) < len(best) and still_differs(candidate):
                best, progress = candidate, True
                break
    return best


def smaller(text: str) -> Iterator[str | None]:
    """Yield programs that leave something of `text` out, boldest first; None where a cut makes no program.

    The tree is changed in place and put back, which is ten times faster than to copy it.
    """
    tree = ast.parse(text)
    lists = [
        found
        for node in ast.walk(tree)
        for field in ("body", "orelse", "finalbody", "handlers")
        if isinstance(found := getattr(node, field, None), list) and found
    ]
    size = max(map(len, lists), default=0)
    while size:
        for statements in lists:
            if size <= len(statements):
                for start in range(0, len(statements), size):
                    yield with_part(tree, statements, slice(start, start + size), [])
        size //= 2
    for statements in lists:
        for place, statement in enumerate(statements):
            inside = [s for field in ("body", "orelse", "finalbody") for s in getattr(statement, field, [])]
            if inside and isinstance(statement, ast.stmt):
                yield with_part(tree, statements, slice(place, place + 1), inside)
    yield from smaller_expressions(tree)


def smaller_expressions(tree: ast.Module) -> Iterator[str | None]:
    """Yield programs in which one expression is left out, or replaced by one inside it or by nothing much."""
    for node in list(ast.walk(tree)):
        for field, value in list(ast.iter_fields(node)):
            if isinstance(value, ast.expr):
                for instead in replacements(value):
                    setattr(node, field, instead)
                    yield written(tree)
                    setattr(node, field, value)
            elif isinstance(value, list):
                for place, item in enumerate(value):
                    if isinstance(item, ast.expr):
                        for choice in ([], *([instead] for instead in replacements(item))):
                            yield with_part(tree, value, slice(place, place + 1), choice)


def with_part(tree: ast.Module, items: list[Any], part: slice, instead: Sequence[ast.AST]) -> str | None:
    """Return the program with `part` of a list of its tree replaced; the tree is as before afterwards."""
    kept = items[:]
    items[part] = instead
    if not items and isinstance(kept[0], ast.stmt):
        items.append(ast.Pass())
    text = written(tree)
    items[:] = kept
    return text


def written(tree: ast.Module) -> str | None:
    """Return the text of `tree` if it is a program."""
    try:
        text = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
        compile(text, "shrinking", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, TypeError, IndexError):
        return None
    return text


def replacements(value: ast.expr) -> list[ast.expr]:
    """Return what may stand for `value`: its parts, or a plain constant."""
    if isinstance(value, ast.Constant | ast.Name) or isinstance(
        getattr(value, "ctx", None), ast.Store | ast.Del
    ):
        return []
    parts = [
        p for p in ast.iter_child_nodes(value) if isinstance(p, ast.expr) and not isinstance(p, ast.Slice)
    ]
    return [*parts, ast.Constant(1)]
