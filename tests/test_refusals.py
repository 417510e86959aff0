"""What is not in Toy is refused by its name, at its place, with what to write instead."""



from __future__ import annotations

import ast
import builtins
import sys

import pytest

from interp.language import parse
from interp.language.errors import SourceError
from interp.language.vocabulary import PYTHON_ONLY_NAMES, TOY_NAMES

NOT_TOY = "valid Python, but not part of this language"

# source, line and column, what is named, part of the hint
NOT_IN_TOY = [
    ("x = 1\nclass A:\n    pass", "2:1", "a class is", "lists, dicts and locks; a dict can hold"),
    ("x = lambda: 0", "1:5", "lambda is", "def"),
    ("lambda: 0", "1:1", "lambda is", "def"),
    ("sum(x for x in y)", "1:4", "a generator expression is", "Square brackets"),
    ("(x for x in y)", "1:1", "a generator expression is", "Square brackets"),
    ("a, *b = c", "1:4", "a starred target is", "items[1:]"),
    ("for a, *b in c: pass", "1:8", "a starred target is", "items[1:]"),
    ("[*a, 1]", "1:2", "a starred item is", "[first] + rest"),
    ("x = *a, 1", "1:5", "a starred item is", "[first] + rest"),
    ("f(1, *a)", "1:6", "a starred argument is", "one by one"),
    ("f(**a)", "1:3", "`**` in a call is", "one by one"),
    ("{**a}", "1:4", "`**` in a dict is", "update"),
    ("try: a\nexcept E as e: raise F from e", "2:16", "raise ... from is", "alone"),
    ("del a[1:2]", "1:5", "del of a slice is", "[]"),
    ("del b, (c, a[0][:])", "1:12", "del of a slice is", "[]"),
    ("a @ b", "1:1", "the operator `@` is", "loops"),
    ("a @= b", "1:1", "the operator `@` is", "loops"),
    ("x = ...", "1:5", "`...` is", "pass"),
    ("def f(): ...", "1:10", "`...` is", "pass"),
    ("@f\ndef g(): pass", "1:2", "a decorator is", "Call the function"),
    ("def f():\n    yield 1", "2:5", "yield, which makes a generator, is", "list"),
    ("def f():\n    x = yield", "2:9", "yield, which makes a generator, is", "list"),
    ("def f(): yield from x", "1:10", "yield, which makes a generator, is", "list"),
    ("{1, 2}", "1:1", "a set is", "dict"),
    ("{x for x in y}", "1:1", "a set comprehension is", "dict"),
    ("async def f(): pass", "1:1", "async is", "spawn"),
    ("async def f():\n    await x", "1:1", "async is", "spawn"),
    ("def f(): await x", "1:10", "await is", "join"),
    ("def f(): return [x async for x in y]", "1:30", "async is", "spawn"),
    ("import threading", "1:1", "import is", "without it. Write `sleep(1)`; it counts ticks"),
    ("from threading import Lock", "1:1", "import is", "sleep(1_000_000) is a second"),
    ("import sys, time", "1:1", "import is", "a tick stands for a microsecond"),
    ("from . import a", "1:1", "import is", "without it."),
    ("match x:\n    case 1: pass", "1:1", "match is", "if and elif"),
    ("def f():\n x = 1\n def g():\n  nonlocal x", "4:3", "nonlocal is", "Return"),
    ("if (n := 1): pass", "1:5", "the walrus operator `:=` is", "line of its own"),
    ("def f(a, *args): pass", "1:11", "`*args` is", "list"),
    ("def f(**options): pass", "1:9", "`**options` is", "dict"),
    ("def f(a, *, b): pass", "1:13", "a keyword-only parameter is", "position"),
    ("def f(a, /, b): pass", "1:7", "a positional-only parameter is", "`/`"),
    ("1j", "1:1", "a complex number is", "floats"),
    ("x = 1 + 2.5e3J", "1:9", "a complex number is", "floats"),
    ("b'x'", "1:1", "a bytes literal is", "str"),
    ("x = Rb'x' b'y'", "1:5", "a bytes literal is", "str"),
    ("with a as b: pass", "1:11", "with ... as is", "no name"),
    ("with (a as b, c): pass", "1:12", "with ... as is", "no name"),
    ("with open('x') as f: pass", "1:19", "with ... as is", "reads and writes no files"),
    ("try: a\nexcept* E: b", "1:1", "except* is", "except"),
    ("a[1:2, 3]", "1:3", "a slice among several indices is", "a[1:2][3]"),
    ("a[0]: int = 1", "1:1", "an annotation of anything but a name is", "out"),
    ("(a): int = 1", "1:2", "an annotation of anything but a name is", "out"),
    # In an f-string the place is the word behind which the rest is not Toy.
    ("x = f'é{(lambda: 0)}'", "1:10", "lambda is", "def"),
    ("x = f'{ {1} }'", "1:11", "a set is", "dict"),
    ("x = [1,\n  'é', {3}]", "2:8", "a set is", "dict"),
    # What has Toy's syntax.
    (
        "def f(a):\n    def g(): return a\n    return g()",
        "2:21",
        "a closure is",
        "add the parameter `a` to g",
    ),
    ("def f():\n  for i in x:\n    def g(n=i):\n      return [i for j in n]", "4:15", "a closure is", "`i`"),
    ("def f():\n  try: a\n  except E as e:\n    def g(): print(e)", "4:20", "a closure is", "`e`"),
    ("def f(a):\n  def g():\n    def h(): a += a[a]\n    x = a", "4:9", "a closure is", "`a`"),
    ("def f():\n  def g(n): return g(n)", "2:20", "a closure is", "Move `def g` out of f"),
    ("def f():\n  def g(): pass\n  def h(): g()", "3:12", "a closure is", "Move `def g` out of f"),
    ("def f(a):\n  def g():\n    return f'{a}'", "3:15", "a closure is", "add the parameter `a` to g"),
    ("eval('1')", "1:1", "the builtin `eval` is", ""),
    ("x = open('f')", "1:5", "the builtin `open` is", "print"),
    ("print(list(map(str, x)))", "1:12", "the builtin `map` is", "comprehension"),
    ("set()", "1:1", "the builtin `set` is", "dict"),
    ("def f(map): return map\nmap", "2:1", "the builtin `map` is", "comprehension"),
    ("[id for id in x]\nid(1)", "2:1", "the builtin `id` is", "a is b"),
    ("try: a\nexcept KeyboardInterrupt: b", "2:8", "the builtin `KeyboardInterrupt` is", "Ctrl-C"),
    ("__file__", "1:1", "the builtin `__file__` is", ""),
    ("x.__class__", "1:3", "the attribute `__class__` is", "methods"),
    ("queue.task_done()\nqueue = 1", "1:7", "the attribute `task_done` is", "The language page (docs/language.md in"),
    ("f.__code__", "1:3", "the attribute `__code__` is", "methods"),
    ("x.add(1)", "1:3", "the attribute `add` is", "methods"),
    ("t = 1\nt.result()", "2:3", "the attribute `result` is", "join() returns what the function returned"),
    ("executor.submit(f, 1)", "1:10", "the attribute `submit` is", "`spawn(f, x)` starts a task at once"),
    # What programs for Python's threads say.
    ("t.start()", "1:3", "the method `start` is", "no start() is needed"),
    ("for t in tasks: t.start()", "1:19", "the method `start` is", "no start() is needed"),
    ("time.sleep(1)", "1:1", "the module `time` is", "Write `sleep(1)`; it counts ticks"),
    ("def f():\n  x = time.time()", "2:7", "the module `time` is", "Write `clock()`"),
    ("time.tzset", "1:1", "the module `time` is", "`sleep(1)` and `clock()` are there"),
    ("lock = threading.Lock()", "1:8", "the module `threading` is", "Write `Lock()`"),
    ("q = queue.Queue(2)", "1:5", "the module `queue` is", "Write `Queue()`"),
    ("queue.put(1)", "1:1", "the module `queue` is", "queue = Queue()"),
    ("threading.Thread(target=f)", "1:1", "the module `threading` is", "`spawn(f, x)` starts a task at once"),
    ("t = Thread(target=f, args=(1,))", "1:5", "`Thread` is", "no start() is needed"),
    ("Thread(w)", "1:1", "`Thread` is", "`spawn(f, x)` starts a task at once"),
    ("multiprocessing.Process(target=f)", "1:1", "the module `multiprocessing` is", "`spawn(f, x)`"),
    ("Process(target=f)", "1:1", "`Process` is", "`spawn(f, x)`"),
    ("asyncio.run(f())", "1:1", "the module `asyncio` is", "spawn starts a task"),
    ("spawn(w, args=(1,))", "1:10", "the keyword argument `args` of spawn is", "function: spawn(w, 1)"),
    ("spawn(target=w)", "1:7", "the keyword argument `target` of spawn is", "spawn(f, 1)"),
    ("'a'.encode()", "1:5", "the attribute `encode` is", "methods"),
    ("x.args = 1", "1:1", "binding an attribute is", "dict"),
    ("a, x.args = 1, 2", "1:4", "binding an attribute is", "dict"),
    ("del x.args", "1:5", "binding an attribute is", "dict"),
    ("for x.args in y: pass", "1:5", "binding an attribute is", "dict"),
    ("x.args += 1", "1:1", "binding an attribute is", "dict"),
    ("def f(a): pass\nf(a=1)", "2:3", "keyword arguments are", "position"),
    ("x[0](a=1)", "1:6", "keyword arguments are", "position"),
    ("def print(end): pass\nprint(end=1)", "2:7", "keyword arguments are", "position"),
    ("print(1, file=2)", "1:10", "the keyword argument `file` of print is", "end, flush, sep"),
    ("sorted(x, key=len)", "1:11", "the keyword argument `key` of sorted is", "tuples"),
    ("x.sort(key=len)", "1:8", "the keyword argument `key` of sort is", "tuples"),
    ("min(x, key=len)", "1:8", "the keyword argument `key` of min is", "tuples"),
    ("lock.acquire(timeout=1)", "1:14", "the keyword argument `timeout` of acquire is", "blocking"),
    ("str(object=1)", "1:5", "the keyword argument `object` of str is", ""),
    ("print >> x, 1", "1:1", "print >> is", "print("),
    ("x: Lock = 1", "1:4", "an annotation other than a builtin type is", "list[int]"),
    ("x: 'int' = 1", "1:4", "an annotation other than a builtin type is", "list[int]"),
    ("def f(a: int, b: list[set]): pass", "1:23", "an annotation other than a builtin type is", "list[int]"),
    ("def f() -> int[str]: pass", "1:12", "an annotation other than a builtin type is", "list[int]"),
    ("x: None | None = 1", "1:4", "an annotation other than a builtin type is", "list[int]"),
    (
        "list = 1\nx: list[int] = 2",
        "2:4",
        "an annotation with `list`, which this program binds itself, is",
        "another",
    ),
]


