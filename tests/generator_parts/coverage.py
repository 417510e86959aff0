"""What generated programs consist of: node types, operators, builtins, methods, keywords, how they end."""

from __future__ import annotations

import ast
import builtins
from collections import Counter
from collections.abc import Iterable

from tests.generator_parts.oracle import Ending


class Coverage:
    """Counts over many programs."""

    def __init__(self) -> None:
        self.nodes: Counter[str] = Counter()
        self.names: Counter[str] = Counter()
        self.methods: Counter[str] = Counter()
        self.keywords: Counter[str] = Counter()
        self.endings: Counter[str] = Counter()
        self.caught = 0
        self.lines = 0
        self.programs = 0

    def add(self, text: str, ending: Ending) -> None:
        """Count one program and how it ended."""
        self.programs += 1
        self.lines += text.count("\n") + 1
        self.endings[ending.error or "no error"] += 1
        self.caught += "Error(" in ending.output or "caught" in ending.output
        for node in ast.walk(ast.parse(text)):
            self.nodes[type(node).__name__] += 1
            if isinstance(node, ast.Name) and hasattr(builtins, node.id):
                self.names[node.id] += 1
            elif isinstance(node, ast.Attribute):
                self.methods[node.attr] += 1
            elif isinstance(node, ast.keyword) and node.arg:
                self.keywords[node.arg] += 1

    def table(self) -> str:
        """Return the counts as text."""
        count = max(self.programs, 1)
        parts = [
            f"{self.programs} programs, {self.lines / count:.0f} lines on average, "
            f"{100 * self.caught / count:.0f} % caught an error"
        ]
        for title, counts in (
            ("endings", self.endings),
            ("nodes", self.nodes),
            ("builtin names", self.names),
            ("methods", self.methods),
            ("keywords", self.keywords),
        ):
            parts.append(
                f"\n{title}\n" + wrapped(f"{name} {number}" for name, number in counts.most_common())
            )
        return "\n".join(parts)


def wrapped(words: Iterable[str], width: int = 100) -> str:
    """Return `words` in indented lines of at most `width`."""
    lines = [" "]
    for word in words:
        if len(lines[-1]) + len(word) > width:
            lines.append(" ")
        lines[-1] += f" {word},"
    return "\n".join(lines)
