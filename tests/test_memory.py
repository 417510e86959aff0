"""A toy program cannot exhaust the host: too much memory is an error of the program's own, which it can catch.

What needs much memory runs in a process of its own, where the host's memory is measured.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import interp
from interp.machine.state import MEMORY_LIMIT

ROOT = Path(__file__).parent.parent

TOO_LARGE = {
    "a power": "10 ** 10 ** 10",
    "a power by pow": "pow(10, 10 ** 9)",
    "a shift": "1 << 10 ** 12",
    "a product": "(1 << 2_000_000) * (1 << 2_000_000)",
    "a long text": "'ab' * 10 ** 11",
    "a long list": "[0] * 10 ** 11",
    "a long tuple": "10 ** 11 * (1, 2)",
    "a list of a range": "list(range(10 ** 12))",
    "a tuple of a zip": "tuple(zip(range(10 ** 12), range(10 ** 12)))",
    "a sorted range": "sorted(range(10 ** 12))",
    "a dict of keys": "dict.fromkeys(range(10 ** 12))",
    "a wide f-string": "f'{1:{10 ** 10}}'",
    "a wide format": "'{:>{}}'.format('x', 10 ** 10)",
    "a wide old format": "'%*d' % (10 ** 10, 1)",
    "a wide field": "'%9999999999d' % 1",
    "a centred text": "'x'.center(10 ** 12)",
    "zeros": "'1'.zfill(10 ** 12)",
    "tabs": "('\\t' * 1000).expandtabs(10 ** 8)",
    "a replacement": "('a' * 10 ** 6).replace('a', 'b' * 10 ** 6)",
    "a join": "('x' * 10 ** 6).join(['y'] * 10 ** 6)",
    "a translation": "('a' * 10 ** 6).translate({97: 'b' * 10 ** 6})",
    "many pieces": "(' ' * (2 ** 23 + 2)).split(' ')",
    "lists added up": "sum([[0] * 10 ** 6] * 100, [])",
    "digits rounded away": "round(5, -10 ** 9)",
}


@pytest.mark.parametrize("expression", TOO_LARGE.values(), ids=TOO_LARGE.keys())
def test_what_would_be_too_large_is_a_memory_error_that_can_be_caught(expression: str) -> None:
    source = f"try:\n    x = {expression}\nexcept MemoryError as error:\n    print('caught:', error)\nprint('on')\n"
    result = interp.run(interp.compile_source(source))
    assert (result.outcome, result.output.splitlines()[-1]) == ("ok", "on")
    assert result.output.startswith("caught: the value would be too large")


DOUBLED = "x = [1]\nfor _ in range(60):\n    x = [x, x]\n"


@pytest.mark.parametrize(
    "use",
    [
        "print(x)",
        "str(x)",
        "repr(x)",
        "f'{x}'",
        "f'{x!r}'",
        "'%s' % (x,)",
        "'%r' % x",
        "'{}'.format(x)",
        "str(KeyError(x))",
    ],
)
def test_a_text_that_would_be_too_long_is_a_memory_error(use: str) -> None:
    source = f"{DOUBLED}try:\n    {use}\nexcept MemoryError as error:\n    print(error)\n"
    assert interp.run(interp.compile_source(source)).output.startswith("the value would be too large")


def test_an_error_with_such_a_text_is_still_reported() -> None:
    error = interp.run(interp.compile_source(f"{DOUBLED}raise ValueError(x)\n")).error
    assert error is not None
    assert (error.type, error.message) == ("ValueError", "<exception str() failed>")


def test_a_list_in_itself_has_a_text() -> None:
    source = "x = [1]\nx.append(x)\ny = {1: x}\ny[2] = y\nprint(x, [y, y])\n"
    expected = "[1, [...]] [{1: [1, [...]], 2: {...}}, {1: [1, [...]], 2: {...}}]\n"
    assert interp.run(interp.compile_source(source)).output == expected


def test_a_list_that_takes_in_too_much_is_a_memory_error() -> None:
    source = "xs = []\ntry:\n    xs {}\nexcept MemoryError:\n    print(len(xs))\n"
    for growth in ("+= range(10 ** 12)", ".extend(range(10 ** 12))", "[:] = range(10 ** 12)"):
        text = source.replace(" {}", growth if growth[0] in ".[" else " " + growth)
        assert interp.run(interp.compile_source(text)).output == "0\n"


GROWING = """
import resource, sys
import interp
from interp.machine import state

