"""Honest programs and the tests that such come with: all pass, at the level that their tests allow.

The shapes are those of data sets for trainers: classes, work in place, iterators, exceptions, linked lists, numpy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec import Struct

from boxscore.data.inline import inline_task
from boxscore.protocols.contract import Batch, Candidate
from boxscore.protocols.function.grader import open_function_grader
from boxscore.records import Limits, Outcome, Trust

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.boxes.contract import Backend
    from boxscore.protocols.contract import BatchGrader

LIMITS = Limits(cpu_s=2.0, wall_s=200.0, memory_bytes=512 << 20)


class Shape(Struct, frozen=True):
    """A program, its tests, the name that is tested if the tests leave that open, and what a pass is worth."""

    code: str
    tests: str
    entry_point: str | None = None
    trust: Trust = Trust.ORACLE


SHAPES = {
    "annotations": Shape(
        code="def area(w: int, h: int = 2) -> int:\n    return w * h\n",
        tests="assert area.__annotations__ == {'w': int, 'h': int, 'return': int}\nassert area(3) == 6\n",
    ),
    "what a class is": Shape(
        code="class Refused(ValueError):\n    pass\n",
        tests="assert issubclass(Refused, ValueError)\nassert callable(Refused) and not callable(Refused())\n",
    ),
    "membership": Shape(
        code="""\
class V:

    def __contains__(s, x):
        return x == 1
""",
        tests="""\
assert 1 in V()
""",
        trust=Trust.CLAIM,
    ),
    "uuid text": Shape(
        code="""\
import uuid

def f():
    return uuid.UUID(int=1)
""",
        tests="""\
assert str(f()) == '00000000-0000-0000-0000-000000000001'
""",
    ),
    "patched input": Shape(
        code="""\
def ask():
    return input()
""",
        tests="""\
import unittest.mock
with unittest.mock.patch('builtins.input', return_value='x'):
    assert ask() == 'x'
""",
        entry_point="ask",
    ),
    "own equality": Shape(
        code="""\
class P:

    def __init__(s, x, y):
        s.x = x
        s.y = y

    def __eq__(s, o):
        return (s.x, s.y) == (o.x, o.y)
""",
        tests="""\
assert P(1, 2) == P(1, 2)
assert P(1, 2) != P(1, 3)
""",
        trust=Trust.CLAIM,
    ),
    "dataclass": Shape(
        code="""\
from dataclasses import dataclass

@dataclass
class P:
    x: int
    y: int = 0
""",
        tests="""\
p = P(1)
assert (p.x, p.y) == (1, 0)
p.x = 5
assert p.x == 5
""",
    ),
    "stack": Shape(
        code="""\
class Stack:

    def __init__(s):
        s.items = []

    def push(s, x):
        s.items.append(x)

    def pop(s):
        return s.items.pop()

    def __len__(s):
        return len(s.items)
""",
        tests="""\
s = Stack()
s.push(1)
s.push(2)
assert len(s) == 2
assert s.items == [1, 2]
s.items.append(9)
assert s.pop() == 9
assert s
s.pop()
s.pop()
assert not s
""",
    ),
    "lru cache": Shape(
        code="""\
class LRUCache:

    def __init__(self, c):
        from collections import OrderedDict
        self.d = OrderedDict()
        self.c = c

    def get(self, k):
        if k not in self.d:
            return -1
        self.d.move_to_end(k)
        return self.d[k]

    def put(self, k, v):
        self.d[k] = v
        self.d.move_to_end(k)
        if len(self.d) > self.c:
            self.d.popitem(last=False)
""",
        tests="""\
l = LRUCache(2)
l.put(1, 1)
l.put(2, 2)
assert l.get(1) == 1
l.put(3, 3)
assert l.get(2) == -1
assert list(l.d) == [1, 3]
""",
    ),
    "linked list of the tests": Shape(
        code="""\
def rev(head):
    p = None
    while head:
        head.next, p, head = (p, head, head.next)
    return p
""",
        tests="""\
class ListNode:

    def __init__(self, val=0, next=None):
        self.val = val
        self.next = next

def build(a):
    h = None
    for x in reversed(a):
        h = ListNode(x, h)
    return h

def out(h):
    r = []
    while h:
        r.append(h.val)
        h = h.next
    return r
assert out(rev(build([1, 2, 3]))) == [3, 2, 1]
assert out(rev(build(list(range(500))))) == list(range(499, -1, -1))
""",
    ),
    "node of the tests that it makes itself": Shape(
        code="""\
