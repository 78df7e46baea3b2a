"""Tests that somebody sends along become tasks, or an error that names the place."""

from __future__ import annotations

from typing import Any

import pytest

from boxscore import FunctionTask, Limits, UsageError
from boxscore.data import inline_values
from boxscore.data.inline import inline_task
from boxscore.protocols.program.task import Case, Comparison, ProgramTask, Rule


def function(tests: object, **options: Any) -> FunctionTask:
    task = inline_task(tests, **options)
    assert isinstance(task, FunctionTask)
    return task


def program(tests: object, **options: Any) -> ProgramTask:
    task = inline_task(tests, **options)
    assert isinstance(task, ProgramTask)
    return task


def judged(task: FunctionTask, **candidate: Any) -> str:
    """What the tests of a task say of functions that are called at once: "" or the text of what they raised."""
    namespace: dict[str, Any] = {"__name__": "tests"}
    exec(task.helpers, namespace)
    namespace |= candidate
    try:
        exec(task.tests or "", namespace)
    except AssertionError as error:
        return str(error) or "assert"
    return ""


class TestAsserts:
    """Assert statements, as in MBPP."""

    def test_the_first_name_from_elsewhere_is_the_function(self) -> None:
        task = function(["from math import pi", "assert area(unit()) == pi"], helpers="def unit():\n    return 1\n")

        assert (task.entry_point, task.names) == ("area", ("area",))

    def test_a_builtin_is_the_function_where_it_is_named(self) -> None:
        assert function("assert sum(1, 2) == 3", entry_point="sum").names == ("sum",)
        with pytest.raises(UsageError, match="entry_point"):
            inline_task("assert sum(1, 2) == 3")

    @pytest.mark.parametrize(
        ("tests", "entry_point", "names", "imports"),
        [
            ("assert isclose(f(2), 4)", None, ("f",), "from math import isclose\n"),
            ("assert math.isclose(f(2), 4)", None, ("f",), "import math\n"),
            ("assert np.all(f(2))", None, ("f",), "import numpy as np\n"),
            ("assert gcd(4, 6) == 2", None, ("gcd",), ""),
            ("assert math.isclose(mean([1, 2]), 1.5)", None, ("mean",), "import math\n"),
            ("assert isclose(mean([1, 2]), 1.5)", "mean", ("mean",), "from math import isclose\n"),
            ("assert string(3) == 'abc'", None, ("string",), ""),
            ("assert select(f(3)) == 4", None, ("select", "f"), ""),
            ("assert Node(3).add(Node(4)).value == 7", None, ("Node",), ""),
            ("import math\nassert math.isclose(f(2), 4)", None, ("f",), ""),
        ],
    )
    def test_names_of_the_library_are_not_the_candidate_s(
        self, tests: str, entry_point: str | None, names: tuple[str, ...], imports: str
    ) -> None:
        task = function(tests, entry_point=entry_point)

        assert (task.names, task.helpers.strip()) == (names, imports.strip())

    def test_tests_that_define_check_are_run(self) -> None:
        source = "def check(candidate):\n    assert candidate(1) == 2\n"

        assert (function(source, entry_point="f").tests or "").endswith("check(f)\n")
        assert function(source + "check(f)\n", entry_point="f").tests == source + "check(f)\n\n"

    @pytest.mark.parametrize("tests", ["assert (", ["assert f(1) ==="], "assert f(1)\0", "[" * 5_000, "assert 1"])
    def test_what_is_no_test_is_told(self, tests: object) -> None:
        with pytest.raises(UsageError, match="tests"):
            inline_task(tests)

    def test_an_assertion_over_a_list_is_not_json(self) -> None:
        assert function("[f(1)][0]\nassert f(2)").entry_point == "f"

    @pytest.mark.parametrize(
        ("options", "told"),
        [
            ({"limits": {"cpu_s": 1}}, r"limits must be boxscore\.Limits, not \{'cpu_s': 1\}"),
            ({"comparison": "exact"}, r"comparison must be a boxscore\.Comparison, not 'exact'"),
            ({"language": "Python"}, "needs 'python', not 'Python'; known languages are python, cpp, javascript"),
            ({"language": None}, "language must be a string, not None"),
            ({"helpers": 3}, "helpers must be a string, not 3"),
        ],
        ids=("limits", "comparison", "spelling", "no-language", "helpers"),
    )
    def test_an_option_of_another_type_is_told_with_its_value(self, options: dict[str, Any], told: str) -> None:
        with pytest.raises(UsageError, match=told):
            inline_task("assert f(1) == 1", **options)

    def test_verl_s_assert_case(self) -> None:
        tests = {"inputs": [""], "outputs": [""], "assert_case": ["", "assert f(1) == 2"]}

        assert function(tests).tests == "assert f(1) == 2\n"
        assert program({"inputs": ["1"], "outputs": ["2"], "assert_case": [""]}).cases[0].stdin == "1"


