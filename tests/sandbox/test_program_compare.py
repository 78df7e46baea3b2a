"""How what a program printed is compared: each rule, and hostile output in little time."""

from __future__ import annotations

import pytest

from program_grader import Answer, Comparer

CHECKER = "def accept(stdin, output, expected):\n    return stdin + output == expected\n"


def fault(rule: str, output: bytes, expected: bytes, **tolerances: float) -> str | None:
    tolerance = {"rel_tol": 1e-6, "abs_tol": 1e-9} | tolerances
    comparer = Comparer({"rule": rule, "checker": CHECKER if rule == "checker" else None, **tolerance})  # type: ignore[typeddict-item]
    return comparer.fault(Answer(b"in", output, expected))


@pytest.mark.parametrize(
    ("rule", "output", "expected"),
    [
        ("exact", b"a\n", b"a\n"),
        ("trailing_space", b"a \r\nb\t\n\n\n", b"a\nb"),
        ("trailing_space", b"", b"\n"),
        ("trailing_space", b"a\0b", b"a\0b\n"),
        ("tokens", b" a\n\n b  c", b"a b\nc\n"),
        ("numbers", b"1.0000001 x 3", b"1 x 3.0"),
        ("numbers", b"+1e2 -.5 7.", b"100 -0.5 7"),
        ("numbers", b"nan inf", b"nan inf"),
        ("numbers", b"9" * 1000, b"9" * 1000),
        ("checker", b"put", b"input"),
    ],
)
def test_what_is_right(rule: str, output: bytes, expected: bytes) -> None:
    assert fault(rule, output, expected) is None


@pytest.mark.parametrize(
    ("rule", "output", "expected"),
    [
        ("exact", b"a", b"a\n"),
        ("exact", b"a\r\n", b"a\n"),
        ("trailing_space", b" a", b"a"),
        ("trailing_space", b"\na", b"a"),
        ("trailing_space", b"a\n\nb", b"a\nb"),
        ("trailing_space", "a\u00a0".encode(), b"a"),
        ("trailing_space", b"a\xff", b"a"),
        ("trailing_space", b"a\0", b"a"),
        ("tokens", b"a b", b"a b c"),
        ("tokens", b"a b c", b"a b"),
        ("tokens", b"1.0", b"1"),
        ("numbers", b"1.1", b"1"),
        ("numbers", b"nan", b"1"),
        ("numbers", b"NaN", b"nan"),
        ("numbers", b"1e999", b"2e999"),
        ("numbers", b"9" * 1000, b"9" * 999 + b"8"),
        ("numbers", b"1e99999999", b"inf"),
        ("numbers", b"0x10", b"16"),
        ("numbers", b"1_0", b"10"),
        ("numbers", "\u0661".encode(), b"1"),
        ("numbers", b"1", b"1 2"),
        ("checker", b"put ", b"input"),
        ("checker", b"\xed\xa0\x80", b"input"),
    ],
)
def test_what_is_wrong(rule: str, output: bytes, expected: bytes) -> None:
    assert fault(rule, output, expected) is not None


@pytest.mark.parametrize("rule", ["exact", "trailing_space", "tokens", "numbers", "checker"])
def test_what_was_expected_is_not_told(rule: str) -> None:
    assert "secret" not in (fault(rule, b"1 2 3", b"1 2 secret") or "secret")


@pytest.mark.parametrize(
    "output",
    [b" " * (1 << 20) + b"x", b"\n" * (1 << 20) + b"x", b"1 " * (1 << 19), b"\r\n" * (1 << 19), b"9" * (1 << 20)],
)
@pytest.mark.parametrize("rule", ["exact", "trailing_space", "tokens", "numbers"])
def test_a_hostile_mebibyte_is_wrong_like_any_other(rule: str, output: bytes) -> None:
    assert fault(rule, output, b"9" * (1 << 20) + b" 1\n" * 1000) is not None


def test_a_checker_finds_nothing_of_the_one_before() -> None:
    source = (
        "seen = []\ndef accept(stdin, output, expected):\n    seen.append(1)\n    return len(seen) == 1 / len(output)\n"
    )
    comparer = Comparer({"rule": "checker", "rel_tol": 0, "abs_tol": 0, "checker": source})

    assert [comparer.fault(Answer(b"", b"x", b"")) for _ in range(2)] == [None, None]
    with pytest.raises(ZeroDivisionError):
        comparer.fault(Answer(b"", b"", b""))
