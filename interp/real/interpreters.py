"""Which Python: finding one by name, asking it what it is, and picking the lock that models it.

A name on the command line may be a path, a folder with an environment in it, `python3.9`, or `3.9`; the last two
are looked for on the PATH and among pyenv's versions. What a Python is, only that Python can say: a name on the
PATH may be a shim that leads nowhere, and the same version exists with and without a global lock. So each
candidate is started once, with `prelude.py --identify`, and nothing is believed but its answer.

Read next: `confirm.py`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from interp.language.errors import UsageError, printable
from interp.real.oracle import PRELUDE, interrupts_held_back, plain_environment, stop_with_its_children

SECONDS_TO_ANSWER = 10.0
LARGEST_ANSWER = 1 << 16
NEEDED = "2.7, or 3.6 and newer"
ALL = "all"
"""The name that stands for every Python that is found."""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A CPython that can be asked: where it is, its version, and whether it has a global lock."""

    path: str
    version: tuple[int, int, int]
    global_lock: bool = True

    @property
    def name(self) -> str:
        """What people call it: `Python 3.9.18`; a `t` says that it has no global lock."""
        return f"Python {'.'.join(map(str, self.version))}{'' if self.global_lock else 't'}"

    @property
    def lock(self) -> str:
        """The preset that models its lock (docs/cpython.md says where each of them changed)."""
        if not self.global_lock:
            return "free-threaded"
        if self.version < (3, 2):
            return "python2.7"
        if self.version < (3, 10):
            return "python3.9"
        return "python3.10" if self.version < (3, 11) else "python3.13"

    def to_json(self) -> dict[str, Any]:
        """Return what `--json` says of it."""
        version = ".".join(map(str, self.version))
        return {"path": self.path, "version": version, "global_lock": self.global_lock, "lock": self.lock}


class NoInterpreterError(UsageError):
    """Something is no Python that can be asked; the message says what it is instead."""


def this_interpreter() -> Interpreter:
    """Return the Python that interp runs on."""
    return identify(sys.executable)


def find_interpreters(names: list[str]) -> list[Interpreter]:
    """Return the Pythons that names stand for, each once; `all` stands for all that are found."""
    found: dict[str, Interpreter] = {}
    for name in names:
        for one in all_interpreters() if name == ALL else [find_interpreter(name)]:
            found.setdefault(one.path, one)
    return list(found.values())


def find_interpreter(name: str) -> Interpreter:
    """Return the Python that a name stands for; raises `UsageError` if there is none that can be used."""
    if not name:
        raise UsageError("a Python has no empty name; give a path, or a name such as 3.9.")
    path = Path(name).expanduser()
    try:
        if path.is_dir():
            return identify(str(path / ("Scripts" if os.name == "nt" else "bin") / "python"))
        if os.sep in name or path.exists():
            return identify(str(path))
    except ValueError:
        raise UsageError(f"{name!r} cannot be a path.") from None
    problem = None
    for candidate in candidates(name):
        try:
            one = identify(candidate)
        except NoInterpreterError as error:
            problem = problem or error
            continue
        if fits(one, name):
            return one
    if problem is not None:
        raise problem
    raise UsageError(
        f"no Python called {printable(name)} was found on the PATH or among pyenv's versions.\n"
        "  Give a path, a name such as python3.9 or 3.9, or `all` for every one that is found."
    )


def candidates(name: str) -> Iterator[str]:
    """Yield the paths where a Python of that name may be."""
    is_version = re.fullmatch(r"\d[\d.]*t?", name)
    on_path = shutil.which(f"python{name}" if is_version else name)
    if on_path:
        yield on_path
    wanted = name.removeprefix("python")
    if re.fullmatch(r"\d[\d.]*t?", wanted):
        for folder in pyenv_versions():
            if folder.name == wanted or re.match(re.escape(wanted.removesuffix("t")) + r"(\.|$|t)", folder.name):
                yield str(folder / "bin" / "python")


def fits(one: Interpreter, name: str) -> bool:
    """Whether a Python is of the version that a name has in it, if it has one."""
    match = re.fullmatch(r"(?:python)?(\d[\d.]*)(t?)", name)
    if match is None:
        return True
    wanted = tuple(int(part) for part in match[1].strip(".").split(".") if part)
    return one.version[: len(wanted)] == wanted and (not match[2] or not one.global_lock)