@pytest.mark.parametrize(("source", "place", "named", "hint"), NOT_IN_TOY)
def test_what_is_not_in_toy_is_named(source: str, place: str, named: str, hint: str) -> None:
    ast.parse(source)
    with pytest.raises(SourceError) as caught:
        parse(source)
    error = caught.value
    assert f"{error.place.line}:{error.place.column}" == place
    assert error.message.startswith(f"{named} {NOT_TOY}")
    assert hint in error.hint


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("type X = int", "a type statement is"),
        ("def f[T](): pass", "a type parameter is"),
        ("f'{a[\"b\"]}' f'{a['b']}'", "an f-string with the same quotes inside as outside is"),
        ("f'{a\\\n}'", "f-string expression part cannot include a backslash"),
        ("f'{x:{y:{z}}}'", "f-string: expressions nested too deeply"),
    ],
)
def test_what_only_newer_versions_take_is_named(source: str, named: str) -> None:
    with pytest.raises(SourceError) as caught:
        parse(source)
    if sys.version_info >= (3, 12):
        assert caught.value.message.startswith(named)
    else:
        with pytest.raises(SyntaxError) as by_python:
            ast.parse(source)
        assert caught.value.message == by_python.value.msg


ALLOWED = [
    "def f():\n    def g(a): return a\n    return g(1)",
    "x = 1\ndef f():\n    def g(): return x\n    return g()",
    "def f():\n    global x\n    x = 1\n    def g(): return x\n    return g()",
    "def f(i):\n    def g(x): return [i for i in x]\n    return g",
    "def f(i):\n    def g(i): return i\n    return g(i)",
    "def f(a):\n    def g(b=a): return b\n    return g()",
    "def f(a): return [a + x for x in [a]]",
    "def f(a):\n    def g():\n        x: int = 1\n        a = x\n        return a",
    "def f(n): return f(n - 1)",
    "map = 1\nprint(map)\ndef f(): return map",
    "def f():\n    global map\n    map = 1\nf()\nprint(map)",
    "[id for id in [1]]",
    "for id in [1]: print(id)",
    "undefined",
    "__name__",
    "e.args; range(3).start; range(3).stop; x.step",
    "str.upper('a'); dict.fromkeys([1])",
    "print(1, sep='', end='', flush=True); sorted([1], reverse=True); enumerate(x, start=1); sum(x, start=1)",
    "min([], default=1); max([], default=1); int('f', base=16); round(1.5, ndigits=1); pow(2, 3, mod=5)",
    "x.sort(reverse=True); 'a'.split(sep='b', maxsplit=1); 'a'.splitlines(keepends=True); 'a'.expandtabs(tabsize=2)",
    "Queue(maxsize=1); Semaphore(value=1); lock.acquire(blocking=False); condition.notify(n=2); gate.release(n=2)",
    "x: int | None\ny: dict[str, list[tuple[int, float]]] = {}\nz: None = None",
    "def f(a: int, b: list[int] = [], c: bool | None | str = None) -> dict: return {}",
    "a[1:2] = []; a[1:2] += [1]; x = a[::2][1:]",
    "x >> 1; printer >> 2",
    "queue = Queue()\nqueue.put(1)\ntime = clock()\ntime.args",
    "def f(time, queue): return time\nThread = f\nThread(1, 2)",
    "def f():\n    global queue\n    queue = 1\nqueue",
    "x = [Process for Process in [1]]; {time: 1 for time, asyncio in x}",
    "def Thread(f): return spawn(f)\nThread(Thread)",
    "start = 1; range(3).start + 1; start()",
]


