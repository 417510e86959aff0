"""Reading a program: the tree and its places are those of CPython, and no text of any size or depth goes wrong."""



from __future__ import annotations

import time
from pathlib import Path

import pytest

from interp.language import decode, parse, syntax
from interp.language.errors import SourceError
from interp.language.syntax import Place
from tests.as_python_tree import both_trees

BUNDLED = sorted((Path(__file__).parent.parent / "programs").rglob("*.toy"))

SNIPPETS = [
    "",
    "\n\n# only a comment",
    "x = 1",
    '"""A docstring."""\nx = y = 0  # twice\n',
    "a, b = b, a\n(a, [b, c]), d = 1, [2, 3]\n[a, b] = x\n() = []\na, = x\nx[0], y[1:2] = 1, 2",
    "x += 1; x -= 1; x *= 2; x /= 2; x //= 2; x %= 2; x **= 2\nx &= 1; x |= 1; x ^= 1; x <<= 1; x >>= 1;",
    "a[0] += 1\na[1:2] += [3]\na[i][j] = a[i, j] = 0",
    "del a, b[0], (c, [d])\ndel (a)\ndel a,",
    "if a: b\nelif c: d; e\nelif f:\n    g\nelse:\n    h;",
    "while a:\n    break\nelse: continue_ = 1\nfor i in range(3):\n    continue\nelse:\n    pass",
    "for i, (j, k) in x, y: pass\nfor a[0] in b: pass\nfor (i) in x: pass\nfor [i, j] in x: pass\nfor i, in x: pass",
    "def f(): pass\ndef g(a, b=2, c: int = (3), d: list[int] | None = None,) -> tuple[int, str]:\n    return a, b",
    "def f(a):\n    global b, c\n    b = c = a\n    return\n\n\n    # end\nf(1)",
    "def f():\n    def g(a): return a\n    return g(1) if g else (g)",
    "x: int\ny: list[int] = []\nz: dict[str, int | None] = {}\nt: tuple = 1, 2",
    "try: a\nexcept: b",
    "try:\n    a\nexcept E:\n    b\nexcept (E, F) as e:\n    raise\nexcept: raise E(1)\nelse:\n    c\nfinally:\n    d;",
    "try: a\nfinally: b",
    "assert a, 'no'\nassert (a)",
    "with a: b\nwith a, b: c\nwith (a): b\nwith (a, b): c\nwith (a, b,): c\nwith (a), b: c\nwith (a, b), c: d",
    "with ((a, b)): c\nwith (a)(b), c[0]:\n    d\nwith (): e\nwith (a,\n      b): c",
    "1_000; 0xFF; 0o17; 0b1_0; 1.; .5; 1e5; 1_0.5e-1_0; 00; 1e400; 0x_f; 10.e5; 123456789012345678901234567890",
    "True; False; None; ''; \"\"; 'a' \"b\" '''c\nd''' r'\\d' u'e' R'\\\\' '\\x41\\u00e9\\N{EM DASH}\\\n'",
    "'\\d'; '\"'; '''a'b''c'''; \"\"\"a\"b\"\"c\\\"\"\"\"; '\\''; '\\\\'",
    "[]; [a]; [a,]; [a, b]; (); (a); (a,); (a, b,); {}; {a: b}; {a: b, c: d,}; a, b; a,",
    "[x for x in y]; [x for x in y if a if b for z in x if c]; {a: b for a, b in c}; [(x) for (x) in (y)]",
    "[a if b else c for i, in d]; [x for x in a or b]; [[x for x in y] for y in z]",
    "a or b and not c or d; not not a; a if b else c if d else e; (a or b) or c; a and b and c; (a and b)",
    "a < b <= c != d is e is not f in g not in h == i >= j > k; (a < b) < c; not a in b",
    "a | b ^ c & d << e >> f + g - h * i / j // k % l ** m; -a ** -b; ~-+a; (a + b) * c; a - (b - c) - d; 2 ** 3 ** 4",
    "(-1); -1; - 1 + 2; (a).pop; (a)(b)[c]; ((a)); a.get.pop(d)(e)[f].args; [1].index(1); 'a'.join(b); 1 .conjugate",
    "f(); f(a); f(a,); print(a, end=1); print((a), sep=(c),); f(a)(b); f([a for a in b]); f((a, b))",
    "a[b]; a[b, c]; a[b,]; a[:]; a[b:]; a[:c]; a[b:c]; a[::]; a[b::d]; a[:c:d]; a[b:c:d]; a[(b, c)]; a[b:c:]",
    "match = case = type = _ = print_ = 1\nmatch[case] = type",
    'if __name__ == "__main__":\n    main()',
    "x = (1 +\n     2) * [3,\n  # a comment\n\n4][0]\ny = 1 \\\n  + 2\nif x: \\\n  y",
    "if a:\n\n  # less\n        # more\n    b\n\n# at the margin\n    c\nd",
    "if a:\n\tif b:\n\t\tc\n\td\n",
    "if a:\n  if b:\n      c\nelse:\n d\n   # last comment",
    "x = 1\n\x0cy = 2\nif x:\n\x0c  z\n  w",
    "größe = 'Äpfel' + naïve; 变量 = '变' if größe else \"é\" * 2; 𝐱 = x",
    "f'{a}'; f'a{b}c{d!r}e{f:>10}g'; f'{a!s:{b}.{c}}'; f''; f'a'; F\"{a}\"; rf'\\d{a}\\{b}'; fR'{a}'",
    "f'{{}}{{{a}}}'; f'{a}' 'b{c}' f'{d}' r'\\e' 'f'; 'a' f'b' 'c'; f'\\x41{a}\\N{EM DASH}{b}\\\n{c}'; f'\\{a}'",
    "f'{a=}'; f'x{ a = }y'; f'{a=!s}'; f'{a=:>5}'; f'{a = !r:^{b}}'; f'{a+b=}'; f'{f(a, b)=}'; f'{a[\"b\"]=}'",
    "f'{a!=b}'; f'{a==b}'; f'{a<=b}{a>=b}{a<b}{a>b}'; f'{a!=b!r}{a==b=}{a<b=:>5}'",
    "f'{a, b}'; f'{ {1: 2}[1] }'; f'{[x for x in y]}'; f'{a if b else c}'; f'{\"b\"}'; f'{f\"{a}\"}'; f'{a:{b}{c}d}'",
    "f'{(a)}'; f'''{\na\n+ b}'''; f'''a\n{b}\n  {c:\n}'''; f\"\"\"{d!r}\"{e}\"\"\"; f'{a:}'; f'{a=:}'; f'{x:=5}'",
    "f'{a[1:2]}'; f'{a.sort(reverse=1)}'; f'{-a}'; f'{not a}'; f'{1_000:,}'; f'é{a}ü{b}'; f'{\"é\"}{a}'; 'é' f'{a}'",
    "x = 1if a else 2\nif 1or 2: pass",
    "print(1, 2, sep='', end=\"\\n\", flush=True); sorted(x, reverse=True); a.sort(reverse=True); a.split(maxsplit=1)",
]


