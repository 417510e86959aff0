"""Source in, listing out, for each construct; and what no listing of a small source can show.

A case is a source and its instructions, one a line: offset, opcode, and what the operand means. Below them
stands the exception table: `2..3 -> 7 [0]` sends an exception at the offsets 2 and 3 to 7 and keeps 0 values
of the stack.
"""

from __future__ import annotations

import contextlib
import dis
import io
import itertools
import sys
import threading
import warnings
from collections.abc import Iterator

import pytest

from interp.bytecode import instructions as op
from interp.bytecode.code import Code, ExceptionEntry, Instruction, Opcode
from interp.bytecode.compiler import compile_program
from interp.bytecode.disassembler import code_objects, format_listing, listing, listing_to_json, rows_of
from interp.bytecode.expressions import LARGEST_CODE
from interp.bytecode.flow import check_stack
from interp.language.errors import InterpFault, SourceError
from interp.language.parser import parse
from interp.language.syntax import PassStatement, Place, Program, TryStatement
from interp.scheduling.settings import Settings
from interp.scheduling.simulate import simulate


def compiled(source: str) -> Code:
    return compile_program(parse(source, "test.toy"), source, "test.toy")


def compact(source: str) -> str:
    lines = []
    for code in code_objects(compiled(source)):
        if code.name != "<module>":
            lines.append(f"{code.name}({', '.join(code.local_names[: code.parameter_count])}):")
        for row in rows_of(code):
            meaning = row.meaning or ("" if row.operand is None else row.operand)
            lines.append(f"{row.offset:>2} {row.opcode} {meaning}".rstrip())
        lines += (f"{e.start}..{e.end - 1} -> {e.target} [{e.depth}]" for e in code.exception_table)
    return "\n".join(lines) + "\n"


