"""Why a text was refused: in CPython's words, or by the name of what is Python but not Toy.

When Toy's grammar does not fit, its parser knows only at which word it stopped, which is rarely what a
person wants to hear. So the text goes to CPython's own parser. If that refuses as well, the program is no
Python at all, and its message, improved over many versions, is the best there is (PEP 617 made most of them
possible). If it accepts, the text is Python, and somewhere in CPython's tree is a construct that Toy leaves
out: the first one in the text is named.

`fault_of` knows those constructs. A construct with a syntax of its own has its line there; what Toy's
grammar takes and other checks refuse is in `restrictions.py`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from interp.language.errors import SourceError
from interp.language.source import Source
from interp.language.syntax import Place
from interp.language.vocabulary import HINTS, LANGUAGE_PAGE, MODULE_HINTS, SLEEP_HINT, WITHOUT_IMPORT

NOT_TOY = "is valid Python, but not part of this language"

THREE_TWELVE = "an f-string with the same quotes inside as outside"
COMPARE_HINT = "Compare with ==; this language has no :=."

THREE_TWELVE_HINT = "Python takes it from 3.12 on, and Toy is Python 3.11: give the inner part a name first."


class Fault(NamedTuple):
    """A construct that Toy leaves out."""

    node: ast.AST
    name: str
    hint: str = ""


def check_with_python(source: Source) -> None:
    """Refuse what CPython's compiler refuses, in its words."""
    outcome = ask_python(source, 0)
    if isinstance(outcome, Refusal):
        raise source.refusal(outcome.message, outcome.place or Place(1, 1, 1, 1), outcome.hint)


def explain(source: Source, place: Place) -> SourceError:
    """Return the refusal of a text that does not follow Toy's grammar at `place`."""
    outcome = ask_python(source, ast.PyCF_ONLY_AST)
    if isinstance(outcome, Refusal):
        return source.refusal(outcome.message, outcome.place or place, outcome.hint)
    return explain_difference(source, outcome, place)


def explain_in_literal(source: Source, place: Place, message: str = "", hint: str = "") -> SourceError:
    """Return the refusal of a text for a literal, or an expression in an f-string, wrong at `place`.

    The place is ours even if the words are CPython's: 3.11 counts lines and columns within an f-string from
    somewhere else. A message of ours, which is that of 3.11, is for what newer versions take.
    """
    outcome = ask_python(source, ast.PyCF_ONLY_AST)
    if isinstance(outcome, Refusal):
        if outcome.place is not None and outcome.place.line < place.line:
            place = outcome.place
        return source.refusal(outcome.message, place, outcome.hint)
    if message:
        return source.refusal(message, place, hint or THREE_TWELVE_HINT)
    return explain_difference(source, outcome, place)