@pytest.mark.parametrize("source", ALLOWED)
def test_what_is_in_toy_is_taken(source: str) -> None:
    parse(source)


# The same words and place as CPython: these say where and what in every version from 3.11 to 3.13.
NOT_PYTHON = [
    ("return", "1:1", "'return' outside function"),
    ("x = 1\nbreak", "2:1", "'break' outside loop"),
    ("if x: continue", "1:7", "'continue' not properly in loop"),
    ("def f(a, a): pass", "1:10", "duplicate argument 'a' in function definition"),
    ("def f():\n  x = 1\n  global x", "3:3", "name 'x' is assigned to before global declaration"),
    ("def f():\n  print(x)\n  global x", "3:3", "name 'x' is used prior to global declaration"),
    ("def f(x):\n  global x", "2:3", "name 'x' is parameter and global"),
    ("def f():\n  global x\n  x: int = 1", "3:3", "annotated name 'x' can't be global"),
    ("f() = 1", "1:1", "cannot assign to function call here. Maybe you meant '==' instead of '='?"),
    ("x + 1 = 2", "1:1", "cannot assign to expression here. Maybe you meant '==' instead of '='?"),
    ("None = 1", "1:1", "cannot assign to None"),
    ("for 1 in x: pass", "1:5", "cannot assign to literal"),
    ("del f()", "1:5", "cannot delete function call"),
    ("(a, b) += 1", "1:1", "'tuple' is an illegal expression for augmented assignment"),
    ("if x = 1: pass", "1:4", "invalid syntax. Maybe you meant '==' or ':=' instead of '='?"),
    ("f(a=1, 2)", "1:9", "positional argument follows keyword argument"),
    ("f(a=1, a=2)", "1:8", "keyword argument repeated: a"),
    ("try: a\nexcept: b\nexcept E: c", "2:1", "default 'except:' must be last"),
    ("print 'hello'", "1:1", "Missing parentheses in call to 'print'. Did you mean print(...)?"),
    ("x = 0777", "1:5", "leading zeros in decimal integer literals are not permitted"),
    ("x = 'abc", "1:5", "unterminated string literal (detected at line 1)"),
    ("x = “a”", "1:5", "invalid character '“' (U+201C)"),
    ("x = (1, 2]", "1:10", "closing parenthesis ']' does not match opening parenthesis '('"),
    ("x = 1)", "1:6", "unmatched ')'"),
    ("a b", "1:3", "invalid syntax"),
    ("a ifb else c", "1:3", "invalid syntax"),
    ("x = 1 +", "1:8", "invalid syntax"),
    ("def f(a=1, b): pass", "1:12", ""),
    ("'\\xz'", "1:1", "(unicode error) 'unicodeescape' codec can't decode bytes in position 0-1"),
    ("f'{'", "1:3", "f-string: expecting '}'"),
    ("f'}'", "1:3", "f-string: single '}' is not allowed"),
    ("x = f'é{a b}'", "1:11", ""),
    ("f'''\n{a!x}'''", "2:3", "f-string: invalid conversion character"),
    ("f'{}'", "1:3", "f-string: "),
]


