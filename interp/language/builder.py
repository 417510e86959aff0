"""From Lark's tree to ours: every node of the grammar becomes a class of `syntax.py`.

Lark's parser makes a general tree, in which a node has a name and children. `lark.ast_utils` replaces its
nodes by classes of the same name, with the children as arguments; so where a rule of `toy.lark` lists the
parts in the order of the class's fields, nothing has to be written down here. What is left are the few
nodes whose parts are grouped or dropped, a method each, and the words: a NUMBER becomes a number.

CPython does this with actions written between the rules of its grammar (3.11, `Grammar/python.gram`), which
an own tool turns into C. A grammar without actions is easier to read, and that is why ours stands in a file
of its own.

Lark would recurse into the tree to replace its nodes. `Transformer_NonRecursive` goes through a list
instead, so that no depth of nesting exhausts the host's stack.

Read next: `fstrings.py`, the only literal that contains expressions.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple

from lark import Token, Tree, ast_utils, v_args
from lark.tree import Meta
from lark.visitors import Transformer_NonRecursive

from interp.language import fstrings, syntax
from interp.language.source import Source
from interp.language.syntax import Body, Expression, Place

MOST_FORMATTED = 5_000
MOST_DIGITS = 4300
TOO_MANY_DIGITS = f"an int literal of more than {MOST_DIGITS:,} digits"


class Annotation(NamedTuple):
    """What stands for an annotation until the node above has dropped it."""

    value: Expression


@v_args(meta=True)
class Builder(Transformer_NonRecursive[Token, Any]):
    """Builds the nodes of one program; `parse_formatted` reads the expressions within its f-strings."""

    def __init__(self, source: Source, parse_formatted: Callable[[int, int], Tree[Token]]) -> None:
        super().__init__()
        self.source = source
        self.annotations: list[Expression] = []
        self.formatted_count = 0
        self._parse_formatted = parse_formatted
        ast_utils.create_transformer(CONSTRUCTS, self)

    # --- groups: a rule that makes a tuple of its children ---

    def group(self, meta: Meta, children: list[Any]) -> tuple[Any, ...]:
        """Return the children as one field of the node above."""
        return tuple(children)

    block = names = branches = handlers = two_or_more = operands = items = clauses = conditions = group
    delete_targets = nothing = group

    def otherwise(self, meta: Meta, children: list[Body]) -> Body:
        """Return the block that may be missing."""
        return children[0] if children else ()

    final = final_block = otherwise

    # --- statements ---

    def file(self, meta: Meta, children: list[Any]) -> syntax.Program:
        """Return the program, whose place is the whole text."""
        return syntax.Program(self.source.place(0, len(self.source.text)), tuple(children))

    def chained_assignment(self, meta: Meta, children: list[Expression]) -> syntax.Assignment:
        """Return the assignment of the last child to all others."""
        return syntax.Assignment(place_of(meta), tuple(children[:-1]), children[-1])

    def annotated_name(self, meta: Meta, children: list[Any]) -> syntax.Name:
        """Return the name without its annotation."""
        name: syntax.Name = children[0]
        return name

    def annotation(self, meta: Meta, children: list[Expression]) -> Annotation:
        """Remember the annotation, which no node keeps."""
        self.annotations.append(children[0])
        return Annotation(children[0])

    def parameter_name(self, meta: Meta, children: list[Any]) -> str:
        """Return the name without its annotation."""
        name: str = children[0]
        return name

    def signature(self, meta: Meta, children: list[Any]) -> tuple[syntax.Parameter, ...]:
        """Return the parameters without the annotation of the result."""
        return tuple(child for child in children if isinstance(child, syntax.Parameter))

    def managers(self, meta: Meta, children: list[Expression]) -> tuple[Expression, ...]:
        """Return what `with` enters; since Python 3.9 the list may stand in brackets: `with (a, b):`."""
        only = children[0]
        if len(children) == 1 and isinstance(only, syntax.TupleDisplay) and only.place == place_of(meta):
            return only.items or (only,)
        return tuple(children)

    # --- expressions ---

    def conditional(self, meta: Meta, children: list[Expression]) -> syntax.ConditionalExpression:
        """Return `body if condition else otherwise`, whose condition is evaluated first."""
        body, condition, otherwise = children
        return syntax.ConditionalExpression(place_of(meta), condition, body, otherwise)

    def any_of(self, meta: Meta, children: list[Expression]) -> syntax.BooleanOperation:
        """Return `a or b or c`."""
        return syntax.BooleanOperation(place_of(meta), "or", tuple(children))

    def all_of(self, meta: Meta, children: list[Expression]) -> syntax.BooleanOperation:
        """Return `a and b and c`."""
        return syntax.BooleanOperation(place_of(meta), "and", tuple(children))

    def comparator(self, meta: Meta, children: list[str]) -> str:
        """Return the operator, which may be two words."""
        return " ".join(children)

    def compared(self, meta: Meta, children: list[Any]) -> syntax.Comparison:
        """Return the chain, operators apart from operands."""
        return syntax.Comparison(place_of(meta), tuple(children[1::2]), tuple(children[::2]))

    def called(self, meta: Meta, children: list[Any]) -> syntax.Call:
        """Return the call, keywords apart from positional arguments."""
        function, *arguments = children
        return syntax.Call(
            place_of(meta),
            function,
            tuple(argument for argument in arguments if not isinstance(argument, syntax.Keyword)),
            tuple(argument for argument in arguments if isinstance(argument, syntax.Keyword)),
        )

    def dictionary(self, meta: Meta, children: list[Expression]) -> syntax.DictDisplay:
        """Return the display, keys apart from values."""
        return syntax.DictDisplay(place_of(meta), tuple(children[::2]), tuple(children[1::2]))

    def strings(self, meta: Meta, children: list[Token]) -> Expression:
        """Return adjacent literals as one constant or, with an f-string among them, one formatted string."""
        return fstrings.join_literals(place_of(meta), children, self.source, self.build_formatted)

    def build_formatted(self, start: int, end: int) -> Expression:
        """Return the expression of an f-string that stands from its `{` at `start` to `end`."""
        self.formatted_count += 1
        if self.formatted_count > MOST_FORMATTED:
            message = f"this program has more than {MOST_FORMATTED:,} expressions in f-strings"
            raise self.source.refusal(message, self.source.place(start, end), "Write a loop, or split the program.")
        value: Expression = self.build(self._parse_formatted(start, end))
        return value

    def formatted(self, meta: Meta, children: list[Expression]) -> Expression:
        """Return the expression without its brace."""
        return children[0]

    def build(self, tree: Tree[Token]) -> Any:
        """Return what `tree` becomes."""
        return self.transform(tree)

    # --- words ---

    def NUMBER(self, token: Token) -> int | float:  # noqa: N802 - Lark finds it by the name of the word
        """Return the number."""
        digits = token.value.replace("_", "")
        if digits.isdecimal() and len(digits) > MOST_DIGITS:
            # Python's default, whatever the host's setting is.
            raise fstrings.BrokenLiteral(
                TOO_MANY_DIGITS, token.start_pos or 0, token.end_pos, "Compute it: 10 ** 5000."
            )
        value = fstrings.evaluate(token)
        assert not isinstance(value, str)
        return value

    def NAME(self, token: Token) -> str:  # noqa: N802
        """Return the name in the one spelling that Python gives it (3.11, `Parser/pegen.c`)."""
        return sys.intern(token.value if token.isascii() else unicodedata.normalize("NFKC", token.value))

    def STRING(self, token: Token) -> Token:  # noqa: N802
        """Return the word itself: `strings` needs its position."""
        return token

    def TRUE(self, token: Token) -> bool:  # noqa: N802
        """Return `True`."""
        return True

    def FALSE(self, token: Token) -> bool:  # noqa: N802
        """Return `False`."""
        return False

    def NONE(self, token: Token) -> None:  # noqa: N802
        """Return `None`."""
        return

    def AUGMENTED(self, token: Token) -> str:  # noqa: N802
        """Return the operator without its `=`."""
        return sys.intern(token.value[:-1])

    def __default_token__(self, token: Token) -> str:
        """Return the text of any other word, without the position that Lark's tokens carry."""
        return sys.intern(token.value)


def place_of(meta: Meta) -> Place:
    """Return where a node stands: Lark counts lines and columns as we do."""
    return Place(meta.line, meta.column, meta.end_line, meta.end_column)


def adapter_for(construct: type[syntax.Node]) -> type[ast_utils.Ast]:
    """Return the class that `ast_utils` looks for: it builds a `construct` at the place that Lark gives."""

    def build(adapter: type, meta: Meta, *fields: Any) -> syntax.Node:
        return construct(place_of(meta), *fields)

    return type(construct.__name__, (ast_utils.Ast, ast_utils.WithMeta), {"__new__": build})


def adapters() -> ModuleType:
    """Return a module of adapters, one for each class of `syntax.py`, which itself does not know Lark."""
    module = ModuleType("interp.language.constructs")
    for name, found in vars(syntax).items():
        if isinstance(found, type) and issubclass(found, syntax.Node):
            setattr(module, name, adapter_for(found))
    return module


CONSTRUCTS = adapters()