def explain_difference(source: Source, tree: ast.AST, place: Place) -> SourceError:
    """Return the refusal that names what is Python and not Toy."""
    fault = first_fault(tree)
    strings = [place_of_node(node, source) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    if fault is not None:
        found = place_of_node(fault.node, source) or place
        # Places within f-strings are right from 3.12 on only. The parser stopped in the expression.
        if any(string is not None and covers(string, found) and covers(string, place) for string in strings):
            found = place
        return source.refusal(f"{fault.name} {NOT_TOY}", found, fault.hint)
    if any(string is not None and covers(string, place) for string in strings):
        return source.refusal(f"{THREE_TWELVE} {NOT_TOY}", place, THREE_TWELVE_HINT)
    return source.refusal(f"what stands here {NOT_TOY}", place, f"{LANGUAGE_PAGE} shows all of it.")


# --- asking CPython ---


class Refusal(NamedTuple):
    """What CPython says against a text, and where if it is known."""

    message: str
    place: Place | None
    hint: str = ""


def ask_python(source: Source, flags: int) -> ast.AST | Refusal:
    """Return what CPython makes of the text, of use only if `flags` ask for a tree; or its refusal."""
    try:
        made = compile(source.text, "<toy>", "exec", flags, dont_inherit=True)
    except SyntaxError as error:
        return Refusal(error.msg, place_of_error(error, source), COMPARE_HINT if "':='" in error.msg else "")
    except (RecursionError, MemoryError):
        return Refusal("this is too complex for Python itself", None, "Write it in smaller parts.")
    except (ValueError, OverflowError) as error:
        return Refusal(str(error), None)
    return made if isinstance(made, ast.AST) else ast.Module([], [])


def place_of_error(error: SyntaxError, source: Source) -> Place | None:
    """Return where CPython saw an error, inside of the text even where CPython points behind it."""
    if not error.lineno or not error.offset or error.offset < 0:
        return None
    line = min(error.lineno, len(source.lines))
    column = min(error.offset, len(source.line(line)) + 1)
    end_line, end_column = error.end_lineno or line, error.end_offset or 0
    if (end_line, end_column) <= (line, column):
        end_line, end_column = line, column + 1
    return Place(line, column, end_line, end_column)


def place_of_node(node: ast.AST, source: Source) -> Place | None:
    """Return the place of a node, if it has one; CPython counts columns from 0, in bytes of UTF-8."""
    if not isinstance(node, ast.expr | ast.stmt | ast.arg | ast.keyword | ast.alias | ast.excepthandler):
        return None
    end_line = node.end_lineno or node.lineno
    return Place(
        node.lineno,
        characters(source.line(node.lineno), node.col_offset) + 1,
        end_line,
        characters(source.line(end_line), node.end_col_offset or 0) + 1,
    )


def characters(line: str, count: int) -> int:
    """Return how many characters the first `count` bytes of a line are."""
    return count if line.isascii() else len(line.encode()[:count].decode(errors="ignore"))


def covers(outer: Place, inner: Place) -> bool:
    """Tell whether `inner` starts within `outer`."""
    start = (inner.line, inner.column)
    return (outer.line, outer.column) <= start <= (outer.end_line, outer.end_column)


# --- finding what Toy leaves out ---


def first_fault(tree: ast.AST) -> Fault | None:
    """Return the first construct in the text that Toy leaves out; of two at the same place the outer one."""
    faults = [fault for node in ast.walk(tree) for fault in faults_of(node)]
    return min(faults, key=lambda fault: start_of(fault.node), default=None)


def start_of(node: ast.AST) -> tuple[int, int]:
    """Return what nodes are ordered by."""
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)


FIELDS_IN_A_DICT = "The language has functions, lists, dicts and locks; a dict can hold an object's fields."
TURN_AND_RETURN = "Build a list and return it, or put the items into a Queue."
BY_POSITION = "Every parameter is filled by its position and may have a default: def f(a, b=0)."

NODES: dict[str, tuple[str, str]] = {
    "ClassDef": ("a class", FIELDS_IN_A_DICT),
    "Lambda": ("lambda", "Give the function a name: def."),
    "GeneratorExp": ("a generator expression", "Square brackets make it a list comprehension."),
    "Set": ("a set", "A dict with True for each key can serve as a set: {1: True, 2: True}."),
    "SetComp": ("a set comprehension", "A dict can serve as a set: {x: True for x in items}."),
    "Yield": ("yield, which makes a generator,", TURN_AND_RETURN),
    "YieldFrom": ("yield, which makes a generator,", TURN_AND_RETURN),
    "AsyncFunctionDef": ("async", "spawn starts a task; sleep and Queue wait."),
    "AsyncFor": ("async", "spawn starts a task; sleep and Queue wait."),
    "AsyncWith": ("async", "spawn starts a task; sleep and Queue wait."),
    "Await": ("await", "task.join() waits for a task and returns its result."),
    "Match": ("match", "Write if and elif."),
    "Nonlocal": ("nonlocal", "Return the new value, or keep it in a list."),
    "NamedExpr": ("the walrus operator `:=`", "Assign on a line of its own."),
    "TryStar": ("except*", "Write except."),
    "TypeAlias": ("a type statement", "Annotations use the builtin types as they are."),
    "TemplateStr": ("a template string", "An f-string makes text."),
}
"""Constructs that are left out wherever they stand, by the name that CPython's tree gives them."""