LISTINGS = {
    "an assignment": (
        """\
x = 1
""",
        """\
 0 RESUME
 1 LOAD_CONST 1
 2 STORE_NAME x
 3 LOAD_CONST None
 4 RETURN_VALUE
""",
    ),
    "a chained assignment": (
        """\
x = y = a
""",
        """\
 0 RESUME
 1 LOAD_NAME a
 2 COPY 1
 3 STORE_NAME x
 4 STORE_NAME y
 5 LOAD_CONST None
 6 RETURN_VALUE
""",
    ),
    "unpacking": (
        """\
a, [b, c[0]] = d
""",
        """\
 0 RESUME
 1 LOAD_NAME d
 2 UNPACK_SEQUENCE 2
 3 STORE_NAME a
 4 UNPACK_SEQUENCE 2
 5 STORE_NAME b
 6 LOAD_NAME c
 7 LOAD_CONST 0
 8 STORE_SUBSCR
 9 LOAD_CONST None
10 RETURN_VALUE
""",
    ),
    "a swap makes its tuple": (
        """\
a, b = b, a
""",
        """\
 0 RESUME
 1 LOAD_NAME b
 2 LOAD_NAME a
 3 BUILD_TUPLE 2
 4 UNPACK_SEQUENCE 2
 5 STORE_NAME a
 6 STORE_NAME b
 7 LOAD_CONST None
 8 RETURN_VALUE
""",
    ),
    "an augmented name": (
        """\
x += 1
""",
        """\
 0 RESUME
 1 LOAD_NAME x
 2 LOAD_CONST 1
 3 BINARY_OP +=
 4 STORE_NAME x
 5 LOAD_CONST None
 6 RETURN_VALUE
""",
    ),
    "an augmented item": (
        """\
a[i] *= 2
""",
        """\
 0 RESUME
 1 LOAD_NAME a
 2 LOAD_NAME i
 3 COPY 2
 4 COPY 2
 5 BINARY_SUBSCR
 6 LOAD_CONST 2
 7 BINARY_OP *=
 8 SWAP 3
 9 SWAP 2
10 STORE_SUBSCR
11 LOAD_CONST None
12 RETURN_VALUE
""",
    ),
    "an annotated assignment": (
        """\
x: int = 1
y: int
""",
        """\
 0 RESUME
 1 LOAD_CONST 1
 2 STORE_NAME x
 3 LOAD_CONST None
 4 RETURN_VALUE
""",
    ),
    "del": (
        """\
del x, a[0]
""",
        """\
 0 RESUME
 1 DELETE_NAME x
 2 LOAD_NAME a
 3 LOAD_CONST 0
 4 DELETE_SUBSCR
 5 LOAD_CONST None
 6 RETURN_VALUE
""",
    ),
    "operators": (
        """\
x = -a + b // ~c
""",
        """\
 0 RESUME
 1 LOAD_NAME a
 2 UNARY_NEGATIVE
 3 LOAD_NAME b
 4 LOAD_NAME c
 5 UNARY_INVERT
 6 BINARY_OP //
 7 BINARY_OP +
 8 STORE_NAME x
 9 LOAD_CONST None
10 RETURN_VALUE
""",
    ),
    "folded constants": (
        """\
x = -1, (2.5, ~3), 'a'
""",
        """\
 0 RESUME
 1 LOAD_CONST (-1, (2.5, -4), 'a')
 2 STORE_NAME x
 3 LOAD_CONST None
 4 RETURN_VALUE
""",
    ),
    "nothing else is folded": (
        """\
x = 24 * 60
""",
        """\
 0 RESUME
 1 LOAD_CONST 24
 2 LOAD_CONST 60
 3 BINARY_OP *
 4 STORE_NAME x
 5 LOAD_CONST None
 6 RETURN_VALUE
""",
    ),
    "not, is and in": (
        """\
x = not a is not b
y = c not in d
""",
        """\
 0 RESUME
 1 LOAD_NAME a
 2 LOAD_NAME b
 3 IS_OP not
 4 UNARY_NOT
 5 STORE_NAME x
 6 LOAD_NAME c
 7 LOAD_NAME d
 8 CONTAINS_OP not
 9 STORE_NAME y
10 LOAD_CONST None
11 RETURN_VALUE
""",
    ),
    "subscripts and slices": (
        """\
x = a[1][b:]
""",
        """\
 0 RESUME
 1 LOAD_NAME a
 2 LOAD_CONST 1
 3 BINARY_SUBSCR
 4 LOAD_NAME b
 5 LOAD_CONST None
 6 LOAD_CONST None
 7 BUILD_SLICE
 8 BINARY_SUBSCR
 9 STORE_NAME x
10 LOAD_CONST None
11 RETURN_VALUE
""",
    ),
    "and, or": (
        """\
x = a and b or c
""",
        """\
 0 RESUME
 1 LOAD_NAME a
 2 COPY 1
 3 POP_JUMP_IF_FALSE to 6
 4 POP_TOP
 5 LOAD_NAME b
 6 COPY 1
 7 POP_JUMP_IF_TRUE to 10
 8 POP_TOP
 9 LOAD_NAME c
10 STORE_NAME x
11 LOAD_CONST None
12 RETURN_VALUE
""",
    ),
    "a chained comparison": (
        """\
x = a < b <= c
""",
        """\
 0 RESUME
 1 LOAD_NAME a
 2 LOAD_NAME b
 3 SWAP 2
 4 COPY 2
 5 COMPARE_OP <
 6 COPY 1
 7 POP_JUMP_IF_FALSE to 12
 8 POP_TOP
 9 LOAD_NAME c
10 COMPARE_OP <=
11 JUMP_FORWARD to 14
12 SWAP 2
13 POP_TOP
14 STORE_NAME x
15 LOAD_CONST None
16 RETURN_VALUE
""",
    ),
    "a conditional expression": (
        """\
x = a if b else c
""",
        """\
 0 RESUME
 1 LOAD_NAME b
 2 POP_JUMP_IF_FALSE to 5
 3 LOAD_NAME a
 4 JUMP_FORWARD to 6
 5 LOAD_NAME c
 6 STORE_NAME x
 7 LOAD_CONST None
 8 RETURN_VALUE
""",
    ),
    "displays": (
        """\
x = [a, (b,), {c: d}]
""",
        """\
 0 RESUME
 1 LOAD_NAME a
 2 LOAD_NAME b
 3 BUILD_TUPLE 1
 4 LOAD_NAME c
 5 LOAD_NAME d
 6 BUILD_MAP 2
 7 BUILD_LIST 3
 8 STORE_NAME x
 9 LOAD_CONST None
10 RETURN_VALUE
""",
    ),
    "a call and a method": (
        """\
print(a.upper(), b)
""",
        """\
 0 RESUME
 1 LOAD_NAME print
 2 LOAD_NAME a
 3 LOAD_ATTR upper
 4 CALL 0
 5 LOAD_NAME b
 6 CALL 2
 7 POP_TOP
 8 LOAD_CONST None
 9 RETURN_VALUE
""",
    ),
    "keyword arguments": (
        """\
print(a, b, sep='', end=c)
""",
        """\
 0 RESUME
 1 LOAD_NAME print
 2 LOAD_NAME a
 3 LOAD_NAME b
 4 LOAD_CONST ''
 5 LOAD_NAME c
 6 LOAD_CONST ('sep', 'end')
 7 CALL_KW 4
 8 POP_TOP
 9 LOAD_CONST None
10 RETURN_VALUE
""",
    ),
    "an f-string": (
        """\
x = f'a{b}{c!r:>{d}}'
y = f'{a}'
""",
        """\
 0 RESUME
 1 LOAD_CONST 'a'
 2 LOAD_NAME b
 3 FORMAT_SIMPLE
 4 LOAD_NAME c
 5 CONVERT_VALUE repr
 6 LOAD_CONST '>'
 7 LOAD_NAME d
 8 FORMAT_SIMPLE
 9 BUILD_STRING 2
10 FORMAT_WITH_SPEC
11 BUILD_STRING 3
12 STORE_NAME x
13 LOAD_NAME a
14 FORMAT_SIMPLE
15 STORE_NAME y
16 LOAD_CONST None
17 RETURN_VALUE
""",
    ),
    "a list comprehension": (
        """\
x = [y + z for y in y if y]
""",
        """\
 0 RESUME
 1 LOAD_NAME y
 2 GET_ITER
 3 LOAD_FAST_AND_CLEAR y
 4 POP_TOP
 5 BUILD_LIST 0
 6 SWAP 2
 7 FOR_ITER to 16
 8 STORE_FAST y
 9 LOAD_FAST y
10 POP_JUMP_IF_FALSE to 15
11 LOAD_FAST y
12 LOAD_NAME z
13 BINARY_OP +
14 LIST_APPEND 2
15 JUMP_BACKWARD to 7
16 END_FOR
17 STORE_NAME x
18 LOAD_CONST None
19 RETURN_VALUE
""",
    ),
    "nested loops of a comprehension": (
        """\
x = {a: b for a in c for b in a}
""",
        """\
 0 RESUME
 1 LOAD_NAME c
 2 GET_ITER
 3 LOAD_FAST_AND_CLEAR a
 4 POP_TOP
 5 LOAD_FAST_AND_CLEAR b
 6 POP_TOP
 7 BUILD_MAP 0
 8 SWAP 2
 9 FOR_ITER to 21
10 STORE_FAST a
11 LOAD_FAST a
12 GET_ITER
13 FOR_ITER to 19
14 STORE_FAST b
15 LOAD_FAST a
16 LOAD_FAST b
17 MAP_ADD 3
18 JUMP_BACKWARD to 13
19 END_FOR
20 JUMP_BACKWARD to 9
21 END_FOR
22 STORE_NAME x
23 LOAD_CONST None
24 RETURN_VALUE
""",
    ),
    "if": (
        """\
if a:
    b
elif c:
    d
else:
    e
""",
        """\
 0 RESUME
 1 LOAD_NAME a
 2 POP_JUMP_IF_FALSE to 6
 3 LOAD_NAME b
 4 POP_TOP
 5 JUMP_FORWARD to 13
 6 LOAD_NAME c
 7 POP_JUMP_IF_FALSE to 11
 8 LOAD_NAME d
 9 POP_TOP
10 JUMP_FORWARD to 13
11 LOAD_NAME e
12 POP_TOP
13 LOAD_CONST None
14 RETURN_VALUE
""",
    ),
    "a condition leaves no value": (
        """\
if not (a and b) or c:
    d
""",
        """\
 0 RESUME
 1 LOAD_NAME a
 2 POP_JUMP_IF_FALSE to 7
 3 LOAD_NAME b
 4 POP_JUMP_IF_FALSE to 7
 5 LOAD_NAME c
 6 POP_JUMP_IF_FALSE to 9
 7 LOAD_NAME d
 8 POP_TOP
 9 LOAD_CONST None
10 RETURN_VALUE
""",
    ),
    "a chained comparison as a condition": (
        """\
if a < b < c:
    d
""",
        """\
 0 RESUME
 1 LOAD_NAME a
 2 LOAD_NAME b
 3 SWAP 2
 4 COPY 2
 5 COMPARE_OP <
 6 POP_JUMP_IF_FALSE to 11
 7 LOAD_NAME c
 8 COMPARE_OP <
 9 POP_JUMP_IF_FALSE to 15
10 JUMP_FORWARD to 13
11 POP_TOP
12 JUMP_FORWARD to 15
13 LOAD_NAME d
14 POP_TOP
15 LOAD_CONST None
16 RETURN_VALUE
""",
    ),
    "while": (
        """\
while a:
    b
else:
    c
""",
        """\
 0 RESUME
 1 LOAD_NAME a
 2 POP_JUMP_IF_FALSE to 6
 3 LOAD_NAME b
 4 POP_TOP
 5 JUMP_BACKWARD to 1
 6 LOAD_NAME c
 7 POP_TOP
 8 LOAD_CONST None
 9 RETURN_VALUE
""",
    ),
    "an endless loop": (
        """\
while True:
    if a: break
""",
        """\
 0 RESUME
 1 LOAD_NAME a
 2 POP_JUMP_IF_FALSE to 4
 3 JUMP_FORWARD to 5
 4 JUMP_BACKWARD to 1
 5 LOAD_CONST None
 6 RETURN_VALUE
""",
    ),
    "for, break and continue": (
        """\
for x in a:
    if b: continue
    break
else:
    c
""",
        """\
 0 RESUME
 1 LOAD_NAME a
 2 GET_ITER
 3 FOR_ITER to 10
 4 STORE_NAME x
 5 LOAD_NAME b
 6 POP_JUMP_IF_FALSE to 8
 7 JUMP_BACKWARD to 3
 8 POP_TOP
 9 JUMP_FORWARD to 13
10 END_FOR
11 LOAD_NAME c
12 POP_TOP
13 LOAD_CONST None
14 RETURN_VALUE
""",
    ),
    "pass and docstrings": (
        """\
'text'
pass
""",
        """\
 0 RESUME
 1 NOP
 2 LOAD_CONST None
 3 RETURN_VALUE
""",
    ),
    "assert": (
        """\
assert a, b
""",
        """\
 0 RESUME
 1 LOAD_NAME a
 2 POP_JUMP_IF_TRUE to 7
 3 LOAD_ASSERTION_ERROR
 4 LOAD_NAME b
 5 CALL 1
 6 RAISE_VARARGS 1
 7 LOAD_CONST None
 8 RETURN_VALUE
""",
    ),
    "raise": (
        """\
try:
    raise a
except:
    raise
""",
        """\
 0 RESUME
 1 NOP
 2 LOAD_NAME a
 3 RAISE_VARARGS 1
 4 PUSH_EXC_INFO
 5 POP_TOP
 6 RAISE_VARARGS 0
 7 COPY 2
 8 POP_EXCEPT
 9 RERAISE
2..3 -> 4 [0]
5..6 -> 7 [1]
""",
    ),
    "except": (
        """\
try:
    a
except (E, F) as e:
    b
else:
    c
""",
        """\
 0 RESUME
 1 NOP
 2 LOAD_NAME a
 3 POP_TOP
 4 LOAD_NAME c
 5 POP_TOP
 6 JUMP_FORWARD to 29
 7 PUSH_EXC_INFO
 8 LOAD_NAME E
 9 LOAD_NAME F
10 BUILD_TUPLE 2
11 CHECK_EXC_MATCH
12 POP_JUMP_IF_FALSE to 25
13 STORE_NAME e
14 LOAD_NAME b
15 POP_TOP
16 POP_EXCEPT
17 LOAD_CONST None
18 STORE_NAME e
19 DELETE_NAME e
20 JUMP_FORWARD to 29
21 LOAD_CONST None
22 STORE_NAME e
23 DELETE_NAME e
24 RERAISE
25 RERAISE
26 COPY 2
27 POP_EXCEPT
28 RERAISE
29 LOAD_CONST None
30 RETURN_VALUE
2..3 -> 7 [0]
8..13 -> 26 [1]
14..15 -> 21 [1]
21..25 -> 26 [1]
""",
    ),
    "finally": (
        """\
try:
    a
finally:
    b
""",
        """\
 0 RESUME
 1 NOP
 2 LOAD_NAME a
 3 POP_TOP
 4 LOAD_NAME b
 5 POP_TOP
 6 JUMP_FORWARD to 14
 7 PUSH_EXC_INFO
 8 LOAD_NAME b
 9 POP_TOP
10 RERAISE
11 COPY 2
12 POP_EXCEPT
13 RERAISE
14 LOAD_CONST None
15 RETURN_VALUE
2..3 -> 7 [0]
8..10 -> 11 [1]
""",
    ),
    "with": (
        """\
with a:
    b
""",
        """\
 0 RESUME
 1 LOAD_NAME a
 2 BEFORE_WITH
 3 POP_TOP
 4 LOAD_NAME b
 5 POP_TOP
 6 LOAD_CONST None
 7 LOAD_CONST None
 8 LOAD_CONST None
 9 CALL 3
10 POP_TOP
11 JUMP_FORWARD to 22
12 PUSH_EXC_INFO
13 WITH_EXCEPT_START
14 POP_JUMP_IF_TRUE to 19
15 RERAISE
16 COPY 2
17 POP_EXCEPT
18 RERAISE
19 POP_TOP
20 POP_EXCEPT
21 POP_TOP
22 LOAD_CONST None
23 RETURN_VALUE
4..5 -> 12 [1]
13..15 -> 16 [2]
""",
    ),
    "a function": (
        """\
def f(a, b=1, c=x):
    global d
    d = a + e
    g = b
""",
        """\
 0 RESUME
 1 LOAD_CONST 1
 2 LOAD_NAME x
 3 BUILD_TUPLE 2
 4 LOAD_CONST <code f, line 1>
 5 MAKE_FUNCTION
 6 STORE_NAME f
 7 LOAD_CONST None
 8 RETURN_VALUE
f(a, b, c):
 0 RESUME
 1 LOAD_FAST a
 2 LOAD_GLOBAL e
 3 BINARY_OP +
 4 STORE_GLOBAL d
 5 LOAD_FAST b
 6 STORE_FAST g
 7 LOAD_CONST None
 8 RETURN_VALUE
""",
    ),
    "leaving a loop, a with and a finally by return": (
        """\
def f(a):
    for x in a:
        with b:
            try:
                return x
            finally:
                c()
""",
        """\
 0 RESUME
 1 LOAD_CONST ()
 2 LOAD_CONST <code f, line 1>
 3 MAKE_FUNCTION
 4 STORE_NAME f
 5 LOAD_CONST None
 6 RETURN_VALUE
f(a):
 0 RESUME
 1 LOAD_FAST a
 2 GET_ITER
 3 FOR_ITER to 41
 4 STORE_FAST x
 5 LOAD_GLOBAL b
 6 BEFORE_WITH
 7 POP_TOP
 8 NOP
 9 LOAD_FAST x
10 LOAD_GLOBAL c
11 CALL 0
12 POP_TOP
13 SWAP 2
14 LOAD_CONST None
15 LOAD_CONST None
16 LOAD_CONST None
17 CALL 3
18 POP_TOP
19 SWAP 2
20 POP_TOP
21 RETURN_VALUE
22 PUSH_EXC_INFO
23 LOAD_GLOBAL c
24 CALL 0
25 POP_TOP
26 RERAISE
27 COPY 2
28 POP_EXCEPT
29 RERAISE
30 PUSH_EXC_INFO
31 WITH_EXCEPT_START
32 POP_JUMP_IF_TRUE to 37
33 RERAISE
34 COPY 2
35 POP_EXCEPT
36 RERAISE
37 POP_TOP
38 POP_EXCEPT
39 POP_TOP
40 JUMP_BACKWARD to 3
41 END_FOR
42 LOAD_CONST None
43 RETURN_VALUE
8..8 -> 30 [2]
9..9 -> 22 [2]
10..12 -> 30 [2]
22..22 -> 30 [2]
23..26 -> 27 [3]
27..29 -> 30 [2]
31..33 -> 34 [3]
""",
    ),
    "break in finally swallows": (
        """\
for x in a:
    try:
        b
    finally:
        break
""",
        """\
 0 RESUME
 1 LOAD_NAME a
 2 GET_ITER
 3 FOR_ITER to 15
 4 STORE_NAME x
 5 NOP
 6 LOAD_NAME b
 7 POP_TOP
 8 POP_TOP
 9 JUMP_FORWARD to 16
10 PUSH_EXC_INFO
11 POP_TOP
12 POP_EXCEPT
13 POP_TOP
14 JUMP_FORWARD to 16
15 END_FOR
16 LOAD_CONST None
17 RETURN_VALUE
6..7 -> 10 [1]
""",
    ),
    "nothing after return": (
        """\
def f():
    return 1
    x = 2
""",
        """\
 0 RESUME
 1 LOAD_CONST ()
 2 LOAD_CONST <code f, line 1>
 3 MAKE_FUNCTION
 4 STORE_NAME f
 5 LOAD_CONST None
 6 RETURN_VALUE
f():
 0 RESUME
 1 LOAD_CONST 1
 2 RETURN_VALUE
""",
    ),
}


