"""Random programs do on interp what they do on CPython.

Some run here, the same ones every time; `INTERP_RANDOM_PROGRAMS=10000` asks for more, and
`python -m tests.fuzz` makes tens of thousands faster and saves each difference. Failing programs are printed,
with the blob that makes Hypothesis try them again.

The oracle is CPython 3.11, for a Toy program is a Python 3.11 program; on a newer host these tests would compare
with a language that has grown (`int.is_integer`, slices as keys of a dict). What holds there is that interp does
the same as on 3.11: `test_same_run.py`.
"""

from __future__ import annotations

import os
import sys

import pytest
from hypothesis import HealthCheck, given, note, settings

from tests.generator import program_from_seed, programs, refusal
from tests.generator_parts.oracle import compare, run_on_python

pytestmark = pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="the oracle is CPython 3.11")

COUNT = int(os.environ.get("INTERP_RANDOM_PROGRAMS", "40"))
SEEDED = 2 * COUNT

quietly = settings(
    max_examples=COUNT,
    derandomize="INTERP_RANDOM_PROGRAMS" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


@quietly
@given(programs())
def test_a_random_program_does_what_it_does_on_cpython(text: str) -> None:
    note(text)
    assert refusal(text) is None
    assert compare(text) is None


def test_the_programs_of_a_fixed_row_do_what_they_do_on_cpython() -> None:
    differences = []
    for seed in range(SEEDED):
        text = program_from_seed(seed)
        told = refusal(text) or compare(text)
        if told:
            differences.append(f"python -m tests.fuzz --seed 0 --first {seed} --count 1\n{told}")
    assert not differences, "\n".join(differences)


def test_most_programs_end_normally_and_many_have_caught_an_error() -> None:
    endings = [run_on_python(program_from_seed(seed)) for seed in range(200)]
    normal = sum(ending.error is None for ending in endings)
    assert 120 <= normal < 200
    assert sum("Error(" in ending.output for ending in endings) >= 60
    assert len({ending.error for ending in endings}) >= 3
