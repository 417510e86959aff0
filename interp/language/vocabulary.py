"""The names that Toy gives to every program: builtins, exceptions, methods, attributes and keywords.

`restrictions.py` refuses by this list what Python has and Toy has not, before the program runs. The machine
defines what each name does.

A method is listed by its name alone: which type has it shows when the program runs, as in Python. Left out
are methods that call back into the program or reach outside of the value (`encode` makes bytes,
`format_map` asks any object), and those that not all of Python 3.11 to 3.13 have.
"""

from __future__ import annotations

import builtins
import queue
import threading
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from types import BuiltinFunctionType, FunctionType, GeneratorType


def names(words: str) -> frozenset[str]:
    """Return the set of the words."""
    return frozenset(words.split())


def table(entries: str, **keywords: str) -> Mapping[str, frozenset[str]]:
    """Return the names in `entries`, each with the keywords that a call may use."""
    return {name: frozenset(keywords.get(name, "").split()) for name in (*entries.split(), *keywords)}


BUILTIN_FUNCTIONS = table(
    """
    len isinstance range float str bool list tuple dict abs reversed zip any all divmod ord chr repr bin hex
    oct
    """,
    print="sep end flush",
    int="base",
    min="default",
    max="default",
    sum="start",
    sorted="reverse",
    enumerate="start",
    round="ndigits",
    pow="mod",
)

SYNC_NAMES = table(
    "spawn Lock RLock Event sleep clock current",
    Semaphore="value",
    Condition="lock",
    Barrier="parties",
    Queue="maxsize",
)

EXCEPTION_NAMES = names(
    """
    BaseException Exception ArithmeticError AssertionError AttributeError EOFError FloatingPointError
    IndexError KeyError LookupError MemoryError NameError NotImplementedError OSError OverflowError
    RecursionError RuntimeError StopIteration TimeoutError TypeError UnboundLocalError UnicodeError
    UnicodeEncodeError UnicodeDecodeError ValueError ZeroDivisionError
    """
)

MODULE_NAMES = frozenset(("__name__",))
"""What a module has of its own; Toy's is always `"__main__"`."""

TOY_NAMES = frozenset((*BUILTIN_FUNCTIONS, *SYNC_NAMES, *EXCEPTION_NAMES, *MODULE_NAMES))

TYPE_NAMES = names("int float str bool list tuple dict")
"""The names that an annotation may use, beside `None`."""

GENERIC_TYPES = names("list tuple dict")
"""Those of them that may have others in brackets: `list[int]`."""

METHODS = table(
    # str
    """
    capitalize casefold center count endswith find format index isalnum isalpha isascii isdecimal isdigit
    isidentifier islower isnumeric isprintable isspace istitle isupper join ljust lower lstrip maketrans
    partition removeprefix removesuffix replace rfind rindex rjust rpartition rstrip startswith strip swapcase
    title translate upper zfill
    """
    # list, tuple, dict
    """
    append clear copy extend insert pop remove reverse
    fromkeys get items keys popitem setdefault update values
    """
    # int, float
    """
    as_integer_ratio bit_count bit_length conjugate fromhex hex is_integer
    """
    # tasks and synchronisation objects; `clear`, `get` and `join` have names that are above
    """
    locked wait notify_all set is_set put qsize empty full
    """,
    split="sep maxsplit",
    rsplit="sep maxsplit",
    splitlines="keepends",
    expandtabs="tabsize",
    sort="reverse",
    acquire="blocking",
    release="n",
    notify="n",
)

DATA_ATTRIBUTES = names("args start stop step")
"""Attributes that are no methods: those of exceptions and of `range`."""

PYTHON_ONLY_NAMES = (
    names(
        """
    BaseExceptionGroup BlockingIOError BrokenPipeError BufferError BytesWarning ChildProcessError
    ConnectionAbortedError ConnectionError ConnectionRefusedError ConnectionResetError DeprecationWarning
    Ellipsis EncodingWarning EnvironmentError ExceptionGroup FileExistsError FileNotFoundError
    FutureWarning GeneratorExit IOError ImportError ImportWarning IndentationError InterruptedError
    IsADirectoryError KeyboardInterrupt ModuleNotFoundError NotADirectoryError NotImplemented
    PendingDeprecationWarning PermissionError ProcessLookupError PythonFinalizationError ReferenceError
    ResourceWarning RuntimeWarning StopAsyncIteration SyntaxError SyntaxWarning SystemError SystemExit
    TabError UnicodeTranslateError UnicodeWarning UserWarning Warning __annotations__ __build_class__
    __builtins__ __cached__ __debug__ __doc__ __file__ __import__ __loader__ __package__ __spec__ aiter
    anext ascii breakpoint bytearray bytes callable classmethod compile complex copyright credits delattr
    dir eval exec exit filter format frozenset getattr globals hasattr hash help id input issubclass iter
    license locals map memoryview next object open property quit set setattr slice staticmethod super type
    vars
    """
    )
    - TOY_NAMES
)
"""What a Python program can read without having bound it (3.11 to 3.13), and a Toy program cannot."""

