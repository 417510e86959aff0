"""What is written in Toy's syntax and yet is not Toy, refused before the program runs.

Most of Python that Toy lacks has a syntax of its own, and the grammar leaves it out. What the grammar
cannot see is checked here, on the tree: a closure, a builtin or an attribute that Toy has not, keyword
arguments of the program's own functions, and an annotation that is more than a type's name.

For closures and builtins one must know which variable a name means. Python decides that before the program
runs (3.11, `Python/symtable.c`), and `Scope` follows it: a function's *locals* are its parameters and all
that it binds anywhere in its body, unless it declares them `global`; any other name is looked for in the
functions around it, then among the globals, then among the builtins. The variables of a comprehension are
known only inside of it.

The first refusal in the order of the text is the one that is shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from interp.language import syntax
from interp.language.errors import SourceError
from interp.language.porting import name_place, porting_refusals
from interp.language.refusals import NOT_TOY
from interp.language.source import Source
from interp.language.syntax import Expression, Node
from interp.language.vocabulary import (
    ATTRIBUTE_HINTS,
    BUILTIN_FUNCTIONS,
    DATA_ATTRIBUTES,
    GENERIC_TYPES,
    HINTS,
    LANGUAGE_PAGE,
    METHODS,
    PYTHON_ONLY_NAMES,
    SYNC_NAMES,
    TYPE_NAMES,
    closest_attribute,
    python_attributes,
)

NOT_TOY_PLURAL = "are valid Python, but not part of this language"

KEY_HINT = "Sort tuples that start with the key: sorted([(key_of(x), x) for x in items])."


def check_restrictions(program: syntax.Program, annotations: Sequence[Expression], source: Source) -> None:
    """Refuse a program for the first thing in it that Toy has not."""
    scopes = find_scopes(program)
    bound = {name for scope in scopes for name in scope.bound}
    refusals = [
        *porting_refusals(program, bound | comprehension_variables(program), source),
        *(refusal for scope in scopes for refusal in scope_refusals(scope, source)),
        *(refusal for node in syntax.walk(program) for refusal in node_refusals(node, source)),
        *annotation_refusals(annotations, bound, source),
    ]
    if refusals:
        raise min(refusals, key=lambda refusal: (refusal.place.line, refusal.place.column))


# --- which variable a name means ---


@dataclass
class Scope:
    """What one function, or the program outside of all functions, does with names."""

    function: syntax.FunctionDefinition | None
    parent: Scope | None
    bound: set[str] = field(default_factory=set)
    declared_global: set[str] = field(default_factory=set)
    reads: list[syntax.Name] = field(default_factory=list)
    calls: list[tuple[syntax.Call, frozenset[str]]] = field(default_factory=list)
    shifts: list[syntax.BinaryOperation] = field(default_factory=list)
    functions: list[syntax.FunctionDefinition] = field(default_factory=list)

    def owner(self, name: str) -> Scope | None:
        """Return the scope whose variable `name` means here; None for a builtin or a name without a value."""
        scope: Scope | None = self
        while scope is not None and scope.parent is not None:
            if name in scope.declared_global:
                break
            if name in scope.bound:
                return scope
            scope = scope.parent
        outermost = self.outermost()
        return outermost if name in outermost.bound else None

    def outermost(self) -> Scope:
        """Return the scope of the program."""
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope


def find_scopes(program: syntax.Program) -> list[Scope]:
    """Return the scope of the program and those of all functions, outer ones first."""
    outermost = Scope(None, None)
    scopes = [outermost]
    fill(outermost, program.body)
    for scope in scopes:
        for function in scope.functions:
            inner = Scope(function, scope, {parameter.name for parameter in function.parameters})
            fill(inner, function.body)
            scopes.append(inner)
            outermost.bound |= inner.bound & inner.declared_global
    return scopes


def fill(scope: Scope, body: syntax.Body) -> None:
    """Note what the statements of a scope bind and read, without those of the functions defined in it.

    Each waiting node comes with the variables of the comprehensions around it, which belong to no scope.
    """
    waiting: list[tuple[Node, frozenset[str]]] = [(statement, frozenset()) for statement in body]
    while waiting:
        node, hidden = waiting.pop()
        match node:
            case syntax.Name(name=name):
                if name not in hidden:
                    scope.reads.append(node)
            case syntax.FunctionDefinition(name=name):
                scope.bound.add(name)
                scope.functions.append(node)
                defaults = (parameter.default for parameter in node.parameters)
                waiting.extend((default, hidden) for default in defaults if default is not None)
            case syntax.ListComprehension() | syntax.DictComprehension():
                waiting.extend(comprehension_parts(node, hidden))
            case syntax.GlobalStatement(names=names):
                scope.declared_global.update(names)
            case _:
                if isinstance(node, syntax.Call):
                    scope.calls.append((node, hidden))
                if isinstance(node, syntax.BinaryOperation) and is_print_shift(node):
                    scope.shifts.append(node)
                if isinstance(node, syntax.Handler) and node.name is not None:
                    scope.bound.add(node.name)
                targets = list(targets_of(node))
                scope.bound.update(name.name for target in targets for name in names_bound(target))
                only_bound = {id(target) for target in targets if not is_also_read(node)}
                for child in syntax.children(node):
                    if id(child) not in only_bound:
                        waiting.append((child, hidden))
                    else:
                        waiting.extend((part, hidden) for part in parts_read(child))


def comprehension_parts(
    node: syntax.ListComprehension | syntax.DictComprehension, hidden: frozenset[str]
) -> Iterator[tuple[Node, frozenset[str]]]:
    """Yield the expressions of a comprehension, each with the variables that are hidden from it."""
    variables = {name.name for clause in node.clauses for name in names_bound(clause.target)}
    inside = hidden | variables
    for number, clause in enumerate(node.clauses):
        # The first iterable is evaluated before there are any variables.
        yield clause.iterable, inside if number else hidden
        yield from ((condition, inside) for condition in clause.conditions)
        yield from ((part, inside) for part in parts_read(clause.target))
    if isinstance(node, syntax.ListComprehension):
        yield node.element, inside
    else:
        yield node.key, inside
        yield node.value, inside


def comprehension_variables(program: syntax.Program) -> set[str]:
    """Return the variables of all comprehensions."""
    clauses = [node for node in syntax.walk(program) if isinstance(node, syntax.ComprehensionClause)]
    return {name.name for clause in clauses for name in names_bound(clause.target)}


def targets_of(node: Node) -> Iterator[Expression]:
    """Yield the expressions that a statement binds or deletes."""
    match node:
        case syntax.Assignment(targets=targets) | syntax.DeleteStatement(targets=targets):
            yield from targets
        case syntax.ForStatement(target=target) | syntax.ComprehensionClause(target=target):
            yield target
        case syntax.AugmentedAssignment(target=target) | syntax.AnnotatedAssignment(target=target):
            yield target


def is_print_shift(node: syntax.BinaryOperation) -> bool:
    """Tell whether this is Python 2's way to print into a file, which Python 3 reads as a shift."""
    return node.operator == ">>" and isinstance(node.left, syntax.Name) and node.left.name == "print"