def merge(a, b):
    d = ListNode(0)
    c = d
    while a and b:
        if a.val < b.val:
            c.next = a
            a = a.next
        else:
            c.next = b
            b = b.next
        c = c.next
    c.next = a or b
    return d.next
""",
        tests="""\
class ListNode:

    def __init__(self, val=0, next=None):
        self.val = val
        self.next = next
x = merge(ListNode(1), ListNode(2))
assert x.val == 1 and x.next.val == 2
""",
        trust=Trust.CLAIM,
    ),
    "linked list of the program": Shape(
        code="""\
class ListNode:

    def __init__(self, val=0, next=None):
        self.val = val
        self.next = next

class Solution:

    def rev(self, head):
        p = None
        while head:
            head.next, p, head = (p, head, head.next)
        return p
""",
        tests="""\
s = Solution()
h = ListNode(1, ListNode(2))
r = s.rev(h)
assert r.val == 2 and r.next.val == 1 and (r.next.next is None)
""",
        trust=Trust.CLAIM,
    ),
    "composed functions": Shape(
        code="""\
def compose(*fs):

    def g(x):
        for f in fs:
            x = f(x)
        return x
    return g
""",
        tests="""\
assert compose(lambda x: x + 1, str)(3) == '4'
g = compose(abs)
assert g(-3) == 3
""",
    ),
    "closure": Shape(
        code="""\
def counter():
    n = 0

    def inc():
        nonlocal n
        n += 1
        return n
    return inc
""",
        tests="""\
c = counter()
assert c() == 1
assert c() == 2
""",
    ),
    "own exception": Shape(
        code="""\
class MyErr(ValueError):

    def __init__(self, code):
        super().__init__(f'code {code}')
        self.code = code

def f(x):
    if x < 0:
        raise MyErr(x)
    return x
""",
        tests="""\
try:
    f(-1)
    assert False
except MyErr as e:
    assert e.code == -1
    assert str(e) == 'code -1'
try:
    f(-1)
    assert False
except ValueError as e:
    assert 'code' in str(e)
assert f(2) == 2
""",
        entry_point="f",
    ),
    "coroutine": Shape(
        code="""\
async def f(x):
    return x + 1
""",
        tests="""\
import asyncio
assert asyncio.run(f(1)) == 2
""",
    ),
    "coroutines gathered": Shape(
        code="""\
async def f(x):
    return x + 1
""",
        tests="""\
import asyncio

async def main():
    a = await f(1)
    b = await asyncio.gather(f(1), f(2))
    return (a, b)
assert asyncio.run(main()) == (2, [2, 3])
""",
    ),
    "endless generator": Shape(
        code="""\
def fib():
    a, b = (0, 1)
    while True:
        yield a
        a, b = (b, a + b)
""",
        tests="""\
from itertools import islice
assert list(islice(fib(), 8)) == [0, 1, 1, 2, 3, 5, 8, 13]
g = fib()
assert next(g) == 0
assert next(g) == 1
""",
    ),
    "int enum": Shape(
        code="""\
import enum

class Color(enum.IntEnum):
    R = 1
    G = 2
""",
        tests="""\
assert Color.R == 1
assert Color(2) is Color.G
assert [c.name for c in Color] == ['R', 'G']
""",
    ),
    "properties and operators": Shape(
        code="""\
class Temp:

    def __init__(s, c):
        s._c = c

    @property
    def f(s):
        return s._c * 9 / 5 + 32

    @staticmethod
    def of(x):
        return Temp(x)

    def __add__(s, o):
        return Temp(s._c + o._c)

    def __repr__(s):
        return f'Temp({s._c})'

    def __lt__(s, o):
        return s._c < o._c
""",
        tests="""\
assert Temp(100).f == 212
assert Temp.of(3)._c == 3
assert (Temp(1) + Temp(2))._c == 3
assert repr(Temp(2)) == 'Temp(2)'
assert isinstance(Temp(1), Temp)
""",
    ),
    "own order": Shape(
        code="""\
class Temp:

    def __init__(s, c):
        s.c = c

    def __lt__(s, o):
        return s.c < o.c
""",
        tests="""\
assert sorted([Temp(3), Temp(1)])[0].c == 1
assert Temp(1) < Temp(2)
""",
        trust=Trust.CLAIM,
    ),
    "captured output": Shape(
        code="""\
def hello():
    print('hi')
""",
        tests="""\
