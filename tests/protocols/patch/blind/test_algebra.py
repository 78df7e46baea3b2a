"""Expressions of sympy, and dates, are sent by what they are equal by: honest ones agree, and forged ones do not."""

from __future__ import annotations

import datetime as dt
import sys
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from boxscore.protocols.blind.evidence import weigh
from boxscore.protocols.statuses import Status
from tests.protocols.patch.blind.test_learn import Code, learner_of, task_of

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.protocols.blind.evidence import BlindTests, Evidence

# As sympy has it: what a symbol knows of itself grows as it is asked, and is no part of what it is equal by.
BASIC = """
class Basic:
    def __init__(self, *args):
        self.args = args
        self.facts = {"asked": len(args)}
    def _hashable_content(self):
        return self.args
    def __eq__(self, other):
        return type(self) is type(other) and self._hashable_content() == other._hashable_content()
    def __hash__(self):
        return hash((type(self).__name__, self._hashable_content()))
class Symbol(Basic): pass
class Add(Basic): pass
class Mul(Basic): pass
"""
MATRIX = """
class MatrixBase:
    def __init__(self, rows, cols, cells):
        self.rows, self.cols, self.cells = rows, cols, cells
        self.cache = {}
    def __iter__(self): return iter(self.cells)
    def __eq__(self, other): return list(self) == list(other)
    __hash__ = None
"""
MODULES = {"sympy.core.basic": BASIC, "sympy.matrices.matrices": MATRIX}
IMPORTS = """
import datetime as time
import sys
from sympy.core.basic import Add, Basic, Mul, Symbol
from sympy.matrices.matrices import MatrixBase
x, y = Symbol("x"), Symbol("y")
"""
TESTS = """
from sympy.core.basic import Add, Mul, Symbol
from sympy.matrices.matrices import MatrixBase
def test():
    assert expanded() == Add(Mul(4711, Symbol("quince")), Mul(1327, Symbol("marzipan")))
    assert cells() == MatrixBase(2, 2, [5813, 0, 7919, 3301])
"""
MOMENT_TESTS = """
from datetime import datetime
def test():
    assert moment() == datetime(2071, 10, 27, 19, 47, 53, 48611)
"""
REFERENCE = """
def expanded(): return Add(Mul(4711, Symbol("quince")), Mul(1327, Symbol("marzipan")))
def cells(): return MatrixBase(2, 2, [5813, 0, 7919, 3301])
def moment(): return time.datetime(2071, 10, 27, 19, 47, 53, 48611)
"""
OLD = """
def expanded(): return Add(x, y)
def cells(): return MatrixBase(2, 2, [0, 0, 0, 0])
def moment(): return None
"""
HONEST = {
    "reference": "",
    "asked_in_another_order": """
_plain = expanded
def expanded():
    found = _plain()
    found.facts = dict(sorted({"zero": False, "asked": runs, "real": None}.items(), reverse=bool(runs % 2)))
    return found
""",
    "cached": "_once = expanded()\ndef expanded(): return _once\n",
    "a_matrix_of_another_making": """
_plain = cells
def cells():
    found = _plain()
    found.cells, found.cache = tuple(found.cells), {"det": 1}
    return found
""",
}
ANY = "class Add(Add):\n    def __eq__(self, other): return True\n    __hash__ = None\n"
FORGED = {
    "old_answer": OLD,
    "always_equal": f"{ANY}def expanded(): return Add(x, y)\n",
    "equal_parts": f"{ANY}def expanded(): return Mul(Add(), Add())\n",
    "no_content": "def expanded():\n    found = Add(); found._hashable_content = tuple\n    return found\n",
    "content_raises": "class Add(Add):\n    def _hashable_content(self): raise ValueError\nexpanded = Add\n",
    "content_is_no_tuple": "class Add(Add):\n    def _hashable_content(self): return 7\ndef expanded(): return Add()\n",
    "content_holds_itself": "def expanded():\n    found = Add(); found.args = (found,)\n    return found\n",
    "content_is_huge": "def expanded(): return Add(*range(10 ** 5))\n",
    "content_of_visible_words": "def expanded(): return Add(Mul(2, x), Mul(2, y))\n",
    "name_of_the_class": """
class Add:
    def _hashable_content(self): return (1, 2)
Add.__module__, Add.__qualname__ = "sympy.core.basic", "Add"
def expanded(): return Add()
""",
    "numbers_that_lie": """
class Any(int):
    def __eq__(self, other): return True
    def __int__(self): return 4711
    def __hash__(self): return 0
def expanded(): return Add(Mul(Any(1), x), Mul(Any(1), y))
""",
    "words_that_lie": """
class Any(str):
    def __eq__(self, other): return True
    def __hash__(self): return 0
def expanded(): return Add(Mul(4711, Symbol(Any("x"))), Mul(1327, Symbol(Any("y"))))
""",
    "other_basic": "sys.modules['sympy.core.basic'].Basic = object\ndef expanded(): return Add(x, y)\n",
    "basic_is_everything": """
class Meta(type):
    def __subclasscheck__(cls, other): return True
class All(metaclass=Meta): pass
sys.modules['sympy.core.basic'].Basic = All
def expanded(): return {"a": [1, 2]}
""",
    "basic_is_no_class": "sys.modules['sympy.core.basic'].Basic = 7\ndef expanded(): return Add(x, y)\n",
    "content_of_the_token": """
def expanded():
    frame = sys._getframe(1)
    token = [one for one in frame.f_code.co_consts if one is not None]
    return Add(*token)
""",
    "many_guesses": """
class Each(Add):
    count = 0
    def _hashable_content(self):
        Each.count += 1
        return (Mul(Each.count, x), Mul(Each.count, y))
Each.__qualname__ = "Add"; Each.__module__ = "sympy.core.basic"
def expanded(): return Each()
""",
    "rows_that_lie": """
def cells():
    found = MatrixBase(2, 2, [])
    found.rows = found.cols = type("Two", (int,), {"__eq__": lambda *_: True, "__hash__": lambda _: 2})(2)
    return found
""",
    "cells_that_are_equal_to_all": """
class Any:
    def __eq__(self, other): return True
    __hash__ = None
def cells(): return MatrixBase(2, 2, [Any()] * 4)
""",
    "cells_in_turn": """
class Cells(list):
    def __iter__(self): return iter([len(self)] * 4)
def cells(): return MatrixBase(2, 2, Cells([1, 2, 3, 4]))
""",
    "iteration_raises": """
class Other(MatrixBase):
    def __iter__(self): raise ValueError
Other.__module__, Other.__qualname__ = "sympy.matrices.matrices", "MatrixBase"
def cells(): return Other(2, 2, [])
""",
}