class TestFunctions:
    """Values of a function."""

    def test_arguments_and_answers_as_values(self) -> None:
        task = function({"fn_name": "f", "inputs": [[1, 2], [3, 4]], "outputs": [[[1, 2], 3], [[3, 4], 7]]})

        assert judged(task, f=lambda a, b: ((a, b), a + b)) == ""
        assert judged(task, f=lambda a, b: [[a, b], a - b]) == "test 0: not the expected answer"

    def test_lines_of_json(self) -> None:
        task = function({"fn_name": "f", "inputs": ['"a"\n[1, 2]', '""\n[]'], "outputs": ['"a12"', '""']})

        assert judged(task, f=lambda a, b: a + "".join(map(str, b))) == ""

    def test_a_method_of_a_solution_comes_first(self) -> None:
        task = function({"fn_name": "f", "inputs": [[1], [2]], "outputs": [11, 12]})

        class Solution:
            made = 0

            def __init__(self) -> None:
                Solution.made += 1

            def f(self, a: int) -> int:
                return a + 10

        assert task.names == ("f", "Solution")
        assert judged(task, Solution=Solution, f=lambda a: a + 10) == ""
        assert judged(task, Solution=object, f=lambda a: a + 10) == ""
        assert Solution.made == 1

    def test_a_named_method(self) -> None:
        task = function({"inputs": [[1]], "outputs": [2]}, entry_point="Adder.add")

        class Adder:
            def add(self, a: int) -> int:
                return a + 1

        assert task.names == ("Adder",)
        assert judged(task, Adder=Adder) == ""

    @pytest.mark.parametrize("name", ["all", "len", "list", "isinstance", "accept", "judge", "map", "marshal"])
    def test_any_name_can_be_tested(self, name: str) -> None:
        task = function({"fn_name": name, "inputs": [[[1, 2]]], "outputs": [[3]]})

        assert judged(task, **{name: lambda values: (sum(values),)}) == ""

    def test_answers_in_a_list_of_one(self) -> None:
        wrapped = function({"fn_name": "f", "inputs": [[1], [2]], "outputs": [[1], [2]]})
        mixed = function({"fn_name": "f", "inputs": [[1], [2]], "outputs": [[1], [2, 3]]})
        text = function({"fn_name": "f", "inputs": ["1"], "outputs": ["[1]"]})

        assert judged(wrapped, f=lambda a: a) == judged(wrapped, f=lambda a: [a]) == ""
        assert judged(mixed, f=lambda a: a)
        assert judged(text, f=lambda a: a)

    def test_text_beside_values_may_be_either(self) -> None:
        task = function({"fn_name": "f", "inputs": [[1], [2]], "outputs": ["1", "two"]})

        assert judged(task, f=lambda a: "1" if a == 1 else "two") == ""
        assert judged(task, f=lambda a: 1 if a == 1 else "two") == ""
        assert judged(task, f=lambda a: 1)

    def test_whole_numbers_as_keys(self) -> None:
        task = function({"fn_name": "f", "inputs": [[{"1": 2}]], "outputs": [{"2": 1}]})

        assert judged(task, f=lambda a: {v: k for k, v in a.items()}) == ""
        assert judged(task, f=lambda a: {str(v): k for k, v in a.items()}) == ""

    def test_the_exact_rule_is_livecodebench_s(self) -> None:
        exact = Comparison(rule=Rule.EXACT)
        task = function({"fn_name": "f", "inputs": [[1]], "outputs": [[[1]]]}, comparison=exact)

        assert judged(task, f=lambda a: ([a],)) == ""
        assert judged(task, f=lambda a: [(a,)])
        assert judged(task, f=lambda a: [a])

    def test_near_numbers(self) -> None:
        """With the rule for numbers they may differ by the tolerances, at any depth, and nothing else may."""
        near = Comparison(rule=Rule.NUMBERS, rel_tol=0.0, abs_tol=0.01)
        task = function({"fn_name": "f", "inputs": [[1]], "outputs": [[{"a": 0.5}, 1]]}, comparison=near)

        assert judged(task, f=lambda a: ({"a": 0.505}, 1)) == ""
        assert judged(task, f=lambda a: ({"a": 0.52}, 1))
        assert judged(task, f=lambda a: ({"a": "0.5"}, 1))

    def test_plain_values_of_python(self) -> None:
        value = [(1, 2), {3}, b"x", 1j, float("inf"), {(1,): None}]
        task = function({"fn_name": "f", "inputs": [[value]], "outputs": [[value, 0]]})

        assert judged(task, f=lambda a: (a, 0)) == ""


