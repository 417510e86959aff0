"""What the documents show is executed, and what they point at exists.

Transcripts (`$ command` in a console block) are run and compared. The programs on the page of the language are
run by interp and by real Python and are held to their comments. The lock policy of the recipe in
`docs/design.md` is executed as it stands there. To write what the commands print now into a document:

    python -m tests.transcripts docs/lessons/*.md docs/*.md
"""

from __future__ import annotations

import io
import re
import shlex
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

import interp
from interp.cli import main
from interp.expectations import lines_of, read_expectations
from interp.language import refusals
from interp.language.vocabulary import (
    BUILTIN_FUNCTIONS,
    DATA_ATTRIBUTES,
    EXCEPTION_NAMES,
    SYNC_NAMES,
)
from interp.machine.builtins import METHOD_TABLES
from interp.machine.switch_points import SWITCH_RULES
from interp.real.oracle import run_source
from interp.scheduling.costs import COSTS
from interp.scheduling.events import LockRequested
from interp.scheduling.locks import LOCKS
from tests.real_processes import PATIENCE
from tests.transcripts import ROOT, commands_of, console_blocks, environment, put_scripts, run_block

DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
DOCUMENTS = [*PAGES, *(path for path in sorted(ROOT.glob("*.md")))]

TRANSCRIPTS = [(path, block[1]) for path in PAGES for block in console_blocks(path.read_text(encoding="utf-8"))]

every_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())


def read(name: str) -> str:
    """Return the text of a page of `docs/`."""
    return (DOCS / name).read_text(encoding="utf-8")


def python_blocks(text: str) -> list[str]:
    """Return the Python blocks of a document."""
    return re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def without_blocks(text: str) -> str:
    """Return a document without its blocks of code."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors_of(text: str) -> set[str]:
    """Return the places in a document that a link can lead to, as GitHub names them."""
    headings = re.findall(r"^#+ (.+)$", without_blocks(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def run_here(command: str) -> str | None:
    """Return what a command prints, without starting a process for it; None for one that needs a shell."""
    match = re.fullmatch(r"interp ((?:\"[^\"]*\"|[\w .,-])+?)(?: \| tail -n (\d+))?", command)
    if match is None:
        return None
    output = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    with redirect_stdout(output), redirect_stderr(output):
        main(shlex.split(match[1]))
    output.seek(0)
    lines = output.read().splitlines(keepends=True)
    return "".join(lines[-int(match[2]) :] if match[2] else lines)


# --- transcripts --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "block"), TRANSCRIPTS, ids=[f"{path.stem}-{commands_of(block)[0]}" for path, block in TRANSCRIPTS]
)
def test_a_transcript_is_what_the_commands_print(
    path: Path, block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    put_scripts(tmp_path)
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    printed = [run_here(command) for command in commands_of(block)]
    if None in printed:
        found = run_block(block)
    else:
        found = "".join(f"$ {command}\n{text}" for command, text in zip(commands_of(block), printed, strict=True))
    assert found == block, f"to write what is printed now: python -m tests.transcripts {path.relative_to(ROOT)}"


@every_document
def test_a_console_block_begins_with_a_command(path: Path) -> None:
    for block in console_blocks(path.read_text(encoding="utf-8")):
        assert block[1].startswith("$ ")


@every_document
def test_a_block_says_what_it_is(path: Path) -> None:
    fences = re.findall(r"^```(.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert "" not in fences[::2], "a block without a word behind its fence is neither run nor checked"


def test_the_python_of_the_page_on_stepping_prints_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    (source,) = python_blocks(read("stepping.md"))
    exec(source, {})
    assert capsys.readouterr().out == source.rpartition("  # ")[2]


# --- links --------------------------------------------------------------------------------------------------


@every_document
def test_links_lead_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", without_blocks(text)):
        name, _, anchor = link.partition("#")
        target = path.parent / name if name else path
        assert target.exists(), link
        if anchor:
            assert anchor in anchors_of(target.read_text(encoding="utf-8")), link


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_files_that_are_named_exist(path: Path) -> None:
    """A path in backquotes is one of ours, unless it starts with a capital: those are CPython's."""
    named = re.findall(r"`([a-z_]+/[a-z0-9_/]+\.(?:py|toy|md|lark))`", without_blocks(path.read_text(encoding="utf-8")))
    missing = [name for name in named if not (ROOT / name).exists() and not (ROOT / "interp" / name).exists()]
    assert missing == []


# --- lessons ------------------------------------------------------------------------------------------------