@pytest.mark.parametrize(("source", "place", "message"), NOT_PYTHON)
def test_what_is_no_python_is_refused_in_its_words(source: str, place: str, message: str) -> None:
    with pytest.raises(SyntaxError):
        compile(source, "<python>", "exec")
    with pytest.raises(SourceError) as caught:
        parse(source)
    assert f"{caught.value.place.line}:{caught.value.place.column}" == place
    assert caught.value.message.startswith(message)
    assert NOT_TOY not in caught.value.message


def test_of_two_refusals_the_first_in_the_text_is_shown() -> None:
    with pytest.raises(SourceError, match="a set is"):
        parse("x = {1}\nclass A: pass")
    with pytest.raises(SourceError, match="`open`"):
        parse("open('x').foo\nprint(file=1)")


@pytest.mark.parametrize(
    ("source", "place", "name", "hint"),
    [
        ("l.aquire()", "1:3", "aquire", "Did you mean `acquire`?"),
        ("x = 1\nx.appendd(1)", "2:3", "appendd", "Did you mean `append`?"),
        ("x.notifyall()", "1:3", "notifyall", "Did you mean `notify_all`?"),
        ("x.append.foo", "1:10", "foo", "The language page"),
        ("x._private", "1:3", "_private", "The language page"),
    ],
)
def test_an_attribute_that_nothing_has_is_not_called_python(source: str, place: str, name: str, hint: str) -> None:
    with pytest.raises(SourceError) as caught:
        parse(source)
    error = caught.value
    assert f"{error.place.line}:{error.place.column}" == place
    assert error.message == f"no value of this language has an attribute `{name}`"
    assert error.hint.startswith(hint)


def test_only_the_import_of_tasks_and_time_speaks_of_sleep() -> None:
    for source in ("import random", "from math import sqrt"):
        with pytest.raises(SourceError) as caught:
            parse(source)
        assert caught.value.hint == "Locks, queues, spawn and sleep are there without it."


def test_an_assignment_for_a_comparison_is_told_what_there_is() -> None:
    with pytest.raises(SourceError) as caught:
        parse("if x = 1:\n    pass")
    assert caught.value.message == "invalid syntax. Maybe you meant '==' or ':=' instead of '='?"
    assert caught.value.hint == "Compare with ==; this language has no :=."


def test_every_python_builtin_is_in_toy_or_refused_by_name() -> None:
    added_by_site = {"exit", "quit", "copyright", "credits", "license", "help"}
    hidden = {name for name in dir(builtins) if name.startswith("_") and not name.endswith("__")}
    known = TOY_NAMES | PYTHON_ONLY_NAMES | {"True", "False", "None"} | hidden
    assert set(dir(builtins)) - added_by_site <= known
    assert added_by_site <= PYTHON_ONLY_NAMES