def pyenv_versions() -> list[Path]:
    """Return the folders of pyenv's versions, the newest first."""
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    folders = [folder for folder in root.glob("versions/*") if (folder / "bin" / "python").exists()]
    return sorted(folders, key=lambda folder: [int(part) for part in re.findall(r"\d+", folder.name)], reverse=True)


def all_interpreters() -> list[Interpreter]:
    """Return every CPython that is found by its name or in pyenv, each version once, the oldest first."""
    names = ["2.7", *(f"3.{minor}{t}" for minor in range(6, 20) for t in ("", "t")[: 1 + (minor >= 13)])]
    paths = [path for name in names if (path := shutil.which(f"python{name}"))]
    paths += [str(folder / "bin" / "python") for folder in pyenv_versions()]
    found: dict[tuple[tuple[int, int, int], bool], Interpreter] = {}
    for path in [sys.executable, *paths]:
        try:
            one = identify(path)
        except NoInterpreterError:
            continue
        found.setdefault((one.version, one.global_lock), one)
    return sorted(found.values(), key=lambda one: (one.version, not one.global_lock))


# --- asking -------------------------------------------------------------------------------------------------


def identify(path: str) -> Interpreter:
    """Ask what is at `path` which Python it is; raises `NoInterpreterError` if it is none that can be used."""
    status, text = answer_of([path, "-s", "-S", str(PRELUDE), "--identify"], path)
    told = told_by(text)
    if told is None:
        raise NoInterpreterError(f"{printable(path)} is no Python: {what_it_did(status, text)}.")
    version = told["version"]
    if told["implementation"] != "CPython":
        raise NoInterpreterError(
            f"{printable(path)} is {told['implementation']}, and the locks here model CPython's; give a CPython."
        )
    if not ((2, 7) <= version < (3, 0) or version >= (3, 6)):
        words = ".".join(map(str, version))
        raise NoInterpreterError(f"{printable(path)} is Python {words}; what can be asked is {NEEDED}.")
    return Interpreter(path, version, told["global_lock"])


def answer_of(command: list[str], path: str) -> tuple[int | None, str]:
    """Run a command that may be anything; returns its status (None if it was stopped) and the start of what it said."""
    try:
        with interrupts_held_back():
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=plain_environment(),
                start_new_session=True,
            )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise NoInterpreterError(f"{printable(path)} cannot be run: {reason}.") from None
    stopped = threading.Event()

    def stop() -> None:
        stopped.set()
        stop_with_its_children(process)

    timer = threading.Timer(SECONDS_TO_ANSWER, stop)
    timer.start()
    try:
        assert process.stdout is not None
        text = process.stdout.read(LARGEST_ANSWER)
        status = None if len(text) == LARGEST_ANSWER else process.wait()
    finally:
        timer.cancel()
        with interrupts_held_back():
            stop_with_its_children(process)
        if process.stdout is not None:
            process.stdout.close()
    return None if stopped.is_set() else status, text.decode("utf-8", "replace")


def told_by(text: str) -> dict[str, Any] | None:
    """Return what a Python says of itself, None if that is not in the text."""
    for line in text.splitlines():
        if line.startswith('{"interp": '):
            try:
                told = json.loads(line)["interp"]
                major, minor, micro = map(int, told["version"])
                return {
                    "implementation": str(told["implementation"]),
                    "version": (major, minor, micro),
                    "global_lock": bool(told["global_lock"]),
                }
            except (ValueError, TypeError, KeyError):
                return None
    return None


def what_it_did(status: int | None, text: str) -> str:
    """Say what something did instead of telling which Python it is."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    said = f"; the last thing it says is {printable(lines[-1])[:100]!r}" if lines else " and says nothing"
    if len(text) >= LARGEST_ANSWER:
        return "it talks without an end"
    if status is None:
        return f"it did not answer within {SECONDS_TO_ANSWER:.0f} seconds"
    return f"asked for its version, it ends with status {status}{said}"
