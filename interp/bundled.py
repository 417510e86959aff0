"""The programs that come with interp, found by name: `interp run parallel_sum`.

In the repository they are the folder `programs/`, a group (a subfolder) for each lesson. An installed
package carries a copy of that folder inside itself. Looking in both places makes the names work the same
way for a person who installed interp and for one who cloned it.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class BundledProgram:
    """A program that comes with interp.

    `teaches` is the one idea that its first line promises; `settings` are the options of its `# run:` line, those
    under which the idea shows best.
    """

    name: str
    group: str
    teaches: str
    settings: str
    path: Path


def programs_folder() -> Path | None:
    """Return where the programs are: in the package, or beside it in a checkout; None if missing."""
    for folder in (PACKAGE / "programs", PACKAGE.parent / "programs"):
        if folder.is_dir():
            return folder
    return None


def bundled_programs() -> list[BundledProgram]:
    """List the programs by group and name."""
    folder = programs_folder()
    paths = sorted(folder.glob("*/*.toy")) if folder else []
    return [BundledProgram(path.stem, path.parent.name, *read_header(path), path) for path in paths]


def read_header(path: Path) -> tuple[str, str]:
    """Return what the lines `# teaches: …` and `# run: …` at the top of a program say; the second may be missing."""
    with path.open(encoding="utf-8") as file:
        first, second = file.readline(), file.readline()
    settings = second.removeprefix("# run:") if second.startswith("# run:") else ""
    return first.removeprefix("# teaches:").strip(), settings.strip()


def find_bundled(name: str) -> Path | None:
    """Return the path of the program called `name`, with or without `.toy`; None if there is none."""
    wanted = name.removesuffix(".toy")
    return next((program.path for program in bundled_programs() if program.name == wanted), None)


def suggest(name: str) -> list[str]:
    """Return up to three names of programs that may have been meant by `name`, the likeliest first."""
    names = [program.name for program in bundled_programs()]
    return difflib.get_close_matches(name.removesuffix(".toy"), names)