import io, contextlib
b = io.StringIO()
with contextlib.redirect_stdout(b):
    hello()
assert b.getvalue() == 'hi\\n'
""",
        entry_point="hello",
    ),
    "seeded randomness": Shape(
        code="""\
import random

def f():
    return random.random()
""",
        tests="""\
import random
random.seed(1)
a = f()
random.seed(1)
assert f() == a
random.seed(1)
assert random.random() == a
""",
        entry_point="f",
        trust=Trust.CLAIM,
    ),
    "a file of the tests": Shape(
        code="""\
def f(path):
    return open(path).read()
""",
        tests="""\
import os
with open('x.txt', 'w') as fh:
    fh.write('abc')
assert f('x.txt') == 'abc'
""",
        entry_point="f",
        trust=Trust.CLAIM,
    ),
    "a counting global": Shape(
        code="""\
count = 0

def f():
    global count
    count += 1
""",
        tests="""\
f()
f()
assert count == 2
""",
        entry_point="f",
        trust=Trust.CLAIM,
    ),
    "the same dict": Shape(
        code="""\
def f(d):
    d['a'] = 1
    return d
""",
        tests="""\
d = {}
assert f(d) is d
assert d == {'a': 1}
""",
    ),
    "rows in place": Shape(
        code="""\
def f(m):
    for r in m:
        r.reverse()
    return m
""",
        tests="""\
m = [[1, 2], [3, 4]]
r = f(m)
assert r == [[2, 1], [4, 3]]
assert m[0] is r[0]
""",
    ),
    "counter": Shape(
        code="""\
from collections import Counter

def f(s):
    return Counter(s)
""",
        tests="""\
assert f('aab') == Counter('aab')
assert f('aab').most_common(1) == [('a', 2)]
assert f('aab') == {'a': 2, 'b': 1}
""",
        entry_point="f",
    ),
    "map": Shape(
        code="""\
def f(xs):
    return map(lambda x: x * 2, xs)
""",
        tests="""\
assert list(f([1, 2])) == [2, 4]
assert set(f([1])) == {2}
""",
    ),
    "a tests' generator": Shape(
        code="""\
def f(it):
    return sum(it)
""",
        tests="""\
assert f((x for x in range(4))) == 6
assert f(iter([1, 2])) == 3
""",
    ),
    "decimal": Shape(
        code="""\
from decimal import Decimal

def f():
    return Decimal('1.10')
""",
        tests="""\
assert f() == Decimal('1.1')
assert str(f()) == '1.10'
""",
        entry_point="f",
    ),
    "dates": Shape(
        code="""\
import datetime

def f(d):
    return d + datetime.timedelta(days=1)
""",
        tests="""\
from datetime import date, datetime, timezone
assert f(date(2024, 2, 28)) == date(2024, 2, 29)
assert f(datetime(2024, 1, 1, tzinfo=timezone.utc)).tzinfo == timezone.utc
""",
    ),
    "binary search tree": Shape(
        code="""\
class Node:

    def __init__(s, v):
        s.v = v
        s.l = None
        s.r = None

def insert(root, v):
    if root is None:
        return Node(v)
    if v < root.v:
        root.l = insert(root.l, v)
    else:
        root.r = insert(root.r, v)
    return root

def inorder(r):
    return inorder(r.l) + [r.v] + inorder(r.r) if r else []
""",
        tests="""\
r = None
for x in [3, 1, 2]:
    r = insert(r, x)
assert inorder(r) == [1, 2, 3]
""",
        entry_point="insert",
        trust=Trust.CLAIM,
    ),
    "a container": Shape(
        code="""\
class It:

    def __init__(s, n):
        s.n = n

    def __iter__(s):
        return iter(range(s.n))

    def __getitem__(s, i):
        return i * 2

    def __len__(s):
        return s.n
""",
        tests="""\
i = It(3)
assert list(i) == [0, 1, 2]
assert i[2] == 4
assert len(i) == 3
assert 2 in i
assert sum(i) == 3
assert [*reversed(list(i))] == [2, 1, 0]
""",
    ),
    "by a base of the error": Shape(
        code="""\
def f(x):
    raise KeyError('zz')
""",
        tests="""\
try:
    f(1)
except LookupError as e:
    assert e.args == ('zz',)
else:
    assert False
""",
    ),
    "exit that is caught": Shape(
        code="""\
def f():
    import sys
    sys.exit(3)
""",
        tests="""\
try:
    f()
    assert False
except SystemExit as e:
    assert e.code == 3