state.MEMORY_LIMIT = int(sys.argv[2])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
result = interp.run(interp.compile_source(sys.argv[1]))
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(result.outcome, result.error.type if result.error else None, (after - before) // 1024)
"""


def in_a_process(source: str, limit: int = MEMORY_LIMIT) -> tuple[str, str, int]:
    """Run a program in a process of its own; returns outcome, error type, and by how many MiB the process grew."""
    command = [sys.executable, "-c", GROWING, source, str(limit)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=300)
    outcome, error, grown = done.stdout.split()
    return outcome, error, int(grown)


# So many small values take long to make; there a quarter of the limit shows the same.
@pytest.mark.parametrize(
    ("source", "part_of_limit"),
    [
        ("xs = []\nwhile True:\n    xs.append('x' * 1_000_000 + str(len(xs)))\n", 1),
        ("xs = [1]\nwhile True:\n    xs = [xs, list(xs) * 2]\n    xs = xs[1] + xs[0]\n", 4),
        ("d = {}\nn = 0\nwhile True:\n    d[n] = 'y' * 100_000\n    n += 1\n", 1),
        ("xs = [0]\nwhile True:\n    xs.extend(xs)\n", 4),
        ("xs = [0]\nwhile True:\n    xs += xs\n", 4),
        ("xs = []\nwhile True:\n    xs.append('\\U0001F600' * 2 ** 24 + str(len(xs)))\n", 1),
        ("xs = []\nn = 0\nwhile True:\n    xs.append({n: n})\n    n += 1\n", 4),
    ],
    ids=[
        "texts in a list",
        "a list that doubles",
        "texts in a dict",
        "a list that extends itself",
        "a list added to itself",
        "wide characters",
        "many small dicts",
    ],
)
def test_a_program_that_grows_for_ever_ends_with_a_memory_error(source: str, part_of_limit: int) -> None:
    outcome, error, grown = in_a_process(source, MEMORY_LIMIT // part_of_limit)
    assert (outcome, error) == ("error", "MemoryError")
    assert grown < 1500 // part_of_limit


def test_a_program_may_print_for_ever() -> None:
    source = "s = 'x' * 2 ** 20\nfor _ in range(400):\n    print(s)\n"
    printed = 0

    def count(text: str) -> None:
        nonlocal printed
        printed += len(text)

    result = interp.run(interp.compile_source(source), write=count)
    assert (result.outcome, printed) == ("ok", 400 * (2**20 + 1))
    assert len(result.output) < 2**26 + 2**21
    assert result.output.endswith("[more was printed, and not kept]\n")


def test_a_long_run_needs_no_more_memory_than_a_short_one() -> None:
    body = "    t = 0\n    for k in range(n):\n        t = (t + k * k) % 9\n    return t\n"
    source = "def work(n):\n" + body + "print(work({}))\n"
    short, long = (in_a_process(source.format(size)) for size in (20_000, 1_000_000))
    assert short[0] == long[0] == "ok"
    assert long[2] - short[2] < 8  # ten million instructions, and less than a byte each


@pytest.mark.parametrize(
    "settings",
    [
        interp.Settings(),
        interp.Settings(mode="processes"),
        interp.Settings(mode="sequential"),
        interp.Settings(lock="free-threaded"),
        interp.Settings(lock="python3.9", interval=3),
    ],
    ids=["threads", "processes", "sequential", "free-threaded", "a short interval"],
)
def test_a_thousand_threads_work(settings: interp.Settings) -> None:
    source = "def double(n):\n    return n * 2\ntasks = [spawn(double, n) for n in range(1000)]\n"
    result = interp.run(interp.compile_source(source + "print(sum([task.join() for task in tasks]))\n"), settings)
    assert (result.outcome, result.output, len(result.threads)) == ("ok", "999000\n", 1001)