@pytest.mark.parametrize(("source", "expected"), LISTINGS.values(), ids=LISTINGS)
def test_listing_of(source: str, expected: str) -> None:
    assert compact(source) == expected


# --- every way out of a `try`

BODY = ("pass", "raise ValueError('a')", "raise KeyError('k')", "return 'body'", "break", "continue")
HANDLER = ("pass", "raise", "raise TypeError('b')", "return 'handler'", "break", "continue")
FINAL = ("pass", "raise OSError('c')", "return 'final'", "break", "continue")

WAYS_OUT = """
def f{number}():
    for turn in range(2):
        print('turn', turn)
        with lock:
            try:
                try:
                    print('body')
                    {body}
                    print('end of body')
                except ValueError as e:
                    print('handler', e)
                    {handler}
                    print('end of handler')
                else:
                    print('else')
                finally:
                    print('final')
                    {final}
                    print('end of final')
            finally:
                print('outer final')
        print('after')
    else:
        print('loop ended')
    return 'end'

try:
    print(f{number}(), lock.locked())
except Exception as e:
    print(repr(e), lock.locked())
try:
    raise
except RuntimeError as e:
    print(e)
"""


@pytest.mark.parametrize("body", BODY)
def test_every_way_out_of_a_try_is_that_of_python(body: str) -> None:
    ways = itertools.product(HANDLER, FINAL)
    source = "lock = Lock()\n" + "".join(
        WAYS_OUT.format(number=number, body=body, handler=handler, final=final)
        for number, (handler, final) in enumerate(ways)
    )
    written = io.StringIO()
    with contextlib.redirect_stdout(written), warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        exec(compile(source, "test.toy", "exec"), {"Lock": threading.Lock})
    assert simulate(compiled(source), Settings()).output == written.getvalue()