""",
        trust=Trust.CLAIM,
    ),
    "inheritance": Shape(
        code="""\
class A:

    def go(self):
        return 'a'

class B(A):
    pass
""",
        tests="""\
assert issubclass(B, A)
assert isinstance(B(), A)
assert B().go() == 'a'
""",
        entry_point="A",
        trust=Trust.CLAIM,
    ),
    "a tests' subclass": Shape(
        code="""\
class A:

    def go(self):
        return self.hook() + 1
""",
        tests="""\
class T(A):

    def hook(self):
        return 2
assert T().go() == 3
""",
        entry_point="A",
        trust=Trust.CLAIM,
    ),
    "cached function": Shape(
        code="""\
import functools

@functools.lru_cache
def f(n):
    return n if n < 2 else f(n - 1) + f(n - 2)
""",
        tests="""\
assert f(30) == 832040
assert f.cache_info().hits > 0
""",
    ),
    "keywords": Shape(
        code="""\
def f(a, b=2, *c, d=4, **e):
    return (a, b, c, d, e)
""",
        tests="""\
assert f(1) == (1, 2, (), 4, {})
assert f(1, 3, 5, d=6, z=7) == (1, 3, (5,), 6, {'z': 7})
""",
    ),
    "copies": Shape(
        code="""\
class T:

    def __init__(s):
        s.x = [1]
""",
        tests="""\
import copy
t = T()
u = copy.deepcopy(t)
v = copy.copy(t)
t.x.append(2)
assert u.x == [1]
assert v.x == [1, 2]
""",
    ),
    "missing keys": Shape(
        code="""\
class D(dict):

    def __missing__(s, k):
        return k * 2
""",
        tests="""\
d = D()
assert d[3] == 6
d['a'] = 1
assert d == {'a': 1}
""",
        trust=Trust.CLAIM,
    ),
    "regular expression": Shape(
        code="""\
import re

def f(s):
    return re.match('(\\\\d+)-(\\\\d+)', s)
""",
        tests="""\
m = f('12-34')
assert m.group(1) == '12'
assert m[2] == '34'
assert m
assert f('x') is None
""",
    ),
    "many types": Shape(
        code="""\
def f(n):
    return (frozenset(range(n)), range(n), bytearray(b'ab'), b'x', 1j, None)
""",
        tests="""\
assert f(2) == (frozenset({0, 1}), range(2), bytearray(b'ab'), b'x', 1j, None)
""",
    ),
    "globals of values": Shape(
        code="""\
x = [1, 2, 3]
NAME = 'abc'

def f():
    return len(x)
""",
        tests="""\
assert NAME == 'abc'
x.append(4)
assert f() == 4
""",
        entry_point="f",
        trust=Trust.CLAIM,
    ),
    "named tuple": Shape(
        code="""\
from typing import NamedTuple

class P(NamedTuple):
    x: int
    y: int
""",
        tests="""\
p = P(1, 2)
assert p.x == 1 and p == (1, 2) and (p._replace(x=3) == (3, 2))
a, b = p
assert a == 1
""",
    ),
    "own arithmetic": Shape(
        code="""\
class V:

    def __init__(s, x):
        s.x = x

    def __sub__(s, o):
        return abs(s.x - (o.x if isinstance(o, V) else o))
""",
        tests="""\
assert V(3) - 1 == 2
""",
        trust=Trust.CLAIM,
    ),
    "decorator": Shape(
        code="""\
def deco(fn):

    def w(*a):
        w.n += 1
        return fn(*a)
    w.n = 0
    return w
""",
        tests="""\
@deco
def g(x):
    return x * 2
assert g(4) == 8
assert g.n == 1
""",
    ),
    "thread": Shape(
        code="""\
import threading

def f():
    r = []
    t = threading.Thread(target=lambda: r.append(1))
    t.start()
    t.join()
    return r
""",
        tests="""\
assert f() == [1]
""",
    ),
    "swallowed error": Shape(
        code="""\
class Ctx:

    def __init__(s):
        s.log = []

    def __enter__(s):
        s.log.append('in')
        return s

    def __exit__(s, t, v, tb):
        s.log.append('out')
        return True
""",
        tests="""\
c = Ctx()
with c:
    raise ValueError
assert c.log == ['in', 'out']
""",
        trust=Trust.CLAIM,
    ),
    "a list in itself": Shape(
        code="""\
def f(a):
    a.append(a)
""",
        tests="""\
