"""Transcripts in documents: what follows `$ command` in a console block must be what the command prints.

    python -m tests.transcripts README.md        writes what the commands print now into the document

A block is run from its first line to its last by one shell, in a folder with nothing but the scripts of `docs/scripts`,
at 80 columns, without colour, with `interp` being the one of this repository. What the program prints and what it says
on standard error are shown as they come, as a terminal does.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
SCRIPTS = ROOT / "docs" / "scripts"
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SECONDS = 120


def console_blocks(text: str) -> Iterator[re.Match[str]]:
    """Yield the console blocks of a document; group 1 is the text between the fences."""
    yield from BLOCK.finditer(text)


def commands_of(block: str) -> list[str]:
    """Return the commands of a block."""
    return [line.removeprefix("$ ") for line in block.splitlines() if line.startswith("$ ")]


def run_block(block: str) -> str:
    """Run the commands of a block and return what the block should be."""
    with tempfile.TemporaryDirectory() as folder:
        put_scripts(Path(folder))
        return "".join(f"$ {command}\n{run_command(command, Path(folder))}" for command in commands_of(block))


def put_scripts(folder: Path) -> None:
    """Put the scripts of the documents into a folder."""
    shutil.copytree(SCRIPTS, folder, dirs_exist_ok=True)


def run_command(command: str, folder: Path) -> str:
    """Run one command in a folder and return all that it prints, ending with a newline if there is anything."""
    interp = f'interp() {{ {shlex.quote(sys.executable)} -m interp "$@"; }}\n'
    finished = subprocess.run(
        ["bash", "-c", interp + command],
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )
    output = finished.stdout
    return output + "\n" if output and not output.endswith("\n") else output


def environment() -> dict[str, str]:
    """Return an environment in which every command prints the same on every machine."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "SYSTEMROOT", "TMPDIR")}
    return kept | {"COLUMNS": "80", "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1", "PYTHONPATH": str(ROOT)}


def brought_up_to_date(text: str) -> str:
    """Return a document with what its commands print now."""
    return BLOCK.sub(lambda block: f"```console\n{run_block(block[1])}```", text)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        path = Path(name)
        path.write_text(brought_up_to_date(path.read_text(encoding="utf-8")), encoding="utf-8")