def faults_of(node: ast.AST) -> Iterator[Fault]:
    """Yield what Toy leaves out of this node's construct, without those inside of it."""
    entry = NODES.get(type(node).__name__)
    if entry is not None:
        yield Fault(node, *entry)
    match node:
        case ast.Constant(value=literal):
            yield from constant_faults(node, literal)
        case ast.Import(names=modules):
            yield Fault(node, "import", import_hint([alias.name for alias in modules]))
        case ast.ImportFrom(module=module):
            yield Fault(node, "import", import_hint([module or ""]))
        case ast.FunctionDef() | ast.ClassDef():
            if node.decorator_list:
                yield Fault(node.decorator_list[0], "a decorator", "Call the function where it is needed.")
            if getattr(node, "type_params", None):
                yield Fault(node, "a type parameter", "Annotations are for readers; leave it out.")
        case ast.arguments():
            yield from parameter_faults(node)
        case ast.Call(args=arguments, keywords=keywords):
            for argument in arguments:
                if isinstance(argument, ast.Starred):
                    yield Fault(argument, "a starred argument", "Write the arguments one by one.")
            for keyword in keywords:
                if keyword.arg is None:
                    yield Fault(keyword, "`**` in a call", "Write the arguments one by one.")
        case ast.Starred(ctx=ast.Store()):
            yield Fault(node, "a starred target", "Take slices: first, rest = items[0], items[1:].")
        case ast.Starred():
            yield Fault(node, "a starred item", "Add the lists: [first] + rest.")
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                if key is None:
                    yield Fault(value, "`**` in a dict", "Copy and update: both = first.copy(); both.update(second).")
        case ast.Raise(cause=ast.expr()):
            yield Fault(node, "raise ... from", "Raise the new exception alone.")
        case ast.BinOp(op=ast.MatMult()) | ast.AugAssign(op=ast.MatMult()):
            yield Fault(node, "the operator `@`", "Write a function with loops for the product of matrices.")
        case ast.withitem(context_expr=ast.Call(func=ast.Name(id="open")), optional_vars=ast.expr() as variable):
            yield Fault(variable, "with ... as", HINTS["open"])
        case ast.withitem(optional_vars=ast.expr() as variable):
            yield Fault(variable, "with ... as", "`with lock:` needs no name: the lock has one.")
        case ast.comprehension(is_async=1, target=target):
            yield Fault(target, "async", "spawn starts a task; sleep and Queue wait.")
        case ast.AnnAssign(simple=0, target=target):
            yield Fault(target, "an annotation of anything but a name", "Leave the annotation out.")
        case ast.Subscript(slice=ast.Tuple(elts=items)):
            for item in items:
                if isinstance(item, ast.Slice):
                    yield Fault(item, "a slice among several indices", "Take one slice after the other: a[1:2][3].")


def import_hint(modules: list[str]) -> str:
    """Return what to do without an import; who imports threads or time will want to sleep."""
    return f"{WITHOUT_IMPORT} {SLEEP_HINT}" if MODULE_HINTS.keys() & modules else WITHOUT_IMPORT


def constant_faults(node: ast.Constant, value: object) -> Iterator[Fault]:
    """Yield the literals that Toy has not."""
    if value is ...:
        yield Fault(node, "`...`", "Write pass where nothing is to be done.")
    elif isinstance(value, bytes):
        yield Fault(node, "a bytes literal", "Text is a str; a list of ints can hold bytes.")
    elif isinstance(value, complex):
        yield Fault(node, "a complex number", "Keep the two parts in two floats.")


def parameter_faults(node: ast.arguments) -> Iterator[Fault]:
    """Yield the kinds of parameters that Toy has not."""
    if node.posonlyargs:
        yield Fault(node.posonlyargs[0], "a positional-only parameter", "Leave the `/` out: all are positional.")
    if node.vararg is not None:
        yield Fault(node.vararg, f"`*{node.vararg.arg}`", "Take a list: def f(items).")
    if node.kwonlyargs:
        yield Fault(node.kwonlyargs[0], "a keyword-only parameter", BY_POSITION)
    if node.kwarg is not None:
        yield Fault(node.kwarg, f"`**{node.kwarg.arg}`", "Take a dict: def f(options).")
