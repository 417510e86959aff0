"""Imports follow the map: a package imports only from those above it in the listing of `interp/__init__.py`."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import interp
from tests.transcripts import ROOT, environment

PACKAGE = ROOT / "interp"
OUTSIDE = {"__init__", "__main__"}
"""Modules beside the layers: the package itself and the way in."""

LAYERS = re.findall(r"^    (\w+)(?:/|\.py) ", interp.__doc__ or "", re.MULTILINE)


def layer_of(module: str) -> str:
    """Return the layer that a module belongs to: `machine` for `interp.machine.state`."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def module_of(path: Path) -> str:
    """Return the dotted name of a module of ours."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports_of(path: Path) -> Iterator[str]:
    """Yield the modules of ours that a module imports, wherever in it, with the names it takes from them."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "interp")
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            module = node.module or ""
            if module.split(".")[0] != "interp":
                continue
            for alias in node.names:
                is_module = (ROOT.joinpath(*module.split("."), alias.name + ".py")).exists()
                is_package = (ROOT.joinpath(*module.split("."), alias.name)).is_dir()
                yield f"{module}.{alias.name}" if is_module or is_package else module


MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "programs" not in path.parts)


def test_the_listing_has_every_package() -> None:
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    modules = {path.stem for path in PACKAGE.glob("*.py")} - OUTSIDE
    assert set(LAYERS) == packages | modules
    assert len(LAYERS) == len(set(LAYERS))


@pytest.mark.parametrize("path", MODULES, ids=module_of)
def test_imports_follow_the_map(path: Path) -> None:
    own = layer_of(module_of(path))
    # The commands are users of the public interface like any other, so they and what is outside may use it.
    free = own in OUTSIDE or own in ("commands", "cli")
    allowed = set(LAYERS) if own in OUTSIDE else set(LAYERS[: LAYERS.index(own) + 1])
    if free:
        allowed |= OUTSIDE
    assert {layer_of(module) for module in imports_of(path)} <= allowed


def test_the_map_is_not_empty_and_imports_are_seen() -> None:
    assert LAYERS[:4] == ["language", "bytecode", "machine", "scheduling"]
    seen = {layer_of(module) for module in imports_of(PACKAGE / "machine" / "interpreter.py")}
    assert {"bytecode", "machine"} <= seen


def modules_after(*arguments: str) -> set[str]:
    """Return the modules that are imported when a command has run."""
    script = (
        "import sys\n"
        "from interp.cli import main\n"
        f"status = main({list(arguments)!r})\n"
        "assert status == 0, status\n"
        "print(*sys.modules, file=sys.stderr)\n"
    )
    finished = subprocess.run(
        [sys.executable, "-c", script],
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=True,
    )
    return set(finished.stderr.split())


def test_run_needs_neither_rich_nor_textual() -> None:
    modules = modules_after("run", "fibonacci")
    assert "interp.commands.run" in modules
    assert {name.split(".")[0] for name in modules} & {"rich", "textual", "pygments", "pytest"} == set()


def test_compare_uses_rich() -> None:
    assert "rich.console" in modules_after("compare", "fibonacci", "--mode", "threads")
