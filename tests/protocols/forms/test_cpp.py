"""What tests of C++ expect, and copies of them that expect something else."""

from __future__ import annotations

import random

import pytest

from boxscore.protocols.canaries.clues import Contents
from boxscore.protocols.forms.cpp import GoogleTest
from boxscore.protocols.forms.plan import literal_forms, literal_windows


def source(body: str) -> str:
    """A file with one test."""
    return f"#include <gtest/gtest.h>\nnamespace a {{\nTEST_F(One, A) {{\n{body}\n}}\n}}\n"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("EXPECT_EQ(f(1), 3u);", [[3]]),
        ('ASSERT_EQ("some text", f()) << "why";', [["some", "text"]]),
        ('EXPECT_STREQ(f(), "some text");', [["some text"]]),
        ("EXPECT_TRUE(f() == -4);", [[-4]]),
        ('EXPECT_THAT(f(), testing::HasSubstr("part"));', [["part"]]),
        ("EXPECT_EQ(f(), (std::vector<int>{1, 2}));", [[1, 2]]),
        ('const std::string want = "a b";\nEXPECT_EQ(f(), want);', [["a", "b"]]),
        ("{ EXPECT_DOUBLE_EQ(f(), 2.5); }", [[2.5]]),
        # What is not reached by each run, or used otherwise, hides nothing.
        ("if (x) { EXPECT_EQ(f(), 3); }", []),
        ("for (auto& x : f()) EXPECT_EQ(x, 3);", []),
        ("if (x) return;\nEXPECT_EQ(f(), 3);", []),
        ("int want = 3;\ng(want);\nEXPECT_EQ(f(), want);", []),
        ("EXPECT_NE(f(), 3);", []),
        ("EXPECT_EQ(f(), 0x1f);", []),
    ],
)
def test_what_may_be_said_otherwise(body: str, expected: list[list[object]]) -> None:
    """Literals that each run compares are found."""
    (test,) = GoogleTest().read("a_test.cc", source(body), "word").tests
    assert [[choice.true for choice in one.choices] for one in test.assertions] == expected


def test_forms_are_tests_of_the_same_suite() -> None:
    """Numbers keep their letters, what is written behind an assertion is taken away, and helpers stand at the top."""
    text = source('  // it is 3333\n  EXPECT_EQ(f(1), 3333u) << "not 3333" << g();\n  ASSERT_EQ(f(2), 67) << 1;')
    files, rng = {"a_test.cc": text}, random.Random(1)
    windows = literal_windows(files, ["One.A"], GoogleTest(), Contents(), forms=40, rng=rng)
    plan = literal_forms(files, windows, GoogleTest(), rng, blank=True)

    written = plan.files["a_test.cc"]
    assert written.count("3333") == 1
    assert '  EXPECT_EQ(f(1), 3333u) << "" << g();\n' in written
    assert all(f"TEST_F(One, A{one.word}) {{" in written for one in plan.forms)
    assert written.index("inline bool blank") < written.index("namespace a")
    assert "ASSERT_TRUE(blank" in written


def test_what_cannot_be_parsed_is_left_alone() -> None:
    """A macro that is not understood spoils its own test alone."""
    text = "TEST(A, B) { EXPECT_EQ(f(), 3); }\nTEST(A, C) { EXPECT_EQ(f(, 3); }\n"
    assert [one.name for one in GoogleTest().read("a_test.cc", text, "word").tests] == ["A.B"]


def test_what_does_not_compile_with_the_old_code_is_left_out() -> None:
    """The tests in which a compiler finds errors go."""
    text = "TEST(A, B) {\n  f();\n}\nTEST(A, C) {}\n"
    assert GoogleTest().without_lines(text, {2}) == "\nTEST(A, C) {}\n"


def test_names_that_end_with_a_small_letter_have_forms() -> None:
    """The word of a form is found wherever it begins."""
    text = source("  EXPECT_EQ(f(1), 3333);").replace("One, A", "One, DoesThing")
    files, rng = {"a_test.cc": text}, random.Random(1)
    windows = literal_windows(files, ["One.DoesThing"], GoogleTest(), Contents(), forms=40, rng=rng)
    plan = literal_forms(files, windows, GoogleTest(), rng)
    lines = plan.files["a_test.cc"].split("\n")
    assert all(lines[plan.lines[one.word][0] - 1] == f"TEST_F(One, DoesThing{one.word}) {{" for one in plan.forms)
