"""What every program begins with: builtin functions, types, exceptions, and the methods of the builtin types.

Nearly all of it is the host's: `len` is Python's `len`, `list.append` is Python's, and so are their results
and the errors they raise. Three things are added. A bound, where a call could make a value too large for this
machine. A refusal, where Python would look up attributes of the host (`"{0.__class__}".format(x)`). And the
functions of the world (`spawn`, `print`, `sleep`, the synchronisation objects), which the loop does not
perform: it asks the scheduler (`scheduling/world.py` performs them).

No builtin calls a function of the program. So each is a single instruction, and under a global lock it is
atomic, as a function written in C is in CPython.

The names come from `language/vocabulary.py`; a name there without a meaning here is a fault that shows at
import.
"""

from __future__ import annotations

import builtins as host
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence, Sized
from contextlib import suppress
from functools import reduce
from operator import add, index
from string import Formatter
from types import GenericAlias
from typing import Any

from interp.bytecode.bounds import (
    LARGEST_COLLECTION,
    LARGEST_INDEX,
    LARGEST_INT_BITS,
    LARGEST_TEXT,
    bounded,
    check_format,
    check_text_of,
    out_of_memory,
)
from interp.bytecode.operators import check_power, extend
from interp.language.errors import InterpFault
from interp.language.vocabulary import (
    BUILTIN_FUNCTIONS,
    DATA_ATTRIBUTES,
    EXCEPTION_NAMES,
    METHODS,
    SYNC_NAMES,
)
from interp.machine.sync import OPERATIONS
from interp.machine.values import ITERATOR_TYPES, Builtin, Method, dict_iterator

Function = Callable[..., Any]


# --- bounds


def bounding(function: Function, position: int = 0) -> Function:
    """Return the function with a bound on how much it takes from the iterable at `position` of its arguments."""

    def perform(*arguments: Any, **keywords: Any) -> Any:
        if len(arguments) > position and isinstance(arguments[position], Iterable):
            given = arguments
            arguments = (*given[:position], bounded(given[position]), *given[position + 1 :])
        return function(*arguments, **keywords)

    return perform


def checking(function: Function, check: Function) -> Function:
    """Return the function with `check` before it; the check may only raise `MemoryError` or `ValueError`."""

    def perform(*arguments: Any, **keywords: Any) -> Any:
        with suppress(TypeError, AttributeError):  # wrong arguments: the function itself says so, in Python's words
            check(*arguments, **keywords)
        return function(*arguments, **keywords)

    return perform


def check_text(length: int) -> None:
    """Raise `MemoryError` if a string of this length would be too long."""
    if LARGEST_TEXT < length <= LARGEST_INDEX:
        raise out_of_memory()


def check_pieces(text: str, *_: Any, **__: Any) -> None:
    """Raise `MemoryError` if a text is too long to be taken apart into a list."""
    if len(text) > LARGEST_COLLECTION:
        raise out_of_memory()


def check_replacement(text: str, old: str, new: str, count: int = -1) -> None:
    """Raise `MemoryError` if replacing would make too long a text."""
    occurrences = text.count(old) if count < 0 else min(count, text.count(old))
    check_text(len(text) + occurrences * (len(new) - len(old)))


def check_tabs(text: str, tabsize: int = 8) -> None:
    """Raise `MemoryError` if expanding tabs would make too long a text."""
    check_text(len(text) + text.count("\t") * tabsize)


def check_translation(text: str, translations: Any) -> None:
    """Raise `MemoryError` if a translation would make too long a text."""
    longest = max((len(value) for value in translations.values() if isinstance(value, str)), default=1)
    check_text(len(text) * longest)


def check_round(number: Any, ndigits: Any = None) -> None:
    """Raise `MemoryError` if rounding would need a power of ten too large."""
    if isinstance(number, int) and isinstance(ndigits, int) and -ndigits > LARGEST_INT_BITS // 4:
        raise out_of_memory()


def check_pow(base: Any, exponent: Any, mod: Any = None) -> None:
    """Raise `MemoryError` if a power without a modulus would be too large."""
    if mod is None:
        check_power(base, exponent)