class TestPrograms:
    """In- and output."""

    @pytest.mark.parametrize(
        "tests",
        [
            {"inputs": ["1\n2", "3"], "outputs": ["3\n", "3\n"]},
            {"inputs": [["1", "2"], "3"], "outputs": ["3\n", "3\n"], "fn_name": None},
            [("1\n2", "3\n"), ["3", "3\n"]],
            [{"input": "1\n2", "output": "3\n"}, {"input": "3", "output": "3\n", "type": "stdin_stdout"}],
            '[{"input": "1\\n2", "output": "3\\n", "testtype": "stdin"}, {"input": "3", "output": "3\\n"}]',
        ],
    )
    def test_the_shapes_of_the_field(self, tests: object) -> None:
        task = program(tests, language="cpp", limits=Limits(cpu_s=9.0))

        assert task.cases == (Case(stdin="1\n2", expected="3\n"), Case(stdin="3", expected="3\n"))
        assert (task.language, task.limits.cpu_s, task.comparison) == ("cpp", 9.0, Comparison())

    def test_pairs_that_are_calls(self) -> None:
        calls = [{"input": "1", "output": "2", "testtype": "functional"}]

        assert function(calls, entry_point="f").names == ("f", "Solution")
        assert function([{"input": [1], "output": 2, "type": "function_call", "fn_name": "g"}]).entry_point == "g"
        with pytest.raises(UsageError, match="fn_name"):
            inline_task(calls)


NESTED = "[" * 150 + "]" * 150
CALL = {"fn_name": "f", "inputs": [[1]], "outputs": [1]}
BAD = [
    (7, "text, a list or a mapping, not 7"),
    (None, "text, a list or a mapping, not None"),
    ([], "tests"),
    ({}, "inputs"),
    ([1], r"tests\[0\]"),
    ([("1", "2"), ("1",)], r"tests\[1\]"),
    ([("1", 2)], r"tests\[0\], output"),
    ([("1", "\ud800")], r"tests\[0\], output"),
    ([{"input": "1"}], r"tests\[0\]"),
    ([{"input": "1", "output": "1", "weight": 1}], "weight"),
    ([{"input": "1", "output": "1", "type": "odd"}], "odd"),
    ([{"input": "1", "output": "1", "type": "functional", "fn_name": "f"}, ("1", "1")], "some are calls"),
    ({"inputs": ["1"]}, "outputs"),
    ({"inputs": ["1"], "outputs": ["1", "2"]}, "1 tests and outputs 2"),
    ({"inputs": ["1"], "outputs": ["1"], "function": "f"}, "function"),
    ({"inputs": [1], "outputs": ["1"]}, r"inputs\[0\]"),
    ({"assert_case": [1]}, r"assert_case\[0\]"),
    ({"assert_case": "assert f(1)"}, "assert_case"),
    (CALL | {"fn_name": "f()"}, "fn_name"),
    (CALL | {"fn_name": "class"}, "fn_name"),
    (CALL | {"fn_name": "_judge"}, "fn_name"),
    (CALL | {"fn_name": "a.b.c"}, "fn_name"),
    (CALL | {"fn_name": 3}, "fn_name"),
    ([{"input": "1", "output": "1", "fn_name": ["f"]}], r"tests\[0\], fn_name"),
    ([{"input": "1", "output": "1", "type": {}}], r"tests\[0\], type"),
    (CALL | {"inputs": [1]}, r"inputs\[0\]"),
    (CALL | {"inputs": ["1\n{"]}, r"inputs\[0\], line 2"),
    (CALL | {"inputs": ["1"], "outputs": ["x"]}, r"outputs\[0\]"),
    (CALL | {"outputs": [object()]}, r"outputs\[0\]"),
    (CALL | {"outputs": [float("nan")]}, "NaN"),
    (CALL | {"inputs": ["1"], "outputs": ["[NaN]"]}, "NaN"),
    (CALL | {"inputs": [NESTED]}, "nested"),
    (CALL | {"inputs": ["[" * 100_000]}, r"inputs\[0\]"),
    (CALL | {"inputs": ["9" * 5_000]}, r"inputs\[0\]"),
    (CALL | {"inputs": [[10**5_000]]}, "digits"),
    ("[" * 100_000, "tests"),
    ('{"fn_name": "f", "inputs": [[1]', "tests"),
]


@pytest.mark.parametrize(("tests", "place"), BAD, ids=range(len(BAD)))
def test_what_is_wrong_is_told_with_its_place(tests: object, place: str) -> None:
    with pytest.raises(UsageError, match=place):
        inline_task(tests)


@pytest.mark.parametrize("rel_tol", [-1.0, float("nan"), float("inf")])
def test_a_tolerance_that_is_none_is_refused(rel_tol: float) -> None:
    with pytest.raises(UsageError, match="rel_tol"):
        inline_task(CALL, comparison=Comparison(rule=Rule.NUMBERS, rel_tol=rel_tol))


def test_names_are_read_as_python_reads_them() -> None:
    assert function({"fn_name": "\ufb01nd", "inputs": [[1]], "outputs": [1]}).entry_point == "find"
    assert function("assert \ufb01nd(1)", entry_point="\ufb01nd").names == ("find",)


def test_there_are_bounds() -> None:
    with pytest.raises(UsageError, match="10,000"):
        inline_task([("", "")] * (inline_values.MAX_TESTS + 1))
    with pytest.raises(UsageError, match="bytes"):
        inline_task([("", "x" * (inline_values.MAX_BYTES // 4))] * 5)
    with pytest.raises(UsageError, match="bytes"):
        inline_task({"fn_name": "f", "inputs": [["x" * (inline_values.MAX_BYTES // 4)]] * 5, "outputs": [0] * 5})