a = [1]
f(a)
assert a[1] is a
""",
    ),
    "set in place": Shape(
        code="""\
def f(s):
    s.add(3)
    s.discard(1)
""",
        tests="""\
s = {1, 2}
f(s)
assert s == {2, 3}
""",
    ),
    "bytes in place": Shape(
        code="""\
def f(b):
    b[0] = 65
""",
        tests="""\
b = bytearray(b'xyz')
f(b)
assert b == b'Ayz'
""",
    ),
    "not a number": Shape(
        code="""\
def f(x):
    return x == x
""",
        tests="""\
assert f(float('nan')) is False
""",
    ),
    "one list three times": Shape(
        code="""\
def f(x):
    return [x] * 3
""",
        tests="""\
r = f([])
r[0].append(1)
assert r == [[1], [1], [1]]
""",
    ),
    "graph": Shape(
        code="""\
import copy

class G:

    def __init__(s):
        s.adj = {}

    def add(s, a, b):
        s.adj.setdefault(a, set()).add(b)

    def bfs(s, a):
        seen = [a]
        for x in seen:
            for y in sorted(s.adj.get(x, ())):
                if y not in seen:
                    seen.append(y)
        return seen
""",
        tests="""\
g = G()
g.add(1, 2)
g.add(2, 3)
assert g.bfs(1) == [1, 2, 3]
assert g.adj == {1: {2}, 2: {3}}
""",
    ),
}


@pytest.mark.parametrize("name", SHAPES)
def test_an_honest_program_passes(grader: BatchGrader, name: str) -> None:
    """At oracle where the tests can judge it from outside, else by its own word and with the reason."""
    shape = SHAPES[name]
    task = inline_task(shape.tests, entry_point=shape.entry_point, limits=LIMITS)
    candidates = (Candidate(sample_id="0", code=shape.code),)

    (result,) = grader.grade(Batch(instance_id="inline", task=task, trust=Trust.ORACLE, candidates=candidates))

    assert (result.outcome, result.trust, bool(result.reason)) == (
        Outcome.PASSED,
        shape.trust,
        shape.trust is Trust.CLAIM,
    )


@pytest.mark.parametrize("name", SHAPES)
def test_a_program_that_does_nothing_does_not_pass(grader: BatchGrader, name: str) -> None:
    """Nor does it because its tests ran beside it."""
    shape = SHAPES[name]
    task = inline_task(shape.tests, entry_point=shape.entry_point, limits=LIMITS)
    candidates = (Candidate(sample_id="0", code="pass\n"),)

    (result,) = grader.grade(Batch(instance_id="inline", task=task, trust=Trust.ORACLE, candidates=candidates))

    assert result.outcome in {Outcome.ERROR, Outcome.WRONG}


NUMPY = {
    "arrays": (
        "import numpy as np\ndef f(n): return np.arange(n) * 2\n",
        (
            "import numpy as np\nassert np.array_equal(f(3), np.array([0, 2, 4]))\nassert f(3).sum() == 6\n"
            "assert (f(3) == np.array([0, 2, 4])).all()\nassert f(3).tolist() == [0, 2, 4]\n"
        ),
    ),
    "in place": ("def f(a): a[0] = 9\n", "import numpy as np\na = np.zeros(3)\nf(a)\nassert a.tolist() == [9, 0, 0]\n"),
    "scalars": (
        "import numpy as np\ndef f(a): return np.mean(a)\n",
        "assert f([1, 2]) == 1.5\nassert str(f([1])) == '1.0'\n",
    ),
    "close": (
        "import numpy as np\ndef f(a): return np.sqrt(np.array(a))\n",
        "import numpy as np\nnp.testing.assert_allclose(f([4.0, 2.0]), [2.0, 1.41421356], rtol=1e-6)\n",
    ),
}


@pytest.mark.docker
@pytest.mark.parametrize("name", NUMPY)
def test_numbers_of_numpy_are_values(docker_backend: Backend, python_image: str, tmp_path: Path, name: str) -> None:
    """Arrays and scalars cross like other values."""
    code, tests = NUMPY[name]
    candidates = (Candidate(sample_id="0", code=code),)
    batch = Batch(
        instance_id="inline", task=inline_task(tests, limits=LIMITS), trust=Trust.ORACLE, candidates=candidates
    )

    with open_function_grader(docker_backend, python_image, cache=tmp_path) as grader:
        (result,) = grader.grade(batch)

    assert (result.outcome, result.trust) == (Outcome.PASSED, Trust.ORACLE)