def check_first_text(*arguments: Any) -> None:
    """Raise `MemoryError` if the text of the first argument would be absurdly long."""
    if arguments:
        check_text_of(arguments[0])


class AttributeLookupError(Exception):
    """A format string looks up an attribute."""


class FormatChecker(Formatter):
    """Formats as `str.format` does, but looks at each field first: no attributes, no absurd widths."""

    def get_field(self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Return the value of a field; raises `AttributeLookupError` for `{x.name}`."""
        if "." in _outside_brackets(field_name):
            raise AttributeLookupError(field_name)
        return super().get_field(field_name, args, kwargs)

    def format_field(self, value: Any, format_spec: str) -> str:
        """Format a value; raises `MemoryError` for an absurd width, one that another value gave included."""
        check_format(format_spec)
        return str(super().format_field(value, format_spec))


def check_new_format(text: str, *arguments: Any) -> None:
    """Refuse attributes in a format string, and texts too large for this machine; other mistakes the host tells."""
    check_text_of(arguments)
    try:
        FormatChecker().vformat(text, arguments, {})
    except MemoryError:
        raise
    except AttributeLookupError as lookup:
        refusal = f"the format string looks up an attribute ({lookup}), which Toy does not have; pass the value itself"
    except Exception:
        return
    else:
        return
    raise ValueError(refusal)


def _outside_brackets(field: str) -> str:
    return "".join(part.partition("]")[2] if index else part for index, part in enumerate(field.split("[")))


# --- functions that differ from the host's


def sum_values(*arguments: Any, **keywords: Any) -> Any:
    """`sum`, as CPython 3.11 has it: from left to right.

    CPython 3.12 and newer add floats with a compensation, which gives other last digits; a run must be the
    same everywhere. A range is summed by its formula, so that a long one does not hold the machine up.
    """
    if len(arguments) == 1 and not keywords and isinstance(arguments[0], range):
        row = arguments[0]
        return len(row) * (row[0] + row[-1]) // 2 if row else 0
    if not arguments or not isinstance(arguments[0], Iterable):
        return sum(*arguments, **keywords)
    items = bounded(arguments[0])
    if sum(len(item) for item in items if isinstance(item, (list, tuple))) > LARGEST_COLLECTION:
        raise out_of_memory()
    start = keywords["start"] if keywords else arguments[1] if len(arguments) > 1 else 0
    numbers = [start, *items]
    if any(isinstance(item, float) for item in numbers) and all(isinstance(item, (int, float)) for item in numbers):
        return reduce(add, items, start)
    return sum(items, *arguments[1:], **keywords)


def extreme(function: Function) -> Function:
    """Return `min` or `max` with a bound; the ends of a range are found without walking it."""

    def perform(*arguments: Any, **keywords: Any) -> Any:
        if len(arguments) == 1 and isinstance(arguments[0], range) and arguments[0]:
            return function(arguments[0][0], arguments[0][-1])
        if len(arguments) == 1 and isinstance(arguments[0], Iterable):
            arguments = (bounded(arguments[0]),)
        return function(*arguments, **keywords)

    return perform


def named_iterator(function: Function) -> Function:
    """Return the function, its iterator shown to the program without an address.

    Dicts are gone through by iterators of ours, which know where they stand.
    """

    def perform(*arguments: Any, **keywords: Any) -> Any:
        if function is reversed and len(arguments) == 1 and not keywords:
            backwards = dict_iterator(arguments[0], backwards=True)
            if backwards is not None:
                return backwards
        given = [dict_iterator(argument) or argument for argument in arguments]
        iterator = function(*given, **keywords)
        return ITERATOR_TYPES[type(iterator).__name__](iterator)

    return perform


def new_range(*arguments: Any) -> range:
    """`range`; one over ints beyond 64 bits is what Python makes of it."""
    return range(*arguments)


def character(*arguments: Any) -> str:
    """`chr`, with the error of CPython 3.11 for a number that no C int can hold (3.13 has another)."""
    if len(arguments) == 1 and isinstance(arguments[0], int) and not -(2**31) <= arguments[0] < 2**31:
        raise OverflowError("Python int too large to convert to C int")
    return chr(*arguments)


def checking_order(function: Function) -> Function:
    """Return `sorted` or `list.sort` with the check that CPython 3.11 makes: `reverse` is an int."""

    def perform(*arguments: Any, **keywords: Any) -> Any:
        if "reverse" in keywords:
            keywords["reverse"] = index(keywords["reverse"])
        return function(*arguments, **keywords)

    return perform


CONSTRUCTORS: dict[type, Function] = {
    list: bounding(list),
    tuple: bounding(tuple),
    dict: bounding(dict),
    str: checking(str, check_first_text),
    int: int,
    float: float,
    bool: bool,
    range: range,
}
"""What calling a builtin type does."""

FUNCTIONS: dict[str, Function] = {
    "len": len,
    "isinstance": isinstance,
    "abs": abs,
    "min": extreme(min),
    "max": extreme(max),
    "sum": sum_values,
    "sorted": bounding(checking_order(sorted)),
    "reversed": named_iterator(reversed),
    "enumerate": named_iterator(enumerate),
    "zip": named_iterator(zip),
    "any": any,
    "all": bounding(all),
    "round": checking(round, check_round),
    "divmod": divmod,
    "pow": checking(pow, check_pow),
    "ord": ord,
    "chr": character,
    "repr": checking(repr, check_first_text),
    "bin": bin,
    "hex": hex,
    "oct": oct,
}

CHECKS: dict[tuple[type, str], Function] = {
    (str, "center"): lambda text, width, *fill: check_text(width),
    (str, "ljust"): lambda text, width, *fill: check_text(width),
    (str, "rjust"): lambda text, width, *fill: check_text(width),
    (str, "zfill"): lambda text, width: check_text(width),
    (str, "expandtabs"): check_tabs,
    (str, "replace"): check_replacement,
    (str, "translate"): check_translation,
    (str, "format"): check_new_format,
    (str, "split"): check_pieces,
    (str, "rsplit"): check_pieces,
    (str, "splitlines"): check_pieces,
}
"""Methods that could make too large a value, with what is checked first."""

BOUNDED: dict[tuple[type, str], int] = {(dict, "update"): 1, (dict, "fromkeys"): 0}
"""Methods that take in an iterable, with its position among the arguments (the value itself is at 0)."""

CHANGING = frozenset(
    ("append", "extend", "insert", "pop", "remove", "clear", "sort", "reverse", "update", "setdefault", "popitem")
)
"""Methods that change the list or dict that they are called on."""

LOOKING = frozenset(("locked", "is_set", "qsize", "empty", "full"))
"""Methods of synchronisation objects that change nothing."""

QUIET = ("len", "isinstance", "append")
"""Calls that CPython 3.11–3.13 specialise so that no switch point follows them."""


def join_texts(separator: str, *arguments: Any) -> str:
    """`str.join`, with a bound."""
    if len(arguments) == 1 and isinstance(arguments[0], Iterable):
        parts = bounded(arguments[0])
        length = sum(len(part) for part in parts if isinstance(part, Sized))
        check_text(length + len(separator) * len(parts))
        arguments = (parts,)
    return separator.join(*arguments)


def extend_list(items: list[Any], *arguments: Any) -> None:
    """`list.extend`, with a bound."""
    if len(arguments) == 1 and isinstance(arguments[0], Iterable):
        extend(items, arguments[0])
    else:
        items.extend(*arguments)


# --- methods and attributes

HOST_TYPES: tuple[type, ...] = (str, list, dict, tuple, int, float, bool, range)

ONLY_SINCE_3_12 = {(int, "is_integer"), (bool, "is_integer")}


def host_method(kind: type, name: str) -> Builtin:
    """Make the builtin for a method of a host type, called with the value as its first argument."""
    function = getattr(kind, name)
    if (kind, name) == (str, "join"):
        function = join_texts
    elif (kind, name) == (list, "sort"):
        function = checking_order(list.sort)
    elif (kind, name) == (list, "extend"):
        function = extend_list
    elif (kind, name) in CHECKS:
        function = checking(function, CHECKS[kind, name])
    elif (kind, name) in BOUNDED:
        function = bounding(function, BOUNDED[kind, name])
    return Builtin(name, function, quiet=(kind, name) == (list, "append"), grows=name in ("extend", "update"))


def operation(name: str, function: Function) -> Function:
    """Make an operation of a synchronisation object out of its method; the scheduler calls it with world and thread."""
    _, _, _, *parameters = inspect.signature(function).parameters.values()
    required = sum(parameter.default is parameter.empty for parameter in parameters)

    def perform(world: Any, thread: Any, owner: Any, *arguments: Any, **keywords: Any) -> Any:
        given = len(arguments) + len(keywords)
        if not required <= given <= len(parameters):
            raise TypeError(f"{name}() takes {plural(required, len(parameters))} ({given} given)")
        return function(owner, world, thread.number, *arguments, **keywords)

    return perform


def plural(least: int, most: int) -> str:
    """Say how many arguments a call takes."""
    count = f"{least}" if least == most else f"{least} to {most}"
    return "no arguments" if most == 0 else f"{count} argument{'s' if most > 1 else ''}"


STATIC_METHODS = {(dict, "fromkeys"), (float, "fromhex"), (str, "maketrans")}
"""Methods that do not look at the value they are called on."""

METHOD_TABLES: dict[type, dict[str, Builtin]] = {
    **{
        kind: {
            name: host_method(kind, name)
            for name in METHODS
            if hasattr(kind, name) and (kind, name) not in ONLY_SINCE_3_12
        }
        for kind in HOST_TYPES
    },
    **{
        kind: {name: Builtin(name, operation(name, getattr(kind, name)), world=True) for name in names}
        for kind, names in OPERATIONS.items()
    },
}
"""For each type the methods that the language has."""


def attribute(value: Any, name: str) -> Any:
    """Return an attribute of a value; raises `AttributeError` in Python's words where there is none."""
    kind = type(value)
    methods = METHOD_TABLES.get(kind)
    if methods is not None:
        builtin = methods.get(name)
        if builtin is not None:
            return builtin if (kind, name) in STATIC_METHODS else Method(value, builtin)
    if kind is type:
        builtin = METHOD_TABLES.get(value, {}).get(name)
        if builtin is not None:
            return builtin
        raise AttributeError(f"type object '{value.__name__}' has no attribute '{name}'")
    if isinstance(value, GenericAlias):
        return attribute(value.__origin__, name)  # `list[int]` has what `list` has
    if name in DATA_ATTRIBUTES and isinstance(value, (BaseException, range)) and hasattr(value, name):
        return getattr(value, name)
    raise AttributeError(f"'{kind.__name__}' object has no attribute '{name}'")


def exit_of(manager: Any) -> Method:
    """Return the method that ends a `with` over `manager`; raises `TypeError` for what is no lock."""
    if "release" not in OPERATIONS.get(type(manager), ()):
        raise TypeError(f"'{type(manager).__name__}' object does not support the context manager protocol")
    return Method(manager, EXIT)


def _release(world: Any, thread: Any, manager: Any, *_: Any) -> None:
    manager.release(world, thread.number)


EXIT = Builtin("__exit__", _release, world=True)
"""What ends a `with`; CPython calls it with the exception, if any."""


# --- the whole vocabulary


def make_builtins(world: dict[str, Function]) -> dict[str, Any]:
    """Return what every name of the language means; `world` performs the functions that belong to the world."""
    meanings: dict[str, Any] = {name: getattr(host, name) for name in EXCEPTION_NAMES}
    meanings |= {kind.__name__: kind for kind in CONSTRUCTORS}
    meanings |= {name: Builtin(name, function, quiet=name in QUIET) for name, function in FUNCTIONS.items()}
    meanings |= {name: Builtin(name, function, world=True) for name, function in world.items()}
    if missing := {*BUILTIN_FUNCTIONS, *SYNC_NAMES} - meanings.keys():
        raise InterpFault(f"The language names {', '.join(sorted(missing))}, which nothing here defines.")
    return meanings
