"""A fix is taken apart into sources and tests by the names of its files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore.errors import UsageError
from boxscore.instances.fix import check_fix, fix_of_patches, fix_of_range, is_test
from tests.instances.conftest import commit

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.instances.repository import Repository

SOURCE = b"--- a/sum.py\n+++ b/sum.py\n@@ -1,2 +1,2 @@\n def add(a, b):\n-    return a - b\n+    return a + b\n"
TESTS = b"--- /dev/null\n+++ b/tests/test_new.py\n@@ -0,0 +1 @@\n+def test(): pass\n"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("tests/data/a.bin", True),
        ("src/pkg/tests/helper.py", True),
        ("pkg/test_a.py", True),
        ("pkg/conftest.py", True),
        ("pkg/a_test.go", True),
        ("web/__tests__/a.js", True),
        ("web/a.spec.ts", True),
        ("src/main/java/ATest.java", True),
        ("t/basic.t", True),
        ("pkg/contest.py", False),
        ("pkg/testing.py", False),
        ("pkg/latest/a.py", False),
        ("docs/changes.md", False),
    ],
)
def test_which_files_are_tests(path: str, expected: bool) -> None:  # noqa: FBT001 - a table
    assert is_test(path) is expected


def test_a_range_is_taken_apart(repository: Repository) -> None:
    base, head = repository.commit("main~2"), repository.commit("main~1")
    change = fix_of_range(repository, base, head, ())
    check_fix(repository, base, change)

    assert change.source_files == ("sum.py",)
    assert change.test_files == ("tests/test_sum.py",)
    assert "return a + b" in change.source
    assert "return a + b" not in change.tests


@pytest.mark.parametrize(
    ("span", "patterns", "reason"),
    [
        (("main~2", "main~1"), ("sum.*",), r"changes no source.*all are tests"),
        (("main~1", "main"), (), r"changes no tests: of sum\.py none is tests"),
        (("main", "main"), (), "nothing changed"),
    ],
)
def test_ranges_that_are_no_fix(
    repository: Repository, span: tuple[str, str], patterns: tuple[str, ...], reason: str
) -> None:
    base, head = map(repository.commit, span)

    with pytest.raises(UsageError, match=reason):
        fix_of_range(repository, base, head, patterns)


def test_two_patches() -> None:
    change = fix_of_patches(SOURCE, TESTS, ())

    assert (change.source, change.tests) == (SOURCE.decode(), TESTS.decode())
    assert change.test_files == ("tests/test_new.py",)


@pytest.mark.parametrize(
    ("patch", "tests", "patterns", "reason"),
    [
        (TESTS, SOURCE, (), r"the test patch touches source: sum\.py"),
        (SOURCE, SOURCE, ("sum.py",), r"both patches change sum\.py"),
        (b"hello", TESTS, (), "--patch.*names no file"),
        (b"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-\xff\n+x\n", TESTS, (), "--patch.*not text in UTF-8"),
    ],
)
def test_patches_that_are_no_fix(patch: bytes, tests: bytes, patterns: tuple[str, ...], reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        fix_of_patches(patch, tests, patterns)


def test_a_fix_that_no_sample_could_be(clone: Path, repository: Repository) -> None:
    base = repository.commit("main")
    (clone / "out").symlink_to("/etc/passwd")
    head = commit(clone, {"tests/test_x.py": "def test_x(): pass\n"}, "Link")

    with pytest.raises(UsageError, match="the patch would be refused as a sample"):
        check_fix(repository, base, fix_of_range(repository, base, head, ()))