def is_also_read(node: Node) -> bool:
    """Tell whether a statement reads its target as well."""
    return isinstance(node, syntax.AugmentedAssignment | syntax.DeleteStatement)


def names_bound(target: Expression) -> Iterator[syntax.Name]:
    """Yield the names in a target, which may be nested tuples and lists."""
    waiting = [target]
    while waiting:
        part = waiting.pop()
        if isinstance(part, syntax.Name):
            yield part
        elif isinstance(part, syntax.TupleDisplay | syntax.ListDisplay):
            waiting.extend(part.items)


def parts_read(target: Node) -> Iterator[Node]:
    """Yield the expressions in a target that are evaluated: `a` and `i` in `a[i]`."""
    waiting = [target]
    while waiting:
        part = waiting.pop()
        if isinstance(part, syntax.TupleDisplay | syntax.ListDisplay):
            waiting.extend(part.items)
        elif not isinstance(part, syntax.Name):
            yield part


# --- refusals ---


def scope_refusals(scope: Scope, source: Source) -> Iterator[SourceError]:
    """Yield the refusals for names and calls."""
    for name in scope.reads:
        owner = scope.owner(name.name)
        if owner is None:
            if name.name in PYTHON_ONLY_NAMES:
                message = f"the builtin `{name.name}` {NOT_TOY}"
                yield source.refusal(message, name.place, HINTS.get(name.name, ""))
        elif owner is not scope and owner.function is not None:
            yield source.refusal(
                f"a closure {NOT_TOY}: `{name.name}` is a variable of {owner.function.name}",
                name.place,
                closure_hint(name.name, scope, owner),
            )
    for call, hidden in scope.calls:
        yield from keyword_refusals(call, scope, hidden, source)
    for shift in scope.shifts:
        if isinstance(shift.left, syntax.Name) and scope.owner(shift.left.name) is None:
            yield source.refusal(f"print >> {NOT_TOY}", shift.place, "print(...) writes to the one output there is.")


def closure_hint(name: str, scope: Scope, owner: Scope) -> str:
    """Return what to do instead of reading the variable of another function."""
    assert owner.function is not None
    if any(function.name == name for function in owner.functions):
        return f"Move `def {name}` out of {owner.function.name}, to the left margin."
    inner = scope.function.name if scope.function is not None else ""
    return f"Pass it as an argument: add the parameter `{name}` to {inner}."


