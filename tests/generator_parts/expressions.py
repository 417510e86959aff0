"""Random expressions of a wanted kind.

Each method named after a kind offers the ways to make such a value. An expression carries its level of
precedence, so that parentheses stand where they must and seldom elsewhere: operators side by side are what
a parser gets wrong.

Three bounds keep programs quick and their values small. `grew` remembers that an operator was used whose
result may be longer than its operands; what is stored in a variable or container is then cut down. A call
to a Toy function is written only where its cost times the repetitions of the loops around it fits the
program's budget. And exponents, shifts, widths and repetitions are small numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.generator_parts.choices import Chooser
from tests.generator_parts.kinds import (
    ANY,
    BOOL,
    CHARACTER,
    EXCEPTION,
    FLOAT,
    HASHABLE,
    INT,
    ITEM,
    KEY,
    NONE,
    NUMBER,
    RANGE,
    SELF,
    SIMPLE,
    SMALL,
    STR,
    TYPE,
    Function,
    Kind,
    Scope,
    dict_of,
    list_of,
    tuple_of,
)
from tests.generator_parts.methods import METHODS

CONDITIONAL, OR, AND, NOT, COMPARE, BITOR, BITXOR, BITAND, SHIFT, SUM, PRODUCT, SIGN, POWER, ATOM = range(14)


@dataclass(frozen=True)
class Text:
    """The text of an expression and the precedence of its outermost operator."""

    text: str
    level: int = ATOM

    def at(self, level: int) -> str:
        """Return the text, in parentheses where an operator of `level` stands around it."""
        return self.text if self.level >= level else f"({self.text})"

    def before_dot(self) -> str:
        """Return the text as it stands before a dot or a bracket: `1.real` is not an attribute of `1`."""
        return f"({self.text})" if self.level < ATOM or self.text[0].isdigit() else self.text


INTS = [
    "0", "1", "2", "3", "5", "7", "-1", "-2", "-7", "10", "12", "100", "255", "256", "257", "1000", "-128",
    "0xff", "0b1011", "0o17", "1_000", "65536", "-65537", "2147483648", "-9223372036854775808",
    "18446744073709551616", "123456789012345678901234567890",
]  # fmt: skip
FLOATS = [
    "0.0", "1.0", "0.5", "2.5", "-1.5", "3.14", "-0.0", "1e3", "1e16", "1e-7", "1e308", "5e-324", "0.1",
    "100.0", "1e22", "-2.0", "123456.789", ".5", "3.", "1_0.2_5", 'float("inf")', 'float("-inf")',
    'float("nan")', "2.675",
]  # fmt: skip
WORDS = [
    "", "a", "b", "ab", "abc", "Toy", "hello", "x y z", "a,b,c", "42", "-7", "3.5", " pad ", "ABC", "aXbX",
    "true", "aa", "1e3", "0x1f", "inf", "Hello World", "a-b_c", "7 8", "one two  three",
]  # fmt: skip
ODD_LITERALS = [
    r'"\n"', r'"tab\there"', r'"quote\"inside"', r"'it\'s'", r'"back\\slash"', '"naïve"', '"日本"', '"🙂"',
    '"ß"', '"İ"', r'"\u00e9"', r'"\x41"', r'"\N{BULLET}"', r'"\0"', r'"a\x00b"', r'r"\d+"', '"""two"""',
    "'''one'''", '"adja" "cent"', "'a' \"b\"", '"ǆ"', r'"\ud800"[:0]', '"²"', '"٣"', '"ﬁ"',
    r'"line\r\nend"', r'"\x1b"', '"{}"', '"%"', r'"\u200b"', '"e\u0301"', r'"\'"', "'\"'", "R'\\n'",
]  # fmt: skip
FORMATS: dict[str, list[str]] = {
    "int": [
        "d",
        "5d",
        "05d",
        "<6",
        ">6",
        "^6",
        "+d",
        "x",
        "#x",
        "o",
        "#b",
        "b",
        ",",
        "_",
        "*^9",
        "e",
        ".2f",
        "X",
        "n",
        "_b",
        "c",
        "=+7",
        "08,",
        "%",
        "#_x",
        "g",
    ],
    "float": (
        [
            ".2f",
            ".3e",
            "g",
            "8.3f",
            "+.1f",
            "%",
            ".1%",
            ",.2f",
            "08.2f",
            "<10",
            "^10.2f",
            "G",
            "_.1f",
            "z.1f",
            "#g",
            ".0f",
            ".3",
            "E",
            "n",
            "=+9.1f",
            " .3f",
        ]
    ),
    "str": ["s", "5", "<6", ">6", "^6", "*^8", ".2", "6.2", "s", "é>4", "06"],
    "bool": ["d", "5", ">7", "b"],
}
WRONG_FORMATS = [
    "d",
    "s",
    ".2f",
    "x",
    "q",
    ",s",
    "5.",
    "=5",
    "zz",
    "c",
    ".3d",
    "<<<",
    ",_",
    "1.2.3",
    "+s",
    "#s",
    "0=5",
    "-",
    ".",
    "_,d",
]
PERCENT_FORMATS: dict[str, list[str]] = {
    "int": [
        "%d",
        "%5d",
        "%-5d|",
        "%05d",
        "%x",
        "%#o",
        "%+d",
        "%i",
        "%s",
        "%r",
        "%X",
        "%.3d",
        "%e",
        "%.1f",
        "% d",
    ],
    "float": ["%f", "%.2f", "%8.3f", "%e", "%g", "%s", "%r", "%+.1f", "%-9.2f|", "%G", "%#.3g"],
    "str": ["%s", "%5s", "%-5s|", "%.2s", "%r", "%a", "%8.3s"],
    "bool": ["%s", "%d", "%r"],
    "none": ["%s", "%r"],
}
EXCEPTION_TYPES = [
    "ValueError",
    "TypeError",
    "KeyError",
    "IndexError",
    "ZeroDivisionError",
    "RuntimeError",
    "Exception",
    "LookupError",
    "ArithmeticError",
    "AssertionError",
    "OverflowError",
    "NameError",
    "AttributeError",
    "NotImplementedError",
    "StopIteration",
]
TYPES = ["int", "float", "str", "bool", "list", "tuple", "dict", "range"]
COMPARISONS = ["<", "<=", "==", "!=", ">", ">="]
COMPREHENSION_NAMES = ["u", "v", "w", "t"]
LOOP_BOUND = 8
BUDGET = 4000


class Expressions:
    """Writes expressions for one place of one program after another."""

    def __init__(self, choose: Chooser) -> None:
        self.choose = choose
        self.scope = Scope()
        self.grew = False
        self.guarded = 0
        """How many `try` statements around this place catch everything."""
        self.repetitions = 1
        """How often the place being written runs at most, in one call of its function."""
        self.cost = 0
        """The steps that the function being written takes at most, so far."""
        self.quotes: list[str] = []
        """The quotes of the f-strings around this place: not to be used inside (3.11)."""
        self.careless = 0.0
        """The percentage of expressions that are of a wrong kind where nothing catches the error."""
        self.bound: dict[str, Kind] = {}
        """The variables of the comprehensions around this place."""

    # --- entry points -----------------------------------------------------------------------------------

    def expression(self, kind: Kind, depth: int = 2) -> Text:
        """Return an expression that, mistakes aside, has a value of `kind`."""
        choose = self.choose
        if choose.chance(8.0 if self.guarded else self.careless):
            return self.mistake(depth - 1)
        if kind.name in ("small", "any", "number", "character"):
            return self.argument(kind, depth)
        if depth <= 0 or choose.chance(38):
            return self.leaf(kind)
        general: list[tuple[int, Callable[[Kind, int], Text | None]]] = [
            (60, self.specific),
            (7, self.conditional),
            (5, self.element),
            (9, self.call),
            (3, self.either),
        ]
        return choose.weighted(general)(kind, depth) or self.leaf(kind)

    def stored(self, kind: Kind, depth: int = 2) -> Text:
        """Return an expression whose value may be kept: cut down if it may have grown."""
        before, self.grew = self.grew, False
        found = self.expression(kind, depth)
        if self.grew:
            if kind.name == "int":
                found = Text(
                    f"{found.at(PRODUCT)} % {self.choose.pick(['1000', '97', '65537', '1000003'])}", PRODUCT
                )
            elif kind.name in ("str", "list"):
                found = Text(f"{found.before_dot()}[:{self.choose.between(3, 9)}]")
        self.grew = before
        return found

    def anything(self, depth: int = 1) -> Text:
        """Return an expression of any kind."""
        return self.expression(self.any_kind(), depth)

    def any_kind(self, nesting: int = 1) -> Kind:
        """Choose a kind of value for a variable."""
        choose = self.choose
        options: list[tuple[int, str]] = [
            (45, "simple"),
            (16, "list"),
            (9, "dict"),
            (7, "tuple"),
            (2, "range"),
            (2, "exception"),
            (2, "type"),
        ]
        name = choose.weighted(options) if nesting else "simple"
        if name == "simple":
            return choose.weighted([(12, INT), (8, STR), (5, FLOAT), (4, BOOL), (1, NONE)])
        if name == "list":
            return list_of(self.any_kind(nesting - 1))
        if name == "dict":
            return dict_of(
                choose.weighted([(5, STR), (5, INT), (1, BOOL), (1, FLOAT), (1, tuple_of(INT, STR))]),
                self.any_kind(nesting - 1),
            )
        if name == "tuple":
            return tuple_of(*(self.any_kind(nesting - 1) for _ in range(choose.between(1, 3))))
        return Kind(name)

    def variables(self, kind: Kind) -> list[str]:
        """Return the readable variables of `kind`."""
        found = [
            name for name, held in self.scope.readable().items() if held == kind and name not in self.bound
        ]
        return found + [name for name, held in self.bound.items() if held == kind]

    def read(self, name: str) -> str:
        """Note that `name` is read here, and return it."""
        scope = self.scope
        if scope.outer is not None and name not in scope.variables and name not in self.bound:
            scope.module.captured.add(name)
        return name

    # --- any kind ---------------------------------------------------------------------------------------

    def leaf(self, kind: Kind) -> Text:
        """Return a variable or a literal of `kind`."""
        names = self.variables(kind)
        if names and self.choose.chance(65):
            return Text(self.read(self.choose.pick(names)))
        return self.literal(kind)

    def argument(self, kind: Kind, depth: int) -> Text:
        """Return an expression for one of the kinds that only arguments have."""
        choose = self.choose
        if kind == SMALL:
            if choose.chance(25):
                return Text(
                    f"{self.expression(INT, depth - 1).at(PRODUCT)} % {choose.between(2, 9)}", PRODUCT
                )
            number = choose.pick([2, 0, 1, 3, -1, 4, 5, 6, 8, -2, 11])
            return Text(str(number), ATOM if number >= 0 else SIGN)
        if kind == CHARACTER:
            return self.quoted(choose.pick(["a", "b", " ", ",", "X", "-", "0", "l"]))
        if kind == NUMBER:
            return self.expression(choose.weighted([(5, INT), (4, FLOAT), (1, BOOL)]), depth)
        return self.anything(depth - 1)

    def mistake(self, depth: int) -> Text:
        """Return an expression of a kind that was not asked for, or a name without a value."""
        choose = self.choose
        before, self.careless = self.careless, 0.0
        way = choose.below(12)
        if way == 0:
            found = Text(choose.pick(["missing", "undefined_name"]))
        elif way == 1:
            lost = sorted(set(self.scope.kinds) - set(self.scope.variables))
            found = Text(choose.pick(lost)) if lost and not self.scope.outer else self.anything(depth)
        else:
            found = self.anything(depth)
        self.careless = before
        return found

    def conditional(self, kind: Kind, depth: int) -> Text:
        """Return `a if condition else b`."""
        yes, test, no = (
            self.expression(kind, depth - 1),
            self.condition(depth - 1),
            self.expression(kind, depth - 1),
        )
        return Text(f"{yes.at(OR)} if {test.at(OR)} else {no.text}", CONDITIONAL)

    def either(self, kind: Kind, depth: int) -> Text | None:
        """Return `a or b` or `a and b`."""
        word, level = self.choose.pick([("or", OR), ("and", AND)])
        count = self.choose.between(2, 3)
        return Text(
            f" {word} ".join(self.expression(kind, depth - 1).at(level + 1) for _ in range(count)), level
        )

    def element(self, kind: Kind, depth: int) -> Text | None:
        """Return something of `kind` taken out of a container that holds such."""
        choose = self.choose
        found: list[Text] = []
        for name, held in self.scope.readable().items():
            if name in self.bound:
                continue
            if held.name == "list" and held.parts[0] == kind:
                found.append(self.item_of(name, kind))
            elif held.name == "tuple" and kind in held.parts:
                place = held.parts.index(kind)
                found.append(Text(f"{self.read(name)}[{choose.pick([place, place - len(held.parts)])}]"))
            elif held.name == "dict" and held.parts[1] == kind and (self.guarded or choose.chance(1)):
                found.append(Text(f"{self.read(name)}[{self.expression(held.parts[0], depth - 1).text}]"))
            if len(found) == 3:
                break
        return choose.pick(found) if found else None

    def item_of(self, name: str, kind: Kind) -> Text:
        """Return an item of the list `name`: with care, or where an error is caught without it."""
        name = self.read(name)
        if self.guarded or self.choose.chance(2):
            return Text(f"{name}[{self.expression(SMALL, 1).text}]")
        index = self.choose.pick(["0", "-1", f"{self.expression(INT, 0).at(PRODUCT)} % len({name})"])
        return Text(f"{name}[{index}] if {name} else {self.leaf(kind).at(CONDITIONAL)}", CONDITIONAL)

    def call(self, kind: Kind, depth: int) -> Text | None:
        """Return a call of a Toy function that returns `kind`."""
        options = [f for f in self.scope.callable_functions() if f.returns == kind and self.affordable(f)]
        return self.call_of(self.choose.pick(options), depth) if options else None

    def affordable(self, function: Function) -> bool:
        """Say whether a call fits the budget, and is allowed where nothing catches its errors."""
        if self.bound or self.quotes or (function.risky and not self.guarded and not self.choose.chance(3)):
            return False
        return self.cost + self.repetitions * function.cost <= BUDGET

    def call_of(self, function: Function, depth: int) -> Text:
        """Return a call of `function` with fitting arguments."""
        choose = self.choose
        self.cost += self.repetitions * function.cost
        given = len(function.parameters) - choose.between(0, function.optional)
        arguments = [self.stored(kind, depth - 1).text for kind in function.parameters[:given]]
        if function.recursive and arguments:
            arguments[0] = str(choose.between(0, 4))
        if choose.chance(5.0 if self.guarded else self.careless / 2):
            arguments = arguments[1:] if choose.chance(50) else [*arguments, "1"]
            if function.recursive:
                arguments[:1] = ["1"] if arguments else []
        scope = self.scope
        if function not in scope.functions:
            self.read(function.name)
        return Text(f"{function.name}({', '.join(arguments)})")

    def condition(self, depth: int) -> Text:
        """Return something to test: usually a truth value, sometimes any value at all."""
        if self.choose.chance(15):
            return self.anything(depth - 1)
        return self.expression(BOOL, max(depth, 1))

    # --- literals ---------------------------------------------------------------------------------------

    def literal(self, kind: Kind) -> Text:
        """Return a literal or display of `kind`."""
        choose = self.choose
        name = kind.name
        if name == "int":
            text = choose.pick(INTS) if choose.chance(55) else str(choose.between(0, 20))
            return Text(text, SIGN if text.startswith("-") else ATOM)
        if name == "float":
            text = choose.pick(FLOATS)
            if self.quotes and '"' in text:
                text = "1.25"
            return Text(text, SIGN if text.startswith("-") else ATOM)
        if name == "str":
            if not self.quotes and choose.chance(18):
                text = choose.pick(ODD_LITERALS)
                return Text(text, SUM if " " in text and "cent" in text else ATOM)
            return self.quoted(choose.pick(WORDS))
        if name == "bool":
            return Text(choose.pick(["True", "False"]))
        if name == "none":
            return Text("None")
        if name == "list":
            items = [
                self.stored(kind.parts[0], choose.below(2)).text
                for _ in range(choose.weighted([(3, 3), (3, 2), (2, 1), (1, 0), (1, 4), (1, 5)]))
            ]
            return Text(self.spread("[", items, "]"))
        if name == "tuple":
            items = [self.stored(part, 1).text for part in kind.parts]
            return Text("(" + ", ".join(items) + (",)" if len(items) == 1 or choose.chance(5) else ")"))
        if name == "dict":
            count = choose.weighted([(3, 2), (2, 3), (1, 1), (1, 0)])
            items = [
                f"{self.stored(kind.parts[0], 0).text}: {self.stored(kind.parts[1], 1).text}"
                for _ in range(count)
            ]
            return Text(self.spread("{", items, "}"))
        if name == "range":
            return self.range_call()
        if name == "exception":
            arguments = ", ".join(
                self.leaf(choose.pick(SIMPLE)).text
                for _ in range(choose.weighted([(6, 1), (2, 0), (2, 2), (1, 3)]))
            )
            return Text(f"{choose.pick(EXCEPTION_TYPES)}({arguments})")
        assert name == "type", kind
        return Text(choose.pick(TYPES))

    def spread(self, opening: str, items: Sequence[str], closing: str) -> str:
        """Return a display on one line or, seldom, on several: an error has the line of its expression."""
        if len(items) > 1 and not self.quotes and self.choose.chance(3):
            return opening + "\n" + "".join(f"    {item},\n" for item in items) + closing
        if opening == "{" and self.quotes:
            opening, closing = " {", "} "
        return opening + ", ".join(items) + ("," if items and self.choose.chance(4) else "") + closing

    def quoted(self, text: str) -> Text:
        """Return a plain string literal that may stand inside the f-strings around it."""
        free = [mark for mark in ('"', "'") if mark not in self.quotes]
        if not free:
            return Text("str(7)")
        mark = self.choose.pick(free)
        return Text(f"{mark}{text}{mark}")

    def range_call(self) -> Text:
        """Return a small range."""
        choose = self.choose
        way = choose.below(6)
        if way <= 1:
            return Text(f"range({choose.between(0, 6)})")
        if way <= 3:
            return Text(f"range({choose.between(-3, 3)}, {choose.between(0, 6)})")
        if way == 4:
            return Text(
                f"range({choose.between(-4, 9)}, {choose.between(-4, 9)}, {choose.pick([2, -1, 3, -2, 1])})"
            )
        return Text(f"range({self.expression(INT, 0).at(PRODUCT)} % {choose.between(1, 6)})")

    # --- one kind ---------------------------------------------------------------------------------------

    def specific(self, kind: Kind, depth: int) -> Text | None:
        """Return an operation whose value is of `kind`."""
        if self.choose.chance(22) and (found := self.method_for(kind, depth)):
            return found
        by_kind: dict[str, Callable[[Kind, int], Text | None]] = {
            "int": self.int_, "float": self.float_, "str": self.str_, "bool": self.bool_, "list": self.list_,
            "tuple": self.tuple_, "dict": self.dict_, "type": self.type_, "exception": self.exception_,
        }  # fmt: skip
        make = by_kind.get(kind.name)
        return make(kind, depth) if make else None

    def method_for(self, kind: Kind, depth: int) -> Text | None:
        """Return a method call whose result is of `kind`."""
        choose = self.choose
        options = []
        for owner, methods in METHODS.items():
            for method in methods:
                if method.risky and not self.guarded:
                    continue
                if method.result == kind and kind != NONE:
                    options.append((owner, method))
        containers = [
            (name, held)
            for name, held in self.scope.readable().items()
            if held.parts
            and name not in self.bound
            and held.name in ("list", "dict")
            and held.parts[-1] == kind
        ]
        if containers and (choose.chance(40) or not options):
            name, held = choose.pick(containers)
            taking = [
                m
                for m in METHODS[held.name]
                if m.result == ITEM and (self.guarded or not m.risky) and m.name != "setdefault"
            ]
            if taking:
                method = choose.pick(taking)
                return Text(
                    f"{self.read(name)}.{method.name}({self.arguments(method.arguments, held, depth)})"
                )
        if not options:
            return None
        owner, method = choose.pick(options)
        held = self.some_kind(owner)
        receiver = self.expression(held, depth - 1)
        self.grew = self.grew or method.grows
        text = receiver.before_dot()
        return Text(f"{text}.{method.name}({self.arguments(method.arguments, held, depth)})")

    def some_kind(self, name: str) -> Kind:
        """Return a kind of this name, of a variable at hand if there is one."""
        held = [kind for kind in self.scope.readable().values() if kind.name == name]
        if held and self.choose.chance(70):
            return self.choose.pick(held)
        if name == "list":
            return list_of(self.choose.pick(SIMPLE))
        if name == "dict":
            return dict_of(self.choose.pick(HASHABLE), self.choose.pick(SIMPLE))
        return Kind(name)

    def arguments(self, kinds: Sequence[Kind], held: Kind, depth: int) -> str:
        """Return the arguments of a method of a value of kind `held`."""
        texts = []
        for wanted in kinds:
            kind = wanted
            if wanted == SELF:
                kind = held
            elif wanted == ITEM:
                kind = held.parts[-1]
            elif wanted == KEY:
                kind = held.parts[0]
            texts.append(self.stored(kind, min(depth - 1, 1)).text)
        return ", ".join(texts)

    def binary(self, left: Text, operator: str, right: Text, level: int) -> Text:
        """Return `left operator right`, both sides in parentheses where they need them."""
        if operator == "**":
            return Text(f"{left.at(ATOM)} ** {right.at(SIGN)}", POWER)
        return Text(f"{left.at(level)} {operator} {right.at(level + 1)}", level)

    def nonzero(self, kind: Kind, depth: int) -> Text:
        """Return a divisor: not zero, unless an error would be caught."""
        choose = self.choose
        if self.guarded or choose.chance(1):
            return self.expression(kind, depth)
        if choose.chance(50):
            return Text(f"{self.expression(kind, depth - 1).at(AND)} or {choose.between(1, 9)}", OR)
        return Text(str(choose.between(1, 12)))

    def number(self, depth: int) -> Text:
        """Return a number."""
        return self.argument(NUMBER, depth)

    def exponent(self) -> Text:
        """Return a small exponent."""
        return Text(str(self.choose.between(0, 5)))

    def int_(self, _: Kind, depth: int) -> Text | None:
        """Offer an int."""
        choose = self.choose
        below = depth - 1
        way = choose.below(20)
        if way <= 3:
            operator = choose.pick(["+", "-"])
            return self.binary(self.expression(INT, below), operator, self.expression(INT, below), SUM)
        if way <= 5:
            self.grew = True
            return self.binary(self.expression(INT, below), "*", self.expression(INT, below), PRODUCT)
        if way <= 7:
            return self.binary(
                self.expression(INT, below), choose.pick(["//", "%"]), self.nonzero(INT, below), PRODUCT
            )
        if way == 8:
            self.grew = True
            return self.binary(self.leaf(INT), "**", self.exponent(), POWER)
        if way <= 10:
            operator, level = choose.pick([("&", BITAND), ("|", BITOR), ("^", BITXOR)])
            return self.binary(self.expression(INT, below), operator, self.expression(INT, below), level)
        if way == 11:
            self.grew = True
            return self.binary(
                self.expression(INT, below),
                choose.pick(["<<", ">>"]),
                Text(str(choose.between(0, 40))),
                SHIFT,
            )
        if way == 12:
            operator = choose.pick(["-", "~", "+"])
            return Text(operator + self.expression(INT, below).at(SIGN), SIGN)
        if way <= 14:
            return Text(f"len({self.expression(self.sized_kind(), below).text})")
        if way == 15:
            return self.int_builtin(below)
        if way == 16:
            return self.reduction(INT, below)
        if way == 17:
            return self.binary(
                self.expression(BOOL, below), choose.pick(["+", "-"]), self.expression(INT, below), SUM
            )
        if way == 18:
            return self.int_from(below)
        return Text(f"{self.leaf(RANGE).before_dot()}.{choose.pick(['start', 'stop', 'step'])}")

    def sized_kind(self) -> Kind:
        """Choose a kind that has a length."""
        choose = self.choose
        return choose.pick([STR, list_of(INT), list_of(STR), dict_of(STR, INT), tuple_of(INT, STR), RANGE])

    def int_builtin(self, depth: int) -> Text:
        """Return an int from a builtin function."""
        choose = self.choose
        way = choose.below(6)
        if way == 0:
            return Text(f"abs({self.expression(INT, depth).text})")
        if way == 1:
            return Text(
                f"round({self.expression(INT, depth).text})"
                if choose.chance(50)
                else f"round({self.expression(INT, depth).text}, {choose.between(-3, 2)})"
            )
        if way == 2:
            return Text(f"ord({self.argument(CHARACTER, depth).text})")
        if way == 3:
            dividend, divisor = self.expression(INT, depth), self.nonzero(INT, depth)
            return Text(f"divmod({dividend.text}, {divisor.text})[{choose.below(2)}]")
        if way == 4:
            modulus = choose.pick(["7", "1000", "97", "-13"])
            return Text(f"pow({self.expression(INT, depth).text}, {choose.between(0, 20)}, {modulus})")
        self.grew = True
        return Text(f"pow({self.leaf(INT).text}, {choose.between(0, 4)})")

    def reduction(self, kind: Kind, depth: int) -> Text:
        """Return `sum`, `min` or `max`."""
        choose = self.choose
        way = choose.below(5)
        inside = self.expression(list_of(kind), depth).text
        if way == 0:
            self.grew = True
            if kind.name in ("int", "float"):
                return (
                    Text(f"sum({inside})")
                    if choose.chance(50)
                    else Text(f"sum({inside}, {self.expression(kind, 0).text})")
                )
            return Text(f"max({self.expression(kind, depth).text}, {self.expression(kind, 0).text})")
        name = choose.pick(["min", "max"])
        if way <= 2:
            more = ", ".join(self.expression(kind, depth).text for _ in range(choose.between(2, 3)))
            return Text(f"{name}({more})")
        if self.guarded and choose.chance(40):
            return Text(f"{name}({inside})")
        return Text(f"{name}({inside}, default={self.expression(kind, 0).text})")

    def int_from(self, depth: int) -> Text:
        """Return `int(x)`."""
        choose = self.choose
        way = choose.below(5)
        if way == 0:
            return Text(f"int({self.expression(BOOL, depth).text})")
        if way == 1 and self.guarded:
            return Text(f"int({self.expression(choose.pick([STR, FLOAT]), depth).text})")
        if way == 2 and not self.quotes:
            text, base = choose.pick(
                [("ff", 16), ("101", 2), ("0x1f", 0), ("z", 36), (" 12 ", 10), ("0b11", 0), ("1_0", 10)]
            )
            return Text(f'int("{text}", {base})')
        if way == 3 and not self.quotes:
            return Text(f'int("{choose.pick(["42", "-7", " 5", "+3", "1_000", "٣"])}")')
        return (
            Text(f"int(round({self.expression(INT, depth).text} / 3))")
            if self.guarded
            else Text(f"int({self.expression(INT, depth).text})")
        )

    def float_(self, _: Kind, depth: int) -> Text | None:
        """Offer a float."""
        choose = self.choose
        below = depth - 1
        way = choose.below(14)
        if way <= 2:
            return self.binary(
                self.expression(FLOAT, below), choose.pick(["+", "-"]), self.number(below), SUM
            )
        if way <= 4:
            return (
                self.binary(self.number(below), "*", self.expression(FLOAT, below), PRODUCT)
                if self.guarded
                else self.binary(self.leaf(FLOAT), "*", self.expression(FLOAT, below), PRODUCT)
            )
        if way <= 6:
            left = self.number(below) if self.guarded else self.expression(FLOAT, below)
            return self.binary(left, choose.pick(["/", "//", "%"]), self.nonzero(FLOAT, below), PRODUCT)
        if way == 7:
            return self.binary(
                Text(f"{choose.between(1, 1000)}"), "/", Text(str(choose.between(1, 9))), PRODUCT
            )
        if way == 8:
            base = Text(choose.pick(["2.5", "0.5", "1.0", "0.0", "9.0", "-1.5"]))
            power = (
                choose.pick(["2", "0.5", "3", "-1", "-2"])
                if self.guarded
                else choose.pick(["2", "3", "0", "1"])
            )
            if base.text == "-1.5" and "." in power:
                power = "2"
            return self.binary(Text(f"({base.text})"), "**", Text(power, SIGN), POWER)
        if way == 9:
            return Text(f"round({self.expression(FLOAT, below).text}, {choose.between(-2, 4)})")
        if way == 10:
            return Text(f"abs({self.expression(FLOAT, below).text})")
        if way == 11:
            return Text(
                f"float({self.leaf(choose.pick([BOOL, FLOAT])).text})"
                if not self.guarded
                else f"float({self.expression(choose.pick([INT, STR]), below).text})"
            )
        if way == 12:
            return self.reduction(FLOAT, below)
        return Text("-" + self.expression(FLOAT, below).at(SIGN), SIGN)

    def bool_(self, _: Kind, depth: int) -> Text | None:
        """Offer a truth value."""
        choose = self.choose
        below = depth - 1
        way = choose.below(18)
        if way <= 4:
            kind = choose.weighted(
                [(5, INT), (3, STR), (3, FLOAT), (1, list_of(INT)), (1, tuple_of(INT, STR)), (1, NUMBER)]
            )
            count = choose.weighted([(6, 2), (2, 3), (1, 4)])
            text = self.expression(kind, below).at(BITOR)
            more = [self.expression(kind, below).at(BITOR) for _ in range(count - 1)]
            return Text(text + "".join(f" {choose.pick(COMPARISONS)} {operand}" for operand in more), COMPARE)
        if way == 5:
            left, right = self.anything(below).at(BITOR), self.anything(below).at(BITOR)
            return Text(f"{left} {choose.pick(['==', '!='])} {right}", COMPARE)
        if way <= 7:
            container = choose.weighted(
                [(4, list_of(INT)), (3, STR), (2, dict_of(STR, INT)), (2, RANGE), (1, tuple_of(INT, INT))]
            )
            wanted = STR if container in (STR, dict_of(STR, INT)) else INT
            word = choose.pick(["in", "not in"])
            left, right = (
                self.expression(wanted, below).at(BITOR),
                self.expression(container, below).at(BITOR),
            )
            return Text(f"{left} {word} {right}", COMPARE)
        if way <= 9:
            word, level = choose.pick([("and", AND), ("or", OR)])
            parts = [self.expression(BOOL, below).at(level + 1) for _ in range(choose.between(2, 3))]
            return Text(f" {word} ".join(parts), level)
        if way <= 11:
            return Text(f"not {self.condition(below).at(NOT)}", NOT)
        if way == 12:
            held = self.leaf(choose.pick([NONE, BOOL, INT, list_of(INT)]))
            return Text(
                f"{held.at(BITOR)} {choose.pick(['is', 'is not'])} {choose.pick(['None', 'True', 'None'])}",
                COMPARE,
            )
        if way == 13:
            asked = choose.pick(
                [
                    "int",
                    "str",
                    "bool",
                    "(int, str)",
                    "list",
                    "(float, (tuple, dict))",
                    "range",
                    "Exception",
                    "int | str",
                ]
            )
            return Text(f"isinstance({self.anything(below).text}, {asked})")
        if way == 14:
            items = self.expression(list_of(choose.pick([BOOL, INT, STR])), below)
            return Text(f"{choose.pick(['any', 'all'])}({items.text})")
        if way == 15:
            return Text(f"bool({self.anything(below).text})")
        if way == 16:
            operator, level = choose.pick([("&", BITAND), ("|", BITOR), ("^", BITXOR)])
            return self.binary(self.expression(BOOL, below), operator, self.expression(BOOL, below), level)
        views = choose.pick(["keys", "items"])
        kind = dict_of(STR, INT)
        one, other = self.expression(kind, below).before_dot(), self.expression(kind, below).before_dot()
        return Text(f"{one}.{views}() == {other}.{views}()", COMPARE)

    def str_(self, _: Kind, depth: int) -> Text | None:
        """Offer a string."""
        choose = self.choose
        below = depth - 1
        way = choose.below(20)
        if way <= 2:
            self.grew = True
            return self.binary(self.expression(STR, below), "+", self.expression(STR, below), SUM)
        if way == 3:
            self.grew = True
            count = self.expression(SMALL, 0)
            pair = (
                (self.expression(STR, below), count)
                if choose.chance(70)
                else (count, self.expression(STR, below))
            )
            return self.binary(pair[0], "*", pair[1], PRODUCT)
        if way <= 5:
            return Text(f"{choose.pick(['str', 'repr'])}({self.expression(self.any_kind(), below).text})")
        if way <= 10:
            return self.fstring(below)
        if way <= 12:
            return self.percent(below)
        if way <= 14:
            return self.str_format(below)
        if way <= 16:
            return Text(f"{self.expression(STR, below).before_dot()}[{self.slice_text()}]")
        if way == 17:
            return Text(f"{choose.pick(['bin', 'hex', 'oct'])}({self.expression(INT, below).text})")
        if way == 18:
            letter = f"97 + {self.expression(SMALL, 0).at(SIGN)} % 26"
            return Text(f"chr({choose.pick(['65', letter, '0x263a', '955', '10'])})")
        names = self.variables(STR)
        if names:
            name = self.read(choose.pick(names))
            if self.guarded:
                return Text(f"{name}[{self.expression(SMALL, 0).text}]")
            return Text(
                f"{name}[{self.expression(INT, 0).at(PRODUCT)} % len({name})] if {name} else {name}",
                CONDITIONAL,
            )
        return None

    def slice_text(self) -> str:
        """Return what stands between the brackets of a slice."""
        choose = self.choose
        start, stop = ("" if choose.chance(35) else self.expression(SMALL, 0).text for _ in range(2))
        way = choose.below(6)
        if way <= 2:
            return f"{start}:{stop}"
        if way == 3:
            return "::" + choose.pick(["-1", "2", "-2", "", "3"])
        step = choose.pick(["2", "-1", "1", "-2", "3", "None", "True"])
        if self.guarded and choose.chance(8):
            step = "0"
        return f"{start}:{stop}:{step}"

    def fstring(self, depth: int) -> Text | None:
        """Return an f-string, with conversions, specifications, nested specifications, `=`."""
        choose = self.choose
        if len(self.quotes) >= 2 or (self.quotes and self.quotes[-1] != '"""'):
            return None
        if self.quotes:
            mark = '"' if choose.chance(30) else "'"
        else:
            mark = choose.weighted([(8, '"'), (3, "'"), (2, '"""')])
        self.quotes.append(mark)
        pieces = []
        for _ in range(choose.weighted([(4, 1), (4, 2), (1, 3)])):
            pieces.append(choose.pick(["", "x=", " ", "{{}}", "é ", "-", "a{{b"]))
            pieces.append(self.replacement(depth))
        pieces.append(choose.pick(["", "", "!", " end", "}}"]))
        self.quotes.pop()
        prefix = choose.weighted([(9, "f"), (1, "F"), (1, "rf")])
        body = "".join(pieces)
        return Text(f"{prefix}{mark}{body}{mark}")

    def replacement(self, depth: int) -> str:
        """Return one `{…}` of an f-string."""
        choose = self.choose
        kind = choose.weighted([(6, INT), (4, FLOAT), (5, STR), (2, BOOL), (4, self.any_kind())])
        value = self.expression(kind, depth).at(OR)
        if value.startswith("{"):
            value = " " + value
        equals = choose.pick(["=", " = ", "="]) if choose.chance(10) else ""
        conversion = choose.pick(["!r", "!s", "!a"]) if choose.chance(22) else ""
        specification = ""
        if choose.chance(45):
            known = FORMATS.get("str" if conversion else kind.name)
            if self.guarded and choose.chance(12):
                known = WRONG_FORMATS
            if known:
                specification = ":" + choose.pick(
                    [k for k in known if not (kind == INT and k == "c")] if not self.guarded else known
                )
                if kind in (INT, FLOAT, STR) and not conversion and choose.chance(15):
                    width = choose.pick(
                        ["6", "{" + self.argument(SMALL, 0).text.lstrip("-") + "}", "{2 + 3}"]
                    )
                    specification = ":" + choose.pick([">", "<", "^"]) + width
                    if kind == FLOAT:
                        specification += choose.pick([".1f", ".{1 + 1}f"])
        return "{" + value + equals + conversion + specification + "}"

    def percent(self, depth: int) -> Text:
        """Return `"…" % values`."""
        choose = self.choose
        kinds = [
            choose.weighted([(5, INT), (4, STR), (3, FLOAT), (1, BOOL), (1, NONE)])
            for _ in range(choose.between(1, 3))
        ]
        formats = [choose.pick(PERCENT_FORMATS[kind.name]) for kind in kinds]
        if not self.guarded:
            formats = [
                "%s" if kind == FLOAT and "d" in form else form
                for kind, form in zip(kinds, formats, strict=True)
            ]
        elif choose.chance(15):
            formats[0] = choose.pick(["%d", "%c", "%q", "%", "%x", "%5", "%s%s", "%*d", "%(a)s", "%.f"])
        values = [self.expression(kind, depth).text for kind in kinds]
        text = self.quoted(choose.pick(["", "v=", "100%% "]) + choose.pick(["-", " ", ""]).join(formats))
        if len(values) == 1 and choose.chance(40) and kinds[0] != NONE:
            return Text(f"{text.text} % ({values[0]})", PRODUCT)
        if choose.chance(6) and not self.quotes:
            return Text(f'"%(a)s %(b)r" % {{"a": {values[0]}, "b": {values[-1]}}}', PRODUCT)
        return Text(f"{text.text} % ({', '.join(values)},)", PRODUCT)

    def str_format(self, depth: int) -> Text:
        """Return `"…".format(values)`."""
        choose = self.choose
        kinds = [
            choose.weighted([(5, INT), (4, STR), (3, FLOAT), (1, list_of(INT))])
            for _ in range(choose.between(1, 3))
        ]
        fields = []
        numbered = choose.chance(30)
        for place, kind in enumerate(kinds):
            form = choose.pick(FORMATS[kind.name]) if kind.name in FORMATS and choose.chance(50) else ""
            if self.guarded and choose.chance(8):
                form = choose.pick(WRONG_FORMATS)
            if form == "c":
                form = "d"
            if "{" not in form and choose.chance(8) and kind == INT:
                form = ">6"
            start = str(place) if numbered else ""
            if kind.name == "list":
                start = f"{place}[0]" if numbered and self.guarded else start
                form = ""
            conversion = choose.pick(["!r", "!s", "!a"]) if choose.chance(15) and not form else ""
            fields.append("{" + start + conversion + (":" + form if form else "") + "}")
        if self.guarded and choose.chance(8):
            fields.append(choose.pick(["{}", "{9}", "{", "}", "{x}", "{!z}"]))
        values = ", ".join(self.expression(kind, depth).text for kind in kinds)
        return Text(f"{self.quoted(choose.pick(['', '{{', 'é']) + ' '.join(fields)).text}.format({values})")

    def list_(self, kind: Kind, depth: int) -> Text | None:
        """Offer a list."""
        choose = self.choose
        below = depth - 1
        item = kind.parts[0]
        way = choose.below(16)
        if way <= 1:
            self.grew = True
            return self.binary(self.expression(kind, below), "+", self.expression(kind, below), SUM)
        if way == 2:
            self.grew = True
            return self.binary(self.expression(kind, below), "*", Text(str(choose.between(0, 3))), PRODUCT)
        if way <= 4:
            return Text(f"{self.expression(kind, below).before_dot()}[{self.slice_text()}]")
        if way <= 9:
            return self.comprehension(kind, below)
        if way == 10 and item in (INT, STR, FLOAT):
            source = self.expression(choose.pick([kind, kind, tuple_of(item, item)]), below).text
            keyword = f", reverse={self.expression(BOOL, 0).text}" if choose.chance(40) else ""
            return Text(f"sorted({source}{keyword})")
        if way == 11:
            return Text(f"list(reversed({self.expression(kind, below).text}))")
        if way == 12 and item == INT:
            return Text(f"list({self.range_call().text})")
        if way == 12 and item == STR:
            self.grew = True
            return Text(f"list({self.expression(STR, below).text})")
        if way == 13 and item.name == "tuple" and len(item.parts) == 2:
            first, second = item.parts
            one, other = self.expression(list_of(first), below), self.expression(list_of(second), below)
            return Text(f"list(zip({one.text}, {other.text}))")
        if way == 14 and item.name == "tuple" and len(item.parts) == 2 and item.parts[0] == INT:
            start = f", {choose.pick(['start=', ''])}{choose.between(0, 5)}" if choose.chance(50) else ""
            return Text(f"list(enumerate({self.expression(list_of(item.parts[1]), below).text}{start}))")
        dicts = [
            name
            for name, held in self.scope.readable().items()
            if held.name == "dict" and held.parts[0] == item
        ]
        if dicts:
            return Text(f"list({self.read(choose.pick(dicts))}{choose.pick(['', '.keys()'])})")
        return None

    def comprehension(self, kind: Kind, depth: int) -> Text | None:
        """Return a list or dict comprehension, perhaps with several clauses and conditions."""
        choose = self.choose
        if len(self.bound) >= 3 or (self.quotes and choose.chance(60)):
            return None
        outside, times = dict(self.bound), self.repetitions
        clauses = ""
        for _ in range(choose.weighted([(8, 1), (2, 2)])):
            target, source, bindings, rounds = self.iterable(depth, shadow=True)
            clauses += f" for {target} in {source.at(OR)}"
            self.bound.update(bindings)
            self.repetitions *= rounds
            for _ in range(choose.weighted([(6, 0), (4, 1), (1, 2)])):
                clauses += f" if {self.condition(1).at(OR)}"
        if kind.name == "dict":
            made = f"{{{self.stored(kind.parts[0], 1).text}: {self.stored(kind.parts[1], 1).text}{clauses}}}"
            made = f" {made} " if self.quotes else made
        else:
            made = f"[{self.stored(kind.parts[0], max(depth, 1)).text}{clauses}]"
        self.bound, self.repetitions = outside, times
        self.cost += self.repetitions * 30
        self.grew = True
        return Text(made)

    def iterable(self, depth: int, shadow: bool = False) -> tuple[str, Text, dict[str, Kind], int]:
        """Return a loop's target, what it goes through, the variables it binds and a bound on its rounds."""
        choose = self.choose

        def fresh(count: int) -> list[str]:
            if shadow:
                seen = set(self.bound)
                free = [name for name in COMPREHENSION_NAMES if name not in seen]
                if choose.chance(10) and not self.scope.outer:
                    free = [
                        name for name in self.scope.variables if len(name) == 1 and name not in seen
                    ] + free
                return [*free, "p9", "q9", "r9"][:count]
            return [self.new_name(Kind("loop")) for _ in range(count)]

        way = choose.below(13)
        if way <= 2:
            (name,) = fresh(1)
            return name, self.range_call(), {name: INT}, LOOP_BOUND
        if way <= 6:
            held = self.some_kind("list")
            (name,) = fresh(1)
            return (
                name,
                self.short(self.expression(held, min(depth, 1))),
                {name: held.parts[0]},
                2 * LOOP_BOUND,
            )
        if way == 7:
            (name,) = fresh(1)
            return name, self.short(self.expression(STR, min(depth, 1))), {name: STR}, LOOP_BOUND
        if way <= 9:
            held = self.some_kind("dict")
            source = self.leaf(held)
            what = choose.pick(["items", "keys", "values", ""])
            if what == "items":
                key, value = fresh(2)
                return (
                    self.pair(key, value),
                    Text(f"{source.before_dot()}.items()"),
                    {key: held.parts[0], value: held.parts[1]},
                    2 * LOOP_BOUND,
                )
            (name,) = fresh(1)
            bound = {name: held.parts[1 if what == "values" else 0]}
            return name, Text(f"{source.before_dot()}.{what}()") if what else source, bound, 2 * LOOP_BOUND
        held = self.some_kind("list")
        if way == 10:
            number, item = fresh(2)
            start = choose.pick(["", ", 1", ", start=2"])
            return (
                self.pair(number, item),
                Text(f"enumerate({self.short(self.leaf(held)).text}{start})"),
                {number: INT, item: held.parts[0]},
                2 * LOOP_BOUND,
            )
        if way == 11:
            other = self.some_kind("list")
            first, second = fresh(2)
            return (
                self.pair(first, second),
                Text(f"zip({self.leaf(held).text}, {self.leaf(other).text})"),
                {first: held.parts[0], second: other.parts[0]},
                2 * LOOP_BOUND,
            )
        (name,) = fresh(1)
        return name, Text(f"reversed({self.leaf(held).text})"), {name: held.parts[0]}, 2 * LOOP_BOUND

    def pair(self, first: str, second: str) -> str:
        """Return a target of two names."""
        return self.choose.pick([f"{first}, {second}", f"({first}, {second})", f"[{first}, {second}]"])

    def short(self, source: Text) -> Text:
        """Return `source`, cut down unless it is a variable, whose length is bounded already."""
        return (
            source
            if source.text.isidentifier()
            else Text(f"{source.before_dot()}[:{self.choose.between(2, 6)}]")
        )

    def new_name(self, kind: Kind) -> str:
        """Return a name that this scope does not use; `statements.py` knows how."""
        raise NotImplementedError

    def tuple_(self, kind: Kind, depth: int) -> Text | None:
        """Offer a tuple."""
        choose = self.choose
        below = depth - 1
        if kind.parts == (INT, INT) and choose.chance(40):
            return Text(f"divmod({self.expression(INT, below).text}, {self.nonzero(INT, below).text})")
        if len(set(kind.parts)) == 1 and choose.chance(30):
            return Text(f"({self.expression(kind.parts[0], below).text},) * {len(kind.parts)}", PRODUCT)
        if len(kind.parts) > 1 and choose.chance(40):
            cut = choose.between(1, len(kind.parts) - 1)
            left, right = tuple_of(*kind.parts[:cut]), tuple_of(*kind.parts[cut:])
            return self.binary(self.expression(left, below), "+", self.expression(right, below), SUM)
        return None

    def dict_(self, kind: Kind, depth: int) -> Text | None:
        """Offer a dict."""
        choose = self.choose
        below = depth - 1
        key, value = kind.parts
        way = choose.below(6)
        if way <= 2:
            return self.comprehension(kind, below)
        if way == 3:
            return self.binary(self.leaf(kind), "|", self.expression(kind, below), BITOR)
        if way == 4:
            keys, values = self.expression(list_of(key), below), self.expression(list_of(value), below)
            return Text(f"dict(zip({keys.text}, {values.text}))")
        keys, filling = self.expression(list_of(key), below), self.expression(value, below)
        return Text(f"dict.fromkeys({keys.text}, {filling.text})")

    def type_(self, _: Kind, depth: int) -> Text | None:
        """Offer a type."""
        return Text(f"[int, str, float][{self.choose.between(-3, 2)}]")

    def exception_(self, kind: Kind, depth: int) -> Text | None:
        """Offer an exception."""
        name = self.choose.pick(EXCEPTION_TYPES)
        return Text(
            f"{name}({self.expression(self.choose.pick([STR, STR, INT, list_of(INT)]), depth - 1).text})"
        )


__all__ = ["ANY", "EXCEPTION", "TYPE", "Expressions", "Text"]
