"""The README shows what the commands print, picture included: each of its transcripts is run and compared."""

from __future__ import annotations

import re

import pytest

from tests.transcripts import ROOT, commands_of, console_blocks, run_block

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = [block[1] for block in console_blocks(README)]


@pytest.mark.parametrize("block", BLOCKS, ids=[commands_of(block)[0] for block in BLOCKS])
def test_a_transcript_is_what_the_commands_print(block: str) -> None:
    assert run_block(block) == block


def test_the_picture_of_the_main_job_is_shown() -> None:
    assert "interp compare parallel_sum" in [command for block in BLOCKS for command in commands_of(block)]


def test_links_lead_to_files_of_the_repository() -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