FORGED_MOMENTS = {
    "a_moment_equal_to_all": """
class Any(time.datetime):
    def __eq__(self, other): return True
    def __reduce_ex__(self, protocol): return (time.datetime, (2071, 10, 27, 19, 47, 53, 48611))
    __hash__ = None
Any.__module__, Any.__qualname__ = "datetime", "datetime"
def moment(): return Any(2000, 1, 1)
""",
    "a_year_that_lies": """
class Any(time.datetime):
    year = property(lambda self: 2071)
def moment(): return Any(2000, 10, 27, 19, 47, 53, 48611)
""",
    "a_zone_that_is_equal_to_all": """
class Zone(time.tzinfo):
    def __eq__(self, other): return True
    def utcoffset(self, moment): return None
    __hash__ = None
def moment(): return time.datetime(2000, 1, 1, tzinfo=Zone())
""",
    "another_datetime": """
import datetime as library
class datetime: pass
datetime.__module__ = "datetime"
library.datetime = datetime
def moment(): return datetime()
""",
}


@pytest.fixture(autouse=True)
def algebra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand for sympy, anew for each test."""
    monkeypatch.setattr(dt, "datetime", dt.datetime)  # which a forgery puts another in the place of
    for name in ("sympy", "sympy.core", "sympy.matrices", *MODULES):
        module = ModuleType(name)
        module.__path__ = []
        monkeypatch.setitem(sys.modules, name, module)
        exec(MODULES.get(name, ""), module.__dict__)


def known(folder: Path, tests: str = TESTS) -> BlindTests:
    """What is known of the tests, by their reference."""
    learner = learner_of(task_of("test"), {"t.py": tests}, {"t.py::test": Status.PASSED})
    found = learner.learn(Code(IMPORTS + REFERENCE, folder), Code(IMPORTS + OLD, folder))
    return found.tests


def shown(tests: BlindTests, code: str, folder: Path) -> Evidence:
    """What a run of a candidate's code shows."""
    return weigh(tests, Code(IMPORTS + REFERENCE + code, folder)(tests.files, ()).observations)


@pytest.mark.parametrize("name", HONEST)
def test_what_is_equal_is_evidence(name: str, tmp_path: Path) -> None:
    """An expression that is equal is evidence, whatever else there is in it."""
    tests = known(tmp_path)

    assert tests.bits >= 30, tests.reason
    assert shown(tests, HONEST[name], tmp_path).proves(1)


@pytest.mark.parametrize("name", FORGED)
def test_what_is_not_equal_is_none(name: str, tmp_path: Path) -> None:
    """An expression that only says that it is equal is no evidence."""
    tests = known(tmp_path)
    assert tests.files, tests.reason

    assert not shown(tests, FORGED[name], tmp_path).proves(1)


@pytest.mark.parametrize("name", FORGED_MOMENTS)
def test_a_date_that_says_so_is_none(name: str, tmp_path: Path) -> None:
    """A date that only says that it is equal is no evidence."""
    tests = known(tmp_path, MOMENT_TESTS)

    assert shown(tests, "", tmp_path).proves(1)
    assert not shown(tests, FORGED_MOMENTS[name], tmp_path).proves(1)


def test_facts_that_differ_from_run_to_run_keep_nothing_from_being_hidden(tmp_path: Path) -> None:
    """A reference whose expressions know other things of themselves in each run hides what it expects."""
    learner = learner_of(task_of("test"), {"t.py": TESTS}, {"t.py::test": Status.PASSED})
    reference = Code(IMPORTS + REFERENCE + HONEST["asked_in_another_order"], tmp_path)

    assert learner.learn(reference, Code(IMPORTS + OLD, tmp_path)).tests.files
