"""EvoEval's inputs: what their text says, worked out without running it."""

from __future__ import annotations

import ast

import pytest

from harnesses.evoeval.arguments import arguments_of


@pytest.mark.parametrize(
    "text",
    [
        "[(1.0, 2.0)], 0.5",
        "",
        "'a', -1, +2, True, None, b'x', 3j",
        "{'a': [1], 2: (3,)}, {1, 2}, set([7, 8]), frozenset([1])",
    ],
)
def test_literals_are_what_python_makes_of_them(text: str) -> None:
    with_calls = text.replace("set([7, 8])", "{7, 8}").replace("frozenset([1])", "{1}")

    found = arguments_of(text)

    assert found == tuple(ast.literal_eval(f"[{with_calls}]"))


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("[5]*3 + [6], 'ab'*2", ([5, 5, 5, 6], "abab")),
        ("list(range(3, 0, -1)), -10**18", ([3, 2, 1], -(10**18))),
        ("[i*2 if i%2 == 0 else -i for i in range(4) if i > 0]", ([-1, 4, -3],)),
        ("[[i + j for i in range(2)] for j in reversed([1, 2])]", ([[2, 3], [1, 2]],)),
        ("[0 for i in range(2) for j in range(i)], {i: str(i) for i in [1]}", ([0], {1: "1"})),
        ("'abcdef'[1:-1:2], 7^2, 1/4, complex(1, 2), not 1", ("bd", 5, 0.25, 1 + 2j, False)),
        ("'it''s', '\\d', (1,)*2", ("its", "\\d", (1, 1))),
    ],
)
def test_expressions_are_worked_out(text: str, arguments: tuple[object, ...]) -> None:
    found = arguments_of(text)

    assert found == arguments
    assert [type(one) for one in found] == [type(one) for one in arguments]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("__import__('os').system('true')", "holds|calls"),
        ("open('/etc/passwd')", "calls open"),
        ("print", "the name 'print'"),
        ("''.__class__", "holds Attribute"),
        ("(lambda: 1)()", "calls"),
        ("[x for x, y in [(1, 2)]]", "unpacks"),
        ("[list for list in [1]][0], [range(1) for range in [1]]", "calls range"),
        ("f'{1}'", "holds JoinedStr"),
        ("'%d' % 1", "formats"),
        ("1], [2", "no list of arguments"),
        ("1]; [2", "no list of arguments"),
        ("1 +", "not Python"),
        ("...", "ellipsis"),
        ("range(3)", "range, which is no plain value"),
        ("reversed([1])", "no plain value"),
        ("{[]: 1}", "TypeError"),
        ("1/0", "ZeroDivisionError"),
        ("int('x')", "invalid literal"),
    ],
)
def test_anything_else_is_refused(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        arguments_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "10**10**10",
        "'a'*10**12",
        "[0]*10**9",
        "list(range(10**12))",
        "['a'*10**8]*3",
        "[1 for i in range(10**4) for j in range(10**5)]",
        "((2**200000)**2)",
        "len(str([[[0]*300]*300]*1000))",
        "list(range(2*10**7))[0]",
        "[" * 5_000 + "]" * 5_000,
    ],
)
def test_what_would_take_all_memory_or_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"more than|not Python"):
        arguments_of(text, most_steps=10_000)
