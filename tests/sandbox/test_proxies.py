# ruff: noqa: E501 - programs on one line
"""Stand-ins: what tests can do with a program's objects, functions and exceptions, and where the oracle ends."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import plain
from crossing import Stays
from proxies import Handle, raisable
from tests.sandbox.conversation import Conversation, SteppedBack, crossed
from verdicts import SampleEnd

PROGRAM = """
import collections, decimal, enum, fractions, datetime, pathlib, uuid, copy
def sort(items): items.sort()
def same(value): return value
def grow(value): value.append(value); return value
def apply(function, *values): return [function(one) for one in values]
def total(iterator): return sum(iterator)
def count():
    number = 0
    while True:
        yield number
        number += 1
def put(node, name, value): setattr(node, name, value); return node.value
def refuse(*values): raise ValueError(*values)
class Refused(LookupError):
    def __init__(self, code): super().__init__(f"code {code}"); self.code = code
def fail(): raise Refused(7)
def name_it(operation, name, **others): return (operation, name, *others.values())
class Node:
    kind = "node"
    def __init__(self, value, next=None): self.value, self.next = value, next
    def shout(self, text="!"): return f"{self.value}{text}"
    @classmethod
    def of(cls, value): return cls(value)
    @property
    def double(self): return 2 * self.value
class Vector:
    def __init__(self, *values): self.values = list(values)
    def __add__(self, other): return Vector(*map(sum, zip(self.values, other.values)))
    def __sub__(self, other): return 0
    def __mul__(self, other): return sum(a * b for a, b in zip(self.values, other.values))
    def __len__(self): return len(self.values)
    def __iter__(self): return iter(self.values)
    def __getitem__(self, at): return self.values[at]
    def __setitem__(self, at, value): self.values[at] = value
    def __neg__(self): return Vector(*(-one for one in self.values))
    def __str__(self): return f"<{self.values}>"
    def __enter__(self): return self
    def __exit__(self, *error): return True
class Secret:
    def startswith(self, text): return True
    def __index__(self): return 0
def make(kind=Secret): return kind()
del Secret
class Equal:
    def __eq__(self, other): return True
    def __bool__(self): return True
    def __contains__(self, item): return True
    def __lt__(self, other): return True
class Pair(collections.namedtuple("Pair", "left right")):
    def swapped(self): return Pair(self.right, self.left)
class Names(list):
    def longest(self): return max(self, key=len)
class Loud(list):
    def append(self, item): super().append(item.upper())
class Colour(enum.Enum):
    RED = 1
class Level(enum.IntEnum):
    LOW = 1