# --- names and opcodes as CPython has them

STRAIGHT = (
    "x = a + b * -c",
    "x = a[b](c, d)[0].upper().lower",
    "a[b] = c[d] = e",
    "a[b] += c % d",
    "x += y",
    "x = (a,\n b, (c\n + d))",
    "x = [a, b]",
    "del x, a[b]",
    "x = a < b",
    "x = a is not b",
    "x = a in b",
    "x = not a",
    "(a\n .upper()\n .split(1)\n .sort)",
    "a, (b, c[0]) = d",
    "x = y = a",
    "raise a(b)",
    "if a:\n b",
    "if a and b:\n c",
    "if not a or b < c:\n d(e)",
    "x = 'é' + a[b]",
)

SAME_WORD = {"LOAD_METHOD": "LOAD_ATTR", "POP_JUMP_FORWARD_IF_FALSE": "POP_JUMP_IF_FALSE",
             "POP_JUMP_FORWARD_IF_TRUE": "POP_JUMP_IF_TRUE"}  # fmt: skip
CONDITIONAL_JUMPS = {"POP_JUMP_IF_FALSE", "POP_JUMP_IF_TRUE"}
LEFT_OUT = {"PRECALL", "PUSH_NULL", "TO_BOOL", "RESUME"}


def instructions_of_cpython(source: str) -> Iterator[tuple[str, Place | None]]:
    """Yield opcodes and places, without what CPython has for its own speed and without the final return.

    A conditional jump cannot fail; its place is nobody's concern and differs between versions.
    """
    lines = source.split("\n")

    def column(line: int, byte: int) -> int:
        return len(lines[line - 1].encode()[:byte].decode()) + 1

    for found in dis.get_instructions(compile(source, "test.toy", "exec")):
        where = found.positions
        if found.opname in LEFT_OUT or where is None or where.lineno is None:
            continue
        if found.opname in ("RETURN_VALUE", "RETURN_CONST") or (found.argval is None and found.opname == "LOAD_CONST"):
            continue
        assert where.end_lineno is not None
        assert where.col_offset is not None
        assert where.end_col_offset is not None
        name = SAME_WORD.get(found.opname, found.opname)
        start = column(where.lineno, where.col_offset)
        place = Place(where.lineno, start, where.end_lineno, column(where.end_lineno, where.end_col_offset))
        yield name, None if name in CONDITIONAL_JUMPS else place


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="CPython 3.14 has other opcodes for small ints and pairs")
@pytest.mark.parametrize("source", STRAIGHT)
def test_opcodes_and_places_are_those_of_cpython(source: str) -> None:
    ours = [
        (found.opcode.name, None if found.opcode.name in CONDITIONAL_JUMPS else found.place)
        for found in compiled(source).instructions
        if found.opcode not in (op.RESUME, op.RETURN_VALUE)
    ]
    if ours[-1][0] == "LOAD_CONST":
        ours.pop()
    assert ours == list(instructions_of_cpython(source))