@pytest.mark.parametrize("source", SNIPPETS)
def test_the_tree_and_its_places_are_those_of_cpython(source: str) -> None:
    ours, theirs = both_trees(parse(source), source)
    assert ours == theirs


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: path.name)
def test_the_trees_of_the_bundled_programs_are_those_of_cpython(path: Path) -> None:
    source = decode(path.read_bytes(), path.name)
    ours, theirs = both_trees(parse(source), source)
    assert ours == theirs


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
@pytest.mark.parametrize("source", [source for source in SNIPPETS if "\n" in source][:12])
def test_all_line_ends_mean_the_same(source: str, ending: str) -> None:
    assert parse(source.replace("\n", ending)) == parse(source)


def only_expression(source: str) -> syntax.Expression:
    statement = parse(source).body[-1]
    assert isinstance(statement, syntax.ExpressionStatement)
    return statement.value


def test_places_within_an_fstring_are_true_ones() -> None:
    string = only_expression("x = 1\n(\n  'é' f'''a\n {  größe + 1 !r:>{ breite }}''')")
    assert isinstance(string, syntax.FormattedString)
    assert string.place == Place(3, 3, 4, 33)
    text, value = string.parts
    assert isinstance(text, syntax.Constant)
    assert text.value == "éa\n "
    assert isinstance(value, syntax.FormattedValue)
    assert value.place == Place(4, 2, 4, 30)
    assert value.value.place == Place(4, 5, 4, 14)
    assert value.specification is not None
    assert value.specification.place == Place(4, 18, 4, 29)
    inner = value.specification.parts[1]
    assert isinstance(inner, syntax.FormattedValue)
    assert inner.value == syntax.Name(Place(4, 21, 4, 27), "breite")


def test_a_sign_stays_an_operation() -> None:
    value = only_expression("-1")
    assert isinstance(value, syntax.UnaryOperation)
    assert value.operator == "-"
    assert value.operand == syntax.Constant(Place(1, 2, 1, 3), 1)


def test_a_chain_of_elif_is_one_list() -> None:
    statement = parse("if a: pass\n" + "elif b: pass\n" * 400 + "else: pass").body[0]
    assert isinstance(statement, syntax.IfStatement)
    assert len(statement.branches) == 401