def keyword_refusals(call: syntax.Call, scope: Scope, hidden: frozenset[str], source: Source) -> Iterator[SourceError]:
    """Yield a refusal for each keyword argument that the called function does not take in Toy."""
    allowed: frozenset[str] | None = None
    called = ""
    match call.function:
        case syntax.Name(name=name) if name not in hidden and scope.owner(name) is None:
            allowed, called = BUILTIN_FUNCTIONS.get(name, SYNC_NAMES.get(name)), name
        case syntax.Attribute(name=name):
            allowed, called = METHODS.get(name), name
    for keyword in call.keywords:
        if allowed is not None and keyword.name in allowed:
            continue
        if allowed is None:
            hint = "Give the arguments by their position, in the order of the parameters."
            yield source.refusal(f"keyword arguments {NOT_TOY_PLURAL}", keyword.place, hint)
        elif keyword.name == "key":
            message = f"the keyword argument `key` of {called} {NOT_TOY}, because no builtin calls a function"
            yield source.refusal(message, keyword.place, KEY_HINT)
        else:
            hint = f"{called} takes these: {', '.join(sorted(allowed))}." if allowed else ""
            if called == "spawn":
                hint = spawn_hint(call)
            message = f"the keyword argument `{keyword.name}` of {called} {NOT_TOY}"
            yield source.refusal(message, keyword.place, hint)


def spawn_hint(call: syntax.Call) -> str:
    """Return how to hand arguments to the function that a task runs."""
    match call.arguments:
        case (syntax.Name(name=name), *_):
            return f"Give the arguments behind the function: spawn({name}, 1)."
    return "Give the function and then its arguments: spawn(f, 1)."


def node_refusals(node: Node, source: Source) -> Iterator[SourceError]:
    """Yield the refusals for del of a slice, for attributes that no type of Toy has, and for binding any."""
    match node:
        case syntax.Attribute(name=name) if name not in METHODS and name not in DATA_ATTRIBUTES:
            yield attribute_refusal(node, source)
        case syntax.DeleteStatement(targets=targets):
            for target in targets:
                for part in parts_read(target):
                    if isinstance(part, syntax.Subscript) and isinstance(part.index, syntax.Slice):
                        message = f"del of a slice {NOT_TOY}"
                        yield source.refusal(message, part.place, "Assign an empty list to it: items[1:3] = [].")
    for target in targets_of(node):
        for part in parts_read(target):
            if isinstance(part, syntax.Attribute):
                yield source.refusal(
                    f"binding an attribute {NOT_TOY}",
                    part.place,
                    'A dict has items to bind: value["name"] = 1.',
                )


def attribute_refusal(node: syntax.Attribute, source: Source) -> SourceError:
    """Return the refusal of an attribute that no value of Toy has; a misspelt one is no Python either."""
    name, hint = node.name, f"{LANGUAGE_PAGE} lists the methods of every type."
    if name in python_attributes():
        return source.refusal(f"the attribute `{name}` {NOT_TOY}", name_place(node), ATTRIBUTE_HINTS.get(name, hint))
    meant = closest_attribute(name)
    message = f"no value of this language has an attribute `{name}`"
    return source.refusal(message, name_place(node), f"Did you mean `{meant}`?" if meant else hint)


def annotation_refusals(annotations: Sequence[Expression], bound: set[str], source: Source) -> Iterator[SourceError]:
    """Yield a refusal for each annotation that is not made of the names of builtin types.

    Python evaluates most annotations. Those allowed do nothing that shows, as long as the names keep their
    meaning.
    """
    for annotation in annotations:
        for part in annotation_faults(annotation):
            yield source.refusal(
                f"an annotation other than a builtin type {NOT_TOY}",
                part.place,
                "Annotations are made of the builtin types and None: int, list[int] | None.",
            )
        for node in syntax.walk(annotation):
            if isinstance(node, syntax.Name) and node.name in bound & TYPE_NAMES:
                yield source.refusal(
                    f"an annotation with `{node.name}`, which this program binds itself, {NOT_TOY}",
                    node.place,
                    "Give the variable another name.",
                )


def annotation_faults(annotation: Expression) -> Iterator[Expression]:
    """Yield the parts of an annotation that are no types."""
    waiting = [annotation]
    while waiting:
        part = waiting.pop()
        match part:
            case syntax.Name(name=name) if name in TYPE_NAMES:
                pass
            case syntax.Constant(value=None):
                pass
            case syntax.BinaryOperation(operator="|", left=left, right=right) if not is_none(left) or not is_none(
                right
            ):
                waiting += [left, right]
            case syntax.Subscript(container=syntax.Name(name=name), index=syntax.TupleDisplay(items=items)) if (
                name in GENERIC_TYPES and items
            ):
                waiting += items
            case syntax.Subscript(container=syntax.Name(name=name), index=index) if name in GENERIC_TYPES:
                waiting.append(index)
            case _:
                yield part


def is_none(node: Expression) -> bool:
    """Tell whether this is `None`."""
    return isinstance(node, syntax.Constant) and node.value is None