def test_a_place_is_that_of_the_part_that_can_fail() -> None:
    (error, *_) = [found for found in compiled("x = a[i] + b\n").instructions if found.opcode is op.BINARY_SUBSCR]
    assert error.place == Place(1, 5, 1, 9)


# --- code objects


def function(source: str) -> Code:
    return list(code_objects(compiled(source)))[1]


def test_parameters_come_first_and_whatever_is_bound_is_local() -> None:
    code = function(
        "def f(a, b):\n"
        "    global g\n"
        "    g = c = 1\n"
        "    for d, [e, x[0]] in y: pass\n"
        "    try: pass\n"
        "    except E as h: h += 1\n"
        "    i: int\n"
        "    del j\n"
        "    def k(): l = 1\n"
        "    if c: m = [n for n in c]\n"
    )
    assert code.parameter_count == 2
    assert code.local_names == ("a", "b", "c", "d", "e", "h", "i", "j", "k", "m", "n")


def test_each_comprehension_has_variables_of_its_own() -> None:
    code = compiled("x = [i for i in [i for i in i]]\ny = {i: j for i in x for j in x}\n")
    assert code.local_names == ("i", "i", "i", "j")


def test_constants_are_merged_if_they_are_the_same_and_not_only_equal() -> None:
    code = compiled("x = 1, 1.0, True, (0.0,), (-0.0,), (0,)\ny = 1; z = 1.0; a = True; b = 0.0; c = -0.0; d = 1\n")
    assert [repr(constant) for constant in code.constants] == [
        "(1, 1.0, True, (0.0,), (-0.0,), (0,))", "1", "1.0", "True", "0.0", "-0.0", "None",
    ]  # fmt: skip


