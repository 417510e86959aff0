"""Confirm every concurrent program of `programs/` on many Pythons: the heavy version of `test_confirm.py`.

    python -m tests.confirm_all                        on 3.9 to 3.13, as far as they are found
    python -m tests.confirm_all --python 2.7 --runs 50

Prints a line for each program and Python: how many endings were confirmed, not seen, open, refuted. The exit status
is 1 if anything is refuted; what stays open is printed with its reason.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

import interp
from interp.bundled import bundled_programs
from interp.real.confirm import Confirmer, Plan
from interp.real.interpreters import Interpreter, all_interpreters, find_interpreters
from interp.real.judging import CONFIRMED, NOT_SEEN, OPEN, REFUTED


def concurrent_programs() -> list[Path]:
    """Return the bundled programs that start tasks."""
    return [one.path for one in bundled_programs() if "spawn(" in one.path.read_text(encoding="utf-8")]


def modelled_interpreters() -> list[Interpreter]:
    """Return the Pythons from 3.9 to 3.13 that are found, one for each minor version."""
    found = {one.version[:2]: one for one in all_interpreters() if (3, 9) <= one.version[:2] <= (3, 13)}
    return [found[version] for version in sorted(found)]


def main() -> int:
    """Confirm everything; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", action="append", default=[], dest="pythons")
    parser.add_argument("--runs", type=int)
    parser.add_argument("--switch-interval", type=float)
    options = parser.parse_args()
    interpreters = find_interpreters(options.pythons) if options.pythons else modelled_interpreters()
    plan = Plan(runs=options.runs, switch_interval=options.switch_interval)
    refuted = 0
    for path in concurrent_programs():
        program = interp.read_program(path)
        confirmer = Confirmer(program.source, program.code, path.name, plan, lambda text: None)
        for interpreter in interpreters:
            verdicts = confirmer.confirm(interpreter).verdicts
            counts = Counter(verdict.verdict for verdict in verdicts)
            figures = "  ".join(f"{word} {counts[word]}" for word in (CONFIRMED, NOT_SEEN, OPEN, REFUTED))
            print(f"{path.stem:28} {interpreter.name:14} {figures}", flush=True)
            for one in verdicts:
                if one.verdict in (OPEN, REFUTED):
                    print(f"    {one.verdict} {one.mode}: {one.count} of {one.runs}, {one.ending} {one.reason}")
            refuted += counts[REFUTED]
    return 1 if refuted else 0


if __name__ == "__main__":
    sys.exit(main())
