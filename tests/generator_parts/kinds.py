"""The kinds of values that the generator knows, and the variables that hold them.

Random text is a `TypeError` on its first line. So that programs go deep, the generator keeps for each place
in the program the variables that certainly have a value there, each with the kind of its value; a variable
never changes its kind. Mistakes are then made on purpose, at a rate of our choosing.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Kind:
    """A kind of value: a name and, for containers, the kinds of what is inside."""

    name: str
    parts: tuple[Kind, ...] = ()


INT = Kind("int")
FLOAT = Kind("float")
STR = Kind("str")
BOOL = Kind("bool")
NONE = Kind("none")
RANGE = Kind("range")
EXCEPTION = Kind("exception")
TYPE = Kind("type")
SMALL = Kind("small")
"""An argument only: a small int that is safe as a width, a count or an index."""
ANY = Kind("any")
"""An argument only: whatever there is."""
NUMBER = Kind("number")
"""An argument only: int, float or bool."""
CHARACTER = Kind("character")
"""An argument only: a string of length one."""
SELF = Kind("self")
"""In a method's entry: the kind of the value before the dot."""
ITEM = Kind("item")
"""In a method's entry: the kind of the items of a list, or the values of a dict."""
KEY = Kind("key")
"""In a method's entry: the kind of a dict's keys."""

SIMPLE = (INT, STR, FLOAT, BOOL, NONE)
HASHABLE = (INT, STR, BOOL, FLOAT)


def list_of(item: Kind) -> Kind:
    """Return the kind of a list of `item`."""
    return Kind("list", (item,))


def tuple_of(*items: Kind) -> Kind:
    """Return the kind of a tuple of exactly these."""
    return Kind("tuple", items)


def dict_of(key: Kind, value: Kind) -> Kind:
    """Return the kind of a dict."""
    return Kind("dict", (key, value))


@dataclass
class Function:
    """A Toy function that the program may call."""

    name: str
    parameters: tuple[Kind, ...]
    optional: int
    """How many of the last parameters have a default."""
    returns: Kind
    cost: int
    """A bound on the steps of one call."""
    recursive: bool = False
    risky: bool = False
    """A call may raise on purpose."""


@dataclass
class Scope:
    """The variables of the module or of one function, as seen from the place being written."""

    outer: Scope | None = None
    variables: dict[str, Kind] = field(default_factory=dict)
    """Those that certainly have a value here."""
    kinds: dict[str, Kind] = field(default_factory=dict)
    """All names ever given to a variable of this scope, with the kind they keep."""
    fixed: set[str] = field(default_factory=set)
    """Names that statements may read and not bind: counters and parameters that bound a recursion."""
    captured: set[str] = field(default_factory=set)
    """Module variables that some function reads: never deleted."""
    declared: set[str] = field(default_factory=set)
    """Names under `global` in this function."""
    functions: list[Function] = field(default_factory=list)

    @property
    def module(self) -> Scope:
        """Return the scope of the module."""
        return self if self.outer is None else self.outer.module

    def is_local(self, name: str) -> bool:
        """Say whether `name` belongs to this function or to one around it (the module has no local names)."""
        if self.outer is None:
            return False
        return (name in self.kinds and name not in self.declared) or self.outer.is_local(name)

    def readable(self) -> dict[str, Kind]:
        """Return the variables that an expression here may read."""
        if self.outer is None:
            return self.variables
        seen = {name: kind for name, kind in self.module.variables.items() if not self.is_local(name)}
        seen.update(self.variables)
        return seen

    def callable_functions(self) -> list[Function]:
        """Return the functions that may be called here."""
        if self.outer is None:
            return self.functions
        return [f for f in self.module.functions if not self.is_local(f.name)] + self.functions