def test_two_functions_that_read_alike_are_two() -> None:
    code = compiled("def f(): pass\ndef f(): pass\n")
    assert [found.first_line for found in code_objects(code)] == [1, 1, 2]


def test_the_stack_is_as_deep_as_it_must_be() -> None:
    assert compiled("x = a + (b + (c + d))\n").stack_size == 4
    assert compiled("for x in a:\n    with b:\n        f(1, 2)\n").stack_size == 5


def test_long_chains_need_no_recursion_of_the_host() -> None:
    terms = compiled("x = " + " + ".join(["a"] * 1900) + "\n")
    assert terms.stack_size == 2
    assert compiled("x = a" + ".append(1)" * 900 + "\n").stack_size == 2


def test_a_function_of_absurd_size_is_refused() -> None:
    here = Place(1, 1, 1, 1)
    tree: PassStatement | TryStatement = PassStatement(here)
    for _ in range(30):
        tree = TryStatement(here, (PassStatement(here),), (), (), (tree,))
    with pytest.raises(SourceError, match=f"more than {LARGEST_CODE} instructions"):
        compile_program(Program(here, (tree,)), "pass\n", "test.toy")


# --- the check of the stack


def code_of(*pairs: tuple[Opcode, int]) -> list[Instruction]:
    return [Instruction(opcode, operand, Place(1, 1, 1, 1)) for opcode, operand in pairs]