def test_the_tree_keeps_plain_values_only() -> None:
    """No word of Lark's, which carries its position, is left in the tree."""
    source = "\n".join(SNIPPETS[3:6]) + "\nx = f'{a!r}' < b not in c\ndef f(a=1): return -a.sort(reverse=1)"
    for node in syntax.walk(parse(source)):
        for name in ("name", "operator", "value", "conversion"):
            text = getattr(node, name, None)
            assert not isinstance(text, str) or type(text) is str
        for text in getattr(node, "operators", ()):
            assert type(text) is str


def test_a_name_has_one_spelling() -> None:
    """Python normalises names (NFKC), so that these two are the same variable."""
    assert isinstance(only_expression("ﬁ"), syntax.Name)
    assert only_expression("ﬁ").name == "fi"  # type: ignore[attr-defined]


# --- any text -------------------------------------------------------------------------------------------------------

ANY_TEXT = {
    "10,000 brackets": ("(" * 10_000 + "1" + ")" * 10_000, "brackets nested more than 150 deep"),
    "10,000 lists": ("[" * 10_000 + "]" * 10_000, "brackets nested more than 150 deep"),
    "140 lists": ("[" * 140 + "]" * 140, ""),
    "brackets never closed": ("(" * 1_000_000, "brackets nested more than 150 deep"),
    "few brackets never closed": ("x = (1,", "'(' was never closed"),
    "a long string": ("x = '" + "a" * 1_000_000 + "'", ""),
    "a long name": ("a" * 1_000_000, ""),
    "a long sum": ("x = " + "1+" * 500_000 + "1", "more than 50,000 words and symbols"),
    "a long list": ("x = [" + "1, " * 330_000 + "]", "more than 50,000 words and symbols"),
    "10,000 items": ("x = [" + "1, " * 10_000 + "]", ""),
    "a sum": ("+".join(["a"] * 2_000), ""),
    "too long a sum": ("+".join(["a"] * 10_000), "a chain of more than 2,000 operators"),
    "a chain of attributes": ("a" + ".pop" * 1_999, ""),
    "too many finally inside one another": (
        "".join("    " * i + "try:\n" + "    " * (i + 1) + "pass\n" + "    " * i + "finally:\n" for i in range(12))
        + "    " * 12
        + "pass\n",
        "more than 8 finally inside one another",
    ),
    "too long a chain of attributes": ("a" + ".b" * 20_000, "a chain of more than 2,000 operators"),
    "20,000 minus signs": ("-" * 20_000 + "1", "this is nested more than 150 deep"),
    "100,000 minus signs": ("-" * 100_000 + "1", "more than 50,000 words and symbols"),
    "145 minus signs": ("-" * 145 + "1", ""),
    "many powers": ("2**" * 10_000 + "1", "this is nested more than 150 deep"),
    "5,000 elif": ("if a: pass\n" + "elif a: pass\n" * 5_000, "an if with more than 500 branches"),
    "99 indentations": ("".join(" " * i + "if a:\n" for i in range(99)) + " " * 99 + "pass", ""),
    "100 indentations": (
        "".join(" " * i + "if a:\n" for i in range(100)) + " " * 100 + "pass",
        "too many levels of indentation",
    ),
    "200 indentations": ("".join(" " * i + "if a:\n" for i in range(200)) + " " * 200 + "pass", "nested more than 150"),
    "an ended line at the end": ("x = 1 \\", "unexpected EOF"),
    "quotes never closed": ("x = '", "unterminated string literal"),
    "long quotes never closed": ("x = '''\n" + "a\n" * 9, "unterminated triple-quoted string literal"),
    "a million newlines": ("\n" * 1_000_000 + "x", ""),
    "a million blanks": (" " * 1_000_000 + "x", "unexpected indent"),
    "a million backslashes": ("\\" * 1_000_000, "unexpected character after line continuation"),
    "a million digits": ("9" * 1_000_000, "4300 digits"),
    "a million hexadecimal digits": ("0x" + "f" * 1_000_000, ""),
    "an f-string of a million braces": ("f'" + "{" * 1_000_000 + "'", "an f-string of more than 100,000"),
    "an f-string of many expressions": ("f'" + "{a}" * 30_000 + "'", "more than 5,000 expressions in f-strings"),
    "an f-string of deep expressions": ("f'{" + "-" * 200 + "1}'", "this is nested more than 150 deep"),
    "an indented first line": ("  x = 1", "unexpected indent"),
    "an unfitting dedent": ("if a:\n    b\n  c", "unindent does not match any outer indentation level"),
    "tabs and blanks": ("if a:\n\tb\n        c", "inconsistent use of tabs and spaces in indentation"),
    "no block": ("if a:\nb", "expected an indented block after 'if' statement on line 1"),
    "a null": ("x = 1\0", "source code cannot contain null bytes"),
    "half a character": ("x = '\ud800'", "U+D800 is a surrogate"),
    "an escape sequence": ("\x1b[31mx = 1", "invalid non-printable character U+001B"),
}  # fmt: skip