LIMITS = [1, 2]
"""
HONEST = {
    "in place": "items = [3, 1]; sort(items); assert items == [1, 3]",
    "aliased": "row = [2, 1]; rows = [row, row]; sort(rows[0]); assert rows[1] == [1, 2] and row is rows[0]",
    "the same object": "items = [1]; assert same(items) is items",
    "a cycle": "items = []; assert grow(items) is items and items[0] is items",
    "grown by the tests": "v = Vector(1); v.values.append(2); assert len(v) == 2 and list(v) == [1, 2]",
    "a global that is changed": "LIMITS.append(3); assert len(LIMITS) == 3",
    "values": (
        "from decimal import Decimal; from fractions import Fraction; import datetime, uuid, pathlib, collections\n"
        "for one in (Decimal('1.10'), Fraction(1, 3), datetime.date(2020, 1, 2), datetime.timedelta(1, 2, 3),\n"
        "            datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone.utc), datetime.time(1), uuid.UUID(int=1),\n"
        "            pathlib.Path('/a'), range(3), bytearray(b'a'), frozenset({1}), collections.deque([1], 3), 1j,\n"
        "            collections.Counter('aab'), collections.OrderedDict(a=1), collections.defaultdict(int, a=1)):\n"
        "    assert same(one) == one and type(same(one)) is type(one)\n"
        "assert list(same({1: 2}.items())) == [(1, 2)] and same({1: 2}.keys()) == {1}"
    ),
    "iterators": "n = count(); assert [next(n), next(n)] == [0, 1]\nfor one in n: break\nassert one == 2",
    "a tests' iterator": "assert total(iter([1, 2])) == 3 and total(x for x in range(3)) == 3",
    "functions": "assert apply(lambda x: x + 1, 1, 2) == [2, 3] and apply(str, 1) == ['1'] and apply(len, 'ab') == [2]",
    "a tests' object": (
        "class Own:\n    def __init__(self): self.value = [1]\n"
        "own = Own(); assert put(own, 'other', 2) == [1] and own.other == 2; sort(own.value)"
    ),
    "a long list of nodes": (
        "class Link:\n    def __init__(self, value, next): self.value, self.next = value, next\n"
        "link = None\nfor at in range(400): link = Link(at, link)\n"
        "assert put(link, 'value', 5) == 5 and link.value == 5"
    ),
    "attributes": "n = Node(2); n.value = 3; assert (n.value, n.double, n.kind, n.shout(text='?')) == (3, 6, 'node', '3?')",
    "deleted": "n = Node(2); del n.value\ntry: n.value\nexcept AttributeError: pass\nelse: assert False",
    "what a function says of itself": "assert sort.__name__ == 'sort' and sort.__doc__ is None and sort.__annotations__ == {}",
    "keywords with any name": "assert name_it(operation=1, name=2, self=3, function=4) == (1, 2, 3, 4)",
    "class members": "assert Node.of(4).value == 4 and Node.kind == 'node' and isinstance(Node(1), Node)",
    "objects in objects": "assert Node(1, Node(2)).next.value == 2 and same([Node(3)])[0].value == 3",
    "truth": "assert Node(1) and not Vector() and Vector(1)",
    "operators": "v = Vector(1, 2) + Vector(3, 4); v[0] = 9; assert (v[0], list(-v), str(v)) == (9, [-9, -6], '<[9, 6]>')",
    "of two objects": "assert Vector(1, 2) * Vector(3, 4) == 11",
    "in": "assert 2 in Vector(1, 2) and 3 not in Vector(1, 2)",
    "with": "with Vector(1) as v: assert v[0] == 1",
    "copies": "import copy; a = Vector(1); b = copy.deepcopy(a); a[0] = 2; assert (a[0], b[0]) == (2, 1)",
    "exceptions": "try: fail()\nexcept Refused as e: assert e.code == 7 and str(e) == 'code 7'\nelse: assert False",
    "by a base": "try: fail()\nexcept LookupError as e: assert e.args == ('code 7',)\nelse: assert False",
    "arguments": "try: refuse('a', 3)\nexcept ValueError as e: assert e.args == ('a', 3)\nelse: assert False",
    "a named tuple": "p = Pair(1, 2); a, b = p; assert p == (1, 2) and p.left == 1 and p.swapped() == (2, 1) and a == 1",
    "a list of its own": "n = Names(['a', 'bb']); n.append('ccc'); assert n.longest() == 'ccc' and n == ['a', 'bb', 'ccc']",
    "a list that decides": "n = Loud(); n.append('a'); assert n[0] == 'A' and list(n) == ['A']",
    "enums": "assert same(Colour.RED) is Colour.RED and Colour.RED.value == 1 and Level.LOW == 1 and Level.LOW.name == 'LOW'",
}


@pytest.mark.parametrize("tests", HONEST.values(), ids=HONEST.keys())
def test_tests_may_treat_a_program_as_if_it_were_theirs(tests: str) -> None:
    exec(tests, (own := Conversation(PROGRAM)).names | {"__name__": "tests"})

    Conversation(PROGRAM).run(tests)

    assert own.asked == []


ENDS = {
    "equality": "Equal() == 1",
    "inequality": "Equal() != 1",
    "order": "Equal() < 1",
    "reflected order": "1 > Equal()",
    "truth": "bool(Equal())",
    "membership": "1 in Equal()",
    "hash": "{Equal(): 1}",
    "in a list": "same([Equal()]) == [1]",
    "difference from an expected value": "abs(Vector(1) - 2.5) < 0.1",
    "a method that values have": "make().startswith('abc')",
    "a number that may be another each time": "[1, 2][make()]",
    "and the other way round": "2.5 - Vector(1)",
    "an error that is handled": "with Vector(1): raise ValueError",
    "a class derived from it": "class Mine(Node): pass",
    "pickling": "import pickle; pickle.dumps(Node(1))",
    "a tests' method that is replaced": (
        "class Own:\n    value = 1\n    def check(self): return False\nown = Own(); put(own, 'check', Node)"
    ),
    "a value that cannot leave": "same(object())",
}


@pytest.mark.parametrize("tests", ENDS.values(), ids=ENDS.keys())
def test_what_the_program_would_decide_ends_the_oracle(tests: str) -> None:
    conversation = Conversation(PROGRAM.replace("def __sub__", "def __rsub__(self, other): return 0\n    def __sub__"))

    with pytest.raises((SteppedBack, plain.Breach, Stays)):
        conversation.run(tests)


def test_values_that_nobody_holds_are_dropped() -> None:
    conversation = Conversation(PROGRAM)

    conversation.run("for at in range(1_000): assert same([[at], {at: [at]}]) == [[at], {at: [at]}]")

    assert len(conversation.things.shared) < 20
    assert len(conversation.objects.shared) < 20


FORMS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 9)
    | st.sampled_from(["shared", "mine", "builtins:eval", "x", "__class__"]),
    lambda inner: (
        st.tuples(
            st.sampled_from(
                [
                    "shared",
                    "value",
                    "name",
                    "yours",
                    "mine",
                    "mirror",
                    "class",
                    "error",
                    "tuple",
                    "frozenset",
                    "list",
                    "Decimal",
                ]
            ),
            inner,
            inner,
        )
        | st.lists(inner, max_size=4).map(tuple)
    ),
    max_leaves=12,
)


@given(FORMS, FORMS, FORMS, FORMS)
def test_a_hostile_message_is_a_breach_or_a_value(forms: Any, new: Any, changed: Any, dropped: Any) -> None:
    conversation = Conversation()

    try:
        conversation.things.accept(crossed((forms, new, changed, dropped)))
    except (plain.Breach, SteppedBack):
        return


@pytest.mark.parametrize(
    "form",
    [
        ("name", "builtins:eval"),
        ("name", "builtins:type"),
        ("name", "os:system"),
        ("yours", 0),
        ("yours", -1),
        ("global", "f"),
        ("function", 0, "f"),
        ("value", "scalar", "O", b"12345678"),
        ("value", "Decimal", "1e999999999"),
        ("value", "range", 0, 1 << 62),
        ("mirror", 1, ("class", 2, "C", "m", (), (), ()), True),
        ("mirror", 1, ("name", "builtins:int"), 1),
        ("class", 1, "C", "m", ("name", "builtins:eval"), (), ()),
        ("error", 1, ("name", "builtins:dict"), ()),
        ("shared", 7),
    ],
)
def test_what_a_candidate_may_not_hand_over(form: Any) -> None:
    conversation = Conversation()
    conversation.things.exported += [] if form != ("yours", -1) else [eval]

    try:
        (value,) = conversation.things.accept(crossed(((form,), (), (), ())))
    except plain.Breach:
        return
    assert value is None


def test_a_forged_class_does_not_pass_for_a_builtin() -> None:
    conversation = Conversation("class int:\n    def __eq__(self, other): return True\n")

    value = conversation.run("value = int()")["value"]

    assert isinstance(value, Handle)
    with pytest.raises(SteppedBack):
        _ = value == 1


END = SampleEnd("error", "why", error="Custom")


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (("Custom", "KeyError", "LookupError"), KeyError),
        (("Custom", "Exception"), Exception),
        (("UnicodeDecodeError", "ValueError"), UnicodeDecodeError),
    ],
)
def test_exceptions_are_of_the_nearest_builtin_class(names: tuple[str, ...], kind: type[Exception]) -> None:
    error = raisable(names, "why", END)

    assert type(error) is kind
    assert vars(error)["end"] is END


@pytest.mark.parametrize("names", [("SystemExit",), ("StopIteration",), ("print",), ("Custom",), ("object",)])
def test_what_tests_must_not_catch_ends_the_sample(names: tuple[str, ...]) -> None:
    assert raisable(names, "why", END) is END