BAD_CODE = {
    "takes 1 values of 0": (code_of((op.POP_TOP, 0)), ()),
    "the stack has 1 values on one path and 0 on another": (
        code_of((op.LOAD_CONST, 0), (op.POP_JUMP_IF_TRUE, 3), (op.LOAD_CONST, 0), (op.NOP, 0),
                (op.JUMP_BACKWARD, 3)), (),
    ),
    "there is no instruction": (code_of((op.NOP, 0)), ()),
    "JUMP_BACKWARD goes the wrong way": (code_of((op.JUMP_BACKWARD, 1), (op.JUMP_BACKWARD, 0)), ()),
    "JUMP_FORWARD goes the wrong way": (code_of((op.JUMP_FORWARD, 0)), ()),
    "nothing reaches": (code_of((op.JUMP_FORWARD, 2), (op.NOP, 0), (op.JUMP_BACKWARD, 2)), ()),
    "COPY reaches for place 2 of 1": (code_of((op.LOAD_CONST, 0), (op.COPY, 2), (op.RETURN_VALUE, 0)), ()),
    "an exception would keep 1 values of 0": (
        code_of((op.NOP, 0), (op.LOAD_CONST, 0), (op.RETURN_VALUE, 0)), (ExceptionEntry(0, 1, 1, 1),),
    ),
}  # fmt: skip


