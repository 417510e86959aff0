"""Source text → syntax tree (Lark grammar `toy.lark`), or a refusal that helps.

Reading order: `toy.lark`, `syntax.py`, `parser.py`, `builder.py`, `fstrings.py`, `indenter.py`,
`refusals.py`, `vocabulary.py`, `restrictions.py`.
"""

from interp.language.parser import parse
from interp.language.source import decode

__all__ = ["decode", "parse"]
