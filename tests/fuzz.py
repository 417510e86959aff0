"""Compare many random programs with CPython, outside of pytest: `python -m tests.fuzz --count 10000 --seed
1`.

Program `n` of a run belongs to the number `seed * 1000000 + n`, so any of them can be made again alone
(`--seed 1 --first n --count 1`). Every difference is written to the folder as a program that is small and a
note that says what differs; the exit status is 1 if there was one. `--coverage` shows what the programs
consist of; with `--python-only` nothing runs on interp.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from functools import partial
from pathlib import Path

from tests.generator import program_from_seed, refusal
from tests.generator_parts.coverage import Coverage
from tests.generator_parts.oracle import compare, host, run_on_python
from tests.generator_parts.shrinking import apart, shrink


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=1000, help="how many programs (default 1000)")
    parser.add_argument("--seed", type=int, default=0, help="which row of programs (default 0)")
    parser.add_argument("--first", type=int, default=0, help="the first program of the row (default 0)")
    parser.add_argument(
        "--folder", type=Path, default=Path("fuzz-differences"), help="where differences are saved"
    )
    parser.add_argument("--most", type=int, default=50, help="stop after so many differences (default 50)")
    parser.add_argument("--coverage", action="store_true", help="show what the programs consist of")
    parser.add_argument("--python-only", action="store_true", help="do not run interp")
    parser.add_argument("--show", action="store_true", help="print each program")
    options = parser.parse_args(arguments)
    warnings.simplefilter("ignore", SyntaxWarning)
    warnings.simplefilter("ignore", DeprecationWarning)
    coverage = Coverage()
    found = 0
    start = time.perf_counter()
    for number in range(options.first, options.first + options.count):
        text = program_from_seed(options.seed * 1_000_000 + number)
        if options.show:
            print(text)
        if options.coverage:
            coverage.add(text, run_on_python(text))
        if options.python_only:
            continue
        told = judge(text)
        if told is None:
            continue
        found += 1
        small = shrink(text, partial(differs_likewise, kind_of(told)))
        save(options.folder, f"{options.seed}-{number}", small, judge(small) or told, text)
        print(f"program {number}: {told}\n--- made small:\n{small}---", flush=True)
        if found >= options.most:
            print(f"stopped after {found} differences; there may be more")
            break
    if options.coverage:
        print(coverage.table())
    print(
        f"{options.count} programs, Python {host()}, seed {options.seed}: {found} differences, "
        f"{time.perf_counter() - start:.0f} s"
    )
    return 1 if found else 0


def judge(text: str) -> str | None:
    """Return what is wrong with this program on interp, or None."""
    refused = refusal(text)
    return f"Toy refuses it: {refused}" if refused else compare(text)


def differs_likewise(kind: str, text: str) -> bool:
    """Say whether `text` shows a difference of the same sort."""
    return kind_of(apart(lambda candidate: judge(candidate) or "", text)) == kind


def kind_of(told: str | None) -> str:
    """Return the sort of a difference: shrinking must not turn one into another."""
    if not told:
        return ""
    head = told.splitlines()[0]
    if head.startswith("interp raised"):
        return head[:60]
    return "output" if head.startswith("output") else head.split(":")[0]


def save(folder: Path, name: str, small: str, told: str, whole: str) -> None:
    """Write a difference: the small program, the whole one, and what differs."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.toy").write_text(small, encoding="utf-8")
    (folder / f"{name}.whole.toy").write_text(whole, encoding="utf-8")
    (folder / f"{name}.txt").write_text(told + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
