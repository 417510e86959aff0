"""The methods of the builtin types, with the kinds of their arguments and results.

A method that Toy has and this table does not know is generated all the same, with arguments of every kind
(`unknown_methods`): the table makes calls that succeed, the vocabulary says which methods there are.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.generator_parts.kinds import (
    BOOL,
    CHARACTER,
    FLOAT,
    INT,
    ITEM,
    KEY,
    NONE,
    SELF,
    SMALL,
    STR,
    Kind,
    list_of,
    tuple_of,
)


@dataclass(frozen=True)
class Method:
    """One way to call a method; `risky` if a call with arguments of the right kinds may still raise."""

    name: str
    arguments: tuple[Kind, ...] = ()
    result: Kind = STR
    risky: bool = False
    grows: bool = False
    """The result may be longer than all that went in."""


def same_shape(names: str, arguments: tuple[Kind, ...], result: Kind, risky: bool = False) -> list[Method]:
    """Return methods that are called alike."""
    return [Method(name, arguments, result, risky) for name in names.split()]


STR_METHODS = [
    *same_shape("upper lower title capitalize swapcase casefold strip lstrip rstrip expandtabs", (), STR),
    *same_shape("strip lstrip rstrip removeprefix removesuffix", (STR,), STR),
    *same_shape("center ljust rjust zfill expandtabs", (SMALL,), STR),
    *same_shape("center ljust rjust", (SMALL, CHARACTER), STR),
    *same_shape("count find rfind", (STR,), INT),
    *same_shape("count find rfind", (STR, SMALL), INT),
    *same_shape("count find rfind", (STR, SMALL, SMALL), INT),
    *same_shape("index rindex", (STR,), INT, risky=True),
    *same_shape("startswith endswith", (STR,), BOOL),
    *same_shape("startswith endswith", (tuple_of(STR, STR),), BOOL),
    *same_shape("startswith endswith", (STR, SMALL), BOOL),
    *same_shape(
        "isalpha isdigit isalnum isspace isupper islower istitle isnumeric isdecimal isidentifier isascii "
        "isprintable",
        (),
        BOOL,
    ),
    Method("replace", (STR, STR), STR, grows=True),
    Method("replace", (STR, STR, SMALL), STR, grows=True),
    *same_shape("split rsplit splitlines", (), list_of(STR)),
    *same_shape("split rsplit", (CHARACTER,), list_of(STR)),
    *same_shape("split rsplit", (CHARACTER, SMALL), list_of(STR)),
    *same_shape("split rsplit", (STR,), list_of(STR), risky=True),
    Method("splitlines", (BOOL,), list_of(STR)),
    *same_shape("partition rpartition", (CHARACTER,), tuple_of(STR, STR, STR)),
    *same_shape("partition rpartition", (STR,), tuple_of(STR, STR, STR), risky=True),
    Method("join", (list_of(STR),), STR, grows=True),
]
LIST_METHODS = [
    Method("copy", (), SELF),
    Method("count", (ITEM,), INT),
    Method("index", (ITEM,), INT, risky=True),
    Method("index", (ITEM, SMALL), INT, risky=True),
    Method("pop", (), ITEM, risky=True),
    Method("pop", (SMALL,), ITEM, risky=True),
    Method("append", (ITEM,), NONE),
    Method("insert", (SMALL, ITEM), NONE),
    Method("extend", (SELF,), NONE),
    Method("remove", (ITEM,), NONE, risky=True),
    Method("reverse", (), NONE),
    Method("sort", (), NONE),
    Method("clear", (), NONE),
]
DICT_METHODS = [
    Method("get", (KEY, ITEM), ITEM),
    Method("setdefault", (KEY, ITEM), ITEM),
    Method("pop", (KEY, ITEM), ITEM),
    Method("pop", (KEY,), ITEM, risky=True),
    Method("copy", (), SELF),
    Method("update", (SELF,), NONE),
    Method("clear", (), NONE),
]
INT_METHODS = [
    Method("bit_length", (), INT),
    Method("bit_count", (), INT),
    Method("conjugate", (), INT),
    Method("as_integer_ratio", (), tuple_of(INT, INT)),
]
FLOAT_METHODS = [
    Method("is_integer", (), BOOL),
    Method("hex", (), STR),
    Method("conjugate", (), FLOAT),
    Method("as_integer_ratio", (), tuple_of(INT, INT), risky=True),
]
METHODS = {
    "str": STR_METHODS,
    "list": LIST_METHODS,
    "dict": DICT_METHODS,
    "int": INT_METHODS,
    "float": FLOAT_METHODS,
}

OTHER_FORMS = {
    "str": {"format"},
    "dict": {"keys", "values", "items", "popitem", "fromkeys"},
    "tuple": {"count", "index"},
    "range": {"count", "index"},
}
"""Methods that `expressions.py` and `statements.py` write in forms of their own."""
