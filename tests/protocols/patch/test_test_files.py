"""Which paths are taken for tests and their configuration."""

from __future__ import annotations

import pytest

from boxscore.images.records import InstanceImage
from boxscore.protocols.patch.task import PatchTask
from boxscore.protocols.patch.test_files import required_files, rules


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
