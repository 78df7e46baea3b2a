"""Which patches are admitted, by their text and by what they leave; and which paths are tests and their settings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boxscore import changed_paths
from boxscore.images.records import InstanceImage
from boxscore.protocols.patch.admission import (
    MAX_FILES,
    MAX_GROWTH_BYTES,
    MAX_TEXT_BYTES,
    Change,
    PatchText,
    Refused,
    TreeEntry,
    name_problem,
    read_changes,
    read_patch,
)
from boxscore.protocols.patch.task import PatchTask
from boxscore.protocols.patch.test_files import required_files, rules
from boxscore.records import Outcome

HUNK = "@@ -1 +1 @@\n-a\n+b\n"
MAIL = "From 0123456789 Mon Sep 17 00:00:00 2001\nSubject: [PATCH] Mend it\n\n---\n a.py | 2 +-\n 1 file changed\n\n"
NO_TESTS: frozenset[str] = frozenset()


def diff(path: str, header: str = "", hunk: str = HUNK) -> str:
    return f"diff --git a/{path} b/{path}\n{header}--- a/{path}\n+++ b/{path}\n{hunk}"


def paths(text: str) -> tuple[str, ...]:
    read = read_patch(text)
    assert isinstance(read, PatchText), read
    return read.paths


def reason(text: str) -> str:
    read = read_patch(text)
    assert isinstance(read, Refused)
    assert read.outcome is Outcome.PATCH_REJECTED
    return read.reason


class TestNames:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            (diff("a.py"), ("a.py",)),
            (diff("a.py") + diff("b/c.py"), ("a.py", "b/c.py")),
            ("--- a/x.py\t2020-01-01\n+++ b/x.py\n" + HUNK, ("x.py",)),
            ("--- x.py\n+++ x.py\n" + HUNK, ("x.py",)),
            ("--- /dev/null\n+++ b/new.py\n@@ -0,0 +1 @@\n+x\n--- a/y\n+++ b/y\n" + HUNK, ("new.py", "y")),
            ("diff --git a/o b/n\nsimilarity index 100%\nrename from o\nrename to n\n", ("o", "n")),
            ("diff --git a/o b/n\ncopy from o\ncopy to n\n", ("o", "n")),
            ("diff --git a/run b/run\nold mode 100644\nnew mode 100755\n", ("run",)),
            ("diff --git a/sub b/sub\nindex 1234567..89abcde 160000\n--- a/sub\n+++ b/sub\n" + HUNK, ("sub",)),
            ("diff --git a/two words b/two words\nnew file mode 100644\n", ("two words",)),
            ("diff --git a/a b b/a b\nnew file mode 100644\n", ("a b",)),
            ('diff --git "a/\\303\\244\\".py" "b/\\303\\244\\".py"\nnew file mode 100644\n', ('ä".py',)),
            (
                'diff --git a/plain "b/\\143\\157.py"\nrename from plain\nrename to "\\143\\157.py"\n',
                ("plain", "co.py"),
            ),
            ('--- "a/\\143.py"\n+++ "b/\\143.py"\n' + HUNK, ("c.py",)),
            (diff("a.py").replace("\n", "\r\n"), ("a.py",)),
            ("From: someone\n\nwords first\n" + diff("a.py"), ("a.py",)),
            (MAIL + diff("a.py") + "-- \n2.40.1\n\n" + MAIL + diff("b.py") + "-- \n2.40.1\n", ("a.py", "b.py")),
            (diff("a.py") + "index of 99 pages\n", ("a.py",)),
            (diff("q.sql", hunk="@@ -1,2 +1 @@\n--- /etc/passwd\n+++ /etc/x\n-b\n"), ("q.sql",)),
            (diff("a.py", hunk="@@ -1,3 +1,3 @@\n a\n-b\n+c"), ("a.py",)),
            (diff("a.py", hunk="@@ -1,2 +1,2 @@\n\n-b\n+c\n\\ No newline at end of file\n") + diff("z"), ("a.py", "z")),
        ],
    )
    def test_read(self, text: str, expected: tuple[str, ...]) -> None:
        assert paths(text) == expected

    @given(st.text(max_size=300))
    def test_any_text(self, text: str) -> None:
        read_patch(text)
        read_patch(diff("a.py") + text)
        read_patch(f"diff --git {text}")


class TestText:
    @pytest.mark.parametrize("text", ["", " \n\t\n"])
    def test_empty(self, text: str) -> None:
        read = read_patch(text)

        assert isinstance(read, Refused)
        assert read.outcome is Outcome.NO_CODE

    @pytest.mark.parametrize(
        ("text", "part"),
        [
            ("just words", "not a diff"),
            (diff("a") + "\0", "NUL"),
            (diff("a") + "\ud800", "surrogate"),
            (diff("a") + "x" * MAX_TEXT_BYTES, "bytes"),
            (diff("../a"), "`..`"),
            (diff("a/./b"), "`..`"),
            (diff("a//b"), "empty"),
            (diff("a/../../b"), "`..`"),
            ("--- a/x\n+++ /etc/passwd\n" + HUNK, "absolute"),
            (diff(".git/config"), "git's own"),
            (diff("x/.GIT/hooks/pre-commit"), "git's own"),
            (diff(".git /config"), "git's own"),
            (diff(".git::$INDEX_ALLOCATION/config"), "git's own"),
            (diff("GIT~1/config"), "git's own"),
            (diff("x\\.git\\config"), "git's own"),
            (diff("\uff0egit/config"), "git's own"),
            (diff(".g\u200cit/config"), "git"),
            (diff("a\u202eb.py"), "control"),
            ('diff --git "a/x\\ny" "b/x\\ny"\nnew file mode 100644\n', "control"),
            ('diff --git "a/\\377" "b/\\377"\nnew file mode 100644\n', "UTF-8"),
            ('diff --git "a/x b/x\n', "does not end"),
            (diff("a" * 300), "bytes"),
            (diff("/".join(["abc"] * 400)), "characters"),
            ("diff --git a/x b/y\nrename from ../x\nrename to y\n", "`..`"),
            (diff("x", "new file mode 104755\n"), "mode"),
            (diff("x", "rename from y\n" * 20), "names"),
            (diff("l", "new file mode 120000\n", "@@ -0,0 +1 @@\n+/etc\n"), "leads out"),
            (diff("d/l", "new file mode 120000\n", "@@ -0,0 +1 @@\n+../../x\n"), "leads out"),
            ("".join(f"diff --git a/{n} b/{n}\nnew file mode 100644\n" for n in range(MAX_FILES + 1)), "files"),
        ],
    )
    def test_rejected(self, text: str, part: str) -> None:
        assert part in reason(text)

    def test_binary(self) -> None:
        text = "diff --git a/x.png b/x.png\nnew file mode 100644\nGIT binary patch\nliteral {size}\nabc\n"

        assert isinstance(read_patch(text.format(size=9)), PatchText)
        assert isinstance(read_patch(text.format(size=MAX_GROWTH_BYTES + 1)), Refused)

    def test_binary_without_data(self) -> None:
        assert paths("diff --git a/x.png b/x.png\nBinary files a/x.png and b/x.png differ\n" + diff("y")) == (
            "x.png",
            "y",
        )

    @pytest.mark.parametrize(
        "name",
        [
            "a.py",
            ".github/x.yml",
            ".gitignore",
            "x.git/y",
            "git/x",
            "naïve.py",
            "\U0001f469\u200d\U0001f4bb.py",
            "\u05d0\u200e.py",
            "\U0001fae9\ue0a0.py",
            "-rf",
            "a b",
        ],
    )
    def test_ordinary_names(self, name: str) -> None:
        assert name_problem(name) == ""


class TestTree:
    @pytest.mark.parametrize(
        ("change", "part"),
        [
            (Change(path="x", before=None, after=TreeEntry(kind="other")), "neither"),
            (Change(path="x", before=None, after=TreeEntry(kind="link", target="y", inside=False)), "leads out"),
            (Change(path="x", before=None, after=TreeEntry(kind="link", target="../y")), "leads out"),
            (Change(path="x", before=None, after=TreeEntry(kind="link", target=".git/config")), "git's own"),
            (
                Change(path="d", before=TreeEntry(kind="folder"), after=TreeEntry(kind="link", target="e")),
                "in the place of",
            ),
            (Change(path="test.py", before=None, after=TreeEntry(kind="link", target="e")), "in the place of"),
            (Change(path=".git/config", before=None, after=TreeEntry(kind="file")), "git's own"),
            (Change(path="x", before=None, after=TreeEntry(kind="file", size=MAX_GROWTH_BYTES + 1)), "bytes"),
        ],
    )
    def test_rejected(self, change: Change, part: str) -> None:
        refused = read_changes([change], tests=frozenset({"test.py", "d/test.py"}))

        assert refused is not None
        assert part in refused.reason

    def test_admitted(self) -> None:
        changes = [
            Change(path="a", before=None, after=TreeEntry(kind="file", size=3)),
            Change(path="b", before=TreeEntry(kind="file"), after=None),
            Change(path="d/l", before=None, after=TreeEntry(kind="link", target="../a")),
            Change(path="e", before=TreeEntry(kind="folder"), after=TreeEntry(kind="link", target="d")),
        ]

        assert read_changes(changes, tests=NO_TESTS) is None


@pytest.mark.parametrize(
    ("patch", "names"),
    [
        (diff("lib.py"), ("lib.py",)),
        (diff("a b/b.py"), ("a b/b.py",)),
        (f"--- a/old.py\n+++ b/old.py\n{HUNK}", ("old.py",)),
        (f"diff --git a/gone.py b/gone.py\n--- a/gone.py\n+++ /dev/null\n{HUNK}", ("gone.py",)),
        (diff("a") + 'diff --git "a/endless b/endless\n', ("a",)),
        ("", ()),
    ],
)
def test_changed_paths_are_named_as_git_reads_them(patch: str, names: tuple[str, ...]) -> None:
    assert changed_paths(patch) == names


def task(*ids: str, **fields: object) -> PatchTask:
    given = {"pass_to_pass": (), "commands": (), "parser": "pytest", **fields}
    return PatchTask(image=InstanceImage(name="x"), fail_to_pass=ids, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("test_id", "expected"),
    [
        ("tests/a/test_x.py::test_y[1-2]", "tests/a/test_x.py"),
        ("pkg/x_test.go", "pkg/x_test.go"),
        ("test_x (app.tests.Case)", None),
        ("adds two numbers", None),
        ("/etc/passwd.txt", None),
        ("../x.py::y", None),
        ("org.example.SomeTest:method", None),
    ],
)
def test_ids_name_files(test_id: str, expected: str | None) -> None:
    assert required_files(task(test_id), ()) == (frozenset() if expected is None else {expected})


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        ("tests/unit/test_x.py", "tests"),
        ("pkg/core/tests/test_x.py", "pkg/core/tests"),
        ("testing/python/test_x.py", "testing"),
        ("pkg/testing/tests/test_x.py", "pkg/testing/tests"),
        ("src/test/java/org/XTest.java", "src/test"),
        ("packages/run-test-result/src/__tests__/x.js", "packages/run-test-result/src/__tests__"),
        ("pkg/x_test.go", None),
        ("test_x.py", None),
    ],
)
def test_folders(path: str, folder: str | None) -> None:
    assert rules(task(), [path]).folders == (() if folder is None else (folder,))


def test_folder_with_sources() -> None:
    reference = "--- a/test/client.py\n+++ b/test/client.py\n@@ -1 +1 @@\n-a\n+b\n"

    assert rules(task(reference=reference), ["test/unit/tests/test_x.py"]).folders == ("test/unit/tests",)


def test_commands_name_files() -> None:
    reference = "--- a/bin/test\n+++ b/bin/test\n@@ -1 +1 @@\n-a\n+b\n"
    commands = ("./tests/run.py -v ../x", "make check", "bin/test 'a", "bin/test x")

    told = rules(task(commands=commands, reference=reference), ())

    assert {"tests/run.py", "Makefile"} <= set(told.paths)
    assert not {"bin/test", "../x"} & set(told.paths)
