"""Random statements and functions, and the programs made of them.

The writer keeps the scope of the place where it stands: leaving a block forgets what only the block
assigned. Loops end because they go through something short or count with a variable that nothing else
assigns; recursion ends because its first parameter falls and the body leaves it alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tests.generator_parts.choices import Chooser
from tests.generator_parts.expressions import EXCEPTION_TYPES, LOOP_BOUND, SUM, Expressions, Text
from tests.generator_parts.fragments import FRAGMENTS, MODULE_ONLY
from tests.generator_parts.kinds import (
    BOOL,
    EXCEPTION,
    FLOAT,
    INT,
    NONE,
    SIMPLE,
    SMALL,
    STR,
    Function,
    Kind,
    Scope,
    list_of,
    tuple_of,
)
from tests.generator_parts.methods import METHODS, Method

MODULE_NAMES = [
    "a",
    "b",
    "c",
    "d",
    "g",
    "h",
    "i",
    "j",
    "k",
    "m",
    "n",
    "s",
    "x",
    "y",
    "z",
    "data",
    "count",
    "_k",
    "naïve",
    "xs",
]
LOCAL_NAMES = [
    "p",
    "q",
    "r",
    "left",
    "right",
    "total",
    "item",
    "acc",
    "result_",
    "l1",
    "l2",
    "l3",
    "l4",
    "ö",
    "tmp",
]
CATCHES = ["Exception", "Exception", "Exception", "BaseException", ""]
ANNOTATIONS = {
    "int": "int",
    "str": "str",
    "float": "float",
    "bool": "bool",
    "none": "None",
    "list": "list",
    "dict": "dict",
    "tuple": "tuple",
}
LONGEST_LIST = 9


class Statements(Expressions):
    """Writes a program, statement after statement."""

    def __init__(self, choose: Chooser, unknown_methods: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(choose)
        self.lines: list[str] = []
        self.indent = 0
        self.loops = 0
        """How many loops of this function stand around this place."""
        self.returns: Kind | None = None
        """What the function being written returns."""
        self.handling = 0
        self.blocks = 0
        self.names_made = 0
        self.unknown_methods = unknown_methods

    def emit(self, text: str) -> None:
        """Write one statement or the head of one."""
        self.lines.append("    " * self.indent + text)
        self.cost += self.repetitions

    # --- names ------------------------------------------------------------------------------------------

    def new_name(self, kind: Kind) -> str:
        """Return a name that this scope does not use yet."""
        pool = MODULE_NAMES if self.scope.outer is None else LOCAL_NAMES
        free = [name for name in pool if name not in self.scope.kinds]
        self.names_made += 1
        name = (
            self.choose.pick(free[:4])
            if free
            else f"{'v' if self.scope.outer is None else 'w'}{self.names_made}"
        )
        self.scope.kinds[name] = kind
        return name

    def bind(self, name: str, kind: Kind) -> None:
        """Note that `name` has a value of `kind` from here on."""
        if self.scope.outer is not None and name in self.scope.declared:
            return
        self.scope.variables[name] = kind
        self.scope.kinds[name] = kind

    def assignable(self, kind: Kind | None = None) -> list[tuple[str, Kind]]:
        """Return the variables that may be bound anew here."""
        scope = self.scope
        found = [(n, k) for n, k in scope.variables.items() if n not in scope.fixed and k.name != "loop"]
        found += [
            (n, scope.module.variables[n]) for n in sorted(scope.declared) if n in scope.module.variables
        ]
        return [pair for pair in found if kind is None or pair[1] == kind]

    def containers(self, name: str) -> list[tuple[str, Kind]]:
        """Return the readable variables that hold a list or a dict."""
        return [(n, k) for n, k in self.scope.readable().items() if k.name == name and n not in self.bound]

    @property
    def repeated(self) -> bool:
        """Whether what stands here may run more than once."""
        return self.repetitions > 1 or self.scope.outer is not None

    # --- blocks -----------------------------------------------------------------------------------------

    def block(
        self, least: int = 1, most: int = 3, last: str | None = None, first: Sequence[str] = ()
    ) -> None:
        """Write an indented block; `last` ends it, and what it alone assigned is forgotten."""
        before, functions = dict(self.scope.variables), len(self.scope.functions)
        self.indent += 1
        self.blocks += 1
        for line in first:
            self.emit(line)
        for _ in range(self.choose.between(least, most)):
            self.statement()
        if last is None and self.choose.chance(7 if self.blocks > 1 else 0):
            last = self.leaving()
        if last:
            self.emit(last)
        self.indent -= 1
        self.blocks -= 1
        self.scope.variables = {name: kind for name, kind in before.items() if name in self.scope.variables}
        del self.scope.functions[functions:]

    def leaving(self) -> str | None:
        """Return a statement that leaves the block early, where one is allowed."""
        options = []
        if self.loops:
            options += ["break", "continue", "continue"]
        if self.returns is not None:
            options += ["return"]
        if self.guarded:
            options += ["raise"]
        if not options:
            return None
        word = self.choose.pick(options)
        if word == "return":
            return self.return_text()
        if word == "raise":
            return self.raise_text()
        return word

    def return_text(self) -> str:
        """Return a `return` of the right kind."""
        assert self.returns is not None
        if self.returns == NONE:
            return self.choose.pick(["return", "return None"])
        return f"return {self.stored(self.returns, 2).text}"

    def raise_text(self) -> str:
        """Return a `raise`."""
        choose = self.choose
        if self.handling and choose.chance(50):
            return "raise"
        names = self.variables(EXCEPTION)
        if names and choose.chance(40):
            return f"raise {self.read(choose.pick(names))}"
        if choose.chance(12):
            return f"raise {choose.pick(EXCEPTION_TYPES)}"
        return f"raise {self.literal(EXCEPTION).text}"

    # --- one statement ----------------------------------------------------------------------------------

    def statement(self) -> None:
        """Write one statement of any sort."""
        deep = self.blocks >= 4 or len(self.lines) > 75
        compound = 0 if deep else 1
        room = 1 if self.cost < 3000 else 0
        options: list[tuple[int, Callable[[], None]]] = [
            (16, self.print_statement),
            (14, self.assign),
            (7, self.augmented),
            (5, self.unpack),
            (4, self.item_assign),
            (7, self.method_statement),
            (3, self.expression_statement),
            (2, self.delete),
            (2, self.assertion),
            (1, self.small_things),
            (2, self.line_of_several),
            (2, self.function_values),
            (3 if self.unknown_methods else 0, self.unknown_method),
            (9 * compound, self.if_statement),
            (9 * compound * room, self.for_statement),
            (4 * compound * room, self.while_statement),
            (16 * compound, self.try_statement),
            (12 * compound, self.fragment),
            (
                2 * compound
                if self.scope.outer is not None and self.scope.outer.outer is None and not self.loops
                else 0,
                self.function,
            ),
        ]
        self.choose.weighted([option for option in options if option[0]])()

    def print_statement(self) -> None:
        """`print` of expressions and variables."""
        choose = self.choose
        values = [self.any_expression().text for _ in range(choose.weighted([(5, 1), (4, 2), (2, 3)]))]
        if choose.chance(10):
            values.append(
                choose.pick(['sep="-"', 'end="|\\n"', 'sep=""', "sep=None", 'end=" "', "flush=True"])
            )
        if choose.chance(20):
            values.insert(0, f'"{choose.pick(["now", "here", "->"])}"')
        self.emit(f"print({', '.join(values)})")

    def any_expression(self) -> Text:
        """Return an expression of a random kind that is printable everywhere alike."""
        return self.expression(self.any_kind(), self.choose.weighted([(4, 2), (3, 3), (2, 1)]))

    def assign(self) -> None:
        """Assign to a new variable or an old one, perhaps to several at once."""
        choose = self.choose
        old = self.assignable()
        if old and choose.chance(45):
            name, kind = choose.pick(old)
            value = self.stored(kind, 3).text
        else:
            kind = self.any_kind(choose.weighted([(5, 1), (1, 2)]))
            value = self.stored(kind, 3).text
            name = self.new_name(kind)
        targets = [name]
        if choose.chance(10):
            more = [n for n, k in old if k == kind and n != name]
            targets.append(choose.pick(more) if more else self.new_name(kind))
        if (
            len(targets) == 1
            and choose.chance(8)
            and kind.name in ANNOTATIONS
            and name not in self.scope.declared
        ):
            self.emit(f"{name}: {self.annotation(kind)} = {value}")
        else:
            self.emit(" = ".join(targets) + " = " + value)
        for target in targets:
            self.bind(target, kind)

    def annotation(self, kind: Kind) -> str:
        """Return an annotation for a variable of this kind."""
        base = ANNOTATIONS.get(kind.name, "object")
        if kind.name == "list" and kind.parts[0].name in ANNOTATIONS:
            base = f"list[{ANNOTATIONS[kind.parts[0].name]}]"
        return f"{base} | None" if self.choose.chance(20) and base != "None" else base

    def augmented(self) -> None:
        """`x += …` for names, items and slices."""
        choose = self.choose
        options = [(n, k) for n, k in self.assignable() if k.name in ("int", "float", "str", "list", "bool")]
        way = choose.below(5)
        lists = self.containers("list")
        if way == 0 and lists:
            name, kind = choose.pick(lists)
            operator, value = self.augmentation(kind.parts[0])
            if operator:
                if self.guarded:
                    self.emit(f"{self.read(name)}[{self.expression(SMALL, 0).text}] {operator} {value}")
                else:
                    self.emit(f"if {self.read(name)}: {name}[{choose.pick(['0', '-1'])}] {operator} {value}")
                return None
        if way == 1 and lists and not self.repeated:
            name, kind = choose.pick(lists)
            part = f"{choose.between(0, 2)}:{choose.between(2, 3)}"
            self.emit(f"{self.read(name)}[{part}] += {self.expression(kind, 1).before_dot()}[:2]")
            return None
        dicts = [pair for pair in self.containers("dict") if pair[1].parts[1] in (INT, STR, FLOAT)]
        if way == 2 and dicts:
            name, kind = choose.pick(dicts)
            key = self.leaf(kind.parts[0]).text
            operator, value = self.augmentation(kind.parts[1])
            if self.guarded:
                self.emit(f"{self.read(name)}[{key}] {operator} {value}")
            else:
                self.emit(f"for t in {self.read(name)}: {name}[t] {operator} {value}")
            return None
        if not options:
            return self.assign()
        name, kind = choose.pick(options)
        operator, value = self.augmentation(kind)
        guard = (
            f"if len({name}) < {LONGEST_LIST}: "
            if kind.name in ("list", "str") and self.repeated and operator in ("+=", "*=")
            else ""
        )
        self.emit(f"{guard}{name} {operator} {value}")
        return None

    def augmentation(self, kind: Kind) -> tuple[str, str]:
        """Return an operator and what stands on its right, so that the kind of the variable stays."""
        choose = self.choose
        if kind == INT:
            if choose.chance(30):
                return choose.pick(["%=", "//="]), str(choose.between(2, 1000))
            if choose.chance(20):
                return choose.pick([">>=", "<<="]) if not self.repeated else ">>=", str(choose.between(0, 9))
            if choose.chance(20) and not self.repeated:
                return choose.pick(["*=", "**="]), str(choose.between(0, 4))
            return choose.pick(["+=", "-=", "&=", "|=", "^="]), self.stored(INT, 2).text
        if kind == FLOAT:
            operator = choose.pick(["+=", "-=", "*=", "/=", "//=", "%="])
            return operator, (
                str(choose.between(1, 9))
                if operator in ("/=", "//=", "%=")
                else self.expression(FLOAT, 1).text
            )
        if kind == BOOL:
            return choose.pick(["&=", "|=", "^="]), self.expression(BOOL, 1).text
        if kind.name == "list":
            return "+=", f"{self.expression(kind, 1).before_dot()}[:3]"
        if kind == STR:
            return "+=", f"{self.expression(STR, 1).before_dot()}[:5]"
        return ("+=", self.stored(kind, 1).text) if kind.name == "tuple" and self.guarded else ("", "")

    def target(self, kind: Kind) -> tuple[str, list[tuple[str, Kind]]]:
        """Return a target for a value of `kind` and the names it binds."""
        choose = self.choose
        if kind.name == "tuple" and choose.chance(60):
            inner = [self.target(part) for part in kind.parts]
            names = [name for _, bound in inner for name in bound]
            texts = [text for text, _ in inner]
            if choose.chance(50):
                return "[" + ", ".join(texts) + "]", names
            return "(" + ", ".join(texts) + ("," if len(texts) == 1 else "") + ")", names
        if choose.chance(12):
            for name, held in self.containers("dict"):
                if held.parts[1] == kind:
                    return f"{self.read(name)}[{self.leaf(held.parts[0]).text}]", []
            if self.guarded:
                for name, held in self.containers("list"):
                    if held.parts[0] == kind:
                        return f"{self.read(name)}[{self.expression(SMALL, 0).text}]", []
        old = self.assignable(kind)
        if old and choose.chance(60):
            return old[0][0], []
        name = self.new_name(kind)
        return name, [(name, kind)]

    def unpack(self) -> None:
        """`a, (b, [c, d]) = …`, a swap, or a mismatch where it is caught."""
        choose = self.choose
        old = self.assignable()
        pairs = [(n, m) for n, k in old for m, other in old if n < m and k == other]
        if pairs and choose.chance(30):
            left, right = choose.pick(pairs)
            self.emit(f"{left}, {right} = {right}, {left}")
            return
        kinds = [
            self.any_kind() if choose.chance(60) else tuple_of(INT, choose.pick(SIMPLE))
            for _ in range(choose.between(1, 3))
        ]
        whole = tuple_of(*kinds)
        if choose.chance(40):
            value = self.stored(whole, 2).text
        else:
            value = ", ".join(self.stored(kind, 2).text for kind in kinds) + ("," if len(kinds) == 1 else "")
        inner = [self.target(kind) for kind in kinds]
        texts = [text for text, _ in inner]
        mismatch = self.guarded and choose.chance(10)
        if mismatch:
            texts.append(texts[0])
        left = ", ".join(texts) + ("," if len(texts) == 1 else "")
        if choose.chance(20):
            left = f"[{left}]" if choose.chance(50) else f"({left})"
        self.emit(f"{left} = {value}")
        if not mismatch:
            for _, bound in inner:
                for name, kind in bound:
                    self.bind(name, kind)

    def item_assign(self) -> None:
        """`xs[i] = …`, `d[k] = …`, `xs[a:b] = …`."""
        choose = self.choose
        lists, dicts = self.containers("list"), self.containers("dict")
        way = choose.below(4)
        if way <= 1 and dicts:
            name, kind = choose.pick(dicts)
            key = (
                self.leaf(kind.parts[0]).text
                if not (self.guarded and choose.chance(6))
                else choose.pick(["[1]", "{}", "([],)"])
            )
            self.emit(f"{self.read(name)}[{key}] = {self.stored(kind.parts[1], 2).text}")
        elif lists and way == 2:
            name, kind = choose.pick(lists)
            name = self.read(name)
            start, stop = (choose.pick(["", "0", "1", "2", "-1", "-2", "3"]) for _ in range(2))
            guard = f"if len({name}) < {LONGEST_LIST}: " if self.repeated else ""
            if self.guarded and choose.chance(40):
                part = f"{start}:{stop}:{choose.pick(['2', '-1', '-2', '1'])}"
                self.emit(f"{guard}{name}[{part}] = {self.expression(kind, 1).before_dot()}[:3]")
            else:
                source = self.expression(kind, 1).before_dot() + "[:3]"
                if choose.chance(20):
                    source = f"tuple({source})"
                self.emit(f"{guard}{name}[{start}:{stop}] = {source}")
        elif lists:
            name, kind = choose.pick(lists)
            value = self.stored(kind.parts[0], 2).text
            if self.guarded:
                self.emit(f"{self.read(name)}[{self.expression(SMALL, 1).text}] = {value}")
            else:
                self.emit(f"if {self.read(name)}: {name}[{choose.pick(['0', '-1'])}] = {value}")
        else:
            self.assign()

    def method_statement(self) -> None:
        """Call a method that changes a list or a dict."""
        choose = self.choose
        options = self.containers("list") + self.containers("dict")
        if not options:
            return self.assign()
        name, kind = choose.pick(options)
        methods = [
            m for m in METHODS[kind.name] if m.result == NONE or m.name in ("pop", "setdefault", "popitem")
        ]
        if not self.guarded:
            methods = [
                m for m in methods if not m.risky and (m.name != "sort" or kind.parts[0] in (INT, STR, FLOAT))
            ]
        method: Method = choose.pick(methods)
        name = self.read(name)
        inside = self.arguments(method.arguments, kind, 2)
        guard = ""
        if method.name == "extend":
            inside = f"{self.expression(kind, 1).before_dot()}[:3]"
        if method.name in ("append", "insert", "extend") and self.repeated:
            guard = f"if len({name}) < {LONGEST_LIST}: "
        if method.name == "sort" and choose.chance(50):
            inside = f"reverse={self.expression(BOOL, 1).text}"
        call = f"{name}.{method.name}({inside})"
        if method.result == NONE and not choose.chance(4):
            self.emit(guard + call)
        else:
            self.emit(f"{guard}print({call})")
        return None

    def unknown_method(self) -> None:
        """Call a method of the vocabulary that the table does not know, with any arguments."""
        choose = self.choose
        owner, method = choose.pick(self.unknown_methods)
        receiver = self.stored(
            self.some_kind(owner) if owner != "tuple" else tuple_of(INT, INT), 1
        ).before_dot()
        receiver = f"({receiver})" if receiver[0].isdigit() else receiver
        arguments = ", ".join(
            self.anything(1).text for _ in range(choose.weighted([(3, 0), (3, 1), (2, 2), (1, 3)]))
        )
        self.emit("try:")
        self.emit(f"    print(repr({receiver}.{method}({arguments})))")
        self.emit("except Exception as e:")
        self.emit("    print(repr(e))")

    def expression_statement(self) -> None:
        """An expression evaluated and thrown away."""
        functions = [f for f in self.scope.callable_functions() if self.affordable(f)]
        if functions and self.choose.chance(60):
            self.emit(self.call_of(self.choose.pick(functions), 2).text)
        else:
            self.emit(self.any_expression().text)

    def delete(self) -> None:
        """`del` of names and items."""
        choose = self.choose
        names = [
            n for n, _ in self.assignable() if n in self.scope.variables and n not in self.scope.captured
        ]
        lists = self.containers("list")
        if lists and choose.chance(50):
            name, _ = choose.pick(lists)
            name = self.read(name)
            self.emit(
                f"del {name}[{self.expression(SMALL, 0).text}]"
                if self.guarded
                else f"if {name}: del {name}[{choose.pick(['0', '-1'])}]"
            )
        elif len(names) > 5 and not self.loops:
            chosen = names[: choose.between(1, 2)]
            self.emit("del " + ", ".join(chosen))
            for name in chosen:
                del self.scope.variables[name]
        else:
            self.small_things()

    def assertion(self) -> None:
        """`assert`, mostly true."""
        choose = self.choose
        message = f", {self.leaf(choose.pick([STR, INT])).text}" if choose.chance(50) else ""
        if self.guarded:
            self.emit(f"assert {self.condition(2).at(2 if message else 0)}{message}")
        else:
            self.emit(f"assert {self.condition(1).at(2)} or True{message}")

    def small_things(self) -> None:
        """What does nothing: `pass`, comments, strings, a bare annotation."""
        self.emit(
            self.choose.pick(
                ["pass", "pass  # a comment: if x == 1:", "pass  # é", '"a string"', "0; pass", "1;"]
            )
        )

    def line_of_several(self) -> None:
        """Several simple statements on one line."""
        mark = len(self.lines)
        for _ in range(self.choose.between(2, 3)):
            self.choose.pick([self.assign, self.print_statement, self.assign])()
        made = [line.strip() for line in self.lines[mark:]]
        if all("\n" not in line and not line.startswith(("if ", "for ")) for line in made):
            self.lines[mark:] = ["    " * self.indent + "; ".join(made)]

    def function_values(self) -> None:
        """Functions as values: in variables, lists, dicts and conditional expressions."""
        choose = self.choose
        functions = [f for f in self.scope.callable_functions() if self.affordable(f)]
        if not functions:
            return self.print_statement()
        function = choose.pick(functions)
        call = self.call_of(function, 1).text
        arguments = call[len(function.name) :]
        way = choose.below(5)
        if way == 0:
            self.emit(f"print([{function.name}, len][0]{arguments})")
        elif way == 1:
            self.emit(f'print({{"f": {function.name}}}["f"]{arguments})')
        elif way == 2:
            test = self.expression(BOOL, 1).at(1)
            self.emit(f"print(({function.name} if {test} else {function.name}){arguments})")
        elif way == 3:
            name = function.name
            self.emit(f"print({name} == {name}, {name} is not None, bool({name}))")
        else:
            self.emit(f"print({call}, {function.name} in [{function.name}])")
        return None

    # --- compound statements ----------------------------------------------------------------------------

    def if_statement(self) -> None:
        """`if`, `elif`, `else`; seldom with its body on the same line."""
        choose = self.choose
        if choose.chance(8):
            self.emit(f"if {self.condition(2).text}: print({self.any_expression().text})")
            return
        self.emit(f"if {self.condition(3).text}:")
        self.block()
        for _ in range(choose.weighted([(6, 0), (3, 1), (1, 2)])):
            self.emit(f"elif {self.condition(2).text}:")
            self.block(1, 2)
        if choose.chance(45):
            self.emit("else:")
            self.block(1, 2)

    def for_statement(self) -> None:
        """`for` over anything that can be gone through."""
        choose = self.choose
        target, source, bound, rounds = self.iterable(2)
        if self.repetitions * rounds > 200:
            return self.print_statement()
        if len(bound) == 1 and choose.chance(6):
            nested = [(n, k) for n, k in self.containers("list") if k.parts[0].name == "tuple"]
            if nested:
                name, kind = choose.pick(nested)
                inner = [(self.new_name(part), part) for part in kind.parts[0].parts]
                target = "(" + ", ".join(n for n, _ in inner) + ",)"
                source, bound = Text(self.read(name)), dict(inner)
        self.emit(f"for {target} in {source.text}:")
        self.loop_body(rounds, bound)
        if choose.chance(20):
            self.emit("else:")
            self.block(1, 2)
        return None

    def while_statement(self) -> None:
        """`while` with a counter of its own."""
        choose = self.choose
        rounds = choose.between(1, 5)
        if self.repetitions * rounds > 200:
            return self.print_statement()
        counter = self.new_name(INT)
        self.emit(f"{counter} = 0")
        self.bind(counter, INT)
        self.scope.fixed.add(counter)
        if choose.chance(25):
            self.emit(f"while {choose.pick(['True', '1', 'not None'])}:")
            first = [f"{counter} += 1", f"if {counter} > {rounds}:", "    break"]
        else:
            extra = f" and {self.condition(1).at(3)}" if choose.chance(40) else ""
            self.emit(f"while {counter} < {rounds}{extra}:")
            first = [f"{counter} += 1"]
        self.loop_body(rounds, {}, first)
        if choose.chance(25):
            self.emit("else:")
            self.block(1, 2)
        return None

    def loop_body(self, rounds: int, bound: dict[str, Kind], first: Sequence[str] = ()) -> None:
        """Write the body of a loop that runs at most `rounds` times."""
        before, fixed = dict(self.scope.variables), set(self.scope.fixed)
        self.repetitions *= rounds
        self.loops += 1
        for name, kind in bound.items():
            self.bind(name, kind)
        self.block(1, 3, first=first)
        self.loops -= 1
        self.repetitions //= rounds
        self.scope.variables = {name: kind for name, kind in before.items() if name in self.scope.variables}
        self.scope.fixed = fixed

    def try_statement(self) -> None:
        """`try` in all its shapes."""
        choose = self.choose
        shape = choose.weighted([(8, "except"), (2, "finally"), (4, "both")])
        self.emit("try:")
        catch_all = shape != "finally" and choose.chance(85)
        self.guarded += catch_all
        # An early exit in the body is what makes `finally` and `else` interesting.
        self.block(1, 3, self.leaving() if choose.chance(18) else None)
        self.guarded -= catch_all
        if shape != "finally":
            clauses = choose.weighted([(5, 0), (3, 1), (1, 2)])
            for _ in range(clauses):
                self.handler(choose.pick(EXCEPTION_TYPES), True)
            if catch_all:
                self.handler(choose.pick(CATCHES), False)
            elif not clauses:
                self.handler(choose.pick(EXCEPTION_TYPES), True)
            if choose.chance(25):
                self.emit("else:")
                self.block(1, 2)
        if shape != "except":
            self.emit("finally:")
            self.block(1, 2, self.leaving() if choose.chance(12) else None)

    def handler(self, caught: str, several: bool) -> None:
        """Write one `except` clause."""
        choose = self.choose
        if several and choose.chance(30):
            caught = f"({caught}, {choose.pick(EXCEPTION_TYPES)})"
        named = bool(caught) and choose.chance(85)
        self.emit(f"except {caught} as e:" if named else (f"except {caught}:" if caught else "except:"))
        shown = choose.pick(
            [
                'print("caught", repr(e), e.args)',
                "print(repr(e), str(e))",
                "print(isinstance(e, LookupError), e.args, e)",
                'print(f"{e!r} {e}")',
            ]
        )
        self.handling += 1
        first = [shown if named else 'print("caught something")']
        if named and self.repetitions < 60:
            self.scope.variables["e"] = EXCEPTION
            self.scope.kinds["e"] = EXCEPTION
            self.scope.fixed.add("e")
        self.block(0, 2, "raise" if self.guarded and choose.chance(10) else None, first)
        self.scope.variables.pop("e", None)
        self.handling -= 1

    def fragment(self) -> None:
        """Write one of the fragments that aim at a particular corner."""
        self.names_made += 1
        fragment = self.choose.pick(FRAGMENTS)
        if fragment in MODULE_ONLY and self.scope.outer is not None:
            return self.print_statement()
        for line in fragment(self, str(self.names_made)):
            self.emit(line)
        return None

    # --- functions --------------------------------------------------------------------------------------

    def function(self) -> None:
        """Define a function, perhaps recursive, perhaps inside another one."""
        choose = self.choose
        outer = self.scope
        kept = (
            self.guarded,
            self.repetitions,
            self.cost,
            self.loops,
            self.returns,
            self.handling,
            self.blocks,
        )
        self.names_made += 1
        name = f"{'inner' if outer.outer is not None else 'f'}{self.names_made}"
        recursive, risky = choose.chance(20) and outer.outer is None, choose.chance(25)
        kinds = [INT] if recursive else []
        kinds += [self.any_kind() for _ in range(choose.weighted([(3, 1), (3, 2), (1, 0), (1, 3)]))]
        optional = choose.between(0, len(kinds)) if choose.chance(40) else 0
        parameters = []
        defaults = [self.literal(kind).text for kind in kinds[len(kinds) - optional :]]
        if recursive and optional == len(kinds):
            defaults[0] = "2"
        self.scope = Scope(outer=outer)
        names = [self.new_name(kind) for kind in kinds]
        for place, (parameter, kind) in enumerate(zip(names, kinds, strict=True)):
            annotation = f": {self.annotation(kind)}" if choose.chance(6) and kind.name in ANNOTATIONS else ""
            default = (
                ""
                if place < len(kinds) - optional
                else f"{' = ' if annotation else '='}{defaults[place - len(kinds) + optional]}"
            )
            parameters.append(parameter + annotation + default)
            self.bind(parameter, kind)
        returns = choose.weighted(
            [(5, INT), (4, STR), (2, list_of(INT)), (2, FLOAT), (1, NONE), (1, BOOL), (1, tuple_of(INT, STR))]
        )
        self.guarded, self.repetitions, self.cost, self.loops, self.handling, self.blocks = (
            int(risky),
            1,
            1,
            0,
            0,
            1,
        )
        self.returns = returns
        self.emit(f"def {name}({', '.join(parameters)}):")
        first = ['"""Do something."""'] if choose.chance(15) else []
        shared = [
            n
            for n, k in self.scope.module.variables.items()
            if n not in outer.module.fixed and not self.scope.is_local(n)
        ]
        if shared and choose.chance(35):
            chosen = shared[: choose.between(1, 2)]
            first.append("global " + ", ".join(chosen))
            self.scope.declared.update(chosen)
            self.scope.module.captured.update(chosen)
        last = self.return_text_last(returns)
        if recursive:
            self.scope.fixed.add(names[0])
            self.emit(f"    if {names[0]} <= 0:")
            first_return = (
                f"        return {self.stored(returns, 1).text}" if returns != NONE else "        return"
            )
            mark = len(self.lines)
            self.block(1, 3, "", first)
            # `global` must come before the first use of its names.
            self.lines[mark - 1 : mark - 1] = self.lines[mark : mark + len(first)]
            del self.lines[mark + len(first) : mark + 2 * len(first)]
            place = mark + len(first)
            self.lines.insert(place, "    " * self.indent + first_return)
            self.emit("    " + self.recursion(name, names, kinds, returns))
            self.cost *= 6
        else:
            self.block(1, 4, last, first)
        made = Function(name, tuple(kinds), optional, returns, self.cost + 5, recursive, risky)
        self.guarded, self.repetitions, self.cost, self.loops, self.returns, self.handling, self.blocks = kept
        self.scope = outer
        outer.functions.append(made)
        self.scope.kinds[name] = Kind("function")

    def return_text_last(self, returns: Kind) -> str:
        """Return what ends a function; its expression reads parameters and module variables only."""
        if returns == NONE:
            return self.choose.pick(["", "return", "return None"])
        return f"return {self.stored(returns, 2).text}"

    def recursion(self, name: str, names: list[str], kinds: list[Kind], returns: Kind) -> str:
        """Return the statement that calls the function again."""
        rest = "".join(", " + self.stored(kind, 1).text for kind in kinds[1:])
        again = f"{name}({names[0]} - 1{rest})"
        if returns == INT:
            return (
                f"return {again} {self.choose.pick(['+', '-', '^', '|'])} {self.stored(INT, 1).at(SUM + 1)}"
            )
        if returns in (STR, list_of(INT)):
            return f"return {again} + {self.stored(returns, 1).at(SUM + 1)}"
        if returns == NONE:
            return again
        return f"return {again} if {self.condition(1).at(1)} else {self.stored(returns, 1).text}"

    # --- a program --------------------------------------------------------------------------------------

    def program(self) -> str:
        """Return the text of a whole program."""
        choose = self.choose
        if choose.chance(10):
            self.emit('"""A random program."""')
        if choose.chance(40):
            self.careless = 1.5
        for _ in range(choose.between(3, 6)):
            self.assign()
        for _ in range(choose.weighted([(2, 2), (3, 1), (1, 0), (1, 3)])):
            self.function()
            for _ in range(choose.between(0, 2)):
                self.statement()
        least = choose.weighted([(5, 26), (3, 16), (2, 42)])
        while sum(line.count("\n") + 1 for line in self.lines) < least:
            self.statement()
        names = [name for name, kind in self.scope.variables.items() if kind.name != "function"]
        shown = ", ".join(names)
        if choose.chance(15):
            self.emit('if __name__ == "__main__":')
            self.indent += 1
        for start in range(0, len(names), 6):
            self.emit(f"print({', '.join(names[start : start + 6])})")
        self.indent = 0
        if not shown:
            self.emit('print("the end")')
        text = "\n".join(self.lines)
        return text + choose.pick(["\n", "\n", "\n", "", "  # the end"])


__all__ = ["LOOP_BOUND", "Statements"]
