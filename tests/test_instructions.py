"""Every opcode has a sentence, obeys its declaration and appears in the reference as generated."""

from __future__ import annotations

from typing import Any

import pytest

from interp.bytecode import reference
from interp.bytecode.instructions import OPCODES, opcode
from interp.bytecode.operands import KINDS
from interp.language.errors import InterpFault


def test_the_reference_page_is_up_to_date() -> None:
    written = reference.PAGE.read_text(encoding="utf-8")
    assert written == reference.page(), "docs/opcodes.md is out of date: python -m interp.bytecode.reference"


def test_the_reference_has_every_opcode_once() -> None:
    listed = [entry.name for section in reference.sections().values() for entry in section]
    assert listed == list(OPCODES)


def test_every_sort_of_switch_point_is_explained() -> None:
    assert {entry.switch for entry in OPCODES.values()} <= set(reference.SORTS)


@pytest.mark.parametrize("name", OPCODES)
def test_every_opcode_says_what_it_does(name: str) -> None:
    entry = OPCODES[name]
    assert entry.summary.endswith(".")
    assert "\n" not in entry.summary
    assert entry.cost >= 1
    assert entry.operand is None or entry.operand in KINDS


@pytest.mark.parametrize("name", OPCODES)
def test_only_an_operand_that_counts_makes_an_effect_vary(name: str) -> None:
    entry = OPCODES[name]
    varies = any(word.endswith("*") for word in (*entry.inputs, *entry.outputs))
    assert not varies or entry.operand == "count"


def test_every_opcode_has_a_number_of_its_own() -> None:
    numbers = [entry.number for entry in OPCODES.values()]
    assert len(set(numbers)) == len(numbers)


def test_a_body_that_takes_other_values_than_declared_is_refused() -> None:
    before = dict(OPCODES)

    def WRONG(right: Any, left: Any) -> Any:  # noqa: N802
        """Do it wrong."""

    with pytest.raises(InterpFault, match=r"declared with \(left, right\), its body takes \(right, left\)"):
        opcode("left right -- result")(WRONG)
    assert before == OPCODES


def test_an_opcode_without_a_sentence_is_refused() -> None:
    def SILENT() -> None:  # noqa: N802
        pass

    with pytest.raises(InterpFault, match="no sentence"):
        opcode("--")(SILENT)


def test_an_unknown_kind_of_operand_is_refused() -> None:
    def ODD() -> None:  # noqa: N802
        """Do it oddly."""

    with pytest.raises(InterpFault, match="unknown kind, colour"):
        opcode("--", operand="colour")(ODD)