LESSONS = sorted((DOCS / "lessons").glob("*.md"))


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_lets_the_reader_predict_before_it_runs_anything(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert 0 < text.find("## Predict") < text.find("```console")
    assert "## Exercises" in text


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_every_exercise_has_an_answer(path: Path) -> None:
    exercises = re.findall(r"^(\d+)\. ", path.read_text(encoding="utf-8").partition("## Exercises")[2], re.MULTILINE)
    answers = re.findall(r"^## (\d+)", (DOCS / "answers" / path.name).read_text(encoding="utf-8"), re.MULTILINE)
    assert exercises
    assert exercises == answers


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_program_in_a_lesson_is_one_that_comes_with_interp(path: Path) -> None:
    programs = [program.read_text(encoding="utf-8") for program in (ROOT / "programs").rglob("*.toy")]
    for block in python_blocks(path.read_text(encoding="utf-8")):
        assert any(block in program for program in programs)


# --- the language -------------------------------------------------------------------------------------------

LANGUAGE = read("language.md")
FRAGMENTS = python_blocks(LANGUAGE)

every_fragment = pytest.mark.parametrize(
    "source", FRAGMENTS, ids=[fragment.splitlines()[0][:40] for fragment in FRAGMENTS]
)


@every_fragment
def test_a_program_on_the_page_does_what_its_comments_say(source: str) -> None:
    expected = read_expectations(source)
    assert expected.lines
    result = interp.run(interp.compile_source(source))
    assert (result.outcome, lines_of(result.output)) == ("ok", expected.lines)


@every_fragment
def test_python_prints_the_same(source: str) -> None:
    assert lines_of(run_source(source, timeout=PATIENCE).output) == read_expectations(source).lines


@pytest.mark.parametrize("name", sorted({*BUILTIN_FUNCTIONS, *SYNC_NAMES, *EXCEPTION_NAMES, *DATA_ATTRIBUTES}))
def test_every_name_is_on_the_page(name: str) -> None:
    assert re.search(rf"`[^`\n]*\b{name}\b[^`\n]*`", LANGUAGE)


@pytest.mark.parametrize("kind", METHOD_TABLES, ids=lambda kind: kind.__name__)
def test_every_method_is_on_the_page(kind: type) -> None:
    title = kind.__name__ if kind.__module__ == "builtins" else "synchronisation"
    if kind is bool:
        return  # a bool has the methods of an int
    row = next((line for line in LANGUAGE.splitlines() if line.startswith(f"| `{title}` |")), LANGUAGE)
    missing = [name for name in METHOD_TABLES[kind] if not re.search(rf"\b{name}\b", row)]
    assert missing == []


@pytest.mark.parametrize("name", [name for name, _ in refusals.NODES.values()])
def test_what_is_left_out_is_on_the_page(name: str) -> None:
    left_out = LANGUAGE.partition("## Not in Toy")[2].partition("\n## ")[0]
    assert name.removesuffix(", which makes a generator,") in left_out


# --- what is chosen by name ---------------------------------------------------------------------------------


def test_every_lock_rule_and_set_of_costs_is_explained() -> None:
    for page, names in (("cpython.md", LOCKS), ("cpython.md", SWITCH_RULES), ("design.md", COSTS)):
        text = read(page)
        assert [name for name in names if not re.search(rf"`[^`\n]*\b{re.escape(name)}\b[^`\n]*`", text)] == []


# --- the recipe ---------------------------------------------------------------------------------------------


def test_the_lock_policy_of_the_recipe_works(tmp_path: Path) -> None:
    (source,) = [block for block in python_blocks(read("design.md")) if "(IntervalLock)" in block]
    policy = tmp_path / "impatient.py"
    policy.write_text(source, encoding="utf-8")
    program = interp.read_program(ROOT / "programs" / "cpu" / "parallel_sum.toy")
    theirs = interp.run(program, interp.Settings(lock="python3.13"), check=True)
    ours = interp.run(program, interp.Settings(lock=str(policy)), check=True)
    assert ours.output == theirs.output
    assert f"has {ours.switches:,} switches instead of {theirs.switches:,}" in read("design.md").replace("\n", " ")
    two_loops = interp.compile_source("def f():\n    for _ in range(500): pass\n\ntasks = [spawn(f), spawn(f)]\n")
    of_two = [interp.run(two_loops, interp.Settings(lock=name)).switches for name in ("python3.13", str(policy))]
    assert abs(of_two[0] - of_two[1]) <= 2
    starvation = interp.read_program(ROOT / "programs" / "io" / "starvation.toy")
    settings = interp.Settings(lock="python3.13", interval=200)
    traces = [interp.record(starvation, settings.but(lock=name)) for name in ("python3.13", str(policy))]
    theirs_asked, asked = (sum(isinstance(event, LockRequested) for event in trace.events) for trace in traces)
    assert theirs_asked == 0
    assert f"asks {asked} times.)" in read("design.md")


def test_the_glossary_is_in_order_and_says_each_word_once() -> None:
    words = re.findall(r"^\*\*(.+?)\*\* · ", read("glossary.md"), re.MULTILINE)
    assert len(words) > 50
    assert words == sorted(set(words), key=str.lower)