@pytest.mark.parametrize("name", ANY_TEXT)
def test_a_text_of_any_size_or_depth_is_read_or_refused(name: str) -> None:
    source, expected = ANY_TEXT[name]
    parse("")
    started = time.process_time()
    if expected:
        with pytest.raises(SourceError) as caught:
            parse(source)
        assert expected in caught.value.message
        assert len(str(caught.value)) < 2_000
    else:
        parse(source)
    assert time.process_time() - started < 5


def test_the_bounds_do_not_depend_on_how_deep_the_host_is() -> None:
    """Whoever calls `parse` from deep inside of something gets the same answer."""

    def descend(levels: int) -> syntax.Program:
        return descend(levels - 1) if levels else parse("+".join(["a"] * 2_000))

    assert len(descend(200).body) == 1


# --- bytes ----------------------------------------------------------------------------------------------------------


def test_a_file_is_utf8_with_or_without_a_byte_order_mark() -> None:
    assert decode("x = 'é'".encode(), "a.toy") == decode("\ufeffx = 'é'".encode(), "a.toy") == "x = 'é'"
    assert decode(b"# -*- coding: UTF-8 -*-\n", "a.toy").startswith("#")


@pytest.mark.parametrize(
    ("data", "line", "column", "message"),
    [
        (b"x = 1\n\xff", 2, 1, "the byte 0xff is not UTF-8"),
        ("é = 1\ré".encode() + b"\xe9!", 2, 2, "the byte 0xe9 is not UTF-8"),
        ("x".encode("utf-16"), 1, 1, "the byte 0xff is not UTF-8"),
        (b"x = 1\r\ny\0", 2, 2, "source code cannot contain null bytes"),
        (b"\n# coding: latin-1\n", 2, 1, "a Toy program is UTF-8, and this line says otherwise"),
        (b"# coding: nonsense\n", 1, 1, "a Toy program is UTF-8, and this line says otherwise"),
    ],
)
def test_other_bytes_are_refused_with_their_place(data: bytes, line: int, column: int, message: str) -> None:
    with pytest.raises(SourceError, match=message) as caught:
        decode(data, "a.toy")
    assert (caught.value.place.line, caught.value.place.column) == (line, column)


# --- what a refusal looks like ----------------------------------------------------------------------------------------


def refusal(source: str, filename: str = "bank.toy") -> str:
    with pytest.raises(SourceError) as caught:
        parse(source, filename)
    return str(caught.value)


def test_a_refusal_shows_place_line_carets_and_hint() -> None:
    assert refusal("x = 1\nclass Account:\n    pass\n") == (
        "bank.toy:2:1: a class is valid Python, but not part of this language\n"
        "    2 | class Account:\n"
        "      | ^^^^^^^^^^^^^^\n"
        "  The language has functions, lists, dicts and locks; a dict can hold an object's fields."
    )


def test_carets_stand_below_their_columns() -> None:
    _, line, carets, _ = refusal("x = '变量' + {1}\n").splitlines()
    assert line == "    1 | x = '变量' + {1}"
    assert carets == "      |              ^^^"
    _, line, carets, _ = refusal("if x:\n\ty = {1}\n").splitlines()
    assert line == "    2 |         y = {1}"
    assert carets == "      |             ^^^"
    _, line, carets, _ = refusal("e\u0301 = {1}\n").splitlines()
    assert carets == "      |     ^^^"


def test_a_long_line_is_cut_around_the_place() -> None:
    _, line, carets, _ = refusal("x = [" + "1, " * 200 + "{5}, " + "2, " * 200 + "]").splitlines()
    assert line.startswith("    1 | ...")
    assert line.endswith("...")
    assert len(line) < 180
    assert line[carets.index("^") : carets.index("^") + 3] == "{5}"


def test_nothing_in_a_refusal_commands_the_terminal() -> None:
    text = refusal("x = '\x1b[2J\u202e' + {1}", "a\x1b[31m\n.toy")
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert text.startswith("a\\x1b[31m\\n.toy:1:")
    assert text.splitlines()[1] == "    1 | x = '\\x1b[2J\\u202e' + {1}"
    assert text.splitlines()[2] == "      | " + " " * 22 + "^^^"
