"""Fragments of programs, each aimed at one corner that random statements seldom reach.

A fragment gets the writer, for expressions, and a number that makes its names its own. It catches what it
raises.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.generator_parts.kinds import BOOL, FLOAT, INT, SMALL, STR, dict_of, list_of, tuple_of

if TYPE_CHECKING:
    from tests.generator_parts.statements import Statements

Fragment = Callable[["Statements", str], list[str]]


FAILING = ["1 / p", "[1][p]", "{}[p]", "int(p)", "p.pop()", "p + 1"]
AFTERWARDS = ["raise", "raise e", "raise ValueError(e.args)", "return 0", "pass"]
CAUGHT = ["ZeroDivisionError", "LookupError", "ValueError", "(TypeError, AttributeError)", "KeyError"]
PERCENTS = [
    "%d",
    "%s",
    "%x",
    "%c",
    "%5.1f",
    "%r",
    "%i %i",
    "%",
    "%z",
    "%%",
    "%(k)s",
    "%*d",
    "%-5s!",
    "%+d",
    "%o",
    "%e",
    "%.3s",
    "%05d",
    "% x",
    "%#x",
    "%s %s",
]
BRACES = [
    "{}",
    "{0}",
    "{1}",
    "{} {}",
    "{0} {}",
    "{x}",
    "{:d}",
    "{!r:>9}",
    "{0[0]}",
    "{0[k]}",
    "{",
    "}",
    "{{}}",
    "{:>{}}",
    "{:{}}",
    "{!x}",
    "{:.2f}",
    "{0!s}{0!r}",
]


def caught(*body: str) -> list[str]:
    """Return `body` in a `try` that shows what was raised."""
    return ["try:", *("    " + line for line in body), "except Exception as e:", "    print(repr(e), e.args)"]


def attempt(writer: Statements, text: str) -> list[str]:
    """Return a `try` that prints the expression `text`."""
    return caught(f"print({text})")


def changed_while_iterating(writer: Statements, n: str) -> list[str]:
    view = writer.choose.pick(["", ".keys()", ".values()", ".items()"])
    change = writer.choose.pick(
        [
            f"d{n}[t] = 1",
            f"d{n}[0] = 1",
            f"del d{n}[2]",
            f"d{n}.pop(2, 0)",
            f"d{n}.clear()",
            f"d{n}.update({{5: 6}})",
        ]
    )
    return [
        f"d{n} = {{1: 2, 2: 3, 3: 4}}",
        *caught(f"for t in d{n}{view}:", f"    print(t, len(d{n}))", f"    {change}"),
        f"print(d{n})",
    ]


def changed_list_while_iterating(writer: Statements, n: str) -> list[str]:
    change = writer.choose.pick(
        [
            f"l{n}.pop()",
            f"l{n}.pop(0)",
            f"l{n}.clear()",
            f"l{n}.remove(t)",
            f"l{n}.reverse()",
            f"l{n}.insert(0, t) if len(l{n}) < 7 else None",
        ]
    )
    way = writer.choose.pick([f"l{n}", f"reversed(l{n})", f"enumerate(l{n})", f"zip(l{n}, l{n})", f"l{n}[:]"])
    return [
        f"l{n} = {writer.literal(list_of(INT)).text}",
        *caught(f"for t in {way}:", f"    print(t, l{n})", f"    {change}"),
        f"print(l{n})",
    ]


def contains_itself(writer: Statements, n: str) -> list[str]:
    return writer.choose.pick(
        [
            [
                f"l{n} = [1]",
                f"l{n}.append(l{n})",
                f"print(l{n}, repr(l{n}), str([l{n}]), len(l{n}))",
                f"print(l{n}[1][1][1] is l{n})",
            ],
            [f"d{n} = {{'a': 1}}", f"d{n}['self'] = d{n}", f"print(d{n}, [d{n}])"],
            [f"l{n} = []", f"t{n} = (l{n}, 2)", f"l{n}.append(t{n})", f"print(t{n}, l{n})"],
            [
                f"l{n} = [[]] * 3",
                f"l{n}[0].append({writer.expression(INT, 1).text})",
                f"print(l{n}, l{n}[0] is l{n}[2])",
            ],
        ]
    )


def unpacking_mismatch(writer: Statements, n: str) -> list[str]:
    targets = writer.choose.pick([f"p{n}, q{n}", f"p{n}, (q{n}, r{n})", f"[p{n}]", f"p{n}, q{n}, r{n}"])
    value = writer.choose.pick(
        [
            "1",
            "None",
            "(1,)",
            "[1, 2, 3]",
            '"ab"',
            '"abc"',
            "range(4)",
            "{1: 2}",
            "(1, 2)",
            "(1, (2, 3))",
            "(1, 2, 3, 4)",
            "[]",
            "1.5",
            "zip([1], [2])",
            "(1, 5)",
        ]
    )
    return caught(f"{targets} = {value}", f'print("unpacked", p{n})')


def wrong_calls(writer: Statements, n: str) -> list[str]:
    parameters = writer.choose.pick(["", "p", "p, q", "p, q=2", "p=1", "p, q, r", "p, q, r, s"])
    arguments = writer.choose.pick(["", "1", "1, 2", "1, 2, 3", "1, 2, 3, 4, 5", '"x"'])
    return [
        f"def f{n}({parameters}):",
        f"    return {[p.split('=')[0] for p in parameters.split(', ') if p] or 0}".replace("'", ""),
        *attempt(writer, f"f{n}({arguments})"),
    ]


def wrong_nested_call(writer: Statements, n: str) -> list[str]:
    return [
        f"def f{n}():",
        "    def inner(p, q=1):",
        "        return p + q",
        f"    return inner({writer.choose.pick(['', '1', '1, 2', '1, 2, 3', '[]'])})",
        *attempt(writer, f"f{n}()"),
    ]


def not_callable(writer: Statements, n: str) -> list[str]:
    return [
        f"v{n} = {writer.anything(1).text}",
        *attempt(writer, f"v{n}({writer.choose.pick(['', '1', '1, 2'])})"),
    ]


def unbound_local(writer: Statements, n: str) -> list[str]:
    body = writer.choose.pick(
        [
            [f"g{n} += 1"],
            [f"print(g{n})", f"g{n} = 2"],
            ["if False:", f"    g{n} = 1", f"return g{n}"],
            [f"del g{n}"],
            ["for u in []:", "    pass", "return u"],
            ["e = 1", "try:", "    1 / 0", "except ZeroDivisionError as e:", "    pass", "return e"],
            [f"g{n} = 1", f"del g{n}", f"return g{n}"],
            [f"g{n}: int", f"return g{n}"],
        ]
    )
    return [f"g{n} = 5", f"def f{n}():", *("    " + line for line in body), *attempt(writer, f"f{n}(), g{n}")]


def undefined(writer: Statements, n: str) -> list[str]:
    body = writer.choose.pick(
        [
            f"print(nowhere{n})",
            f"nowhere{n} += 1",
            f"del nowhere{n}",
            f"nowhere{n}[0] = 1",
            f"x{n} = 1; del x{n}; print(x{n})",
            f"nowhere{n}()",
        ]
    )
    return caught(body)


def raised_again(writer: Statements, n: str) -> list[str]:
    return [
        f"def f{n}(p):",
        "    try:",
        "        try:",
        f"            return {writer.choose.pick(FAILING)}",
        f"        except {writer.choose.pick(CAUGHT)} as e:",
        '            print("first", repr(e))',
        f"            {writer.choose.pick(AFTERWARDS)}",
        "        finally:",
        '            print("inner")',
        f"    {writer.choose.pick(['except Exception', 'except LookupError', 'except TypeError'])}:",
        f"        {writer.choose.pick(['raise', 'return 1', 'raise KeyError(p)'])}",
        "    finally:",
        f"        {writer.choose.pick(['print(2)', 'return 3', 'pass'])}",
        *attempt(
            writer,
            f"f{n}({writer.choose.pick(['0', '1', chr(34) + 'x' + chr(34), '[]', 'None', '5', '{}'])})",
        ),
    ]


def leaving_loops_through_finally(writer: Statements, n: str) -> list[str]:
    leave = [
        writer.choose.pick(["break", "continue", "pass", "t / 0", "return t", "raise KeyError(t)"])
        for _ in range(3)
    ]
    return [
        f"def f{n}():",
        f"    for t in range({writer.choose.between(1, 4)}):",
        "        try:",
        "            print(t)",
        f"            if t == {writer.choose.between(0, 2)}:",
        f"                {leave[0]}",
        "        except KeyError:",
        f"            {leave[1]}",
        "        else:",
        '            print("else")',
        "        finally:",
        '            print("finally", t)',
        f"            if t == {writer.choose.between(0, 3)}:",
        f"                {leave[2]}",
        "    else:",
        '        print("loop else")',
        f"    return {writer.expression(INT, 1).text}" if not writer.scope.outer else "    return 9",
        *attempt(writer, f"f{n}()"),
    ]


def nothing_to_raise(writer: Statements, n: str) -> list[str]:
    return caught(
        writer.choose.pick(
            [
                "raise",
                "raise 1",
                'raise "text"',
                "raise int",
                "raise None",
                "raise ValueError",
                "raise KeyError()",
                "raise [ValueError]",
            ]
        )
    )


def wrong_handler(writer: Statements, n: str) -> list[str]:
    wrong = writer.choose.pick(
        [
            "1",
            "int",
            "(ValueError, 3)",
            "None",
            '"x"',
            "[ValueError]",
            "((LookupError, (TypeError,)), ZeroDivisionError)",
        ]
    )
    return caught("try:", "    1 // 0", f"except {wrong}:", '    print("matched")')


def exceptions_as_values(writer: Statements, n: str) -> list[str]:
    kind = writer.choose.pick(
        [
            "ValueError",
            "KeyError",
            "OSError",
            "IndexError",
            "Exception",
            "StopIteration",
            "UnicodeError",
            "TimeoutError",
            "MemoryError",
        ]
    )
    inside = writer.choose.pick(
        ["", '"x"', '"x", 2', "[1]", "None", "('a',)", "KeyError(1)", "3, 4, 5", "''"]
    )
    return [
        f"v{n} = {kind}({inside})",
        f"print(v{n}.args, repr(v{n}), str(v{n}), [v{n}], f'{{v{n}!s:>8}}')",
        *caught(f"raise v{n}"),
        f"print(v{n} is v{n}, isinstance(v{n}, (LookupError, OSError)), v{n} == {kind}({inside}))",
    ]


def the_name_of_a_handler_ends(writer: Statements, n: str) -> list[str]:
    return [
        f"v{n} = 1",
        "try:",
        f"    v{n} // 0",
        f"except ArithmeticError as v{n}:",
        f"    print(repr(v{n}))",
        *attempt(writer, f"v{n}"),
    ]


def shared_default(writer: Statements, n: str) -> list[str]:
    return [
        f"def f{n}(p, q={writer.choose.pick(['[]', '[0]'])}):",
        "    q.append(p)",
        "    return q",
        f"print(f{n}(1), f{n}(2), f{n}(3, [9]))",
    ]


def wrong_operators(writer: Statements, n: str) -> list[str]:
    operator = writer.choose.pick(
        [
            "+",
            "-",
            "*",
            "/",
            "//",
            "%",
            "**",
            "&",
            "|",
            "^",
            "<<",
            ">>",
            "<",
            "<=",
            ">",
            ">=",
            "in",
            "not in",
            "==",
            "is",
        ]
    )
    if operator in ("**", "<<", ">>", "*", "%"):
        left, right = (
            writer.choose.pick(["2", "2.5", "'a'", "[1]", "None", "{}", "True", "(1,)", "-8"]),
            writer.choose.pick(["-1", "0.5", "'b'", "[2]", "None", "3", "{}", "1.5", "0", "True"]),
        )
        if left == "-8" and right in ("0.5", "1.5"):
            right = "-3"
    else:
        left, right = (writer.anything(1).at(6) for _ in range(2))
        if operator == "is":
            right = "None"
    return attempt(writer, f"{left} {operator} {right}")


def wrong_augmented(writer: Statements, n: str) -> list[str]:
    operator = writer.choose.pick(["+=", "-=", "*=", "/=", "//=", "%=", "&=", "|=", "^=", ">>=", "**="])
    right = writer.choose.pick(["2", "1.5", "'b'", "[2]", "None", "{1: 2}", "(3,)", "range(2)", "True"])
    if operator in ("*=", "**="):
        right = writer.choose.pick(["2", "1.5", "'b'", "None"])
    place = writer.choose.pick([f"v{n}", f"h{n}[0]"])
    return [
        f"v{n} = {writer.anything(1).text}",
        f"h{n} = [v{n}]",
        *caught(f"{place} {operator} {right}"),
        f"print(v{n}, h{n})",
    ]


def wrong_unary(writer: Statements, n: str) -> list[str]:
    return attempt(writer, f"{writer.choose.pick(['-', '+', '~', 'not '])}{writer.anything(1).at(11)}")


def wrong_subscripts(writer: Statements, n: str) -> list[str]:
    container = writer.choose.pick(
        [
            "[1, 2, 3]",
            '"abc"',
            "(1, 2)",
            "{1: 2}",
            "range(5)",
            "5",
            "None",
            "2.5",
            "True",
            "len",
            "int",
            "ValueError(1)",
        ]
    )
    index = writer.choose.pick(
        [
            "0",
            "-1",
            "7",
            "-9",
            '"a"',
            "1.0",
            "None",
            "True",
            "[0]",
            "1:2",
            "::0",
            "'a':",
            "(0, 1)",
            "1:2:-1",
            "{}",
            "2 ** 70",
        ]
    )
    way = writer.choose.pick(["print({})", "print({})", "w = {}; print(w)", "{} = 5", "del {}", "{} += 1"])
    if ":" in index and way.startswith("del"):
        way = "print({})"
    return [
        f"v{n} = {container}",
        *caught(way.format(f"v{n}[{index}]")),
        f"print(isinstance(v{n}, list) and v{n})",
    ]


def wrong_builtins(writer: Statements, n: str) -> list[str]:
    name = writer.choose.pick(
        [
            "len",
            "int",
            "float",
            "str",
            "bool",
            "list",
            "tuple",
            "dict",
            "abs",
            "min",
            "max",
            "sum",
            "sorted",
            "any",
            "all",
            "round",
            "divmod",
            "pow",
            "ord",
            "chr",
            "repr",
            "bin",
            "hex",
            "oct",
            "isinstance",
            "range",
        ]
    )
    values = [
        "1",
        "-1",
        '"x"',
        '"12"',
        "None",
        "[1, 2]",
        "(3, 'a')",
        "{1: 2}",
        "2.5",
        "True",
        '""',
        "[]",
        "range(3)",
        '["a", 1]',
        "[[1, 2], [3, 4]]",
        'float("nan")',
        'float("inf")',
        "[(1, 2)]",
        '"é"',
        "int",
    ]
    count = writer.choose.weighted([(2, 0), (6, 1), (4, 2), (1, 3), (1, 4)])
    if name in ("str", "repr") and count > 1:
        count = 1
    return attempt(writer, f"{name}({', '.join(writer.choose.pick(values) for _ in range(count))})")


def conversions(writer: Statements, n: str) -> list[str]:
    text = writer.choose.pick(
        [
            "12",
            "-3",
            " 4 ",
            "0x1f",
            "1e3",
            "",
            "nan",
            "-inf",
            "1_0",
            "_1",
            "1__0",
            "٣",
            "5.5",
            "abc",
            "0b1",
            "1 2",
            "+",
            "१२",
            "007",
            "1e400",
            "\\n7\\n",
            "infinity",
            "0_7",
            "½",
        ]
    )
    return attempt(
        writer, f'{writer.choose.pick(["int", "float", "bool", "list", "int", "repr"])}("{text}")'
    ) + (
        attempt(
            writer,
            f'int("{text}", {writer.choose.pick(["2", "16", "0", "36", "1", "37", "-1", "True", "8"])})',
        )
    )


def keyword_arguments(writer: Statements, n: str) -> list[str]:
    numbers = writer.expression(list_of(INT), 1).text
    return attempt(
        writer,
        writer.choose.pick(
            [
                f"list(enumerate({numbers}, start={writer.expression(SMALL, 0).text}))",
                f"min({numbers}, default=None), max([], default={writer.expression(INT, 1).text})",
                f'"a b c d".split(maxsplit={writer.expression(SMALL, 0).text})',
                '"a,b,c".split(",", maxsplit=1)',
                '"a b c".rsplit(maxsplit=1)',
                f"sorted({numbers}, reverse=True), sorted({numbers}, reverse=0)",
                "min([])",
                "max(())",
                "min()",
                "min(1)",
                'sorted([1, "a"])',
                'sum(["a"])',
                f"sum({numbers}, start=5)",
                '"a\\nb\\r\\nc".splitlines(keepends=True)',
                'int("11", base=2)',
                "round(2.567, ndigits=1)",
                f"pow(2, {writer.expression(SMALL, 0).text})",
                "pow(2, 5, 0)",
                "pow(3, -1, 7)",
                "pow(2, -1, 4)",
                'list(zip([1], "ab", (None,))), list(zip())',
                "min(1, 2, default=3)",
                "print(1, 2, sep=3)",
                "print(1, end=None)",
                'max("abc", "b"), min("hello")',
                "dict([(1, 2), (3, 4)]), dict([[1, 2]]), dict({1: 2})",
                "dict([1])",
                "dict([(1, 2, 3)])",
                'dict(["ab", "cd"])',
            ]
        ),
    )


def views(writer: Statements, n: str) -> list[str]:
    value = writer.literal(
        dict_of(writer.choose.pick([STR, INT]), writer.choose.pick([INT, STR, FLOAT]))
    ).text
    view = writer.choose.pick(["keys", "values", "items"])
    return [
        f"d{n} = {value}",
        f"v{n} = d{n}.{view}()",
        f"print(v{n}, len(v{n}), list(reversed(v{n})), 1 in v{n})",
        f"d{n}.clear()",
        f"print(v{n}, list(v{n}), bool(v{n}))",
        *attempt(
            writer,
            writer.choose.pick(
                [
                    f"v{n}[0]",
                    f"d{n}.popitem()",
                    f"v{n} == d{n}.{view}()",
                    f"v{n} + v{n}",
                    f"d{n}.popitem",
                    f"d{n}.pop(1)",
                    f"sorted(v{n})",
                ]
            ),
        ),
    ]


def unhashable(writer: Statements, n: str) -> list[str]:
    key = writer.choose.pick(["[1]", "{}", "([],)", "(1, {})", "[]", "((1, [2]),)"])
    return caught(
        writer.choose.pick(
            [
                f"print({{{key}: 1}})",
                f"d{n} = {{}}; d{n}[{key}] = 1",
                f"print({key} in {{1: 2}})",
                f"print({{}}.get({key}))",
                f"print({{1: 2}}[{key}])",
                f"print({{t: 1 for t in [{key}]}})",
                f"print(dict.fromkeys([{key}]))",
                f"print({{}}.pop({key}, 0))",
                f"print({{}}.setdefault({key}))",
                f"del {{}}[{key}]",
            ]
        )
    )


def same_keys(writer: Statements, n: str) -> list[str]:
    return [
        "print({1: 'a', True: 'b', 1.0: 'c', 0: 'd', False: 'e', -0.0: 'f'})",
        f"d{n} = {{'a': 1, 'b': 2, 'a': {writer.expression(INT, 1).text}}}",
        f"print(d{n}, list(d{n}), 1.0 in {{1: 2}}, d{n} == {{'b': 2}})",
    ]


def missing_attribute(writer: Statements, n: str) -> list[str]:
    method = writer.choose.pick(
        [
            "append",
            "upper",
            "keys",
            "items",
            "pop",
            "sort",
            "bit_length",
            "is_integer",
            "get",
            "index",
            "join",
            "args",
            "split",
        ]
    )
    value = writer.choose.pick(
        [
            "1",
            '"a"',
            "[2]",
            "(3,)",
            "{4: 5}",
            "None",
            "2.5",
            "True",
            "range(3)",
            "len",
            "int",
            "ValueError(1)",
            "{}.keys()",
        ]
    )
    return [
        f"v{n} = {value}",
        *caught(
            f"print(isinstance(v{n}.{method}, int))",
            f"print(v{n}.{method}({writer.choose.pick(['', '0', '1, 2'])}))",
        ),
    ]


def bound_methods(writer: Statements, n: str) -> list[str]:
    return [
        f"l{n} = []",
        f"m{n} = l{n}.append",
        f"for t in range({writer.choose.between(0, 5)}):",
        f"    m{n}(t)",
        f"print(l{n}, m{n} == l{n}.append)",
        'print("x,y".split(","), "-".join(["a", "b"]), {1: 2}.get(3, 4), (1, 1).count(1))',
    ]


def wrong_method_arguments(writer: Statements, n: str) -> list[str]:
    call = writer.choose.pick(
        [
            "[].append",
            "[1].insert",
            "[1].pop",
            "[1].index",
            "[2].remove",
            '"a".join',
            '"a b".split',
            '"a".replace',
            '"a".center',
            '"a".startswith',
            "{}.get",
            "{}.pop",
            "{}.update",
            "{1: 2}.items",
            '"a".find',
            "[3].sort",
            "(1,).index",
            '"a".zfill',
            '"a".count',
            '"x".strip',
            "[1].extend",
            "[1].reverse",
            "[1].copy",
            "[].clear",
            "{}.setdefault",
            "{}.popitem",
            '"a".upper',
            "(5).bit_length",
            "(2.5).is_integer",
            '"é".isalpha',
        ]
    )
    arguments = writer.choose.pick(
        [
            "",
            "1",
            '"x"',
            "None",
            "[1, 2]",
            "1, 2",
            '"a", "b"',
            "1, 2, 3",
            '["a", 1]',
            "2.5",
            "{}",
            "-1",
            "[[1, 2]]",
            '""',
            '1, ""',
            '5, "ab"',
        ]
    )
    return attempt(writer, f"{call}({arguments})")


def wrong_formats(writer: Statements, n: str) -> list[str]:
    value = writer.choose.pick(
        [
            "1",
            "2.5",
            '"a"',
            "None",
            "[1]",
            "True",
            "(1, 2)",
            "{}",
            "-7",
            'float("nan")',
            "10 ** 20",
            "1e300",
            '(1, "b")',
            "{'k': 1}",
        ]
    )
    way = writer.choose.below(3)
    if way == 0:
        value = "3" if chr(39) in value or chr(34) in value else f" {value}" if value[0] == "{" else value
        form = writer.choose.pick(
            [
                "d",
                "s",
                ".3",
                "x",
                ">5",
                "q",
                ",",
                "=6",
                ".2f",
                "!",
                "5",
                "05",
                "c",
                "%",
                "e",
                "é^7",
                "+",
                " ",
                "_",
                "#b",
                "10",
                ".",
                "s5",
            ]
        )
        return attempt(writer, f"f'{{{value}:{form}}}'")
    if way == 1:
        return attempt(
            writer,
            f'"{writer.choose.pick(PERCENTS)}" % {value}',
        )
    return attempt(
        writer,
        f'"{writer.choose.pick(BRACES)}".format({value})',
    )


def assertions(writer: Statements, n: str) -> list[str]:
    test = writer.choose.pick(["False", "0", "[]", "None", '""', "1", "0.0", "()"])
    return caught(
        f"assert {test}{writer.choose.pick(['', ', 5', ', (1, 2)', ', None', ', [3]'])}", "print(True)"
    )


def order_of_evaluation(writer: Statements, n: str) -> list[str]:
    return [
        f"def s{n}(p):",
        "    print(p, end=' ')",
        "    return p",
        f"d{n} = {{}}",
        f"l{n} = [0, 1, 2]",
        writer.choose.pick(
            [
                f"d{n}[s{n}(1)] = s{n}(2)",
                f"print(s{n}(1) < s{n}(3) < s{n}(2) < s{n}(9))",
                f"print({{s{n}(1): s{n}(2), s{n}(3): s{n}(4)}})",
                f"l{n}[s{n}(0)], l{n}[s{n}(1)] = s{n}(5), s{n}(6)",
                f"l{n}[s{n}(2)] += s{n}(7)",
                f"print(s{n}(0) and s{n}(1) or s{n}(2))",
                f"print(s{n}(1) if s{n}(0) else s{n}(2))",
                f"l{n}[s{n}(0):s{n}(2)] = [s{n}(8)]",
                f"print(s{n}(s{n}(1) + s{n}(2)), s{n}(3))",
                f"i{n} = d{n}[s{n}('i')] = s{n}(4)",
                f"l{n}[0] = l{n}[l{n}[0]] = 2",
                f"i{n}, l{n}[i{n}] = 1, 5",
                f"print([s{n}(t) for t in l{n} if s{n}(t > 0)])",
                f"print({{s{n}(t): s{n}(t + 1) for t in l{n}}})",
                f"print(f'{{s{n}(1)}}{{s{n}(2):>{{s{n}(4)}}}}')",
                f"print(not s{n}(0) in [s{n}(1)], s{n}(3) ** -s{n}(1))",
            ]
        ),
        f"print(d{n}, l{n})",
    ]


def shadowed_builtin(writer: Statements, n: str) -> list[str]:
    return [
        f"def f{n}(len):",
        "    sum = 5",
        "    return len + sum",
        f"print(f{n}({writer.expression(INT, 1).text}))",
    ]


def comprehension_scope(writer: Statements, n: str) -> list[str]:
    return writer.choose.pick(
        [
            [f"t{n} = 'kept'", f"print([t{n} for t{n} in range(3)], t{n})"],
            [
                f"def f{n}(p):",
                "    q = 2",
                "    return [p * q + w for w in range(p) if w != q for p in [w]], p",
                *attempt(writer, f"f{n}({writer.choose.between(0, 4)})"),
            ],
            ["print([[u * v for u in range(v)] for v in range(4)])"],
            ["print({u: [v for v in range(u)] for u in range(3)})"],
            caught(f"print([u // (u - {writer.choose.between(0, 3)}) for u in range(3)])"),
            caught("print([u for u, v in [(1, 2), (3,)]])"),
            caught("print([u for u in 5])"),
            [f"t{n} = [1, 2]", f"print([t{n} for t{n} in t{n}], t{n}, [w for w, t{n} in [(1, 2)]])"],
            ["print([(u, v) for u in 'ab' for v in [1, 2, 3] if v != 2 if u])"],
        ]
    )


def recursion(writer: Statements, n: str) -> list[str]:
    return writer.choose.pick(
        [
            [
                f"def f{n}(p):",
                f"    return p if p < 2 else f{n}(p - 1) + f{n}(p - 2)",
                f"print([f{n}(t) for t in range({writer.choose.between(3, 9)})])",
            ],
            [
                f"def f{n}(p):",
                "    if not p: return 1 // p",
                f"    return f{n}(p - 1)",
                *attempt(writer, f"f{n}({writer.choose.between(0, 6)})"),
            ],
            [
                f"def f{n}(p):",
                "    return 0 if p == 0 else g" + n + "(p - 1)",
                f"def g{n}(p):",
                f"    return 1 if p == 0 else f{n}(p - 1)",
                *attempt(writer, f"f{n}({writer.choose.between(0, 9)})"),
            ],
        ]
    )


def global_from_function(writer: Statements, n: str) -> list[str]:
    return [
        f"def f{n}():",
        f"    global g{n}",
        f"    g{n} = {writer.choose.pick(['1', '[2]', chr(34) + 'x' + chr(34)])}",
        *attempt(writer, f"g{n}"),
        f"f{n}()",
        f"print(g{n})",
        f"g{n} = 7",
        f"print(g{n})",
    ]


def floats(writer: Statements, n: str) -> list[str]:
    left, right = (
        writer.choose.pick(
            [
                'float("inf")',
                'float("nan")',
                "-0.0",
                "1e308",
                "5e-324",
                "0.1",
                "1e16",
                "-7.5",
                "3",
                "2.5",
                "1e22",
                "123456789.123",
                "0.5",
                "1.5",
            ]
        )
        for _ in range(2)
    )
    return attempt(
        writer,
        writer.choose.pick(
            [
                f"({left}) + {right}",
                f"({left}) * {right}",
                f"({left}) // {right}, ({left}) % {right}",
                f"divmod({left}, {right})",
                f"round({left}), round({right}, 1)",
                f"int({left})",
                f"({left}) < {right}, ({left}) == {right}, [{left}] == [{left}]",
                f"min({left}, {right}), max({left}, {right})",
                f"str({left}), repr({right}), bool({left})",
                f"({left}) / {right}",
                f"abs({left}) ** {writer.choose.pick(['2', '0.5', '-1', '0'])}",
                f"({left}).is_integer(), ({right}).as_integer_ratio()",
                f"sorted([{left}, {right}, 1])",
                f"f'{{{left!s}:.3g}}'".replace('"', "") if '"' not in left else f"sum([{left}, {right}])",
            ]
        ),
    )


def big_numbers(writer: Statements, n: str) -> list[str]:
    return attempt(
        writer,
        writer.choose.pick(
            [
                "10 ** 30 // 7, -(10 ** 30) % 7",
                "2 ** 64 >> 3, -(2 ** 64) >> 70",
                "float(10 ** 30)",
                "10 ** 400 / 3",
                "float(10 ** 400)",
                "1 << -1",
                "1 >> -1",
                "int(1e300) % 1000",
                "10 ** 25 == 1e25",
                "2 ** 0.5, 2 ** -2, 0 ** 0",
                "0 ** -1",
                "0.0 ** -1",
                "int('9' * 30) + 1",
                "~(2 ** 70), -(2 ** 63) & 0xff",
                "10 ** 23 < 1e23",
                "str(2 ** 100)[::-1]",
                "(-7) // 2, (-7) % 2, 7 // -2, 7 % -2",
                "(-7.5) // 2, (-7.5) % 2",
                "divmod(-7, 2), divmod(7, -2.0)",
                "True + True, True / 2, -True, ~False",
                "round(-2.5), round(0.5), round(1.5), round(2.675, 2), round(1234, -2)",
                "int('5' * 5000)",
                "len(str(10 ** 100))",
                "chr(-1)",
                "chr(1114112)",
                "ord('ab')",
                "'a' * -1, [1] * True",
            ]
        ),
    )


def multi_line_error(writer: Statements, n: str) -> list[str]:
    """The line of an uncaught error, when its statement has several; ends one program in a few."""
    if writer.guarded or not writer.choose.chance(15):
        return [f"v{n} = [", "    1,", f"    {writer.expression(INT, 1).text},", "]", f"print(v{n})"]
    return writer.choose.pick(
        [
            [f"v{n} = [", "    1,", "    2 // 0,", "]"],
            ["print(", "    1,", '    "a" + 1,', ")"],
            [f"v{n} = (1 +", "    2 +", "    None)"],
            ["print(", "    len(", "        5))"],
            [f"v{n} = {{", "    1: 2,", "    []: 3,", "}"],
            ["if (1 and", "        [][0]):", "    pass"],
            ["print(1,", "    [u", "     for u in", "     5])"],
            [f"v{n} = 'a' \\", "    + 1"],
            ["raise ValueError(", "    1,", "    2)"],
            ["for t in (1,", "    2,", "    missing):", "    pass"],
            ["assert (", "    0), (", "    'no')"],
        ]
    )


def error_in_function(writer: Statements, n: str) -> list[str]:
    lines = [
        f"def f{n}(p):",
        "    q = p",
        f"    return {writer.choose.pick(['1 // q', '[][q]', '{}[q]', 'q()', 'missing' + n])}",
        f"def g{n}():",
        f"    return f{n}(0) + 1",
    ]
    return (
        [*lines, *attempt(writer, f"g{n}()")]
        if writer.guarded or not writer.choose.chance(20)
        else [*lines, f"g{n}()"]
    )


def tuples(writer: Statements, n: str) -> list[str]:
    left, right = (writer.literal(tuple_of(INT, writer.choose.pick([INT, STR, BOOL]))).text for _ in range(2))
    return attempt(
        writer,
        writer.choose.pick(
            [
                f"{left} < {right}",
                f"{left} + {right} * 2",
                f"{left} == list({left})",
                f"sorted([{left}, {right}])",
                f"max({left}, {right})",
                f"{left}.index(1), {left}.count(1)",
                f"{{{left}: 1}}[{right}]",
                f"({left}, [{right}])[1][0][0]",
                "(), (1,), ((),), ([],)",
            ]
        ),
    )


def ranges(writer: Statements, n: str) -> list[str]:
    value = writer.range_call().text
    return [
        f"v{n} = {value}",
        *attempt(
            writer,
            writer.choose.pick(
                [
                    f"v{n}, len(v{n}), list(v{n})",
                    f"v{n}[0], v{n}[-1]",
                    f"v{n}[1:], v{n}[::-1]",
                    f"v{n} == range(0), 3 in v{n}, 2.0 in v{n}, 'a' in v{n}",
                    f"list(reversed(v{n})), sum(v{n})",
                    f"v{n}.index(1), v{n}.count(2)",
                    f"min(v{n}), max(v{n})",
                    "range(1, 2, 0)",
                    "range(2.5)",
                    "range()",
                    "range(10 ** 20)[10 ** 19]",
                    f"tuple(v{n}), sorted(v{n}, reverse=True)",
                    f"v{n} + v{n}",
                    f"bool(v{n}), isinstance(v{n}, range)",
                ]
            ),
        ),
    ]


def iterators(writer: Statements, n: str) -> list[str]:
    source = writer.choose.pick(
        [
            "zip([1, 2], 'ab')",
            "enumerate('ab')",
            "reversed([1, 2, 3])",
            "{1: 2}.items()",
            "reversed({1: 2, 3: 4})",
            "reversed(range(3))",
            "reversed('ab')",
            "reversed((1, 2))",
            "reversed({1: 2}.values())",
            "zip()",
            "enumerate(5)",
            "reversed(5)",
            "zip(1)",
            "enumerate([], 2.5)",
            "reversed({}.items())",
        ]
    )
    return caught(
        f"v{n} = {source}",
        f"print(list(v{n}), list(v{n}))",
        writer.choose.pick([f"print(len(v{n}))", f"print(v{n}[0])", f"print(3 in v{n})", "pass"]),
    )


FRAGMENTS: list[Fragment] = [
    changed_while_iterating,
    changed_list_while_iterating,
    contains_itself,
    unpacking_mismatch,
    wrong_calls,
    wrong_nested_call,
    not_callable,
    unbound_local,
    undefined,
    raised_again,
    leaving_loops_through_finally,
    nothing_to_raise,
    wrong_handler,
    exceptions_as_values,
    the_name_of_a_handler_ends,
    shared_default,
    wrong_operators,
    wrong_augmented,
    wrong_unary,
    wrong_subscripts,
    wrong_builtins,
    conversions,
    keyword_arguments,
    views,
    unhashable,
    same_keys,
    missing_attribute,
    bound_methods,
    wrong_method_arguments,
    wrong_formats,
    assertions,
    order_of_evaluation,
    shadowed_builtin,
    comprehension_scope,
    recursion,
    global_from_function,
    floats,
    big_numbers,
    multi_line_error,
    error_in_function,
    tuples,
    ranges,
    iterators,
]

MODULE_ONLY = (recursion, error_in_function)
"""These define functions that name one another: inside a function they would be closures."""