HINTS = {
    "ascii": 'f"{value!a}" gives the same text.',
    "bytes": "Text is a str; a list of ints can hold bytes.",
    "bytearray": "A list of ints can hold bytes.",
    "callable": "Every function that the program defines can be called.",
    "complex": "Numbers are ints and floats.",
    "exit": "A program ends with its last statement; a function ends with return.",
    "filter": "A list comprehension does it: [x for x in items if test(x)].",
    "format": 'An f-string does it: f"{value:>10}".',
    "frozenset": "A dict with True for each key can serve as a set; a tuple cannot be changed either.",
    "getattr": "Call the method by its name.",
    "hasattr": "isinstance(value, list) tells what a value is.",
    "hash": "A dict finds its keys by itself.",
    "id": "`a is b` tells whether two names mean the same value.",
    "input": "A program has no input: write the values into it, as a list for example.",
    "iter": "A for loop goes through the items; reversed, enumerate and zip help.",
    "map": "A list comprehension does it: [f(x) for x in items].",
    "next": "A for loop with break finds the first item; the items of a list have numbers.",
    "object": "A list or dict made anew, [] or {}, is different from every other.",
    "open": "A program reads and writes no files: print is its only output.",
    "quit": "A program ends with its last statement; a function ends with return.",
    "set": "A dict with True for each key can serve as a set: seen[x] = True, and x in seen.",
    "slice": "Write the slice where it is used: items[1:3].",
    "type": "isinstance(value, int) tells whether a value is an int.",
    "KeyboardInterrupt": "Ctrl-C ends the simulation, not the program in it.",
    "SystemExit": "A program ends with its last statement; a function ends with return.",
}
"""What to write instead of a name that Toy lacks, where there is something."""

LANGUAGE_PAGE = "The language page (docs/language.md in the project)"
"""How a hint speaks of the page: an installed package comes without it."""

WITHOUT_IMPORT = "Locks, queues, spawn and sleep are there without it."
SLEEP_HINT = "Write `sleep(1)`; it counts ticks, and a tick stands for a microsecond: sleep(1_000_000) is a second."
CLOCK_HINT = "Write `clock()`; it counts ticks, and a tick stands for a microsecond."
TASK_HINT = "`spawn(f, x)` starts a task at once; no start() is needed."
RESULT_HINT = "join() returns what the function returned."

MODULE_HINTS = {
    "time": "`sleep(1)` and `clock()` are there without it; they count ticks, and a tick stands for a microsecond.",
    "threading": "Locks, events and spawn are there without it: lock = Lock().",
    "multiprocessing": TASK_HINT,
    "queue": "Make one with `queue = Queue()`; it is there without a module.",
    "asyncio": "spawn starts a task; sleep and Queue wait.",
}
"""The modules that concurrent Python programs use, each with what to write where its name has no value."""

PORTED_HINTS = {
    "Thread": TASK_HINT,
    "Process": TASK_HINT,
    "ThreadPoolExecutor": TASK_HINT,
    "ProcessPoolExecutor": TASK_HINT,
}
"""Classes that start tasks in Python, each with what to write where its name has no value."""

MEMBER_HINTS = {
    **PORTED_HINTS,
    "sleep": SLEEP_HINT,
    "time": CLOCK_HINT,
    "monotonic": CLOCK_HINT,
    "perf_counter": CLOCK_HINT,
    "current_thread": "`current()` is the task that runs.",
    "create_task": TASK_HINT,
}
"""What to write instead of a member of these modules, unless its name alone says it: `threading.Lock`."""

ATTRIBUTE_HINTS = {"result": RESULT_HINT, "submit": TASK_HINT}
"""What to write instead of a method of Python's thread pools."""


@cache
def python_attributes() -> frozenset[str]:
    """Return the attributes that Python's builtin values have, and its threads, locks, queues and pools."""
    kinds: list[object] = [value for value in vars(builtins).values() if isinstance(value, type)]
    kinds += [type(None), type(Ellipsis), FunctionType, BuiltinFunctionType, GeneratorType, queue.Queue]
    kinds += [value for name, value in vars(threading).items() if name in threading.__all__]
    kinds += [type(threading.Lock()), type(threading.RLock())]
    found = {name for kind in kinds for name in dir(kind)}
    return frozenset(name for name in found if name.startswith("__") or name[0] != "_") | ATTRIBUTE_HINTS.keys()


def closest_attribute(name: str) -> str:
    """Return the attribute of Toy's values that a misspelt name probably means, or nothing."""
    known = sorted(METHODS.keys() | DATA_ATTRIBUTES)
    return next(iter(get_close_matches(name, known, n=1, cutoff=0.7)), "")