@pytest.mark.parametrize("problem", BAD_CODE)
def test_bad_code_is_refused(problem: str) -> None:
    instructions, table = BAD_CODE[problem]
    with pytest.raises(InterpFault, match=problem):
        check_stack("f", instructions, table)


# --- the listing

FUNCTION = """\
def double(x):
    return x * 2

try:
    print(double("a"))
except TypeError:
    pass
"""

EXPECTED_LISTING = """\
  1       0 RESUME
          1 LOAD_CONST               0 (())
          2 LOAD_CONST               1 (<code double, line 1>)
          3 MAKE_FUNCTION
          4 STORE_NAME               0 (double)

  4       5 NOP

  5       6 LOAD_NAME                1 (print)
          7 LOAD_NAME                0 (double)
          8 LOAD_CONST               2 ('a')
          9 CALL                     1
         10 CALL                     1
         11 POP_TOP
         12 JUMP_FORWARD            25 (to 25)

  6 >>   13 PUSH_EXC_INFO
         14 LOAD_NAME                2 (TypeError)
         15 CHECK_EXC_MATCH
         16 POP_JUMP_IF_FALSE       21 (to 21)
         17 POP_TOP

  7      18 NOP
         19 POP_EXCEPT
         20 JUMP_FORWARD            25 (to 25)

  6 >>   21 RERAISE
    >>   22 COPY                     2
         23 POP_EXCEPT
         24 RERAISE

  4 >>   25 LOAD_CONST               3 (None)
         26 RETURN_VALUE
ExceptionTable:
  6 to 11 -> 13 [0]
  14 to 18 -> 22 [1]
  21 to 21 -> 22 [1]

Disassembly of function double, line 1:
  1       0 RESUME

  2       1 LOAD_FAST                0 (x)
          2 LOAD_CONST               0 (2)
          3 BINARY_OP                4 (*)
          4 RETURN_VALUE
"""


def test_the_listing_looks_like_that_of_dis() -> None:
    assert format_listing(compiled(FUNCTION)) == EXPECTED_LISTING


def test_long_constants_are_cut_short() -> None:
    code = compiled(f"x = {'a' * 100!r}; y = 0x{'f' * 5000}; z = ({'1, ' * 100})\n")
    meanings = [row.meaning for row in rows_of(code) if row.opcode == "LOAD_CONST"]
    assert meanings[0] == repr("a" * 60) + "..."
    assert meanings[1] == "<int of 20000 bits>"
    assert meanings[2].startswith("(1, 1, 1,")
    assert meanings[2].endswith(", ...)")
    assert len(meanings[2]) < 250


def test_rows_and_json_say_the_same() -> None:
    code = compiled(FUNCTION)
    data = listing_to_json(code)
    (inner,) = data["functions"]
    rows = [*data["instructions"], *inner["instructions"]]
    assert [(row["line"], row["offset"], row["opcode"], row["sentence"]) for row in rows] == [
        (row.place.line, row.offset, row.opcode, row.sentence) for row in listing(code)
    ]
    assert (inner["name"], inner["first_line"], inner["parameter_count"]) == ("double", 1, 1)
    assert data["exception_table"] == [
        {"start": 6, "end": 12, "target": 13, "depth": 0},
        {"start": 14, "end": 19, "target": 22, "depth": 1},
        {"start": 21, "end": 22, "target": 22, "depth": 1},
    ]
